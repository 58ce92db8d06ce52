// Steps as the actions make them agree with their requests (every test of an action asks that); here they are changed.
#include "plan/step_agrees.hpp"

#include <functional>

#include "action_builders.hpp"

using namespace salve;
using namespace salve::test;
using plan::Step;

namespace {

std::string differs(Step step, const std::function<void(Step&)>& change) {
    change(step);
    return plan::disagreement(step, "r1").value_or("");
}

Step eviction() {
    Shop shop;
    auto& web = shop.running("web", 4);
    for (const char* name : {"web-1", "web-2", "web-3"}) shop.ready_pod("web", name);
    auto& bad = shop.unready_pod("web", "web-4");
    shop.found("pod.notready.readiness", web.meta.ref(), "web").affected = {{bad.meta.ref(), "web"}};
    return shop.step("pod.evict");
}

// A request is made where there is none, so that a map is made first.
Step raised() {
    Shop shop;
    auto& web = shop.running("web", 1, {{"template", template_json({{"resources", {{"limits", {{"cpu", "5"}}}}}})}});
    web.ready = 0;
    shop.ready_node("node-1", "4", "8Gi");
    shop.found("pod.pending.insufficient-cpu", web.meta.ref());
    return shop.step("resources.set", {{"cpu", "1"}});
}

}  // namespace

TEST_CASE("a step agrees with its request") {
    CHECK(differs(eviction(), [](Step&) {}).empty());
    CHECK(differs(raised(), [](Step&) {}).empty());
}

TEST_CASE("the pod that goes is the one that is shown, under the uid that is shown") {
    const auto made = eviction();
    CHECK(differs(made, [](Step& one) { one.preconditions.uid = "u"; }) == "preconditions");
    CHECK(differs(made, [](Step& one) { one.preconditions.generation = 1; }) == "preconditions");
    CHECK(differs(made, [](Step& one) { one.preconditions.tests = {{"/a", 1, nullptr}}; }) == "preconditions");
    CHECK(differs(made, [](Step& one) { one.request.uid = "u"; }) == "preconditions");
    CHECK(differs(made, [](Step& one) { one.target.object.uid = "u"; }) == "preconditions");
    CHECK(differs(made, [](Step& one) { one.changes[0].from = "pod web-1"; }) == "changes");
    CHECK(differs(made, [](Step& one) { one.changes.clear(); }) == "changes");
    CHECK(differs(made, [](Step& one) { one.request.name = "web-1"; }) == "changes");
    CHECK(differs(made, [](Step& one) { one.inverse.request = one.request; }) == "inverse");
}

TEST_CASE("a map that is made first is no change, unless nothing is put into it") {
    const auto made = raised();
    const std::string requests = "/spec/template/spec/containers/0/resources/requests";
    const auto at = std::find_if(made.request.patch.begin(), made.request.patch.end(),
                                 [&](const json& one) { return one["path"] == requests; });
    REQUIRE(at != made.request.patch.end());
    const auto place = static_cast<std::size_t>(at - made.request.patch.begin());
    CHECK(made.changes == std::vector<plan::Change>{{requests + "/cpu", nullptr, "1"}});
    CHECK(differs(made, [&](Step& one) { one.request.patch[place]["value"] = {{"memory", "1Gi"}}; }) == "changes");
    CHECK(differs(made, [&](Step& one) { one.request.patch[place]["path"] = "/spec/strategy"; }) == "changes");
    CHECK(differs(made, [&](Step& one) { std::swap(one.request.patch[place], one.request.patch[place + 1]); }) ==
          "changes");
    // Shown as a change it is one, like any other.
    CHECK(differs(made, [&](Step& one) {
              one.request.patch[place]["path"] = "/spec/strategy";
              one.changes.insert(one.changes.begin(), {"/spec/strategy", nullptr, json::object()});
              one.inverse.request.reset();
          }).empty());
}

TEST_CASE("the way back is that of the changes") {
    const auto made = raised();
    CHECK(differs(made, [](Step& one) { one.inverse.request->name = "api"; }) == "inverse");
    CHECK(differs(made, [](Step& one) { one.inverse.request->patch.erase(0); }) == "inverse");
    CHECK(differs(made, [](Step& one) { one.inverse.request.reset(); }).empty());
}
