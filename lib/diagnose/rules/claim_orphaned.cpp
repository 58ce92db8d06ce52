// TAXONOMY 1.11: housekeeping, claims with a volume that nobody uses any more. One finding a namespace.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/quantity.hpp"
#include "diagnose/claims.hpp"
#include "diagnose/placement_proofs.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose::rules {
namespace {

using kube::Resource;

constexpr Mode modes[] = {
    {.id = "pvc.orphaned",
     .category = Category::storage_claim,
     .severity = Severity::low,
     .summary = "Bound claims that no pod and no template names keep their volumes, and cost what these cost.",
     .needs =
         "The claim is Bound; pods, workloads, Jobs and CronJobs of the namespace were read whole, and none of them "
         "names it. Info in its first week, low after that.",
     .not_when =
         "A StatefulSet's template made it (also beyond its replicas), something scaled to 0 or suspended names "
         "it, another object owns it, or a pod of the namespace asks for a claim that does not exist: then one "
         "name is wrong.",
     .advice =
         "Ask the owners whether the data is still wanted; it may be a backup. Nothing is broken and nothing here "
         "has to be done tonight."},
};

constexpr std::size_t most_named = 8;
constexpr auto week = base::hours(168);

bool is_read(const World& world, const std::string& ns) {
    for (const auto what :
         {Resource::pods, Resource::persistentvolumeclaims, Resource::deployments, Resource::replicasets,
          Resource::statefulsets, Resource::daemonsets, Resource::jobs, Resource::cronjobs})
        if (!world.seen(what, ns)) return false;
    return true;
}

bool is_orphan(const World& world, const PersistentVolumeClaim& claim) {
    return claim.phase == "Bound" && !claim.meta.deleted && claim.meta.owners.empty() &&
           world.now() - claim.meta.created >= pending_grace && users_of_claim(world, claim).empty() &&
           !template_use(world, claim).named;
}

// A pod that asks for a claim that is not there may mean one of these: no namespace with such a pod is judged.
bool someone_misses_a_claim(const World& world, const std::string& ns) {
    for (const auto* pod : world.candidates()) {
        if (pod->meta.ns != ns) continue;
        for (const auto& volume : pod->spec.volumes)
            if (volume.source == kube::Volume::Source::claim && world.claim(ns, volume.object).absent()) return true;
    }
    return false;
}

// "Job a", "Pod b": what used the claim and has ended.
void add_former_users(const World& world, const PersistentVolumeClaim& claim, std::set<std::string>& names) {
    for (const auto* pod : world.users_of(claim)) {
        const auto* owner = pod->meta.controller();
        names.insert(owner ? owner->kind + " " + owner->name : "Pod " + pod->meta.name);
    }
    for (const auto& job : world.facts().jobs)  // all that run are users of their own
        if (job.meta.ns == claim.meta.ns)
            for (const auto& volume : job.pod_template.spec.volumes)
                if (volume.source == kube::Volume::Source::claim && volume.object == claim.meta.name)
                    names.insert("Job " + job.meta.name);
}

std::string size_of(const PersistentVolumeClaim& claim) {
    const auto at = claim.capacity.find("storage");
    return at == claim.capacity.end() ? claim.requested : at->second;
}

ObjectRef root_of(const std::string& ns, const std::vector<const PersistentVolumeClaim*>& claims, const World& world) {
    if (claims.size() == 1) return claims.front()->meta.ref();
    const auto found = world.name_space(ns);
    return found ? found->meta.ref() : ObjectRef{"v1", "Namespace", "", ns, ""};
}

Finding describe(const World& world, const std::string& ns, const std::vector<const PersistentVolumeClaim*>& claims) {
    auto finding = object_finding(modes[0], root_of(ns, claims, world));
    base::Quantity total;
    std::vector<std::string> words;
    std::set<std::string> users;
    auto oldest = claims.front()->meta.created;
    for (const auto* claim : claims) {
        if (claims.size() > 1) finding.affected.push_back({claim->meta.ref(), ""});
        const auto size = size_of(*claim);
        if (const auto bytes = base::parse_quantity(size)) total.nano += bytes->nano;
        words.push_back(fmt::format("{} {}", claim->meta.name, size));
        finding.evidence.push_back(from_field(claim->meta.ref(), Source::status, "status.phase",
                                              fmt::format("{}: {}, {}", claim->meta.name, claim->phase, size)));
        oldest = std::min(oldest, claim->meta.created);
        add_former_users(world, *claim, users);
    }
    std::sort(finding.affected.begin(), finding.affected.end());
    const bool one = claims.size() == 1;
    finding.summary = fmt::format("{} bound claim{} ({} in all) {} named by no pod and no template in namespace {}: {}",
                                  claims.size(), one ? "" : "s", base::to_words_bytes(base::to_units(total)),
                                  one ? "is" : "are", ns, some_of(words, most_named));
    if (!users.empty())
        finding.summary +=
            fmt::format("; last used by what has ended: {}", some_of({users.begin(), users.end()}, most_named));
    finding.summary += ".";
    finding.severity = world.now() - oldest >= week ? Severity::low : Severity::info;
    finding.first_seen = oldest;
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::map<std::string, std::vector<const PersistentVolumeClaim*>> orphans;
    for (const auto& claim : world.facts().claims)
        if (is_orphan(world, claim)) orphans[claim.meta.ns].push_back(&claim);
    std::vector<Finding> out;
    for (auto& [ns, claims] : orphans) {
        if (!is_read(world, ns) || is_going(world, ns) || someone_misses_a_claim(world, ns)) continue;
        std::sort(claims.begin(), claims.end(),
                  [](const auto* a, const auto* b) { return a->meta.name < b->meta.name; });
        out.push_back(describe(world, ns, claims));
    }
    return out;
}

}  // namespace

extern const Rule claim_orphaned;
const Rule claim_orphaned{.id = "claim_orphaned", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
