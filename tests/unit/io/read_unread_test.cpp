#include "io/read_unread.hpp"

#include <doctest/doctest.h>

#include "io_fakes.hpp"
#include "kube/world.hpp"

using namespace salve;
using namespace salve::test;
using kube::ReadState;
using kube::Resource;

namespace {

const base::Redactor redactor("key");
const std::string by_label = "/apis/apps/v1/namespaces/shop/replicasets?labelSelector=app%20in%20%28web%29";

std::string replica_set(const std::string& name, const std::string& owner, const std::string& owner_uid) {
    return fmt::format(
        R"({{"metadata":{{"name":"{0}","namespace":"shop","uid":"uid-{0}","ownerReferences":[)"
        R"({{"apiVersion":"apps/v1","kind":"Deployment","name":"{1}","uid":"{2}","controller":true}}]}},)"
        R"("spec":{{"replicas":1,"template":{{"spec":{{"containers":[{{"name":"c","image":"i"}}]}}}}}}}})",
        name, owner, owner_uid);
}

// A Deployment of two pods.
struct Two {
    std::string name;
    int updated = 2;  // of the newest revision
};

struct Bed {
    FakeTransport fake;
    kube::Snapshot facts;
    io::CollectOptions options;

    explicit Bed(const std::string& ns = "", const std::vector<Two>& deployments = {Two{"web"}}) {
        FakeTransport::serve_empty(fake, "shop");
        if (ns.empty())
            options.scope.all = true;
        else
            options.scope.namespaces = {ns};
        options.lists = io::Lists::needed;
        std::vector<std::string> items;
        for (const auto& one : deployments)
            items.push_back(fmt::format(R"({{"metadata":{{"name":"{0}","namespace":"shop","uid":"uid-{0}"}},"spec":{{)"
                                        R"("replicas":2,"selector":{{"matchLabels":{{"app":"{0}"}}}}}},"status":{{)"
                                        R"("replicas":2,"updatedReplicas":{1}}}}})",
                                        one.name, one.updated));
        auto& list = ns.empty() ? fake.list(Resource::deployments) : fake.list(Resource::deployments, ns);
        list = {{}, list_of(Resource::deployments, fmt::format("{}", fmt::join(items, ",")))};
        fake.gets[by_label] = {{},
                               list_of(Resource::replicasets, replica_set("web-1", "web", "uid-web") + "," +
                                                                  replica_set("other-1", "other", "uid-other") + "," +
                                                                  replica_set("web-2", "web", "uid-web"))};
        facts = io::collect(fake, redactor, options);
    }
    // Asks, reads what was asked for, and returns how many requests that were.
    template <typename Ask>
    std::size_t read(Ask ask) {
        const auto before = fake.asked().size();
        const kube::World world(facts);
        ask(world);
        io::read_unread(fake, redactor, options, io::readable(facts, world.unread()), facts);
        return fake.asked().size() - before;
    }
};

}  // namespace

TEST_CASE("what is read when asked for is not read at first, and once when it is asked for") {
    Bed bed;
    for (const auto& path : bed.fake.asked()) {
        CAPTURE(path);
        CHECK_FALSE(contains(path, "storageclasses"));
        CHECK_FALSE(contains(path, "serviceaccounts"));
        CHECK((!contains(path, "replicasets") || contains(path, "labelSelector=%21pod-template-hash")));
    }
    const auto ask = [](const kube::World& world) {
        world.storage_class("fast");
        world.service_account("shop", "a");
        world.service_account("other", "b");
    };
    CHECK(bed.read(ask) == 2);
    CHECK(bed.read(ask) == 0);
    CHECK(kube::World(bed.facts).storage_class("fast").absent());
    CHECK(kube::World(bed.facts).service_account("other", "b").absent());
}

TEST_CASE("ReplicaSets come by label, only those that were asked for are kept, and each is known once") {
    Bed bed;
    const auto web = [](const kube::World& world) { world.replica_sets_of(world.facts().deployments[0]); };
    CHECK(bed.read(web) == 1);
    CHECK(bed.read(web) == 0);
    const kube::World world(bed.facts);
    CHECK(world.replica_sets_of(bed.facts.deployments[0]).size() == 2);
    CHECK(world.replica_sets_seen(bed.facts.deployments[0]));
    CHECK(bed.facts.replica_sets.size() == 2);
    CHECK(bed.facts.replica_sets[0].pod_template.spec.containers.size() == 1);
    const auto& line = bed.facts.reads.back();
    CHECK(line.what == Resource::replicasets);
    CHECK(line.object == "of 1 Deployment by label app");
    CHECK(line.objects == 3);
    // The whole list was not read.
    CHECK_FALSE(world.seen(Resource::replicasets, "shop"));
}

TEST_CASE("the ReplicaSets of several Deployments come in one list, whatever they are wanted for") {
    Bed bed("", {Two{"web", 1}, Two{"api"}});
    const std::string by_labels = "/apis/apps/v1/namespaces/shop/replicasets?labelSelector=app%20in%20%28api%2Cweb%29";
    bed.fake.gets[by_labels] = bed.fake.gets[by_label];
    for (const auto& path : bed.fake.asked()) CHECK(path != by_labels);
    // One is between two revisions, of the other a rule asks.
    const auto ask = [](const kube::World& world) {
        world.replica_sets();
        world.replica_sets_of(world.facts().deployments[1]);
    };
    CHECK(bed.read(ask) == 1);
    CHECK(bed.fake.asked().back() == by_labels);
    const kube::World world(bed.facts);
    for (const auto& deployment : bed.facts.deployments) CHECK(world.replica_sets_seen(deployment));
    CHECK(bed.facts.reads.back().object == "of 2 Deployments by label app");
}

TEST_CASE("a list that fails is a gap in the ledger, proves no absence, and is not asked for again") {
    Bed bed;
    bed.fake.gets[by_label] = {forbidden(), ""};
    bed.fake.list(Resource::storageclasses) = {forbidden(), ""};
    const auto ask = [](const kube::World& world) {
        world.replica_sets_of(world.facts().deployments[0]);
        world.storage_class("fast");
    };
    CHECK(bed.read(ask) == 2);
    CHECK(bed.read(ask) == 0);
    const kube::World world(bed.facts);
    CHECK_FALSE(world.replica_sets_seen(bed.facts.deployments[0]));
    CHECK(world.storage_class("fast").unknown());
    CHECK(bed.facts.reads.back().state == ReadState::forbidden);
}

TEST_CASE("in a namespace its ReplicaSets are read at once, and another namespace is not read because of a question") {
    Bed bed("shop");
    CHECK(kube::World(bed.facts).seen(Resource::replicasets, "shop"));
    const auto ask = [](const kube::World& world) {
        world.network_policies("shop");
        world.network_policies("elsewhere");
        world.replica_sets_of(world.facts().deployments[0]);
        world.leases();
    };
    CHECK(bed.read(ask) == 2);
    CHECK(bed.read(ask) == 0);
    CHECK(kube::World(bed.facts).seen(Resource::networkpolicies, "shop"));
    CHECK_FALSE(kube::World(bed.facts).seen(Resource::networkpolicies, "elsewhere"));
}

TEST_CASE("the ReplicaSet of a pod without a Deployment is asked for by its hash, once") {
    Bed bed;
    kube::Pod pod;
    pod.meta.ns = "shop";
    pod.meta.labels = {{"pod-template-hash", "5d9"}};
    pod.meta.owners.push_back({"apps/v1", "ReplicaSet", "gone-5d9", "uid-gone", true});
    bed.facts.pods.push_back(pod);
    bed.fake.gets["/apis/apps/v1/replicasets?labelSelector=pod-template-hash%20in%20%285d9%29"] = {
        {}, list_of(Resource::replicasets, "")};
    const auto nothing = [](const kube::World&) {};
    CHECK(bed.read(nothing) == 1);
    CHECK(bed.read(nothing) == 0);
}

TEST_CASE("a recording gets the lists that nobody asked for, and nobody else knows of them") {
    Bed bed;
    const auto facts = bed.facts;
    io::Recorder recorder;
    bed.options.recorder = &recorder;
    const auto before = bed.fake.asked().size();
    io::record_rest(bed.fake, redactor, bed.options, bed.facts);
    auto asked = bed.fake.asked();
    asked.erase(asked.begin(), asked.begin() + static_cast<std::ptrdiff_t>(before));
    std::sort(asked.begin(), asked.end());
    CHECK(asked == std::vector<std::string>{
                       "/api/v1/limitranges", "/api/v1/serviceaccounts", "/apis/apps/v1/replicasets",
                       "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases",
                       "/apis/networking.k8s.io/v1/ingressclasses", "/apis/networking.k8s.io/v1/networkpolicies",
                       "/apis/storage.k8s.io/v1/storageclasses"});
    CHECK(bed.facts == facts);
}
