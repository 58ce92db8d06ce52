#include "diagnose/changes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "diagnose/build.hpp"
#include "diagnose/template_diff.hpp"
#include "diagnose/undo.hpp"
#include "kube/slim.hpp"

namespace salve::diagnose {
namespace {

using kube::Workload;

using kube::change_window;

constexpr auto clock_slack = base::seconds(5);  // times of the API have whole seconds
constexpr std::size_t max_changes = 4;          // more is a rewrite: the first ones and their number are told
constexpr int before_namespaces = 5;            // rank: after what shows causes

// The newest revision and the one before; without `before` they are still to be read.
struct Rollout {
    ObjectRef made;  // the ReplicaSet or ControllerRevision that is the newest
    Time at;
    long number = 0;
    const kube::PodTemplate* before = nullptr;
    const kube::PodTemplate* after = nullptr;
    ReadWanted wanted;
};

// Of a pod that a StatefulSet or DaemonSet made: the name of its ControllerRevision, or the end of it.
std::string revision_hash(const kube::Pod& pod) {
    const auto hash = pod.meta.labels.find("controller-revision-hash");
    return hash == pod.meta.labels.end() ? "" : hash->second;
}

// What the pods of the newest revision of a StatefulSet or DaemonSet have in their label, by the set's status (as seen
// of its present spec); empty where that does not tell. A DaemonSet's status has no name: where every node has a pod of
// the newest, and all its pods have one, it is that.
std::string newest_hash(const Workload& set, const std::vector<const kube::Pod*>& pods) {
    if (set.meta.kind == "StatefulSet") return set.update_revision;
    if (set.desired == 0 || set.updated != set.desired) return "";
    std::set<std::string> hashes;
    for (const auto* pod : pods) hashes.insert(revision_hash(*pod));
    return hashes.size() == 1 ? *hashes.begin() : "";
}

// A pod comes after its revision: where one of the newest is no news, the revision is none, and need not be asked for.
bool has_old_revision(const World& world, const Workload& set) {
    const auto pods = world.pods_of(set.meta.ref());
    const auto newest = newest_hash(set, pods);
    return !newest.empty() && std::any_of(pods.begin(), pods.end(), [&](const kube::Pod* pod) {
        return revision_hash(*pod) == newest && world.now() - pod->meta.created > change_window;
    });
}

std::optional<Rollout> rollout_of(const World& world, const Workload& workload) {
    if (!kube::is_observed(workload)) return std::nullopt;
    if (workload.meta.kind == "Deployment") {
        if (!kube::may_have_changed(workload.conditions, world.now())) return std::nullopt;
        const auto sets = world.replica_sets_of(workload);
        if (sets.size() < 2) return std::nullopt;
        const auto serving = std::find_if(sets.begin() + 1, sets.end(), [](auto* set) { return set->ready > 0; });
        const auto& older = serving == sets.end() ? *sets[1] : **serving;
        Rollout rollout{sets[0]->meta.ref(),         sets[0]->meta.created,
                        kube::revision_of(*sets[0]), nullptr,
                        &workload.pod_template,      {}};
        // A rollback takes up an old ReplicaSet: when that happened is not known.
        if (sets[0]->meta.created < older.meta.created) return std::nullopt;
        rollout.before = &older.pod_template;
        return rollout;
    }
    if (workload.meta.kind != "StatefulSet" && workload.meta.kind != "DaemonSet") return std::nullopt;
    if (has_old_revision(world, workload)) return std::nullopt;
    Rollout rollout;
    rollout.wanted = {ReadWanted::What::revisions, workload.meta.ns, "", before_namespaces};
    const auto revisions = world.revisions_of(workload);
    if (revisions.empty()) return rollout;
    if (revisions.size() < 2 || revisions[0]->meta.created < revisions[1]->meta.created) return std::nullopt;
    rollout.made = revisions[0]->meta.ref();
    rollout.at = revisions[0]->meta.created;
    rollout.number = static_cast<long>(revisions[0]->revision);
    rollout.before = &revisions[1]->pod_template;
    rollout.after = &revisions[0]->pod_template;
    return rollout;
}

const Workload* changed_workload(const World& world, const Finding& finding) {
    const auto made = [&](const Subject& subject) -> const Workload* {
        const auto found = world.workload(subject.object.kind, subject.object.ns, subject.object.name);
        return found && subject.object.kind != "ReplicaSet" ? found.found : nullptr;
    };
    if (const auto* workload = made(finding.root)) return workload;
    const Workload* only = nullptr;  // of several that share a cause, none is the one that changed
    for (const auto& subject : finding.affected)
        if (const auto* workload = made(subject)) {
            if (only && only != workload) return nullptr;
            only = workload;
        }
    return only;
}

// Whether the pods that show it are of the newest revision: a ReplicaSet owns them, a ControllerRevision's name is on
// them as its hash.
bool shows_newest(const World& world, const Finding& finding, const Rollout& rollout) {
    bool any_pod = false;
    for (const auto& subject : finding.affected) {
        if (subject.object.kind != "Pod") continue;
        const auto pod = world.pod(subject.object.ns, subject.object.name);
        if (!pod) continue;
        any_pod = true;
        const auto* controller = pod->meta.controller();
        if (controller && controller->uid == rollout.made.uid) return true;
        if (const auto hash = revision_hash(*pod); !hash.empty() && rollout.made.name.ends_with(hash)) return true;
    }
    return !any_pod;  // no pod could be made: the newest revision is what is refused
}

bool may_stem_from_change(const Finding& finding) {
    if (finding.severity < Severity::medium) return false;
    for (const std::string_view family : {"pod.evicted", "pod.preempted", "pod.terminating", "pod.failed", "pod.log"})
        if (finding.mode->id.starts_with(family)) return false;
    for (const std::string_view family : {"pod.", "deploy.", "sts.", "ds.", "ctrl.failed-create"})
        if (finding.mode->id.starts_with(family)) return true;
    return false;
}

bool began_with(const World& world, const Finding& finding, const Rollout& rollout) {
    return world.now() - rollout.at < change_window &&
           (!finding.first_seen || *finding.first_seen + clock_slack >= rollout.at) &&
           shows_newest(world, finding, rollout);
}

}  // namespace

std::vector<ReadWanted> change_reads(const World& world, const std::vector<Finding>& findings) {
    std::vector<ReadWanted> wanted;
    for (const auto& finding : findings) {
        if (!may_stem_from_change(finding)) continue;
        const auto* workload = changed_workload(world, finding);
        if (!workload) continue;
        const auto rollout = rollout_of(world, *workload);
        if (rollout && !rollout->before) wanted.push_back(rollout->wanted);
    }
    return wanted;
}

void add_change(const World& world, Finding& finding) {
    if (!may_stem_from_change(finding)) return;
    const auto* workload = changed_workload(world, finding);
    if (!workload) return;
    const auto rollout = rollout_of(world, *workload);
    if (!rollout || !rollout->before || !rollout->after || !began_with(world, finding, *rollout)) return;
    const auto changes = template_changes(*rollout->before, *rollout->after);
    if (changes.empty()) return;
    offer_undo(*workload, changes, finding);
    std::string words;
    for (std::size_t i = 0; i < std::min(changes.size(), max_changes); ++i) {
        words += (i == 0 ? "" : "; ") + change_words(changes[i]);
        finding.evidence.push_back(
            from_field(rollout->made, Source::spec, "spec.template." + changes[i].path,
                       fmt::format("changed in revision {} of {} {}: {}", rollout->number, workload->meta.kind,
                                   workload->meta.name, change_words(changes[i])),
                       rollout->at));
    }
    if (changes.size() > max_changes) words += fmt::format("; and {} more", changes.size() - max_changes);
    const auto lead = finding.first_seen && *finding.first_seen > rollout->at
                          ? fmt::format("{} earlier, ", base::to_words(*finding.first_seen - rollout->at))
                          : std::string("at the same time, ");
    finding.change = fmt::format("{}revision {} changed {}", lead, rollout->number, words);
}

}  // namespace salve::diagnose
