#include "plan/fresh_start.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace salve::plan {
namespace {

using diagnose::Category;

// The program runs, or ran until a probe gave it up, with image, configuration and dependencies that are not at fault.
constexpr auto of_program = std::to_array<std::string_view>(
    {"pod.crashloop.liveness", "pod.notready.readiness", "pod.log.errors", "pod.restarts.flapping"});

// The kubelet or the runtime lost track of one pod.
constexpr auto of_one_pod = std::to_array<std::string_view>({"pod.creating.stuck", "pod.container.status-unknown"});

struct Why {
    std::string_view prefix, reason;
};

// The first that fits, so the longer ones come first.
constexpr auto why_not = std::to_array<Why>({
    {"pod.crashloop.oom", "a new pod has the same memory limit, and needs as much"},
    {"pod.crashloop.node-oom", "the node ran out of memory: a new pod adds to it"},
    {"pod.crashloop.startup-probe", "a new pod has the same time to start, and needs as much"},
    {"pod.crashloop.dependency", "what it calls does not answer: a new pod calls the same"},
    {"pod.crashloop.auth-dependency",
     "its credentials are refused: the kubelet reads them anew at every restart of the container already"},
    {"pod.crashloop.", "the kubelet restarts the container already: a new pod runs the same program"},
    {"pod.notready.", "the program is not what keeps it from being ready"},
    {"pod.image.", "a new pod needs the same image"},
    {"image.", "a new pod needs the same image"},
    {"pod.config.", "a new pod needs the same configuration"},
    {"pod.create.", "a new pod is created from the same template"},
    {"pod.run.", "a new pod starts the same command"},
    {"pod.hook.", "a new pod has the same hooks"},
    {"pod.init.", "a new pod has to pass the same init containers"},
    {"pod.sidecar.", "a new pod has the same sidecar"},
    {"pod.pending.", "a new pod needs a node as well, and there is none for it"},
    {"pod.volume.multi-attach", "the volume is still attached elsewhere: a new pod waits for it too"},
    {"pod.volume.", "a new pod needs the same volume"},
    {"pod.sandbox.", "the node's network or runtime fails: a new pod might not come up at all"},
    {"pod.evicted.", "the evicted pod has ended, and its owner makes another by itself"},
    {"pod.terminating.", "the pod is being deleted already"},
    {"pod.", "nothing shows that the running program is at fault"},
    {"node.", "a node is at fault"},
    {"quota.", "a quota is used up: a pod that ends might not be replaced"},
    {"webhook.", "a webhook does not answer: a pod that ends might not be replaced"},
    {"ctrl.", "new pods are refused: a pod that ends would not be replaced"},
    {"pvc.", "a new pod needs the same volume"},
    {"job.", "a Job runs to its end by itself"},
    {"cronjob.", "a CronJob starts its runs by itself"},
});

template <std::size_t Count>
bool is_in(const std::array<std::string_view, Count>& ids, std::string_view id) {
    return std::find(ids.begin(), ids.end(), id) != ids.end();
}

// Where the facts place the finding elsewhere than in the program.
bool is_outside(const Finding& finding) {
    switch (finding.category_or_mode()) {
        case Category::crash_app:
        case Category::probe_liveness:
        case Category::probe_readiness:
        case Category::dns:  // a stale answer that the program keeps; a DNS that is down is another finding
            return false;
        default:
            return true;
    }
}

bool touches(const Finding& finding, const kube::ObjectRef& owner) {
    return finding.root.object.same_name(owner) ||
           (finding.mode->id.starts_with("pod.") &&
            std::any_of(finding.affected.begin(), finding.affected.end(),
                        [&](const diagnose::Subject& one) { return one.object.same_name(owner); }));
}

bool follows_from(const Situation& situation, const Finding& one) {
    const auto* at = &one;
    for (std::size_t step = 0; at && at->caused_by && step <= situation.findings.size(); ++step) {
        if (*at->caused_by == situation.finding.id) return true;
        const auto next = std::find_if(situation.findings.begin(), situation.findings.end(),
                                       [&](const Finding& other) { return other.id == *at->caused_by; });
        at = next == situation.findings.end() ? nullptr : &*next;
    }
    return false;
}

// Healthy image, configuration and dependencies: nothing else of weight is wrong with the same workload.
std::optional<std::string> other_trouble(const Situation& situation) {
    for (const auto& one : situation.findings) {
        const bool same = one.id == situation.finding.id && one.mode == situation.finding.mode;
        if (same || one.severity < diagnose::Severity::medium || is_in(of_program, one.mode->id)) continue;
        if (touches(one, situation.finding.root.object) && !follows_from(situation, one))
            return fmt::format("something else is wrong with it as well: {}", one.summary);
    }
    return std::nullopt;
}

std::optional<std::string> reason_against(const Situation& situation, bool one_pod) {
    const auto& finding = situation.finding;
    const auto id = finding.mode->id;
    if (finding.caused_by) return fmt::format("its cause is another finding ({})", *finding.caused_by);
    const bool may_help = is_in(of_program, id) ? !is_outside(finding) : one_pod && is_in(of_one_pod, id);
    if (may_help) return other_trouble(situation);
    const auto why =
        std::find_if(why_not.begin(), why_not.end(), [&](const Why& one) { return id.starts_with(one.prefix); });
    return fmt::format("a fresh start does not help against {}: {}", id,
                       why == why_not.end() ? "nothing shows that the running program is at fault" : why->reason);
}

}  // namespace

std::optional<std::string> not_by_restart(const Situation& situation) { return reason_against(situation, false); }

std::optional<std::string> not_by_new_pod(const Situation& situation) { return reason_against(situation, true); }

}  // namespace salve::plan
