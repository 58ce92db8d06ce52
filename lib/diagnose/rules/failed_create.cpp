// TAXONOMY 1.10, ctrl.failed-create.*: what keeps a controller from creating its pods. Root is what a person changes:
// the quota that is full, the webhook's configuration, the missing ServiceAccount; else the workload whose template is
// refused. Several workloads refused by one quota are one finding, for the engine folds by root and mode.
#include <fmt/format.h>

#include <algorithm>

#include "base/quantity.hpp"
#include "diagnose/containers.hpp"
#include "diagnose/refusal_modes.hpp"
#include "diagnose/refused.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/webhooks.hpp"

namespace salve::diagnose::rules {
namespace {

constexpr std::size_t most_text = 600;

const kube::ResourceQuota* find_quota(const World& world, const std::string& ns, const std::string& name) {
    const auto& all = world.facts().quotas;
    const auto at = std::find_if(all.begin(), all.end(),
                                 [&](const auto& one) { return one.meta.ns == ns && one.meta.name == name; });
    return at == all.end() ? nullptr : &*at;
}

// Whether the quota has room by now for what was refused: then only the next try is missing.
bool has_room(const kube::ResourceQuota& quota, const Refusal& refusal) {
    if (refusal.amounts.empty()) return false;
    return std::all_of(refusal.amounts.begin(), refusal.amounts.end(), [&](const QuotaAmount& amount) {
        const auto hard = quota.hard.find(amount.resource), used = quota.used.find(amount.resource);
        if (hard == quota.hard.end()) return true;  // no longer limited
        if (used == quota.used.end()) return false;
        const auto most = base::parse_quantity(hard->second), now = base::parse_quantity(used->second),
                   more = base::parse_quantity(amount.requested);
        return most && now && more && now->nano <= most->nano && more->nano <= most->nano - now->nano;
    });
}

void judge_quota(const World& world, const Refused& one, Finding& finding) {
    const auto* quota = find_quota(world, one.ns, one.refusal.name);
    const bool seen = world.seen(kube::Resource::resourcequotas, one.ns);
    finding.root.object = quota ? quota->meta.ref() : ObjectRef{"v1", "ResourceQuota", one.ns, one.refusal.name, ""};
    if (!quota && !seen)
        finding.missing_evidence.push_back("resourcequotas of " + one.ns + ": what is used at present");
    if (quota)
        for (const auto& amount : one.refusal.amounts)
            if (const auto used = quota->used.find(amount.resource); used != quota->used.end())
                finding.evidence.push_back(from_field(quota->meta.ref(), Source::status,
                                                      "status.used[" + amount.resource + "]", used->second));
    if (!quota && seen)
        finding.summary += " That quota is gone by now; the next try will tell.";
    else if (quota && has_room(*quota, one.refusal))
        finding.summary += " It has room for that by now; the next try will tell.";
}

// A text that names a certificate is about the configuration in any case; the others are about what stands behind it.
void judge_outage(const World& world, const Refused& one, Finding& finding) {
    const auto& refusal = one.refusal;
    const auto found = find_webhook(world, refusal.name, refusal.service_ns, refusal.service);
    if (!found) {
        if (!refusal.service.empty()) {
            finding.root.object = {"v1", "Service", refusal.service_ns, refusal.service, ""};
            if (const auto service = world.service(refusal.service_ns, refusal.service))
                finding.root.object = service->meta.ref();
        }
        finding.missing_evidence.emplace_back(
            "validatingwebhookconfigurations and mutatingwebhookconfigurations: the webhook's configuration");
        return;
    }
    finding.root.object = found.config->meta.ref();
    finding.evidence.push_back(from_field(finding.root.object, Source::spec,
                                          fmt::format("webhooks[{}].failurePolicy", found.hook->name),
                                          found.hook->failure_policy));
    if (found.hook->service_name.empty()) return;
    const auto backend = backend_of(world, found.hook->service_ns, found.hook->service_name);
    const auto words = fmt::format("Service {} of namespace {}", backend.service.name, backend.service.ns);
    finding.affected.push_back({backend.service, ""});
    switch (backend.state) {
        case Backend::State::missing:
            finding.summary += fmt::format(" Its backend, {}, does not exist.", words);
            break;
        case Backend::State::empty:
        case Backend::State::starting:
            finding.summary += fmt::format(" Its backend, {}, has no ready endpoint.", words);
            break;
        case Backend::State::ready:
            finding.summary += fmt::format(" Its backend, {}, has ready endpoints.", words);
            break;
        case Backend::State::unknown:
            finding.missing_evidence.push_back(
                fmt::format("services and endpointslices of {}: what stands behind the webhook", backend.service.ns));
            break;
    }
}

void judge_account(const World& world, const Refused& one, Finding& finding) {
    finding.root.object = {"v1", "ServiceAccount", one.ns, one.refusal.name, ""};
    const auto account = world.service_account(one.ns, one.refusal.name);
    if (!account) return;
    finding.root.object = account->meta.ref();
    finding.summary += " It exists by now; the next try will tell.";
}

void judge_bound(const World& world, const Refused& one, Finding& finding) {
    std::vector<const kube::LimitRange*> ranges;
    for (const auto& range : world.limit_ranges(one.ns))
        if (range.meta.ns == one.ns) ranges.push_back(&range);
    std::sort(ranges.begin(), ranges.end(), [](auto* a, auto* b) { return a->meta.name < b->meta.name; });
    for (const auto* range : ranges)
        for (const auto& item : range->items)
            for (const auto* bound : {&item.min, &item.max})
                if (const auto at = bound->find(one.refusal.name); at != bound->end())
                    finding.evidence.push_back(from_field(
                        range->meta.ref(), Source::spec,
                        fmt::format("spec.limits[{}].{}.{}", item.type, bound == &item.min ? "min" : "max", at->first),
                        at->second));
}

// The Services (and Ingresses) that would lead to these pods and have no ready one.
void add_services(const World& world, const Refused& one, Finding& finding) {
    const auto* pod_template = one.owner.pod_template();
    if (!pod_template || one.owner.job || one.owner.cron_job || !world.seen(kube::Resource::pods, one.ns)) return;
    for (const auto* service : world.services_for(one.ns, pod_template->labels)) {
        const auto pods = world.pods_matching(one.ns, service->selector);
        if (std::any_of(pods.begin(), pods.end(), [](const Pod* pod) { return kube::is_ready(*pod); })) continue;
        finding.affected.push_back({service->meta.ref(), ""});
        for (const auto* ingress : world.ingresses_for(one.ns, service->meta.name))
            finding.affected.push_back({ingress->meta.ref(), ""});
    }
}

std::string wanted(const Refused& one) {
    if (one.refusal.about_claim) return fmt::format("PersistentVolumeClaim {} of ", one.refusal.about);
    return one.owner.cron_job && one.affected.size() == 1 ? "The Job of " : "Pods of ";
}

Finding judge(const World& world, const Refused& one) {
    auto finding = object_finding(mode_in(refusal_modes, mode_id(one.refusal.cause)), one.owner.ref);
    finding.confidence = one.confidence;
    finding.first_seen = one.since;
    finding.last_seen = one.last;
    finding.evidence = one.evidence;
    finding.summary = fmt::format("{}{} {} cannot be created ({}): {}.", wanted(one), one.owner.ref.kind,
                                  one.owner.ref.name, one.lacks, excerpt(one.refusal.text, most_text));
    if (one.refusal.cause == RefusalCause::quota) judge_quota(world, one, finding);
    if (one.refusal.cause == RefusalCause::webhook_down) judge_outage(world, one, finding);
    if (one.refusal.cause == RefusalCause::serviceaccount) judge_account(world, one, finding);
    if (one.refusal.cause == RefusalCause::limitrange) judge_bound(world, one, finding);
    if (one.refusal.cause == RefusalCause::quota_unset)
        finding.advice = {
            "State the requests and limits that the quota counts in the pod template, or have a "
            "LimitRange give every container of the namespace a default."};
    for (const auto& subject : one.affected)
        if (!subject.object.same_name(finding.root.object)) finding.affected.push_back(subject);
    add_services(world, one, finding);
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> out;
    for (const auto& one : refused(world)) out.push_back(judge(world, one));
    return out;
}

}  // namespace

extern const Rule failed_create;
const Rule failed_create{.id = "failed-create", .modes = refusal_modes, .match = match};

}  // namespace salve::diagnose::rules
