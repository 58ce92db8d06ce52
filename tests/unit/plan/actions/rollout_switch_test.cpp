// rollout.pause and rollout.resume.
#include "action_builders.hpp"

using namespace salve;
using namespace salve::test;

namespace {

Shop stale(bool paused) {
    Shop shop;
    auto& web = shop.running("web", 3, paused ? json{{"paused", true}} : json::object());
    web.updated = 1;
    web.ready = 2;
    shop.found(paused ? "deploy.paused" : "deploy.stale-rollout", web.meta.ref());
    return shop;
}

}  // namespace

TEST_CASE("a rollout is paused while older pods serve") {
    const auto step = stale(false).step("rollout.pause");
    CHECK(step.description == "Pause the rollout of Deployment web.");
    CHECK(step.request.patch == patch_of("web", {op("add", "/spec/paused", true)}));
    CHECK(step.inverse.request->patch == json::array({op("test", "/metadata/uid", "uid-web"),
                                                      op("test", "/spec/paused", true), op("remove", "/spec/paused")}));
    CHECK(step.risk == plan::Risk::low);
    CHECK(step.preconditions.generation == 3);
}

TEST_CASE("not paused twice, without a rollout, or when nothing serves") {
    CHECK(has(stale(true).refusal("rollout.pause"), "paused already"));
    auto done = stale(false);
    done.facts.deployments[0].updated = 3;
    CHECK(has(done.refusal("rollout.pause"), "no rollout is going on"));
    auto down = stale(false);
    down.facts.deployments[0].ready = 0;
    CHECK(has(down.refusal("rollout.pause"), "nothing serves"));
    auto explicit_false = stale(false);
    explicit_false.live(explicit_false.facts.deployments[0].meta)["spec"]["paused"] = false;
    CHECK(explicit_false.step("rollout.pause").request.patch ==
          patch_of("web", {op("test", "/spec/paused", false), op("replace", "/spec/paused", true)}));
}

TEST_CASE("a paused rollout is resumed") {
    const auto step = stale(true).step("rollout.resume");
    CHECK(step.description == "Resume the rollout of Deployment web.");
    // Taken away, not set to false: the server keeps no false, and the way back could not test one.
    CHECK(step.request.patch ==
          patch_of("web", {op("test", "/spec/paused", true), {{"op", "remove"}, {"path", "/spec/paused"}}}));
    CHECK(step.inverse.request->patch ==
          json::array({op("test", "/metadata/uid", "uid-web"), op("add", "/spec/paused", true)}));
    CHECK(step.risk >= plan::Risk::medium);
    CHECK(has(stale(false).refusal("rollout.resume"), "not paused"));
    auto refused = stale(true);
    refused.found("webhook.backend-down", meta("v1", "Service", "", "hook").ref());
    CHECK(has(refused.plan("rollout.resume").manual, "would not be replaced"));
}
