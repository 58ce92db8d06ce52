#include "plan/headroom.hpp"

#include "unit/plan/plan_builders.hpp"

using namespace salve;
using namespace salve::plan_test;

namespace {

kube::ResourceQuota quota_of(const std::string& name, std::map<std::string, std::string> hard,
                             std::map<std::string, std::string> used) {
    kube::ResourceQuota one;
    one.meta = meta("v1", "ResourceQuota", "shop", name);
    one.hard = std::move(hard);
    one.used = std::move(used);
    return one;
}

base::Quantity quantity(const std::string& text) { return *base::parse_quantity(text); }

bool fits(const Scene& scene, const std::string& resource, const std::string& more, int pods) {
    return !beyond_quota(kube::World(scene.facts), "shop", resource, quantity(more), pods);
}

}  // namespace

TEST_CASE("the largest node decides, and its own size still fits") {
    Scene scene;
    scene.node("a").allocatable = {{"memory", "1Gi"}, {"cpu", "2"}};
    scene.node("b").allocatable = {{"memory", "4096Mi"}};
    scene.node("c").allocatable = {{"memory", "no number"}};
    scene.node("d");
    const kube::World world(scene.facts);
    CHECK_FALSE(beyond_nodes(world, "memory", "3Gi"));
    CHECK_FALSE(beyond_nodes(world, "memory", "4Gi"));
    const auto reason = beyond_nodes(world, "memory", "4097Mi");
    REQUIRE(reason);
    CHECK(reason->find("4096Mi") != std::string::npos);
    CHECK_FALSE(beyond_nodes(world, "cpu", "1999m"));
    CHECK(beyond_nodes(world, "cpu", "2001m"));
    CHECK(beyond_nodes(world, "memory", "much"));
    CHECK(beyond_nodes(world, "nvidia.com/gpu", "1"));
}

TEST_CASE("nodes that could not be read: that is said") {
    Scene scene;
    scene.node("a").allocatable = {{"memory", "1Gi"}};
    std::erase_if(scene.facts.reads, [](const auto& read) { return read.what == kube::Resource::nodes; });
    CHECK(has_text({*beyond_nodes(kube::World(scene.facts), "memory", "1Mi")}, "could not be read"));
}

TEST_CASE("a quota: what is used and what is added, times the pods") {
    Scene scene;
    scene.facts.quotas = {
        quota_of("q", {{"limits.memory", "1Gi"}, {"pods", "10"}}, {{"limits.memory", "512Mi"}, {"pods", "8"}})};
    CHECK(fits(scene, "limits.memory", "256Mi", 2));
    CHECK_FALSE(fits(scene, "limits.memory", "256Mi", 3));
    CHECK(fits(scene, "pods", "1", 2));
    CHECK_FALSE(fits(scene, "pods", "1", 3));
    CHECK(fits(scene, "requests.memory", "99Gi", 9));
    const auto reason = beyond_quota(kube::World(scene.facts), "shop", "pods", quantity("1"), 3);
    CHECK(*reason == "quota q has no room for it: 8 of 10 of pods are used");
}

TEST_CASE("the older names of requests count, those of limits have none") {
    Scene scene;
    scene.facts.quotas = {quota_of("q", {{"memory", "1Gi"}, {"cpu", "1"}}, {})};
    CHECK_FALSE(fits(scene, "requests.memory", "1025Mi", 1));
    CHECK(fits(scene, "requests.memory", "1Gi", 1));
    CHECK(fits(scene, "limits.memory", "99Gi", 1));
}

TEST_CASE("every quota of the namespace counts, no other one, and no number is no room") {
    Scene scene;
    auto elsewhere = quota_of("e", {{"pods", "0"}}, {});
    elsewhere.meta.ns = "other";
    scene.facts.quotas = {quota_of("wide", {{"pods", "100"}}, {}), elsewhere};
    CHECK(fits(scene, "pods", "1", 1));
    scene.facts.quotas.push_back(quota_of("narrow", {{"pods", "0"}}, {}));
    CHECK_FALSE(fits(scene, "pods", "1", 1));
    scene.facts.quotas = {quota_of("q", {{"pods", "many"}}, {})};
    CHECK_FALSE(fits(scene, "pods", "1", 1));
    scene.facts.quotas = {quota_of("q", {{"pods", "9"}}, {{"pods", "some"}})};
    CHECK_FALSE(fits(scene, "pods", "1", 1));
    scene.facts.quotas = {quota_of("q", {{"memory", "8Ei"}}, {{"memory", "8Ei"}})};
    CHECK_FALSE(fits(scene, "requests.memory", "8Ei", 2'000'000'000));
}

TEST_CASE("quotas that could not be read: that is said") {
    Scene scene;
    scene.facts.quotas.clear();
    std::erase_if(scene.facts.reads, [](const auto& read) { return read.what == kube::Resource::resourcequotas; });
    CHECK_FALSE(fits(scene, "pods", "1", 1));
}
