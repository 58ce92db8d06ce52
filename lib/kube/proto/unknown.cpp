#include "kube/proto/unknown.hpp"

#include "base/utf8.hpp"
#include "kube/proto/wire.hpp"

namespace salve::kube::proto {

TypeNames type_names(std::string_view type_meta) {
    constexpr std::uint32_t api_version = 1, kind = 2;
    return {base::sanitize_utf8(bytes_at(type_meta, api_version)), base::sanitize_utf8(bytes_at(type_meta, kind))};
}

Unknown unknown_of(std::string_view answer) {
    if (!answer.starts_with(magic)) throw Malformed("it does not begin as one");
    answer.remove_prefix(magic.size());
    if (!bytes_at(answer, unknown::content_encoding).empty()) throw Malformed("it is encoded once more");
    return {type_names(bytes_at(answer, unknown::type_meta)), bytes_at(answer, unknown::raw)};
}

}  // namespace salve::kube::proto
