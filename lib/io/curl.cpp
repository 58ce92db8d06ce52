#include "io/curl.hpp"

#include <curl/curl.h>

#include "base/error.hpp"

namespace salve::io {

void start_libcurl() {
    static const auto started = ::curl_global_init(CURL_GLOBAL_DEFAULT);
    if (started != CURLE_OK) throw base::Error(base::ErrorKind::internal, "libcurl cannot start");
}

}  // namespace salve::io
