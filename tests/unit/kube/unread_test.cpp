#include "kube/unread.hpp"

#include <doctest/doctest.h>

#include "kube/world.hpp"

using namespace salve::kube;

namespace {

// A whole cluster of which the ReplicaSets of Deployments, and what is read when asked for, have not been read.
struct Bed {
    Snapshot facts;

    Bed() {
        facts.scope.all = true;
        for (const auto& kind : resources()) {
            if (kind.on_demand || kind.when_asked) continue;
            facts.reads.push_back({kind.resource, "", ReadState::ok, 0, "", ""});
            if (kind.resource == Resource::replicasets) facts.reads.back().object = of_no_deployment;
        }
        Workload web;
        web.meta = meta("Deployment", "web");
        web.selector = LabelSelector{{{"app", "web"}}, {}};
        web.desired = web.replicas = web.updated = web.ready = web.available = 2;
        facts.deployments.push_back(web);
        pod("web-5d9-a", "web-5d9", {{"app", "web"}, {"pod-template-hash", "5d9"}});
    }
    static Meta meta(const std::string& kind, const std::string& name) {
        Meta made;
        made.api_version = "apps/v1";
        made.kind = kind;
        made.ns = "shop";
        made.name = name;
        made.uid = "uid-" + name;
        return made;
    }
    void pod(const std::string& name, const std::string& set, std::map<std::string, std::string> labels) {
        Pod made;
        made.meta = meta("Pod", name);
        made.meta.labels = std::move(labels);
        made.meta.owners.push_back({"apps/v1", "ReplicaSet", set, "uid-" + set, true});
        made.phase = "Running";
        facts.pods.push_back(made);
    }
};

}  // namespace

TEST_CASE("the labels of a pod tell its Deployment, and nothing is asked for") {
    const Bed bed;
    const World world(bed.facts);
    CHECK(world.owner(bed.facts.pods[0]).workload == &bed.facts.deployments[0]);
    CHECK(world.owner(bed.facts.pods[0]).ref.kind == "Deployment");
    CHECK(world.pods_of(bed.facts.deployments[0].meta.ref()).size() == 1);
    CHECK(world.candidates().size() == 1);
    CHECK(world.unread().empty());
}

TEST_CASE("a pod beside one of a Deployment is not its own for that") {
    const auto is_its_own = [](auto change) {
        Bed bed;
        bed.facts.pods.push_back(bed.facts.pods[0]);
        auto& beside = bed.facts.pods[1];
        beside.meta.name = "web-5d9-b";
        beside.meta.uid = "uid-web-5d9-b";
        change(beside);
        const World world(bed.facts);
        CHECK(world.owner(bed.facts.pods[0]).workload == &bed.facts.deployments[0]);
        return world.owner(beside).workload == &bed.facts.deployments[0];
    };
    CHECK(is_its_own([](Pod&) {}));
    CHECK_FALSE(is_its_own([](Pod& pod) { pod.meta.ns = "shop2"; }));
    CHECK_FALSE(is_its_own([](Pod& pod) { pod.meta.labels["app"] = "other"; }));
    CHECK_FALSE(is_its_own([](Pod& pod) { pod.meta.owners[0].name = "other-5d9"; }));
}

TEST_CASE("a pod whose ReplicaSet no Deployment can have made is asked about by its hash") {
    const auto asked = [](auto change) {
        Bed bed;
        change(bed);
        const World world(bed.facts);
        CHECK_FALSE(world.owner(bed.facts.pods[0]).workload);
        CHECK(world.owner(bed.facts.pods[0]).ref.kind == "ReplicaSet");
        return world.unread().hashes == std::set<std::string>{"5d9"};
    };
    CHECK(asked([](Bed& bed) { bed.facts.deployments.clear(); }));
    CHECK(asked([](Bed& bed) { bed.facts.deployments[0].meta.ns = "other"; }));
    CHECK(asked([](Bed& bed) { bed.facts.deployments[0].selector->match_labels["tier"] = "front"; }));
    CHECK(asked([](Bed& bed) { bed.facts.pods[0].meta.owners[0].name = "other-5d9"; }));
    // A Rollout of Argo labels otherwise, and its ReplicaSets were read: this one is gone.
    CHECK_FALSE(asked([](Bed& bed) { bed.facts.pods[0].meta.labels.erase("pod-template-hash"); }));
    // Where the ReplicaSets could not be read nothing is concluded from labels.
    CHECK_FALSE(asked([](Bed& bed) {
        for (auto& read : bed.facts.reads)
            if (read.what == Resource::replicasets) read.state = ReadState::forbidden;
    }));
}

TEST_CASE("ReplicaSets are asked for by Deployment; one revision is left alone until somebody names it") {
    Bed bed;
    const auto& web = bed.facts.deployments[0];
    {
        const World world(bed.facts);
        CHECK(world.replica_sets().empty());
        CHECK(world.loose_replica_sets_seen("shop"));
        CHECK(world.unread().empty());
        CHECK(world.replica_sets_of(web).empty());
        CHECK_FALSE(world.replica_sets_seen(web));
        REQUIRE(world.unread().replica_sets_of.size() == 1);
        CHECK(world.unread().replica_sets_of.at("uid-web") == &web);
    }
    bed.facts.replica_sets_read.deployments["uid-web"] = ReadState::ok;
    CHECK(World(bed.facts).replica_sets_seen(web));
    bed.facts.replica_sets_read.deployments["uid-web"] = ReadState::forbidden;
    {
        const World world(bed.facts);
        CHECK_FALSE(world.replica_sets_seen(web));
        CHECK(world.unread().empty());
    }
    bed.facts.replica_sets_read = {};
    bed.facts.deployments[0].updated = 1;
    const World world(bed.facts);
    world.replica_sets();
    CHECK(world.unread().replica_sets_of.size() == 1);
}

TEST_CASE("a Deployment has one revision only where all its pods are there and of the newest") {
    const auto one = [](auto change) {
        Bed bed;
        auto& web = bed.facts.deployments[0];
        web.meta.generation = web.observed_generation = 4;
        web.conditions = {{"Progressing", "True", "NewReplicaSetAvailable", "", {}, {}}};
        change(web);
        return has_one_revision(web);
    };
    CHECK(one([](Workload&) {}));
    CHECK(one([](Workload& web) { web.ready = web.available = 0; }));
    CHECK_FALSE(one([](Workload& web) { web.observed_generation = 3; }));
    CHECK_FALSE(one([](Workload& web) { web.replicas = 3; }));
    CHECK_FALSE(one([](Workload& web) { web.updated = 1; }));
    CHECK_FALSE(one([](Workload& web) { web.desired = 3; }));
    CHECK_FALSE(one([](Workload& web) { web.conditions.push_back({"ReplicaFailure", "True", "", "", {}, {}}); }));
}

TEST_CASE("lists that are read when asked for are asked for by looking, once each, and not where they are known") {
    Bed bed;
    {
        const World world(bed.facts);
        CHECK(world.storage_class("fast").unknown());
        CHECK(world.service_account("shop", "default").unknown());
        CHECK(world.limit_ranges("shop").empty());
        CHECK(world.leases().empty());
        CHECK(world.network_policies("shop").empty());
        CHECK(world.ingress_classes().empty());
        CHECK(world.workload("ReplicaSet", "shop", "web-5d9").unknown());
        CHECK(world.unread().lists == std::set<std::pair<Resource, std::string>>{{Resource::storageclasses, ""},
                                                                                 {Resource::serviceaccounts, "shop"},
                                                                                 {Resource::limitranges, "shop"},
                                                                                 {Resource::leases, "kube-node-lease"},
                                                                                 {Resource::networkpolicies, "shop"},
                                                                                 {Resource::ingressclasses, ""},
                                                                                 {Resource::replicasets, "shop"}});
    }
    // What was read, or could not be, is not asked for again; nor what is always read.
    bed.facts.reads.push_back({Resource::storageclasses, "", ReadState::ok, 0, "", ""});
    bed.facts.reads.push_back({Resource::serviceaccounts, "", ReadState::forbidden, 0, "", ""});
    const World world(bed.facts);
    CHECK(world.storage_class("fast").absent());
    CHECK(world.service_account("shop", "default").unknown());
    CHECK(world.claim("shop", "data").absent());
    CHECK(world.unread().empty());
}

TEST_CASE("ReplicaSets of no Deployment are told apart") {
    Bed bed;
    Workload own, of_web, of_rollout;
    own.meta = Bed::meta("ReplicaSet", "own");
    of_web.meta = Bed::meta("ReplicaSet", "web-5d9");
    of_web.meta.owners.push_back({"apps/v1", "Deployment", "web", "uid-web", true});
    of_rollout.meta = Bed::meta("ReplicaSet", "canary-1");
    of_rollout.meta.owners.push_back({"argoproj.io/v1alpha1", "Rollout", "canary", "uid-canary", true});
    bed.facts.replica_sets = {own, of_web, of_rollout};
    const World world(bed.facts);
    std::set<std::string> names;
    for (const auto* set : world.loose_replica_sets()) names.insert(set->meta.name);
    CHECK(names == std::set<std::string>{"own", "canary-1"});
}
