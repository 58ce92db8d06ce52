#include "diagnose/claims.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "diagnose/placement_proofs.hpp"

namespace salve::diagnose {
namespace {

using kube::PodSpec;
using kube::World;

constexpr std::size_t most_named = 5;

bool names_claim(const PodSpec& spec, const std::string& claim) {
    return std::any_of(spec.volumes.begin(), spec.volumes.end(), [&](const kube::Volume& volume) {
        return volume.source == kube::Volume::Source::claim && volume.object == claim;
    });
}

bool is_ordinal(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool has_ended(const kube::Job& job) {
    for (const char* type : {"Complete", "Failed"})
        if (const auto* condition = kube::find_condition(job.conditions, type);
            condition && condition->status == "True")
            return true;
    return false;
}

}  // namespace

std::vector<const Pod*> users_of_claim(const World& world, const PersistentVolumeClaim& claim) {
    auto users = world.users_of(claim);
    if (const auto* owner = claim.meta.controller(); owner && owner->kind == "Pod")
        if (const auto* pod = world.pod(owner->uid)) users.push_back(pod);
    std::erase_if(users, [](const Pod* pod) { return pod->phase == "Succeeded" || pod->phase == "Failed"; });
    std::sort(users.begin(), users.end(), [](const Pod* a, const Pod* b) { return a->meta.name < b->meta.name; });
    return users;
}

void add_users(const World& world, Finding& finding, std::span<const Pod* const> users) {
    std::set<Subject> found(finding.affected.begin(), finding.affected.end());
    for (const auto* pod : users) {
        found.insert({pod->meta.ref(), ""});
        if (const auto& owner = world.owner(*pod); !owner.is_pod) found.insert({owner.ref, ""});
    }
    finding.affected.assign(found.begin(), found.end());
}

const kube::Event* newest_event(const World& world, const PersistentVolumeClaim& claim, std::string_view reason,
                                const re2::RE2* message) {
    const kube::Event* newest = nullptr;
    for (const auto* event : world.events(claim.meta.uid))
        if (event->reason == reason && (!message || re2::RE2::PartialMatch(event->message, *message))) newest = event;
    return newest;
}

bool waits_for_consumer(const World& world, const PersistentVolumeClaim& claim) {
    if (!claim.volume.empty() || !claim.storage_class) return false;  // prebound: the scheduler waits for it at once
    if (claim.meta.annotations.contains("volume.kubernetes.io/selected-node")) return false;
    const auto found = world.storage_class(*claim.storage_class);
    return found && found->binding_mode == "WaitForFirstConsumer";
}

const kube::Workload* set_of_claim(const World& world, const PersistentVolumeClaim& claim) {
    for (const auto& set : world.facts().stateful_sets) {
        if (set.meta.ns != claim.meta.ns) continue;
        for (const auto& name : set.claim_templates) {
            const auto prefix = name + "-" + set.meta.name + "-";
            if (claim.meta.name.starts_with(prefix) &&
                is_ordinal(std::string_view(claim.meta.name).substr(prefix.size())))
                return &set;
        }
    }
    return nullptr;
}

TemplateUse template_use(const World& world, const PersistentVolumeClaim& claim) {
    TemplateUse use;
    const auto add = [&](bool named, bool sleeps) {
        if (!named) return;
        use.named = true;
        use.sleeps = use.sleeps && sleeps;
    };
    const auto& name = claim.meta.name;
    const auto mine = [&](const kube::Meta& meta) { return meta.ns == claim.meta.ns; };
    const auto& facts = world.facts();
    const auto add_workload = [&](const kube::Workload& workload) {
        add(mine(workload.meta) && names_claim(workload.pod_template.spec, name), workload.desired == 0);
    };
    for (const auto* list : {&facts.deployments, &facts.stateful_sets, &facts.daemon_sets})
        for (const auto& workload : *list) add_workload(workload);
    for (const auto* set : world.loose_replica_sets()) add_workload(*set);
    for (const auto& job : facts.cron_jobs)
        add(mine(job.meta) && names_claim(job.pod_template.spec, name), job.suspended);
    for (const auto& job : facts.jobs)
        if (!has_ended(job)) add(mine(job.meta) && names_claim(job.pod_template.spec, name), job.suspended);
    if (const auto* set = set_of_claim(world, claim)) add(true, set->desired == 0);
    return use;
}

std::string claim_words(const PersistentVolumeClaim& claim) {
    const auto size = claim.requested.empty() ? "" : " for " + claim.requested;
    const auto storage = !claim.storage_class           ? std::string(" without a storage class")
                         : claim.storage_class->empty() ? std::string(" with storageClassName \"\"")
                                                        : " of class " + *claim.storage_class;
    return fmt::format("claim {}{}{} is {}", claim.meta.name, size, storage, claim.phase);
}

std::string volumes_words(const World& world, const PersistentVolumeClaim& claim) {
    if (!world.seen(kube::Resource::persistentvolumes, "")) return "";
    std::vector<std::string> volumes;
    for (const auto& volume : world.facts().volumes)
        if (volume.storage_class == claim.storage_class.value_or(""))
            volumes.push_back(fmt::format("{} {} {}", volume.meta.name, volume.capacity, volume.phase));
    std::sort(volumes.begin(), volumes.end());
    const char* such = claim.storage_class.value_or("").empty() ? "without a class" : "of that class";
    return volumes.empty() ? fmt::format("; there is no volume {}", such)
                           : fmt::format("; volumes {}: {}", such, some_of(volumes, most_named));
}

bool is_going(const World& world, std::string_view ns) {
    const auto found = world.name_space(ns);
    return found && (found->meta.deleted || found->phase == "Terminating");
}

}  // namespace salve::diagnose
