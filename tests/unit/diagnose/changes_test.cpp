#include "diagnose/changes.hpp"

#include <doctest/doctest.h>

#include "diagnose_builders.hpp"

using namespace salve;
using namespace salve::test;
using diagnose::ReadWanted;

namespace {

// Deployment "web" whose second ReplicaSet came a minute ago; its pod fails.
struct Rollout {
    Cluster cluster;
    Finding finding;

    Rollout() {
        auto& deployment = cluster.deployment("web", "nginx:2");
        deployment.meta.generation = 2;
        deployment.observed_generation = 2;
        auto& newest = cluster.facts.replica_sets.back();
        newest.meta.created = now - base::minutes(11);
        newest.meta.annotations["deployment.kubernetes.io/revision"] = "2";
        Workload older = newest;
        older.meta.name = "web-old";
        older.meta.uid = "uid-web-old";
        older.meta.created = now - base::hours(50);
        older.meta.annotations["deployment.kubernetes.io/revision"] = "1";
        older.ready = 1;
        older.pod_template.spec.containers[0].image = "nginx:1";
        cluster.facts.replica_sets.push_back(older);
        cluster.pod_of("web", "web-5d9-a", "nginx:2", "ErrImagePull");
        static const Mode mode{
            "pod.image.not-found", diagnose::Category::image_pull, Severity::high, "s", "n", "w", "a"};
        finding = finding_of(mode, "Deployment", "web");
        finding.root.object.api_version = "apps/v1";
        finding.affected = {pod_subject("web-5d9-a")};
        finding.first_seen = now - base::minutes(10);
    }
    void run() { diagnose::add_change(kube::World(cluster.facts), finding); }
    std::vector<ReadWanted> reads() { return diagnose::change_reads(kube::World(cluster.facts), {finding}); }
};

}  // namespace

TEST_CASE("a finding that began with the newest revision says what that changed, with the proof") {
    Rollout rollout;
    rollout.run();
    CHECK(rollout.finding.change == "1m earlier, revision 2 changed containers[web].image: \"nginx:1\" -> \"nginx:2\"");
    CHECK(has_evidence(rollout.finding, "changed in revision 2 of Deployment web: containers[web].image"));
    CHECK(rollout.reads().empty());
}

TEST_CASE("a fault of the old pods, an old change, or a fault before the change has no change") {
    Rollout old_pods;
    old_pods.cluster.facts.pods[0].meta.owners[0] = {"apps/v1", "ReplicaSet", "web-old", "uid-web-old", true};
    old_pods.run();
    CHECK(old_pods.finding.change.empty());
    Rollout old_change;
    old_change.cluster.facts.replica_sets[0].meta.created = now - base::hours(30);
    old_change.run();
    CHECK(old_change.finding.change.empty());
    CHECK(old_change.reads().empty());
    Rollout before;
    before.finding.first_seen = now - base::hours(3);
    before.run();
    CHECK(before.finding.change.empty());
}

TEST_CASE("a rollback, which takes up an older ReplicaSet, and an unseen spec tell nothing") {
    Rollout rollback;
    rollback.cluster.facts.replica_sets[1].meta.created = now - base::minutes(2);
    rollback.run();
    CHECK(rollback.finding.change.empty());
    Rollout unseen;
    unseen.cluster.facts.deployments[0].observed_generation = 1;
    unseen.run();
    CHECK(unseen.finding.change.empty());
}

TEST_CASE("evictions and other faults that no template makes have no change") {
    Rollout rollout;
    static const Mode evicted{
        "pod.evicted.node-memory", diagnose::Category::eviction, Severity::high, "s", "n", "w", "a"};
    rollout.finding.mode = &evicted;
    rollout.run();
    CHECK(rollout.finding.change.empty());
}

namespace {

constexpr auto week = base::hours(7 * 24);

// A set of two pods, one of which fails.
struct Set {
    Cluster cluster;
    Finding finding;

    explicit Set(const std::string& kind) {
        Workload set;
        set.meta.kind = kind;
        set.meta.ns = "shop";
        set.meta.name = "db";
        set.meta.uid = "uid-db";
        set.desired = set.updated = 2;
        set.update_revision = "db-5d9";
        (kind == "StatefulSet" ? cluster.facts.stateful_sets : cluster.facts.daemon_sets).push_back(set);
        for (const auto* name : {"db-0", "db-1"}) {
            Pod pod;
            pod.meta.ns = "shop";
            pod.meta.name = name;
            pod.meta.uid = std::string("uid-") + name;
            pod.meta.owners.push_back({"apps/v1", kind, "db", "uid-db", true});
            pod.meta.labels = {{"controller-revision-hash", kind == "StatefulSet" ? "db-5d9" : "5d9"}};
            pod.meta.created = now - base::minutes(11);
            cluster.facts.pods.push_back(pod);
        }
        static const Mode mode{
            "pod.crashloop.app-error", diagnose::Category::crash_app, Severity::high, "s", "n", "w", "a"};
        finding = finding_of(mode, kind, "db");
        finding.root.object.ns = "shop";
    }
    Pod& pod(std::size_t at) { return cluster.facts.pods.at(at); }
    Workload& set() {
        auto& facts = cluster.facts;
        return facts.stateful_sets.empty() ? facts.daemon_sets.at(0) : facts.stateful_sets.at(0);
    }
    // The second pod is older than what is news.
    Set& aged() {
        pod(1).meta.created = now - week;
        return *this;
    }
    bool asks() { return !diagnose::change_reads(kube::World(cluster.facts), {finding}).empty(); }
};

}  // namespace

TEST_CASE("the revisions of a set are asked for unless a pod of the newest is older than what is news") {
    for (const std::string kind : {"StatefulSet", "DaemonSet"}) {
        CAPTURE(kind);
        Set set(kind);
        CHECK(set.asks());
        set.pod(1).meta.created = now - base::hours(23);
        CHECK(set.asks());
        CHECK_FALSE(set.aged().asks());
    }
}

TEST_CASE("an old pod of an older revision, or of one that is not known, says nothing of the newest") {
    Set older("StatefulSet");
    older.pod(1).meta.labels = {{"controller-revision-hash", "db-4c8"}};
    CHECK(older.aged().asks());
    Set nameless("StatefulSet");
    nameless.set().update_revision.clear();
    CHECK(nameless.aged().asks());
    Set bare("StatefulSet");
    bare.set().update_revision.clear();
    bare.pod(1).meta.labels = {};
    CHECK(bare.aged().asks());
}

TEST_CASE("the pods of a DaemonSet are of the newest revision where all are alike and none is left to update") {
    Set mixed("DaemonSet");
    mixed.pod(0).meta.labels = {{"controller-revision-hash", "6e1"}};
    CHECK(mixed.aged().asks());
    Set behind("DaemonSet");
    behind.set().updated = 1;
    CHECK(behind.aged().asks());
    Set none("DaemonSet");
    none.set().desired = none.set().updated = 0;
    CHECK(none.aged().asks());
}
