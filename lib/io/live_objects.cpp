#include "io/live_objects.hpp"

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/json.hpp"
#include "io/list_read.hpp"
#include "kube/redact_json.hpp"

namespace salve::io {
namespace {

// The answer as JSON, checked to be what was asked for; or the reason why not.
std::string refused(const nlohmann::json& object, const kube::ObjectRef& ref) {
    const auto text = [&](const char* path) {
        const nlohmann::json::json_pointer where(path);
        return object.contains(where) && object[where].is_string() ? object[where].get<std::string>() : "";
    };
    const bool same =
        text("/kind") == ref.kind && text("/metadata/name") == ref.name && text("/metadata/namespace") == ref.ns;
    return same ? "" : "the server sent another object than the one that was asked for";
}

kube::Read read_one(Transport& transport, const base::Redactor& redactor, Recorder* recorder,
                    const kube::ObjectRef& ref, const kube::ResourceInfo& kind, plan::Objects& into) {
    kube::Read line;
    line.what = kind.resource;
    line.ns = ref.ns;
    line.object = ref.name;
    const auto path = kube::RawPath::object_in(kind.resource, ref.ns, ref.name);
    std::string answer;
    const auto outcome = small_get(transport, redactor, path, answer);
    line.state = outcome.state;
    line.detail = outcome.detail;
    line.answer = outcome.answer;
    RecordedRead recorded{outcome, ""};
    if (outcome.state == kube::ReadState::ok) try {
            recorded.body = kube::redact_json(answer, redactor, kind.kind);
            auto object = base::parse_json(recorded.body, path.str(), base::ErrorKind::cluster_unreadable);
            line.detail = refused(object, ref);
            if (line.detail.empty()) {
                into.add(ref, std::move(object));
                line.objects = 1;
            } else {
                line.state = kube::ReadState::error;
            }
        } catch (const base::Error& error) {
            line.state = kube::ReadState::error;
            line.detail = error.what();
            recorded = {{kube::ReadState::error, kube::Failure::unknown, error.what()}, ""};
        }
    if (recorder) recorder->add_get(path.str(), std::move(recorded));
    return line;
}

}  // namespace

plan::Objects read_live(Transport& transport, const base::Redactor& redactor, Recorder* recorder,
                        const std::vector<kube::ObjectRef>& wanted, std::vector<kube::Read>& ledger) {
    plan::Objects objects;
    for (const auto& ref : wanted) {
        const auto* kind = kube::info_of_kind(ref.kind);
        if (!kind || !kind->namespaced) continue;  // nothing cluster-wide is ever changed
        ledger.push_back(read_one(transport, redactor, recorder, ref, *kind, objects));
    }
    return objects;
}

}  // namespace salve::io
