#include "kube/raw_path.hpp"

#include <doctest/doctest.h>

#include <functional>

#include "base/error.hpp"
#include "hostile_words.hpp"

using namespace salve;
using namespace salve::kube;

namespace {

base::ErrorKind refused(const std::function<void()>& act) {
    try {
        act();
    } catch (const base::Error& error) {
        return error.kind();
    }
    FAIL("accepted");
    return base::ErrorKind::internal;
}

constexpr auto usage = base::ErrorKind::usage;
constexpr auto internal = base::ErrorKind::internal;

}  // namespace

TEST_CASE("paths of TAXONOMY 3.1") {
    CHECK(RawPath::server(ServerPath::version).str() == "/version");
    CHECK(RawPath::list(Resource::nodes).str() == "/api/v1/nodes");
    CHECK(RawPath::list(Resource::pods).str() == "/api/v1/pods");
    CHECK(RawPath::list_in(Resource::pods, "demo").str() == "/api/v1/namespaces/demo/pods");
    CHECK(RawPath::list_in(Resource::deployments, "demo").str() == "/apis/apps/v1/namespaces/demo/deployments");
    CHECK(RawPath::list(Resource::storageclasses).str() == "/apis/storage.k8s.io/v1/storageclasses");
    CHECK(RawPath::object(Resource::namespaces, "kube-system").str() == "/api/v1/namespaces/kube-system");
    CHECK(RawPath::object_in(Resource::pods, "demo", "web-0").str() == "/api/v1/namespaces/demo/pods/web-0");
    CHECK(RawPath::list_in(Resource::leases, "kube-node-lease").str() ==
          "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases");
}

TEST_CASE("older versions of TAXONOMY 3.4, and no further") {
    CHECK(version_count(Resource::horizontalpodautoscalers) == 3);
    CHECK(version_count(Resource::pods) == 1);
    CHECK(RawPath::list(Resource::horizontalpodautoscalers, 0).str() ==
          "/apis/autoscaling/v2/horizontalpodautoscalers");
    CHECK(RawPath::list(Resource::horizontalpodautoscalers, 2).str() ==
          "/apis/autoscaling/v1/horizontalpodautoscalers");
    CHECK(refused([] { RawPath::list(Resource::horizontalpodautoscalers, 3); }) == internal);
    CHECK(refused([] { RawPath::list(Resource::pods, 1); }) == internal);
}

TEST_CASE("queries are encoded pairs") {
    CHECK(RawPath::list(Resource::events)
              .fields({{SelectableField::event_type, "Normal", false}, {SelectableField::event_reason, "Killing"}})
              .limit(500)
              .str() == "/api/v1/events?fieldSelector=type%21%3DNormal%2Creason%3DKilling&limit=500");
    CHECK(RawPath::list(Resource::pods).any_recent_version().str() == "/api/v1/pods?resourceVersion=0");
    CHECK(RawPath::list(Resource::pods).limit(1).continue_token("a b&c=d#e/f?g%h\n").str() ==
          "/api/v1/pods?limit=1&continue=a%20b%26c%3Dd%23e%2Ff%3Fg%25h%0A");
    CHECK(percent_encoded(std::string("\0\xff~-._aZ9+", 10)) == "%00%FF~-._aZ9%2B");
}

TEST_CASE("what would be another request is refused") {
    CHECK(refused([] { RawPath::list(Resource::logs); }) == internal);
    CHECK(refused([] { RawPath::object(Resource::pods, "x"); }) == internal);
    CHECK(refused([] { RawPath::list_in(Resource::nodes, "x"); }) == internal);
    CHECK(refused([] { RawPath::list(Resource::pods).limit(0); }) == internal);
    CHECK(refused([] { RawPath::list(Resource::pods).limit(100'001); }) == internal);
    CHECK(refused([] { RawPath::list(Resource::pods).limit(1).limit(2); }) == internal);
    CHECK(refused([] { RawPath::list(Resource::pods).limit(1).any_recent_version().any_recent_version(); }) ==
          internal);
    CHECK(refused([] { RawPath::list(Resource::pods).fields({}); }) == internal);
    CHECK(refused([] { RawPath::list(Resource::pods).continue_token(""); }) == usage);
    CHECK(refused([] { RawPath::list(Resource::pods).continue_token(std::string(16'385, 'a')); }) == usage);
}

TEST_CASE("no hostile word gets into a path") {
    for (const std::string& word : hostile_words()) {
        CAPTURE(word.substr(0, 80));
        CHECK(refused([&] { RawPath::list_in(Resource::pods, word); }) == usage);
        CHECK(refused([&] { RawPath::object(Resource::nodes, word); }) == usage);
        CHECK(refused([&] { RawPath::object_in(Resource::pods, word, "x"); }) == usage);
        CHECK(refused([&] { RawPath::object_in(Resource::pods, "x", word); }) == usage);
        if (word.empty() || word.size() > 16'384) continue;
        // A token may hold anything; it stays one encoded value.
        const std::string path = RawPath::list(Resource::pods).continue_token(word).str();
        const std::string value = path.substr(std::string("/api/v1/pods?continue=").size());
        CHECK(value.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%") ==
              std::string::npos);
    }
}

TEST_CASE("every kind has a path, and none leads to a secret or a subresource") {
    for (const ResourceInfo& kind : resources()) {
        for (std::size_t version = 0; version < version_count(kind.resource); ++version) {
            const std::string path = RawPath::list(kind.resource, version).str();
            CAPTURE(path);
            CHECK(path.starts_with(kind.group.empty() ? "/api/v1/" : "/apis/"));
            for (const char* never :
                 {"secrets", "configmaps", "proxy", "exec", "attach", "portforward", "//", "%", "?"})
                CHECK(path.find(never) == std::string::npos);
        }
    }
}

TEST_CASE("label selectors hold expressions of valid words, encoded whole") {
    const auto path = [](std::vector<SelectorRequirement> expressions, std::map<std::string, std::string> labels = {}) {
        const LabelSelector selector{std::move(labels), std::move(expressions)};
        auto made = RawPath::list(Resource::replicasets);
        made.labels(selector);
        CHECK(made.label_selector() == selector);
        return made.str();
    };
    CHECK(path({{"a.b/c", "DoesNotExist", {}}}) == "/apis/apps/v1/replicasets?labelSelector=%21a.b%2Fc");
    CHECK(path({{"app", "In", {"web", "API_1.x"}}}) ==
          "/apis/apps/v1/replicasets?labelSelector=app%20in%20%28web%2CAPI_1.x%29");
    CHECK_FALSE(RawPath::list(Resource::replicasets).label_selector());
    CHECK(refused([&] { path({}); }) == internal);
    CHECK(refused([&] { path({{"app", "Exists", {}}}); }) == internal);
    CHECK(refused([&] { path({{"app", "In", {}}}); }) == internal);
    CHECK(refused([&] { path({{"app", "DoesNotExist", {"x"}}}); }) == internal);
    CHECK(refused([&] { path({{"app", "DoesNotExist", {}}}, {{"a", "b"}}); }) == internal);
    CHECK(refused([&] { path({{"app", "In", {""}}}); }) == usage);
    for (const auto* word : {"a,b", "a)", "(", "a b", "a=b", "-a", "a&b", "../a", "a\nb", "\xc3\xa4", "a/b"}) {
        CAPTURE(word);
        CHECK(refused([&] { path({{"app", "In", {word}}}); }) == usage);
        if (std::string_view(word) != "a/b") CHECK(refused([&] { path({{word, "DoesNotExist", {}}}); }) == usage);
    }
}
