#include <doctest/doctest.h>
#include <yaml-cpp/yaml.h>

#include <functional>
#include <map>
#include <set>

#include "base/error.hpp"
#include "hostile_words.hpp"
#include "kube/rbac.hpp"
#include "kube/rights.hpp"

using namespace salve;
using namespace salve::kube;

namespace {

std::string refused(const std::function<void()>& act) {
    try {
        act();
    } catch (const base::Error& error) {
        CHECK(error.kind() == base::ErrorKind::usage);
        CHECK(!error.hint().empty());
        return error.what();
    }
    FAIL("accepted");
    return "";
}

// "apps/deployments" -> verbs; a name is part of the key.
std::map<std::string, std::multiset<std::string>> rights_of(const YAML::Node& role) {
    std::map<std::string, std::multiset<std::string>> rights;
    for (const auto& rule : role["rules"]) {
        REQUIRE(rule["apiGroups"].size() == 1);
        std::string names;
        for (const auto& name : rule["resourceNames"]) names += " " + name.as<std::string>();
        for (const auto& resource : rule["resources"])
            for (const auto& verb : rule["verbs"])
                rights[rule["apiGroups"][0].as<std::string>() + "/" + resource.as<std::string>() + names].insert(
                    verb.as<std::string>());
    }
    return rights;
}

RemediatorRole in(std::vector<std::string> namespaces) { return {std::move(namespaces), false, {}}; }

constexpr auto golden =
    R"(# What salve changes in a namespace, and nothing more. It builds on the reader, and needs both:
# apply what 'salve rbac reader' prints for the same namespaces as well.
# Bind it only where changes are wanted: who may patch a pod template can run any image there, as any
# service account of the namespace.
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: salve-remediator
  namespace: shop
rules:
- apiGroups: ["apps"]
  resources: [deployments, daemonsets]
  verbs: [get, patch]
- apiGroups: [""]
  resources: [pods]
  verbs: [get, delete]
- apiGroups: [""]
  resources: [pods/eviction]
  verbs: [create]
- apiGroups: ["batch"]
  resources: [cronjobs, jobs]
  verbs: [get, patch]
- apiGroups: ["batch"]
  resources: [jobs]
  verbs: [create]
- apiGroups: ["autoscaling"]
  resources: [horizontalpodautoscalers]
  verbs: [get, patch]
)";

}  // namespace

TEST_CASE("S4.33 S4.34: the remediator's Role, to the byte") {
    CHECK(remediator_manifest(in({"shop"})) == golden);
    CHECK(changing_rights(false).size() == 14);
}

TEST_CASE("S4.34: no other verb than get, patch, create and delete, and no kind that gives more rights") {
    for (const bool statefulsets : {false, true}) {
        const auto documents = YAML::LoadAll(remediator_manifest({{"shop", "prod"}, statefulsets, {}}));
        REQUIRE(documents.size() == 2);
        for (std::size_t i = 0; i < 2; ++i) {
            CHECK(documents[i]["kind"].as<std::string>() == "Role");
            CHECK(documents[i]["metadata"]["namespace"].as<std::string>() == (i == 0 ? "shop" : "prod"));
            const auto rights = rights_of(documents[i]);
            CHECK(rights.contains("apps/statefulsets") == statefulsets);
            std::size_t count = 0;
            for (const auto& [what, verbs] : rights) {
                CAPTURE(what);
                count += verbs.size();
                for (const auto* never :
                     {"secrets", "configmaps", "exec", "attach", "proxy", "role", "*", "/scale", "token"})
                    CHECK(what.find(never) == std::string::npos);
                for (const auto& verb : verbs) {
                    CHECK(std::set<std::string>{"get", "patch", "create", "delete"}.contains(verb));
                    CHECK(verbs.count(verb) == 1);
                }
            }
            // The table of which the questions are made has the same rights.
            CHECK(count == changing_rights(statefulsets).size());
            for (const auto& right : changing_rights(statefulsets)) {
                const auto& kind = info(right.resource);
                auto what = std::string(kind.group) + "/" + std::string(kind.plural);
                if (right.sub == Subresource::eviction) what += "/eviction";
                REQUIRE(rights.contains(what));
                CHECK(rights.at(what).count(std::string(base::word(access_names, right.access))) == 1);
            }
        }
    }
}

TEST_CASE("a remediator without a namespace, or in one of the system's, is never printed") {
    const auto both = [](const RemediatorRole& role) {
        const auto said = refused([&] { remediator_manifest(role); });
        CHECK(refused([&] { remediator_policy(role, "ops/salve"); }) == said);
        return said;
    };
    CHECK(both(in({})) == "a remediator needs a namespace");
    for (const auto* system : {"kube-system", "kube-public", "kube-node-lease"})
        CHECK(both(in({"shop", system})) == std::string("nothing is ever changed in ") + system);
    for (const auto& word : hostile_words()) both(in({word}));
}

TEST_CASE("limited to names: only they may be patched; pods and new Jobs have no names before") {
    const auto documents = YAML::LoadAll(
        remediator_manifest({{"shop"},
                             true,
                             {parse_named_object("deployments/web"), parse_named_object("deployments/api"),
                              parse_named_object("statefulsets/db")}}));
    CHECK(rights_of(documents[0]) ==
          std::map<std::string, std::multiset<std::string>>{{"apps/deployments web api", {"get", "patch"}},
                                                            {"apps/statefulsets db", {"get", "patch"}},
                                                            {"/pods", {"get", "delete"}},
                                                            {"/pods/eviction", {"create"}},
                                                            {"batch/jobs", {"create"}}});
    CHECK(refused([] {
              remediator_manifest({{"shop"}, false, {parse_named_object("statefulsets/db")}});
          }).find("left out") != std::string::npos);
}

TEST_CASE("what can be named") {
    CHECK(parse_named_object("horizontalpodautoscalers/web").resource == Resource::horizontalpodautoscalers);
    CHECK(parse_named_object("jobs/a.b").name == "a.b");
    for (const auto* word : {"web", "deployments", "deploy/web", "pods/web-0", "secrets/x", "deployments/", "/web",
                             "deployments/a/b", "deployments.apps/web", ""})
        refused([&] { parse_named_object(word); });
    for (const auto& word : hostile_words()) refused([&] { parse_named_object("deployments/" + word); });
}

TEST_CASE("a name that YAML takes for something else is quoted") {
    for (const auto* name : {"123", "1e3", "0x10", "on", "off", "yes", "no", "y", "n", "true", "false", "null"}) {
        CAPTURE(name);
        const auto role = YAML::Load(remediator_manifest({{name}, false, {{Resource::deployments, name}}}));
        for (const auto& word : {role["metadata"]["namespace"], role["rules"][0]["resourceNames"][0]}) {
            CHECK(word.as<std::string>() == name);
            CHECK(word.Tag() == "!");  // yaml-cpp's word for a scalar in quotes
        }
        CHECK(YAML::LoadAll(reader_manifest({name}))[0]["metadata"]["namespace"].Tag() == "!");
    }
    CHECK(YAML::Load(remediator_manifest(in({"shop"})))["metadata"]["namespace"].Tag() == "?");
}

TEST_CASE("S4.34: the policy lists the writes of the Role, and binds the one account") {
    const auto text = remediator_policy(in({"shop", "prod"}), "ops/salve");
    const auto documents = YAML::LoadAll(text);
    REQUIRE(documents.size() == 2);
    const auto spec = documents[0]["spec"];
    CHECK(documents[0]["kind"].as<std::string>() == "ValidatingAdmissionPolicy");
    CHECK(spec["failurePolicy"].as<std::string>() == "Fail");
    const auto rule = spec["matchConstraints"]["resourceRules"][0];
    CHECK(rule["resources"][0].as<std::string>() == "*/*");
    CHECK(rule["operations"][0].as<std::string>() == "*");
    REQUIRE(spec["matchConditions"].size() == 1);
    CHECK(spec["matchConditions"][0]["expression"].as<std::string>() ==
          "request.userInfo.username == \"system:serviceaccount:ops:salve\"");
    REQUIRE(spec["validations"].size() == 3);
    CHECK(spec["validations"][0]["expression"].as<std::string>().find("\"kube-system\"") != std::string::npos);
    CHECK(spec["validations"][1]["expression"].as<std::string>() ==
          "variables.aboutItself || variables.place in [\"shop\", \"prod\"]");
    const auto writes = spec["validations"][2]["expression"].as<std::string>();
    std::size_t listed = 0;
    for (std::size_t at = 0; (at = writes.find('/', at)) != std::string::npos; ++at) ++listed;
    CHECK(listed == 8 + 1);  // seven kinds, and a second slash in pods/eviction
    for (const auto* write : {"update apps/deployments", "update apps/daemonsets", "delete /pods",
                              "create /pods/eviction", "update batch/cronjobs", "update batch/jobs",
                              "create batch/jobs", "update autoscaling/horizontalpodautoscalers"})
        CHECK(writes.find("\"" + std::string(write) + "\"") != std::string::npos);
    CHECK(documents[1]["spec"]["validationActions"][0].as<std::string>() == "Deny");
    CHECK(documents[1]["spec"]["policyName"].as<std::string>() == documents[0]["metadata"]["name"].as<std::string>());
}

TEST_CASE("the policy heeds names, and refuses what is no service account") {
    auto writes = YAML::LoadAll(remediator_policy({{"shop"}, false, {{Resource::deployments, "web"}}},
                                                  "ops/salve"))[0]["spec"]["validations"][2]["expression"]
                      .as<std::string>();
    std::erase_if(writes, [](char c) { return c == ' ' || c == '\n'; });
    CHECK(writes.find("variables.write+\"\"+variables.namein[\"updateapps/deploymentsweb\"]") != std::string::npos);
    CHECK(writes.find("\"updateapps/deployments\"") == std::string::npos);
    CHECK(writes.find("daemonsets") == std::string::npos);
    for (const auto* word : {"salve", "", "a/b/c", "/salve", "ops/", "ops/sa\"lve", "ops:x/y"})
        refused([&] { remediator_policy(in({"shop"}), word); });
}
