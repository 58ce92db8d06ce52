#include "diagnose/impact.hpp"

#include <algorithm>
#include <set>

namespace salve::diagnose {
namespace {

using kube::Pod;
using kube::Workload;

bool is_affected(const Finding& finding, const kube::ObjectRef& object) {
    return std::any_of(finding.affected.begin(), finding.affected.end(),
                       [&](const Subject& subject) { return subject.object.same_name(object); });
}

}  // namespace

std::vector<const Workload*> workloads_of(const kube::World& world, const Finding& finding) {
    std::vector<const Workload*> found;
    const auto add = [&](const kube::ObjectRef& ref) {
        const auto* workload = world.workload(ref.uid);
        if (workload && std::find(found.begin(), found.end(), workload) == found.end()) found.push_back(workload);
    };
    add(finding.root.object);
    for (const auto& subject : finding.affected)
        if (subject.object.kind != "Pod") add(subject.object);
    return found;
}

int healthy_others(const kube::World& world, const Workload& workload, const Finding& finding) {
    int count = 0;
    for (const auto* pod : world.pods_of(workload.meta.ref()))
        if (kube::is_ready(*pod) && !is_affected(finding, pod->meta.ref())) ++count;
    return count;
}

Severity adjusted_severity(const kube::World& world, const Finding& finding) {
    if (finding.severity <= Severity::low) return finding.severity;
    // An autoscaler or a budget that does not work harms the day when it is needed: who serves now does not tell.
    const auto category = finding.category_or_mode();
    if (category == Category::hpa || category == Category::pdb) return finding.severity;
    const auto workloads = workloads_of(world, finding);
    bool unserved = false, covered = !workloads.empty();
    for (const auto* workload : workloads) {
        if (!world.seen(kube::Resource::pods, workload->meta.ns)) return finding.severity;
        const auto others = healthy_others(world, *workload, finding);
        if (workload->desired > 0 && others == 0) unserved = true;
        if (others < workload->desired) covered = false;
    }
    const int step = unserved ? 1 : covered ? -1 : 0;
    const int low = static_cast<int>(Severity::low), critical = static_cast<int>(Severity::critical);
    return static_cast<Severity>(std::clamp(static_cast<int>(finding.severity) + step, low, critical));
}

void add_unserved(const kube::World& world, Finding& finding) {
    if (finding.severity < Severity::medium) return;
    std::set<const kube::Service*> services;
    for (const auto& subject : finding.affected) {
        if (subject.object.kind != "Pod") continue;
        const auto pod = world.pod(subject.object.ns, subject.object.name);
        if (!pod) continue;
        for (const auto* service : world.services_for(pod->meta.ns, pod->meta.labels)) services.insert(service);
    }
    std::set<Subject> more;
    for (const auto* service : services) {
        const auto serves = [&](const Pod& pod) {
            return pod.meta.ns == service->meta.ns && kube::is_ready(pod) &&
                   kube::matches(service->selector, pod.meta.labels) && !is_affected(finding, pod.meta.ref());
        };
        const auto& pods = world.facts().pods;
        if (!world.seen(kube::Resource::pods, service->meta.ns) || std::any_of(pods.begin(), pods.end(), serves))
            continue;
        more.insert({service->meta.ref(), ""});
        for (const auto* ingress : world.ingresses_for(service->meta.ns, service->meta.name))
            more.insert({ingress->meta.ref(), ""});
    }
    finding.affected.insert(finding.affected.end(), more.begin(), more.end());
    std::sort(finding.affected.begin(), finding.affected.end());
    finding.affected.erase(std::unique(finding.affected.begin(), finding.affected.end()), finding.affected.end());
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
