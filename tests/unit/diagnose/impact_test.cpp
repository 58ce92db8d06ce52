#include "diagnose/impact.hpp"

#include <doctest/doctest.h>

#include "diagnose_builders.hpp"

using namespace salve;
using namespace salve::test;
using diagnose::adjusted_severity;

namespace {

// A Deployment "web" with so many pods web-0, web-1, ... of which the first are ready.
struct Shop : Cluster {
    Shop(int pods, int ready) {
        auto& web = deployment("web", "web:1", ready);
        web.desired = pods;
        facts.replica_sets.back().desired = pods;
        for (int i = 0; i < pods; ++i) {
            auto& pod = pod_of("web", "web-" + std::to_string(i), "web:1", "");
            pod.meta.labels = {{"app", "web"}};
            if (i < ready) make_ready(pod);
        }
    }
    // About the Deployment, shown by these pods.
    Finding finding(std::initializer_list<int> pods, Severity severity = Severity::high) const {
        auto one = finding_of(broken_mode, "Deployment", "web");
        one.severity = severity;
        for (const int i : pods) one.affected.push_back(pod_subject("web-" + std::to_string(i)));
        return one;
    }
    Severity adjusted(std::initializer_list<int> pods, Severity severity = Severity::high) const {
        return adjusted_severity(kube::World(facts), finding(pods, severity));
    }
    void service(const std::string& name = "web") {
        kube::Service one;
        one.meta = meta("v1", "Service", "shop", name);
        one.selector = {{"app", "web"}};
        facts.services.push_back(one);
    }
    void ingress() {
        kube::Ingress one;
        one.meta = meta("networking.k8s.io/v1", "Ingress", "shop", "front");
        one.backends.push_back({"", "", "web", "", 80});
        facts.ingresses.push_back(one);
    }
    std::vector<std::string> unserved(std::initializer_list<int> pods, Severity severity = Severity::high) const {
        auto one = finding(pods, severity);
        diagnose::add_unserved(kube::World(facts), one);
        std::vector<std::string> names;
        for (const auto& subject : one.affected)
            if (subject.object.kind != "Pod") names.push_back(subject.object.kind + "/" + subject.object.name);
        return names;
    }
};

}  // namespace

TEST_CASE("severity goes up when nobody else serves, down when the others suffice") {
    CHECK(Shop(1, 0).adjusted({0}) == Severity::critical);
    CHECK(Shop(3, 2).adjusted({2}) == Severity::high);  // two of three left
    Shop surge(4, 3);                                   // three wanted, one pod more that fails
    surge.facts.deployments[0].desired = 3;
    CHECK(surge.adjusted({3}) == Severity::medium);
    CHECK(surge.adjusted({3}, Severity::medium) == Severity::low);
    CHECK(Shop(1, 0).adjusted({0}, Severity::critical) == Severity::critical);
}

TEST_CASE("who serves now does not tell how bad a blind autoscaler is") {
    const Shop shop(2, 2);
    auto blind = shop.finding({});
    CHECK(adjusted_severity(kube::World(shop.facts), blind) == Severity::medium);
    blind.category = diagnose::Category::hpa;
    CHECK(adjusted_severity(kube::World(shop.facts), blind) == Severity::high);
}

TEST_CASE("low and info stay what they are") {
    CHECK(Shop(1, 0).adjusted({0}, Severity::low) == Severity::low);
    CHECK(Shop(1, 0).adjusted({0}, Severity::info) == Severity::info);
}

TEST_CASE("between two restarts a crashing pod is Ready, and does not count as healthy") {
    CHECK(Shop(1, 1).adjusted({0}) == Severity::critical);
    CHECK(Shop(1, 1).adjusted({0}) == Shop(1, 0).adjusted({0}));
    CHECK(Shop(3, 3).adjusted({0, 1, 2}) == Severity::critical);
    CHECK(Shop(3, 3).adjusted({0}) == Severity::high);
}

TEST_CASE("a pod that is being deleted serves nobody") {
    Shop shop(2, 1);
    shop.facts.pods[0].meta.deleted = now;
    CHECK(shop.adjusted({1}) == Severity::critical);
}

TEST_CASE("pods that could not be read change nothing") {
    for (const auto state : {kube::ReadState::forbidden, kube::ReadState::truncated, kube::ReadState::timeout}) {
        Shop shop(1, 0);
        for (auto& read : shop.facts.reads)
            if (read.what == kube::Resource::pods) read.state = state;
        CHECK(shop.adjusted({0}) == Severity::high);
        CHECK(shop.adjusted({}) == Severity::high);
    }
}

TEST_CASE("a finding about no workload keeps its severity") {
    Cluster cluster;
    auto& pod = cluster.bare_pod("alone", "a", "");
    auto finding = finding_of(broken_mode, "Pod", pod.meta.name);
    CHECK(adjusted_severity(kube::World(cluster.facts), finding) == Severity::high);
}

TEST_CASE("a missing object that hits two owners is as bad as for the worse of them") {
    Shop shop(1, 0);
    auto finding = finding_of(broken_mode, "ConfigMap", "settings");
    finding.affected = {{shop.facts.deployments[0].meta.ref(), ""}, pod_subject("web-0")};
    CHECK(diagnose::workloads_of(kube::World(shop.facts), finding).size() == 1);
    CHECK(adjusted_severity(kube::World(shop.facts), finding) == Severity::critical);
    auto& healthy = shop.deployment("api", "api:1", 1);
    healthy.desired = 1;
    make_ready(shop.pod_of("api", "api-0", "api:1", ""));
    finding.affected.push_back({healthy.meta.ref(), ""});
    CHECK(adjusted_severity(kube::World(shop.facts), finding) == Severity::critical);
}

TEST_CASE("healthy others are counted by pod") {
    const Shop shop(4, 3);
    const kube::World world(shop.facts);
    CHECK(diagnose::healthy_others(world, shop.facts.deployments[0], shop.finding({3})) == 3);
    CHECK(diagnose::healthy_others(world, shop.facts.deployments[0], shop.finding({0, 3})) == 2);
}

TEST_CASE("a Service without a ready pod left is named, and the Ingress that leads to it") {
    Shop shop(2, 0);
    shop.service();
    shop.ingress();
    CHECK(shop.unserved({0, 1}) == std::vector<std::string>{"Ingress/front", "Service/web"});
    CHECK(shop.unserved({0, 1}, Severity::low).empty());
    Shop crashing(1, 1);  // Ready between two restarts
    crashing.service();
    CHECK(crashing.unserved({0}) == std::vector<std::string>{"Service/web"});
}

TEST_CASE("a Service that still has a ready pod, or none of these pods, is not named") {
    Shop shop(2, 1);
    shop.service();
    CHECK(shop.unserved({1}).empty());
    Shop other(1, 0);
    other.service();
    other.facts.services[0].selector = {{"app", "api"}};
    CHECK(other.unserved({0}).empty());
    other.facts.services[0].selector = {};
    CHECK(other.unserved({0}).empty());
    Shop unread(1, 0);
    unread.service();
    std::erase_if(unread.facts.reads, [](const auto& read) { return read.what == kube::Resource::pods; });
    CHECK(unread.unserved({0}).empty());
}

TEST_CASE("who else manages an object is read from its labels and annotations") {
    kube::Meta meta;
    CHECK(diagnose::managers_of(meta).empty());
    meta.labels["app.kubernetes.io/managed-by"] = "Helm";
    CHECK(diagnose::managers_of(meta) == std::vector<std::string>{"helm"});
    meta.annotations["meta.helm.sh/release-name"] = "web";
    CHECK(diagnose::managers_of(meta) == std::vector<std::string>{"helm:web"});
    meta.labels["app.kubernetes.io/instance"] = "web";  // alone it says nothing of Argo CD
    CHECK(diagnose::managers_of(meta) == std::vector<std::string>{"helm:web"});

    kube::Meta all;
    all.annotations["argocd.argoproj.io/tracking-id"] = "x";
    all.labels["kustomize.toolkit.fluxcd.io/name"] = "apps";
    all.labels["helm.toolkit.fluxcd.io/name"] = "chart";
    all.labels["kapp.k14s.io/app"] = "1";
    all.annotations["configmanagement.gke.io/managed"] = "enabled";
    all.annotations["objectset.rio.cattle.io/id"] = "1";
    all.labels["olm.owner"] = "o";
    CHECK(diagnose::managers_of(all) ==
          std::vector<std::string>{"argocd", "config-sync", "flux:apps", "flux:chart", "kapp", "olm", "rancher"});
}

TEST_CASE("nothing is proposed for the cluster's own objects, nor what another writer would put back") {
    auto finding = finding_of(broken_mode, "Deployment", "web");
    finding.actions = {"image.set", "rollout.restart", "note.annotate"};
    auto helm = finding, argo = finding, system = finding;
    helm.managed_by = {"helm:web"};
    diagnose::drop_forbidden_actions(helm);
    CHECK(helm.actions == finding.actions);
    argo.managed_by = {"argocd", "helm:web"};
    diagnose::drop_forbidden_actions(argo);
    CHECK(argo.actions == std::vector<std::string>{"rollout.restart", "note.annotate"});
    CHECK(advises(argo, "would put a change made here back"));
    system.root.object.ns = "kube-system";
    diagnose::drop_forbidden_actions(system);
    CHECK(system.actions.empty());
}
