#include "diagnose/impact.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <tuple>
#include <unordered_set>

#include "diagnose/routes.hpp"
#include "kube/names.hpp"

namespace salve::diagnose {
namespace {

using kube::Pod;
using kube::Workload;

// The objects that a finding affects, by kind and place.
class Affected {
public:
    explicit Affected(const Finding& finding) {
        for (const auto& subject : finding.affected) {
            const auto& object = subject.object;
            objects_.emplace(object.kind, object.ns, object.name);
        }
    }
    bool contains(const kube::Meta& meta) const { return objects_.contains({meta.kind, meta.ns, meta.name}); }

private:
    std::set<std::tuple<std::string_view, std::string_view, std::string_view>> objects_;
};

int healthy_beside(const kube::World& world, const Workload& workload, const Affected& affected) {
    const auto pods = world.pods_of(workload.meta.ref());
    return static_cast<int>(std::count_if(pods.begin(), pods.end(), [&](const Pod* pod) {
        return (world.is_settled(*pod) || kube::is_ready(*pod)) && !affected.contains(pod->meta);
    }));
}

}  // namespace

std::vector<const Workload*> workloads_of(const kube::World& world, const Finding& finding) {
    std::vector<const Workload*> found;
    std::unordered_set<const Workload*> known;
    const auto add = [&](const kube::ObjectRef& ref) {
        const auto* workload = world.workload(ref.uid);
        if (workload && known.insert(workload).second) found.push_back(workload);
    };
    add(finding.root.object);
    for (const auto& subject : finding.affected)
        if (subject.object.kind != "Pod") add(subject.object);
    return found;
}

int healthy_others(const kube::World& world, const Workload& workload, const Finding& finding) {
    return healthy_beside(world, workload, Affected(finding));
}

Severity adjusted_severity(const kube::World& world, const Finding& finding) {
    if (finding.severity <= Severity::low) return finding.severity;
    // An autoscaler or a budget that does not work harms the day when it is needed: who serves now does not tell.
    const auto category = finding.category_or_mode();
    if (category == Category::hpa || category == Category::pdb) return finding.severity;
    const auto workloads = workloads_of(world, finding);
    const Affected affected(finding);
    bool unserved = false, covered = !workloads.empty();
    for (const auto* workload : workloads) {
        if (!world.seen(kube::Resource::pods, workload->meta.ns)) return finding.severity;
        const auto others = healthy_beside(world, *workload, affected);
        if (workload->desired > 0 && others == 0) unserved = true;
        // At zero on purpose nobody serves: that covers nothing.
        if (others < workload->desired || workload->desired == 0) covered = false;
    }
    const int step = unserved ? 1 : covered ? -1 : 0;
    const int low = static_cast<int>(Severity::low), critical = static_cast<int>(Severity::critical);
    return static_cast<Severity>(std::clamp(static_cast<int>(finding.severity) + step, low, critical));
}

void add_unserved(const kube::World& world, Finding& finding) {
    if (finding.severity < Severity::medium) return;
    std::vector<const Pod*> pods;
    for (const auto& subject : finding.affected) {
        if (subject.object.kind != "Pod") continue;
        if (const auto pod = world.pod(subject.object.ns, subject.object.name)) pods.push_back(pod.found);
    }
    for (auto& route : unserved_routes(world, pods))
        if (!route.object.same_name(finding.root.object)) finding.affected.push_back(std::move(route));
    std::sort(finding.affected.begin(), finding.affected.end());
    finding.affected.erase(std::unique(finding.affected.begin(), finding.affected.end()), finding.affected.end());
}

void drop_forbidden_actions(Finding& finding) {
    if (kube::is_system_namespace(finding.root.object.ns)) finding.actions.clear();
    const bool reverted =
        std::any_of(finding.managed_by.begin(), finding.managed_by.end(),
                    [](const std::string& manager) { return manager != "helm" && !manager.starts_with("helm:"); });
    if (!reverted) return;
    constexpr std::string_view spec_patches[] = {"rollout.undo",   "rollout.resume", "scale.set",   "image.set",
                                                 "memory.raise",   "resources.set",  "probe.relax", "env.set-literal",
                                                 "cronjob.resume", "hpa.raise-max"};
    const auto is_patch = [&](const std::string& action) {
        return std::find(std::begin(spec_patches), std::end(spec_patches), action) != std::end(spec_patches);
    };
    std::copy_if(finding.actions.begin(), finding.actions.end(), std::back_inserter(finding.actions_elsewhere),
                 is_patch);
    if (std::erase_if(finding.actions, is_patch) > 0)
        finding.advice.push_back(fmt::format("Change it where it is kept, for {} would put a change made here back.",
                                             fmt::join(finding.managed_by, " and ")));
}

std::vector<std::string> managers_of(const kube::Meta& meta) {
    std::set<std::string> managers;
    const auto label = [&](const char* key) -> const std::string* {
        const auto at = meta.labels.find(key);
        return at == meta.labels.end() ? nullptr : &at->second;
    };
    const auto annotation = [&](const char* key) -> const std::string* {
        const auto at = meta.annotations.find(key);
        return at == meta.annotations.end() ? nullptr : &at->second;
    };
    if (const auto* release = annotation("meta.helm.sh/release-name"))
        managers.insert("helm:" + *release);
    else if (const auto* by = label("app.kubernetes.io/managed-by"); by && *by == "Helm")
        managers.insert("helm");
    if (annotation("argocd.argoproj.io/tracking-id") || label("argocd.argoproj.io/instance")) managers.insert("argocd");
    if (const auto* name = label("kustomize.toolkit.fluxcd.io/name")) managers.insert("flux:" + *name);
    if (const auto* name = label("helm.toolkit.fluxcd.io/name")) managers.insert("flux:" + *name);
    if (label("kapp.k14s.io/app")) managers.insert("kapp");
    if (annotation("configmanagement.gke.io/managed")) managers.insert("config-sync");
    if (label("objectset.rio.cattle.io/hash") || annotation("objectset.rio.cattle.io/id")) managers.insert("rancher");
    if (label("olm.owner")) managers.insert("olm");
    return {managers.begin(), managers.end()};
}

}  // namespace salve::diagnose
