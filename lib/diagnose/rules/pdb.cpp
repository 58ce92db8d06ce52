// PodDisruptionBudgets that let nothing be evicted, or that cannot work (TAXONOMY 1.10). Reasons and events:
// pkg/controller/disruption/disruption.go; the refusal of an eviction: pkg/registry/core/pod/storage/eviction.go.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "base/text.hpp"
#include "diagnose/build.hpp"
#include "diagnose/containers.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose::rules {
namespace {

using kube::PodDisruptionBudget;

constexpr Mode modes[] = {
    {.id = "pdb.blocking",
     .category = Category::pdb,
     .severity = Severity::medium,
     .summary = "The disruption budget allows no eviction, so nodes with its pods cannot be drained.",
     .needs = "disruptionsAllowed is 0 for a budget that has pods, and either it needs every pod that there is "
              "(minAvailable equal to the replicas: no drain can ever pass), or too few of its pods have been healthy "
              "for five minutes. Medium when a drain is waiting (a cordoned node with such a pod, or an event of a "
              "refused eviction), else low.",
     .not_when = "The budget allows a disruption when all its pods are healthy and they are, or it was exhausted only "
                 "just now by a rollout or a drain.",
     .advice = "Give the budget room (a lower minAvailable, or maxUnavailable: 1) or add replicas; where pods are "
               "unhealthy, repair them first. Evicting by force is what the budget is there to prevent."},
    {.id = "pdb.broken",
     .category = Category::pdb,
     .severity = Severity::low,
     .summary = "The disruption budget cannot do its work.",
     .needs = "Condition DisruptionAllowed has reason SyncFailed; or two budgets select the same pod (then each "
              "eviction is answered with an error); or maxUnavailable is 0 while it has pods.",
     .not_when = "It selects no pods.",
     .advice = "One budget for each pod: make the selectors disjoint or delete one. maxUnavailable 0 forbids every "
               "drain: set 1 unless that is meant."},
};

constexpr auto exhausted_grace = base::minutes(5);

bool is_live(const Pod& pod) { return pod.phase != "Succeeded" && pod.phase != "Failed" && !pod.meta.deleted; }

std::vector<const Pod*> pods_of_budget(const World& world, const PodDisruptionBudget& budget) {
    if (!budget.selector) return {};
    auto pods = world.pods_matching(budget.meta.ns, *budget.selector);
    std::erase_if(pods, [&](const Pod* pod) { return !world.is_settled(*pod) && !is_live(*pod); });
    return pods;
}

std::string selector_words(const PodDisruptionBudget& budget) {
    if (!budget.selector) return "no selector";
    std::vector<std::string> parts;
    for (const auto& [key, value] : budget.selector->match_labels) parts.push_back(fmt::format("{}={}", key, value));
    for (const auto& one : budget.selector->match_expressions)
        parts.push_back(fmt::format("{} {} ({})", one.key, one.op, base::join(one.values, ", ")));
    return parts.empty() ? "selector {}" : "selector " + base::join(parts, ", ");
}

std::string bound_words(const PodDisruptionBudget& budget) {
    return budget.min_available.empty() ? "maxUnavailable: " + budget.max_unavailable
                                        : "minAvailable: " + budget.min_available;
}

Evidence bound_evidence(const PodDisruptionBudget& budget) {
    return from_field(budget.meta.ref(), Source::spec,
                      budget.min_available.empty() ? "spec.maxUnavailable" : "spec.minAvailable", bound_words(budget));
}

// What shows that somebody waits for an eviction.
struct Drain {
    std::optional<Evidence> evidence;
    std::string words;
    std::optional<kube::ObjectRef> node;
};

bool is_drained(const World& world, const Pod& pod) {
    const auto* controller = pod.meta.controller();
    if (pod.spec.node_name.empty() || (controller && controller->kind == "DaemonSet")) return false;
    const auto node = world.node(pod.spec.node_name);
    return node && node->unschedulable;
}

bool says_refused(const kube::Event& event) {
    return event.message.find("annot evict pod as it would violate the pod's disruption budget") != std::string::npos;
}
bool says_prevented(const kube::Event& event) {  // Karpenter
    return event.message.find("prevents pod evictions") != std::string::npos;
}

// The events that may tell of a drain: few of all that there are, and asked for each budget.
std::vector<const kube::Event*> drain_events(const World& world) {
    std::vector<const kube::Event*> found;
    for (const auto& event : world.facts().events)
        if (world.now() - event.last <= restart_window && (says_refused(event) || says_prevented(event)))
            found.push_back(&event);
    return found;
}

Drain drain_of(const World& world, const std::vector<const kube::Event*>& events, const PodDisruptionBudget& budget,
               const std::vector<const Pod*>& pods) {
    const auto name = budget.meta.ns + "/" + budget.meta.name;
    for (const auto* event : events) {
        const bool about_pod =
            std::any_of(pods.begin(), pods.end(), [&](const Pod* pod) { return pod->meta.uid == event->about.uid; });
        const bool about_budget = event->message.find(name) != std::string::npos;
        if ((about_pod && says_refused(*event)) || (about_budget && says_prevented(*event)))
            return {from_event(*event),
                    fmt::format("{} {}: {}", event->about.kind, event->about.name, excerpt(event->message)),
                    std::nullopt};
    }
    for (const auto* pod : pods)
        if (is_drained(world, *pod)) {
            const auto node = world.node(pod->spec.node_name)->meta.ref();
            return {from_field(node, Source::spec, "spec.unschedulable", "unschedulable: true"),
                    fmt::format("node {} is cordoned and its pod {} cannot be evicted", node.name, pod->meta.name),
                    node};
        }
    return {};
}

// Replicas that the owners of the pods want: at a moment of a rollout or a scaling there are fewer or more pods.
int wanted(const World& world, const std::vector<const Pod*>& pods) {
    std::set<std::string_view> seen;
    int sum = 0;
    for (const auto* pod : pods) {
        const auto& owner = world.owner(*pod);
        if (seen.insert(owner.ref.uid).second) sum += owner.desired().value_or(0);
    }
    return sum;
}

bool is_observed(const PodDisruptionBudget& budget) {
    if (!budget.observed_generation) return !budget.conditions.empty();
    return !budget.meta.generation || *budget.observed_generation >= *budget.meta.generation;
}

std::string unready_words(const std::vector<const Pod*>& pods) {
    std::vector<std::string> names;
    for (const auto* pod : pods)
        if (!kube::is_ready(*pod) && names.size() < 5) names.push_back(pod->meta.name);
    return base::join(names, ", ");
}

// Status and spec that say: nothing may go.
Finding blocking_finding(const PodDisruptionBudget& budget, std::string_view id, std::string why, const Drain& drain) {
    auto finding = object_finding(mode_in(modes, id), budget.meta.ref());
    if (!drain.evidence) finding.severity = Severity::low;
    if (drain.node) finding.affected.push_back({*drain.node, ""});
    finding.summary = fmt::format(
        "PodDisruptionBudget {} ({}) allows no eviction (disruptionsAllowed: 0, {} of {} pods healthy, {} needed): {}.",
        budget.meta.name, bound_words(budget), budget.current_healthy, budget.expected_pods, budget.desired_healthy,
        why);
    if (drain.evidence) finding.summary += fmt::format(" A drain waits for it: {}.", drain.words);
    finding.evidence.push_back(
        from_field(budget.meta.ref(), Source::status, "status.disruptionsAllowed",
                   fmt::format("disruptionsAllowed: 0, currentHealthy: {}, desiredHealthy: {}, expectedPods: {}",
                               budget.current_healthy, budget.desired_healthy, budget.expected_pods)));
    if (const auto* condition = kube::find_condition(budget.conditions, "DisruptionAllowed")) {
        finding.evidence.push_back(from_condition(budget.meta.ref(), *condition));
        finding.first_seen = condition->last_transition;
    }
    finding.evidence.push_back(bound_evidence(budget));
    if (drain.evidence) finding.evidence.push_back(*drain.evidence);
    return finding;
}

std::optional<Finding> blocking(const World& world, const std::vector<const kube::Event*>& events,
                                const PodDisruptionBudget& budget) {
    if (budget.disruptions_allowed > 0 || budget.expected_pods == 0 || !is_observed(budget)) return std::nullopt;
    const auto pods = pods_of_budget(world, budget);
    if (pods.empty()) return std::nullopt;
    const auto drain = drain_of(world, events, budget, pods);
    if (budget.desired_healthy >= std::max(budget.expected_pods, wanted(world, pods))) {
        const bool zero = budget.max_unavailable == "0" || budget.max_unavailable == "0%";
        return blocking_finding(budget, zero && !drain.evidence ? "pdb.broken" : "pdb.blocking",
                                "it needs every pod that there is, so no drain can ever pass", drain);
    }
    const auto* condition = kube::find_condition(budget.conditions, "DisruptionAllowed");
    const bool lasts = condition && condition->status == "False" && condition->last_transition &&
                       world.now() - *condition->last_transition > exhausted_grace;
    if (budget.current_healthy > budget.desired_healthy || budget.current_healthy >= budget.expected_pods || !lasts)
        return std::nullopt;
    const auto unready = unready_words(pods);
    if (unready.empty()) return std::nullopt;
    return blocking_finding(budget, "pdb.blocking", fmt::format("of its pods these are not ready: {}", unready), drain);
}

std::optional<Finding> sync_failed(const PodDisruptionBudget& budget) {
    const auto* condition = kube::find_condition(budget.conditions, "DisruptionAllowed");
    if (!condition || condition->reason != "SyncFailed" || condition->status == "True") return std::nullopt;
    auto finding = object_finding(mode_in(modes, "pdb.broken"), budget.meta.ref());
    finding.evidence.push_back(from_condition(budget.meta.ref(), *condition));
    finding.evidence.push_back(bound_evidence(budget));
    finding.summary = fmt::format("PodDisruptionBudget {} cannot be computed: {}: {}.", budget.meta.name,
                                  condition->reason, excerpt(condition->message));
    finding.first_seen = condition->last_transition;
    return finding;
}

// Budgets that select one and the same pod, with the pods: by their names.
struct Overlap {
    std::vector<const PodDisruptionBudget*> budgets;
    std::vector<const Pod*> pods;
};
std::map<std::string, Overlap> overlaps(const World& world) {
    std::unordered_map<const Pod*, std::vector<const PodDisruptionBudget*>> by_pod;
    for (const auto& budget : world.facts().budgets)
        if (!budget.meta.deleted)
            for (const auto* pod : pods_of_budget(world, budget)) by_pod[pod].push_back(&budget);
    std::map<std::string, Overlap> found;
    for (auto& [pod, budgets] : by_pod) {
        if (budgets.size() < 2) continue;
        std::sort(budgets.begin(), budgets.end(),
                  [](const auto* a, const auto* b) { return a->meta.name < b->meta.name; });
        std::string key = pod->meta.ns;
        for (const auto* budget : budgets) key += "/" + budget->meta.name;
        auto& overlap = found[key];
        overlap.budgets = budgets;
        overlap.pods.push_back(pod);
    }
    for (auto& [key, overlap] : found)
        std::sort(overlap.pods.begin(), overlap.pods.end(),
                  [](const Pod* a, const Pod* b) { return a->meta.name < b->meta.name; });
    return found;
}

Finding overlap_finding(const World& world, const Overlap& overlap) {
    // The youngest is the one that was added to what worked.
    const auto* root =
        *std::max_element(overlap.budgets.begin(), overlap.budgets.end(),
                          [](const auto* a, const auto* b) { return a->meta.created < b->meta.created; });
    auto finding = object_finding(mode_in(modes, "pdb.broken"), root->meta.ref());
    std::vector<std::string> names, owners;
    for (const auto* pod : overlap.pods) {
        const auto& owner = world.owner(*pod).ref;
        if (const auto words = owner.kind + " " + owner.name;
            std::find(owners.begin(), owners.end(), words) == owners.end()) {
            owners.push_back(words);
            finding.affected.push_back({owner, ""});
        }
        for (const auto* event : world.events(*pod))
            if (event->reason == "MultiplePodDisruptionBudgets" && finding.evidence.empty())
                finding.evidence.push_back(from_event(*event));
    }
    for (const auto* budget : overlap.budgets) {
        names.push_back(budget->meta.name);
        if (budget != root) finding.affected.push_back({budget->meta.ref(), ""});
        finding.evidence.push_back(from_field(budget->meta.ref(), Source::spec, "spec.selector",
                                              fmt::format("{}: {}", budget->meta.name, selector_words(*budget))));
    }
    finding.summary = fmt::format(
        "Pod {}{} matches multiple PodDisruptionBudgets: {} (of {}); each eviction is answered with an error.",
        overlap.pods.front()->meta.name,
        overlap.pods.size() > 1 ? fmt::format(" (and {} more)", overlap.pods.size() - 1) : "", base::join(names, ", "),
        base::join(owners, ", "));
    finding.first_seen = root->meta.created;
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> findings;
    std::set<const PodDisruptionBudget*> overlapping;
    for (const auto& [key, overlap] : overlaps(world)) {
        findings.push_back(overlap_finding(world, overlap));
        overlapping.insert(overlap.budgets.begin(), overlap.budgets.end());
    }
    const auto events = drain_events(world);
    for (const auto& budget : world.facts().budgets) {
        // Of several budgets over one pod all but one count no healthy pods: their status says nothing.
        if (budget.meta.deleted || overlapping.count(&budget) > 0) continue;
        auto finding = sync_failed(budget);
        if (!finding && world.seen(kube::Resource::pods, budget.meta.ns)) finding = blocking(world, events, budget);
        if (finding) findings.push_back(std::move(*finding));
    }
    return findings;
}

}  // namespace

extern const Rule pdb;
const Rule pdb{.id = "pdb", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
