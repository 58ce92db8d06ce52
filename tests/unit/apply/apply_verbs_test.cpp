// Steps that remove a pod or make a Job: they leave no mark.
#include "apply_fakes.hpp"

using namespace salve;
using namespace salve::test;

namespace {

struct Case {
    FakeCluster cluster;
    Recorder watch{cluster};
    plan::Plan plan;

    apply::StepResult run() {
        const auto applied = apply::apply(approved(plan), cluster, watch, {});
        REQUIRE(applied.steps.size() == 1);
        CHECK(applied.end == applied.steps[0].end);
        return applied.steps[0];
    }
    void meanwhile(const std::string& call, std::function<void()> what) {
        cluster.before = [call, what = std::move(what)](const std::string& now) {
            if (now == call) what();
        };
    }
};

// Pod web-4 of Deployment "web", which hangs; another one is made ten seconds after it went.
struct Ending : Case {
    explicit Ending(const std::string& action) {
        Shop shop;
        shop.facts.cluster.uid = "uid-cluster";
        auto& web = shop.running("web", 4);
        web.ready = 3;
        for (const char* name : {"web-1", "web-2", "web-3"}) shop.ready_pod("web", name);
        auto& bad = shop.unready_pod("web", "web-4");
        shop.found("pod.notready.readiness", web.meta.ref(), "web").affected = {{bad.meta.ref(), "web"}};
        auto& live = shop.live(bad.meta);
        live["metadata"]["ownerReferences"] = {{{"apiVersion", "apps/v1"},
                                                {"kind", "ReplicaSet"},
                                                {"name", "web-5d9"},
                                                {"uid", "uid-web-5d9"},
                                                {"controller", true}}};
        cluster.add(live);
        plan = shop.plan(action);
        REQUIRE(plan.steps.size() == 1);
        replacement = shop.ready_pod("web", "web-5");
        replaces();
    }
    // Called before each call.
    void replaces() {
        cluster.before = [this](const std::string& call) {
            if (call != "pause" || cluster.applied.empty()) return;
            cluster.objects.erase("Pod/web-4");
            replacement.meta.created = cluster.clock;
            cluster.pod_list = {replacement};
        };
    }
    Pod replacement;
};

// CronJob "nightly", to be run once now.
struct Running : Case {
    Running() {
        Shop shop;
        shop.facts.cluster.uid = "uid-cluster";
        kube::CronJob one;
        one.meta = meta("batch/v1", "CronJob", "shop", "nightly");
        shop.facts.cron_jobs.push_back(one);
        cluster.add(shop.live(one.meta, live_json("batch/v1", "CronJob", "nightly", {{"schedule", "0 3 * * *"}})));
        shop.found("cronjob.last-failed", one.meta.ref());
        plan = shop.plan("cronjob.run-now");
        REQUIRE(plan.steps.size() == 1);
        name = plan.steps[0].request.name;
        meanwhile("pause", [this] {
            if (cluster.objects.count(key_of("Job", name)))
                cluster.at("Job", name)["status"]["conditions"] = {{{"type", "Complete"}, {"status", "True"}}};
        });
    }
    std::string name;
};

}  // namespace

TEST_CASE("a pod goes, another one is ready, and what was found is gone") {
    for (const char* action : {"pod.evict", "pod.delete"}) {
        Ending one(action);
        const auto result = one.run();
        CHECK(result.end == End::verified);
        CHECK(result.checks.size() == 3);
    }
}

TEST_CASE("F10: another pod of that name does not go") {
    for (const char* action : {"pod.evict", "pod.delete"})
        for (const char* moment : {"uid", "run"}) {
            Ending one(action);
            one.meanwhile(moment, [&] { one.cluster.recreate("Pod", "web-4"); });
            CHECK(one.run().end == End::stale);
            CHECK(one.cluster.applied.empty());
            Ending gone(action);
            gone.meanwhile(moment, [&] { gone.cluster.remove("Pod", "web-4"); });
            CHECK(gone.run().end == End::stale);
        }
}

TEST_CASE("a removal whose answer was lost is applied where the pod is gone, going, or another one") {
    for (const auto fault : {Fault::timed_out_sent, Fault::reset_sent, Fault::killed_sent, Fault::silent_sent}) {
        Ending one("pod.evict");
        one.cluster.faults[1] = fault;
        CHECK(one.run().end == End::verified);
    }
    const auto with = [](auto change) {
        Ending one("pod.delete");
        one.cluster.faults[1] = Fault::timed_out_unsent;
        one.meanwhile("run", [&] { change(one.cluster); });
        return one.run();
    };
    CHECK(with([](FakeCluster&) {}).end == End::unknown);
    CHECK(with([](FakeCluster& cluster) { cluster.unreadable = {"read"}; }).end == End::unknown);
    CHECK(with([](FakeCluster& cluster) { cluster.at("Pod", "web-4")["metadata"].erase("uid"); }).end == End::unknown);
    CHECK(with([](FakeCluster& cluster) { cluster.remove("Pod", "web-4"); }).sent->effect == Effect::applied);
    CHECK(with([](FakeCluster& cluster) { cluster.recreate("Pod", "web-4"); }).sent->effect == Effect::applied);
}

TEST_CASE("a pod that a budget keeps was not removed") {
    Ending one("pod.evict");
    one.cluster.faults[1] = Fault::throttled;
    const auto result = one.run();
    CHECK(result.end == End::failed);
    CHECK(result.sent->effect == Effect::not_applied);
}

TEST_CASE("a Job is made and completes") {
    Running one;
    const auto result = one.run();
    CHECK(result.end == End::verified);
    CHECK(result.checks.at(0).observed == "it completed");
}

TEST_CASE("a Job whose answer was lost was made where it is there") {
    for (const auto fault : {Fault::timed_out_sent, Fault::reset_sent, Fault::silent_sent}) {
        Running one;
        one.cluster.faults[1] = fault;
        CHECK(one.run().end == End::verified);
    }
    for (const auto fault : {Fault::timed_out_unsent, Fault::reset_unsent}) {
        Running one;
        one.cluster.faults[1] = fault;
        CHECK(one.run().end == End::unknown);
        CHECK(one.cluster.applied.empty());
    }
}

TEST_CASE("a Job that is there already is not made again") {
    Running one;
    one.cluster.add(live_json("batch/v1", "Job", one.name, json::object()));
    const auto result = one.run();
    CHECK(result.end == End::failed);
    CHECK(result.sent->effect == Effect::not_applied);
}

TEST_CASE("a CronJob that was changed starts no Job") {
    Running one;
    one.meanwhile("uid", [&] { one.cluster.recreate("CronJob", "nightly"); });
    CHECK(one.run().end == End::stale);
    CHECK(one.cluster.sent.empty());
}
