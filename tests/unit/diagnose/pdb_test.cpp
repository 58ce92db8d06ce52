#include <doctest/doctest.h>

#include "all_rules.hpp"
#include "unit/diagnose/batch_builders.hpp"

using namespace salve::batch_test;
using salve::diagnose::rules::pdb;

namespace {

// Pods of one Deployment "web", ready or not, under a budget.
Cluster guarded(std::vector<bool> ready, int desired_healthy) {
    Cluster cluster;
    const auto count = static_cast<int>(ready.size());
    int healthy = 0;
    auto& owner = cluster.deployment("web", count, count);
    for (const bool one : ready) {
        cluster.running_pod("web-" + std::to_string(cluster.facts.pods.size()), owner.meta, one);
        healthy += one ? 1 : 0;
    }
    cluster.budget("guard", count, healthy, desired_healthy);
    return cluster;
}

void cordon(Cluster& cluster) {
    Node node;
    node.meta = Cluster::meta("v1", "Node", "node-1");
    node.unschedulable = true;
    cluster.facts.nodes.push_back(node);
}

}  // namespace

TEST_CASE("a budget that needs every pod is a low finding, and medium when a drain waits") {
    auto cluster = guarded({true}, 1);
    auto found = cluster.run(pdb);
    REQUIRE(mode_of(found) == "pdb.blocking");
    CHECK(found[0].severity == Severity::low);
    CHECK(has(said(found[0]), "minAvailable: 1"));
    CHECK(has(said(found[0]), "disruptionsAllowed: 0"));
    SUBCASE("a cordoned node") {
        cordon(cluster);
        found = cluster.run(pdb);
        CHECK(found[0].severity == Severity::medium);
        CHECK(affects(found[0], "Node", "node-1"));
    }
    SUBCASE("a refused eviction") {
        cluster.event(cluster.facts.pods[0].meta, "EvictionFailed",
                      "Cannot evict pod as it would violate the pod's disruption budget.", 5);
        CHECK(cluster.run(pdb)[0].severity == Severity::medium);
    }
    SUBCASE("a node that is not cordoned") {
        cordon(cluster);
        cluster.facts.nodes[0].unschedulable = false;
        CHECK(cluster.run(pdb)[0].severity == Severity::low);
    }
}

TEST_CASE("a budget with room, or one that is only just exhausted, is no finding") {
    CHECK(guarded({true, true, true}, 2).run(pdb).empty());
    auto cluster = guarded({true, true, false}, 2);
    CHECK(mode_of(cluster.run(pdb)) == "pdb.blocking");
    cluster.facts.budgets[0].conditions[0].last_transition = ago(2);
    CHECK(cluster.run(pdb).empty());
    auto scaling = guarded({true, true}, 2);  // the third pod is on its way
    scaling.facts.deployments[0].desired = 3;
    CHECK(scaling.run(pdb).empty());
    auto unseen = guarded({true}, 1);
    unseen.forbid(Resource::pods);
    CHECK(unseen.run(pdb).empty());
    auto stale = guarded({true}, 1);
    stale.facts.budgets[0].meta.generation = 3;
    stale.facts.budgets[0].observed_generation = 2;
    CHECK(stale.run(pdb).empty());
}

TEST_CASE("pods that are not ready exhaust a budget") {
    const auto found = guarded({true, true, false}, 2).run(pdb);
    REQUIRE(found.size() == 1);
    CHECK(found[0].severity == Severity::low);
    CHECK(has(found[0].summary, "not ready: web-2"));
}

TEST_CASE("maxUnavailable 0 forbids every drain") {
    auto cluster = guarded({true, true}, 2);
    cluster.facts.budgets[0].min_available.clear();
    cluster.facts.budgets[0].max_unavailable = "0";
    CHECK(mode_of(cluster.run(pdb)) == "pdb.broken");
    cordon(cluster);
    CHECK(mode_of(cluster.run(pdb)) == "pdb.blocking");
}

TEST_CASE("two budgets over one pod are one finding, and their counts are not believed") {
    auto cluster = guarded({true, true}, 1);
    auto& second = cluster.budget("all", 2, 0, 1);
    second.meta.created = ago(3);
    cluster.event(cluster.facts.pods[0].meta, "MultiplePodDisruptionBudgets",
                  "Pod \"shop\"/\"web-0\" matches multiple PodDisruptionBudgets.  Chose \"guard\" arbitrarily.", 3);
    const auto found = cluster.run(pdb);
    REQUIRE(mode_of(found) == "pdb.broken");
    CHECK(found[0].root.object.name == "all");
    CHECK(affects(found[0], "PodDisruptionBudget", "guard"));
    CHECK(affects(found[0], "Deployment", "web"));
    CHECK(has(said(found[0]), "MultiplePodDisruptionBudgets"));
    SUBCASE("no longer when the selectors are disjoint") {
        second.selector->match_labels["tier"] = "batch";
        second.expected_pods = 0;
        CHECK(cluster.run(pdb).empty());
    }
    SUBCASE("a budget without a selector selects nothing") {
        second.selector.reset();
        second.expected_pods = 0;
        CHECK(cluster.run(pdb).empty());
    }
}

TEST_CASE("a budget that cannot be computed") {
    auto cluster = guarded({true, true}, 1);
    auto& condition = cluster.facts.budgets[0].conditions[0];
    condition.status = "False";
    condition.reason = "SyncFailed";
    condition.message = "found no controllers for pod \"web-0\"";
    const auto found = cluster.run(pdb);
    REQUIRE(mode_of(found) == "pdb.broken");
    CHECK(has(found[0].summary, "found no controllers"));
}
