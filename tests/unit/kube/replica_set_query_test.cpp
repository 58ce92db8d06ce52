#include "kube/replica_set_query.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <set>

#include "kube/raw_path.hpp"
#include "kube/world.hpp"

using namespace salve::kube;

namespace {

Workload deployment(const std::string& ns, const std::string& name, std::map<std::string, std::string> labels) {
    Workload made;
    made.meta.kind = "Deployment";
    made.meta.ns = ns;
    made.meta.name = name;
    made.meta.uid = "uid-" + ns + "-" + name;
    made.selector = LabelSelector{std::move(labels), {}};
    return made;
}

std::vector<ReplicaSetQuery> queries(const std::vector<Workload>& all, const std::vector<std::size_t>& wanted) {
    std::vector<const Workload*> picked;
    for (const auto at : wanted) picked.push_back(&all[at]);
    return replica_set_queries(all, picked);
}

std::string selector(const ReplicaSetQuery& query) {
    auto path = RawPath::list(Resource::replicasets);
    path.labels(*query.labels);
    return path.str().substr(path.str().find('?') + 1);
}

}  // namespace

TEST_CASE("one list holds the ReplicaSets of many Deployments, by the label that tells them apart best") {
    std::vector<Workload> all;
    for (int i = 0; i < 40; ++i)
        all.push_back(deployment(fmt::format("ns-{}", i % 4), fmt::format("web-{}", i),
                                 {{"part-of", "shop"}, {"app", fmt::format("web-{}", i)}}));
    const auto asked = queries(all, {3, 5, 7});
    REQUIRE(asked.size() == 1);
    CHECK(selector(asked[0]) == "labelSelector=app%20in%20%28web-3%2Cweb-5%2Cweb-7%29");
    CHECK(asked[0].ns.empty());
    CHECK(asked[0].of.size() == 3);
    CHECK(asked[0].about == "of 3 Deployments by label app");
    // The selector is what Kubernetes would match: the ReplicaSet's labels hold those of its Deployment's selector.
    CHECK(matches(*asked[0].labels, {{"app", "web-5"}, {"part-of", "shop"}, {"pod-template-hash", "5d9"}}));
    CHECK_FALSE(matches(*asked[0].labels, {{"app", "web-6"}}));
    // All in one namespace: only there.
    CHECK(queries(all, {1, 5})[0].ns == "ns-1");
}

TEST_CASE("selectors with nothing to ask for by are asked for by namespace, and strange values never") {
    std::vector<Workload> all(9, deployment("z", "z", {{"app", "z"}}));
    all.push_back(deployment("a", "web", {}));
    all.push_back(deployment("b", "api", {{"app", "not a value"}}));
    all.push_back(deployment("b", "db", {{"app", ""}}));
    all.push_back(deployment("c", "none", {}));
    all.back().selector.reset();
    const auto asked = queries(all, {9, 10, 11, 12});
    REQUIRE(asked.size() == 3);
    std::set<std::string> places;
    for (const auto& one : asked) {
        CHECK_FALSE(one.labels);
        CHECK(one.about.empty());
        places.insert(one.ns);
    }
    CHECK(places == std::set<std::string>{"a", "b", "c"});
}

TEST_CASE("where most are wanted, the whole list is one request") {
    std::vector<Workload> all;
    std::vector<std::size_t> most;
    for (std::size_t i = 0; i < 20; ++i) {
        all.push_back(deployment("n", fmt::format("d{}", i), {{"app", fmt::format("d{}", i)}}));
        if (i < 11) most.push_back(i);
    }
    const auto asked = queries(all, most);
    REQUIRE(asked.size() == 1);
    CHECK_FALSE(asked[0].labels);
    CHECK(asked[0].ns.empty());
    CHECK(asked[0].about.empty());
    CHECK(asked[0].of.size() == 11);
}

TEST_CASE("many values are asked for in parts, and each Deployment is in one") {
    std::vector<Workload> all;
    std::vector<std::size_t> wanted;
    for (std::size_t i = 0; i < 700; ++i) {
        all.push_back(deployment(fmt::format("n{}", i), "d", {{"app", fmt::format("d{}", i)}}));
        if (i < 250) wanted.push_back(i);
    }
    const auto asked = queries(all, wanted);
    REQUIRE(asked.size() == 3);
    std::set<std::string> of;
    std::set<std::string> abouts;
    for (const auto& one : asked) {
        for (const auto* deployment : one.of) CHECK(of.insert(deployment->meta.uid).second);
        abouts.insert(one.about);
    }
    CHECK(of.size() == 250);
    CHECK(abouts.size() == 3);
}

TEST_CASE("pods of an unknown Deployment are asked for by the hash they carry") {
    const std::vector<std::string> hashes{"5d9", "no such value!"};
    const auto asked = replica_sets_by_hash(hashes);
    CHECK(selector(asked) == "labelSelector=pod-template-hash%20in%20%285d9%29");
    CHECK(asked.of.empty());
    CHECK_FALSE(replica_sets_by_hash(std::vector<std::string>{"no such value!"}).labels);
    auto path = RawPath::list(Resource::replicasets);
    path.labels(without_hash());
    CHECK(path.str() == "/apis/apps/v1/replicasets?labelSelector=%21pod-template-hash");
}

TEST_CASE("namespaces where the labels would bring only others are left out") {
    std::vector<Workload> all;
    for (int i = 0; i < 60; ++i) {
        all.push_back(deployment(fmt::format("team-{:02}", i), "web", {{"app", "web"}}));
        all.back().pod_template.labels = {{"app", "web"}, {"version", "1"}};
        all.push_back(deployment(fmt::format("idle-{:02}", i), "other", {{"app", "other"}}));
        all.back().pod_template.labels = {{"app", "other"}};
    }
    const auto asked = queries(all, {0, 4});
    REQUIRE(asked.size() == 1);
    CHECK(asked[0].left_out.size() == 58);
    CHECK(asked[0].left_out.front() == "team-01");
    auto path = RawPath::list(Resource::replicasets);
    path.labels(*asked[0].labels).outside_of(asked[0].left_out);
    CHECK(path.left_out() == asked[0].left_out);
    CHECK(
        path.str().starts_with("/apis/apps/v1/replicasets?labelSelector=app%20in%20%28web%29&fieldSelector="
                               "metadata.namespace%21%3Dteam-01%2Cmetadata.namespace%21%3Dteam-03"));
    CHECK(path.str().size() < 16'000);
}
