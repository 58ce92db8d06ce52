// TAXONOMY 1.13: a failure whose cause only events would tell, and they are gone. That events could not be read at all
// is told by the access rule.
#include <fmt/format.h>

#include <algorithm>

#include "diagnose/build.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/starting.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose::rules {
namespace {

constexpr Mode modes[] = {
    {.id = "evidence.events-missing",
     .category = Category::access,
     .severity = Severity::info,
     .summary = "Something has not come about for longer than events are kept, and no event tells why.",
     .needs = "The events were read; a Job without a pod, or a bound pod without a started container, for more than an "
              "hour; no event about it.",
     .not_when = "There is an event about it, or the events could not be read (access.forbidden).",
     .advice = "Look at the logs of the controller or the kubelet, or have it tried again (kubectl describe then shows "
               "new events)."},
};

bool is_silent(const World& world, const kube::Meta& meta) {
    return world.seen(kube::Resource::events, meta.ns) && world.events(meta.uid).empty();
}

bool is_open(const kube::Job& job) {
    return !job.meta.deleted && !job.suspended &&
           std::none_of(job.conditions.begin(), job.conditions.end(), [](const kube::Condition& condition) {
               return condition.status == "True" && (condition.type == "Complete" || condition.type == "Failed");
           });
}

bool has_pods(const World& world, const kube::Job& job) {
    const auto& pods = world.facts().pods;
    return std::any_of(pods.begin(), pods.end(), [&](const kube::Pod& pod) {
        const auto* controller = pod.meta.controller();
        return controller && controller->uid == job.meta.uid;
    });
}

std::optional<Finding> judge(const World& world, const kube::Job& job) {
    if (!is_open(job) || !job.started || world.now() - *job.started <= event_ttl) return std::nullopt;
    if (job.parallelism == 0 || job.active + job.succeeded + job.failed > 0) return std::nullopt;
    if (!world.seen(kube::Resource::pods, job.meta.ns) || has_pods(world, job) || !is_silent(world, job.meta))
        return std::nullopt;
    auto finding = object_finding(modes[0], job.meta.ref());
    finding.evidence.push_back(
        from_field(job.meta.ref(), Source::status, "status.startTime", base::to_rfc3339(*job.started), job.started));
    finding.summary =
        fmt::format("Job {} was started {} ago and has no pod, and no event about it is left to tell why.",
                    job.meta.name, base::to_words(world.now() - *job.started));
    finding.first_seen = job.started;
    return finding;
}

std::optional<Finding> judge(const World& world, const kube::Pod& pod) {
    if (!waits_whole(pod) || world.now() - bound_at(pod) <= event_ttl || !is_silent(world, pod.meta))
        return std::nullopt;
    auto finding = pod_finding(world, modes[0], pod);
    finding.evidence.push_back(starting_evidence(pod));
    finding.summary = fmt::format(
        "Pod {} was bound {} {} ago and none of its containers has started, and no event "
        "about it is left to tell why.",
        pod.meta.name, on_node(pod), base::to_words(world.now() - bound_at(pod)));
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> out;
    for (const auto& job : world.facts().jobs)
        if (auto finding = judge(world, job)) out.push_back(std::move(*finding));
    for (const auto* pod : world.unsettled())
        if (auto finding = judge(world, *pod)) out.push_back(std::move(*finding));
    return out;
}

}  // namespace

extern const Rule events_missing;
const Rule events_missing{.id = "events-missing", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
