#include "io/read_object.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "kube/decode.hpp"
#include "kube/resource.hpp"

namespace salve::io {
namespace {

constexpr std::size_t max_bytes = std::size_t{4} << 20;

// The path of the object, or nothing for a kind or version that is not in our table.
std::optional<kube::RawPath> path_of(const kube::ObjectRef& ref) {
    const auto* kind = kube::info_of_kind(ref.kind);
    if (!kind) return {};
    for (std::size_t version = 0; version < kube::version_count(kind->resource); ++version) {
        if (kube::api_version(kind->resource, version) != ref.api_version) continue;
        return kind->namespaced ? kube::RawPath::object_in(kind->resource, ref.ns, ref.name, version)
                                : kube::RawPath::object(kind->resource, ref.name, version);
    }
    return {};
}

ObjectRead unread(std::string why) { return {false, std::move(why), {}}; }

}  // namespace

ObjectRead read_object(Transport& transport, const kube::ObjectRef& ref) try {
    const auto path = path_of(ref);
    if (!path) return unread(fmt::format("salve does not read objects of the kind {}", base::quoted(ref.kind)));
    std::string answer;
    const auto outcome = transport.get(*path, [&](std::string_view bytes) {
        answer += bytes;
        return answer.size() <= max_bytes;
    });
    if (outcome.failure == kube::Failure::not_found) return {true, "", {}};
    if (outcome.state != kube::ReadState::ok) return unread(outcome.detail);
    auto object = base::parse_json(answer, path->str(), base::ErrorKind::cluster_unreadable);
    const base::JsonView view(object, path->str(), base::ErrorKind::cluster_unreadable);
    if (view.at("kind").text() != ref.kind || view.at("metadata").at("name").text() != ref.name)
        return unread("the server sent another object than the one that was asked for");
    return {true, "", std::move(object)};
} catch (const base::Error& error) {
    return unread(error.what());
}

}  // namespace salve::io
