// How a World is made of a snapshot: the indexes, whose each pod is, and which pods are to be judged.
#include <algorithm>

#include "base/digest.hpp"
#include "kube/slim.hpp"
#include "kube/world.hpp"
#include "kube/world_lookup.hpp"

namespace salve::kube {
namespace {

// Texts end with a byte that stands in none of them, numbers are as long as their type: no two can run together.
void put(std::string& out, std::string_view text) { out.append(text) += '\0'; }
template <typename Number>
void put(std::string& out, Number number) {
    out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void put(std::string& out, const Owner& owner) {
    for (const std::string_view part :
         {std::string_view(owner.ref.api_version), std::string_view(owner.ref.kind), std::string_view(owner.ref.ns),
          std::string_view(owner.ref.name), std::string_view(owner.ref.uid)})
        put(out, part);
    for (const bool is : {owner.is_pod, owner.workload != nullptr, owner.job != nullptr, owner.cron_job != nullptr})
        out += is ? '1' : '0';
}

}  // namespace

World::World(const Snapshot& snapshot, std::shared_ptr<const SteadyIndex> steady)
    : facts_(snapshot),
      steady_(steady && steady->fits(snapshot) ? std::move(steady) : std::make_shared<const SteadyIndex>(snapshot)) {
    for (const auto& read : facts_.reads) {
        if (read.object.empty()) lists_[{read.ns, info(read.what).plural}] = read.state;
        if (read.object == of_no_deployment) loose_only_ = read.state == ReadState::ok;
    }
    by_name(storage_classes_, facts_.storage_classes);
    by_name(service_accounts_, facts_.service_accounts);
    by_name(ingress_classes_, facts_.ingress_classes);
    index_replica_sets();
    index_pods();
}

void World::index_replica_sets() {
    by_name(replica_sets_by_name_, facts_.replica_sets);
    by_uid(replica_sets_by_uid_, facts_.replica_sets);
    for (const auto& replica_set : facts_.replica_sets) {
        if (const auto* controller = replica_set.meta.controller())
            replica_sets_[controller->uid].push_back(&replica_set);
        if (const auto* above = owner(replica_set).workload; !above || above == &replica_set)
            loose_replica_sets_.push_back(&replica_set);
    }
    for (auto& [uid, sets] : replica_sets_)
        std::stable_sort(sets.begin(), sets.end(), [](auto* a, auto* b) {
            return std::make_tuple(-revision_of(*a), -a->meta.created.us, std::string_view(a->meta.name)) <
                   std::make_tuple(-revision_of(*b), -b->meta.created.us, std::string_view(b->meta.name));
        });
}

void World::index_pods() {
    owner_of_.resize(facts_.pods.size());
    settled_.resize(facts_.pods.size());
    struct Known {
        const Owner* owner = nullptr;
        std::vector<const Pod*>* pods = nullptr;
    };
    std::unordered_map<const void*, Known> known;  // by the workload that made the pod, else by the top owner
    for (const auto* pod : steady_->pods.all()) {
        const auto* controller = pod->meta.controller();
        const auto at = index_of(*pod);
        const auto* workload = steady_->of_pods[at].made_by;
        if (controller && !workload) workload = find(replica_sets_by_uid_, controller->uid);
        if (controller && !workload) workload = deployment_of(*pod, *controller);
        const void* maker = workload;
        std::optional<Owner> owner;
        if (!maker) maker = owner.emplace(find_owner(*pod)).meta();
        Known own;
        auto& top = maker ? known[maker] : own;
        if (!top.owner) {
            top.owner = &owners_.emplace_back(owner ? std::move(*owner) : find_owner(*pod));
            top.pods = &pods_by_owner_[top.owner->ref.uid];
        }
        owner_of_[at] = top.owner;
        top.pods->push_back(pod);
        if (!is_candidate(*pod)) continue;
        candidates_.push_back(pod);
        const bool settled = steady_->of_pods[at].only_runs && !has_log(*pod);
        settled_[at] = settled;
        if (!settled) unsettled_.push_back(pod);
    }
}

std::string World::standing() const {
    std::string text;
    put(text, now().us);
    std::unordered_map<const Owner*, std::uint32_t> numbers;
    for (const Owner& owner : owners_) {
        numbers.emplace(&owner, static_cast<std::uint32_t>(numbers.size()));
        put(text, owner);
    }
    for (const Owner* owner : owner_of_) put(text, numbers.at(owner));
    for (const auto* list : {&candidates_, &unsettled_}) {
        put(text, list->size());
        for (const Pod* pod : *list) put(text, index_of(*pod));
    }
    for (const Workload* set : loose_replica_sets_) put(text, set->meta.uid);
    return base::sha256_hex(text);
}

bool World::has_log(const Pod& pod) const {
    return std::any_of(facts_.logs.begin(), facts_.logs.end(),
                       [&](const Log& log) { return log.pod == pod.meta.name && log.ns == pod.meta.ns; });
}

bool World::is_candidate(const Pod& pod) const {
    if (pod.phase == "Succeeded" || pod.meta.deleted) return false;
    const auto& top = owner(pod);
    if (const auto* meta = top.meta(); meta && meta->deleted) return false;
    if (top.workload && top.workload->desired == 0 && top.workload->meta.kind != "DaemonSet") return false;
    if (const auto* controller = pod.meta.controller(); controller && controller->kind == "Job")
        if (const auto* job = find(steady_->jobs_by_uid, controller->uid)) {
            const auto* complete = find_condition(job->conditions, "Complete");
            if ((complete && complete->status == "True") || job->meta.deleted) return false;
        }
    return true;
}

}  // namespace salve::kube
