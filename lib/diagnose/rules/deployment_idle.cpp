// TAXONOMY 1.10: Deployments that somebody has stopped. Paused: pkg/controller/deployment/sync.go (a paused one gets no
// new ReplicaSet, and updatedReplicas counts only pods of the present template). Zero: the event ScalingReplicaSet is
// "Scaled down replica set RS from N to 0", before 1.26 "Scaled down replica set RS to 0".
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <charconv>

#include "base/text.hpp"
#include "diagnose/containers.hpp"
#include "diagnose/log_class.hpp"
#include "diagnose/log_facts.hpp"
#include "diagnose/rollout.hpp"
#include "diagnose/rollout_limits.hpp"
#include "diagnose/rule.hpp"

namespace salve::diagnose::rules {
namespace {

using kube::Workload;
using re2::RE2;

constexpr Mode modes[] = {
    {.id = "deploy.paused",
     .category = Category::rollout,
     .severity = Severity::low,
     .summary = "A Deployment is paused: changes of its template are not rolled out.",
     .needs = "spec.paused is true; with condition Progressing DeploymentPaused where a progress deadline is set.",
     .not_when = "It is scaled to zero.",
     .advice = "Resume it if the pause is not wanted any more: kubectl rollout resume.",
     .actions = {"rollout.resume"}},
    {.id = "deploy.scaled-to-zero",
     .category = Category::rollout,
     .severity = Severity::medium,
     .summary = "A workload that traffic is still sent to has zero replicas.",
     .needs = "spec.replicas is 0, and a Service selects it that no other pod serves, and either an Ingress or a load "
              "balancer leads to that Service, an event of the last hour scaled it down, or the log of a failing "
              "program says that it calls it.",
     .not_when =
         "Nobody sends it traffic, other pods serve its Services, or it has been at zero for long and is reached "
         "from inside only: that is on purpose.",
     .advice = "Scale it up again if it is meant to serve, else take away the Service and the Ingress.",
     .actions = {"scale.set"}},
};

// The images of the template that no pod runs: what waits, in words.
std::string pending_images(const World& world, const Workload& deployment) {
    std::string words;
    const auto pods = world.pods_of(deployment.meta.ref());
    for (const auto& container : deployment.pod_template.spec.containers) {
        const kube::Container* running = nullptr;
        for (const auto* pod : pods)
            if (const auto* other = kube::container_spec(pod->spec, container.name); other) {
                running = other;
                if (other->image == container.image) break;
            }
        if (running && running->image != container.image)
            words += fmt::format("; container \"{}\" runs {} and the template says {}", container.name, running->image,
                                 container.image);
    }
    return words;
}

std::optional<Finding> paused(const World& world, const Rollout& rollout) {
    const auto& d = *rollout.deployment;
    if (!d.paused) return std::nullopt;
    auto finding = object_finding(mode_in(modes, "deploy.paused"), d.meta.ref());
    const bool pending = d.updated < d.replicas || d.replicas == 0;
    const bool failing = any_at_least(rollout.troubles, PodTrouble::Level::unready);
    finding.severity = pending ? Severity::medium : Severity::info;  // with nothing to roll out it is on purpose
    if (!pending || failing) finding.actions.clear();  // nothing to resume, or a bad revision that would spread
    if (rollout.progressing) finding.evidence.push_back(from_condition(d.meta.ref(), *rollout.progressing));
    finding.evidence.push_back(from_field(d.meta.ref(), Source::spec, "spec.paused", "paused: true"));
    auto lead = fmt::format("Deployment {} is paused", d.meta.name);
    if (rollout.progressing && rollout.progressing->reason == "DeploymentPaused")
        finding.first_seen = rollout.progressing->last_transition;
    if (rollout.progressing && rollout.progressing->reason == "ProgressDeadlineExceeded")
        lead += " after its rollout had exceeded the progress deadline";
    if (pending) {
        finding.evidence.push_back(from_field(d.meta.ref(), Source::status, "status.updatedReplicas",
                                              fmt::format("replicas: {}, updatedReplicas: {}", d.replicas, d.updated)));
        lead += fmt::format(": {} of {} replicas are of the present template{}", d.updated, d.desired,
                            pending_images(world, d));
        if (!failing) {
            finding.summary = lead + ".";
            return finding;
        }
        tell(world, rollout, finding, std::move(lead), rollout.troubles);
        return finding;
    }
    finding.summary = lead + "; nothing waits to be rolled out.";
    return finding;
}

struct Routes {
    std::vector<const kube::Service*> unserved;  // select the template and have no ready pod
    bool from_outside = false;                   // an Ingress or a load balancer leads to one of them
    std::vector<Subject> all;                    // the Services and the Ingresses that lead to them
};

Routes routes_to(const World& world, const Workload& workload) {
    Routes out;
    const auto& ns = workload.meta.ns;
    for (const auto* service : world.services_for(ns, workload.pod_template.labels)) {
        const auto pods = world.pods_matching(ns, service->selector);
        if (std::any_of(pods.begin(), pods.end(), [](const Pod* pod) { return kube::is_ready(*pod); })) continue;
        out.unserved.push_back(service);
        out.all.push_back({service->meta.ref(), ""});
        out.from_outside = out.from_outside || service->type == "LoadBalancer";
        for (const auto* ingress : world.ingresses_for(ns, service->meta.name)) {
            out.from_outside = true;
            out.all.push_back({ingress->meta.ref(), ""});
        }
    }
    std::sort(out.all.begin(), out.all.end());
    out.all.erase(std::unique(out.all.begin(), out.all.end()), out.all.end());
    return out;
}

std::string selector_words(const kube::Service& service) {
    std::vector<std::string> labels;
    for (const auto& [key, value] : service.selector) labels.push_back(fmt::format("{}={}", key, value));
    return base::join(labels, ",");
}

// The event of the last hour that scaled it down to zero, and from how many, where it says so.
struct ScaledDown {
    const kube::Event* event = nullptr;
    int from = 0;
};
ScaledDown scaled_down(const World& world, const Workload& workload) {
    static const RE2 text(R"(Scaled down replica set \S+ (?:from (\d+) )?to 0\b)");
    ScaledDown out;
    for (const auto* event : world.events(workload.meta.uid)) {
        std::string from;
        if (event->reason != "ScalingReplicaSet" || world.now() - event->last > scaled_recently ||
            !RE2::PartialMatch(event->message, text, &from))
            continue;
        out = {event, 0};
        std::from_chars(from.data(), from.data() + from.size(), out.from);
    }
    return out;
}

// A program that fails because it calls one of the Services, by the line of its log that says so.
struct Caller {
    const Pod* pod = nullptr;
    Evidence line;
};
std::optional<Caller> caller_of(const World& world, const std::vector<const kube::Service*>& services) {
    if (world.logs().empty()) return std::nullopt;
    for (const auto* pod : world.unsettled())
        for (const auto& status : pod->statuses) {
            if (status.ready) continue;
            const auto log = life_log(world, *pod, status);
            const auto verdict = classify_log(log.lines);
            if (verdict.found != LogClass::dependency || !verdict.endpoint) continue;
            const auto name = service_of(world, pod->meta.ns, *verdict.endpoint);
            if (!name || !name->service) continue;
            if (std::find(services.begin(), services.end(), name->service.found) == services.end()) continue;
            auto line = from_log(*pod, status.name, log.log->previous, *verdict.line);
            line.text = quoted(line.text);
            return Caller{pod, std::move(line)};
        }
    return std::nullopt;
}

std::optional<Finding> at_zero(const World& world, const Workload& workload) {
    if (workload.meta.deleted || workload.desired != 0 || !kube::is_observed(workload)) return std::nullopt;
    // Who else serves must have been seen.
    if (!world.seen(kube::Resource::pods, workload.meta.ns)) return std::nullopt;
    const auto routes = routes_to(world, workload);
    const auto scaled = scaled_down(world, workload);
    if (routes.unserved.empty()) return std::nullopt;
    const bool sent_to = routes.from_outside || scaled.event;
    const auto caller = sent_to ? std::nullopt : caller_of(world, routes.unserved);
    if (!sent_to && !caller) return std::nullopt;
    auto finding = object_finding(mode_in(modes, "deploy.scaled-to-zero"), workload.meta.ref());
    // To bring back a number one must know it.
    if (scaled.from == 0) finding.actions.clear();
    if (scaled.from > 0) finding.suggested["replicas"] = fmt::format("{}", scaled.from);
    finding.affected = routes.all;
    finding.evidence.push_back(from_field(workload.meta.ref(), Source::spec, "spec.replicas", "replicas: 0"));
    std::vector<std::string> names;
    for (const auto& subject : routes.all) names.push_back(subject.object.kind + " " + subject.object.name);
    finding.summary = fmt::format("{} {} is scaled to 0 replicas", workload.meta.kind, workload.meta.name);
    if (scaled.event) {
        finding.evidence.push_back(from_event(*scaled.event));
        finding.first_seen = scaled.event->last;
        finding.summary += fmt::format(", {}{} ago", scaled.from > 0 ? fmt::format("from {}, ", scaled.from) : "",
                                       base::to_words(world.now() - scaled.event->last));
    }
    for (const auto* service : routes.unserved)
        finding.evidence.push_back(
            from_field(service->meta.ref(), Source::spec, "spec.selector", selector_words(*service)));
    finding.summary += fmt::format(", and nothing else serves {}", fmt::join(names, ", "));
    if (caller) {
        const auto& owner = world.owner(*caller->pod).ref;
        finding.summary += fmt::format(", which {} {} calls", owner.kind, owner.name);
        finding.affected.push_back({owner, ""});
        finding.evidence.push_back(caller->line);
    }
    finding.summary += ".";
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> out;
    for (const auto& rollout : rollouts_of(world, [](const kube::Workload& workload) { return workload.paused; }))
        if (auto finding = paused(world, rollout)) out.push_back(std::move(*finding));
    for (const auto* workload : world.workloads())
        if (workload->meta.kind == "Deployment" || workload->meta.kind == "StatefulSet")
            if (auto finding = at_zero(world, *workload)) out.push_back(std::move(*finding));
    return out;
}

}  // namespace

extern const Rule deployment_idle;
const Rule deployment_idle{.id = "deployment_idle", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
