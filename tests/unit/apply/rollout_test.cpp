// Status as a server of 1.32 writes it.
#include "apply/rollout.hpp"

#include "action_builders.hpp"

using namespace salve;
using namespace salve::test;
using apply::Rollout;

namespace {

// Deployment "web" of three, in the middle of a rollout.
json deployment() {
    return json::parse(R"({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop", "uid": "uid-web", "generation": 4},
        "spec": {"replicas": 3, "progressDeadlineSeconds": 600, "selector": {"matchLabels": {"app": "web"}}},
        "status": {"observedGeneration": 4, "replicas": 4, "updatedReplicas": 2, "readyReplicas": 3,
                   "availableReplicas": 3, "unavailableReplicas": 1, "conditions": [
            {"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable", "message": "x",
             "lastUpdateTime": "2026-11-21T08:00:00Z", "lastTransitionTime": "2026-11-21T08:00:00Z"},
            {"type": "Progressing", "status": "True", "reason": "ReplicaSetUpdated", "message": "x",
             "lastUpdateTime": "2026-11-21T08:00:00Z", "lastTransitionTime": "2026-11-21T08:00:00Z"}]}})");
}

json finished() {
    auto object = deployment();
    object["status"].update({{"replicas", 3}, {"updatedReplicas", 3}});
    object["status"].erase("unavailableReplicas");
    object["status"]["conditions"][1]["reason"] = "NewReplicaSetAvailable";
    return object;
}

bool done(json object, const char* path, json value) {
    object[json::json_pointer(path)] = std::move(value);
    return apply::rollout_of(object).done;
}

json stateful_set() {
    return json::parse(R"({"apiVersion": "apps/v1", "kind": "StatefulSet",
        "metadata": {"name": "db", "generation": 2}, "spec": {"replicas": 2},
        "status": {"observedGeneration": 2, "replicas": 2, "readyReplicas": 2, "availableReplicas": 2,
                   "currentReplicas": 2, "updatedReplicas": 2, "currentRevision": "db-b", "updateRevision": "db-b",
                   "collisionCount": 0}})");
}

json daemon_set() {
    return json::parse(R"({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "log", "generation": 2},
        "status": {"observedGeneration": 2, "currentNumberScheduled": 3, "desiredNumberScheduled": 3,
                   "numberAvailable": 3, "numberMisscheduled": 0, "numberReady": 3, "updatedNumberScheduled": 3}})");
}

kube::Pod waiting(const std::string& reason) {
    kube::Pod pod;
    pod.meta.name = "web-1";
    pod.meta.created = starting_test::now;
    pod.statuses.emplace_back();
    pod.statuses[0].name = "app";
    pod.statuses[0].state.waiting = kube::Waiting{reason, "x"};
    return pod;
}

}  // namespace

TEST_CASE("a Deployment is done when every pod is new and available, and no old one is left") {
    auto rollout = apply::rollout_of(finished());
    CHECK(rollout.done);
    CHECK(rollout.failed.empty());
    CHECK(rollout.words == "3 of 3 pods are new, 3 of 3 available");
    CHECK(rollout.desired == 3);
    CHECK(rollout.ready == 3);
    rollout = apply::rollout_of(deployment());
    CHECK_FALSE(rollout.done);
    CHECK(rollout.words == "2 of 3 pods are new, 3 of 3 available");
    CHECK_FALSE(done(finished(), "/status/updatedReplicas", 2));
    CHECK_FALSE(done(finished(), "/status/availableReplicas", 2));
    CHECK_FALSE(done(finished(), "/status/replicas", 4));
    CHECK_FALSE(done(finished(), "/status/unavailableReplicas", 1));
}

TEST_CASE("the status of an earlier spec tells nothing of this one") {
    auto object = finished();
    object["metadata"]["generation"] = 5;
    auto rollout = apply::rollout_of(object);
    CHECK_FALSE(rollout.done);
    CHECK(has(rollout.words, "its controller has not seen the change yet"));
    object["status"]["conditions"][1].update({{"status", "False"}, {"reason", "ProgressDeadlineExceeded"}});
    CHECK(apply::rollout_of(object).failed.empty());
    object["status"].erase("observedGeneration");
    CHECK_FALSE(apply::rollout_of(object).done);
    for (auto set : {stateful_set(), daemon_set()}) {
        CHECK(apply::rollout_of(set).done);
        set["metadata"]["generation"] = 3;
        CHECK_FALSE(apply::rollout_of(set).done);
    }
}

TEST_CASE("a Deployment that made no progress in its time has failed") {
    auto object = deployment();
    object["status"]["conditions"][1].update({{"status", "False"},
                                              {"reason", "ProgressDeadlineExceeded"},
                                              {"message", "ReplicaSet \"web-5d9\" has timed out progressing."}});
    CHECK(apply::rollout_of(object).failed == "ReplicaSet \"web-5d9\" has timed out progressing.");
    object["status"]["conditions"][1]["status"] = "True";
    CHECK(apply::rollout_of(object).failed.empty());
}

TEST_CASE("a paused Deployment is never done") {
    const auto object = finished();
    CHECK_FALSE(done(object, "/spec/paused", true));
    CHECK(done(object, "/spec/paused", false));
    auto paused = object;
    paused["spec"]["paused"] = true;
    CHECK(has(apply::rollout_of(paused).words, ", and it is paused"));
}

// What is zero or false is left out.
TEST_CASE("a Deployment of no pods is done, and one without a status is not") {
    auto object = finished();
    object["spec"]["replicas"] = 0;
    object["status"] = {{"observedGeneration", 4}};
    CHECK(apply::rollout_of(object).done);
    object["spec"].erase("replicas");  // one
    CHECK_FALSE(apply::rollout_of(object).done);
    object.erase("status");
    CHECK_FALSE(apply::rollout_of(object).done);
}

TEST_CASE("a StatefulSet is done when its two revisions are one") {
    CHECK(apply::rollout_of(stateful_set()).done);
    CHECK_FALSE(done(stateful_set(), "/status/currentRevision", "db-a"));
    CHECK_FALSE(done(stateful_set(), "/status/updatedReplicas", 1));
    CHECK_FALSE(done(stateful_set(), "/status/availableReplicas", 1));
    auto object = stateful_set();
    object["status"].erase("availableReplicas");  // before 1.22
    CHECK(apply::rollout_of(object).done);
    object["status"]["readyReplicas"] = 1;
    CHECK_FALSE(apply::rollout_of(object).done);
    CHECK(apply::rollout_of(object).ready == 1);
}

TEST_CASE("a DaemonSet is done when each of its nodes has a new pod that is available") {
    CHECK(apply::rollout_of(daemon_set()).desired == 3);
    CHECK_FALSE(done(daemon_set(), "/status/updatedNumberScheduled", 2));
    CHECK_FALSE(done(daemon_set(), "/status/numberAvailable", 2));
    CHECK_FALSE(done(daemon_set(), "/status/desiredNumberScheduled", 4));
    auto object = daemon_set();
    object["status"].erase("numberAvailable");
    CHECK_FALSE(apply::rollout_of(object).done);
}

TEST_CASE("a ReplicaSet is done when its pods are available; anything else rolls nothing out") {
    json set{{"kind", "ReplicaSet"},
             {"metadata", {{"generation", 1}}},
             {"spec", {{"replicas", 2}}},
             {"status", {{"observedGeneration", 1}, {"replicas", 2}, {"readyReplicas", 2}, {"availableReplicas", 2}}}};
    CHECK(apply::rollout_of(set).done);
    CHECK_FALSE(done(set, "/status/availableReplicas", 1));
    for (const json& object : {json{{"kind", "CronJob"}}, json::object(), json(), json("x"), json::array()}) {
        CHECK(apply::rollout_of(object).done);
        CHECK_FALSE(apply::rollout_of(object).ready);
    }
}

TEST_CASE("a status of other types counts as nothing") {
    for (const json& value : {json(), json("3"), json(3.5), json::array(), json::object()}) {
        CHECK_FALSE(done(finished(), "/status/updatedReplicas", value));
        CHECK_FALSE(done(finished(), "/status", value));
        auto object = deployment();
        object["status"]["conditions"] = json::array({value, 7, {{"type", value}}});
        CHECK(apply::rollout_of(object).failed.empty());
    }
}

TEST_CASE("a rollout may take its own deadline, within bounds") {
    const auto of = [](const json& value) {
        return apply::deadline_of({{"spec", {{"progressDeadlineSeconds", value}}}}).us / 1'000'000;
    };
    CHECK(of(120) == 120);
    CHECK(apply::deadline_of(json::object()) == base::seconds(600));
    CHECK(of("x") == 600);
    CHECK(of(-5) == 1);
    CHECK(of(2147483647) == 86'400);
}

TEST_CASE("a selector is read whole") {
    CHECK_FALSE(apply::selector_of(json::object()));
    CHECK_FALSE(apply::selector_of({{"spec", {{"selector", "x"}}}}));
    const auto selector = apply::selector_of(json::parse(R"({"spec": {"selector": {"matchLabels": {"app": "web"},
        "matchExpressions": [{"key": "tier", "operator": "In", "values": ["a", "b"]},
                             {"key": "x", "operator": "Exists"}]}}})"));
    REQUIRE(selector);
    CHECK(selector->match_labels == std::map<std::string, std::string>{{"app", "web"}});
    REQUIRE(selector->match_expressions.size() == 2);
    CHECK(selector->match_expressions[0] == kube::SelectorRequirement{"tier", "In", {"a", "b"}});
    CHECK(selector->match_expressions[1] == kube::SelectorRequirement{"x", "Exists", {}});
}

TEST_CASE("a new pod that waits for what nobody brings is stuck") {
    const auto since = starting_test::now;
    CHECK(apply::stuck(waiting("ImagePullBackOff"), since) == "container app of pod web-1 waits in ImagePullBackOff");
    for (const char* reason : {"ErrImageNeverPull", "InvalidImageName", "CreateContainerConfigError",
                               "CreateContainerError", "RunContainerError", "CrashLoopBackOff"})
        CHECK_FALSE(apply::stuck(waiting(reason), since).empty());
    for (const char* reason : {"", "ContainerCreating", "PodInitializing", "ErrImagePull"})
        CHECK(apply::stuck(waiting(reason), since).empty());
    // An old pod, one that goes, and one that runs are not judged.
    CHECK(apply::stuck(waiting("CrashLoopBackOff"), since + base::Duration{1}).empty());
    auto gone = waiting("CrashLoopBackOff");
    gone.meta.deleted = since;
    CHECK(apply::stuck(gone, since).empty());
    auto runs = waiting("CrashLoopBackOff");
    runs.statuses[0].state.waiting.reset();
    CHECK(apply::stuck(runs, since).empty());
}
