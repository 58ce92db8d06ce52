#include "action_builders.hpp"

using namespace salve;
using namespace salve::test;

namespace {

const std::string id = "note.annotate";
const std::string path = "/metadata/annotations/salve~1incident";

Shop annotated(const json& annotations = nullptr) {
    Shop shop;
    auto& web = shop.running("web");
    if (!annotations.is_null()) shop.live(web.meta)["metadata"]["annotations"] = annotations;
    shop.found("deploy.unavailable", web.meta.ref());
    return shop;
}

}  // namespace

TEST_CASE("a note is an annotation of the object, and can be taken away") {
    auto shop = annotated(json{{"meta.helm.sh/release-name", "web"}});
    const auto made = shop.plan(id, {{"note", "INC-7: see https://wiki/7"}});
    REQUIRE(made.steps.size() == 1);
    const auto& step = made.steps[0];
    CHECK(step.description ==
          "Write the note \"INC-7: see https://wiki/7\" on Deployment web (annotation salve/incident).");
    CHECK(step.request.patch == patch_of("web", {op("add", path, "INC-7: see https://wiki/7")}, true));
    CHECK(step.inverse.request->patch ==
          json::array({op("test", "/metadata/uid", "uid-web"), op("test", path, "INC-7: see https://wiki/7"),
                       op("remove", path)}));
    CHECK(step.risk == plan::Risk::low);
    CHECK(has(made.warnings, "raises the generation of Deployment web"));
}

TEST_CASE("an object without annotations keeps both, the note and the mark") {
    const auto step = annotated().step(id, {{"note", "x"}});
    const auto live = live_deployment("web", {{"replicas", 3}});
    const auto after = live.patch(step.request.patch);
    CHECK(after["metadata"]["annotations"] == json({{"salve/incident", "x"}, {"salve/run", "r1.1"}}));
    CHECK(after["spec"] == live["spec"]);
    CHECK(after.patch(step.inverse.request->patch)["metadata"]["annotations"] == json({{"salve/run", "r1.1"}}));
}

TEST_CASE("an older note is tested and put back") {
    const auto step = annotated(json{{"salve/incident", "old"}}).step(id, {{"note", "new"}});
    CHECK(step.preconditions.tests == std::vector<plan::Change>{{path, "old", nullptr}});
    CHECK(step.inverse.request->patch ==
          json::array({op("test", "/metadata/uid", "uid-web"), op("test", path, "new"), op("replace", path, "old")}));
    CHECK(has(annotated(json{{"salve/incident", "old"}}).refusal(id, {{"note", "old"}}), "stands there already"));
}

TEST_CASE("a note is 1 to 256 printable ASCII characters") {
    CHECK(annotated().plan(id, {{"note", std::string(256, '~')}}).steps.size() == 1);
    for (const auto& bad : {std::string(257, 'x'), std::string("a\nb"), std::string("a\x1b[2J"),
                            std::string("caf\xc3\xa9"), std::string("a\0b", 3), std::string("a\x7f")})
        CHECK(has(annotated().usage_error(id, {{"note", bad}}), "--set note="));
    CHECK(has(annotated().refusal(id), "only you know"));
}

TEST_CASE("a note does not wait for a resume and is not kept from what others manage") {
    auto shop = annotated();
    shop.live(shop.facts.deployments[0].meta)["spec"]["paused"] = true;
    shop.findings[0].managed_by = {"argocd"};
    CHECK(shop.plan(id, {{"note", "x"}}).steps.size() == 1);
}
