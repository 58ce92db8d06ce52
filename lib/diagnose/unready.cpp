#include "diagnose/unready.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <tuple>

#include "diagnose/probe_text.hpp"
#include "diagnose/probe_words.hpp"
#include "diagnose/starting.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose {
namespace {

using kube::ContainerStatus;
using kube::Pod;
using kube::World;
using re2::RE2;

enum class Judgement { overdue, excused, silent };

base::Duration longer(base::Duration a, base::Duration b) { return base::Duration{a.us + b.us}; }

// Kubernetes' own words for "not yet" (pkg/kubelet/kuberuntime, kubelet_pods.go); every other reason is an error.
bool waits_in_error(const ContainerStatus& status) {
    const auto& waiting = status.state.waiting;
    return waiting && !waiting->reason.empty() && waiting->reason != "ContainerCreating" &&
           waiting->reason != "PodInitializing";
}

bool died_lately(const World& world, const Pod& pod, const ContainerStatus& status) {
    const auto failed = [&](const base::Boxed<kube::Terminated>& end) {
        return end && end->exit_code != 0 && (!end->finished || world.now() - *end->finished < crash_window);
    };
    const bool is_main = status.list == ContainerStatus::List::main;
    // An end with exit code 0 is one too where the container is meant to run on.
    if (is_main && status.state.terminated && (pod.spec.restart_policy.empty() || pod.spec.restart_policy == "Always"))
        return true;
    return failed(status.state.terminated) || (!status.state.running && failed(status.last.terminated)) ||
           (is_main && failed(status.last.terminated) && status.restarts >= flapping_restarts);
}

// A running container that is not ready: until its probes' budget is used up it is starting.
Judgement judge_running(const World& world, const Pod& pod, const ContainerStatus& status) {
    const auto* spec = kube::container_spec(pod.spec, status.name);
    if (!spec || status.ready || !status.state.running || !status.state.running->started) return Judgement::silent;
    if (status.started == false || !spec->readiness) return Judgement::excused;
    auto since = *status.state.running->started;
    if (const auto* condition = kube::find_condition(pod.conditions, "ContainersReady");
        condition && condition->status != "True" && condition->last_transition)
        since = std::max(since, *condition->last_transition);
    const auto startup = spec->startup ? probe_budget(*spec->startup) : base::Duration{};
    const auto budget = longer(longer(probe_budget(*spec->readiness), probe_slack), startup);
    if (world.now() - since <= budget) return Judgement::excused;
    const auto event = newest_probe_event(world, pod, status.name, ProbeText::Probe::readiness);
    if (event && is_standby(world, pod, *spec->readiness, event->text.literal)) return Judgement::excused;
    return Judgement::overdue;
}

// A pod of which nothing runs yet. With a Warning that still speaks a minute is enough; a pull may take ten.
bool is_stuck_before_start(const World& world, const Pod& pod) {
    if (pod.spec.node_name.empty()) return world.now() - pod.meta.created > pending_grace;
    if (!waits_whole(pod)) return false;
    const auto age = world.now() - bound_at(pod);
    bool pulling = false, warned = false;
    for (const auto* event : world.events(pod)) {
        if (event->reason == "Pulling") pulling = true;
        if (event->type == "Warning") warned |= still_speaks(world, pod, *event);
    }
    if (warned && !pulling) return age > pending_grace;
    return age > (pulling ? pulling_grace : creating_stuck);
}

// The containers are ready and the pod is not: a readiness gate, or its node.
bool misses_only_the_rest(const World& world, const Pod& pod) {
    const auto* ready = kube::find_condition(pod.conditions, "Ready");
    const auto* containers = kube::find_condition(pod.conditions, "ContainersReady");
    if (!ready || ready->status == "True") return false;
    const bool gates = containers && containers->status == "True";
    const bool node = pod.phase == "Running" && std::all_of(pod.statuses.begin(), pod.statuses.end(), [](auto& status) {
                          return status.list != ContainerStatus::List::main || status.ready;
                      });
    return (gates || node) && world.now() - ready->last_transition.value_or(pod.meta.created) > pending_grace;
}

}  // namespace

bool is_standby(const World& world, const Pod& pod, const kube::Probe& probe, const std::string& text) {
    const auto& owner = world.owner(pod);
    if (!owner.workload || owner.workload->ready < 1 || owner.workload->desired < 2) return false;
    static const RE2 words(
        R"((?i)\b(?:not (?:the |a )?(?:current )?(?:leader|primary|master)|non-?leader|standby|stand-by|follower|replica|secondary|passive)\b)");
    static const RE2 path(R"((?i)(?:^|/)(?:is[-_]?)?(?:leader|primary|master)(?:$|[/?]))");
    static const RE2 vault(R"(^/v1/sys/(?:health|leader))");  // 429: standby; 472, 473: replicas
    static const RE2 vault_codes(R"(statuscode: (?:429|472|473))");
    if (RE2::PartialMatch(text, words) || RE2::PartialMatch(probe.path, path)) return true;
    return RE2::PartialMatch(probe.path, vault) && RE2::PartialMatch(text, vault_codes);
}

bool is_overdue(const World& world, const Pod& pod) {
    const auto candidates = world.candidates();  // sorted by place
    if (!std::binary_search(candidates.begin(), candidates.end(), &pod, [](const Pod* a, const Pod* b) {
            return std::tie(a->meta.ns, a->meta.name) < std::tie(b->meta.ns, b->meta.name);
        }))
        return false;
    bool excused = false;
    for (const auto& status : pod.statuses) {
        if (status.list == ContainerStatus::List::ephemeral) continue;
        if (waits_in_error(status) || died_lately(world, pod, status)) return true;
        const auto judgement = judge_running(world, pod, status);
        if (judgement == Judgement::overdue) return true;
        excused |= judgement == Judgement::excused;
    }
    if (excused) return false;
    return is_stuck_before_start(world, pod) || misses_only_the_rest(world, pod);
}

}  // namespace salve::diagnose
