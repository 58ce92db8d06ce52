#include "action_builders.hpp"

using namespace salve;
using namespace salve::test;

namespace {

const std::string id = "probe.relax";
const std::string at = "/spec/template/spec/containers/0";

Shop strict(json probe = {{"periodSeconds", 5}, {"failureThreshold", 3}},
            const char* mode_id = "pod.crashloop.liveness", const char* kind = "livenessProbe") {
    Shop shop;
    auto& web = shop.running("web", 2, {{"template", template_json({{kind, std::move(probe)}})}});
    shop.found(mode_id, web.meta.ref(), "web").actions = {id};
    return shop;
}

}  // namespace

TEST_CASE("three times as many failures are allowed") {
    auto shop = strict();
    const auto made = shop.plan();
    REQUIRE(made.steps.size() == 1);
    const auto& step = made.steps[0];
    CHECK(step.description ==
          "Give the livenessProbe of container web of Deployment web more time: failureThreshold from 3 to 9.");
    CHECK(step.request.patch ==
          patch_of("web", {op("test", at + "/name", "web"), op("test", at + "/livenessProbe/failureThreshold", 3),
                           op("replace", at + "/livenessProbe/failureThreshold", 9)}));
    CHECK(step.inverse.request->patch ==
          json::array({op("test", "/metadata/uid", "uid-web"), op("test", at + "/name", "web"),
                       op("test", at + "/livenessProbe/failureThreshold", 9),
                       op("replace", at + "/livenessProbe/failureThreshold", 3)}));
    CHECK(step.risk == plan::Risk::medium);
}

TEST_CASE("a probe that runs into its timeout gets a longer one; what is not there has the default") {
    auto shop = strict();
    shop.findings[0].evidence = {evidence_of("Liveness probe failed: context deadline exceeded")};
    CHECK(shop.step(id).request.patch ==
          patch_of("web", {op("test", at + "/name", "web"), op("add", at + "/livenessProbe/timeoutSeconds", 3)}));
}

TEST_CASE("the probe that the finding is about") {
    CHECK(has(strict({{"failureThreshold", 3}}, "pod.notready.readiness", "readinessProbe").step(id).description,
              "readinessProbe"));
    CHECK(has(strict({{"failureThreshold", 3}}, "pod.crashloop.startup-probe", "startupProbe").step(id).description,
              "startupProbe"));
    CHECK(has(strict({{"failureThreshold", 3}}, "pod.notready.readiness").refusal(id), "has no readinessProbe"));
}

TEST_CASE("each number at most three times the old one, and never less") {
    CHECK(strict().plan(id, {{"periodSeconds", "15"}}).steps.size() == 1);
    CHECK(has(strict().refusal(id, {{"periodSeconds", "16"}}), "more than three times the present 5"));
    CHECK(has(strict().refusal(id, {{"failureThreshold", "10"}}), "more than three times"));
    CHECK(has(strict().refusal(id, {{"timeoutSeconds", "4"}}), "more than three times the present 1"));
    CHECK(has(strict().refusal(id, {{"periodSeconds", "5"}}), "no more than the present 5"));
    CHECK(has(strict().refusal(id, {{"periodSeconds", "4"}}), "no more than the present 5"));
    CHECK(strict().step(id, {{"initialDelaySeconds", "30"}}).changes[0].to == 30);
    for (const char* bad : {"0", "-1", "3601", "1e2", "5s", "99999999999999999999"})
        CHECK(has(strict().usage_error(id, {{"periodSeconds", bad}}), "is not valid"));
    CHECK(has(strict().refusal(id, {{"periodSeconds", "6"}, {"failureThreshold", "10"}}), "more than three times"));
}

TEST_CASE("numbers without bounds do not get around them") {
    for (const auto old : {std::numeric_limits<std::int64_t>::max(), std::int64_t{3600}})
        CHECK(has(strict({{"failureThreshold", old}}).refusal(id), "no more than the present"));
    CHECK(strict({{"failureThreshold", 2000}}).step(id).changes[0].to == 3600);
    CHECK(has(strict({{"failureThreshold", std::numeric_limits<std::int64_t>::min()}}).refusal(id), "no more than"));
}

TEST_CASE("pods that serve are not given up where new ones would not come up") {
    auto shop = strict();
    shop.facts.deployments[0].ready = 1;
    CHECK(shop.step(id).action_id == id);  // that pods are killed does not keep new ones from starting
    shop.found("pod.image.not-found", shop.facts.deployments[0].meta.ref()).caused_by = "elsewhere";
    CHECK(has(shop.refusal(id), "would not be replaced"));
    shop.facts.deployments[0].ready = 0;
    CHECK(shop.step(id).action_id == id);
}

TEST_CASE("not while paused") {
    auto paused = strict();
    paused.live(paused.facts.deployments[0].meta)["spec"]["paused"] = true;
    CHECK(has(paused.refusal(id), "is paused"));
}
