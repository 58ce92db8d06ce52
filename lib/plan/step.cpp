#include "plan/step.hpp"

#include "base/json.hpp"

namespace salve::plan {

kube::WriteCommand command_of(const Request& request, const kube::Target& target) {
    switch (request.verb) {
        case kube::WriteVerb::evict:
            return kube::WriteCommand::evict(target, request.ns, request.name, request.uid);
        case kube::WriteVerb::delete_pod:
            return kube::WriteCommand::delete_pod(target, request.ns, request.name, request.uid);
        case kube::WriteVerb::create_job:
            return kube::WriteCommand::create_job(target, request.ns, request.name, request.from);
        case kube::WriteVerb::patch:
            break;
    }
    return kube::WriteCommand::patch(target, request.resource, request.ns, request.name,
                                     base::canonical(request.patch));
}

std::vector<Change> changes_of(const Request& request) {
    if (request.verb == kube::WriteVerb::create_job) return {{"", nullptr, "job " + request.name}};
    return {{"", "pod " + request.name, nullptr}};
}

}  // namespace salve::plan
