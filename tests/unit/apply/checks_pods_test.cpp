// The checks of what goes or comes: pod_gone, pod_replaced, job_succeeds, finding_gone; and how checks follow on one
// another.
#include "unit/apply/checks_builders.hpp"

using namespace salve;
using namespace salve::test;

namespace {

void runs_job(Checking& one) {
    one.step.request.verb = kube::WriteVerb::create_job;
    one.step.request.ns = "shop";
    one.step.request.name = "nightly-1";
    one.cluster.add(live_json("batch/v1", "Job", "nightly-1", json::object()));
}

json ended(const char* type, const char* status = "True") {
    return {{"conditions", {{{"type", type}, {"status", status}, {"message", "it ran too long"}}}}};
}

}  // namespace

TEST_CASE("pod_gone: not there, or another one of its name") {
    Checking one("pod_gone");
    one.ends_pod("web-1");
    one.at_pause(5, [&] { one.cluster.remove("Pod", "web-1"); });
    CHECK(one.end() == "passed: it is gone");
    CHECK(one.seconds() == 10);
    Checking other("pod_gone");
    other.ends_pod("web-1");
    other.cluster.recreate("Pod", "web-1");
    CHECK(other.end() == "passed: it is gone");
}

TEST_CASE("pod_gone: has its own time to end beside the window") {
    Checking one("pod_gone", 60'000);
    one.ends_pod("web-1");
    CHECK(one.end() == "failed: it is still there");
    CHECK(one.seconds() == 90);
    Checking slow("pod_gone", 60'000);
    slow.ends_pod("web-1");
    slow.before["spec"]["terminationGracePeriodSeconds"] = 120;
    CHECK(slow.run().passed == false);
    CHECK(slow.seconds() == 180);
}

TEST_CASE("pod_gone: an object whose uid is not told, and one that cannot be read, is not gone") {
    Checking nameless("pod_gone");
    nameless.ends_pod("web-1");
    nameless.cluster.at("Pod", "web-1")["metadata"].erase("uid");
    CHECK(nameless.run().passed == false);
    Checking never("pod_gone");
    never.ends_pod("web-1");
    never.cluster.unreadable = {"read"};
    CHECK(never.end() == "failed: it cannot be read: it is forbidden");
    Checking stopped("pod_gone");
    stopped.ends_pod("web-1");
    stopped.at_pause(1, [&] { stopped.cluster.stopped = true; });
    CHECK(stopped.end() == "interrupted: it is still there");
}

TEST_CASE("pod_replaced: it is gone, and a new one of the same controller is ready") {
    Checking one("pod_replaced", 300'000);
    one.ends_pod("web-1");
    for (auto& pod : one.cluster.pod_list) pod.meta.created = starting_test::now - base::hours(1);
    one.at_pause(5, [&] { one.cluster.remove("Pod", "web-1"); });
    one.at_pause(10, [&] { one.pod("web-4", one.cluster.clock).conditions.clear(); });
    one.at_pause(15, [&] { one.cluster.pod_list.back().conditions = {condition("Ready", "True")}; });
    CHECK(one.end() == "passed: pod web-4 is ready");
    CHECK(one.seconds() == 30);
    CHECK(one.told[0] == "the pod is still there");
    CHECK(one.told[5] == "it is gone, and no new pod is ready yet");
}

TEST_CASE("pod_replaced: an old pod, one that goes, and one of another controller are no replacement") {
    Checking one("pod_replaced", 10'000);
    one.ends_pod("web-1");
    one.cluster.remove("Pod", "web-1");
    auto& pods = one.cluster.pod_list;
    pods[0].meta.created = starting_test::now - base::seconds(3);
    pods[1].meta.owners[0].uid = "uid-other";
    pods[2].meta.deleted = starting_test::now;
    CHECK(one.end() == "failed: it is gone, and no new pod is ready yet");
    CHECK(one.seconds() == 40);
    Checking ownerless("pod_replaced", 10'000);
    ownerless.ends_pod("web-1");
    ownerless.cluster.remove("Pod", "web-1");
    ownerless.before["metadata"].erase("ownerReferences");
    CHECK(ownerless.run().passed == false);
}

TEST_CASE("pod_replaced: unreadable, interrupted") {
    for (const char* what : {"read", "pods"}) {
        Checking never("pod_replaced", 10'000);
        never.ends_pod("web-1");
        never.cluster.remove("Pod", "web-1");
        never.cluster.unreadable = {what};
        CHECK(never.end() == "failed: it cannot be read: it is forbidden");
    }
    Checking stopped("pod_replaced", 10'000);
    stopped.ends_pod("web-1");
    stopped.at_pause(1, [&] { stopped.cluster.stopped = true; });
    CHECK(stopped.end() == "interrupted: the pod is still there");
}

TEST_CASE("job_succeeds: as the conditions of the Job say") {
    Checking one("job_succeeds", 600'000);
    runs_job(one);
    one.at_pause(3, [&] { one.cluster.at("Job", "nightly-1")["status"] = ended("Complete", "False"); });
    one.at_pause(5, [&] { one.cluster.at("Job", "nightly-1")["status"] = ended("Complete"); });
    CHECK(one.end() == "passed: it completed");
    CHECK(one.seconds() == 10);
    Checking failed("job_succeeds", 600'000);
    runs_job(failed);
    failed.at_pause(1, [&] { failed.cluster.at("Job", "nightly-1")["status"] = ended("Failed"); });
    CHECK(failed.end() == "failed: it failed: it ran too long");
    Checking gone("job_succeeds", 600'000);
    runs_job(gone);
    gone.at_pause(1, [&] { gone.cluster.remove("Job", "nightly-1"); });
    CHECK(gone.end() == "failed: the Job is gone");
    Checking slow("job_succeeds", 600'000);
    runs_job(slow);
    CHECK(slow.end() == "failed: it still runs");
    CHECK(slow.seconds() == 600);
    Checking never("job_succeeds", 10'000);
    runs_job(never);
    never.cluster.unreadable = {"read"};
    CHECK(never.end() == "failed: it cannot be read: it is forbidden");
    Checking stopped("job_succeeds", 10'000);
    runs_job(stopped);
    stopped.at_pause(1, [&] { stopped.cluster.stopped = true; });
    CHECK(stopped.end() == "interrupted: it still runs");
}

TEST_CASE("job_succeeds: a status of other types tells nothing and breaks nothing") {
    for (const json& value :
         {json(), json(7), json("x"), json::object(), json::array({7}), json::array({json()}),
          json::array({{{"type", nullptr}, {"status", 7}}}), json::array({{{"type", 7}, {"status", "True"}}})}) {
        Checking one("job_succeeds", 2'000);
        runs_job(one);
        one.cluster.at("Job", "nightly-1")["status"] = {{"conditions", value}};
        CHECK(one.end() == "failed: it still runs");
    }
    Checking one("job_succeeds", 2'000);
    runs_job(one);
    one.cluster.at("Job", "nightly-1")["status"] = ended("Failed");
    one.cluster.at("Job", "nightly-1")["status"]["conditions"][0]["message"] = nullptr;
    CHECK(one.end() == "failed: it failed: ");
}

TEST_CASE("finding_gone: without a soak it has to be gone twice") {
    Checking one("finding_gone", 120'000, 6);
    CHECK(one.end() == "passed: triage does not find it");
    CHECK(one.cluster.looks == 2);
    CHECK(one.seconds() == 20);
    Checking again("finding_gone", 120'000, 6);
    again.cluster.diagnoses = {{"f1"}, {}, {"f1", "f2"}, {"f2"}};
    CHECK(again.run().passed == true);
    CHECK(again.cluster.looks == 5);
    CHECK(again.told[1] == "triage does not find it, for now");
    CHECK(again.told[2] == "triage still finds it");
}

TEST_CASE("finding_gone: after a soak one look is enough") {
    Checking one("restarts_flat", 60'000, 6);
    one.step.verify.push_back({"finding_gone", 120'000, 6});
    const auto results = one.all();
    REQUIRE(results.size() == 2);
    CHECK(apply::all_passed(results));
    CHECK(one.cluster.looks == 1);
}

TEST_CASE("finding_gone: what is still found when the time is over has not gone") {
    Checking one("finding_gone", 120'000, 6);
    one.cluster.diagnoses = {{"f1"}};
    CHECK(one.end() == "failed: triage still finds it");
    CHECK(one.seconds() == 120);
    Checking stopped("finding_gone");
    stopped.cluster.diagnoses = {{"f1"}};
    stopped.at_pause(1, [&] { stopped.cluster.stopped = true; });
    CHECK(stopped.end() == "interrupted: triage still finds it");
}

// However short the soak, triage is not run again and again without a pause.
TEST_CASE("finding_gone: a short soak makes the looks follow faster, but not at once") {
    for (const int soak : {0, 1, 5}) {
        Checking one("finding_gone", 120'000, 6);
        one.options.soak = base::seconds(soak);
        one.cluster.diagnoses = {{"f1"}};
        CHECK(one.end() == "failed: triage still finds it");
        CHECK(one.cluster.looks <= 61);
        Checking gone("finding_gone", 120'000, 6);
        gone.options.soak = base::seconds(soak);
        CHECK(gone.run().passed == true);
        CHECK(gone.seconds() == std::max(soak, 2));
    }
}

// What could not be looked at may hide it (SAFETY F8).
TEST_CASE("finding_gone: only where everything could be read") {
    Checking one("finding_gone", 120'000, 6);
    one.cluster.complete = false;
    CHECK(one.end() == "failed: triage does not find it, and could not read everything");
    Checking later("finding_gone", 120'000, 6);
    later.cluster.complete = false;
    later.at_pause(2, [&] { later.cluster.complete = true; });
    CHECK(later.run().passed == true);
    CHECK(later.cluster.looks == 4);
    Checking never("finding_gone");
    never.cluster.unreadable = {"diagnose"};
    CHECK(never.end() == "failed: it cannot be read: it is forbidden");
}

TEST_CASE("checks follow in their order, and end with the first that does not pass") {
    Checking one("rollout_complete");
    one.step.verify = {{"rollout_complete", 60'000, 1}, {"restarts_flat", 60'000, 6}, {"finding_gone", 120'000, 6}};
    one.cluster.pod_list[0].conditions.clear();
    const auto results = one.all();
    REQUIRE(results.size() == 3);
    CHECK(results[0].passed == true);
    CHECK(results[1].passed == false);
    CHECK_FALSE(results[2].passed);
    CHECK(results[2].check == "finding_gone");
    CHECK(results[2].observed == "not looked at any more");
    CHECK_FALSE(results[2].interrupted);
    CHECK(one.cluster.looks == 0);
    CHECK_FALSE(apply::all_passed(results));
}

TEST_CASE("a check that is not known is not passed") {
    Checking one("moon_is_full");
    CHECK(one.end() == "untold: this version does not know the check");
}

TEST_CASE("what of a change does not hold is told by its fields") {
    plan::Step step;
    step.changes = {{"/spec/a", 1, 2}, {"/spec/b", nullptr, json{{"c", "<redacted:hmac>"}}}, {"/spec/d", "x", nullptr}};
    CHECK(apply::not_ours(step, {{"spec", {{"a", 2}, {"b", "anything"}}}}).empty());
    CHECK(apply::not_ours(step, {{"spec", {{"a", 1}, {"d", "x"}}}}) ==
          std::vector<std::string>{"/spec/a is 1", "/spec/d is \"x\""});
    CHECK(apply::not_ours(step, json()) == std::vector<std::string>{"/spec/a is not there"});
    step.request.verb = kube::WriteVerb::evict;
    CHECK(apply::not_ours(step, json()).empty());
}
