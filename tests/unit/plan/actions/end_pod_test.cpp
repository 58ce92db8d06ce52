// pod.evict and pod.delete: two ways to end one pod, with the same pod to choose.
#include "action_builders.hpp"

using namespace salve;
using namespace salve::test;
using salve::kube::WriteVerb;
using salve::plan::Risk;

namespace {

// Deployment "web" with three ready pods and one, web-4, that is not.
Shop one_hangs(std::string_view mode_id = "pod.notready.readiness") {
    Shop shop;
    auto& web = shop.running("web", 4);
    web.ready = 3;
    for (const char* name : {"web-1", "web-2", "web-3"}) shop.ready_pod("web", name);
    auto& bad = shop.unready_pod("web", "web-4");
    shop.found(mode_id, web.meta.ref(), "web").affected = {{bad.meta.ref(), "web"}};
    return shop;
}

Pod& bad_of(Shop& shop) { return shop.facts.pods[3]; }

}  // namespace

TEST_CASE("an eviction ends the pod with that uid, and its controller makes another") {
    auto shop = one_hangs();
    const auto step = shop.step("pod.evict");
    CHECK(step.description == "Evict pod web-4 of Deployment web; its controller makes another.");
    CHECK(step.request.verb == WriteVerb::evict);
    CHECK(step.request.name == "web-4");
    CHECK(step.request.uid == "uid-web-4");
    CHECK(step.preconditions.uid == "uid-web-4");
    CHECK(step.command.back() == "--filename=-");
    CHECK(has(step.command, "--raw=/api/v1/namespaces/shop/pods/web-4/eviction"));
    CHECK(json::parse(step.input)["deleteOptions"]["preconditions"]["uid"] == "uid-web-4");
    CHECK(step.risk == Risk::low);
    CHECK(!step.reversible);
    CHECK(!step.inverse.request);
    CHECK(has(step.inverse.description, "its controller makes a new one"));
    CHECK(step.changes == std::vector<salve::plan::Change>{{"", "pod web-4", nullptr}});
}

TEST_CASE("a plain delete with its own grace, of a pod that is not ready") {
    auto shop = one_hangs();
    const auto step = shop.step("pod.delete");
    CHECK(step.description == "Delete pod web-4 of Deployment web; its controller makes another.");
    CHECK(step.request.verb == WriteVerb::delete_pod);
    CHECK(step.preconditions.uid == "uid-web-4");
    CHECK(step.risk == Risk::medium);
    const auto body = json::parse(step.input);
    CHECK(body["preconditions"]["uid"] == "uid-web-4");
    CHECK(!body.contains("gracePeriodSeconds"));
    shop.live(bad_of(shop).meta, live_pod("web-4", "Running", "True"));  // ready since the list was read
    CHECK(has(shop.refusal("pod.delete"), "is ready"));
}

TEST_CASE("neither is made unasked") { CHECK(one_hangs().plan().steps.empty()); }

TEST_CASE("which pod: the named one of the finding's, else the only one") {
    auto shop = one_hangs();
    auto& other = shop.unready_pod("web", "web-5");
    shop.findings[0].affected.push_back({other.meta.ref(), "web"});
    for (const char* id : {"pod.evict", "pod.delete"}) {
        CHECK(has(shop.refusal(id), "--set pod=NAME, one of web-4, web-5"));
        CHECK(shop.step(id, {{"pod", "web-5"}}).request.uid == "uid-web-5");
        CHECK(has(shop.refusal(id, {{"pod", "web-1"}}), "one of web-4, web-5"));  // healthy: not the finding's
    }
    shop.findings[0].affected.clear();
    CHECK(has(shop.refusal("pod.evict"), "shows in no pod"));
}

TEST_CASE("not a pod that was made anew, is going, could not be read or has ended") {
    for (const std::string id : {"pod.evict", "pod.delete"}) {
        auto shop = one_hangs();
        auto& live = shop.live(bad_of(shop).meta);
        live["metadata"]["deletionTimestamp"] = "2026-09-21T14:13:20Z";
        CHECK(has(shop.refusal(id), "is being deleted"));
        live = live_pod("web-4", "Failed");
        CHECK(has(shop.refusal(id), "has ended (phase Failed)"));
        live["metadata"]["uid"] = "uid-new";
        CHECK(has(shop.refusal(id), "made anew"));
        shop.lives.erase(bad_of(shop).meta.ref());
        CHECK(has(shop.refusal(id), "could not be read"));
    }
}

TEST_CASE("only with a controller that replaces it") {
    const auto with_owner = [](const std::string& kind, const std::string& id) {
        auto shop = one_hangs();
        auto& owners = bad_of(shop).meta.owners;
        owners.clear();
        if (!kind.empty()) owners.push_back({"apps/v1", kind, "x", "uid-x", true});
        return shop.refusal(id);
    };
    for (const std::string id : {"pod.evict", "pod.delete"}) {
        CHECK(has(with_owner("", id), "has no controller"));
        CHECK(has(with_owner("StatefulSet", id), "StatefulSet"));
        CHECK(has(with_owner("Job", id), "counts a pod that goes as a failure"));
        CHECK(has(with_owner("Rollout", id), "how Rollout x replaces its pods is not known"));
    }
    auto mirror = one_hangs();
    mirror.live(bad_of(mirror).meta)["metadata"]["annotations"] = {{"kubernetes.io/config.mirror", "x"}};
    CHECK(has(mirror.refusal("pod.delete"), "belongs to its node"));
    CHECK(has(mirror.refusal("pod.evict"), "belongs to its node"));
}

TEST_CASE("a pod of a DaemonSet is only evicted") {
    Shop shop;
    Workload agent;
    agent.meta = meta("apps/v1", "DaemonSet", "shop", "agent");
    agent.desired = agent.updated = 3;
    shop.facts.daemon_sets.push_back(agent);
    shop.running("web", 1);
    for (const char* name : {"a-1", "a-2"})
        shop.ready_pod("web", name).meta.owners = {{"apps/v1", "DaemonSet", "agent", "uid-agent", true}};
    auto& bad = shop.unready_pod("web", "a-3");
    bad.meta.owners = {{"apps/v1", "DaemonSet", "agent", "uid-agent", true}};
    shop.found("pod.notready.readiness", agent.meta.ref()).affected = {{bad.meta.ref(), ""}};
    CHECK(has(shop.refusal("pod.delete"), "only pod.evict is for those"));
    CHECK(shop.step("pod.evict").request.name == "a-3");
}

TEST_CASE("an eviction needs two ready peers and one budget that allows it") {
    auto two = one_hangs();
    two.facts.pods[0].conditions = {condition("Ready", "False")};
    CHECK(two.step("pod.evict").request.name == "web-4");
    two.facts.pods[1].conditions = {condition("Ready", "False")};
    CHECK(has(two.refusal("pod.evict"), "1 other pod of Deployment web is ready: at least 2"));
    auto budget = one_hangs();
    budget.budget("web", 1);
    CHECK(budget.plan("pod.evict").steps.size() == 1);
    budget.facts.budgets[0].disruptions_allowed = 0;
    CHECK(has(budget.refusal("pod.evict"), "budget-0 allows no eviction"));
    CHECK(budget.plan("pod.delete").steps.size() == 1);
    budget.facts.budgets[0].disruptions_allowed = 1;
    budget.budget("web", 1);
    CHECK(has(budget.refusal("pod.evict"), "several disruption budgets"));
    auto other = one_hangs();
    other.budget("db", 0);
    CHECK(other.plan("pod.evict").steps.size() == 1);
    auto unread = one_hangs();
    unread.unread(salve::kube::Resource::poddisruptionbudgets);
    CHECK(has(unread.refusal("pod.evict"), "could not be read"));
}

TEST_CASE("what is wrong with one pod on its node is moved, what a new pod shares is not") {
    for (const char* may : {"pod.creating.stuck", "pod.container.status-unknown", "pod.restarts.flapping"})
        CHECK(one_hangs(may).plan("pod.delete").steps.size() == 1);
    const std::pair<const char*, const char*> against[] = {{"pod.volume.multi-attach", "still attached elsewhere"},
                                                           {"pod.sandbox.cni", "might not come up"},
                                                           {"pod.image.not-found", "same image"},
                                                           {"pod.crashloop.oom", "same memory limit"}};
    for (const auto& [mode_id, reason] : against) CHECK(has(one_hangs(mode_id).refusal("pod.delete"), reason));
}

TEST_CASE("not where its peers show that a new pod would not come up") {
    auto shop = one_hangs("pod.creating.stuck");
    auto& peer = shop.facts.pods[0];
    auto& pending = shop.found("pod.pending.taint", meta("v1", "Node", "", "node-1").ref());
    pending.severity = Severity::low;  // not of weight by itself
    pending.affected = {{shop.facts.deployments[0].meta.ref(), ""}, {peer.meta.ref(), ""}};
    shop.options.finding = shop.findings[0].id;
    CHECK(has(shop.refusal("pod.delete"), "would not be replaced"));
    pending.affected.back() = {bad_of(shop).meta.ref(), ""};  // of the pod that goes alone
    CHECK(shop.plan("pod.delete").steps.size() == 1);
}

TEST_CASE("what goes with the pod is said") {
    auto shop = one_hangs();
    shop.live(bad_of(shop).meta)["spec"]["volumes"] = {{{"name", "cache"}, {"emptyDir", json::object()}},
                                                       {{"name", "data"}, {"configMap", {{"name", "c"}}}}};
    const auto step = shop.step("pod.evict");
    CHECK(step.destructive);
    CHECK(has(step.risk_reasons, "emptyDir volume cache goes with it"));
    CHECK(!has(step.risk_reasons, "data"));
}

TEST_CASE("the pod that goes is none of its peers") {
    auto shop = one_hangs("pod.restarts.flapping");
    shop.facts.pods[0].conditions = {condition("Ready", "False")};
    shop.facts.pods[1].conditions = {condition("Ready", "False")};
    shop.facts.pods[3].conditions = {condition("Ready", "True")};  // web-4 itself
    CHECK(has(shop.refusal("pod.evict"), "1 other pod of Deployment web is ready"));
}
