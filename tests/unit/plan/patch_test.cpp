#include "plan/patch.hpp"

#include <doctest/doctest.h>

#include <functional>

using namespace salve;
using namespace salve::plan;

namespace {

json deployment() {
    return json::parse(R"({
        "kind": "Deployment",
        "metadata": {"name": "web", "uid": "u-1", "generation": 7, "annotations": {"a/b": "x"}},
        "spec": {"replicas": 3, "template": {"spec": {"containers": [
            {"name": "web", "image": "web:2", "env": [{"name": "LEVEL", "value": "info"}]},
            {"name": "log", "image": "log:1"}]}}}})");
}

bool applies(const json& object, const json& body) {
    try {
        object.patch(body);
        return true;
    } catch (const json::exception&) {
        return false;
    }
}

json without_mark(json object) {
    object["metadata"]["annotations"].erase(std::string(marker));
    return object;
}

const char* const image = "/spec/template/spec/containers/0/image";

}  // namespace

TEST_CASE("a step of a pointer is escaped") {
    CHECK(pointer("/a", "b/c") == "/a/b~1c");
    CHECK(pointer("", "m~n") == "/m~0n");
    CHECK(pointer("/a", "~1") == "/a/~01");
    CHECK(pointer("/a", "") == "/a/");
    const json object = {{"a", {{"b/c~d", 1}}}};
    CHECK(*value_at(object, pointer("/a", "b/c~d")) == 1);
}

TEST_CASE("a value at a path, or null") {
    const auto object = deployment();
    CHECK(*value_at(object, image) == "web:2");
    CHECK(value_at(object, "") == &object);
    for (const char* path : {"/spec/x", "/spec/replicas/x", "/spec/template/spec/containers/2",
                             "/spec/template/spec/containers/x", "/spec/template/spec/containers/-", "/x/y"}) {
        CAPTURE(path);
        CHECK(value_at(object, path) == nullptr);
    }
}

TEST_CASE("a redaction tag is found wherever it stands") {
    CHECK(is_redacted("<redacted:env#a1b2>"));
    CHECK(is_redacted(json::parse(R"({"a": [1, {"b": "x <redacted:token#0000> y"}]})")));
    CHECK_FALSE(is_redacted(json::parse(R"({"a": ["redacted", 1, null, "<redacted>"]})")));
    auto object = deployment();
    object["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"] = "<redacted:env#a1b2>";
    CHECK_FALSE(Patch(object).put("/spec/replicas", 4).touches_redacted());
    CHECK(Patch(object).put("/spec/template/spec/containers/0/env/0/value", "debug").touches_redacted());
    CHECK(Patch(object).hold("/spec/template/spec/containers/0/env").touches_redacted());
    CHECK(Patch(deployment()).put(image, "<redacted:url#a1b2>").touches_redacted());
}

TEST_CASE("the body: tests first, then the changes, then the mark") {
    const auto object = deployment();
    Patch patch(object);
    patch.hold_name("/spec/template/spec/containers/0").put(image, "web:1").put("/spec/paused", true);
    patch.remove("/spec/replicas").mark("r-9", 2);
    CHECK(patch.body() == json::parse(R"([
        {"op": "test", "path": "/metadata/uid", "value": "u-1"},
        {"op": "test", "path": "/metadata/generation", "value": 7},
        {"op": "test", "path": "/spec/template/spec/containers/0/name", "value": "web"},
        {"op": "test", "path": "/spec/template/spec/containers/0/image", "value": "web:2"},
        {"op": "test", "path": "/spec/replicas", "value": 3},
        {"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "web:1"},
        {"op": "add", "path": "/spec/paused", "value": true},
        {"op": "remove", "path": "/spec/replicas"},
        {"op": "add", "path": "/metadata/annotations/salve~1run", "value": "r-9.2"}])"));
    CHECK(patch.changes() == std::vector<Change>{{image, "web:2", "web:1"},
                                                 {"/spec/paused", nullptr, true},
                                                 {"/spec/replicas", 3, nullptr}});
    CHECK(patch.inverse_body() == json::parse(R"([
        {"op": "test", "path": "/metadata/uid", "value": "u-1"},
        {"op": "test", "path": "/spec/template/spec/containers/0/name", "value": "web"},
        {"op": "add", "path": "/spec/replicas", "value": 3},
        {"op": "test", "path": "/spec/paused", "value": true},
        {"op": "remove", "path": "/spec/paused"},
        {"op": "test", "path": "/spec/template/spec/containers/0/image", "value": "web:1"},
        {"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "web:2"}])"));
    const auto held = patch.preconditions();
    CHECK(held.uid == "u-1");
    CHECK(held.generation == 7);
    CHECK(held.tests == std::vector<Change>{{"/spec/template/spec/containers/0/name", "web", nullptr},
                                            {image, "web:2", nullptr},
                                            {"/spec/replicas", 3, nullptr}});
}

TEST_CASE("an object without a generation or annotations") {
    const json bare = {{"metadata", {{"uid", "u"}}}, {"spec", {{"a", 1}}}};
    Patch patch(bare);
    patch.put("/spec/a", 2).mark("r", 1);
    CHECK(patch.body() == json::parse(R"([
        {"op": "test", "path": "/metadata/uid", "value": "u"}, {"op": "test", "path": "/spec/a", "value": 1},
        {"op": "replace", "path": "/spec/a", "value": 2},
        {"op": "add", "path": "/metadata/annotations", "value": {"salve/run": "r.1"}}])"));
    CHECK_FALSE(patch.preconditions().generation);
    CHECK(Patch(json::object()).body().empty());
    CHECK(Patch(json::object()).preconditions().uid.empty());
}

TEST_CASE("what is not there cannot be tested or removed, and is tested once only") {
    const auto object = deployment();
    Patch patch(object);
    patch.hold("/spec/x").remove("/spec/x").hold("/spec/replicas").hold("/spec/replicas").put("/spec/replicas", 4);
    CHECK(patch.changes().size() == 1);
    CHECK(patch.body().size() == 4);
}

TEST_CASE("put_deep makes the maps above, and the inverse takes them away again") {
    const auto object = deployment();
    Patch patch(object);
    patch.put_deep("/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt", "now").mark("r", 1);
    CHECK(patch.changes() ==
          std::vector<Change>{
              {"/spec/template/metadata", nullptr, {{"annotations", {{"kubectl.kubernetes.io/restartedAt", "now"}}}}}});
    const auto changed = object.patch(patch.body());
    CHECK(changed["spec"]["template"]["metadata"]["annotations"]["kubectl.kubernetes.io/restartedAt"] == "now");
    CHECK(without_mark(changed.patch(patch.inverse_body())) == object);
    Patch shallow(object);
    shallow.put_deep("/metadata/annotations/a~1b", "y");
    CHECK(shallow.changes() == std::vector<Change>{{"/metadata/annotations/a~1b", "x", "y"}});
}

TEST_CASE("a change of a name comes back, and the names of containers are held on the way back") {
    auto object = deployment();
    Patch patch(object);
    patch.hold_name("/spec/template/spec/containers/0").put("/spec/template/spec/containers/0/env/0/name", "DEBUG");
    const auto changed = object.patch(patch.body());
    CHECK(changed["spec"]["template"]["spec"]["containers"][0]["env"][0]["name"] == "DEBUG");
    REQUIRE(applies(changed, patch.inverse_body()));
    CHECK(changed.patch(patch.inverse_body()) == object);
    auto moved = changed;
    std::swap(moved["spec"]["template"]["spec"]["containers"][0], moved["spec"]["template"]["spec"]["containers"][1]);
    CHECK_FALSE(applies(moved, patch.inverse_body()));
}

TEST_CASE("a container that is taken away or put whole comes back") {
    const auto object = deployment();
    Patch removed(object);
    removed.hold_name("/spec/template/spec/containers/1").remove("/spec/template/spec/containers/1");
    auto changed = object.patch(removed.body());
    REQUIRE(applies(changed, removed.inverse_body()));
    CHECK(changed.patch(removed.inverse_body()) == object);
    Patch whole(object);
    whole.hold_name("/spec/template/spec/containers/0").put("/spec/template/spec", {{"containers", json::array()}});
    changed = object.patch(whole.body());
    REQUIRE(applies(changed, whole.inverse_body()));
    CHECK(changed.patch(whole.inverse_body()) == object);
}

TEST_CASE("the mark takes the place of its step, and nothing else does") {
    auto object = deployment();
    object["metadata"]["annotations"][std::string(marker)] = "r.9";
    for (const auto& live : {object, json{{"metadata", {{"uid", "u"}}}}}) {
        Patch patch(live);
        auto body = patch.hold("/metadata/annotations/salve~1run").mark("r", 1).body();
        const auto marked = [&] {
            return live.patch(body)["metadata"]["annotations"][std::string(marker)].get<std::string>();
        };
        CHECK(marked() == "r.1");
        set_ordinal(body, "r", 12);
        CHECK(marked() == "r.12");
    }
    auto without = Patch(object).put(image, "web:1").body();
    const auto before = without;
    set_ordinal(without, "r", 12);
    CHECK(without == before);
}
