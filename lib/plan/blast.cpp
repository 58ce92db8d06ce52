#include "plan/blast.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <set>

namespace salve::plan {
namespace {

using kube::Pod;
using kube::Resource;
using kube::Workload;

// "25%" of ten, or "3"; what is no number counts as none.
int scaled(const std::string& text, int of, bool up) {
    int number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    if (!text.ends_with('%')) return number;
    const auto share = (std::int64_t{number} * of + (up ? 99 : 0)) / 100;
    return static_cast<int>(std::min<std::int64_t>(share, std::numeric_limits<int>::max()));
}

void add_services(const kube::World& world, const std::vector<const Pod*>& pods, BlastRadius& blast) {
    std::set<std::string> names;
    for (const auto* pod : pods)
        for (const auto* service : world.services_for(pod->meta.ns, pod->meta.labels)) names.insert(service->meta.name);
    blast.services.assign(names.begin(), names.end());
    for (const auto& name : names) {
        int ready = 0, ours = 0;
        for (const auto& service : world.facts().services) {
            if (service.meta.name != name || pods.empty() || service.meta.ns != pods.front()->meta.ns) continue;
            for (const auto* pod : world.pods_matching(service.meta.ns, service.selector)) {
                if (!kube::is_ready(*pod)) continue;
                ++ready;
                if (std::find(pods.begin(), pods.end(), pod) != pods.end()) ++ours;
            }
        }
        if (ready > 0 && ours == ready)
            blast.notes.push_back(fmt::format("Service {} is served by these pods alone", name));
    }
}

void add_budgets(const kube::World& world, const std::vector<const Pod*>& pods, BlastRadius& blast) {
    // By where they stand among the facts.
    std::set<const kube::PodDisruptionBudget*> touched;
    for (const auto* pod : pods)
        for (const auto* budget : world.budgets_for(pod->meta.ns, pod->meta.labels)) touched.insert(budget);
    for (const auto* budget : touched)
        blast.budgets.push_back(fmt::format("{} ({} may go)", budget->meta.name, budget->disruptions_allowed));
}

void add_rollout_note(const Workload& workload, BlastRadius& blast) {
    const auto room = rollout_room(workload);
    if (workload.strategy == "Recreate")
        blast.notes.emplace_back("strategy Recreate: all pods end before new ones start");
    else if (workload.meta.kind == "Deployment" && workload.desired > 0)
        blast.notes.push_back(fmt::format("a rollout takes away at most {} of {} pods at a time and adds at most {}",
                                          room.unavailable, workload.desired, room.surge));
}

// What a new pod cannot share with one that is there.
void add_place_notes(const kube::World& world, const Workload& workload, bool beside, BlastRadius& blast) {
    for (const auto& volume : workload.pod_template.spec.volumes) {
        if (volume.source != kube::Volume::Source::claim) continue;
        const auto claim = world.claim(workload.meta.ns, volume.object);
        const auto once = claim && std::find(claim->access_modes.begin(), claim->access_modes.end(), "ReadWriteOnce") !=
                                       claim->access_modes.end();
        if (once && beside)
            blast.notes.push_back(fmt::format(
                "claim {} may be used by one node at a time: a new pod on another node waits for the old one",
                volume.object));
    }
    for (const auto& container : workload.pod_template.spec.containers)
        if (std::any_of(container.ports.begin(), container.ports.end(),
                        [](const auto& port) { return port.host_port; }))
            blast.notes.push_back(
                fmt::format("container {} holds a host port: an additional pod needs another node", container.name));
}

void add_notes(const kube::World& world, const Workload& workload, PodChange change, BlastRadius& blast) {
    if (change == PodChange::none) return;
    const bool replaced = change == PodChange::replaced;
    if (replaced) add_rollout_note(workload, blast);
    const bool beside = !replaced || (workload.strategy != "Recreate" && rollout_room(workload).surge > 0);
    add_place_notes(world, workload, beside, blast);
}

void add_unknowns(const kube::World& world, const std::string& ns, BlastRadius& blast) {
    const std::pair<Resource, const char*> needed[] = {{Resource::pods, "pods"},
                                                       {Resource::services, "Services"},
                                                       {Resource::poddisruptionbudgets, "disruption budgets"}};
    for (const auto& [resource, words] : needed)
        if (!world.seen(resource, ns)) {
            blast.unknown = true;
            blast.notes.push_back(fmt::format("which {} are touched is not known: they could not be read", words));
        }
}

// What an autoscaler acts on; any other object is meant itself.
kube::ObjectRef scaled_by(const kube::World& world, const kube::ObjectRef& object) {
    for (const auto& scaler : world.facts().autoscalers)
        if (object.same_name(scaler.meta.ref()))
            if (const auto target = world.workload(scaler.target_kind, object.ns, scaler.target_name))
                return target->meta.ref();
    return object;
}

}  // namespace

RolloutRoom rollout_room(const Workload& workload) {
    if (workload.strategy == "Recreate") return {workload.desired, 0};
    if (workload.meta.kind == "StatefulSet") return {1, 0};
    // The API's own defaults.
    const bool daemons = workload.meta.kind == "DaemonSet";
    const auto or_default = [](const std::string& text, const char* otherwise) {
        return text.empty() ? otherwise : text;
    };
    RolloutRoom room{scaled(or_default(workload.max_unavailable, daemons ? "1" : "25%"), workload.desired, daemons),
                     scaled(or_default(workload.max_surge, daemons ? "0" : "25%"), workload.desired, true)};
    // Both zero would block: the controller makes it one unavailable pod.
    if (room.unavailable == 0 && room.surge == 0) room.unavailable = 1;
    room.unavailable = std::min(room.unavailable, workload.desired);
    return room;
}

PodChange pod_change(const std::vector<Change>& changes) {
    const auto any = [&](auto matches) { return std::any_of(changes.begin(), changes.end(), matches); };
    const auto rolls_out = [](const Change& one) {
        return one.path.starts_with("/spec/template") || (one.path == "/spec/paused" && one.to == false);
    };
    const auto grows = [](const Change& one) {
        return (one.path == "/spec/replicas" || one.path == "/spec/maxReplicas") && one.to > one.from;
    };
    return any(rolls_out) ? PodChange::replaced : any(grows) ? PodChange::added : PodChange::none;
}

BlastRadius blast_radius(const kube::World& world, const kube::ObjectRef& object, PodChange change) {
    const auto target = scaled_by(world, object);
    BlastRadius blast;
    std::vector<const Pod*> pods;
    if (target.kind == "Pod") {
        if (const auto pod = world.pod(target.ns, target.name)) pods.push_back(pod.found);
    } else {
        pods = world.pods_of(target);
    }
    const auto workload = world.workload(target.kind, target.ns, target.name);
    const bool counted = world.seen(Resource::pods, target.ns);
    if (workload) {
        blast.pods = workload->desired;
        blast.single_replica = workload->desired == 1;
        add_notes(world, *workload, change, blast);
    } else if (counted) {
        blast.pods = static_cast<int>(pods.size());
    }
    if (counted)
        blast.ready =
            static_cast<int>(std::count_if(pods.begin(), pods.end(), [](auto* pod) { return kube::is_ready(*pod); }));
    add_services(world, pods, blast);
    add_budgets(world, pods, blast);
    add_unknowns(world, target.ns, blast);
    return blast;
}

}  // namespace salve::plan
