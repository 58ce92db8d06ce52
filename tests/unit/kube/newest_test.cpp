#include "kube/newest.hpp"

#include <doctest/doctest.h>

using namespace salve::kube;

TEST_CASE("the newest time is the latest that the server set, whatever the nodes' clocks say") {
    CHECK(newest_time({}) == Time{0});
    Snapshot facts;
    facts.taken_at = {1'000'000};
    const auto expect = [&](std::int64_t us) { CHECK(newest_time(facts).us == us); };
    expect(0);  // not the reader's own clock
    facts.pods.emplace_back().meta.created = {10};
    expect(10);
    facts.deployments.emplace_back().meta.created = {20};
    facts.replica_sets.emplace_back().meta.created = {30};
    facts.stateful_sets.emplace_back().meta.created = {5};
    facts.daemon_sets.emplace_back().meta.created = {5};
    expect(30);
    facts.events.emplace_back().meta.created = {40};
    expect(40);
    facts.events[0].last = {50};  // by the clock of a node
    auto& status = facts.pods[0].statuses.emplace_back();
    status.state.running = Running{Time{50}};
    status.last.terminated.emplace().finished = Time{60};
    expect(40);
}

TEST_CASE("objects of every kind count, since every kind has ages that are judged") {
    Snapshot facts;
    facts.jobs.emplace_back().meta.created = {10};
    CHECK(newest_time(facts).us == 10);
    facts.claims.emplace_back().meta.created = {20};
    CHECK(newest_time(facts).us == 20);
    facts.services.emplace_back().meta.created = {30};
    CHECK(newest_time(facts).us == 30);
    facts.nodes.emplace_back().meta.created = {40};
    CHECK(newest_time(facts).us == 40);
}

TEST_CASE("a deletion time lies ahead and does not count") {
    Snapshot facts;
    auto& pod = facts.pods.emplace_back();
    pod.meta.created = {10};
    pod.meta.deleted = Time{500};
    CHECK(newest_time(facts).us == 10);
}
