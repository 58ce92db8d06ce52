#include "diagnose/service_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <tuple>
#include <unordered_map>

#include "base/text.hpp"
#include "diagnose/routes.hpp"
#include "diagnose/thresholds.hpp"
#include "diagnose/unready.hpp"

namespace salve::diagnose {
namespace {

using kube::Resource;
using kube::Service;
using kube::Workload;
using kube::World;
using Labels = base::TextMap;

// Whether a template that makes pods now and then has the labels: Jobs and CronJobs, and Jobs that are done.
bool made_by_a_job(const World& world, const Service& service) {
    const auto makes = [&](const auto& object) {
        return object.meta.ns == service.meta.ns && kube::matches(service.selector, object.pod_template.labels);
    };
    const auto& facts = world.facts();
    return std::any_of(facts.jobs.begin(), facts.jobs.end(), makes) ||
           std::any_of(facts.cron_jobs.begin(), facts.cron_jobs.end(), makes);
}

// Not world.workloads(), which sorts those of the whole cluster.
template <typename Visit>
void each_workload(const World& world, const std::string& ns, Visit visit) {
    const auto& facts = world.facts();
    for (const auto* list : {&facts.deployments, &facts.stateful_sets, &facts.daemon_sets})
        for (const auto& workload : *list)
            if (workload.meta.ns == ns) visit(workload);
}

std::vector<const Workload*> workloads_matching(const World& world, const Service& service) {
    std::vector<const Workload*> found;
    each_workload(world, service.meta.ns, [&](const Workload& workload) {
        if (kube::matches(service.selector, workload.pod_template.labels)) found.push_back(&workload);
    });
    for (const auto* set : world.loose_replica_sets())  // of the others their Deployment tells
        if (set->meta.ns == service.meta.ns && kube::matches(service.selector, set->pod_template.labels))
            found.push_back(set);
    std::sort(found.begin(), found.end(), [](auto* a, auto* b) {
        return std::tie(a->meta.name, a->meta.kind) < std::tie(b->meta.name, b->meta.kind);
    });
    return found;
}

// Whether everything that could make or be its pods was read whole.
bool all_seen(const World& world, const std::string& ns) {
    for (const auto what : {Resource::pods, Resource::deployments, Resource::statefulsets, Resource::daemonsets,
                            Resource::jobs, Resource::cronjobs})
        if (!world.seen(what, ns)) return false;
    return world.loose_replica_sets_seen(ns);
}

bool has_addresses(const World& world, const Service& service) {
    const auto slices = world.slices_of(service);
    return std::any_of(slices.begin(), slices.end(), [](const auto* slice) { return !slice->endpoints.empty(); });
}

// Pods that match but have ended or are going: whoever made them may be finished, or about to make others.
bool had_pods(const World& world, const Service& service) {
    return !world.pods_matching(service.meta.ns, service.selector).empty();
}

ServiceState::Kind kind_without_pods(const World& world, const Service& service, ServiceState& state) {
    using Kind = ServiceState::Kind;
    if (!all_seen(world, service.meta.ns) || has_addresses(world, service) || had_pods(world, service))
        return Kind::other;
    if (world.now() - service.meta.created < service_grace) return Kind::other;
    state.workloads = workloads_matching(world, service);
    if (state.workloads.empty()) return made_by_a_job(world, service) ? Kind::other : Kind::unselected;
    const bool wanted = std::any_of(state.workloads.begin(), state.workloads.end(), [&](const Workload* workload) {
        const auto* available = kube::find_condition(workload->conditions, "Available");
        const auto since = available && available->last_transition
                               ? std::max(*available->last_transition, workload->meta.created)
                               : workload->meta.created;
        return workload->desired > 0 && !workload->meta.deleted && world.now() - since > pending_grace;
    });
    return wanted ? Kind::unmade : Kind::other;
}

bool like(std::string_view a, std::string_view b) {
    if (a.empty() || b.empty()) return false;
    if (a.find(b) != std::string_view::npos || b.find(a) != std::string_view::npos) return true;
    std::string x, y;  // the same letters, whatever stands between them
    for (const char c : a)
        if (std::isalnum(static_cast<unsigned char>(c)) != 0) x += static_cast<char>(std::tolower(c));
    for (const char c : b)
        if (std::isalnum(static_cast<unsigned char>(c)) != 0) y += static_cast<char>(std::tolower(c));
    const std::string_view others[] = {y};
    return x == y || base::nearest(x, others).has_value();
}

// What the labels have in place of a pair of the selector, and how far it is: 0 a like value of the key, 1 the value
// under another key, 2 another value of the key, 3 nothing.
std::pair<int, std::string> instead_of(const Labels& labels, const std::string& key, const std::string& value) {
    const auto at = labels.find(key);
    if (at != labels.end() && like(at->second, value)) return {0, key + "=" + at->second};
    for (const auto& [other, text] : labels)
        if (text == value && other != "pod-template-hash") return {1, fmt::format("{}={}", other, text)};
    if (at != labels.end()) return {2, key + "=" + at->second};
    return {3, ""};
}

// A workload whose pods already stand behind another Service is hardly the one that is meant, unless labels agree.
bool served_by_another(const World& world, const Workload& workload, const Service& service) {
    const auto services = world.services_for(workload.meta.ns, workload.pod_template.labels);
    return std::any_of(services.begin(), services.end(), [&](const Service* other) { return other != &service; });
}

ServiceState find_state(const World& world, const Service& service) {
    ServiceState state;
    if (!has_selector(service) || service.meta.deleted) return state;
    for (const auto* pod : backing_pods(world, service)) {
        const bool ready = world.is_settled(*pod) || kube::is_ready(*pod);
        (ready ? state.ready : state.unready).push_back(pod);
        if (!ready && is_overdue(world, *pod)) state.overdue.push_back(pod);
    }
    if (!state.ready.empty()) state.kind = ServiceState::Kind::served;
    if (!state.ready.empty() || publishes_unready(service)) return state;
    if (state.unready.empty())
        state.kind = kind_without_pods(world, service, state);
    else if (!state.overdue.empty() && world.seen(Resource::pods, service.meta.ns))
        state.kind = ServiceState::Kind::unready;
    return state;
}

using States = std::unordered_map<const Service*, ServiceState>;
States all_states(const World& world) {
    States all;
    for (const auto& service : world.facts().services) all.emplace(&service, find_state(world, service));
    return all;
}

}  // namespace

const ServiceState& state_of(const World& world, const Service& service) { return world.once(all_states).at(&service); }

bool is_down(const ServiceState& state) {
    using Kind = ServiceState::Kind;
    return state.kind == Kind::unselected || state.kind == Kind::unready || state.kind == Kind::unmade;
}

std::string selector_words(const Labels& labels) {
    std::vector<std::string> pairs;
    pairs.reserve(labels.size());
    for (const auto& [key, value] : labels) pairs.push_back(fmt::format("{}={}", key, value));
    return fmt::format("{}", fmt::join(pairs, ","));
}

std::optional<NearWorkload> nearest_workload(const World& world, const Service& service) {
    using Rank = std::tuple<std::size_t, bool, int, std::string, std::string>;
    std::optional<std::pair<Rank, NearWorkload>> best;
    each_workload(world, service.meta.ns, [&](const Workload& candidate) {
        const auto* workload = &candidate;
        NearWorkload near{workload, {}, {}};
        int distance = 0;
        for (const auto& [key, value] : service.selector) {
            const auto at = workload->pod_template.labels.find(key);
            if (at != workload->pod_template.labels.end() && at->second == value) continue;
            const auto [far, text] = instead_of(workload->pod_template.labels, key, value);
            near.wanted.push_back(fmt::format("{}={}", key, value));
            if (!text.empty()) near.has.push_back(text);
            distance = std::max(distance, far);
        }
        const bool agrees = near.wanted.size() < service.selector.size();
        if ((!agrees && distance > 2) || (best && near.wanted.size() > best->second.wanted.size())) return;
        const bool taken = served_by_another(world, *workload, service);
        if (!agrees && distance == 2 && taken) return;
        Rank rank{near.wanted.size(), taken, distance, workload->meta.name, workload->meta.kind};
        if (!best || rank < best->first) best = {rank, near};
    });
    if (!best) return std::nullopt;
    return best->second;
}

}  // namespace salve::diagnose
