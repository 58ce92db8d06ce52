// TAXONOMY 1.10: DaemonSets. pkg/controller/daemon/daemon_controller.go: desiredNumberScheduled counts the eligible
// nodes only, numberUnavailable is that minus the available pods; a Failed pod is deleted and made anew, with a
// back-off of up to 15 minutes, and each time an event "Found failed daemon pod NS/POD on node N, will try to kill it".
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "diagnose/containers.hpp"
#include "diagnose/node_fit.hpp"
#include "diagnose/pod_trouble.hpp"
#include "diagnose/rollout_limits.hpp"
#include "diagnose/rule.hpp"

namespace salve::diagnose::rules {
namespace {

using kube::Workload;
using re2::RE2;
using Level = PodTrouble::Level;

constexpr Mode modes[] = {
    {.id = "ds.unavailable",
     .category = Category::rollout,
     .severity = Severity::high,
     .summary = "A DaemonSet lacks available pods on nodes that should have one.",
     .needs = "status.numberUnavailable above 0, and a pod of it with a hard error or not ready for more than five "
              "minutes, or an event that says why a pod cannot be created.",
     .not_when = "Its pods are merely starting, the nodes themselves are not ready, or no node is eligible.",
     .advice = "Look at the pods on the nodes that are named; a DaemonSet only counts them."},
    {.id = "ds.misscheduled",
     .category = Category::rollout,
     .severity = Severity::low,
     .summary = "Pods of a DaemonSet run on nodes where they should not.",
     .needs = "status.numberMisscheduled above 0.",
     .not_when = "The node is only cordoned: DaemonSets tolerate that.",
     .advice = "Add the toleration if the pod is wanted on that node; else delete the pod, it does not come back."},
    {.id = "ds.pod-failed-loop",
     .category = Category::rollout,
     .severity = Severity::medium,
     .summary = "Pods of a DaemonSet fail again and again, and are deleted and made anew.",
     .needs =
         "At least three events FailedDaemonPod within the hour, the newest within half an hour, and pods that are "
         "not available now.",
     .not_when = "All pods have been available since.",
     .advice = "Look at why the kubelet rejects or evicts the pod: resources of the node, a storage limit, a port."},
};

constexpr auto loop_window = base::minutes(30);    // twice the longest back-off
constexpr auto create_window = base::minutes(17);  // the controller tries again after 1000 s at most
constexpr int loop_length = 3;

bool node_is_ready(const World& world, const std::string& name) {
    const auto node = world.node(name);
    if (!node) return true;  // not seen: nothing speaks against it
    const auto* ready = kube::find_condition(node->conditions, "Ready");
    return !ready || ready->status == "True";
}

// The node that a pod is meant for: bound, or pinned by the controller's affinity (metadata.name).
std::string node_of(const Pod& pod) {
    if (!pod.spec.node_name.empty()) return pod.spec.node_name;
    for (const auto& term : pod.spec.node_affinity)
        for (const auto& field : term.fields)
            if (field.key == "metadata.name" && field.values.size() == 1) return field.values[0];
    return "";
}

// A pod on a node that is down is the node's matter, unless it shows an error of its own.
std::vector<PodTrouble> own_troubles(const World& world, const Workload& set) {
    auto troubles = troubles_of(world, world.pods_of(set.meta.ref()));
    std::erase_if(troubles, [&](const PodTrouble& trouble) {
        if (trouble.level == Level::broken && trouble.pod->phase != "Failed") return false;
        return !node_is_ready(world, node_of(*trouble.pod));
    });
    return troubles;
}

Evidence counts(const Workload& set) {
    return from_field(set.meta.ref(), Source::status, "status",
                      fmt::format("desiredNumberScheduled: {}, currentNumberScheduled: {}, numberReady: {}, "
                                  "numberUnavailable: {}, numberMisscheduled: {}",
                                  set.desired, set.replicas, set.ready, set.unavailable, set.misscheduled));
}

std::string nodes_words(const std::vector<PodTrouble>& troubles) {
    std::set<std::string> names;
    for (const auto& trouble : troubles)
        if (auto node = node_of(*trouble.pod); !node.empty()) names.insert(std::move(node));
    if (names.empty()) return "";
    return fmt::format(" (node{} {})", names.size() == 1 ? "" : "s", excerpt(base::join(names, ", "), 120));
}

// Why a pod is missing altogether.
const kube::Event* create_failure(const World& world, const Workload& set) {
    if (set.replicas >= set.desired) return nullptr;
    const kube::Event* newest = nullptr;
    for (const auto* event : world.events(set.meta.uid))
        if (event->reason == "FailedCreate" && world.now() - event->last <= create_window) newest = event;
    return newest;
}

std::optional<Finding> unavailable(const World& world, const Workload& set) {
    if (set.unavailable == 0 || set.desired == 0 || set.ready >= set.desired) return std::nullopt;
    const auto troubles = own_troubles(world, set);
    const auto* failure = create_failure(world, set);
    if (!failure && !any_at_least(troubles, Level::broken) && !any_older_than(world, troubles, unavailable_grace))
        return std::nullopt;
    auto finding = object_finding(mode_in(modes, "ds.unavailable"), set.meta.ref());
    finding.evidence.push_back(counts(set));
    finding.summary = fmt::format("DaemonSet {} has {} of {} pods ready{}", set.meta.name, set.ready, set.desired,
                                  nodes_words(troubles));
    if (failure) {
        finding.evidence.push_back(from_event(*failure));
        finding.summary += fmt::format("; {}: {}", failure->reason, excerpt(failure->message, 400));
    }
    if (const auto words = trouble_words(troubles); !words.empty()) finding.summary += "; " + words;
    finding.summary += ".";
    for (const auto& trouble : troubles)
        if (!finding.first_seen || trouble.since < *finding.first_seen) finding.first_seen = trouble.since;
    add_troubles(finding, troubles);
    return finding;
}

// What keeps the template off the node: labels, or taints that the template does not tolerate. The controller adds
// tolerations for the taints that stand for conditions of the node.
std::string why_not(const Workload& set, const kube::Node& node) {
    const auto& spec = set.pod_template.spec;
    if (!matches_node(spec, node)) {
        std::vector<std::string> wanted;
        for (const auto& requirement : node_requirements(spec)) wanted.push_back(requirement_words(requirement));
        return "does not match " + base::join(wanted, ", ");
    }
    for (const auto* taint : untolerated(spec, node))
        if (!is_condition_taint(taint->key))
            return fmt::format("has taint {}{}{}:{}", taint->key, taint->value.empty() ? "" : "=", taint->value,
                               taint->effect);
    return "";
}

std::optional<Finding> misscheduled(const World& world, const Workload& set) {
    if (set.misscheduled == 0) return std::nullopt;
    auto finding = object_finding(mode_in(modes, "ds.misscheduled"), set.meta.ref());
    finding.evidence.push_back(counts(set));
    std::string words;
    for (const auto* pod : world.pods_of(set.meta.ref())) {
        const auto node = world.node(pod->spec.node_name);
        if (!node || pod->meta.deleted) continue;
        const auto why = why_not(set, *node);
        if (why.empty()) continue;
        finding.affected.push_back({pod->meta.ref(), ""});
        finding.affected.push_back({node->meta.ref(), ""});
        if (!words.empty()) continue;
        words = fmt::format(": pod {} runs on node {}, which {}", pod->meta.name, node->meta.name, why);
        finding.evidence.push_back(from_field(node->meta.ref(), Source::spec, "spec.taints", why));
    }
    if (!world.seen(kube::Resource::nodes, ""))
        finding.missing_evidence.emplace_back("nodes: they would say which of them are not eligible any more");
    std::sort(finding.affected.begin(), finding.affected.end());
    finding.affected.erase(std::unique(finding.affected.begin(), finding.affected.end()), finding.affected.end());
    finding.summary =
        fmt::format("DaemonSet {} runs {} pod{} on nodes where it should not (numberMisscheduled: {}){}.",
                    set.meta.name, set.misscheduled, set.misscheduled == 1 ? "" : "s", set.misscheduled, words);
    return finding;
}

std::optional<Finding> failed_loop(const World& world, const Workload& set) {
    static const RE2 text(R"(Found failed daemon pod (\S+) on node (\S+?),)");
    int count = 0;
    const kube::Event* newest = nullptr;
    for (const auto* event : world.events(set.meta.uid)) {
        if (event->reason != "FailedDaemonPod" || world.now() - event->last > restart_window) continue;
        count += event->count;
        newest = event;
    }
    if (!newest || count < loop_length || world.now() - newest->last > loop_window) return std::nullopt;
    const auto troubles = own_troubles(world, set);
    if (set.unavailable == 0 && troubles.empty()) return std::nullopt;  // it has recovered
    auto finding = object_finding(mode_in(modes, "ds.pod-failed-loop"), set.meta.ref());
    std::string pod, node;
    RE2::PartialMatch(newest->message, text, &pod, &node);
    finding.summary = fmt::format("Pods of DaemonSet {} fail and are made anew: {} times within the hour{}",
                                  set.meta.name, count, node.empty() ? "" : ", last on node " + node);
    if (const auto words = trouble_words(troubles); !words.empty()) finding.summary += "; " + words;
    finding.summary += fmt::format(" ({}: {}).", newest->reason, excerpt(newest->message));
    finding.evidence.push_back(from_event(*newest));
    finding.evidence.push_back(counts(set));
    finding.first_seen = newest->first;
    add_troubles(finding, troubles);
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> out;
    for (const auto* set : world.workloads()) {
        if (set->meta.kind != "DaemonSet" || set->meta.deleted || !kube::is_observed(*set)) continue;
        for (auto judge : {unavailable, misscheduled, failed_loop})
            if (auto finding = judge(world, *set)) out.push_back(std::move(*finding));
    }
    return out;
}

}  // namespace

extern const Rule daemon_set;
const Rule daemon_set{.id = "daemon_set", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
