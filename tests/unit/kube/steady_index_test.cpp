#include "kube/steady_index.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "kube/world.hpp"
#include "unit/kube/world_builders.hpp"

using namespace salve::kube;
using salve::starting_test::condition;
using salve::world_test::named;
using salve::world_test::owned;
using salve::world_test::pod_of;
using salve::world_test::read_of;

namespace {

int found_for_all = 0;
std::size_t pods_of_all(const World& world) {
    ++found_for_all;
    return world.facts().pods.size();
}

// What rules ask of pods, of each.
void check_same_pods(const World& one, const World& other) {
    CHECK(one.standing() == other.standing());
    const auto same = [](auto a, auto b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); };
    CHECK(same(one.candidates(), other.candidates()));
    CHECK(same(one.unsettled(), other.unsettled()));
    for (const auto& pod : one.facts().pods) {
        CHECK(one.owner(pod).ref == other.owner(pod).ref);
        CHECK(one.owner(pod).workload == other.owner(pod).workload);
        CHECK(one.pods_of(one.owner(pod).ref) == other.pods_of(one.owner(pod).ref));
        CHECK(one.is_settled(pod) == other.is_settled(pod));
    }
}

}  // namespace

TEST_CASE("a World of what was read since says what one says that knows no earlier") {
    Snapshot facts;
    facts.scope.all = true;
    facts.deployments.push_back(named<Workload>("Deployment", "web"));
    facts.stateful_sets.push_back(named<Workload>("StatefulSet", "db"));
    facts.services.push_back(named<Service>("Service", "web"));
    facts.pods = {pod_of("web-1-a", "ReplicaSet", "web-1"), pod_of("db-0", "StatefulSet", "db"), pod_of("alone")};
    for (auto& pod : facts.pods) {
        pod.phase = "Running";
        pod.spec.node_name = "n1";
        pod.conditions = {condition("Ready", "True")};
        pod.statuses.emplace_back();
        pod.statuses.back().ready = true;
        pod.statuses.back().state.running = Running{};
    }
    found_for_all = 0;
    const World first(facts);
    CHECK(first.owner(facts.pods[0]).ref.kind == "ReplicaSet");
    CHECK(first.is_settled(facts.pods[2]));
    CHECK(first.once_for_all(pods_of_all) == 3);

    SUBCASE("lists that were left out, and logs") {
        facts.replica_sets.push_back(owned(named<Workload>("ReplicaSet", "web-1"), "Deployment", "web"));
        facts.storage_classes.push_back(named<StorageClass>("StorageClass", "fast", ""));
        facts.service_accounts.push_back(named<ServiceAccount>("ServiceAccount", "robot"));
        facts.reads.push_back(read_of(Resource::storageclasses, ""));
        Log log;
        log.ns = "shop";
        log.pod = "alone";
        facts.logs.push_back(log);
        const World later(facts, first.steady());
        CHECK(later.steady() == first.steady());
        check_same_pods(later, World(facts));
        CHECK(later.owner(facts.pods[0]).workload == &facts.deployments[0]);
        CHECK_FALSE(later.is_settled(facts.pods[2]));
        CHECK(later.storage_class("fast"));
        CHECK(later.storage_class("slow").absent());
        CHECK(later.service_account("shop", "robot"));
        CHECK(later.once_for_all(pods_of_all) == 3);
        CHECK(found_for_all == 1);
    }
    SUBCASE("an event of another namespace") {
        Event event;
        event.about = facts.pods[2].meta.ref();
        facts.events.push_back(event);
        const World later(facts, first.steady());
        CHECK(later.steady() != first.steady());
        check_same_pods(later, World(facts));
        CHECK(later.events(facts.pods[2].meta.uid).size() == 1);
        CHECK_FALSE(later.is_settled(facts.pods[2]));
    }
    SUBCASE("a pod of another namespace") {
        facts.pods.push_back(pod_of("other", "StatefulSet", "db"));
        const World later(facts, first.steady());
        CHECK(later.steady() != first.steady());
        check_same_pods(later, World(facts));
        CHECK(later.pod("shop", "other").found == &facts.pods[3]);
        CHECK(later.once_for_all(pods_of_all) == 4);
        CHECK(found_for_all == 2);
    }
}

// Each list that is indexed: were one forgotten in fits(), an index would point into a list that is gone.
TEST_CASE("the indexes of one snapshot do not fit another") {
    const auto fits = [](auto grow) {
        Snapshot facts;
        const World world(facts);
        grow(facts);
        return world.steady()->fits(facts);
    };
    CHECK(fits([](Snapshot&) {}));
    CHECK(fits([](Snapshot& facts) { facts.replica_sets.emplace_back(); }));
    CHECK(fits([](Snapshot& facts) { facts.logs.emplace_back(); }));
    CHECK_FALSE(fits([](Snapshot& facts) { facts.pods.emplace_back(); }));
    CHECK_FALSE(fits([](Snapshot& facts) { facts.events.emplace_back(); }));
    CHECK_FALSE(fits([](Snapshot& facts) { facts.deployments.emplace_back(); }));
    CHECK_FALSE(fits([](Snapshot& facts) { facts.stateful_sets.emplace_back(); }));
    CHECK_FALSE(fits([](Snapshot& facts) { facts.daemon_sets.emplace_back(); }));
    CHECK_FALSE(fits([](Snapshot& facts) { facts.jobs.emplace_back(); }));
    CHECK_FALSE(fits([](Snapshot& facts) { facts.cron_jobs.emplace_back(); }));
    CHECK_FALSE(fits([](Snapshot& facts) { facts.services.emplace_back(); }));
    CHECK_FALSE(fits([](Snapshot& facts) { facts.endpoint_slices.emplace_back(); }));
    CHECK_FALSE(fits([](Snapshot& facts) { facts.claims.emplace_back(); }));
    CHECK_FALSE(fits([](Snapshot& facts) { facts.ingresses.emplace_back(); }));
    CHECK_FALSE(fits([](Snapshot& facts) { facts.autoscalers.emplace_back(); }));
    CHECK_FALSE(fits([](Snapshot& facts) { facts.budgets.emplace_back(); }));
    CHECK_FALSE(fits([](Snapshot& facts) { facts.nodes.emplace_back(); }));
    CHECK_FALSE(fits([](Snapshot& facts) { facts.volumes.emplace_back(); }));
    CHECK_FALSE(fits([](Snapshot& facts) { facts.namespaces.emplace_back(); }));
}
