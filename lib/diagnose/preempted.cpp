#include "diagnose/preempted.hpp"

#include <re2/re2.h>

#include <algorithm>

namespace salve::diagnose {
namespace {

using kube::Event;
using kube::Pod;
using kube::World;

bool is_pod_name_of(std::string_view name, const std::string& controller) {
    static const re2::RE2 suffix("-(?:[0-9]+|(?:[0-9]+-)?[a-z0-9]{5})");
    return name.substr(0, controller.size()) == controller &&
           re2::RE2::FullMatch(re2::StringPiece(name.data() + controller.size(), name.size() - controller.size()),
                               suffix);
}

bool is_pod_of(const World& world, const kube::Workload& workload, const kube::ObjectRef& pod) {
    if (pod.ns != workload.meta.ns) return false;
    if (const auto* present = world.pod(pod.uid)) return world.owner(*present).ref == workload.meta.ref();
    if (workload.meta.kind != "Deployment") return is_pod_name_of(pod.name, workload.meta.name);
    const auto sets = world.replica_sets_of(workload);
    return std::any_of(sets.begin(), sets.end(),
                       [&](const auto* set) { return is_pod_name_of(pod.name, set->meta.name); });
}

bool is_about_sibling(const World& world, const Pod& pod, const Event& event) {
    if (event.about.ns != pod.meta.ns || event.about.uid == pod.meta.uid) return false;
    if (const auto* victim = world.pod(event.about.uid))
        return !world.owner(*victim).is_pod && world.owner(*victim).ref == world.owner(pod).ref;
    const auto* controller = pod.meta.controller();
    if (!controller) return event.about.name == pod.meta.name;
    if (is_pod_name_of(event.about.name, controller->name)) return true;
    const auto& owner = world.owner(pod);
    return owner.workload && owner.workload->meta.kind == "Deployment" &&
           is_pod_of(world, *owner.workload, event.about);
}

}  // namespace

const Event* preempted_sibling(const World& world, const Pod& pod) {
    const Event* newest = nullptr;
    for (const auto& event : world.facts().events)
        if (event.reason == "Preempted" && event.about.kind == "Pod" && (!newest || newest->last < event.last) &&
            is_about_sibling(world, pod, event))
            newest = &event;
    return newest;
}

const Pod* preemptor(const World& world, const Event& event) {
    static const re2::RE2 pattern("Preempted by pod ([0-9a-f-]{36})");
    std::string uid;
    return re2::RE2::PartialMatch(event.message, pattern, &uid) ? world.pod(uid) : nullptr;
}

bool is_about_pod_of(const World& world, const kube::Workload& workload, const Event& event) {
    return event.about.kind == "Pod" && is_pod_of(world, workload, event.about);
}

bool may_have_controller(const World& world, const kube::ObjectRef& gone_pod) {
    using kube::Resource;
    for (const auto what : {Resource::replicasets, Resource::statefulsets, Resource::daemonsets, Resource::jobs})
        if (!world.seen(what, gone_pod.ns)) return true;
    // k8s.io/apimachinery/pkg/util/rand: some controller, perhaps of a kind that is not read, made up the suffix.
    static const re2::RE2 generated(".*-[bcdfghjklmnpqrstvwxz2456789]{5}");
    if (re2::RE2::FullMatch(gone_pod.name, generated)) return true;
    const auto& facts = world.facts();
    const auto made_by = [&](const kube::Meta& meta) {
        return meta.ns == gone_pod.ns && is_pod_name_of(gone_pod.name, meta.name);
    };
    const auto any = [&](const auto& list) {
        return std::any_of(list.begin(), list.end(), [&](const auto& object) { return made_by(object.meta); });
    };
    return any(world.replica_sets_in(gone_pod.ns)) || any(facts.stateful_sets) || any(facts.daemon_sets) ||
           any(facts.jobs);
}

}  // namespace salve::diagnose
