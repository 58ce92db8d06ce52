// Steps of one check, and the cluster that they look at.
#pragma once
#include "apply/checks.hpp"
#include "apply_fakes.hpp"

namespace salve::test {

struct Checking {
    FakeCluster cluster;
    plan::Step step;
    json before;
    apply::CheckOptions options;
    std::vector<std::string> told;

    // Of Deployment "web" with three pods, all ready.
    explicit Checking(const std::string& check, std::int64_t window_ms = 60'000, int samples = 6) {
        step.target.object = {"apps/v1", "Deployment", "shop", "web", "uid-web"};
        step.preconditions.uid = "uid-web";
        step.finding_id = "f1";
        step.verify = {{check, window_ms, samples}};
        before =
            cluster.add(live_deployment("web", {{"replicas", 3}, {"selector", {{"matchLabels", {{"app", "web"}}}}}}));
        for (const char* name : {"web-1", "web-2", "web-3"}) pod(name);
        options.tell = [this](const std::string& words) { told.push_back(words); };
    }
    Checking(const Checking&) = delete;
    Checking& operator=(const Checking&) = delete;

    json& web() { return cluster.at("Deployment", "web"); }

    kube::Pod& pod(const std::string& name, base::Time created = starting_test::now) {
        auto& one = cluster.pod_list.emplace_back();
        one.meta = meta("v1", "Pod", "shop", name);
        one.meta.created = created;
        one.meta.labels = {{"app", "web"}};
        one.meta.owners = {{"apps/v1", "ReplicaSet", "web-5d9", "uid-web-5d9", true}};
        one.phase = "Running";
        one.conditions = {condition("Ready", "True")};
        one.statuses.emplace_back().name = "web";
        return one;
    }
    // As the step stands when a pod goes.
    void ends_pod(const std::string& name) {
        step.target.object = {"v1", "Pod", "shop", name, "uid-" + name};
        step.preconditions.uid = "uid-" + name;
        step.request.verb = kube::WriteVerb::evict;
        before = live_pod(name, "Running");
        before["metadata"]["ownerReferences"] = {
            {{"kind", "ReplicaSet"}, {"uid", "uid-web-5d9"}, {"controller", true}}};
        cluster.add(before);
    }
    // At the n-th pause.
    void at_pause(int count, std::function<void()> what) {
        const auto then = cluster.before;
        cluster.before = [this, count, then, what = std::move(what)](const std::string& call) {
            then(call);
            if (call == "pause" && cluster.pauses == count) what();
        };
    }

    std::vector<apply::CheckResult> all() { return apply::run_checks(step, before, cluster.clock, cluster, options); }
    apply::CheckResult run() {
        const auto results = all();
        REQUIRE(results.size() == 1);
        const auto& one = results[0];
        CHECK(one.check == step.verify[0].check);
        CHECK_FALSE(one.observed.empty());
        CHECK(one.at == cluster.clock);
        CHECK(one.window_ms == (cluster.clock - starting_test::now).us / 1000);
        CHECK(apply::all_passed(results) == (one.passed == true));
        CHECK(cluster.sent.empty());
        return one;
    }
    // "passed", "failed", "interrupted" or "untold", and what was seen.
    std::string end() {
        const auto one = run();
        CHECK(one.interrupted == cluster.stopped);
        return (one.passed        ? *one.passed ? "passed: " : "failed: "
                : one.interrupted ? "interrupted: "
                                  : "untold: ") +
               one.observed;
    }
    std::int64_t seconds() const { return (cluster.clock - starting_test::now).us / 1'000'000; }
};

}  // namespace salve::test
