#include "action_builders.hpp"

using namespace salve;
using namespace salve::test;

namespace {

const std::string id = "image.set";
const std::string at = "/spec/template/spec/containers/0";

Shop wrong_image() {
    Shop shop;
    auto& web = shop.running("web");
    shop.found("pod.image.not-found", web.meta.ref(), "web");
    return shop;
}

}  // namespace

TEST_CASE("the image that was named is set, the old one is tested") {
    const auto step = wrong_image().step(id, {{"image", "registry.example:5000/shop/web:2"}});
    CHECK(step.description == "Set the image of container web of Deployment web to registry.example:5000/shop/web:2.");
    CHECK(step.request.patch ==
          patch_of("web", {op("test", at + "/name", "web"), op("test", at + "/image", "registry.example/web:1"),
                           op("replace", at + "/image", "registry.example:5000/shop/web:2")}));
    CHECK(step.inverse.request->patch ==
          json::array({op("test", "/metadata/uid", "uid-web"), op("test", at + "/name", "web"),
                       op("test", at + "/image", "registry.example:5000/shop/web:2"),
                       op("replace", at + "/image", "registry.example/web:1")}));
    CHECK(step.risk == plan::Risk::high);
    const auto digest = "web@sha256:" + std::string(64, 'a');
    CHECK(wrong_image().step(id, {{"image", digest}}).changes[0].to == digest);
}

TEST_CASE("an image is never guessed, and has to be a reference") {
    CHECK(has(wrong_image().refusal(id), "only you know the right value"));
    CHECK(has(wrong_image().refusal(id, {{"image", "registry.example/web:1"}}), "has that image already"));
    for (const auto& bad :
         {std::string("web:"), std::string("Web:1"), std::string("web:1 --privileged"), std::string("-web"),
          std::string("web@sha256:abc"), std::string("web:1\n"), std::string("http://registry/web"),
          std::string(513, 'a'), std::string("web:" + std::string(129, 'a')), std::string("<redacted:text#0a1b>")})
        CHECK(has(wrong_image().usage_error(id, {{"image", bad}}), "is no image reference"));
}

TEST_CASE("for one container, of what is not paused and not kept elsewhere") {
    const Values good{{"image", "web:2"}};
    auto two = wrong_image();
    two.live(two.facts.deployments[0].meta)["spec"]["template"]["spec"]["containers"].push_back(
        {{"name", "log"}, {"image", "log:1"}});
    CHECK(two.step(id, {{"image", "log:2"}, {"container", "log"}}).changes[0].path ==
          "/spec/template/spec/containers/1/image");
    CHECK(has(two.refusal(id, {{"image", "log:2"}, {"container", "none"}}), "not clear"));
    auto paused = wrong_image();
    paused.live(paused.facts.deployments[0].meta)["spec"]["paused"] = true;
    CHECK(has(paused.refusal(id, good), "is paused"));
    auto going = wrong_image();
    going.live(going.facts.deployments[0].meta)["metadata"]["deletionTimestamp"] = "2026-09-21T14:13:20Z";
    CHECK(has(going.refusal(id, good), "is being deleted"));
    auto anew = wrong_image();
    anew.live(anew.facts.deployments[0].meta)["metadata"]["uid"] = "uid-new";
    CHECK(has(anew.refusal(id, good), "made anew"));
    auto flux = wrong_image();
    flux.findings[0].managed_by = {"flux:web"};
    CHECK(has(flux.plan(id, good).manual, "flux:web would put the change back"));
    CHECK(has(wrong_image().usage_error(id, {{"tag", "2"}}), "has no value"));
}
