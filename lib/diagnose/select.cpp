#include "diagnose/select.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/error.hpp"
#include "base/text.hpp"
#include "kube/names.hpp"

namespace salve::diagnose {
using kube::World;

namespace {

using kube::Pod;

struct KindWords {
    std::string_view kind;
    std::array<std::string_view, 4> words;  // singular first: it is shown; the plural is last

    std::string_view short_word() const { return words[2].empty() ? words[0] : words[1]; }
};
constexpr KindWords kinds[] = {
    {"Deployment", {"deployment", "deploy", "deployments"}},
    {"ReplicaSet", {"replicaset", "rs", "replicasets"}},
    {"StatefulSet", {"statefulset", "sts", "statefulsets"}},
    {"DaemonSet", {"daemonset", "ds", "daemonsets"}},
    {"Job", {"job", "jobs"}},
    {"CronJob", {"cronjob", "cj", "cronjobs"}},
    {"Pod", {"pod", "po", "pods"}},
    {"Node", {"node", "no", "nodes"}},
    {"Service", {"service", "svc", "services"}},
    {"Ingress", {"ingress", "ing", "ingresses"}},
    {"PersistentVolumeClaim", {"persistentvolumeclaim", "pvc", "persistentvolumeclaims"}},
    {"PersistentVolume", {"persistentvolume", "pv", "persistentvolumes"}},
    {"ConfigMap", {"configmap", "cm", "configmaps"}},
    {"Secret", {"secret", "secrets"}},
    {"HorizontalPodAutoscaler", {"horizontalpodautoscaler", "hpa", "horizontalpodautoscalers"}},
};

bool is(const ObjectRef& object, const Target& target) {
    return object.kind == target.kind && object.name == target.name;
}

bool covers(const World& world, const Target& target, const ObjectRef& object) {
    if (is(object, target)) return true;
    if (const auto* workload = world.workload(object.uid)) return is(world.owner(*workload).ref, target);
    if (object.kind != "Pod") return false;
    const auto pod = world.pod(object.ns, object.name);
    if (!pod) return false;
    if (target.kind == "Node") return pod->spec.node_name == target.name;
    const auto* controller = pod->meta.controller();
    return is(world.owner(*pod).ref, target) ||
           (controller && controller->kind == target.kind && controller->name == target.name);
}

bool is_about(const World& world, const Finding& finding, const Target& target) {
    return covers(world, target, finding.root.object) ||
           std::any_of(finding.affected.begin(), finding.affected.end(),
                       [&](const Subject& subject) { return covers(world, target, subject.object); });
}

template <typename T>
Presence in(const World& world, kube::Resource what, const std::vector<T>& objects, const Target& target) {
    const auto named = [&](const T& object) { return object.meta.name == target.name; };
    if (std::any_of(objects.begin(), objects.end(), named)) return Presence::there;
    const auto& scope = world.facts().scope;
    if (scope.all || scope.namespaces.empty()) return world.seen(what, "") ? Presence::absent : Presence::unknown;
    const auto seen = [&](const std::string& ns) { return world.seen(what, ns); };
    return std::all_of(scope.namespaces.begin(), scope.namespaces.end(), seen) ? Presence::absent : Presence::unknown;
}

}  // namespace

std::string Target::text() const {
    for (const auto& row : kinds)
        if (row.kind == kind) return fmt::format("{}/{}", row.words[0], name);
    return kind + "/" + name;
}

Target parse_target(const std::string& word) {
    const auto slash = word.find('/');
    const auto type = base::lower_ascii(word.substr(0, slash));
    const auto name = slash == std::string::npos ? "" : word.substr(slash + 1);
    const bool plain = !type.empty() && kube::is_object_name(name);
    for (const auto& row : kinds)
        if (plain && std::find(row.words.begin(), row.words.end(), type) != row.words.end())
            return {std::string(row.kind), name};
    throw base::Error(base::ErrorKind::usage, fmt::format("target {} is not KIND/NAME", base::quoted(word)),
                      "for instance deploy/web, sts/db, pod/web-0, node/worker-1");
}

std::string parse_kind(const std::string& word) {
    const auto type = base::lower_ascii(word);
    std::vector<std::string_view> known;
    for (const auto& row : kinds) {
        if (!type.empty() && std::find(row.words.begin(), row.words.end(), type) != row.words.end())
            return std::string(row.kind);
        known.push_back(row.words[0]);
    }
    for (const auto& row : kube::resources()) {
        if (type == row.plural || type == base::lower_ascii(row.kind)) return std::string(row.kind);
        known.push_back(row.plural);
    }
    const auto near = base::nearest(type, known);
    throw base::Error(base::ErrorKind::usage, fmt::format("kind {} is not known", base::quoted(word)),
                      near ? fmt::format("did you mean \"{}\"?", *near) : "for instance deploy, sts, pod, node");
}

std::string short_kind(std::string_view kind) {
    for (const auto& row : kinds)
        if (row.kind == kind) return std::string(row.short_word());
    return base::lower_ascii(kind);
}

Presence presence(const World& world, const Target& target) {
    using kube::Resource;
    const auto& facts = world.facts();
    if (target.kind == "Deployment") return in(world, Resource::deployments, facts.deployments, target);
    if (target.kind == "ReplicaSet") return in(world, Resource::replicasets, world.replica_sets(), target);
    if (target.kind == "StatefulSet") return in(world, Resource::statefulsets, facts.stateful_sets, target);
    if (target.kind == "DaemonSet") return in(world, Resource::daemonsets, facts.daemon_sets, target);
    if (target.kind == "Job") return in(world, Resource::jobs, facts.jobs, target);
    if (target.kind == "CronJob") return in(world, Resource::cronjobs, facts.cron_jobs, target);
    if (target.kind == "Pod") return in(world, Resource::pods, facts.pods, target);
    if (target.kind == "Service") return in(world, Resource::services, facts.services, target);
    if (target.kind == "Ingress") return in(world, Resource::ingresses, facts.ingresses, target);
    if (target.kind == "PersistentVolumeClaim")
        return in(world, Resource::persistentvolumeclaims, facts.claims, target);
    if (target.kind == "HorizontalPodAutoscaler")
        return in(world, Resource::horizontalpodautoscalers, facts.autoscalers, target);
    if (target.kind == "Node")
        return world.node(target.name)            ? Presence::there
               : world.node(target.name).absent() ? Presence::absent
                                                  : Presence::unknown;
    if (target.kind == "PersistentVolume")
        return world.volume(target.name)            ? Presence::there
               : world.volume(target.name).absent() ? Presence::absent
                                                    : Presence::unknown;
    return Presence::unknown;  // ConfigMaps and Secrets are never read
}

namespace {

// Those, the causes of these, and nothing that names another.
std::vector<Finding> with_causes(std::vector<Finding> findings, std::set<std::string> kept) {
    for (bool grown = true; grown;) {
        grown = false;
        for (const auto& finding : findings)
            if (finding.caused_by && kept.contains(finding.id)) grown |= kept.insert(*finding.caused_by).second;
    }
    std::erase_if(findings, [&](const Finding& finding) { return !kept.contains(finding.id); });
    for (auto& finding : findings)
        std::erase_if(finding.consequences, [&](const std::string& id) { return !kept.contains(id); });
    return findings;
}

}  // namespace

std::vector<Finding> about(const World& world, std::vector<Finding> findings, const std::vector<Target>& targets) {
    if (targets.empty()) return findings;
    std::set<std::string> kept;
    for (const auto& finding : findings)
        for (const auto& target : targets)
            if (is_about(world, finding, target)) kept.insert(finding.id);
    return with_causes(std::move(findings), std::move(kept));
}

std::vector<Finding> within_scope(const World& world, std::vector<Finding> findings) {
    std::set<std::string> kept;
    for (const auto& finding : findings) {
        const auto within = [&](const Subject& subject) { return kube::in_scope(world, subject.object.ns); };
        if (within(finding.root) || std::any_of(finding.affected.begin(), finding.affected.end(), within))
            kept.insert(finding.id);
    }
    return with_causes(std::move(findings), std::move(kept));
}

}  // namespace salve::diagnose
