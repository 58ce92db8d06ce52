// TAXONOMY 1.13: namespaces whose deletion does not end. Condition types: api core/v1 NamespaceConditionType; all of
// them are present during a deletion, most with status False.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "diagnose/containers.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose::rules {
namespace {

constexpr Mode modes[] = {
    {.id = "ns.terminating",
     .category = Category::other,
     .severity = Severity::medium,
     .summary = "A namespace has been in deletion for more than ten minutes.",
     .needs = "status.phase Terminating and a deletionTimestamp of more than ten minutes ago.",
     .not_when = "The deletion has just begun: pods get their grace period.",
     .advice = "Find who holds what remains. A finalizer is removed by the controller that set it: see why it does "
               "not run. Nothing new can be created in the namespace meanwhile."},
};

// Why it does not end, the decisive first: a dead aggregated API hides everything behind it.
constexpr std::string_view reasons[] = {
    "NamespaceDeletionDiscoveryFailure", "NamespaceDeletionGroupVersionParsingFailure",
    "NamespaceDeletionContentFailure", "NamespaceFinalizersRemaining", "NamespaceContentRemaining"};

// Objects of the namespace that are being deleted and wait for a finalizer, among the kinds that are read.
std::vector<Subject> held(const World& world, const std::string& ns) {
    std::set<Subject> found;
    const auto look = [&](const auto& list) {
        for (const auto& one : list)
            if (one.meta.ns == ns && one.meta.deleted && !one.meta.finalizers.empty())
                found.insert({one.meta.ref(), ""});
    };
    const auto& facts = world.facts();
    look(facts.pods);
    look(facts.deployments);
    look(facts.stateful_sets);
    look(facts.daemon_sets);
    look(facts.jobs);
    look(facts.cron_jobs);
    look(facts.services);
    look(facts.claims);
    look(facts.ingresses);
    return {found.begin(), found.end()};
}

std::optional<Finding> judge(const World& world, const kube::Namespace& one) {
    if (one.phase != "Terminating" || !one.meta.deleted || world.now() - *one.meta.deleted <= namespace_terminating)
        return std::nullopt;
    auto finding = object_finding(modes[0], one.meta.ref());
    finding.evidence.push_back(from_field(one.meta.ref(), Source::status, "status.phase", one.phase, one.meta.deleted));
    std::vector<std::string> why;
    for (const auto type : reasons)
        if (const auto* condition = kube::find_condition(one.conditions, type);
            condition && condition->status == "True") {
            finding.evidence.push_back(from_condition(one.meta.ref(), *condition));
            why.push_back(excerpt(condition->message));
        }
    finding.summary = fmt::format("Namespace {} has been in deletion for {}: {}", one.meta.name,
                                  base::to_words(world.now() - *one.meta.deleted),
                                  why.empty() ? "its status does not say what remains" : base::join(why, "; "));
    if (!finding.summary.ends_with('.')) finding.summary += '.';
    if (const auto* discovery = kube::find_condition(one.conditions, reasons[0]);
        discovery && discovery->status == "True")
        finding.advice = {
            "Bring back the API that cannot be discovered (kubectl get apiservices), or have its "
            "APIService removed; the deletion then goes on by itself."};
    finding.affected = held(world, one.meta.name);
    finding.first_seen = one.meta.deleted;
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> out;
    for (const auto& one : world.facts().namespaces)
        if (auto finding = judge(world, one)) out.push_back(std::move(*finding));
    return out;
}

}  // namespace

extern const Rule namespace_terminating;
const Rule namespace_terminating{.id = "namespace-terminating", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
