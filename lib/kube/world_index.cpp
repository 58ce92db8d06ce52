// How a World is made of a snapshot: the indexes, whose each pod is, and which pods are to be judged.
#include <algorithm>

#include "base/digest.hpp"
#include "kube/slim.hpp"
#include "kube/world.hpp"
#include "kube/world_lookup.hpp"

namespace salve::kube {
namespace {

template <typename Index, typename T>
void by_name(Index& index, const std::vector<T>& objects) {
    index.reserve(objects.size());
    for (const auto& object : objects) index.emplace(place(object.meta), &object);
}

template <typename Index, typename T>
void by_uid(Index& index, const std::vector<T>& objects) {
    index.reserve(index.size() + objects.size());
    for (const auto& object : objects) index.emplace(object.meta.uid, &object);
}

template <typename Index, typename T>
void by_namespace(Index& index, const std::vector<T>& objects) {
    for (const auto& object : objects) index[object.meta.ns].push_back(&object);
}

bool is_usual(std::string_view condition) {
    return condition == "Ready" || condition == "ContainersReady" || condition == "Initialized" ||
           condition == "PodScheduled" || condition == "PodReadyToStartContainers" || condition == "PodHasNetwork";
}

bool runs_first_life(const ContainerStatus& status) {
    const auto& state = status.state;
    const bool done = status.list == ContainerStatus::List::init && state.terminated &&
                      state.terminated->exit_code == 0 && state.terminated->reason == "Completed";
    return status.ready && status.started != false && status.restarts == 0 && !state.waiting &&
           (state.running.has_value() || done) && (!state.terminated || done) && !status.last.waiting &&
           !status.last.running && !status.last.terminated && status.list != ContainerStatus::List::ephemeral;
}

// Of what the pod itself says; is_settled() asks for more.
bool only_runs(const Pod& pod) {
    return pod.phase == "Running" && pod.reason.empty() && pod.message.empty() && pod.nominated_node.empty() &&
           !pod.spec.node_name.empty() && !pod.statuses.empty() && is_ready(pod) &&
           std::all_of(pod.conditions.begin(), pod.conditions.end(),
                       [](const Condition& one) { return one.status == "True" && is_usual(one.type); }) &&
           std::all_of(pod.statuses.begin(), pod.statuses.end(), runs_first_life);
}

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

World::World(const Snapshot& snapshot) : facts_(snapshot), pods_(snapshot.pods) {
    for (const auto& read : facts_.reads) {
        if (read.object.empty()) lists_[{read.ns, info(read.what).plural}] = read.state;
        if (read.object == of_no_deployment) loose_only_ = read.state == ReadState::ok;
    }
    by_name(services_, facts_.services);
    by_name(claims_, facts_.claims);
    by_name(volumes_, facts_.volumes);
    by_name(storage_classes_, facts_.storage_classes);
    by_name(nodes_, facts_.nodes);
    by_name(namespaces_, facts_.namespaces);
    by_name(service_accounts_, facts_.service_accounts);
    by_name(deployments_, facts_.deployments);
    by_name(replica_sets_by_name_, facts_.replica_sets);
    by_name(stateful_sets_, facts_.stateful_sets);
    by_name(daemon_sets_, facts_.daemon_sets);
    by_name(jobs_, facts_.jobs);
    by_name(ingress_classes_, facts_.ingress_classes);
    by_namespace(services_by_ns_, facts_.services);
    by_namespace(ingresses_by_ns_, facts_.ingresses);
    by_namespace(autoscalers_by_ns_, facts_.autoscalers);
    by_namespace(budgets_by_ns_, facts_.budgets);
    for (const auto& slice : facts_.endpoint_slices) slices_[{slice.meta.ns, slice.service}].push_back(&slice);
    for (const auto& event : facts_.events) events_[event.about.uid].push_back(&event);
    for (auto& [uid, events] : events_)
        std::stable_sort(events.begin(), events.end(), [](auto* a, auto* b) {
            return std::tie(a->last, a->meta.name) < std::tie(b->last, b->meta.name);
        });
    index_owners();
    index_pods();
}

void World::index_owners() {
    for (const auto* list : {&facts_.deployments, &facts_.stateful_sets, &facts_.daemon_sets})
        for (const auto& workload : *list) workloads_.push_back(&workload);
    std::sort(workloads_.begin(), workloads_.end(), [](auto* a, auto* b) {
        return std::tie(a->meta.ns, a->meta.name, a->meta.kind) < std::tie(b->meta.ns, b->meta.name, b->meta.kind);
    });
    by_uid(workloads_by_uid_, facts_.deployments);
    by_uid(workloads_by_uid_, facts_.replica_sets);
    by_uid(workloads_by_uid_, facts_.stateful_sets);
    by_uid(workloads_by_uid_, facts_.daemon_sets);
    by_uid(jobs_by_uid_, facts_.jobs);
    by_uid(cron_jobs_by_uid_, facts_.cron_jobs);
    for (const auto& job : facts_.jobs)
        if (const auto* owner = job.meta.controller()) jobs_by_owner_[owner->uid].push_back(&job);
    for (auto& [uid, jobs] : jobs_by_owner_)
        std::sort(jobs.begin(), jobs.end(), [](auto* a, auto* b) {
            return std::make_tuple(-a->meta.created.us, std::string_view(a->meta.name)) <
                   std::make_tuple(-b->meta.created.us, std::string_view(b->meta.name));
        });
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
    by_uid(pods_by_uid_, facts_.pods);
    owner_of_.resize(facts_.pods.size());
    settled_.resize(facts_.pods.size());
    struct Known {
        const Owner* owner = nullptr;
        std::vector<const Pod*>* pods = nullptr;
    };
    std::unordered_map<const void*, Known> known;  // by the workload that made the pod, else by the top owner
    for (const auto* pod : pods_.all()) {
        const auto* controller = pod->meta.controller();
        const auto* workload = controller ? find(workloads_by_uid_, controller->uid) : nullptr;
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
        owner_of_[index_of(*pod)] = top.owner;
        top.pods->push_back(pod);
        index_users(*pod);
        if (!is_candidate(*pod)) continue;
        candidates_.push_back(pod);
        const bool settled = only_runs(*pod) && !has_event_or_log(*pod);
        settled_[index_of(*pod)] = settled;
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

bool World::has_event_or_log(const Pod& pod) const {
    return !events(pod.meta.uid).empty() || std::any_of(facts_.logs.begin(), facts_.logs.end(), [&](const Log& log) {
        return log.pod == pod.meta.name && log.ns == pod.meta.ns;
    });
}

void World::index_users(const Pod& pod) {
    for (const auto& volume : pod.spec.volumes) {
        if (volume.source != Volume::Source::claim) continue;
        auto& users = users_of_claim_[{pod.meta.ns, volume.object}];
        if (users.empty() || users.back() != &pod) users.push_back(&pod);
    }
}

bool World::is_candidate(const Pod& pod) const {
    if (pod.phase == "Succeeded" || pod.meta.deleted) return false;
    const auto& top = owner(pod);
    if (const auto* meta = top.meta(); meta && meta->deleted) return false;
    if (top.workload && top.workload->desired == 0 && top.workload->meta.kind != "DaemonSet") return false;
    if (const auto* controller = pod.meta.controller(); controller && controller->kind == "Job")
        if (const auto* job = find(jobs_by_uid_, controller->uid)) {
            const auto* complete = find_condition(job->conditions, "Complete");
            if ((complete && complete->status == "True") || job->meta.deleted) return false;
        }
    return true;
}

}  // namespace salve::kube
