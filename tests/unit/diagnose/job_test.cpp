#include <doctest/doctest.h>

#include "all_rules.hpp"
#include "unit/diagnose/batch_builders.hpp"

using namespace salve::batch_test;
using salve::diagnose::rules::job_failed;
using salve::diagnose::rules::job_waiting;

TEST_CASE("a Job that gave up says what its last pod said") {
    Cluster cluster;
    auto& job =
        cluster.fail(cluster.job("close"), "BackoffLimitExceeded", "Job has reached the specified backoff limit", 50);
    cluster.failed_pod("close-old", job, 1, 58);
    const auto& pod = cluster.failed_pod("close-new", job, 9, 55);
    const auto wanted = cluster.wants(job_failed);
    REQUIRE(wanted.size() == 1);
    CHECK(wanted[0].pod == "close-new");
    cluster.log(pod, {"closing", "cannot close: 3 open items"});
    const auto found = cluster.run(job_failed);
    REQUIRE(mode_of(found) == "job.backoff-limit");
    CHECK(found[0].root.object.name == "close");
    CHECK(affects(found[0], "Pod", "close-new"));
    for (const auto* literal : {"BackoffLimitExceeded", "cannot close: 3 open items", "exit code 9", "backoffLimit: 6"})
        CHECK_MESSAGE(has(said(found[0]), literal), literal);
    CHECK(found[0].severity == Severity::high);
    CHECK(found[0].actions.empty());
}

TEST_CASE("each reason of a failed Job has its mode") {
    const auto mode = [](const char* reason) {
        Cluster cluster;
        cluster.fail(cluster.job("work"), reason, "message", 5);
        return mode_of(cluster.run(job_failed));
    };
    CHECK(mode("DeadlineExceeded") == "job.deadline");
    CHECK(mode("PodFailurePolicy") == "job.failure-policy");
    CHECK(mode("FailedIndexes") == "job.indexes");
    CHECK(mode("MaxFailedIndexesExceeded") == "job.indexes");
    CHECK(mode("SomethingOfAnotherController") == "none");
}

TEST_CASE("a Job without pods is told by its condition, and says that the log is gone") {
    Cluster cluster;
    auto& job = cluster.fail(cluster.job("render", 30), "DeadlineExceeded",
                             "Job was active longer than specified deadline", 20);
    job.active_deadline_s = 6;
    auto gone = cluster.meta("v1", "Pod", "render-x7k2p", 29);
    SUBCASE("its pod left no word") {
        const auto found = cluster.run(job_failed);
        REQUIRE(found.size() == 1);
        CHECK(has(said(found[0]), "activeDeadlineSeconds: 6"));
        CHECK(found[0].missing_evidence.size() == 1);
    }
    SUBCASE("an event of its pod tells why it did not get on") {
        cluster.event(gone, "Failed", "Failed to pull image \"lift:9\": not found", 25);
        CHECK(has(cluster.run(job_failed)[0].summary, "Failed to pull image"));
    }
    SUBCASE("an event of another object, or of an earlier time, does not") {
        gone.name = "render-farm-x7k2p";
        cluster.event(gone, "Failed", "not ours", 25);
        gone.name = "render-x7k2p";
        cluster.event(gone, "Failed", "before its time", 40);
        CHECK(!has(said(cluster.run(job_failed)[0]), "Failed:"));
    }
}

TEST_CASE("of an Indexed Job a pod of a failed index tells") {
    Cluster cluster;
    auto& job = cluster.fail(cluster.job("tiles"), "FailedIndexes", "Job has failed indexes", 5);
    const auto index = [](Pod& pod, const char* value) {
        pod.meta.labels["batch.kubernetes.io/job-completion-index"] = value;
    };
    index(cluster.failed_pod("tiles-4-aaaaa", job, 7, 20), "4");
    index(cluster.failed_pod("tiles-2-bbbbb", job, 7, 10), "2");
    index(cluster.pod("tiles-2-ccccc", &job.meta, "Succeeded", 9), "2");
    index(cluster.failed_pod("tiles-1-ddddd", job, 7, 22), "1");
    const auto found = cluster.run(job_failed);
    REQUIRE(mode_of(found) == "job.indexes");
    CHECK(affects(found[0], "Pod", "tiles-4-aaaaa"));
    CHECK(has(found[0].summary, "indexes 1,4"));
}

TEST_CASE("a pod that failed as a whole is quoted with its reason") {
    Cluster cluster;
    auto& job = cluster.fail(cluster.job("sort"), "BackoffLimitExceeded", "m", 5);
    auto& pod = cluster.pod("sort-a", &job.meta, "Failed");
    pod.reason = "Evicted";
    pod.message = "The node was low on resource: memory.";
    CHECK(has(cluster.run(job_failed)[0].summary, "failed with Evicted: The node was low on resource"));
    CHECK(cluster.wants(job_failed).empty());
}

TEST_CASE("Jobs that are well, going, deleted or made good are no failures") {
    Cluster cluster;
    SUBCASE("completed") { cluster.complete(cluster.job("a"), 5); }
    SUBCASE("going") { cluster.job("a").active = 1; }
    SUBCASE("a condition that is not True") {
        cluster.job("a").conditions.push_back(cluster.condition("Failed", "False", "BackoffLimitExceeded", "", 5));
    }
    SUBCASE("being deleted") { cluster.fail(cluster.job("a"), "BackoffLimitExceeded", "m", 5).meta.deleted = ago(1); }
    SUBCASE("of a CronJob: told there") {
        auto& cron = cluster.cron_job("nightly", "0 0 * * *");
        cluster.fail(cluster.job("a", 60, &cron), "BackoffLimitExceeded", "m", 5);
    }
    SUBCASE("a newer one of the same controller has succeeded") {
        const auto workflow = Cluster::meta("example.com/v1", "Workflow", "flow");
        auto& old = cluster.fail(cluster.job("a", 60), "BackoffLimitExceeded", "m", 50);
        Cluster::own(old.meta, workflow);
        Cluster::own(cluster.complete(cluster.job("b", 30), 20).meta, workflow);
    }
    CHECK(cluster.run(job_failed).empty());
}

TEST_CASE("a suspended Job is information, a queued one nothing") {
    Cluster cluster;
    auto& job = cluster.job("unload");
    job.suspended = true;
    CHECK(cluster.run(job_waiting).empty());  // not yet observed
    job.conditions.push_back(cluster.condition("Suspended", "True", "JobSuspended", "Job suspended", 5));
    const auto found = cluster.run(job_waiting);
    REQUIRE(mode_of(found) == "job.suspended");
    CHECK(found[0].severity == Severity::info);
    CHECK(found[0].actions.empty());
    SUBCASE("of a queue") { job.meta.labels["kueue.x-k8s.io/queue-name"] = "team"; }
    SUBCASE("resumed") { job.conditions[0].status = "False"; }
    CHECK(cluster.run(job_waiting).empty());
}

TEST_CASE("a Job is stuck when none of its pods gets on") {
    Cluster cluster;
    auto& job = cluster.job("fire");
    job.active = 1;
    auto& pod = cluster.pod("fire-a", &job.meta, "Pending", 10);
    auto& state = pod.statuses[0].state;
    state.waiting = Waiting{"ImagePullBackOff", "Back-off pulling image \"fire:9\""};
    const auto found = cluster.run(job_waiting);
    REQUIRE(mode_of(found) == "job.stuck");
    CHECK(has(said(found[0]), "ImagePullBackOff: Back-off pulling image \"fire:9\""));
    CHECK(affects(found[0], "Pod", "fire-a"));
    SUBCASE("not when it is new") { pod.meta.created = now - salve::base::seconds(20); }
    SUBCASE("not when another pod runs") { cluster.running_pod("fire-b", job.meta); }
    SUBCASE("not when it waits at a gate") {
        state.waiting.reset();
        pod.conditions.push_back(cluster.condition("PodScheduled", "False", "SchedulingGated", "", 10));
    }
    SUBCASE("not when an init container works") {
        state.waiting = Waiting{"PodInitializing", ""};
        ContainerStatus init;
        init.name = "load";
        init.list = ContainerStatus::List::init;
        init.state.running = Running{ago(9)};
        pod.statuses.push_back(init);
    }
    SUBCASE("not when the pods were not read") { cluster.forbid(Resource::pods); }
    CHECK(cluster.run(job_waiting).empty());
}

TEST_CASE("a Job whose pods cannot be created is stuck") {
    Cluster cluster;
    auto& job = cluster.job("fire");
    cluster.event(job.meta, "FailedCreate", "Error creating: pods \"fire-x\" is forbidden: exceeded quota: q", 2);
    const auto found = cluster.run(job_waiting);
    REQUIRE(mode_of(found) == "job.stuck");
    CHECK(has(found[0].summary, "exceeded quota: q"));
    cluster.complete(job, 1);
    CHECK(cluster.run(job_waiting).empty());
}

TEST_CASE("a long running healthy Job is not stuck") {
    Cluster cluster;
    auto& job = cluster.job("grind", 60 * 24 * 9);
    job.active = 1;
    cluster.running_pod("grind-a", job.meta, false);
    CHECK(cluster.run(job_waiting).empty());
}
