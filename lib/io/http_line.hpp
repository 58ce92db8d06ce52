// GETs to a server on a Unix socket, over one connection that is kept from one to the next where HTTP/1.1 is spoken.
// libcurl without its environment: no proxy, no redirects, no other protocol, no signals.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "base/time.hpp"
#include "io/cancel.hpp"
#include "io/process.hpp"
#include "kube/http_answer.hpp"

namespace salve::io {

struct HttpBounds {
    base::Duration budget;  // from the start to the last byte
    std::uint64_t cap = 0;  // bytes of the body, unpacked
    const Cancel* cancel = nullptr;
};

struct HttpEnd {
    enum class How : std::uint8_t {
        answered,   // whole, with whatever status; of a large list so far as it says so itself
        silent,     // no answer: nobody listens, or the connection ended before one
        broken,     // it ended within the body
        timed_out,  //
        too_large,  // the sink got as much as the cap allows
        stopped,    // by the sink
        cancelled,
    } how = How::silent;
    // The status, and the first 64 KiB of the body where the status is not 2xx; such a body never reaches the sink.
    kube::HttpAnswer answer;
};

struct LineRequest {
    std::string path;  // with its query, percent-encoded
    std::string host;
    bool packed = false;  // asks for gzip, and unpacks it
    // A large list: as a protocol buffer, or as JSON where the server has none. It is spoken of in HTTP/1.0, where only
    // the list can tell that it was cut short.
    bool large_list = false;
};

// Not thread-safe: one line for each thread that reads.
class HttpLine {
public:
    // Error(internal) if libcurl cannot start.
    explicit HttpLine(const std::string& socket);
    ~HttpLine();
    HttpLine(const HttpLine&) = delete;
    HttpLine& operator=(const HttpLine&) = delete;

    // The body of a 2xx answer goes to the sink as it arrives. What the sink throws is thrown again.
    HttpEnd get(const LineRequest& request, const Sink& sink, const HttpBounds& bounds);

private:
    struct Handles;
    std::unique_ptr<Handles> handles_;
};

}  // namespace salve::io
