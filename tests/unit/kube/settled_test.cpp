// Which pods need no look: everything about them is as it should be.
#include <doctest/doctest.h>

#include <functional>

#include "base/error.hpp"
#include "kube/world.hpp"
#include "unit/diagnose/starting_builders.hpp"

using namespace salve::kube;
using salve::starting_test::meta;

namespace {

ContainerStatus running(const std::string& name) {
    ContainerStatus status;
    status.name = name;
    status.ready = true;
    status.started = true;
    status.state.running.emplace();
    return status;
}

Pod settled_pod() {
    Pod pod;
    pod.meta = meta("v1", "Pod", "shop", "web");
    pod.phase = "Running";
    pod.spec.node_name = "node-a";
    for (const auto* type : {"Ready", "ContainersReady", "Initialized", "PodScheduled"})
        pod.conditions.push_back({type, "True", "", "", {}, {}});
    pod.statuses = {running("web")};
    return pod;
}

bool settled(const std::function<void(Pod&, Snapshot&)>& change) {
    Snapshot facts;
    auto pod = settled_pod();
    change(pod, facts);
    facts.pods = {pod};
    const World world(facts);
    const bool is = world.is_settled(facts.pods[0]);
    CHECK(world.unsettled().size() == (is ? 0U : world.candidates().size()));
    return is;
}

}  // namespace

TEST_CASE("a pod is settled when all that is known of it is that it runs and is ready") {
    CHECK(settled([](Pod&, Snapshot&) {}));
    CHECK(settled([](Pod& pod, Snapshot&) {  // an init container that has done its work
        ContainerStatus init;
        init.list = ContainerStatus::List::init;
        init.ready = true;
        init.state.terminated.emplace().reason = "Completed";
        pod.statuses.insert(pod.statuses.begin(), init);
    }));
}

TEST_CASE("whatever else is known unsettles it") {
    const std::function<void(Pod&, Snapshot&)> changes[] = {
        [](Pod& pod, Snapshot&) { pod.phase = "Pending"; },
        [](Pod& pod, Snapshot&) { pod.phase = "Succeeded"; },
        [](Pod& pod, Snapshot&) { pod.reason = "NodeLost"; },
        [](Pod& pod, Snapshot&) { pod.message = "shutting down"; },
        [](Pod& pod, Snapshot&) { pod.nominated_node = "node-b"; },
        [](Pod& pod, Snapshot&) { pod.spec.node_name = {}; },
        [](Pod& pod, Snapshot&) { pod.meta.deleted.emplace(); },
        [](Pod& pod, Snapshot&) { pod.conditions.clear(); },
        [](Pod& pod, Snapshot&) { pod.conditions[0].status = "False"; },
        [](Pod& pod, Snapshot&) {
            pod.conditions.push_back({"DisruptionTarget", "True", "", "", {}, {}});
        },
        [](Pod& pod, Snapshot&) { pod.statuses.clear(); },
        [](Pod& pod, Snapshot&) { pod.statuses[0].ready = false; },
        [](Pod& pod, Snapshot&) { pod.statuses[0].started = false; },
        [](Pod& pod, Snapshot&) { pod.statuses[0].restarts = 1; },
        [](Pod& pod, Snapshot&) { pod.statuses[0].state.running.reset(); },
        [](Pod& pod, Snapshot&) { pod.statuses[0].state.waiting.emplace(); },
        [](Pod& pod, Snapshot&) { pod.statuses[0].state.terminated.emplace().reason = "Completed"; },
        [](Pod& pod, Snapshot&) { pod.statuses[0].last.terminated.emplace(); },
        [](Pod& pod, Snapshot&) { pod.statuses[0].list = ContainerStatus::List::ephemeral; },
        [](Pod& pod, Snapshot& facts) { facts.events.emplace_back().about = pod.meta.ref(); },
        [](Pod&, Snapshot& facts) {
            facts.logs.push_back({"shop", "web", "web", false, {}});
        },
    };
    for (const auto& change : changes) CHECK_FALSE(settled(change));
}

TEST_CASE("pods of a namespace that have all labels, by name, and no other pod") {
    Snapshot facts;
    for (const auto* name : {"b", "a", "c"}) {
        Pod pod;
        pod.meta = meta("v1", "Pod", "shop", name);
        pod.meta.labels = {{"app", "web"}, {"tier", name}};
        facts.pods.push_back(pod);
    }
    const PodIndex index(facts.pods);
    CHECK(index.matching("shop", {{"app", "web"}}).size() == 3);
    CHECK(index.matching("shop", {{"app", "web"}}).front()->meta.name == "a");
    CHECK(index.matching("shop", {{"app", "web"}, {"tier", "b"}}) == std::vector<const Pod*>{&facts.pods[0]});
    CHECK(index.matching("shop", {{"tier", "web"}}).empty());
    CHECK(index.matching("other", {}).empty());
    CHECK(index.find("shop", "c") == &facts.pods[2]);
    CHECK(index.find("shop", "d") == nullptr);
}

TEST_CASE("the mask of labels that satisfy a selector has every bit of the selector's") {
    const Labels labels{{"app.kubernetes.io/name", "web"}, {"tier", ""}, {"pod-template-hash", "5c9d7f6b8"}};
    for (const auto& pair : labels) CHECK(may_match(label_mask({pair}), label_mask(labels)));
    CHECK(may_match(label_mask({}), label_mask(labels)));
    CHECK(label_mask({{"a", "b"}}) != label_mask({{"b", "a"}}));
}

TEST_CASE("a copy of a pod is not one of the facts: to ask for its place is an error, not another pod's answer") {
    Snapshot facts;
    facts.pods = {settled_pod()};
    const World world(facts);
    const Pod copy = facts.pods[0];
    const auto refused = [](const auto& ask) {
        try {
            ask();
        } catch (const salve::base::Error& error) {
            return error.kind() == salve::base::ErrorKind::internal;
        }
        return false;
    };
    CHECK(refused([&] { world.owner(copy); }));
    CHECK(refused([&] { world.is_settled(copy); }));
    CHECK_FALSE(refused([&] { world.owner(facts.pods[0]); }));
}
