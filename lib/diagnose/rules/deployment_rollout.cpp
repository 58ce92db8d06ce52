// TAXONOMY 1.10: rollouts of Deployments that stand still. Conditions: pkg/controller/deployment/progress.go and
// sync.go; a completed rollout stays Progressing=True NewReplicaSetAvailable whatever becomes of its pods.
#include <fmt/format.h>

#include <algorithm>

#include "diagnose/containers.hpp"
#include "diagnose/rollout.hpp"
#include "diagnose/rollout_limits.hpp"
#include "diagnose/rule.hpp"

namespace salve::diagnose::rules {
namespace {

constexpr Mode modes[] = {
    {.id = "deploy.progress-deadline",
     .category = Category::rollout,
     .severity = Severity::high,
     .summary = "A rollout made no progress within its deadline.",
     .needs = "Condition Progressing=False with reason ProgressDeadlineExceeded, of the present spec.",
     .not_when = "The Deployment is paused or scaled to zero, or the rollout has completed since.",
     .advice = "Mend what keeps the new pods from becoming ready, or go back to the revision that works.",
     .actions = {"rollout.undo"}},
    {.id = "deploy.stale-rollout",
     .category = Category::rollout,
     .severity = Severity::medium,
     .summary = "No pod of the newest revision is ready; the older revision still serves.",
     .needs = "Two ReplicaSets want pods, the newest has none ready, the older ones have as many ready as the strategy "
              "keeps available, and a new pod shows a hard error, fails its readiness probe beyond the probe's budget, "
              "or has not become ready within ten minutes.",
     .not_when = "The new pods are merely starting, or the progress deadline has passed (deploy.progress-deadline says "
                 "it).",
     .advice = "Mend the new template, or go back to the revision that works. Do not restart: the old pods serve.",
     .actions = {"rollout.undo"}},
    {.id = "deploy.rollout-in-progress",
     .category = Category::rollout,
     .severity = Severity::info,
     .summary = "A rollout takes long, and is still inside its deadline.",
     .needs = "Condition Progressing=True of a rollout that is not complete, no progress for at least five minutes and "
              "half of the deadline, and no pod with a hard error.",
     .not_when = "It progresses, or a pod shows an error.",
     .advice = "Wait, or look at what the new pods are doing; the deadline will tell."},
    {.id = "deploy.rs-create-error",
     .category = Category::rollout,
     .severity = Severity::high,
     .summary = "The controller cannot create the ReplicaSet of the newest template.",
     .needs = "Condition Progressing=False with reason ReplicaSetCreateError.",
     .not_when = "The ReplicaSet exists and its pods are refused (ReplicaFailure).",
     .advice = "Read the error: usually a quota on ReplicaSets or an admission policy refuses the object, or the "
               "template is invalid."},
};

std::string count_words(int count, const char* what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

void say_who_serves(Finding& finding, const Rollout& rollout) {
    const auto& d = *rollout.deployment;
    finding.evidence.push_back(from_field(d.meta.ref(), Source::status, "status",
                                          fmt::format("replicas: {}, updatedReplicas: {}, readyReplicas: {}, "
                                                      "availableReplicas: {}",
                                                      d.replicas, d.updated, d.ready, d.available)));
}

std::string older_words(const Rollout& rollout) {
    if (rollout.older_ready == 0)
        return fmt::format("{} of {} replicas are ready", rollout.deployment->ready, rollout.deployment->desired);
    return fmt::format("{} of older revisions {} ready", count_words(rollout.older_ready, "replica"),
                       rollout.older_ready == 1 ? "is" : "are");
}

Finding past_deadline(const World& world, const Rollout& rollout) {
    const auto& d = *rollout.deployment;
    auto finding = object_finding(mode_in(modes, "deploy.progress-deadline"), d.meta.ref());
    finding.actions.clear();  // an undo needs the proof that the new template is at fault
    finding.evidence.push_back(from_condition(d.meta.ref(), *rollout.progressing));
    say_who_serves(finding, rollout);
    finding.first_seen = rollout.progressing->last_transition;
    tell(world, rollout, finding,
         fmt::format("The rollout of Deployment {} made no progress within {}s (ProgressDeadlineExceeded: {}); {}",
                     d.meta.name, d.progress_deadline_s.value_or(600), excerpt(rollout.progressing->message),
                     older_words(rollout)),
         rollout.troubles);
    return finding;
}

// Since when the new pods try: a ReplicaSet may be an old one that a rollback took up again.
std::optional<Time> trying_since(const Rollout& rollout) {
    std::optional<Time> since;
    for (const auto& trouble : rollout.troubles)
        if (!since || trouble.pod->meta.created < *since) since = trouble.pod->meta.created;
    return since;
}

bool is_stale(const World& world, const Rollout& rollout) {
    if (!rollout.newest || rollout.newest->desired == 0 || rollout.newest->ready > 0 || !rollout.served_by_older())
        return false;
    if (rollout.replica_failure || any_at_least(rollout.troubles, PodTrouble::Level::unready)) return true;
    const auto since = trying_since(rollout);
    return since && world.now() - *since > default_progress_deadline;
}

Finding stale(const World& world, const Rollout& rollout) {
    const auto& d = *rollout.deployment;
    const auto& set = *rollout.newest;
    auto finding = object_finding(mode_in(modes, "deploy.stale-rollout"), d.meta.ref());
    finding.actions.clear();
    finding.evidence.push_back(
        from_field(set.meta.ref(), Source::status, "status.readyReplicas",
                   fmt::format("ReplicaSet {}: replicas: {}, readyReplicas: 0", set.meta.name, set.desired)));
    say_who_serves(finding, rollout);
    if (rollout.progressing) finding.evidence.push_back(from_condition(d.meta.ref(), *rollout.progressing));
    finding.first_seen = trying_since(rollout);
    tell(world, rollout, finding,
         fmt::format("The rollout of Deployment {} is stuck: no pod of its newest ReplicaSet {} is ready, while {}",
                     d.meta.name, set.meta.name, older_words(rollout)),
         rollout.troubles);
    return finding;
}

bool is_slow(const World& world, const Rollout& rollout) {
    if (!rollout.under_way() || rollout.replica_failure || any_at_least(rollout.troubles, PodTrouble::Level::unready))
        return false;
    const auto& d = *rollout.deployment;
    const bool done = d.updated >= d.desired && d.available >= d.desired && d.replicas == d.updated;
    const auto quiet = rollout.since_progress(world.now());
    const auto half = base::Duration{base::seconds(d.progress_deadline_s.value_or(600)).us / 2};
    return !done && quiet && *quiet > std::max(half, unavailable_grace);
}

Finding slow(const World& world, const Rollout& rollout) {
    const auto& d = *rollout.deployment;
    auto finding = object_finding(mode_in(modes, "deploy.rollout-in-progress"), d.meta.ref());
    finding.evidence.push_back(from_condition(d.meta.ref(), *rollout.progressing));
    say_who_serves(finding, rollout);
    finding.first_seen = rollout.progressing->last_transition;
    tell(
        world, rollout, finding,
        fmt::format("The rollout of Deployment {} has made no progress for {} of its {}s ({} of {} replicas are of the "
                    "newest revision, {} available)",
                    d.meta.name, base::to_words(*rollout.since_progress(world.now())),
                    d.progress_deadline_s.value_or(600), d.updated, d.desired, d.available),
        rollout.troubles);
    return finding;
}

// The controller gives up before it writes observedGeneration, so the condition stands beside an older generation.
std::optional<Finding> create_error(const kube::Workload& deployment) {
    const auto* progressing = kube::find_condition(deployment.conditions, "Progressing");
    if (!progressing || progressing->status != "False" || progressing->reason != "ReplicaSetCreateError")
        return std::nullopt;
    auto finding = object_finding(mode_in(modes, "deploy.rs-create-error"), deployment.meta.ref());
    finding.evidence.push_back(from_condition(deployment.meta.ref(), *progressing));
    finding.first_seen = progressing->last_transition;
    finding.summary = fmt::format("Deployment {} cannot be rolled out (ReplicaSetCreateError): {}.",
                                  deployment.meta.name, excerpt(progressing->message, 400));
    return finding;
}

// A rollout that is complete, as most are, needs no look at its pods: none of the older revisions is left.
bool may_be_held_up(const kube::Workload& deployment) {
    if (!kube::has_one_revision(deployment)) return true;
    const auto* progressing = kube::find_condition(deployment.conditions, "Progressing");
    return progressing && (progressing->status != "True" || progressing->reason != "NewReplicaSetAvailable");
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> out;
    for (const auto* workload : world.workloads())
        if (workload->meta.kind == "Deployment" && !workload->meta.deleted && workload->desired > 0)
            if (auto finding = create_error(*workload)) out.push_back(std::move(*finding));
    for (const auto& rollout : rollouts_of(world, may_be_held_up)) {
        if (rollout.deployment->paused) continue;  // deploy.paused tells of it, and the clock stands still
        if (rollout.past_deadline())
            out.push_back(past_deadline(world, rollout));
        else if (is_stale(world, rollout))
            out.push_back(stale(world, rollout));
        else if (is_slow(world, rollout))
            out.push_back(slow(world, rollout));
    }
    return out;
}

}  // namespace

extern const Rule deployment_rollout;
const Rule deployment_rollout{.id = "deployment_rollout", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
