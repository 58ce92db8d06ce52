#include "kube/world.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "unit/kube/world_builders.hpp"

using namespace salve::kube;
using salve::starting_test::condition;
using salve::starting_test::meta;
using salve::world_test::named;
using salve::world_test::owned;
using salve::world_test::pod_of;
using salve::world_test::read_of;
namespace base = salve::base;

namespace {

constexpr Time now = salve::starting_test::now;

std::vector<std::string> names(const World& world) {
    std::vector<std::string> found;
    for (const auto* pod : world.candidates()) found.push_back(pod->meta.name);
    return found;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("an object is found, absent, or unknown; absent only where the whole list was read") {
    Snapshot facts;
    facts.services.push_back(named<Service>("Service", "web"));
    const auto ask = [&](std::vector<Read> reads, const std::string& name) {
        facts.reads = std::move(reads);
        const World world(facts);
        const auto one = world.service("shop", name);
        CHECK(static_cast<bool>(one) + one.absent() + one.unknown() == 1);
        return one ? "found" : one.absent() ? "absent" : "unknown";
    };
    using S = ReadState;
    CHECK(ask({}, "web") == "found");  // also out of a list that is not whole
    CHECK(ask({}, "db") == "unknown");
    CHECK(ask({read_of(Resource::services, "shop")}, "db") == "absent");
    CHECK(ask({read_of(Resource::services, "")}, "db") == "absent");
    CHECK(ask({read_of(Resource::services, "other")}, "db") == "unknown");
    CHECK(ask({read_of(Resource::pods, "shop")}, "db") == "unknown");
    for (const auto state : {S::forbidden, S::timeout, S::truncated, S::absent, S::error}) {
        CHECK(ask({read_of(Resource::services, "shop", state)}, "db") == "unknown");
        CHECK(ask({read_of(Resource::services, "shop", state)}, "web") == "found");
        CHECK(ask({read_of(Resource::services, "", state)}, "db") == "unknown");
        CHECK(ask({read_of(Resource::services, "", state), read_of(Resource::services, "shop")}, "db") == "absent");
    }
}

TEST_CASE("every kind has its own lookup, by namespace and name") {
    Snapshot facts;
    for (const auto what :
         {Resource::pods, Resource::persistentvolumeclaims, Resource::serviceaccounts, Resource::deployments})
        facts.reads.push_back(read_of(what, "shop"));
    for (const auto what :
         {Resource::persistentvolumes, Resource::storageclasses, Resource::nodes, Resource::namespaces})
        facts.reads.push_back(read_of(what, ""));
    facts.pods.push_back(pod_of("x"));
    facts.claims.push_back(named<PersistentVolumeClaim>("PersistentVolumeClaim", "x"));
    facts.volumes.push_back(named<PersistentVolume>("PersistentVolume", "x", ""));
    facts.storage_classes.push_back(named<StorageClass>("StorageClass", "x", ""));
    facts.nodes.push_back(named<Node>("Node", "x", ""));
    facts.namespaces.push_back(named<Namespace>("Namespace", "x", ""));
    facts.service_accounts.push_back(named<ServiceAccount>("ServiceAccount", "x"));
    facts.deployments.push_back(named<Workload>("Deployment", "x"));
    const World world(facts);
    CHECK(world.pod("shop", "x").found == &facts.pods[0]);
    CHECK(world.claim("shop", "x").found == &facts.claims[0]);
    CHECK(world.volume("x").found == &facts.volumes[0]);
    CHECK(world.storage_class("x").found == &facts.storage_classes[0]);
    CHECK(world.node("x").found == &facts.nodes[0]);
    CHECK(world.name_space("x").found == &facts.namespaces[0]);
    CHECK(world.service_account("shop", "x").found == &facts.service_accounts[0]);
    CHECK(world.deployment("shop", "x").found == &facts.deployments[0]);
    CHECK(world.pod("shop", "y").absent());
    CHECK(world.claim("shop", "y").absent());
    CHECK(world.volume("y").absent());
    CHECK(world.storage_class("y").absent());
    CHECK(world.node("y").absent());
    CHECK(world.name_space("y").absent());
    CHECK(world.service_account("shop", "y").absent());
    CHECK(world.deployment("shop", "y").absent());
    CHECK(world.pod("other", "x").unknown());
    CHECK(world.pod("uid-x") == &facts.pods[0]);
    CHECK(world.pod("uid-y") == nullptr);
    CHECK(world.workload("uid-x") == &facts.deployments[0]);
}

TEST_CASE("one namespace object proves nothing about other namespaces") {
    Snapshot facts;
    facts.reads = {read_of(Resource::namespaces, "shop")};
    facts.namespaces.push_back(named<Namespace>("Namespace", "shop", ""));
    CHECK(World(facts).name_space("shop"));
    CHECK(World(facts).name_space("other").unknown());
}

TEST_CASE("the owner is the top of the chain of controllers") {
    Snapshot facts;
    facts.deployments.push_back(named<Workload>("Deployment", "web"));
    facts.replica_sets.push_back(owned(named<Workload>("ReplicaSet", "web-1"), "Deployment", "web"));
    facts.stateful_sets.push_back(named<Workload>("StatefulSet", "db"));
    facts.daemon_sets.push_back(named<Workload>("DaemonSet", "agent"));
    facts.cron_jobs.push_back(named<CronJob>("CronJob", "nightly"));
    facts.jobs.push_back(owned(named<Job>("Job", "nightly-1"), "CronJob", "nightly"));
    facts.jobs.push_back(named<Job>("Job", "once"));
    facts.deployments[0].desired = 3;
    facts.deployments[0].ready = 2;
    const auto owner = [&](const Pod& pod) {
        facts.pods = {pod};
        return World(facts).owner(facts.pods[0]);
    };
    const auto web = owner(pod_of("p", "ReplicaSet", "web-1"));
    CHECK(web.workload == &facts.deployments[0]);
    CHECK(web.ref == facts.deployments[0].meta.ref());
    CHECK(web.desired() == 3);
    CHECK(web.ready() == 2);
    CHECK(web.meta() == &facts.deployments[0].meta);
    CHECK(web.pod_template() == &facts.deployments[0].pod_template);
    CHECK(owner(pod_of("p", "StatefulSet", "db")).workload == &facts.stateful_sets[0]);
    CHECK(owner(pod_of("p", "DaemonSet", "agent")).workload == &facts.daemon_sets[0]);
    const auto nightly = owner(pod_of("p", "Job", "nightly-1"));
    CHECK(nightly.cron_job == &facts.cron_jobs[0]);
    CHECK(nightly.ref.kind == "CronJob");
    CHECK_FALSE(nightly.desired().has_value());
    const auto once = owner(pod_of("p", "Job", "once"));
    CHECK(once.job == &facts.jobs[1]);
    CHECK(once.desired() == 1);
    const auto bare = owner(pod_of("alone"));
    CHECK(bare.is_pod);
    CHECK(bare.ref.name == "alone");
    CHECK(bare.meta() == nullptr);
    CHECK(bare.pod_template() == nullptr);
    CHECK(bare.desired() == 1);
}

TEST_CASE("where a list is missing the chain ends at the last name that is known") {
    Snapshot facts;
    facts.replica_sets.push_back(owned(named<Workload>("ReplicaSet", "web-1"), "Deployment", "web"));
    facts.jobs.push_back(owned(named<Job>("Job", "nightly-1"), "CronJob", "nightly"));
    const auto owner = [&](const Pod& pod) {
        facts.pods = {pod};
        return World(facts).owner(facts.pods[0]);
    };
    const auto web = owner(pod_of("p", "ReplicaSet", "web-1"));
    CHECK(web.workload == nullptr);
    CHECK(web.ref == ObjectRef{"apps/v1", "Deployment", "shop", "web", "uid-web"});
    CHECK_FALSE(web.desired().has_value());
    CHECK_FALSE(web.is_pod);
    CHECK(owner(pod_of("p", "Job", "nightly-1")).ref.kind == "CronJob");
    const auto unread = owner(pod_of("p", "ReplicaSet", "gone-1"));
    CHECK(unread.ref.kind == "ReplicaSet");
    CHECK(unread.ref.name == "gone-1");
    const auto custom = owner(pod_of("p", "Database", "main"));
    CHECK(custom.ref.kind == "Database");
    CHECK(custom.meta() == nullptr);
    facts.stateful_sets.push_back(owned(named<Workload>("StatefulSet", "main-sts"), "Database", "main"));
    CHECK(owner(pod_of("p", "StatefulSet", "main-sts")).ref.kind == "Database");
}

TEST_CASE("an object that claims to own itself does not hang the reader") {
    Snapshot facts;
    facts.replica_sets.push_back(owned(named<Workload>("ReplicaSet", "loop"), "ReplicaSet", "loop"));
    facts.pods.push_back(pod_of("p", "ReplicaSet", "loop"));
    CHECK(World(facts).owner(facts.pods[0]).ref.name == "loop");
}

TEST_CASE("pods that may be judged: the never-flag list of TAXONOMY 0.9 is not among them") {
    Snapshot facts;
    facts.deployments.push_back(named<Workload>("Deployment", "web"));
    facts.replica_sets.push_back(owned(named<Workload>("ReplicaSet", "web-1"), "Deployment", "web"));
    facts.deployments.push_back(named<Workload>("Deployment", "zero"));
    facts.deployments.back().desired = 0;
    facts.replica_sets.push_back(owned(named<Workload>("ReplicaSet", "zero-1"), "Deployment", "zero"));
    facts.deployments.push_back(named<Workload>("Deployment", "dying"));
    facts.deployments.back().meta.deleted = now;
    facts.replica_sets.push_back(owned(named<Workload>("ReplicaSet", "dying-1"), "Deployment", "dying"));
    facts.daemon_sets.push_back(named<Workload>("DaemonSet", "agent"));
    facts.daemon_sets.back().desired = 0;  // nodes that fit, not a wish
    const auto job = [&](const std::string& name, const char* type, const char* status) -> Job& {
        facts.jobs.push_back(named<Job>("Job", name));
        if (*type) facts.jobs.back().conditions = {condition(type, status)};
        return facts.jobs.back();
    };
    job("done", "Complete", "True");
    job("going", "", "");
    job("almost", "Complete", "False");
    job("failed", "Failed", "True");
    job("ending", "", "").meta.deleted = now;

    facts.pods = {pod_of("fine", "ReplicaSet", "web-1"),
                  pod_of("of-zero", "ReplicaSet", "zero-1"),
                  pod_of("of-dying", "ReplicaSet", "dying-1"),
                  pod_of("of-agent", "DaemonSet", "agent"),
                  pod_of("of-done", "Job", "done"),
                  pod_of("of-going", "Job", "going"),
                  pod_of("of-almost", "Job", "almost"),
                  pod_of("of-failed", "Job", "failed"),
                  pod_of("of-ending", "Job", "ending"),
                  pod_of("bare"),
                  pod_of("succeeded"),
                  pod_of("leaving", "ReplicaSet", "web-1"),
                  pod_of("stranger", "Database", "main")};
    facts.pods[10].phase = "Succeeded";
    facts.pods[11].meta.deleted = now;
    CHECK(names(World(facts)) == Names{"bare", "fine", "of-agent", "of-almost", "of-failed", "of-going", "stranger"});
    std::mt19937 random(3);
    std::shuffle(facts.pods.begin(), facts.pods.end(), random);
    CHECK(names(World(facts)).size() == 7);
    CHECK(names(World(facts)).front() == "bare");
}

TEST_CASE("a job of a CronJob that is done is done") {
    Snapshot facts;
    facts.cron_jobs.push_back(named<CronJob>("CronJob", "nightly"));
    facts.jobs.push_back(owned(named<Job>("Job", "nightly-1"), "CronJob", "nightly"));
    facts.jobs[0].conditions = {condition("Complete", "True")};
    facts.pods.push_back(pod_of("p", "Job", "nightly-1"));
    facts.pods[0].phase = "Failed";  // an earlier attempt of the same job
    CHECK(names(World(facts)).empty());
}

TEST_CASE("the pods of an owner, found by uid or by kind and name") {
    Snapshot facts;
    facts.deployments.push_back(named<Workload>("Deployment", "web"));
    facts.replica_sets.push_back(owned(named<Workload>("ReplicaSet", "web-1"), "Deployment", "web"));
    facts.pods = {pod_of("b", "ReplicaSet", "web-1"), pod_of("a", "ReplicaSet", "web-1"), pod_of("alone"),
                  pod_of("of-db", "Database", "main")};
    facts.pods[0].phase = "Succeeded";  // candidates or not
    const World world(facts);
    const auto of = [&](const ObjectRef& ref) {
        Names found;
        for (const auto* pod : world.pods_of(ref)) found.push_back(pod->meta.name);
        return found;
    };
    CHECK(of(facts.deployments[0].meta.ref()) == Names{"a", "b"});
    CHECK(of({"", "Deployment", "shop", "web", ""}) == Names{"a", "b"});
    CHECK(of({"", "Database", "shop", "main", ""}) == Names{"of-db"});
    CHECK(of({"", "Deployment", "other", "web", ""}).empty());
    CHECK(of({"", "StatefulSet", "shop", "web", ""}).empty());
    CHECK(of({"", "Deployment", "shop", "web", "uid-earlier"}).empty());
    CHECK(of(facts.replica_sets[0].meta.ref()).empty());  // not a top owner
    CHECK(of(facts.pods[2].meta.ref()) == Names{"alone"});
}

TEST_CASE("ReplicaSets come newest revision first, by number and not by text") {
    Snapshot facts;
    facts.deployments.push_back(named<Workload>("Deployment", "web"));
    const auto set = [&](const std::string& name, const std::string& revision, std::int64_t created = 0) {
        facts.replica_sets.push_back(owned(named<Workload>("ReplicaSet", name), "Deployment", "web"));
        if (!revision.empty())
            facts.replica_sets.back().meta.annotations["deployment.kubernetes.io/revision"] = revision;
        facts.replica_sets.back().meta.created = {created};
    };
    set("r9", "9");
    set("r10", "10");
    set("none", "", 50);
    set("r2", "2");
    set("junk", "x", 90);
    facts.replica_sets.push_back(owned(named<Workload>("ReplicaSet", "strange"), "Deployment", "api"));
    const World world(facts);
    Names found;
    for (const auto* one : world.replica_sets_of(facts.deployments[0])) found.push_back(one->meta.name);
    CHECK(found == Names{"r10", "r9", "r2", "junk", "none"});
}

TEST_CASE("events belong to the uid and come newest last") {
    Snapshot facts;
    const auto event = [&](const std::string& name, const std::string& uid, std::int64_t last) {
        auto one = named<Event>("Event", name);
        one.about.uid = uid;
        one.about.name = "web-0";
        one.last = {last};
        facts.events.push_back(one);
    };
    event("late", "u1", 30);
    event("b", "u1", 20);
    event("a", "u1", 20);
    event("other", "u2", 10);  // an earlier pod of the same name
    for (const auto* uid : {"u1", "u3"}) facts.pods.emplace_back().meta.uid = uid;
    const World world(facts);
    Names found;
    for (const auto* one : world.events("u1")) found.push_back(one->meta.name);
    CHECK(found == Names{"a", "b", "late"});
    CHECK(world.events("u3").empty());
    for (const auto& pod : facts.pods) CHECK(world.events(pod).data() == world.events(pod.meta.uid).data());
    CHECK(world.events(facts.pods[0]).size() == 3);
    CHECK(world.events(facts.pods[1]).empty());
}

TEST_CASE("Services select by labels, in their namespace; without a selector they select nothing") {
    Snapshot facts;
    const auto service = [&](const std::string& name, Labels selector, const std::string& ns = "shop") {
        facts.services.push_back(named<Service>("Service", name, ns));
        facts.services.back().selector = std::move(selector);
    };
    service("web", {{"app", "web"}});
    service("exact", {{"app", "web"}, {"tier", "front"}});
    service("all", {});
    service("far", {{"app", "web"}}, "other");
    const World world(facts);
    const auto of = [&](const Labels& labels) {
        Names found;
        for (const auto* one : world.services_for("shop", labels)) found.push_back(one->meta.name);
        return found;
    };
    CHECK(of({{"app", "web"}}) == Names{"web"});
    CHECK(of({{"app", "web"}, {"tier", "front"}, {"x", "y"}}) == Names{"web", "exact"});
    CHECK(of({{"app", "Web"}}).empty());
    CHECK(of({}).empty());
}

TEST_CASE("autoscalers by what they scale, budgets by labels, both in one namespace") {
    Snapshot facts;
    const auto scaler = [](const char* name, const char* kind, const char* target, const char* ns) {
        auto one = named<HorizontalPodAutoscaler>("HorizontalPodAutoscaler", name, ns);
        one.target_kind = kind;
        one.target_name = target;
        return one;
    };
    facts.autoscalers = {scaler("a", "Deployment", "web", "shop"), scaler("b", "StatefulSet", "web", "shop"),
                         scaler("c", "Deployment", "api", "shop"), scaler("d", "Deployment", "web", "other"),
                         scaler("e", "Deployment", "web", "shop")};
    auto keep = named<PodDisruptionBudget>("PodDisruptionBudget", "keep");
    keep.selector.emplace().match_labels = {{"app", "web"}};
    auto elsewhere = keep, without = keep, all = keep;
    elsewhere.meta.ns = "other";
    without.selector.reset();
    all.meta.name = "all";
    all.selector.emplace();
    facts.budgets = {keep, elsewhere, without, all};
    const World world(facts);
    const auto scalers = world.autoscalers_of({"apps/v1", "Deployment", "shop", "web", ""});
    REQUIRE(scalers.size() == 2);
    CHECK(scalers[0]->meta.name == "a");
    CHECK(scalers[1]->meta.name == "e");
    CHECK(world.autoscalers_of({"apps/v1", "Deployment", "shop", "db", ""}).empty());
    const auto budgets = world.budgets_for("shop", {{"app", "web"}, {"tier", "front"}});
    REQUIRE(budgets.size() == 2);
    CHECK(budgets[0]->meta.name == "keep");
    CHECK(budgets[1]->meta.name == "all");
    CHECK(world.budgets_for("shop", {{"app", "api"}}).size() == 1);
    CHECK(world.budgets_for("third", {{"app", "web"}}).empty());
}

TEST_CASE("Ingresses by backend, slices by Service, logs by container") {
    Snapshot facts;
    facts.services.push_back(named<Service>("Service", "web"));
    facts.ingresses.push_back(named<Ingress>("Ingress", "front"));
    facts.ingresses[0].backends = {{"a", "/", "api", "", 80}, {"a", "/web", "web", "", 80}, {"b", "/", "web", "", 80}};
    facts.ingresses.push_back(named<Ingress>("Ingress", "far", "other"));
    facts.ingresses[1].backends = {{"a", "/", "web", "", 80}};
    for (const auto* service : {"web", "web", "api"}) {
        facts.endpoint_slices.push_back(named<EndpointSlice>("EndpointSlice", "slice"));
        facts.endpoint_slices.back().service = service;
    }
    facts.logs = {{"shop", "web-0", "app", false, {{now, "now"}}}, {"shop", "web-0", "app", true, {{now, "before"}}}};
    const World world(facts);
    CHECK(world.ingresses_for("shop", "web").size() == 1);
    CHECK(world.ingresses_for("shop", "db").empty());
    CHECK(world.slices_of(facts.services[0]).size() == 2);
    CHECK(world.log("shop", "web-0", "app", false)->lines[0].text == "now");
    CHECK(world.log("shop", "web-0", "app", true)->lines[0].text == "before");
    CHECK(world.log("shop", "web-0", "side", false) == nullptr);
    CHECK(world.log("other", "web-0", "app", false) == nullptr);
}

TEST_CASE("label selectors: every operator, and an unknown one matches nothing") {
    const Labels labels = {{"app", "web"}, {"tier", ""}};
    const auto holds = [&](const std::string& key, const std::string& op, std::vector<std::string> values = {}) {
        LabelSelector selector;
        selector.match_expressions.push_back({key, op, std::move(values)});
        return matches(selector, labels);
    };
    CHECK(matches(LabelSelector{}, labels));
    CHECK(matches(LabelSelector{}, Labels{}));
    CHECK(holds("app", "In", {"api", "web"}));
    CHECK_FALSE(holds("app", "In", {"api"}));
    CHECK_FALSE(holds("gone", "In", {"web"}));
    CHECK(holds("app", "NotIn", {"api"}));
    CHECK_FALSE(holds("app", "NotIn", {"web"}));
    CHECK(holds("gone", "NotIn", {"web"}));  // as in Kubernetes: a missing key is not in the set
    CHECK(holds("tier", "Exists"));
    CHECK_FALSE(holds("gone", "Exists"));
    CHECK(holds("gone", "DoesNotExist"));
    CHECK_FALSE(holds("app", "DoesNotExist"));
    CHECK_FALSE(holds("app", "Gt", {"1"}));
    CHECK_FALSE(holds("app", ""));
    LabelSelector both;
    both.match_labels = {{"app", "web"}};
    both.match_expressions = {{"tier", "Exists", {}}};
    CHECK(matches(both, labels));
    CHECK_FALSE(matches(both, Labels{{"app", "web"}}));
    CHECK_FALSE(matches(both, Labels{{"tier", "x"}}));
}

TEST_CASE("a container's spec and status are found by name, init containers too") {
    auto pod = pod_of("p");
    pod.spec.containers.emplace_back().name = "app";
    pod.spec.init_containers.emplace_back().name = "setup";
    pod.statuses.emplace_back().name = "app";
    CHECK(container_spec(pod.spec, "app") == &pod.spec.containers[0]);
    CHECK(container_spec(pod.spec, "setup") == &pod.spec.init_containers[0]);
    CHECK(container_spec(pod.spec, "none") == nullptr);
    CHECK(container_status(pod, "app") == &pod.statuses[0]);
    CHECK(container_status(pod, "setup") == nullptr);
}
