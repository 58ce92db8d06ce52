#include "diagnose/refused.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "diagnose/build.hpp"

namespace salve::diagnose {
namespace {

using kube::Condition;
using kube::Event;
using kube::Resource;
using kube::Workload;
using kube::World;

bool is_closing(const World& world, const std::string& ns) {
    const auto found = world.name_space(ns);
    return found && (found->phase == "Terminating" || found->meta.deleted);
}

const Event* newest_failure(const World& world, const std::string& uid) {
    const auto events = world.events(uid);
    for (auto at = events.rbegin(); at != events.rend(); ++at)
        if ((*at)->reason == "FailedCreate" && (*at)->type == "Warning") return *at;
    return nullptr;
}

const Condition* failure(const std::vector<Condition>& conditions) {
    const auto* found = kube::find_condition(conditions, "ReplicaFailure");
    return found && found->status == "True" && found->reason == "FailedCreate" ? found : nullptr;
}

std::string pods_exist(int have, int want) { return fmt::format("{} of {} pods exist", have, want); }

// During a rollout the older ReplicaSets have pods as well.
std::string pods_of_set(const kube::Owner& owner, const Workload& set) {
    const int older = owner.workload ? owner.workload->ready - set.ready : 0;
    if (older <= 0) return pods_exist(set.replicas, set.desired);
    return fmt::format("{} of {} pods of its new ReplicaSet exist, {} older are ready", set.replicas, set.desired,
                       older);
}

std::vector<const kube::Pod*> pods_under(const World& world, const std::string& uid) {
    std::vector<const kube::Pod*> found;
    for (const auto& pod : world.facts().pods)
        if (const auto* controller = pod.meta.controller(); controller && controller->uid == uid) found.push_back(&pod);
    return found;
}

Refused refused_by_event(kube::Owner owner, const kube::Meta& speaker, const Event& event) {
    Refused made;
    made.owner = std::move(owner);
    made.ns = speaker.ns;
    made.affected.push_back({made.owner.ref, ""});
    if (!made.owner.ref.same_name(speaker.ref())) made.affected.push_back({speaker.ref(), ""});
    made.refusal = parse_refusal(event.message);
    made.evidence.push_back(from_event(event));
    made.confidence = Confidence::probable;
    made.since = event.first;
    made.last = event.last;
    return made;
}

// The ReplicaSet controller writes the condition once and leaves its message alone while creations go on to fail
// (replica_set_utils.go calculateStatus). So the condition proves that they do, but a newer event may know a newer
// cause.
void take_newer_cause(const World& world, const Workload& set, const Condition& condition, Refused& made) {
    const auto* event = newest_failure(world, set.meta.uid);
    if (!event) return;
    made.last = event->last;
    if (condition.last_transition && event->last <= *condition.last_transition) return;
    auto newer = parse_refusal(event->message);
    if (newer.cause == made.refusal.cause && newer.name == made.refusal.name) return;
    made.refusal = std::move(newer);
    made.evidence.insert(made.evidence.begin(), from_event(*event));
    made.confidence = Confidence::probable;
}

Refused refused_by_condition(const World& world, const Workload& set, const Condition& condition) {
    Refused made;
    made.owner = world.owner(set);
    made.ns = set.meta.ns;
    made.affected.push_back({made.owner.ref, ""});
    if (!made.owner.workload && !made.owner.ref.same_name(set.meta.ref()))
        made.affected.push_back({set.meta.ref(), ""});
    made.refusal = parse_refusal(condition.message);
    const auto* above = made.owner.workload ? failure(made.owner.workload->conditions) : nullptr;
    made.evidence.push_back(above && above->message == condition.message ? from_condition(made.owner.ref, *above)
                                                                         : from_condition(set.meta.ref(), condition));
    made.since = condition.last_transition;
    made.lacks = pods_of_set(made.owner, set);
    take_newer_cause(world, set, condition, made);
    return made;
}

void add_replica_sets(const World& world, std::vector<Refused>& all) {
    for (const auto& set : world.replica_sets()) {
        const auto* condition = failure(set.conditions);
        if (!condition || set.meta.deleted || !kube::is_observed(set) || set.replicas >= set.desired) continue;
        const auto& owner = world.owner(set);
        if (owner.workload && (owner.workload->desired == 0 || owner.workload->meta.deleted)) continue;
        all.push_back(refused_by_condition(world, set, *condition));
    }
}

// Only where the ReplicaSets could not be read: else they know it better.
void add_deployments(const World& world, std::vector<Refused>& all) {
    for (const auto& deployment : world.facts().deployments) {
        const auto* condition = failure(deployment.conditions);
        if (!condition || deployment.meta.deleted || !kube::is_observed(deployment) || deployment.desired == 0)
            continue;
        if (world.replica_sets_seen(deployment)) continue;
        if (deployment.updated >= deployment.desired && deployment.replicas >= deployment.desired) continue;
        Refused made;
        made.owner = world.owner(deployment);
        made.ns = deployment.meta.ns;
        made.affected.push_back({made.owner.ref, ""});
        made.refusal = parse_refusal(condition->message);
        made.evidence.push_back(from_condition(deployment.meta.ref(), *condition));
        made.since = condition->last_transition;
        made.lacks = pods_exist(deployment.updated, deployment.desired);
        all.push_back(std::move(made));
    }
}

// The event names the pod or the claim that was refused; it counts while that does not exist.
void add_stateful_sets(const World& world, std::vector<Refused>& all) {
    for (const auto& set : world.facts().stateful_sets) {
        if (set.meta.deleted || set.desired == 0 || !kube::is_observed(set)) continue;
        const auto* event = newest_failure(world, set.meta.uid);
        if (!event) continue;
        auto made = refused_by_event(world.owner(set), set.meta, *event);
        const auto& wanted = made.refusal.about;
        const bool missing = made.refusal.about_claim ? world.claim(set.meta.ns, wanted).absent()
                                                      : world.pod(set.meta.ns, wanted).absent();
        const auto have = static_cast<int>(pods_under(world, set.meta.uid).size());
        if (wanted.empty() || !missing || have >= set.desired) continue;
        made.lacks = pods_exist(have, set.desired);
        all.push_back(std::move(made));
    }
}

void add_daemon_sets(const World& world, std::vector<Refused>& all) {
    for (const auto& set : world.facts().daemon_sets) {
        if (set.meta.deleted || !kube::is_observed(set) || set.replicas >= set.desired) continue;
        const auto* event = newest_failure(world, set.meta.uid);
        if (!event || !world.seen(Resource::pods, set.meta.ns)) continue;
        const auto have = static_cast<int>(pods_under(world, set.meta.uid).size());
        if (have >= set.desired) continue;
        all.push_back(refused_by_event(world.owner(set), set.meta, *event));
        all.back().lacks = pods_exist(have, set.desired);
    }
}

bool is_finished(const kube::Job& job) {
    return std::any_of(job.conditions.begin(), job.conditions.end(), [](const Condition& condition) {
        return condition.status == "True" && (condition.type == "Complete" || condition.type == "Failed");
    });
}

// A pod that was made after the event shows that the creation was allowed by then.
void add_jobs(const World& world, std::vector<Refused>& all) {
    for (const auto& job : world.facts().jobs) {
        if (job.meta.deleted || job.suspended || is_finished(job) || !world.seen(Resource::pods, job.meta.ns)) continue;
        const auto* event = newest_failure(world, job.meta.uid);
        const int wanted = std::min(job.parallelism, std::max(job.completions - job.succeeded, 1));
        if (!event || job.active >= wanted) continue;
        const auto pods = pods_under(world, job.meta.uid);
        if (std::any_of(pods.begin(), pods.end(), [&](const auto* pod) { return pod->meta.created > event->last; }))
            continue;
        all.push_back(refused_by_event(world.owner(job), job.meta, *event));
        all.back().lacks = fmt::format("{} of {} pods run", job.active, wanted);
    }
}

// "Error creating job": it counts until a Job has been made or a later time has been scheduled.
void add_cron_jobs(const World& world, std::vector<Refused>& all) {
    for (const auto& cron_job : world.facts().cron_jobs) {
        if (cron_job.meta.deleted || cron_job.suspended || !world.seen(Resource::jobs, cron_job.meta.ns)) continue;
        const auto* event = newest_failure(world, cron_job.meta.uid);
        if (!event || (cron_job.last_schedule && *cron_job.last_schedule > event->last)) continue;
        const auto jobs = world.jobs_of(cron_job);
        if (!jobs.empty() && jobs.front()->meta.created > event->last) continue;
        kube::Owner owner;
        owner.ref = cron_job.meta.ref();
        owner.cron_job = &cron_job;
        all.push_back(refused_by_event(std::move(owner), cron_job.meta, *event));
        all.back().lacks = "its Job was not made";
    }
}

}  // namespace

std::vector<Refused> refused(const World& world) {
    std::vector<Refused> all;
    add_replica_sets(world, all);
    add_deployments(world, all);
    add_stateful_sets(world, all);
    add_daemon_sets(world, all);
    add_jobs(world, all);
    add_cron_jobs(world, all);
    std::erase_if(all, [&](const Refused& one) {
        return one.refusal.cause == RefusalCause::terminating || is_closing(world, one.ns);
    });
    std::sort(all.begin(), all.end(), [](const Refused& a, const Refused& b) {
        return std::tie(a.ns, a.owner.ref.kind, a.owner.ref.name, a.refusal.text, a.lacks) <
               std::tie(b.ns, b.owner.ref.kind, b.owner.ref.name, b.refusal.text, b.lacks);
    });
    return all;
}

std::map<std::string, std::set<std::string>> refusing_quotas(std::span<const Refused> all) {
    std::map<std::string, std::set<std::string>> found;
    for (const auto& one : all)
        if (one.refusal.cause == RefusalCause::quota)
            for (const auto& amount : one.refusal.amounts)
                found[one.ns + "/" + one.refusal.name].insert(amount.resource);
    return found;
}

}  // namespace salve::diagnose
