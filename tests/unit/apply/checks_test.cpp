// The checks of workloads: rollout_complete, restarts_flat, replicas_held, field_is.
#include "unit/apply/checks_builders.hpp"

using namespace salve;
using namespace salve::test;

namespace {

// In the middle of a rollout that the controllers never end by themselves.
void roll(Checking& one) {
    one.cluster.converges = false;
    one.web()["metadata"]["generation"] = 4;
    one.web()["status"].update({{"observedGeneration", 4}, {"updatedReplicas", 1}});
}

json progressing(const char* reason, const char* status, const char* at) {
    return json::array({{{"type", "Progressing"},
                         {"status", status},
                         {"reason", reason},
                         {"message", "ReplicaSet \"web-5d9\" has timed out progressing."},
                         {"lastUpdateTime", at}}});
}

void sets_replicas(Checking& one, int from, int to) {
    one.before["spec"]["replicas"] = from;
    one.step.changes = {{"/spec/replicas", from, to}};
    one.web()["spec"]["replicas"] = to;
}

}  // namespace

TEST_CASE("rollout_complete: waits until it is done") {
    Checking one("rollout_complete");
    roll(one);
    one.at_pause(7, [&] { FakeCluster::settle(one.web()); });
    CHECK(one.end() == "passed: 3 of 3 pods are new, 3 of 3 available");
    CHECK(one.seconds() == 14);
    REQUIRE(one.told.size() == 8);
    CHECK(one.told[0] == "1 of 3 pods are new, 3 of 3 available");
}

TEST_CASE("rollout_complete: has its deadline and a minute, and no longer") {
    Checking one("rollout_complete");
    roll(one);
    CHECK(one.end() == "failed: 1 of 3 pods are new, 3 of 3 available");
    CHECK(one.seconds() == 660);
    Checking quick("rollout_complete");
    roll(quick);
    quick.before["spec"]["progressDeadlineSeconds"] = 30;
    CHECK(quick.run().passed == false);
    CHECK(quick.seconds() == 90);
}

TEST_CASE("rollout_complete: fails where nothing but another change helps") {
    Checking one("rollout_complete");
    roll(one);
    one.web()["status"]["conditions"] = progressing("ProgressDeadlineExceeded", "False", "2026-11-21T08:00:00Z");
    CHECK(one.end() == "failed: ReplicaSet \"web-5d9\" has timed out progressing.");
    Checking gone("rollout_complete");
    gone.cluster.remove("Deployment", "web");
    CHECK(gone.end() == "failed: the object is gone");
    Checking stuck("rollout_complete");
    roll(stuck);
    stuck.cluster.pod_list[1].statuses[0].state.waiting = kube::Waiting{"ImagePullBackOff", "x"};
    CHECK(stuck.end() == "failed: container web of pod web-2 waits in ImagePullBackOff");
    CHECK(stuck.seconds() == 2);  // seen twice
}

// The controller keeps the condition of the rollout that stalled before until the first pod of the new one moves.
TEST_CASE("rollout_complete: the verdict on an earlier rollout is none on this one") {
    Checking one("rollout_complete");
    roll(one);
    const auto stalled = progressing("ProgressDeadlineExceeded", "False", "2026-11-21T08:00:00Z");
    one.before["status"]["conditions"] = stalled;
    one.web()["status"]["conditions"] = stalled;
    one.at_pause(3, [&] { FakeCluster::settle(one.web()); });
    CHECK(one.end() == "passed: 3 of 3 pods are new, 3 of 3 available");
    Checking again("rollout_complete");
    roll(again);
    again.before["status"]["conditions"] = stalled;
    again.web()["status"]["conditions"] = progressing("ProgressDeadlineExceeded", "False", "2026-11-21T09:00:00Z");
    CHECK(again.run().passed == false);
    CHECK(again.seconds() == 0);
}

TEST_CASE("rollout_complete: pods of others, old ones, and ones that are done do not count as stuck") {
    Checking one("rollout_complete");
    roll(one);
    auto& pods = one.cluster.pod_list;
    for (auto& pod : pods) pod.statuses[0].state.waiting = kube::Waiting{"CrashLoopBackOff", "x"};
    pods[0].meta.labels = {{"app", "other"}};
    pods[1].meta.created = starting_test::now - base::seconds(3);
    pods[2].phase = "Failed";
    one.at_pause(5, [&] { FakeCluster::settle(one.web()); });
    CHECK(one.run().passed == true);
}

TEST_CASE("rollout_complete: what cannot be read meanwhile is read again") {
    Checking one("rollout_complete");
    roll(one);
    one.cluster.unreadable = {"read", "pods"};
    one.at_pause(3, [&] {
        one.cluster.unreadable.clear();
        FakeCluster::settle(one.web());
    });
    CHECK(one.run().passed == true);
    CHECK(one.told[0] == "it cannot be read: it is forbidden");
    Checking never("rollout_complete");
    never.cluster.unreadable = {"read"};
    CHECK(never.end() == "failed: it cannot be read: it is forbidden");
    Checking stopped("rollout_complete");
    roll(stopped);
    stopped.at_pause(2, [&] { stopped.cluster.stopped = true; });
    CHECK(stopped.end() == "interrupted: 1 of 3 pods are new, 3 of 3 available");
}

TEST_CASE("restarts_flat: soaks for as long as was planned, or shorter if it is told so") {
    Checking one("restarts_flat", 60'000, 6);
    CHECK(one.end() == "passed: 3 of 3 pods ready, no restart");
    CHECK(one.seconds() == 60);
    for (const int soak : {0, 5, 60, 100}) {
        Checking shorter("restarts_flat", 60'000, 6);
        shorter.options.soak = base::seconds(soak);
        CHECK(shorter.run().passed == true);
        CHECK(shorter.seconds() == std::min(soak, 60));
    }
}

TEST_CASE("restarts_flat: one restart is one too many, also of a pod that came meanwhile") {
    Checking one("restarts_flat");
    one.cluster.pod_list[1].statuses[0].restarts = 4;  // from before
    one.at_pause(3, [&] { ++one.cluster.pod_list[1].statuses[0].restarts; });
    CHECK(one.end() == "failed: container web of pod web-2 restarted (5 times now)");
    CHECK(one.seconds() == 30);
    Checking later("restarts_flat");
    later.at_pause(1, [&] { later.pod("web-4"); });
    later.at_pause(2, [&] { later.cluster.pod_list[3].statuses[0].restarts = 1; });
    CHECK(later.end() == "failed: container web of pod web-4 restarted (1 times now)");
}

TEST_CASE("restarts_flat: every pod has to be ready, and there has to be one") {
    Checking one("restarts_flat");
    one.cluster.pod_list[0].conditions = {condition("Ready", "False")};
    CHECK(one.end() == "failed: 2 of 3 pods ready, no restart");
    Checking none("restarts_flat");
    for (auto& pod : none.cluster.pod_list) pod.meta.labels.clear();
    CHECK(none.end() == "failed: 0 of 0 pods ready, no restart");
    // One that goes, and one that is done, is no pod of it any more.
    Checking going("restarts_flat");
    going.cluster.pod_list[0].meta.deleted = starting_test::now;
    going.cluster.pod_list[1].phase = "Failed";
    CHECK(going.end() == "passed: 1 of 1 pods ready, no restart");
    Checking blind("restarts_flat");
    blind.before["spec"].erase("selector");
    CHECK(blind.run().passed == false);
}

TEST_CASE("restarts_flat: what cannot be read meanwhile is read again, and at the end nothing is told without it") {
    Checking one("restarts_flat");
    one.at_pause(1, [&] { one.cluster.unreadable = {"pods"}; });
    one.at_pause(3, [&] { one.cluster.unreadable.clear(); });
    CHECK(one.run().passed == true);
    Checking never("restarts_flat");
    never.at_pause(1, [&] { never.cluster.unreadable = {"pods"}; });
    CHECK(never.end() == "untold: it cannot be read: it is forbidden");
    CHECK(never.seconds() == 60);
    Checking stopped("restarts_flat");
    stopped.at_pause(2, [&] { stopped.cluster.stopped = true; });
    CHECK(stopped.end() == "interrupted: 3 of 3 pods ready, no restart");
}

TEST_CASE("replicas_held: the number stays, and as many pods are ready") {
    Checking one("replicas_held", 120'000, 6);
    sets_replicas(one, 1, 3);
    CHECK(one.end() == "passed: spec.replicas is 3, 3 ready");
    CHECK(one.seconds() == 120);
    Checking changed("replicas_held", 120'000, 6);
    sets_replicas(changed, 1, 3);
    changed.at_pause(2, [&] { changed.web()["spec"]["replicas"] = 2; });
    CHECK(changed.end() == "failed: spec.replicas is 2 now");
    Checking gone("replicas_held");
    gone.at_pause(1, [&] { gone.cluster.remove("Deployment", "web"); });
    CHECK(gone.end() == "failed: the object is gone");
}

TEST_CASE("replicas_held: new pods have the whole time to come, however short the soak") {
    for (const std::optional<int> soak : {std::optional<int>(), std::optional<int>(0), std::optional<int>(10)}) {
        Checking one("replicas_held", 120'000, 6);
        sets_replicas(one, 1, 3);
        one.cluster.converges = false;
        one.web()["status"]["readyReplicas"] = 1;
        if (soak) one.options.soak = base::seconds(*soak);
        one.at_pause(15, [&] { one.web()["status"]["readyReplicas"] = 3; });
        CHECK(one.end() == "passed: spec.replicas is 3, 3 ready");
        CHECK(one.seconds() == (soak ? 30 : 120));
    }
    Checking never("replicas_held", 120'000, 6);
    sets_replicas(never, 1, 3);
    never.cluster.converges = false;
    never.web()["status"]["readyReplicas"] = 2;
    CHECK(never.end() == "failed: spec.replicas is 3, 2 ready");
    CHECK(never.seconds() == 120);
}

TEST_CASE("replicas_held: a step that scales nothing keeps as many ready as there were") {
    Checking one("replicas_held");
    one.cluster.converges = false;
    one.before["status"]["readyReplicas"] = 2;
    one.web()["status"]["readyReplicas"] = 2;
    CHECK(one.run().passed == true);
    one.web()["status"]["readyReplicas"] = 1;
    Checking fewer("replicas_held");
    fewer.cluster.converges = false;
    fewer.at_pause(1, [&] { fewer.web()["status"]["readyReplicas"] = 2; });
    CHECK(fewer.end() == "failed: spec.replicas is 3, 2 ready");
}

TEST_CASE("replicas_held: unreadable, interrupted") {
    Checking never("replicas_held");
    never.at_pause(1, [&] { never.cluster.unreadable = {"read"}; });
    CHECK(never.end() == "untold: it cannot be read: it is forbidden");
    Checking stopped("replicas_held");
    stopped.at_pause(1, [&] { stopped.cluster.stopped = true; });
    CHECK(stopped.end() == "interrupted: spec.replicas is 3, 3 ready");
}

TEST_CASE("field_is: every field that was set holds, for the whole time") {
    const auto sets = [](Checking& one) {
        one.step.changes = {{"/spec/paused", nullptr, true}, {"/spec/x", 1, nullptr}};
    };
    Checking one("field_is", 10'000, 1);
    sets(one);
    one.web()["spec"]["paused"] = true;
    CHECK(one.end() == "passed: they do");
    CHECK(one.seconds() == 10);
    Checking back("field_is", 10'000, 1);
    sets(back);
    back.web()["spec"]["paused"] = true;
    back.at_pause(1, [&] { back.web()["spec"]["x"] = 1; });
    CHECK(back.end() == "failed: /spec/x is 1");
    Checking gone("field_is", 10'000, 1);
    gone.cluster.remove("Deployment", "web");
    CHECK(gone.end() == "failed: the object is gone");
    Checking never("field_is", 10'000, 1);
    never.cluster.unreadable = {"read"};
    CHECK(never.end() == "untold: it cannot be read: it is forbidden");
    Checking stopped("field_is", 10'000, 1);
    stopped.at_pause(1, [&] { stopped.cluster.stopped = true; });
    CHECK(stopped.end() == "interrupted: they do");
}
