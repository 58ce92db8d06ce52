#include "action_builders.hpp"

using namespace salve;
using namespace salve::test;

namespace {

const std::string id = "hpa.raise-max";

// "web" stands at the maximum of 4; each pod requests half a core and may use one.
Shop at_maximum(int max = 4) {
    Shop shop;
    auto& web = shop.running("web", max);
    web.pod_template.spec.containers[0].resources = {{{"cpu", "500m"}}, {{"cpu", "1"}}};
    auto& scaler = shop.scaler("web", "web", max);
    auto live = live_json("autoscaling/v2", "HorizontalPodAutoscaler", "web", {{"maxReplicas", max}});
    live["metadata"].erase("generation");
    shop.live(scaler.meta, live);
    shop.found("hpa.maxed", scaler.meta.ref());
    shop.ready_node("node-1", "8", "16Gi");
    return shop;
}

}  // namespace

TEST_CASE("half as much again is proposed; an autoscaler has no generation to test") {
    auto shop = at_maximum();
    const auto made = shop.plan();
    REQUIRE(made.steps.size() == 1);
    const auto& step = made.steps[0];
    CHECK(step.description == "Raise the maximum of autoscaler web from 4 to 6 replicas of Deployment web.");
    CHECK(step.request.resource == kube::Resource::horizontalpodautoscalers);
    CHECK(step.request.patch == json::array({op("test", "/metadata/uid", "uid-web"), op("test", "/spec/maxReplicas", 4),
                                             op("replace", "/spec/maxReplicas", 6),
                                             op("add", "/metadata/annotations", {{"salve/run", "r1.1"}})}));
    CHECK(step.inverse.request->patch ==
          json::array({op("test", "/metadata/uid", "uid-web"), op("test", "/spec/maxReplicas", 6),
                       op("replace", "/spec/maxReplicas", 4)}));
    CHECK(!step.preconditions.generation);
    CHECK(step.risk == plan::Risk::medium);
    CHECK(step.blast.pods == 4);  // those of what it scales
    CHECK(at_maximum(1).step(id).request.patch[2]["value"] == 2);
}

TEST_CASE("at most twice, at least more, and a number") {
    CHECK(at_maximum().step(id, {{"max", "8"}}).request.patch[2]["value"] == 8);
    CHECK(has(at_maximum().refusal(id, {{"max", "9"}}), "9 is more than twice the present 4"));
    CHECK(has(at_maximum().refusal(id, {{"max", "4"}}), "no more than the present 4"));
    for (const char* bad : {"0", "-1", "1e3", "+5", "5 ", "0x6", "2147483648", "99999999999999999999"})
        CHECK(has(at_maximum().usage_error(id, {{"max", bad}}), "is not valid"));
    auto huge = at_maximum();
    huge.live(huge.facts.autoscalers[0].meta)["spec"]["maxReplicas"] = 9223372036854775807;
    CHECK(has(huge.refusal(id), "could not be read"));
}

TEST_CASE("only as many as the quotas have room for, requests and limits too") {
    auto pods = at_maximum();
    pods.quota("pods", "8", "10");
    CHECK(pods.plan().steps.size() == 1);  // exactly full afterwards
    pods.facts.quotas[0].used["pods"] = "9";
    CHECK(has(pods.refusal(id), "quota quota-0 has no room"));
    auto requests = at_maximum();
    requests.quota("requests.cpu", "3", "4");
    CHECK(requests.plan().steps.size() == 1);
    requests.facts.quotas[0].used["requests.cpu"] = "3001m";
    CHECK(has(requests.refusal(id), "requests.cpu"));
    auto limits = at_maximum();
    limits.quota("limits.cpu", "8001m", "10");
    CHECK(has(limits.refusal(id), "limits.cpu"));
    auto unread = at_maximum();
    unread.unread(kube::Resource::resourcequotas);
    CHECK(has(unread.refusal(id), "could not be read"));
}

TEST_CASE("only as many as the nodes have room for, where that is known") {
    auto full = at_maximum();
    full.facts.nodes[0].allocatable["cpu"] = "1";
    CHECK(full.plan().steps.size() == 1);
    full.facts.nodes[0].allocatable["cpu"] = "999m";
    CHECK(has(full.refusal(id), "room for 1 more of its pods, not for 2"));
    full.facts.nodes[0].allocatable["cpu"] = "8";
    full.facts.nodes[0].unschedulable = true;
    CHECK(has(full.refusal(id), "room for 0 more"));
    auto unknown = at_maximum();
    unknown.unread(kube::Resource::nodes);
    CHECK(has(unknown.step(id).risk_reasons, "whether the nodes have room"));
}

TEST_CASE("more pods help only where those that are there work") {
    auto unready = at_maximum();
    unready.facts.deployments[0].ready = 3;
    CHECK(has(unready.refusal(id), "3 of 4 pods are ready"));
    auto unplaced = at_maximum();
    auto& pod = unplaced.unready_pod("web", "web-5");
    pod.phase = "Pending";
    pod.conditions = {condition("PodScheduled", "False")};
    CHECK(has(unplaced.refusal(id), "web-5 finds no node"));
    auto rival = at_maximum();
    rival.scaler("web2", "web", 5);
    CHECK(has(rival.refusal(id), "autoscaler web2 acts on the same pods"));
    auto other = at_maximum();
    other.scaler("db", "db", 5);
    CHECK(other.plan().steps.size() == 1);
    auto gone = at_maximum();
    gone.facts.deployments.clear();
    CHECK(has(gone.refusal(id), "Deployment web could not be read"));
}
