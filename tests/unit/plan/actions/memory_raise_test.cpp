#include "action_builders.hpp"

using namespace salve;
using namespace salve::test;

namespace {

const std::string id = "memory.raise";
const std::string at = "/spec/template/spec/containers/0";

Shop too_small(json resources = {{"limits", {{"memory", "64Mi"}}}}, int desired = 3) {
    Shop shop;
    auto& web = shop.running("web", desired, {{"template", template_json({{"resources", std::move(resources)}})}});
    shop.found("pod.crashloop.oom", web.meta.ref(), "web");
    shop.ready_node("node-1", "4", "8Gi");
    return shop;
}

json limit(const std::string& memory) { return {{"limits", {{"memory", memory}}}}; }

}  // namespace

TEST_CASE("the limit is doubled in its own unit") {
    auto shop = too_small();
    const auto made = shop.plan();
    REQUIRE(made.steps.size() == 1);
    const auto& step = made.steps[0];
    CHECK(step.action_id == id);
    CHECK(step.description == "Raise the memory limit of container web of Deployment web from 64Mi to 128Mi.");
    CHECK(step.request.patch ==
          patch_of("web", {op("test", at + "/name", "web"), op("test", at + "/resources/limits/memory", "64Mi"),
                           op("replace", at + "/resources/limits/memory", "128Mi")}));
    CHECK(step.inverse.request->patch ==
          json::array({op("test", "/metadata/uid", "uid-web"), op("test", at + "/name", "web"),
                       op("test", at + "/resources/limits/memory", "128Mi"),
                       op("replace", at + "/resources/limits/memory", "64Mi")}));
    CHECK(step.risk == plan::Risk::medium);
    CHECK(too_small(limit("1.5Gi")).step(id).changes[0].to == "3221225472");
    CHECK(too_small(limit("100e6")).step(id).changes[0].to == "200e6");
}

TEST_CASE("what is guaranteed stays guaranteed") {
    const auto step = too_small({{"limits", {{"memory", "64Mi"}}}, {"requests", {{"memory", "64Mi"}}}}).step(id);
    REQUIRE(step.changes.size() == 2);
    CHECK(step.changes[1].path == at + "/resources/requests/memory");
    CHECK(step.changes[1].to == "128Mi");
    CHECK(too_small({{"limits", {{"memory", "64Mi"}}}, {"requests", {{"memory", "32Mi"}}}}).step(id).changes.size() ==
          1);
}

TEST_CASE("at most twice, to the byte") {
    CHECK(too_small().plan(id, {{"memory", "134217728"}}).steps.size() == 1);
    CHECK(has(too_small().refusal(id, {{"memory", "134217729"}}), "more than twice"));
    CHECK(has(too_small().refusal(id, {{"memory", "128.0001Mi"}}), "more than twice"));
    CHECK(has(too_small().refusal(id, {{"memory", "64Mi"}}), "not more than the present"));
    CHECK(has(too_small().refusal(id, {{"memory", "65536Ki"}}), "not more than the present"));
    CHECK(has(too_small().refusal(id, {{"memory", "-128Mi"}}), "not more than the present"));
    CHECK(has(too_small().refusal(id, {{"memory", "100m"}}), "not more than the present"));
    CHECK(has(too_small().refusal(id, {{"memory", "9E"}}), "more than twice"));
    CHECK(has(too_small().refusal(id, {{"memory", std::string(60, '9')}}), "more than twice"));
    for (const char* bad : {"1e3Gi", "128MiB", "128 Mi", "lots", "0x10", "1Gi2"})
        CHECK(has(too_small().usage_error(id, {{"memory", bad}}), "is no quantity"));
}

TEST_CASE("limits without bounds do not get around them") {
    for (const char* old : {"9E", "8Ei"}) CHECK(has(too_small(limit(old)).refusal(id), "no node has"));
    for (const auto& old : {std::string(60, '9'), std::string("4611686018427387905")})
        CHECK(has(too_small(limit(old)).refusal(id), "is not more than the present limit"));
    CHECK(has(too_small(limit("0")).refusal(id), "has no memory limit"));
    CHECK(has(too_small(limit("-64Mi")).refusal(id), "has no memory limit"));
    CHECK(has(too_small(limit("junk")).refusal(id), "has no memory limit"));
    CHECK(has(too_small(json::object()).refusal(id), "has no memory limit"));
}

TEST_CASE("never more than the largest node has") {
    auto shop = too_small();
    shop.facts.nodes[0].allocatable["memory"] = "134217727";
    CHECK(has(shop.refusal(id), "no node has 128Mi of memory: the largest has 134217727"));
    shop.facts.nodes[0].allocatable["memory"] = "128Mi";
    CHECK(shop.plan(id).steps.size() == 1);
    shop.unread(kube::Resource::nodes);
    CHECK(has(shop.refusal(id), "could not be read"));
}

TEST_CASE("the quota has room for all pods and those that a rollout adds") {
    auto shop = too_small();  // 3 pods and 1 of surge, each 64Mi more
    shop.quota("limits.memory", "192Mi", "448Mi");
    CHECK(shop.plan(id).steps.size() == 1);  // exactly full
    shop.facts.quotas[0].hard["limits.memory"] = "469762047";
    CHECK(has(shop.refusal(id), "quota quota-0 has no room"));
    auto guaranteed = too_small({{"limits", {{"memory", "64Mi"}}}, {"requests", {{"memory", "64Mi"}}}});
    guaranteed.quota("memory", "192Mi", "256Mi");  // an older name of requests.memory
    CHECK(has(guaranteed.refusal(id), "has no room"));
    auto junk = too_small();
    junk.quota("limits.memory", "junk", "1Gi");
    CHECK(has(junk.refusal(id), "has no room"));
    auto unread = too_small();
    unread.unread(kube::Resource::resourcequotas);
    CHECK(has(unread.refusal(id), "could not be read"));
}

TEST_CASE("pods that serve are not given up where new ones would not come up") {
    const auto with = [](const char* mode_id, const kube::ObjectRef& root, int ready) {
        auto shop = too_small();
        shop.facts.deployments[0].ready = ready;
        shop.found(mode_id, root).caused_by = "elsewhere";
        return shop;
    };
    const auto web = meta("apps/v1", "Deployment", "shop", "web").ref();
    const auto quota = meta("v1", "ResourceQuota", "shop", "q").ref();
    CHECK(too_small().step(id).action_id == id);  // that it is killed does not keep a new pod from starting
    for (const char* mode_id : {"pod.image.not-found", "pod.pending.taint", "pod.config.configmap-missing"}) {
        CHECK(has(with(mode_id, web, 2).refusal(id), "would not be replaced"));
        CHECK(with(mode_id, web, 0).step(id).action_id == id);  // nothing serves, nothing is lost
        CHECK(with(mode_id, meta("apps/v1", "Deployment", "shop", "api").ref(), 2).step(id).action_id == id);
    }
    CHECK(has(with("quota.exhausted", quota, 2).refusal(id), "would not be replaced"));
    CHECK(with("quota.exhausted", quota, 0).step(id).action_id == id);
    CHECK(with("pod.crashloop.oom", web, 2).step(id).action_id == id);
}

TEST_CASE("one container, of a Deployment that is not paused") {
    auto two = too_small();
    two.live(two.facts.deployments[0].meta)["spec"]["template"]["spec"]["containers"].push_back({{"name", "log"}});
    CHECK(two.plan(id).steps.size() == 1);  // the finding names it
    two.findings[0].root.container.clear();
    CHECK(has(two.refusal(id), "which container is meant is not clear"));
    CHECK(two.plan(id, {{"container", "web"}}).steps.size() == 1);
    auto paused = too_small();
    paused.live(paused.facts.deployments[0].meta)["spec"]["paused"] = true;
    CHECK(has(paused.refusal(id), "is paused"));
    auto vertical = too_small();
    vertical.pod_of("web", "web-1", "x", "").meta.annotations["vpaObservedContainers"] = "web";
    CHECK(has(vertical.refusal(id), "a VerticalPodAutoscaler sets its requests"));
    auto unread = too_small();
    unread.lives.clear();
    CHECK(has(unread.refusal(id), "could not be read"));
}
