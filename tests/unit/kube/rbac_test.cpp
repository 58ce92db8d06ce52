#include "kube/rbac.hpp"

#include <doctest/doctest.h>
#include <yaml-cpp/yaml.h>

#include <map>
#include <set>

#include "kube/resource.hpp"

using namespace salve::kube;

namespace {

using Rights = std::map<std::pair<std::string, std::string>, std::multiset<std::string>>;  // group, plural -> verbs

Rights rights_of(const YAML::Node& role) {
    Rights rights;
    for (const auto& rule : role["rules"]) {
        for (const auto& field : rule) {
            const auto key = field.first.as<std::string>();
            CHECK((key == "apiGroups" || key == "resources" || key == "verbs"));
        }
        for (const auto& group : rule["apiGroups"])
            for (const auto& resource : rule["resources"])
                for (const auto& verb : rule["verbs"])
                    rights[{group.as<std::string>(), resource.as<std::string>()}].insert(verb.as<std::string>());
    }
    return rights;
}

const std::multiset<std::string> get_and_list{"get", "list"}, get_only{"get"};

void check_only_reads(const Rights& rights) {
    for (const auto& [what, verbs] : rights) {
        CAPTURE(what.second);
        CHECK(what.second != "secrets");
        CHECK(what.second != "configmaps");
        CHECK(what.second.find("exec") == std::string::npos);
        CHECK(what.second.find("proxy") == std::string::npos);
        CHECK(what.second.find('*') == std::string::npos);
        CHECK(what.first.find('*') == std::string::npos);
        CHECK(verbs == (what.second == "pods/log" ? get_only : get_and_list));
    }
}

}  // namespace

TEST_CASE("S4.33 S3.49: the manifest for everywhere is one ClusterRole with every kind that is read, once") {
    const auto documents = YAML::LoadAll(reader_manifest({}));
    REQUIRE(documents.size() == 1);
    const auto& role = documents[0];
    CHECK(role["apiVersion"].as<std::string>() == "rbac.authorization.k8s.io/v1");
    CHECK(role["kind"].as<std::string>() == "ClusterRole");
    CHECK(role["metadata"]["name"].as<std::string>() == "salve-reader");
    const auto rights = rights_of(role);
    check_only_reads(rights);
    CHECK(rights.size() == resources().size() + 1);
    for (const auto& kind : resources()) {
        CAPTURE(kind.plural);
        CHECK(rights.contains({std::string(kind.group), std::string(kind.plural)}));
    }
    CHECK(rights.contains({"", "pods/log"}));
}

TEST_CASE("with namespaces: a Role in each, and one ClusterRole for the rest, nothing twice and nothing left out") {
    const auto documents = YAML::LoadAll(reader_manifest({"shop", "prod"}));
    REQUIRE(documents.size() == 3);
    for (std::size_t i = 0; i < 2; ++i) {
        CHECK(documents[i]["kind"].as<std::string>() == "Role");
        CHECK(documents[i]["metadata"]["namespace"].as<std::string>() == (i == 0 ? "shop" : "prod"));
    }
    CHECK(documents[2]["kind"].as<std::string>() == "ClusterRole");
    CHECK_FALSE(documents[2]["metadata"]["namespace"]);
    CHECK(documents[2]["metadata"]["name"].as<std::string>() != documents[0]["metadata"]["name"].as<std::string>());
    const auto in_ns = rights_of(documents[0]), rest = rights_of(documents[2]);
    CHECK(in_ns == rights_of(documents[1]));
    check_only_reads(in_ns);
    check_only_reads(rest);
    CHECK(in_ns.size() + rest.size() == resources().size() + 1);
    for (const auto& kind : resources()) {
        CAPTURE(kind.plural);
        const std::pair key{std::string(kind.group), std::string(kind.plural)};
        CHECK(in_ns.contains(key) + rest.contains(key) == 1);
        // Leases are read in kube-node-lease, which is not among the namespaces.
        CHECK(in_ns.contains(key) == (kind.namespaced && kind.resource != Resource::leases));
    }
    CHECK(in_ns.contains({"", "pods/log"}));
}
