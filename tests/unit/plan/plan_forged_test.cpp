// Plans with a digest that fits, made by somebody who wants something else done than what is shown.
#include <functional>
#include <set>

#include "base/error.hpp"
#include "base/json.hpp"
#include "io_fakes.hpp"
#include "kube/names.hpp"
#include "unit/kube/hostile_words.hpp"
#include "unit/plan/sample_plans.hpp"

using namespace salve;
using namespace salve::plan_test;

namespace {

using Edit = std::function<void(json&)>;

json& at(json& plan, const std::string& path) { return plan[json::json_pointer(path)]; }

void check_refused(const std::string& what, json plan, const Edit& edit, const std::string& because = "") {
    CAPTURE(what);
    edit(plan);
    const auto error = error_of([&] { parsed(plan); });
    CHECK(error.kind() == base::ErrorKind::invalid_record);
    CHECK(contains(error.what(), "plan"));
    CHECK(contains(error.what(), because));
}

// The request of a step, its command and its input, to be changed together as a careful forger would.
void rewrite(json& plan, const std::function<void(Request&)>& change) {
    auto made = made_plan();
    change(made.steps[0].request);
    set_commands(made.steps[0], {"shop-admin", {}, {}, 30});
    plan = document(made);
}

}  // namespace

TEST_CASE("a command that is not the one of its request") {
    const auto good = document(made_plan());
    CHECK_NOTHROW(parsed(good));
    const auto edit = [&](const std::string& path, const json& value) {
        check_refused(path + "=" + value.dump(), good, [&](json& plan) { at(plan, path) = value; });
    };
    const std::string command = "/steps/0/command";
    for (const char* word : {"--dry-run=none", "--server=https://evil", "--token=x", "--as=root", "--force", "exec", "",
                             "--kubeconfig=/tmp/evil", "--request-timeout=5s", "--context=other"}) {
        for (const int place : {1, 2, 5}) {
            // Which file the connection is read from is the one thing that a command says and its request does not.
            if (place == 2 && std::string_view(word).starts_with("--kubeconfig")) continue;
            check_refused(word, good, [&](json& plan) {
                auto& words = at(plan, command);
                words.insert(words.begin() + place, word);
            });
        }
        check_refused(word, good, [&](json& plan) { at(plan, command).push_back(word); });
        edit(command + "/1", word);
    }
    edit(command + "/0", "sh");
    edit(command + "/0", "/tmp/kubectl");
    edit(command, json::array());
    edit(command, json::array({"kubectl"}));
    edit("/steps/0/request/name", "api");
    edit("/steps/0/request/namespace", "other");
    edit("/steps/0/request/resource", "statefulsets");
    edit("/steps/0/request/body", json::array());
    edit("/steps/0/request/body/0/value", "another uid");
    edit("/steps/0/inverse/command/1", "delete");
    edit("/steps/0/inverse/request/name", "api");
    edit("/steps/0/inverse/command", nullptr);
    edit("/steps/0/inverse/request", nullptr);
    edit("/bound/context", "other");
    edit("/bound/context", nullptr);
    for (const auto* path : {"/steps/0/input", "/steps/1/input"}) edit(path, R"({"kind":"DeleteOptions"})");
}

TEST_CASE("a request that salve would never make, with the command that fits it") {
    const auto forge = [](const std::string& what, const std::function<void(Request&)>& change) {
        check_refused(what, json(), [&](json& plan) { rewrite(plan, change); });
    };
    forge("another object", [](Request& one) { one.name = "api"; });
    forge("another namespace", [](Request& one) { one.ns = "other"; });
    forge("another kind", [](Request& one) { one.resource = kube::Resource::statefulsets; });
    forge("another verb", [](Request& one) {
        one = {kube::WriteVerb::delete_pod, kube::Resource::pods, "shop", "web", "", "uid-web", json::array()};
    });
    forge("a uid where none belongs", [](Request& one) { one.uid = "u"; });
    forge("a CronJob where none belongs", [](Request& one) { one.from = "u"; });
    // There is no command for a namespace of the system, so that no plan can hold one that fits.
    auto moved = made_plan();
    moved.steps[0].request.ns = "kube-system";
    CHECK_THROWS_AS(command_of(moved.steps[0].request, {"shop-admin", {}, {}, 30}), base::Error);
    const auto good = document(made_plan());
    for (const auto* path : {"/steps/0/request/namespace", "/steps/0/inverse/request/namespace"})
        check_refused(path, good, [&](json& plan) { at(plan, path) = "kube-system"; });
    // Step and request moved together to a kind that the action is not for.
    auto kind = made_plan();
    kind.steps[0].target.object.kind = "StatefulSet";
    kind.steps[0].request.resource = kind.steps[0].inverse.request->resource = kube::Resource::statefulsets;
    set_commands(kind.steps[0], {"shop-admin", {}, {}, 30});
    check_refused(
        "all of it of another kind", document(kind), [](json&) {}, "is not for that");
}

TEST_CASE("hostile words in a request") {
    const auto good = document(made_plan());
    const auto replace = [](json& words, const std::string& from, const std::string& to) {
        for (auto& one : words)
            if (one == from) one = to;
    };
    for (const auto& word : kube::hostile_words()) {
        for (const char* path : {"/steps/0/request/resource", "/steps/0/request/verb", "/steps/0/action_id"})
            check_refused(path + (" " + word.substr(0, 40)), good, [&](json& plan) { at(plan, path) = word; });
        // In every place at once, so that all of it agrees.
        check_refused("name " + word.substr(0, 40), good, [&](json& plan) {
            for (const char* path : {"/steps/0/request/name", "/steps/0/target/name", "/steps/0/inverse/request/name"})
                at(plan, path) = word;
            replace(at(plan, "/steps/0/command"), "web", word);
            replace(at(plan, "/steps/0/inverse/command"), "web", word);
        });
        check_refused("namespace " + word.substr(0, 40), good, [&](json& plan) {
            for (const char* path :
                 {"/steps/0/request/namespace", "/steps/0/target/namespace", "/steps/0/inverse/request/namespace"})
                at(plan, path) = word;
            replace(at(plan, "/steps/0/command"), "--namespace=shop", "--namespace=" + word);
            replace(at(plan, "/steps/0/inverse/command"), "--namespace=shop", "--namespace=" + word);
        });
        if (!kube::is_context_name(word))
            check_refused("context " + word.substr(0, 40), good, [&](json& plan) {
                at(plan, "/bound/context") = word;
                for (const char* step : {"0", "1"})
                    for (const char* path : {"/command", "/inverse/command"})
                        replace(at(plan, std::string("/steps/") + step + path), "--context=shop-admin",
                                "--context=" + word);
            });
    }
}

namespace {

// A plan whose first step was changed as a careful forger would: with the commands that fit.
void forged(const std::string& what, const std::string& because, const std::function<void(Step&)>& change) {
    auto made = made_plan();
    change(made.steps[0]);
    set_commands(made.steps[0], {"shop-admin", {}, {}, 30});
    check_refused(
        what, document(made), [](json&) {}, because);
}

json operation(const char* op, const char* path, const json& value) {
    return {{"op", op}, {"path", path}, {"value", value}};
}

void insert(json& patch, std::size_t place, const json& value) {
    patch.insert(patch.begin() + static_cast<std::ptrdiff_t>(place), value);
}

}  // namespace

// Tests of uid, generation; the one change; the mark.
TEST_CASE("preconditions that the request does not have, and tests that are not shown") {
    const std::string because = ".preconditions";
    forged("uid", because, [](Step& one) { one.preconditions.uid = "uid-other"; });
    forged("no uid", because, [](Step& one) { one.preconditions.uid.clear(); });
    forged("generation", because, [](Step& one) { one.preconditions.generation = 99; });
    forged("no generation", because, [](Step& one) { one.preconditions.generation.reset(); });
    forged("one more", because, [](Step& one) { one.preconditions.tests.push_back({"/spec/replicas", 4, nullptr}); });
    forged("uid not tested", because, [](Step& one) { one.request.patch.erase(0); });
    forged("generation not tested", because, [](Step& one) { one.request.patch.erase(1); });
    forged("another uid tested", because, [](Step& one) { one.request.patch[0]["value"] = "uid-other"; });
    forged("one more tested", because,
           [](Step& one) { insert(one.request.patch, 2, operation("test", "/spec/replicas", 4)); });
    forged("tested twice", because, [](Step& one) { insert(one.request.patch, 1, one.request.patch[1]); });
    forged("tested afterwards", because, [](Step& one) {
        one.request.patch.push_back(operation("test", "/spec/paused", true));
        one.preconditions.tests.push_back({"/spec/paused", true, nullptr});
    });
    forged("of another object than the target", because, [](Step& one) { one.target.object.uid = "uid-other"; });
}

TEST_CASE("changes that the request does not make, and others that are not shown") {
    const std::string because = ".changes";
    REQUIRE(made_plan().steps[0].changes == std::vector<Change>{{"/spec/paused", nullptr, true}});
    forged("another value", because, [](Step& one) { one.changes[0].to = false; });
    forged("another old value", because, [](Step& one) { one.changes[0].from = false; });
    forged("another path", because, [](Step& one) { one.changes[0].path = "/spec/x"; });
    forged("none", because, [](Step& one) { one.changes.clear(); });
    forged("twice", because, [](Step& one) { one.changes.push_back(one.changes[0]); });
    forged("another value sent", because, [](Step& one) { one.request.patch[2]["value"] = "x"; });
    forged("taken away", because, [](Step& one) {
        one.request.patch[2] = {{"op", "remove"}, {"path", "/spec/paused"}};
    });
    for (const auto& more :
         {operation("add", "/spec/template/spec/hostNetwork", true), operation("replace", "/spec/replicas", 0),
          operation("add", "/spec/template/spec/nodeSelector", json::object()),
          operation("add", "/metadata/labels", json::object()), json{{"op", "remove"}, {"path", "/spec/strategy"}}})
        for (const std::size_t place : {2, 3})
            forged("one more: " + more.dump(), because, [&](Step& one) { insert(one.request.patch, place, more); });
    // What is replaced or taken away has to be tested.
    forged("not tested", because, [](Step& one) {
        insert(one.request.patch, 2, operation("replace", "/spec/replicas", 0));
        one.changes.insert(one.changes.begin(), {"/spec/replicas", nullptr, 0});
    });
    // What is tested cannot be an empty place.
    forged("added over a value", because, [](Step& one) {
        insert(one.request.patch, 2, operation("test", "/spec/paused", false));
        one.preconditions.tests.push_back({"/spec/paused", false, nullptr});
    });
}

TEST_CASE("a mark that is not that of the step") {
    const auto mark = [](const std::string& what, const std::function<void(json&)>& change) {
        forged(what, ".changes", [&](Step& one) { change(one.request.patch); });
    };
    mark("none", [](json& patch) { patch.erase(patch.size() - 1); });
    mark("of another run", [](json& patch) { patch.back()["value"]["salve/run"] = "20260101T000000Z-ffffff.1"; });
    mark("of another step", [](json& patch) { patch.back()["value"]["salve/run"] = "20260101T000000Z-abcdef.2"; });
    mark("with more beside it", [](json& patch) { patch.back()["value"]["x"] = "y"; });
    mark("elsewhere", [](json& patch) { patch.back()["path"] = "/metadata/labels"; });
    mark("twice", [](json& patch) { patch.push_back(patch.back()); });
    mark("not at the end", [](json& patch) { std::swap(patch[2], patch[3]); });
}

TEST_CASE("a way back that is none") {
    const auto back = [](const std::string& what, const std::function<void(Request&)>& change) {
        forged(what, "", [&](Step& one) { change(*one.inverse.request); });
    };
    back("of another object", [](Request& one) { one.name = "api"; });
    back("of another namespace", [](Request& one) { one.ns = "other"; });
    back("of another kind", [](Request& one) { one.resource = kube::Resource::statefulsets; });
    back("another verb", [](Request& one) {
        one = {kube::WriteVerb::delete_pod, kube::Resource::pods, "shop", "web", "", "uid-web", json::array()};
    });
    back("without the test of the uid", [](Request& one) { one.patch.erase(0); });
    back("with more", [](Request& one) { one.patch.push_back(operation("add", "/spec/x", 1)); });
    back("another value", [](Request& one) { one.patch.back() = operation("add", "/spec/paused", false); });
}

TEST_CASE("an action that is not in the catalog, or not for that") {
    const auto good = document(made_plan());
    for (const char* id : {"", "exec", "rollout.pause ", "ROLLOUT.PAUSE", "namespace.delete"})
        check_refused(id, good, [&](json& plan) { at(plan, "/steps/0/action_id") = id; });
    check_refused("kind", good, [](json& plan) { at(plan, "/steps/0/target/kind") = "StatefulSet"; });
    check_refused("name", good, [](json& plan) { at(plan, "/steps/0/target/name") = "api"; });
    check_refused("namespace", good, [](json& plan) { at(plan, "/steps/0/target/namespace") = "other"; });
    for (const int ordinal : {0, -1, 2, 1001})
        check_refused("ordinal", good, [&](json& plan) { at(plan, "/steps/0/ordinal") = ordinal; });
    for (const char* effect : {"", "Allow", "yes", "allow "})
        check_refused(effect, good, [&](json& plan) { at(plan, "/steps/0/verdict/effect") = effect; });
}

TEST_CASE("an operation that is none, and one that is too much") {
    for (const char* body :
         {R"([{"op": "move", "from": "/a", "path": "/b"}])", R"([{"op": "copy", "from": "/a", "path": "/b"}])",
          R"([{"op": "add", "path": "/a"}])", R"([{"op": "remove", "path": "/a", "value": 1}])",
          R"([{"op": "test", "path": "/a"}])", R"([{"path": "/a", "value": 1}])", R"([{"op": "add", "value": 1}])",
          R"([{"op": "add", "path": 1, "value": 1}])", R"([{"op": "add", "path": "/a", "value": 1, "x": 1}])",
          R"({"op": "add", "path": "/a", "value": 1})", R"([1])", R"(["add"])", R"([null])", R"([])",
          R"([{"op": "add", "path": "/a", "value": 1.5}])", R"([{"op": "add", "path": "/a", "value": 1e999}])"}) {
        const auto value = json::parse(body, nullptr, false);
        if (value.is_discarded()) continue;  // 1e999: the reader of records refuses it before
        check_refused(body, document(made_plan()), [&](json& plan) {
            at(plan, "/steps/0/request/body") = value;
            for (auto& word : at(plan, "/steps/0/command"))
                if (word.get<std::string>().starts_with("--patch=")) word = "--patch=" + value.dump();
        });
    }
}

TEST_CASE("plans of another version, and dates that are none") {
    const auto good = document(made_plan());
    for (const char* schema : {"", "salve.plan/v0", "salve.plan/v2", "salve.plan/v1 ", "Salve.plan/v1", "v1"})
        check_refused(schema, good, [&](json& plan) { plan["schema"] = schema; });
    for (const char* time : {"", "now", "2026-01-01", "2026-02-30T00:00:00Z", "2026-09-21T16:13:20+00:00", "0"})
        for (const char* key : {"created_at", "expires_at"})
            check_refused(time, good, [&](json& plan) { plan[key] = time; });
    for (const char* word : {"planned", "Applied", ""})
        check_refused(word, good, [&](json& plan) { plan["outcome"] = word; });
}
