// HorizontalPodAutoscalers (TAXONOMY 1.10). Reasons and messages: pkg/controller/podautoscaler/horizontal.go,
// replica_calculator.go and metrics/client.go.
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <map>

#include "base/text.hpp"
#include "diagnose/build.hpp"
#include "diagnose/containers.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose::rules {
namespace {

using kube::HorizontalPodAutoscaler;
using kube::Workload;

constexpr Mode modes[] = {
    {.id = "hpa.maxed",
     .category = Category::hpa,
     .severity = Severity::medium,
     .summary = "The autoscaler wants more replicas than its maximum allows.",
     .needs = "Condition ScalingLimited is True with reason TooManyReplicas and currentReplicas equals maxReplicas, "
              "both for more than ten minutes.",
     .not_when = "Reason TooFewReplicas: the normal state at the minimum. A peak of a few minutes.",
     .advice = "Raise maxReplicas if quota and nodes have room for more, or find out why the load grew; at its maximum "
               "the workload has no reserve.",
     .actions = {"hpa.raise-max"}},
    {.id = "hpa.no-metrics",
     .category = Category::hpa,
     .severity = Severity::high,
     .summary = "The autoscaler gets no metrics, so it does not scale.",
     .needs = "Condition ScalingActive is False with a reason FailedGet...Metric for more than two minutes (at once "
              "where a container lacks the request that utilization is computed from).",
     .not_when = "Its pods are new or none of them is ready; the target is scaled to zero (ScalingDisabled).",
     .advice = "The message says which part fails: the metrics API (metrics-server or an adapter), the name of a "
               "metric, or a container without a request."},
    {.id = "hpa.target-missing",
     .category = Category::hpa,
     .severity = Severity::medium,
     .summary = "The autoscaler cannot read the object that it should scale.",
     .needs = "Condition AbleToScale is False with reason FailedGetScale, and the target is not in the list of its "
              "kind (or, for kinds that are not read, the condition has lasted a minute).",
     .not_when = "The target has been created since.",
     .advice = "Correct spec.scaleTargetRef (kind, apiVersion, name) or create the target."},
    {.id = "hpa.ambiguous",
     .category = Category::hpa,
     .severity = Severity::medium,
     .summary = "Several autoscalers act on the same pods, so none of them scales.",
     .needs = "Condition ScalingActive is False with reason AmbiguousSelector, or two autoscalers of one namespace "
              "with the same scaleTargetRef.",
     .not_when = "They scale different workloads.",
     .advice = "Keep one autoscaler for the workload and put all metrics into it; one HPA can hold several."},
};

constexpr auto maxed_grace = base::minutes(10);      // TAXONOMY 1.10
constexpr auto no_metrics_grace = base::minutes(2);  // new pods have no metrics yet

const kube::Condition* with_status(const HorizontalPodAutoscaler& hpa, std::string_view type, std::string_view status) {
    const auto* condition = kube::find_condition(hpa.conditions, type);
    return condition && condition->status == status ? condition : nullptr;
}

bool lasts(const World& world, const std::optional<Time>& since, base::Duration span) {
    return since && world.now() - *since > span;
}

std::string group_of(const std::string& api_version) {
    const auto slash = api_version.find('/');
    return slash == std::string::npos ? "" : api_version.substr(0, slash);
}

std::string target_words(const HorizontalPodAutoscaler& hpa) { return hpa.target_kind + " " + hpa.target_name; }

kube::Lookup<Workload> target_of(const World& world, const HorizontalPodAutoscaler& hpa) {
    if (group_of(hpa.target_api_version) != "apps") return {};
    return world.workload(hpa.target_kind, hpa.meta.ns, hpa.target_name);
}

Finding hpa_finding(const World& world, std::string_view id, const HorizontalPodAutoscaler& hpa) {
    auto finding = object_finding(mode_in(modes, id), hpa.meta.ref());
    if (const auto target = target_of(world, hpa)) finding.affected.push_back({target->meta.ref(), ""});
    return finding;
}

// When it last changed the number of replicas, as far as events tell.
std::optional<Time> last_scale(const World& world, const HorizontalPodAutoscaler& hpa) {
    std::optional<Time> at;
    for (const auto* event : world.events(hpa.meta.uid))
        if (event->reason == "SuccessfulRescale") at = event->last;
    return at;
}

std::optional<Finding> maxed(const World& world, const HorizontalPodAutoscaler& hpa) {
    const auto* limited = with_status(hpa, "ScalingLimited", "True");
    if (!limited || limited->reason != "TooManyReplicas" || !lasts(world, limited->last_transition, maxed_grace))
        return std::nullopt;
    // From TooFewReplicas to TooManyReplicas the status stays True and the time of the condition with it.
    const auto scaled = last_scale(world, hpa);
    if (hpa.current_replicas != hpa.max_replicas || (scaled && !lasts(world, scaled, maxed_grace))) return std::nullopt;
    auto finding = hpa_finding(world, "hpa.maxed", hpa);
    const auto target = target_of(world, hpa);
    // More replicas only help where those that are there work.
    if (!target || target->ready < hpa.max_replicas) finding.actions.clear();
    finding.evidence.push_back(from_condition(hpa.meta.ref(), *limited));
    finding.evidence.push_back(from_field(hpa.meta.ref(), Source::status, "status.currentReplicas",
                                          fmt::format("currentReplicas: {}", hpa.current_replicas)));
    finding.evidence.push_back(
        from_field(hpa.meta.ref(), Source::spec, "spec.maxReplicas", fmt::format("maxReplicas: {}", hpa.max_replicas)));
    finding.summary = fmt::format(
        "HPA {} has held {} at its maximum for {} (currentReplicas {} = maxReplicas {}): {}: {}.", hpa.meta.name,
        target_words(hpa),
        base::to_words(world.now() - std::max(*limited->last_transition, scaled.value_or(*limited->last_transition))),
        hpa.current_replicas, hpa.max_replicas, limited->reason, excerpt(limited->message));
    finding.first_seen = limited->last_transition;
    return finding;
}

// Texts that pods which are not up yet explain.
bool blames_pods(std::string_view message) {
    static const re2::RE2 pattern(
        "pods might be unready|no pods returned by selector|no metrics returned|not present in metrics for pod");
    return re2::RE2::PartialMatch(re2::StringPiece(message.data(), message.size()), pattern);
}

// What the message says has to be done, in the words of a person.
void add_metrics_advice(const World& world, const kube::Condition& condition, Finding& finding) {
    static const re2::RE2 request(R"(missing request for (\S+) in container (\S+) of Pod (\S+))");
    static const re2::RE2 api(R"(\(get \S+?\.((?:custom\.|external\.)?metrics\.k8s\.io)\))");
    std::string resource, container, pod, group;
    if (re2::RE2::PartialMatch(condition.message, request, &resource, &container, &pod)) {
        finding.advice.insert(finding.advice.begin(),
                              fmt::format("Set resources.requests.{} of container \"{}\" in the template of the "
                                          "workload: utilization is a share of the request.",
                                          resource, container));
    } else if (re2::RE2::PartialMatch(condition.message, api, &group)) {
        const auto& services = world.facts().api_services;
        const bool registered = std::any_of(services.begin(), services.end(),
                                            [&](const kube::ApiService& service) { return service.group == group; });
        if (!registered && world.seen(kube::Resource::apiservices, ""))
            finding.summary += fmt::format(" No APIService serves {} in this cluster.", group);
        finding.advice.insert(finding.advice.begin(),
                              group == "metrics.k8s.io"
                                  ? "Install or repair metrics-server: kubectl get apiservice v1beta1.metrics.k8s.io."
                                  : fmt::format("Install or repair the adapter that serves {}.", group));
    }
}

std::optional<Finding> no_metrics(const World& world, const HorizontalPodAutoscaler& hpa) {
    static const re2::RE2 reason(R"(FailedGet\w*Metric|FailedComputeMetricsReplicas)");
    const auto* active = with_status(hpa, "ScalingActive", "False");
    if (!active || !re2::RE2::FullMatch(active->reason.str(), reason)) return std::nullopt;
    const bool no_request = active->message.find("missing request for ") != std::string::npos;
    const auto since = active->last_transition ? active->last_transition : std::optional(hpa.meta.created);
    if (!lasts(world, since, no_request ? base::seconds(0) : no_metrics_grace)) return std::nullopt;
    const auto target = target_of(world, hpa);
    if (target && target->desired == 0) return std::nullopt;
    if (target && target->ready == 0 && blames_pods(active->message)) return std::nullopt;
    auto finding = hpa_finding(world, "hpa.no-metrics", hpa);
    finding.evidence.push_back(from_condition(hpa.meta.ref(), *active));
    finding.summary = fmt::format("HPA {} cannot scale {}: {}: {}.", hpa.meta.name, target_words(hpa), active->reason,
                                  excerpt(active->message, 400));
    add_metrics_advice(world, *active, finding);
    finding.first_seen = since;
    return finding;
}

// Names of the same kind in the namespace, one of which may be meant.
std::optional<std::string> similar_target(const World& world, const HorizontalPodAutoscaler& hpa) {
    std::vector<std::string_view> names;
    for (const auto* workload : world.workloads())
        if (workload->meta.ns == hpa.meta.ns && workload->meta.kind == hpa.target_kind)
            names.push_back(workload->meta.name);
    return base::nearest(hpa.target_name, names);
}

std::optional<Finding> target_missing(const World& world, const HorizontalPodAutoscaler& hpa) {
    const auto* able = with_status(hpa, "AbleToScale", "False");
    if (!able || able->reason != "FailedGetScale") return std::nullopt;
    const auto target = target_of(world, hpa);
    const bool not_found = able->message.find("not found") != std::string::npos;
    if (target && not_found) return std::nullopt;  // created since
    if (!target.absent() && !lasts(world, able->last_transition, pending_grace)) return std::nullopt;
    auto finding = hpa_finding(world, "hpa.target-missing", hpa);
    finding.evidence.push_back(from_condition(hpa.meta.ref(), *able));
    finding.evidence.push_back(
        from_field(hpa.meta.ref(), Source::spec, "spec.scaleTargetRef",
                   fmt::format("scaleTargetRef: {} {} {}", hpa.target_api_version, hpa.target_kind, hpa.target_name)));
    finding.summary = fmt::format("HPA {} cannot find what it should scale, {}: {}.", hpa.meta.name, target_words(hpa),
                                  excerpt(able->message));
    if (const auto similar = target.absent() ? similar_target(world, hpa) : std::nullopt) {
        finding.summary += fmt::format(" There is a {} {}.", hpa.target_kind, *similar);
        finding.advice.insert(finding.advice.begin(), fmt::format("Is {} {} meant? Correct spec.scaleTargetRef.name.",
                                                                  hpa.target_kind, *similar));
    }
    finding.first_seen = able->last_transition ? able->last_transition : std::optional(hpa.meta.created);
    return finding;
}

// Autoscalers that get in each other's way, each group once: by their target, or as the condition lists them.
std::map<std::string, std::vector<const HorizontalPodAutoscaler*>> rivals(const World& world) {
    std::map<std::string, std::vector<const HorizontalPodAutoscaler*>> by_target, found;
    for (const auto& hpa : world.facts().autoscalers)
        if (!hpa.meta.deleted && !hpa.target_name.empty())
            by_target[fmt::format("{}/{}/{}/{}", hpa.meta.ns, group_of(hpa.target_api_version), hpa.target_kind,
                                  hpa.target_name)]
                .push_back(&hpa);
    for (auto& [target, hpas] : by_target) {
        if (hpas.size() > 1) {
            found[target] = hpas;
            continue;
        }
        const auto* active = with_status(*hpas.front(), "ScalingActive", "False");
        if (!active || active->reason != "AmbiguousSelector") continue;
        // "pods by selector app=x are controlled by multiple HPAs: [shop/a shop/b]", in any order
        const auto list = active->message.find('[');
        std::vector<std::string> names;
        for (const auto& other : world.facts().autoscalers)
            if (other.meta.ns == hpas.front()->meta.ns && list != std::string::npos &&
                re2::RE2::PartialMatch(active->message.substr(list),
                                       "[^a-z0-9.-]" + re2::RE2::QuoteMeta(other.meta.name) + "[^a-z0-9.-]"))
                names.push_back(other.meta.name);
        std::sort(names.begin(), names.end());
        found[hpas.front()->meta.ns + "/" + base::join(names, ",")].push_back(hpas.front());
    }
    return found;
}

Finding ambiguous(const World& world, std::vector<const HorizontalPodAutoscaler*> hpas) {
    // The youngest is the one that was added to what worked.
    std::sort(hpas.begin(), hpas.end(), [](const auto* a, const auto* b) {
        return std::make_tuple(-a->meta.created.us, std::string_view(a->meta.name)) <
               std::make_tuple(-b->meta.created.us, std::string_view(b->meta.name));
    });
    const auto& first = *hpas.front();
    auto finding = hpa_finding(world, "hpa.ambiguous", first);
    std::vector<std::string> names;
    for (const auto* hpa : hpas) {
        names.push_back(hpa->meta.name);
        if (hpa != &first) finding.affected.push_back({hpa->meta.ref(), ""});
    }
    std::sort(names.begin(), names.end());
    std::string said;
    for (const auto* hpa : hpas) {
        const auto* active = with_status(*hpa, "ScalingActive", "False");
        if (active && active->reason == "AmbiguousSelector") {
            finding.evidence.push_back(from_condition(hpa->meta.ref(), *active));
            if (said.empty()) said = fmt::format(" ({}: {})", active->reason, excerpt(active->message));
        }
    }
    for (const auto* hpa : hpas)
        finding.evidence.push_back(from_field(hpa->meta.ref(), Source::spec, "spec.scaleTargetRef",
                                              fmt::format("scaleTargetRef: {}", target_words(*hpa))));
    finding.summary = hpas.size() > 1 ? fmt::format("{} HPAs act on {}: {}{}.", hpas.size(), target_words(first),
                                                    base::join(names, ", "), said)
                                      : fmt::format("HPA {} shares the pods of {} with another HPA{}.", first.meta.name,
                                                    target_words(first), said);
    finding.first_seen = first.meta.created;
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> findings;
    for (const auto& hpa : world.facts().autoscalers) {
        if (hpa.meta.deleted) continue;
        for (const auto judge : {maxed, no_metrics, target_missing})
            if (auto finding = judge(world, hpa)) findings.push_back(std::move(*finding));
    }
    for (auto& [key, hpas] : rivals(world)) findings.push_back(ambiguous(world, hpas));
    return findings;
}

}  // namespace

extern const Rule hpa;
const Rule hpa{.id = "hpa", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
