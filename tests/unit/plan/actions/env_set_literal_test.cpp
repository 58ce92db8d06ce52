#include "action_builders.hpp"

using namespace salve;
using namespace salve::test;

namespace {

const std::string id = "env.set-literal";
const std::string at = "/spec/template/spec/containers/0";

Shop wrong_value() {
    Shop shop;
    const json env = {{{"name", "DB_PASSWORD"}, {"value", "<redacted:env#0a1b>"}},
                      {{"name", "DB_HOST"}, {"value", "db.wrong"}},
                      {{"name", "CACHE_HOST"}, {"valueFrom", {{"configMapKeyRef", {{"name", "c"}, {"key", "k"}}}}}},
                      {{"name", "TWICE_PORT"}, {"value", "1"}},
                      {{"name", "TWICE_PORT"}, {"value", "2"}},
                      {{"name", "API_URL"}, {"value", "http://<redacted:userinfo#0a1b>@api"}}};
    auto& web = shop.running("web", 2, {{"template", template_json({{"env", env}})}});
    shop.found("pod.crashloop.dependency", web.meta.ref(), "web");
    shop.options.enabled = {id};
    return shop;
}

}  // namespace

TEST_CASE("a literal is set, its name and old value are tested") {
    const auto step = wrong_value().step(id, {{"name", "DB_HOST"}, {"value", "db.shop"}});
    CHECK(step.description ==
          "Set variable DB_HOST of container web of Deployment web from \"db.wrong\" to \"db.shop\".");
    CHECK(
        step.request.patch ==
        patch_of("web", {op("test", at + "/name", "web"), op("test", at + "/env/1/name", "DB_HOST"),
                         op("test", at + "/env/1/value", "db.wrong"), op("replace", at + "/env/1/value", "db.shop")}));
    CHECK(step.inverse.request->patch ==
          json::array({op("test", "/metadata/uid", "uid-web"), op("test", at + "/name", "web"),
                       op("test", at + "/env/1/name", "DB_HOST"), op("test", at + "/env/1/value", "db.shop"),
                       op("replace", at + "/env/1/value", "db.wrong")}));
    CHECK(step.risk == plan::Risk::high);
}

TEST_CASE("it is off, and asks for name and value") {
    auto off = wrong_value();
    off.options.enabled.clear();
    CHECK(has(off.plan(id, {{"name", "DB_HOST"}, {"value", "x"}}).manual, "env.set-literal is off"));
    CHECK(has(wrong_value().refusal(id), "only you know"));
    CHECK(has(wrong_value().refusal(id, {{"name", "DB_HOST"}}), "it needs"));
}

TEST_CASE("only an existing literal whose value may be shown") {
    const auto refusal = [](const std::string& name, const std::string& value = "x") {
        return wrong_value().refusal(id, {{"name", name}, {"value", value}});
    };
    CHECK(has(refusal("DB_PASSWORD"), "may be secret"));
    CHECK(has(refusal("WHATEVER"), "may be secret"));
    CHECK(has(refusal("OTHER_HOST"), "has no variable OTHER_HOST"));
    CHECK(has(refusal("CACHE_HOST"), "comes from another object"));
    CHECK(has(refusal("TWICE_PORT"), "stands there twice"));
    CHECK(has(refusal("DB_HOST", "db.wrong"), "has that value already"));
    CHECK(has(refusal("API_URL", "http://api"), "may be secret"));  // the old value is not known
    CHECK(has(refusal("DB_HOST", "postgres://me:s3cretpass@db"), "seems to hold a secret"));
}

TEST_CASE("a value is printable and literal") {
    for (const auto& bad :
         {std::string("$(DB_PASSWORD)"), std::string("a\nb"), std::string(1025, 'x'), std::string("\xc3\xa9")})
        CHECK(has(wrong_value().usage_error(id, {{"name", "DB_HOST"}, {"value", bad}}), "--set value="));
    CHECK(wrong_value().plan(id, {{"name", "DB_HOST"}, {"value", std::string(1024, '-')}}).steps.size() == 1);
}
