#include "kube/scope_check.hpp"

#include <doctest/doctest.h>

#include "unit/kube/hostile_words.hpp"

using namespace salve::kube;

namespace {

Meta pod(const std::string& ns = "shop", const std::string& name = "web-0") {
    Meta meta;
    meta.api_version = "v1";
    meta.kind = "Pod";
    meta.ns = ns;
    meta.name = name;
    return meta;
}
const Asked pods{Resource::pods, "v1", "shop"}, all_pods{Resource::pods, "v1", ""}, nodes{Resource::nodes, "v1", ""};

bool fits(const Asked& asked, const Meta& meta) { return !scope_mismatch(asked, meta).has_value(); }

}  // namespace

TEST_CASE("an object is what was asked for, or the words say why not") {
    CHECK(fits(pods, pod()));
    CHECK(fits(all_pods, pod("prod")));
    CHECK(scope_mismatch(pods, pod("prod")) == "namespace \"prod\" instead of \"shop\"");
    CHECK_FALSE(fits(all_pods, pod("")));
    auto secret = pod();
    secret.kind = "Secret";
    CHECK(scope_mismatch(pods, secret) == "kind \"Secret\" instead of \"Pod\"");
    auto old = pod();
    old.api_version = "v1beta1";
    CHECK(scope_mismatch(pods, old) == "version \"v1beta1\" instead of \"v1\"");
    auto node = pod("");
    node.kind = "Node";
    CHECK(fits(nodes, node));
    node.ns = "shop";
    CHECK(scope_mismatch(nodes, node) == "namespace \"shop\" instead of none");
}

TEST_CASE("an object with a name that is none is not taken") {
    for (const auto& word : hostile_words()) {
        CAPTURE(word.substr(0, 60));
        CHECK_FALSE(fits(pods, pod("shop", word)));
        CHECK_FALSE(fits(all_pods, pod(word)));
    }
}

TEST_CASE("an Event may be named as the API server lets it be: any path segment") {
    const Asked events{Resource::events, "v1", "shop"};
    auto event = pod("shop", "Web-1.17AB_c:x");
    event.kind = "Event";
    CHECK(fits(events, event));
    for (const char* name : {"", ".", "..", "a/b", "a%2fb", "a b", "a\x1b[0m"}) {
        event.name = name;
        CHECK_FALSE(fits(events, event));
    }
}

TEST_CASE("the core group's own APIService ends in a dot, and nothing else may") {
    Meta meta;
    meta.api_version = "apiregistration.k8s.io/v1";
    meta.kind = "APIService";
    meta.name = "v1.";
    const Asked asked{Resource::apiservices, "apiregistration.k8s.io/v1", ""};
    CHECK(fits(asked, meta));
    meta.name = "v1..";
    CHECK_FALSE(fits(asked, meta));
    meta.name = ".";
    CHECK_FALSE(fits(asked, meta));
    CHECK_FALSE(fits(pods, pod("shop", "v1.")));
}
