#include <doctest/doctest.h>

#include "all_rules.hpp"
#include "unit/diagnose/workload_builders.hpp"

using namespace salve::workload_test;
using salve::base::minutes;
using salve::base::seconds;
using salve::diagnose::Severity;
using salve::diagnose::rules::stateful_set;
using salve::diagnose::rules::stateful_set_create;

TEST_CASE("a pod that is not ready blocks the ordinals above it") {
    Shop shop;
    auto& ring = shop.set("StatefulSet", "ring", 3);
    ring.replicas = 2;
    ring.ready = 1;
    shop.ready_pod(ring, "ring-0", "ring-a");
    shop.unready_pod(ring, "ring-1", seconds(40), "ring-a");
    const auto findings = shop.run(stateful_set);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].mode->id == "sts.ordinal-blocked");
    CHECK(says(findings[0].summary, "ring-1 is not ready (container \"web\" Readiness probe failed: no quorum)"));
    CHECK(says(findings[0].summary, "ring-2 is not created"));
    CHECK(affects(findings[0], "Pod", "ring-1"));

    auto parallel = shop;
    parallel.facts.stateful_sets[0].pod_management = "Parallel";
    CHECK(parallel.run(stateful_set).empty());
    auto all_there = shop;
    all_there.ready_pod(all_there.facts.stateful_sets[0], "ring-2", "ring-a");
    CHECK(all_there.run(stateful_set).empty());
    auto unseen = shop;
    unseen.facts.reads.clear();
    CHECK(unseen.run(stateful_set).empty());
    auto lagging = shop;
    lagging.facts.stateful_sets[0].meta.generation = 4;
    lagging.facts.stateful_sets[0].observed_generation = 3;
    CHECK(lagging.run(stateful_set).empty());
}

TEST_CASE("a pod that starts blocks nobody yet") {
    Shop shop;
    auto& ring = shop.set("StatefulSet", "ring", 3);
    auto& pod = shop.pod(ring, "ring-0", "ring-a");
    pod.meta.created = now - minutes(2);
    CHECK(shop.run(stateful_set).empty());
    pod.meta.created = now - minutes(6);
    CHECK(found(shop.run(stateful_set), "sts.ordinal-blocked"));
}

TEST_CASE("an update waits for a pod of the new revision") {
    Shop shop;
    auto& store = shop.set("StatefulSet", "store", 2);
    store.update_revision = "store-b";
    shop.ready_pod(store, "store-0", "store-a");
    shop.broken_pod(store, "store-1", "store-b");
    const auto findings = shop.run(stateful_set);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].mode->id == "sts.update-stuck");
    CHECK(
        says(findings[0].summary, "waits for pod store-1, which is not ready: pod store-1: container \"web\" Create"));
    CHECK(findings[0].actions.empty());
    CHECK(advises(findings[0], "kubectl -n shop delete pod store-1"));
    // Without an update under way it is just a broken pod.
    shop.facts.stateful_sets[0].current_revision = "store-b";
    shop.facts.pods[0].meta.labels["controller-revision-hash"] = "store-b";
    CHECK(shop.run(stateful_set).empty());
}

TEST_CASE("a reverted template does not reach the broken pod; its deletion is offered where the template is proven") {
    Shop shop;
    auto& store = shop.set("StatefulSet", "store", 2);
    shop.ready_pod(store, "store-0", "store-a");
    shop.broken_pod(store, "store-1", "store-b");
    auto findings = shop.run(stateful_set);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].mode->id == "sts.update-stuck");
    CHECK(says(findings[0].summary, "it is of revision store-b, the template of store-a"));
    CHECK(findings[0].actions == std::vector<std::string>{"sts.replace-stuck-pod"});
    auto parallel = shop;  // there the controller replaces it by itself
    parallel.facts.stateful_sets[0].pod_management = "Parallel";
    CHECK(parallel.run(stateful_set).empty());
    // The claim of the pod has lost its volume.
    auto& pod = shop.facts.pods[1];
    Volume volume;
    volume.source = Volume::Source::claim;
    volume.object = "data-store-1";
    pod.spec.volumes.push_back(volume);
    CHECK(shop.run(stateful_set)[0].actions.empty());
}

TEST_CASE("a template corrected before anything was ready: stuck at the first pod, and nothing proves the template") {
    Shop shop;
    auto& store = shop.set("StatefulSet", "store", 3);
    store.update_revision = "store-b";
    shop.broken_pod(store, "store-0", "store-a");
    const auto findings = shop.run(stateful_set);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].mode->id == "sts.update-stuck");
    CHECK(findings[0].actions.empty());
}

TEST_CASE("OnDelete and partitions are mixed on purpose") {
    for (const bool on_delete : {true, false}) {
        Shop shop;
        auto& store = shop.set("StatefulSet", "store", 2);
        store.update_revision = "store-b";
        if (on_delete)
            store.strategy = "OnDelete";
        else
            store.partition = 1;
        shop.ready_pod(store, "store-0", "store-a");
        shop.ready_pod(store, "store-1", "store-b");
        CHECK(shop.run(stateful_set).empty());
        // One of the old revision breaks: the present template will not reach it.
        auto broken = shop;
        broken.facts.pods[0].conditions = {condition("Ready", "False", now - minutes(20))};
        const auto findings = broken.run(stateful_set);
        REQUIRE(findings.size() == 1);
        CHECK(findings[0].mode->id == "sts.partitioned-or-ondelete");
        CHECK(findings[0].severity == Severity::info);
        CHECK(says(findings[0].summary, on_delete ? "OnDelete" : "partition: 1"));
    }
}

TEST_CASE("a claim that cannot be created is said with its error, for as long as the pod is absent") {
    Shop shop;
    auto& otter = shop.set("StatefulSet", "otter", 2);
    shop.event_of(otter, "Warning", "FailedCreate",
                  "create Claim data-otter-0 for Pod otter-0 in StatefulSet otter failed error: PersistentVolumeClaim "
                  "\"data-otter-0\" is invalid: spec.resources[storage]: must be greater than zero",
                  minutes(3));
    shop.event_of(otter, "Warning", "FailedCreate",
                  "create Pod otter-0 in StatefulSet otter failed error: failed to create PVC data-otter-0: is invalid",
                  minutes(2));
    const auto findings = shop.run(stateful_set_create);
    REQUIRE(findings.size() == 1);
    CHECK(says(findings[0].summary, "claim data-otter-0 of pod otter-0 cannot be created: PersistentVolumeClaim"));
    CHECK(affects(findings[0], "PersistentVolumeClaim", "data-otter-0"));

    auto made = shop;
    made.pod(made.facts.stateful_sets[0], "otter-0");
    CHECK(made.run(stateful_set_create).empty());
    auto unseen = shop;
    unseen.facts.reads.clear();
    CHECK(unseen.run(stateful_set_create).empty());
    auto named = shop;
    for (auto& event : named.facts.events)
        event.message = "create Pod otter-0 in StatefulSet otter failed error: exceeded quota: q, requested: pods=1";
    CHECK(named.run(stateful_set_create).empty());
}
