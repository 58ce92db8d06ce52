#include "apply/drift.hpp"

#include "action_builders.hpp"

using namespace salve;
using namespace salve::test;

namespace {

// A step that sets the replicas of Deployment "web" from 5 to 8, at generation 3.
plan::Step scale() {
    Shop shop;
    auto& web = shop.running("web", 5);
    shop.found("deploy.scaled-to-zero", web.meta.ref()).suggested = {};
    return shop.step("scale.set", {{"replicas", "8"}});
}

json web() { return live_deployment("web", {{"replicas", 5}}); }

std::string words(const json& object) { return apply::drift(scale(), {true, "", object}).value_or("the same"); }

std::string with(const char* path, json value) {
    auto object = web();
    object[json::json_pointer(path)] = std::move(value);
    return words(object);
}

std::string without(const char* path) {
    auto object = web();
    const json::json_pointer where(path);
    object[where.parent_pointer()].erase(where.back());
    return words(object);
}

}  // namespace

TEST_CASE("the object that the plan was made for is the same") {
    CHECK(words(web()) == "the same");
    // A status moves all the time, and the resourceVersion with it.
    CHECK(with("/metadata/resourceVersion", "99") == "the same");
    CHECK(with("/status", {{"readyReplicas", 0}}) == "the same");
    CHECK(with("/metadata/labels", {{"a", "b"}}) == "the same");
    CHECK(with("/metadata/deletionTimestamp", nullptr) == "the same");
}

TEST_CASE("what cannot be read, is gone, or is another one of that name is not the same") {
    CHECK(*apply::drift(scale(), {false, "it is forbidden", {}}) ==
          "Deployment shop/web cannot be read: it is forbidden");
    CHECK(*apply::drift(scale(), {false, "no", web()}) == "Deployment shop/web cannot be read: no");
    CHECK(words(json()) == "Deployment shop/web is gone");
    for (const json& uid : {json("uid-other"), json(""), json(), json(7)})
        CHECK(with("/metadata/uid", uid) == "Deployment shop/web is another object of the same name now");
    CHECK(without("/metadata/uid") == "Deployment shop/web is another object of the same name now");
    CHECK(without("/metadata") == "Deployment shop/web is another object of the same name now");
    CHECK(with("/metadata/deletionTimestamp", "2026-11-21T08:00:00Z") == "Deployment shop/web is being deleted");
    for (const json& object : {json(7), json("x"), json::array(), json::object()})
        CHECK(words(object) == "Deployment shop/web is another object of the same name now");
}

TEST_CASE("a plan without a uid is for no object") {
    auto step = scale();
    step.preconditions.uid.clear();
    auto object = web();
    CHECK(apply::drift(step, {true, "", object}));
    object["metadata"]["uid"] = "";
    CHECK(apply::drift(step, {true, "", object}));
}

TEST_CASE("a tested field that is not what it was, is told with both values") {
    CHECK(with("/spec/replicas", 6) == "/spec/replicas is 6 now, and the plan was made for 5");
    CHECK(with("/spec/replicas", "5") == "/spec/replicas is \"5\" now, and the plan was made for 5");
    CHECK(with("/spec/replicas", nullptr) == "/spec/replicas is null now, and the plan was made for 5");
    CHECK(without("/spec/replicas") == "/spec/replicas is not there now, and the plan was made for 5");
    const auto long_one = with("/spec/replicas", std::string(500, 'x'));
    CHECK(has(long_one, " is \"" + std::string(76, 'x') + "… now"));
    CHECK(long_one.size() < 200);
    CHECK(has(with("/spec/replicas", "\xff"), "/spec/replicas is "));
}

TEST_CASE("any other change moves the generation") {
    CHECK(with("/metadata/generation", 4) ==
          "Deployment shop/web was changed: it is at generation 4, and the plan was made for 3");
    CHECK(has(with("/metadata/generation", 2), "at generation 2"));
    CHECK(has(with("/metadata/generation", "3"), "at generation \"3\""));
    CHECK(has(without("/metadata/generation"), "at generation not there"));
    // A pod has none: its uid is what counts.
    auto step = scale();
    step.preconditions.generation.reset();
    auto object = web();
    object["metadata"]["generation"] = 9;
    CHECK_FALSE(apply::drift(step, {true, "", object}));
}

TEST_CASE("who wrote it last is told where the object tells it") {
    auto object = web();
    object["spec"]["replicas"] = 6;
    object["metadata"]["managedFields"] = {
        {{"manager", "kubectl"}, {"time", "2026-11-21T08:00:00Z"}},
        {{"manager", "helm"}, {"time", "2026-11-21T09:00:00Z"}},
        {{"manager", "kube-controller-manager"}, {"time", "2026-11-21T10:00:00Z"}, {"subresource", "status"}}};
    CHECK(words(object) ==
          "/spec/replicas is 6 now, and the plan was made for 5, last by helm at 2026-11-21T09:00:00Z");
    object["spec"]["replicas"] = 5;
    object["metadata"]["generation"] = 4;
    CHECK(has(words(object), ", last by helm at 2026-11-21T09:00:00Z"));
    for (const json& value : {json(), json(7), json("x"), json::object(), json::array({7, "x", json()})}) {
        object["metadata"]["managedFields"] = value;
        CHECK(has(words(object), "at generation 4"));
        CHECK_FALSE(has(words(object), "last by"));
    }
}
