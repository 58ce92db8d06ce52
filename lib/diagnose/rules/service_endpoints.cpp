// TAXONOMY 1.12: Services behind which nobody, or too few, answer.
#include <fmt/format.h>

#include <algorithm>

#include "diagnose/build.hpp"
#include "diagnose/routes.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/service_state.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose::rules {
namespace {

using kube::Service;

constexpr std::size_t most_named = 3;

constexpr Mode modes[] = {
    {.id = "svc.no-endpoints.selector-mismatch",
     .category = Category::service_selector,
     .severity = Severity::high,
     .summary = "No pod of the namespace has the labels that the Service selects, so it leads nowhere.",
     .needs = "A selector, no endpoints, and neither a pod nor a pod template of the namespace that matches it, all of "
              "which was read whole.",
     .not_when = "Its workload is scaled to 0 or was just created, its pods are made by a Job, or the Service has no "
                 "selector, is an ExternalName or publishes addresses that are not ready.",
     .advice = "Make the selector and the labels of the pod template agree; a selector may be changed at any time."},
    {.id = "svc.no-endpoints.none-ready",
     .category = Category::service_selector,
     .severity = Severity::high,
     .summary = "Pods match the Service's selector, but none of them is ready.",
     .needs = "Pods that match and are all not ready, at least one of them for longer than its probes allow or with an "
              "error; or a workload that matches and has had no pod for more than a minute.",
     .not_when = "The pods are still starting, their owner is at 0, or the Service publishes addresses that are not "
                 "ready.",
     .advice = "Look at what keeps its pods from being ready; the Service itself is right."},
    {.id = "svc.partial-endpoints",
     .category = Category::service_selector,
     .severity = Severity::medium,
     .summary = "Less than half of the pods behind the Service are ready.",
     .needs = "Ready pods are fewer than half of those that match, and the others are overdue.",
     .not_when = "The others are starting, or are standbys of an application with one leader.",
     .advice = "Look at the pods that are not ready; the others carry their load."},
};

std::string pod_names(const std::vector<const Pod*>& pods) {
    std::vector<std::string> names;
    names.reserve(pods.size());
    for (const auto* pod : pods) names.push_back(pod->meta.name);
    const auto more = names.size() > most_named ? names.size() - most_named : 0;
    names.resize(names.size() - more);
    return fmt::format("{}{}", fmt::join(names, ", "), more > 0 ? fmt::format(" and {} more", more) : "");
}

// Why a pod is not ready, as its status says it: the first container in an error, else its condition.
Evidence unready_evidence(const Pod& pod) {
    for (const auto& status : pod.statuses)
        if (status.state.waiting && !status.state.waiting->reason.empty())
            return from_status(pod, status, "state.waiting.reason", status.state.waiting->reason);
    for (const auto* type : {"Ready", "PodScheduled"})
        if (const auto* condition = kube::find_condition(pod.conditions, type);
            condition && condition->status != "True")
            return from_condition(pod.meta.ref(), *condition);
    return from_field(pod.meta.ref(), Source::status, "status.phase", pod.phase);
}

void add_selector(Finding& finding, const Service& service) {
    finding.evidence.push_back(
        from_field(service.meta.ref(), Source::spec, "spec.selector", selector_words(service.selector)));
}

void add_slices(Finding& finding, const World& world, const Service& service) {
    for (const auto* slice : world.slices_of(service)) {
        const auto ready = std::count_if(slice->endpoints.begin(), slice->endpoints.end(),
                                         [](const auto& endpoint) { return endpoint.ready.value_or(true); });
        finding.evidence.push_back(
            from_field(slice->meta.ref(), Source::status, "endpoints",
                       fmt::format("{} endpoints, {} of them ready", slice->endpoints.size(), ready)));
    }
}

void affect(Finding& finding, const World& world, const Service& service, const std::vector<const Pod*>& pods) {
    finding.affected = ingresses_of(world, service);
    for (const auto* pod : pods) finding.affected.push_back({pod->meta.ref(), ""});
    std::sort(finding.affected.begin(), finding.affected.end());
}

Finding unselected(const World& world, const Service& service) {
    auto finding = object_finding(modes[0], service.meta.ref());
    const auto near = nearest_workload(world, service);
    const auto selector = selector_words(service.selector);
    finding.summary = fmt::format("Service {} selects {}, which no pod of namespace {} has", service.meta.name,
                                  selector, service.meta.ns);
    add_selector(finding, service);
    add_slices(finding, world, service);
    if (near) {
        const auto& workload = *near->workload;
        const auto labels = selector_words(workload.pod_template.labels);
        finding.summary += fmt::format("; the pods of {} {} are labelled {} (not {})", workload.meta.kind,
                                       workload.meta.name, labels, fmt::join(near->wanted, ","));
        finding.evidence.push_back(
            from_field(workload.meta.ref(), Source::spec, "spec.template.metadata.labels", labels));
        finding.advice = {fmt::format("If {} {} is meant, change the Service's selector: {} instead of {}.",
                                      workload.meta.kind, workload.meta.name,
                                      near->has.empty() ? "leave it out" : fmt::format("{}", fmt::join(near->has, ",")),
                                      fmt::join(near->wanted, ","))};
        finding.advice.emplace_back(modes[0].advice);
    } else {
        finding.summary += ", nor any that is like it";
        // Nobody is near and nothing leads here: left over, or waiting for a workload to come.
        if (!is_exposed(world, service)) finding.severity = Severity::low;
        finding.advice = {"Was its workload removed or never deployed? Deploy it, or remove the Service."};
    }
    finding.summary += ".";
    affect(finding, world, service, {});
    return finding;
}

void blame_exposure(Finding& finding, const World& world, const Service& service) {
    if (is_exposed(world, service)) finding.severity = Severity::critical;
    const auto ingresses = finding.affected.empty() ? std::vector<Subject>{} : ingresses_of(world, service);
    for (const auto& ingress : ingresses)
        finding.summary += fmt::format(", Ingress {} leads to it", ingress.object.name);
    finding.summary += ".";
}

Finding unready(const World& world, const Service& service, const ServiceState& state) {
    auto finding = object_finding(modes[1], service.meta.ref());
    affect(finding, world, service, state.unready);
    finding.summary = fmt::format("None of the {} pods behind Service {} ({}) is ready ({})", state.unready.size(),
                                  service.meta.name, selector_words(service.selector), pod_names(state.unready));
    if (state.unready.size() == 1)
        finding.summary = fmt::format("The only pod behind Service {} ({}) is not ready ({})", service.meta.name,
                                      selector_words(service.selector), pod_names(state.unready));
    blame_exposure(finding, world, service);
    add_slices(finding, world, service);
    for (std::size_t i = 0; i < std::min(state.overdue.size(), most_named); ++i)
        finding.evidence.push_back(unready_evidence(*state.overdue[i]));
    add_selector(finding, service);
    return finding;
}

Finding unmade(const World& world, const Service& service, const ServiceState& state) {
    auto finding = object_finding(modes[1], service.meta.ref());
    affect(finding, world, service, {});
    std::vector<std::string> owners;
    for (const auto* workload : state.workloads)
        if (workload->desired > 0)
            owners.push_back(fmt::format("{} {} wants {} and has none", workload->meta.kind, workload->meta.name,
                                         workload->desired));
    finding.summary = fmt::format("There is no pod behind Service {} ({}): {}", service.meta.name,
                                  selector_words(service.selector), fmt::join(owners, ", "));
    blame_exposure(finding, world, service);
    for (const auto* workload : state.workloads) {
        if (workload->desired == 0) continue;
        finding.affected.push_back({workload->meta.ref(), ""});
        finding.evidence.push_back(from_field(workload->meta.ref(), Source::status, "status.replicas",
                                              fmt::format("{} of {} replicas", workload->replicas, workload->desired)));
        if (const auto* failure = kube::find_condition(workload->conditions, "ReplicaFailure"))
            finding.evidence.push_back(from_condition(workload->meta.ref(), *failure));
    }
    add_slices(finding, world, service);
    std::sort(finding.affected.begin(), finding.affected.end());
    return finding;
}

std::optional<Finding> partial(const World& world, const Service& service, const ServiceState& state) {
    const auto all = state.ready.size() + state.unready.size();
    if (publishes_unready(service) || !world.seen(kube::Resource::pods, service.meta.ns)) return std::nullopt;
    // Pods that are starting count with the ready ones: they may make up for the others in a moment.
    if ((all - state.overdue.size()) * 2 >= all) return std::nullopt;
    auto finding = object_finding(modes[2], service.meta.ref());
    affect(finding, world, service, state.overdue);
    finding.summary =
        fmt::format("Only {} of the {} pods behind Service {} ({}) are ready; not ready: {}.", state.ready.size(), all,
                    service.meta.name, selector_words(service.selector), pod_names(state.overdue));
    add_slices(finding, world, service);
    for (std::size_t i = 0; i < std::min(state.overdue.size(), most_named); ++i)
        finding.evidence.push_back(unready_evidence(*state.overdue[i]));
    add_selector(finding, service);
    return finding;
}

std::vector<Finding> match(const World& world) {
    using Kind = ServiceState::Kind;
    std::vector<Finding> found;
    for (const auto& service : world.facts().services) {
        const auto& state = state_of(world, service);
        if (state.kind == Kind::unselected) found.push_back(unselected(world, service));
        if (state.kind == Kind::unready) found.push_back(unready(world, service, state));
        if (state.kind == Kind::unmade) found.push_back(unmade(world, service, state));
        if (state.kind != Kind::served) continue;
        if (auto finding = partial(world, service, state)) found.push_back(std::move(*finding));
    }
    return found;
}

}  // namespace

extern const Rule service_endpoints;
const Rule service_endpoints{.id = "service_endpoints", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
