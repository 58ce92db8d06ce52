#include "kube/sharing.hpp"

#include <doctest/doctest.h>

using namespace salve::kube;

namespace {

Pod pod(const std::string& name) {
    Pod made;
    made.meta.name = name;
    made.meta.labels = {{"app", "web"}};
    made.meta.owners = {{"apps/v1", "ReplicaSet", "web-1", "uid", true}};
    Container container;
    container.name = "app";
    container.resources.requests = {{"cpu", "1"}};
    made.spec.containers.push_back(container);
    return made;
}

}  // namespace

TEST_CASE("pods that are alike share what is alike, and nothing else") {
    Snapshot facts;
    Sharing sharing;
    auto other = pod("c");
    other.meta.labels = {{"app", "other"}};
    for (const auto& one : {pod("a"), pod("b"), other}) {
        facts.pods.push_back(one);
        sharing.newest(Resource::pods, facts);
    }
    const auto& pods = facts.pods;
    CHECK(pods[0] == pod("a"));
    CHECK(pods[1] == pod("b"));
    CHECK(pods[2] == other);
    CHECK(&pods[0].spec.containers.items() == &pods[1].spec.containers.items());
    CHECK(&pods[0].meta.owners.items() == &pods[2].meta.owners.items());
    CHECK(&*pods[0].meta.labels.begin() == &*pods[1].meta.labels.begin());
    CHECK(&*pods[0].meta.labels.begin() != &*pods[2].meta.labels.begin());
}

TEST_CASE("what is shared can be changed in one object alone") {
    Snapshot facts;
    Sharing sharing;
    for (const auto* name : {"a", "b"}) {
        facts.pods.push_back(pod(name));
        sharing.newest(Resource::pods, facts);
    }
    facts.pods[0].spec.containers[0].image = "new";
    CHECK(facts.pods[1] == pod("b"));
}
