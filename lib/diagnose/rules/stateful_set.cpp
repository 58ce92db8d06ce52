// TAXONOMY 1.10: StatefulSets whose pods wait for one of them. pkg/controller/statefulset/stateful_set_control.go: with
// OrderedReady nothing above a pod that is not ready is created, and no pod is replaced before all are ready; so a
// corrected template does not reach a broken pod. With Parallel it does.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "base/text.hpp"
#include "diagnose/containers.hpp"
#include "diagnose/pod_trouble.hpp"
#include "diagnose/rollout_limits.hpp"
#include "diagnose/rule.hpp"

namespace salve::diagnose::rules {
namespace {

using kube::Workload;

constexpr Mode modes[] = {
    {.id = "sts.ordinal-blocked",
     .category = Category::rollout,
     .severity = Severity::high,
     .summary = "A pod of a StatefulSet is not ready, so the pods after it are not created.",
     .needs =
         "podManagementPolicy OrderedReady, the lowest pod that is not ready has an error, fails its readiness probe "
         "beyond the probe's budget or has not been ready for five minutes, and pods of higher ordinals are absent.",
     .not_when = "podManagementPolicy is Parallel, all pods exist, or the pod is merely starting.",
     .advice = "Mend that pod; the StatefulSet goes on by itself as soon as it is ready."},
    {.id = "sts.update-stuck",
     .category = Category::rollout,
     .severity = Severity::high,
     .summary = "An update of a StatefulSet waits for a pod that does not become ready.",
     .needs =
         "updateStrategy RollingUpdate, pods of different revisions or a pod of another revision than the template, "
         "and a pod that is not ready with an error, a failing readiness probe or for more than ten minutes.",
     .not_when = "updateStrategy is OnDelete, the pod's ordinal is below the partition, or the pod is merely starting.",
     .advice =
         "Correct the template if it is at fault. Then delete the pod: the controller replaces no pod while one is "
         "not ready.",
     .actions = {"sts.replace-stuck-pod"}},
    {.id = "sts.partitioned-or-ondelete",
     .category = Category::rollout,
     .severity = Severity::info,
     .summary = "A pod that is not ready is of an older revision on purpose: the present template does not reach it.",
     .needs =
         "updateStrategy OnDelete or a partition above the pod's ordinal, another revision than the template's, and "
         "a pod that is not ready.",
     .not_when = "All pods are ready: mixed revisions are then what was asked for.",
     .advice = "Delete the pod (OnDelete) or lower the partition to give it the present template."},
};

struct Member {
    const Pod* pod = nullptr;
    int index = 0;  // ordinal counted from the first one
    std::string revision;
};

std::optional<int> index_of(const Workload& set, const Pod& pod) {
    const auto& name = pod.meta.name;
    const auto dash = name.rfind('-');
    if (dash == std::string::npos || name.compare(0, dash, set.meta.name) != 0) return std::nullopt;
    int ordinal = 0;
    const auto* end = name.data() + name.size();
    if (const auto [at, error] = std::from_chars(name.data() + dash + 1, end, ordinal);
        error != std::errc() || at != end)
        return std::nullopt;
    const int index = ordinal;
    return index >= 0 && index < set.desired ? std::optional(index) : std::nullopt;
}

std::map<int, Member> members_of(const World& world, const Workload& set) {
    std::map<int, Member> out;
    for (const auto* pod : world.pods_of(set.meta.ref()))
        if (const auto index = index_of(set, *pod)) {
            const auto label = pod->meta.labels.find("controller-revision-hash");
            out[*index] = {pod, *index, label == pod->meta.labels.end() ? "" : label->second};
        }
    return out;
}

std::string name_of(const Workload& set, int index) { return fmt::format("{}-{}", set.meta.name, index); }

bool is_unready(const Member& member) { return !kube::is_ready(*member.pod) && !member.pod->meta.deleted; }

bool is_ripe(const World& world, const PodTrouble& trouble, base::Duration patience) {
    return trouble.level >= PodTrouble::Level::unready || world.now() - trouble.since > patience;
}

Evidence counts(const Workload& set) {
    return from_field(set.meta.ref(), Source::status, "status",
                      fmt::format("readyReplicas: {}, replicas: {} of {}, currentRevision: {}, updateRevision: {}",
                                  set.ready, set.replicas, set.desired, set.current_revision, set.update_revision));
}

struct Blocked {
    const Member* member = nullptr;
    std::vector<std::string> absent;  // names of the pods above it that do not exist
};

Blocked blocked_by(const Workload& set, const std::map<int, Member>& members) {
    Blocked out;
    for (int index = 0; index < set.desired; ++index) {
        const auto at = members.find(index);
        if (out.member) {
            if (at == members.end()) out.absent.push_back(name_of(set, index));
        } else if (at == members.end()) {
            return {};  // it is not there itself: nothing to wait for
        } else if (!kube::is_ready(*at->second.pod)) {
            if (at->second.pod->meta.deleted) return {};
            out.member = &at->second;
        }
    }
    return out;
}

std::string some_names(const std::vector<std::string>& names) {
    if (names.size() <= 3) return base::join(names, ", ");
    return fmt::format("{}, {} and {} more", names[0], names[1], names.size() - 2);
}

std::optional<Finding> ordinal_blocked(const World& world, const Workload& set, const std::map<int, Member>& members) {
    if (set.pod_management == "Parallel") return std::nullopt;
    const auto blocked = blocked_by(set, members);
    if (!blocked.member || blocked.absent.empty()) return std::nullopt;
    const auto trouble = trouble_of(world, *blocked.member->pod);
    if (!is_ripe(world, trouble, unavailable_grace)) return std::nullopt;
    auto finding = object_finding(mode_in(modes, "sts.ordinal-blocked"), set.meta.ref());
    finding.summary = fmt::format(
        "StatefulSet {} has {} of {} pods ready: {} is not ready ({}), and {} {} not created before it is "
        "(podManagementPolicy OrderedReady).",
        set.meta.name, set.ready, set.desired, blocked.member->pod->meta.name, trouble.words,
        some_names(blocked.absent), blocked.absent.size() == 1 ? "is" : "are");
    finding.evidence.push_back(counts(set));
    finding.first_seen = trouble.since;
    add_troubles(finding, {trouble});
    return finding;
}

// What the pod runs where the template says something else.
std::string image_words(const Workload& set, const Pod& pod) {
    std::string words;
    for (const auto& container : set.pod_template.spec.containers)
        if (const auto* running = kube::container_spec(pod.spec, container.name);
            running && running->image != container.image)
            words += fmt::format("; its container \"{}\" has image {}, the template {}", container.name, running->image,
                                 container.image);
    return words;
}

bool claims_bound(const World& world, const Pod& pod) {
    return std::all_of(pod.spec.volumes.begin(), pod.spec.volumes.end(), [&](const kube::Volume& volume) {
        if (volume.source != kube::Volume::Source::claim) return true;
        const auto claim = world.claim(pod.meta.ns, volume.object);
        return claim && claim->phase == "Bound" && !claim->meta.deleted;
    });
}

// Deleting it is safe to propose: the template is proven by a ready pod of it, all others are ready and stay.
bool may_be_replaced(const World& world, const Workload& set, const std::map<int, Member>& members,
                     const Member& stuck) {
    bool proven = false;
    for (int index = 0; index < set.desired; ++index) {
        if (index == stuck.index) continue;
        const auto at = members.find(index);
        if (at == members.end() || !kube::is_ready(*at->second.pod)) return false;
        proven = proven || at->second.revision == set.update_revision;
    }
    return proven && claims_bound(world, *stuck.pod);
}

// Of an older revision, and the controller would replace it only once all pods are ready.
bool is_left_behind(const Workload& set, const Member& member) {
    return set.pod_management != "Parallel" && member.index >= set.partition && !member.revision.empty() &&
           member.revision != set.update_revision;
}

bool is_mixed(const Workload& set, const std::map<int, Member>& members) {
    return std::any_of(members.begin(), members.end(), [&](const auto& entry) {
        return !entry.second.revision.empty() && entry.second.revision != set.update_revision;
    });
}

std::optional<Finding> update_stuck(const World& world, const Workload& set, const std::map<int, Member>& members) {
    if (set.strategy == "OnDelete" || set.update_revision.empty()) return std::nullopt;
    const bool under_way = set.update_revision != set.current_revision || is_mixed(set, members);
    const Member* stuck = nullptr;
    std::vector<PodTrouble> troubles;
    for (const auto& [index, member] : members) {
        const bool behind = is_left_behind(set, member);
        if (!is_unready(member) || !(behind || (under_way && member.revision == set.update_revision))) continue;
        auto trouble = trouble_of(world, *member.pod);
        if (!is_ripe(world, trouble, update_grace)) continue;
        if (!stuck || behind) stuck = &member;
        troubles.insert(behind ? troubles.begin() : troubles.end(), std::move(trouble));
    }
    if (!stuck) return std::nullopt;
    const auto name = stuck->pod->meta.name;
    const bool behind = is_left_behind(set, *stuck);
    auto finding = object_finding(mode_in(modes, "sts.update-stuck"), set.meta.ref());
    if (!behind || troubles.size() > 1 || !may_be_replaced(world, set, members, *stuck)) finding.actions.clear();
    auto summary = fmt::format("The update of StatefulSet {} waits for pod {}, which is not ready: {}", set.meta.name,
                               name, trouble_words(troubles));
    const auto remove = fmt::format("kubectl -n {} delete pod {}", set.meta.ns, name);
    if (behind) {
        summary += fmt::format(
            "; it is of revision {}, the template of {}, and the controller does not replace it "
            "before it is ready{}",
            stuck->revision, set.update_revision, image_words(set, *stuck->pod));
        finding.advice = {
            "The present template does not reach this pod: the controller waits for it to become ready. If "
            "the template is good, delete the pod: " +
            remove};
    } else {
        summary += fmt::format("; it is the first of the new revision {}", stuck->revision);
        finding.advice = {"Correct the template."};
        if (set.pod_management != "Parallel")
            finding.advice.push_back(
                "Then delete the pod, for the controller does not replace it before it is ready: " + remove);
    }
    finding.summary = summary + ".";
    finding.evidence.push_back(counts(set));
    finding.evidence.push_back(from_field(stuck->pod->meta.ref(), Source::spec,
                                          "metadata.labels[controller-revision-hash]",
                                          fmt::format("{}: controller-revision-hash: {}", name, stuck->revision)));
    finding.first_seen = troubles.front().since;
    add_troubles(finding, troubles);
    return finding;
}

std::optional<Finding> kept_back(const World& world, const Workload& set, const std::map<int, Member>& members) {
    const bool on_delete = set.strategy == "OnDelete";
    for (const auto& [index, member] : members) {
        if (!is_unready(member) || member.revision.empty() || member.revision == set.update_revision) continue;
        if (!on_delete && index >= set.partition) continue;
        auto trouble = trouble_of(world, *member.pod);
        if (!is_ripe(world, trouble, unavailable_grace)) continue;
        auto finding = object_finding(mode_in(modes, "sts.partitioned-or-ondelete"), set.meta.ref());
        const auto why = on_delete ? std::string("updateStrategy: OnDelete")
                                   : fmt::format("updateStrategy RollingUpdate, partition: {}", set.partition);
        finding.summary = fmt::format(
            "Pod {} of StatefulSet {} is not ready ({}) and is of revision {}: the present template ({}) does not "
            "reach it "
            "by itself ({}).",
            member.pod->meta.name, set.meta.name, trouble.words, member.revision, set.update_revision, why);
        finding.evidence.push_back(counts(set));
        finding.evidence.push_back(from_field(set.meta.ref(), Source::spec, "spec.updateStrategy", why));
        finding.first_seen = trouble.since;
        add_troubles(finding, {trouble});
        return finding;
    }
    return std::nullopt;
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> out;
    for (const auto* set : world.workloads()) {
        if (set->meta.kind != "StatefulSet" || set->meta.deleted || set->desired == 0 || !kube::is_observed(*set))
            continue;
        // Which pods are absent is the point.
        if (!world.seen(kube::Resource::pods, set->meta.ns)) continue;
        const auto members = members_of(world, *set);
        if (auto finding = kept_back(world, *set, members)) out.push_back(std::move(*finding));
        if (auto stuck = update_stuck(world, *set, members))
            out.push_back(std::move(*stuck));
        else if (auto blocked = ordinal_blocked(world, *set, members))
            out.push_back(std::move(*blocked));
    }
    return out;
}

}  // namespace

extern const Rule stateful_set;
const Rule stateful_set{.id = "stateful_set", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
