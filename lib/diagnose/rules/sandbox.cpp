// Pods whose sandbox is not made or does not last (TAXONOMY 1.3).
#include <fmt/format.h>
#include <re2/re2.h>

#include <map>
#include <set>

#include "diagnose/build.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/sandbox_text.hpp"
#include "diagnose/starting.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose::rules {
namespace {

constexpr Mode modes[] = {
    {.id = "pod.sandbox.cni",
     .category = Category::node,
     .severity = Severity::high,
     .summary = "The pod network (CNI) of the node cannot set up new pods.",
     .needs =
         "event FailedCreatePodSandBox that names the network set-up, or event NetworkNotReady, about a pod that has "
         "not started",
     .not_when = "a sandbox that fails for another cause (pod.sandbox.runtime)",
     .advice = "Look at the CNI plugin's pod on that node and its log."},
    {.id = "pod.sandbox.runtime",
     .category = Category::other,
     .severity = Severity::high,
     .summary = "The container runtime of the node cannot make the pod's sandbox.",
     .needs = "event FailedCreatePodSandBox without words of the network, about a pod that has not started",
     .not_when = "the network set-up fails (pod.sandbox.cni); the pod is being deleted",
     .advice = "Look at the container runtime of the node: its configuration and its log."},
    {.id = "pod.sandbox.flapping",
     .category = Category::node,
     .severity = Severity::medium,
     .summary = "The pod's sandbox is torn down and made again and again.",
     .needs = "3 or more SandboxChanged events within 10 minutes, the last of them within the last 10",
     .not_when = "once after a restart of the node; a sandbox that cannot be made at all (the other two)",
     .advice = "Look at the CNI plugin and the container runtime of the node: something ends the pod's sandbox."},
};

constexpr auto flapping_window = base::minutes(10);
constexpr int flapping_changes = 3;

struct Stuck {
    const Pod* pod;
    const kube::Event* event;
    SandboxCause cause;
};

// The newest event that tells why the pod has no sandbox, of those that still speak for the present.
std::optional<Stuck> stuck_in(const World& world, const Pod& pod) {
    if (!not_started(pod) || world.now() - bound_at(pod) < pending_grace) return std::nullopt;
    std::optional<Stuck> newest;
    for (const auto* event : world.events(pod)) {
        const auto cause = sandbox_cause(event->reason, event_text(*event));
        if (cause && still_speaks(world, pod, *event)) newest = Stuck{&pod, event, *cause};
    }
    return newest;
}

// How a node fares: pods without a network, and pods bound in the last hour that have one.
struct NodeTally {
    std::set<std::string> stuck_pods;
    int served = 0;
};

std::map<std::string, NodeTally> tally(const World& world, const std::vector<Stuck>& stuck) {
    std::map<std::string, NodeTally> nodes;
    for (const auto& one : stuck)
        if (is_network(one.cause)) nodes[one.pod->spec.node_name].stuck_pods.insert(one.pod->meta.uid);
    if (nodes.empty()) return nodes;
    for (const auto* pod : world.candidates()) {
        const auto node = nodes.find(pod->spec.node_name);
        // Pods on the host network need no CNI and prove nothing. The kubelet starts a pod once it is bound, and of one
        // that is well only that time is kept (kube/slim.hpp).
        if (node != nodes.end() && !pod->spec.host_network && !not_started(*pod) &&
            world.now() - pod->started.value_or(bound_at(*pod)) < restart_window)
            ++node->second.served;
    }
    return nodes;
}

Finding network_finding(const World& world, const Stuck& stuck, const NodeTally& node) {
    const auto& pod = *stuck.pod;
    auto finding = pod_finding_on(world, mode_in(modes, "pod.sandbox.cni"), node_ref(world, pod), pod);
    const auto pods = node.stuck_pods.size();
    finding.summary = fmt::format("node {} gives {} no network: {} ({})", pod.spec.node_name,
                                  pods == 1 ? "1 new pod" : fmt::format("{} new pods", pods), words_for(stuck.cause),
                                  tail_of(sandbox_detail(event_text(*stuck.event))));
    if (pods > 1 && node.served == 0) finding.severity = Severity::critical;
    finding.advice.emplace_back(advice_for(stuck.cause));
    return finding;
}

Finding runtime_finding(const World& world, const Stuck& stuck) {
    static const re2::RE2 no_runtime(R"re(no runtime for "([^"]*)" is configured)re");
    const auto& pod = *stuck.pod;
    auto finding = pod_finding(world, mode_in(modes, "pod.sandbox.runtime"), pod);
    const auto detail = sandbox_detail(event_text(*stuck.event));
    std::string handler;
    if (!re2::RE2::PartialMatch(detail, no_runtime, &handler)) {
        finding.summary = fmt::format("the runtime of node {} cannot make the pod's sandbox: {}", pod.spec.node_name,
                                      tail_of(detail));
        finding.advice.emplace_back(advice_for(stuck.cause));
        return finding;
    }
    finding.summary = fmt::format(
        "node {} has no runtime handler \"{}\"{} (no runtime for \"{}\" is configured)", pod.spec.node_name, handler,
        pod.spec.runtime_class.empty() ? "" : fmt::format(", which RuntimeClass {} asks for", pod.spec.runtime_class),
        handler);
    if (!pod.spec.runtime_class.empty())
        finding.evidence.push_back(
            from_field(pod.meta.ref(), Source::spec, "spec.runtimeClassName", pod.spec.runtime_class));
    finding.advice.push_back(
        fmt::format("Configure the handler {} in the container runtime of the node, correct the "
                    "handler of the RuntimeClass, or keep such pods on nodes that have it "
                    "(RuntimeClass scheduling.nodeSelector).",
                    handler));
    return finding;
}

std::optional<Finding> flapping(const World& world, const Pod& pod) {
    const kube::Event* newest = nullptr;
    int changes = 0;
    for (const auto* event : world.events(pod)) {
        if (event->reason != "SandboxChanged" || world.now() - event->last > flapping_window) continue;
        newest = event;
        // A count that has gathered for longer than the window is taken in proportion.
        const auto span = event->last - event->first;
        changes += span <= flapping_window
                       ? event->count
                       : static_cast<int>(event->count * flapping_window.us / std::max<std::int64_t>(span.us, 1));
    }
    if (!newest || changes < flapping_changes) return std::nullopt;
    auto finding = pod_finding(world, mode_in(modes, "pod.sandbox.flapping"), pod);
    finding.confidence = Confidence::probable;
    finding.summary = fmt::format(
        "the sandbox of the pod on node {} was torn down and made again {} times within 10 "
        "minutes",
        pod.spec.node_name, changes);
    finding.evidence.push_back(from_event(*newest));
    finding.last_seen = newest->last;
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::vector<Stuck> stuck;
    std::vector<Finding> findings;
    for (const auto* pod : world.unsettled()) {
        if (auto one = stuck_in(world, *pod))
            stuck.push_back(*one);
        else if (auto finding = flapping(world, *pod))
            findings.push_back(std::move(*finding));
    }
    const auto nodes = tally(world, stuck);
    for (const auto& one : stuck) {
        auto finding = is_network(one.cause) ? network_finding(world, one, nodes.at(one.pod->spec.node_name))
                                             : runtime_finding(world, one);
        finding.confidence = Confidence::probable;
        finding.evidence.insert(finding.evidence.begin(), from_event(*one.event));
        finding.evidence.push_back(starting_evidence(*one.pod));
        finding.last_seen = one.event->last;
        findings.push_back(std::move(finding));
    }
    return findings;
}

}  // namespace

extern const Rule sandbox;
const Rule sandbox = {.id = "sandbox", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
