#include "action_builders.hpp"

using namespace salve;
using namespace salve::test;
using salve::plan::Risk;

namespace {

const std::string id = "scale.set";

Shop sized(std::int64_t replicas = 5) {
    Shop shop;
    auto& web = shop.running("web", 5);
    shop.live(web.meta)["spec"]["replicas"] = replicas;
    shop.found("deploy.scaled-to-zero", web.meta.ref()).suggested = {};
    return shop;
}

}  // namespace

TEST_CASE("scaled up, with the old number tested and put back") {
    const auto step = sized().step(id, {{"replicas", "8"}});
    CHECK(step.description == "Scale Deployment web from 5 to 8 replicas.");
    CHECK(step.request.patch == patch_of("web", {op("test", "/spec/replicas", 5), op("replace", "/spec/replicas", 8)}));
    CHECK(step.inverse.request->patch ==
          json::array({op("test", "/metadata/uid", "uid-web"), op("test", "/spec/replicas", 8),
                       op("replace", "/spec/replicas", 5)}));
    CHECK(step.preconditions.tests == std::vector<plan::Change>{{"/spec/replicas", 5, nullptr}});
    CHECK(step.risk == Risk::low);
    CHECK(sized().step(id, {{"replicas", "4"}}).risk == Risk::high);
}

TEST_CASE("the number that the facts give is taken, else none") {
    auto shop = sized(0);
    shop.findings[0].suggested["replicas"] = "3";
    CHECK(shop.step(id).request.patch[3]["value"] == 3);
    CHECK(has(sized().refusal(id), "how many replicas are right is not known"));
}

TEST_CASE("never to zero, never more than ten at once, never beyond a hundred") {
    for (const char* bad : {"0", "-1", "101", "1e1", "5.0", "+6", "99999999999999999999", "", " 6"})
        CHECK(has(sized().usage_error(id, {{"replicas", bad}}), "is not valid"));
    CHECK(sized().plan(id, {{"replicas", "15"}}).steps.size() == 1);
    CHECK(has(sized().refusal(id, {{"replicas", "16"}}), "more than 10 at once"));
    CHECK(has(sized(40).refusal(id, {{"replicas", "29"}}), "more than 10 at once"));
    CHECK(has(sized().refusal(id, {{"replicas", "5"}}), "has 5 already"));
    auto suggested = sized();
    suggested.findings[0].suggested["replicas"] = "0";
    CHECK(has(suggested.refusal(id), "beyond 1 to 100"));
    CHECK(has(sized(std::numeric_limits<std::int64_t>::min()).refusal(id, {{"replicas", "5"}}), "could not be read"));
    CHECK(has(sized(std::numeric_limits<std::int64_t>::max()).refusal(id, {{"replicas", "5"}}), "could not be read"));
}

TEST_CASE("never where an autoscaler decides, or might") {
    auto shop = sized();
    shop.scaler("web-scaler", "web", 10);
    CHECK(has(shop.refusal(id, {{"replicas", "6"}}), "autoscaler web-scaler sets its replicas"));
    auto other = sized();
    other.scaler("db-scaler", "db", 10);
    CHECK(other.plan(id, {{"replicas", "6"}}).steps.size() == 1);
    auto unread = sized();
    unread.unread(kube::Resource::horizontalpodautoscalers);
    CHECK(has(unread.refusal(id, {{"replicas", "6"}}), "could not be read"));
}

TEST_CASE("up to what the quota leaves, to the last pod") {
    auto shop = sized();
    shop.quota("pods", "7", "10");
    CHECK(shop.plan(id, {{"replicas", "8"}}).steps.size() == 1);
    CHECK(has(shop.refusal(id, {{"replicas", "9"}}), "quota quota-0 has no room"));
    shop.facts.quotas[0].used["pods"] = "12";  // more than it may: the quota was lowered
    CHECK(has(shop.refusal(id, {{"replicas", "6"}}), "no room"));
    CHECK(shop.plan(id, {{"replicas", "4"}}).steps.size() == 1);
    shop.unread(kube::Resource::resourcequotas);
    CHECK(has(shop.refusal(id, {{"replicas", "6"}}), "could not be read"));
}

TEST_CASE("replicas do not wait for a resume") {
    auto shop = sized();
    shop.live(shop.facts.deployments[0].meta)["spec"]["paused"] = true;
    CHECK(shop.plan(id, {{"replicas", "6"}}).steps.size() == 1);
}
