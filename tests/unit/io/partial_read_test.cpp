// SAFETY 7.3 F8: whatever may not be read, nothing is claimed that the whole picture does not show.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "diagnose/diagnose.hpp"
#include "io/collect.hpp"
#include "io_fakes.hpp"

using namespace salve;
using namespace salve::test;
using kube::ReadState;
using kube::Resource;
using nlohmann::json;

namespace {

constexpr std::array kinds = {Resource::pods,        Resource::events, Resource::replicasets,
                              Resource::deployments, Resource::nodes,  Resource::persistentvolumeclaims};

json metadata(const std::string& name, const std::string& owner_kind = "", const std::string& owner = "") {
    json meta = {
        {"name", name}, {"namespace", "shop"}, {"uid", "u-" + name}, {"creationTimestamp", "2026-11-21T07:00:00Z"}};
    if (!owner.empty())
        meta["ownerReferences"] = {{{"apiVersion", "apps/v1"},
                                    {"kind", owner_kind},
                                    {"name", owner},
                                    {"uid", "u-" + owner},
                                    {"controller", true}}};
    return meta;
}

// A namespace in which much is wrong, as the server would list it.
struct Shop {
    std::map<Resource, json> lists;

    Shop() {
        owner("web");
        owner("api");
        owner("old", 0);
        waiting("web-1-a", "web", "ImagePullBackOff", "Back-off pulling image \"web:9\"");
        event("web-1-a", "Failed",
              "Failed to pull image \"web:9\": rpc error: code = NotFound desc = failed to pull and "
              "unpack image \"docker.io/library/web:9\": docker.io/library/web:9: not found");
        crash("api-1-a", "api", 137, "OOMKilled");
        crash("api-1-b", "api", 137, "Error");
        event("api-1-b", "Killing", "Container app failed liveness probe, will be restarted");
        event("api-1-b", "Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 500");
        crash("alone", "", 1, "Error");
        waiting("old-1-a", "old", "CreateContainerConfigError", "configmap \"gone\" not found");
        waiting("env", "", "CreateContainerConfigError", "secret \"token\" not found");
        waiting("mount", "", "ContainerCreating", "");
        event("mount", "FailedMount", "MountVolume.SetUp failed for volume \"v\" : configmap \"settings\" not found");
        pending("big",
                "0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 No "
                "preemption victims found for incoming pod.");
        pending("claimless", "persistentvolumeclaim \"data\" not found");
        pending("unbound", "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.");
        pending("picky", "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.");
        pending("tainted", "0/1 nodes are available: 1 node(s) had untolerated taint {gpu: yes}.");
        for (const auto* name : {"claimless", "unbound"})
            pod(name)["spec"]["volumes"] = {
                {{"name", "v"},
                 {"persistentVolumeClaim", {{"claimName", std::string(name) == "unbound" ? "slow" : "data"}}}}};
        pod("picky")["spec"]["nodeSelector"] = {{"disk", "ssd"}};
        lists[Resource::persistentvolumeclaims].push_back({{"metadata", metadata("slow")},
                                                           {"spec", {{"storageClassName", "fast"}}},
                                                           {"status", {{"phase", "Pending"}}}});
        json node = {{"metadata", {{"name", "n1"}, {"uid", "u-n1"}, {"creationTimestamp", "2026-11-21T06:00:00Z"}}},
                     {"spec", {{"taints", {{{"key", "gpu"}, {"value", "yes"}, {"effect", "NoSchedule"}}}}}},
                     {"status",
                      {{"allocatable", {{"cpu", "2"}, {"memory", "4Gi"}, {"pods", "110"}}},
                       {"conditions", {{{"type", "Ready"}, {"status", "True"}}}}}}};
        lists[Resource::nodes].push_back(node);
    }

    json& pod(const std::string& name) {
        for (auto& one : lists[Resource::pods])
            if (one["metadata"]["name"] == name) return one;
        FAIL("no such pod");
        return lists[Resource::pods][0];
    }
    void owner(const std::string& name, int replicas = 2) {
        json deployment = {
            {"metadata", metadata(name)}, {"spec", {{"replicas", replicas}}}, {"status", json::object()}};
        lists[Resource::deployments].push_back(deployment);
        deployment["metadata"] = metadata(name + "-1", "Deployment", name);
        lists[Resource::replicasets].push_back(deployment);
    }
    json& add(const std::string& name, const std::string& owner) {
        json one = {{"metadata", owner.empty() ? metadata(name) : metadata(name, "ReplicaSet", owner + "-1")},
                    {"spec",
                     {{"nodeName", "n1"},
                      {"restartPolicy", "Always"},
                      {"containers",
                       {{{"name", "app"},
                         {"image", "web:9"},
                         {"resources", {{"limits", {{"memory", "64Mi"}}}, {"requests", {{"cpu", "4"}}}}}}}}}},
                    {"status", {{"phase", "Pending"}}}};
        lists[Resource::pods].push_back(one);
        return lists[Resource::pods].back();
    }
    void waiting(const std::string& name, const std::string& owner, const std::string& reason,
                 const std::string& message) {
        add(name, owner)["status"]["containerStatuses"] = {
            {{"name", "app"},
             {"image", "web:9"},
             {"ready", false},
             {"restartCount", 0},
             {"state", {{"waiting", {{"reason", reason}, {"message", message}}}}}}};
    }
    void crash(const std::string& name, const std::string& owner, int code, const std::string& reason) {
        auto& status = add(name, owner)["status"];
        status["phase"] = "Running";
        status["containerStatuses"] = {
            {{"name", "app"},
             {"image", "web:9"},
             {"ready", false},
             {"restartCount", 6},
             {"state",
              {{"waiting",
                {{"reason", "CrashLoopBackOff"}, {"message", "back-off 5m0s restarting failed container=app"}}}}},
             {"lastState",
              {{"terminated",
                {{"exitCode", code},
                 {"reason", reason},
                 {"startedAt", "2026-11-21T07:55:00Z"},
                 {"finishedAt", "2026-11-21T07:58:00Z"}}}}}}};
    }
    void pending(const std::string& name, const std::string& message) {
        auto& one = add(name, "");
        one["spec"].erase("nodeName");
        one["status"]["conditions"] = {
            {{"type", "PodScheduled"}, {"status", "False"}, {"reason", "Unschedulable"}, {"message", message}}};
        event(name, "FailedScheduling", message);
    }
    void event(const std::string& pod, const std::string& reason, const std::string& message) {
        const auto name = pod + "." + std::to_string(lists[Resource::events].size());
        lists[Resource::events].push_back({{"metadata", metadata(name)},
                                           {"involvedObject",
                                            {{"kind", "Pod"},
                                             {"namespace", "shop"},
                                             {"name", pod},
                                             {"uid", "u-" + pod},
                                             {"fieldPath", "spec.containers{app}"}}},
                                           {"type", reason == "Killing" ? "Normal" : "Warning"},
                                           {"reason", reason},
                                           {"message", message},
                                           {"count", 3},
                                           {"firstTimestamp", "2026-11-21T07:50:00Z"},
                                           {"lastTimestamp", "2026-11-21T07:58:00Z"}});
    }

    void serve(FakeTransport& fake) const {
        FakeTransport::serve_empty(fake, "shop");
        fake.piece = 4096;
        for (const auto& [what, items] : lists) {
            json list = {{"kind", std::string(kube::info(what).kind) + "List"},
                         {"apiVersion", version_of(what)},
                         {"metadata", json::object()},
                         {"items", items}};
            (kube::info(what).namespaced ? fake.list(what, "shop") : fake.list(what)) = {{}, list.dump()};
        }
    }
};

struct Reading {
    kube::Snapshot facts;
    std::vector<diagnose::Finding> findings;
};

// How a read may fail; what stands on stdout beside it is as plausible as can be.
Reading read_without(const std::vector<Resource>& missing, const kube::Outcome& how) {
    static const base::Redactor redactor("key");
    FakeTransport fake;
    Shop().serve(fake);
    for (const auto what : missing)
        (kube::info(what).namespaced ? fake.list(what, "shop") : fake.list(what)).outcome = how;
    io::CollectOptions options;
    options.scope.namespaces = {"shop"};
    options.now = *base::parse_time("2026-11-21T08:00:00Z");
    Reading reading;
    reading.facts = io::collect(fake, redactor, options);
    reading.findings = diagnose::diagnose(kube::World(reading.facts)).findings;
    return reading;
}

using Claims = std::set<std::pair<std::string, std::string>>;  // mode, pod

Claims claims_of(const Reading& reading) {
    Claims claims;
    for (const auto& finding : reading.findings)
        for (const auto& subject : finding.affected)
            if (subject.object.kind == "Pod") claims.insert({std::string(finding.mode->id), subject.object.name});
    return claims;
}

// Where the events that decide cannot be read, a rule may fall back to the mode that says less; it then says what it
// could not see.
const std::set<std::string> says_less = {"pod.image.pull-failed", "pod.crashloop.killed-137", "pod.crashloop.unknown",
                                         "pod.creating.stuck"};

}  // namespace

TEST_CASE("the whole picture shows every fault of the namespace, and not the owner that is scaled to zero") {
    const auto claims = claims_of(read_without({}, {}));
    for (const auto& [mode, pod] : Claims{{"pod.image.not-found", "web-1-a"},
                                          {"pod.crashloop.oom", "api-1-a"},
                                          {"pod.crashloop.liveness", "api-1-b"},
                                          {"pod.config.secret-missing", "env"},
                                          {"pod.volume.configmap-missing", "mount"},
                                          {"pod.pending.insufficient-cpu", "big"},
                                          {"pod.pending.pvc-missing", "claimless"},
                                          {"pod.pending.node-affinity", "picky"},
                                          {"pod.pending.taint", "tainted"}}) {
        CAPTURE(mode);
        CHECK(claims.contains({mode, pod}));
    }
    for (const auto& [mode, pod] : claims) CHECK(pod != "old-1-a");
}

TEST_CASE("S2.10 B7: all 64 subsets of forbidden reads: less is found, never something else") {
    const auto everything = read_without({}, {});
    const auto whole = claims_of(everything);
    const auto root_of = [](const diagnose::Finding& finding) {
        return std::pair(std::string(finding.mode->id), finding.root.object.name);
    };
    std::set<std::pair<std::string, std::string>> roots;
    for (const auto& finding : everything.findings) roots.insert(root_of(finding));
    for (unsigned mask = 0; mask < 64; ++mask) {
        std::vector<Resource> missing;
        std::string names;
        for (std::size_t i = 0; i < kinds.size(); ++i)
            if (mask >> i & 1U) {
                missing.push_back(kinds[i]);
                names += std::string(kube::info(kinds[i]).plural) + " ";
            }
        INFO("not read: " << names);
        const auto reading = read_without(missing, forbidden());
        for (const auto& read : reading.facts.reads) {
            const bool refused = std::find(missing.begin(), missing.end(), read.what) != missing.end();
            CHECK(read.state == (refused ? ReadState::forbidden : ReadState::ok));
            if (refused) CHECK(read.objects == 0);
        }
        if (mask & 1U)  // without pods: what other objects say of themselves, and what could not be read
            for (const auto& finding : reading.findings) {
                CAPTURE(finding.mode->id);
                CHECK((finding.mode->id.starts_with("access.") || roots.contains(root_of(finding))));
            }
        for (const auto& finding : reading.findings)
            for (const auto& subject : finding.affected) {
                if (subject.object.kind != "Pod") continue;
                const std::string mode(finding.mode->id), pod = subject.object.name;
                if (whole.contains({mode, pod})) continue;
                INFO("new: " << mode << " of " << pod);
                if (pod == "old-1-a") {
                    // Its Deployment, which is scaled to zero, was not read: what its status says stands.
                    CHECK((mask & 0b1100U) != 0);
                    continue;
                }
                CHECK(says_less.contains(mode));
                CHECK_FALSE(finding.missing_evidence.empty());
            }
    }
}

TEST_CASE("a read that timed out or was cut proves as little as a forbidden one") {
    const auto whole = claims_of(read_without({}, {}));
    for (const auto& how :
         {failed(ReadState::timeout, kube::Failure::timeout), failed(ReadState::truncated, kube::Failure::truncated),
          failed(ReadState::error, kube::Failure::server_error)})
        for (const auto what : kinds) {
            const auto reading = read_without({what}, how);
            const auto claims = claims_of(reading);
            const auto refused = claims_of(read_without({what}, forbidden()));
            CHECK(claims == refused);
        }
}
