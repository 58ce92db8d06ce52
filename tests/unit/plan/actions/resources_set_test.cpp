#include "action_builders.hpp"

using namespace salve;
using namespace salve::test;

namespace {

const std::string id = "resources.set";
const std::string at = "/spec/template/spec/containers/0";

// "web" requests more CPU than the one node of 4 cores and 8Gi has, of which `used` cores are taken.
Shop too_large(const std::string& request, const std::string& used = "1", int desired = 1, json resources = nullptr,
               const char* resource = "cpu") {
    Shop shop;
    if (resources.is_null()) resources = {{"requests", {{resource, request}}}};
    auto& web = shop.running("web", desired, {{"template", template_json({{"resources", resources}})}});
    web.ready = 0;
    web.pod_template.spec.containers[0].resources.requests = {{resource, request}};
    shop.ready_node("node-1", "4", "8Gi");
    auto& other = shop.bare_pod("other", "x", "");
    runs_now(other);
    other.spec.containers[0].resources.requests = {{resource, used}};
    shop.found(std::string("pod.pending.insufficient-") + resource, web.meta.ref());
    return shop;
}

std::string proposed(Shop shop) {
    const auto made = shop.plan();
    if (made.steps.empty()) return "none: " + base::join(made.manual, "|");
    for (const auto& change : made.steps[0].changes) return change.to.get<std::string>();
    return "";
}

}  // namespace

TEST_CASE("the request that fits is proposed, in plain amounts") {
    auto shop = too_large("5");
    const auto made = shop.plan();
    REQUIRE(made.steps.size() == 1);
    const auto& step = made.steps[0];
    CHECK(step.description ==
          "Lower the request of container web of Deployment web: cpu from 5 to 3; its limits stay.");
    CHECK(step.request.patch ==
          patch_of("web", {op("test", at + "/name", "web"), op("test", at + "/resources/requests/cpu", "5"),
                           op("replace", at + "/resources/requests/cpu", "3")}));
    CHECK(step.inverse.request->patch ==
          json::array({op("test", "/metadata/uid", "uid-web"), op("test", at + "/name", "web"),
                       op("test", at + "/resources/requests/cpu", "3"),
                       op("replace", at + "/resources/requests/cpu", "5")}));
    CHECK(step.risk == plan::Risk::medium);
    CHECK(proposed(too_large("4100m", "1250m")) == "2500m");  // 2750m are free
    CHECK(proposed(too_large("5", "0", 1)) == "3500m");       // never the whole node
    CHECK(proposed(too_large("6Gi", "4Gi", 1, nullptr, "memory")) == "4Gi");
    CHECK(proposed(too_large("6Gi", "4300Mi", 1, nullptr, "memory")) == "3840Mi");
}

TEST_CASE("less than half is for its owner to say, and so is what the facts do not show") {
    CHECK(proposed(too_large("6", "1")) == "3");
    CHECK(has(proposed(too_large("6001m", "1")), "only you know how little"));
    CHECK(has(proposed(too_large("5", "1", 2)), "only you know how little"));  // the second pod has no place
    auto pods = too_large("5");
    pods.unread(kube::Resource::pods);
    CHECK(has(proposed(pods), "only you know how little"));
    auto nodes = too_large("5");
    nodes.unread(kube::Resource::nodes);
    CHECK(has(proposed(nodes), "only you know how little"));
    auto tied = too_large("5");
    tied.facts.deployments[0].pod_template.spec.pod_anti_affinity.push_back({});
    CHECK(has(proposed(tied), "only you know how little"));
    auto closed = too_large("5");
    closed.facts.nodes[0].taints = {{"team", "x", "NoSchedule"}};
    CHECK(has(proposed(closed), "only you know how little"));
    closed.facts.deployments[0].pod_template.spec.tolerations = {{"team", "Exists", "", ""}};
    CHECK(proposed(closed) == "3");
    auto cordoned = too_large("5");
    cordoned.facts.nodes[0].unschedulable = true;
    CHECK(has(proposed(cordoned), "only you know how little"));
    auto memory = too_large("5");  // room for the CPU, none for the memory
    memory.facts.deployments[0].pod_template.spec.containers[0].resources.requests["memory"] = "9Gi";
    CHECK(has(proposed(memory), "only you know how little"));
}

TEST_CASE("a value that was given is lower, within the limit and possible") {
    const auto limited = [] {
        return too_large("5", "1", 1, json{{"requests", {{"cpu", "5"}}}, {"limits", {{"cpu", "5"}}}});
    };
    CHECK(limited().step(id, {{"cpu", "1500m"}}).changes[0].to == "1500m");
    CHECK(has(limited().step(id, {{"cpu", "1"}}).risk_reasons, "request and limit differ"));
    CHECK(has(limited().refusal(id, {{"cpu", "5"}}), "not less than the present request 5"));
    CHECK(has(limited().refusal(id, {{"cpu", "5000m"}}), "not less"));
}

TEST_CASE("what is no quantity, or no whole one, is refused") {
    for (const char* bad : {"0", "-1", "1e3Gi", "0.0001", "1 ", "a", "-0", "1,5", "1m1", "5e3m"})
        CHECK(has(too_large("5").usage_error(id, {{"cpu", bad}}), "is no amount of cpu"));
    for (const char* bad : {"0", "-1Gi", "100m", "1e3Gi", "0.5"})
        CHECK(has(too_large("5").usage_error(id, {{"memory", bad}}), "is no amount of memory"));
    CHECK(has(too_large("5").refusal(id, {{"memory", "1Gi"}}), "requests no memory"));
    CHECK(has(too_large("5").refusal(id, {{"cpu", "99999999999999999999"}}), "not less"));
}

TEST_CASE("a container that names a limit only requests as much; its limit stays") {
    auto shop = too_large("5", "1", 1, json{{"limits", {{"cpu", "5"}, {"memory", "4Gi"}}}});
    const auto step = shop.step(id, {{"cpu", "2"}, {"memory", "1Gi"}});
    const auto after = shop.live(shop.facts.deployments[0].meta).patch(step.request.patch);
    CHECK(after["spec"]["template"]["spec"]["containers"][0]["resources"] ==
          json({{"limits", {{"cpu", "5"}, {"memory", "4Gi"}}}, {"requests", {{"cpu", "2"}, {"memory", "1Gi"}}}}));
}

TEST_CASE("not where somebody else sets or bounds it") {
    auto vertical = too_large("5");
    auto& pod = vertical.pod_of("web", "web-1", "x", "");
    pod.meta.annotations["vpaUpdates"] = "Pod resources updated by web";
    CHECK(has(vertical.refusal(id, {{"cpu", "1"}}), "a VerticalPodAutoscaler sets its requests"));
    kube::LimitRange range;
    range.meta = meta("v1", "LimitRange", "shop", "bounds");
    range.items.push_back({"Container", {{"cpu", "2"}}, {}, {}, {}, {}});
    auto least = too_large("5");
    least.facts.limit_ranges = {range};
    CHECK(has(least.refusal(id, {{"cpu", "1999m"}}), "LimitRange bounds demands at least 2 of cpu"));
    CHECK(least.plan(id, {{"cpu", "2"}}).steps.size() == 1);
    auto ratio = too_large("5", "1", 1, json{{"requests", {{"cpu", "5"}}}, {"limits", {{"cpu", "6"}}}});
    range.items[0] = {"Container", {}, {}, {}, {}, {{"cpu", "1.5"}}};
    ratio.facts.limit_ranges = {range};
    ratio.facts.nodes[0].allocatable["cpu"] = "8";
    CHECK(ratio.plan(id, {{"cpu", "4"}}).steps.size() == 1);
    CHECK(has(ratio.refusal(id, {{"cpu", "3999m"}}), "at most 1.5 times the request"));
    auto unread = too_large("5");
    unread.unread(kube::Resource::limitranges);
    CHECK(has(unread.refusal(id, {{"cpu", "1"}}), "could not be read"));
}

TEST_CASE("only for what no node can give, and not while paused") {
    auto other = too_large("5");
    other.findings[0].mode = &mode("pod.pending.taint");
    CHECK(has(other.refusal(id, {{"cpu", "1"}}), "only for pods that no node has enough"));
    auto paused = too_large("5");
    paused.live(paused.facts.deployments[0].meta)["spec"]["paused"] = true;
    CHECK(has(paused.refusal(id), "is paused"));
}

TEST_CASE("that pods find no node for their request is cured; what else keeps new ones away is not") {
    auto shop = too_large("5");
    shop.facts.deployments[0].ready = 1;
    CHECK(shop.step(id).action_id == id);
    const auto web = shop.facts.deployments[0].meta.ref();
    shop.found("pod.pending.taint", web).caused_by = "elsewhere";
    CHECK(has(shop.refusal(id), "would not be replaced"));
    shop.facts.deployments[0].ready = 0;
    CHECK(shop.step(id).action_id == id);
}
