#include "action_builders.hpp"

using namespace salve;
using namespace salve::test;

namespace {

const std::string id = "pod.cleanup-failed";

Pod& failed(Shop& shop, const std::string& name) {
    auto& pod = shop.ready_pod("web", name);
    pod.phase = "Failed";
    pod.reason = "Evicted";
    pod.conditions.clear();
    shop.live(pod.meta, live_pod(name, "Failed"));
    return pod;
}

Shop leftovers(int count) {
    Shop shop;
    auto& web = shop.running("web", 2);
    auto& finding = shop.found("pod.failed.leftover", web.meta.ref());
    for (int i = 0; i < count; ++i)
        finding.affected.push_back({failed(shop, fmt::format("old-{:02}", i)).meta.ref(), ""});
    return shop;
}

}  // namespace

TEST_CASE("a Failed pod of a well owner is deleted unasked, if it still has its uid") {
    auto shop = leftovers(1);
    const auto made = shop.plan();
    REQUIRE(made.steps.size() == 1);
    const auto& step = made.steps[0];
    CHECK(step.action_id == id);
    CHECK(step.description == "Delete Failed pod old-00, which is left over (Evicted).");
    CHECK(step.why == "It never runs again, and Deployment web has all its pods ready.");
    CHECK(step.request.verb == salve::kube::WriteVerb::delete_pod);
    CHECK(step.request.uid == "uid-old-00");
    CHECK(step.preconditions.uid == "uid-old-00");
    CHECK(step.risk == salve::plan::Risk::low);
    CHECK(!step.reversible);
    CHECK(made.warnings.empty());
}

TEST_CASE("one step each, ten in a plan, and the rest is told") {
    const auto made = leftovers(13).plan();
    REQUIRE(made.steps.size() == 10);
    for (std::size_t i = 0; i < 10; ++i) {
        CHECK(made.steps[i].ordinal == static_cast<int>(i) + 1);
        CHECK(made.steps[i].request.name == fmt::format("old-{:02}", i));
    }
    CHECK(made.warnings == std::vector<std::string>{"pod.cleanup-failed is for at most 10 objects in one plan: 3 more "
                                                    "are left, plan again after this one"});
    CHECK(leftovers(10).plan().warnings.empty());
}

TEST_CASE("ten in a plan, not ten for each finding") {
    auto shop = leftovers(7);
    auto& second = shop.found("pod.evicted.node-memory", shop.facts.deployments[0].meta.ref());
    second.actions = {id};
    for (int i = 0; i < 5; ++i) second.affected.push_back({failed(shop, fmt::format("z-{}", i)).meta.ref(), ""});
    const auto made = shop.plan();
    CHECK(made.steps.size() == 10);
    CHECK(has(made.warnings, "2 more are left"));
}

TEST_CASE("only what is Failed in the object as it is now") {
    auto shop = leftovers(2);
    shop.live(shop.facts.pods[0].meta, live_pod("old-00", "Running"));
    CHECK(shop.step(id).request.name == "old-01");
    shop.live(shop.facts.pods[1].meta)["metadata"]["uid"] = "uid-new";
    CHECK(has(shop.refusal(id), "not any more what it was"));
    shop.lives.erase(shop.facts.pods[1].meta.ref());
    CHECK(has(shop.refusal(id), "could not be read"));
}

TEST_CASE("never a pod that is going, is held by a finalizer, runs, or has no controller") {
    const auto refusal = [](const auto& spoil) {
        auto shop = leftovers(1);
        spoil(shop, shop.facts.pods[0]);
        return shop.refusal(id);
    };
    CHECK(has(refusal([](Shop&, Pod& pod) { pod.meta.deleted = now; }), "is being deleted already"));
    CHECK(has(refusal([](Shop&, Pod& pod) { pod.meta.finalizers = {"batch.kubernetes.io/job-tracking"}; }),
              "finalizer batch.kubernetes.io/job-tracking holds it"));
    CHECK(has(refusal([](Shop&, Pod& pod) { pod.phase = "Running"; }), "its phase is Running"));
    CHECK(has(refusal([](Shop&, Pod& pod) { pod.meta.owners.clear(); }), "no controller"));
    CHECK(has(refusal([](Shop& shop, Pod&) { shop.facts.deployments[0].ready = 1; }), "all its pods ready"));
    CHECK(
        has(refusal([](Shop& shop, Pod& pod) { shop.live(pod.meta)["metadata"]["finalizers"] = {"example.com/keep"}; }),
            "not any more what it was"));
}

TEST_CASE("an owner that is gone leaves nothing to wait for; one that could not be read does") {
    auto shop = leftovers(1);
    shop.facts.deployments.clear();
    shop.facts.replica_sets.clear();
    CHECK(has(shop.step(id).why, "its owner ReplicaSet web-5d9 is gone"));
    shop.unread(salve::kube::Resource::replicasets);
    CHECK(has(shop.refusal(id), "does not have all its pods ready"));
}

TEST_CASE("nobody's chart or repository is said to bring the pod back") {
    auto shop = leftovers(1);
    shop.findings[0].managed_by = {"helm:web"};
    const auto made = shop.plan();
    CHECK(made.steps[0].reverted_by.empty());
    CHECK(made.warnings.empty());
}
