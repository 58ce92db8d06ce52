#include "action_builders.hpp"

using namespace salve;
using namespace salve::test;

namespace {

const std::string id = "command.set";
const std::string at = "/spec/template/spec/containers/0";

Shop wrong_command(const json& container = {{"command", {"/bin/old"}}}) {
    Shop shop;
    auto& web = shop.running("web", 2, {{"template", template_json(container)}});
    shop.found("pod.run.command-not-found", web.meta.ref(), "web");
    shop.options.enabled = {id};
    return shop;
}

}  // namespace

TEST_CASE("a command is set to the words that were given") {
    const auto step = wrong_command().step(id, {{"command", R"(["/bin/web","--port=80"])"}});
    CHECK(step.description == R"(Set the command to ["/bin/web","--port=80"] of container web of Deployment web.)");
    CHECK(step.request.patch ==
          patch_of("web", {op("test", at + "/name", "web"), op("test", at + "/command", {"/bin/old"}),
                           op("replace", at + "/command", {"/bin/web", "--port=80"})}));
    CHECK(step.inverse.request->patch ==
          json::array({op("test", "/metadata/uid", "uid-web"), op("test", at + "/name", "web"),
                       op("test", at + "/command", {"/bin/web", "--port=80"}),
                       op("replace", at + "/command", json::array({"/bin/old"}))}));
    CHECK(step.risk == plan::Risk::high);
    CHECK(wrong_command().step(id, {{"args", R"([""])"}}).request.patch ==
          patch_of("web", {op("test", at + "/name", "web"), op("add", at + "/args", json::array({""}))}));
}

TEST_CASE("it is off, and asks for the words") {
    auto off = wrong_command();
    off.options.enabled.clear();
    CHECK(off.plan(id, {{"command", R"(["/x"])"}}).steps.empty());
    CHECK(has(off.plan(id, {{"command", R"(["/x"])"}}).manual, "command.set is off"));
    CHECK(has(wrong_command().refusal(id), "only you know"));
    CHECK(has(wrong_command().refusal(id, {{"container", "web"}}), "it needs --set command=JSON"));
    CHECK(has(wrong_command().refusal(id, {{"command", R"(["/bin/old"])"}}), "has these words already"));
}

TEST_CASE("what is no list of words is refused") {
    std::string many = "[\"a\"";
    for (int i = 0; i < 64; ++i) many += ",\"a\"";
    for (const auto& bad : {std::string("/bin/web"), std::string("[]"), std::string("[1]"), std::string("[\"a\",[]]"),
                            std::string("{\"a\":\"b\"}"), std::string("[\"\"]"), std::string("[\"a\\u0000b\"]"),
                            std::string("[\"a\\u001b[2J\"]"), std::string("[\"a\"] x"), std::string("[\"\xff\"]"),
                            many + "]", "[\"" + std::string(5000, 'a') + "\"]", std::string(5000, '[')})
        CHECK(has(wrong_command().usage_error(id, {{"command", bad}}), "--set command="));
}

TEST_CASE("secrets are neither written nor tested") {
    CHECK(has(wrong_command().refusal(id, {{"args", R"(["--token","abcdefgh12345678"])"}}), "seems to hold a secret"));
    auto redacted = wrong_command({{"command", {"/bin/old", "<redacted:flag#0a1b>"}}});
    CHECK(has(redacted.refusal(id, {{"command", R"(["/bin/web"])"}}), "may be secret"));
}

TEST_CASE("not of a container that is not there, nor while paused") {
    CHECK(has(wrong_command().refusal(id, {{"command", R"(["/x"])"}, {"container", "db"}}), "not clear"));
    auto paused = wrong_command();
    paused.live(paused.facts.deployments[0].meta)["spec"]["paused"] = true;
    CHECK(has(paused.refusal(id, {{"command", R"(["/x"])"}}), "is paused"));
}
