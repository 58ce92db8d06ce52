#include <doctest/doctest.h>

#include <algorithm>

#include "kube_data.hpp"

using namespace salve;
using kube::Resource;

namespace {

const kube::Pod& pod(const kube::Snapshot& world, std::string_view prefix) {
    const auto found = std::find_if(world.pods.begin(), world.pods.end(),
                                    [&](const kube::Pod& each) { return each.meta.name.starts_with(prefix); });
    REQUIRE(found != world.pods.end());
    return *found;
}

const kube::Snapshot& pods() {
    static const kube::Snapshot world = testing::decode_list(Resource::pods, "pods");
    return world;
}

}  // namespace

TEST_CASE("identity of a pod: the list supplies kind and version") {
    CHECK(pods().pods.size() == 8);
    const auto& meta = pod(pods(), "web-").meta;
    CHECK(meta.kind == "Pod");
    CHECK(meta.api_version == "v1");
    CHECK(meta.ns == "shape");
    CHECK(meta.uid == "0c31be09-44ec-4746-a880-7c72efe995fc");
    REQUIRE(meta.controller() != nullptr);
    CHECK(meta.controller()->kind == "ReplicaSet");
    CHECK(meta.labels.at("tier") == "front");
    CHECK(meta.annotations.at("checksum/config") == "abc123");
    CHECK(meta.annotations.at("kubernetes.io/limit-ranger").starts_with("LimitRanger plugin set: "));
    CHECK(meta.annotations.size() == 2);
    CHECK(meta.created.us > 0);
    CHECK_FALSE(meta.deleted);
}

TEST_CASE("a container's probes, hooks, ports and mounts") {
    const auto& app = pod(pods(), "web-").spec.containers.at(0);
    REQUIRE(app.liveness);
    CHECK(app.liveness->handler == kube::Probe::Handler::exec);
    CHECK(app.liveness->command == std::vector<std::string>{"test", "-d", "/tmp"});
    CHECK(app.liveness->initial_delay_s == 5);
    CHECK(app.liveness->period_s == 7);
    CHECK(app.liveness->failure_threshold == 3);
    REQUIRE(app.readiness);
    CHECK(app.readiness->handler == kube::Probe::Handler::http);
    CHECK(app.readiness->port == "http");
    CHECK(app.readiness->timeout_s == 2);
    CHECK(app.readiness->path.starts_with("/ready?token="));
    CHECK(app.readiness->path.find("abcdef0123456789") == std::string::npos);
    REQUIRE(app.startup);
    CHECK(app.startup->handler == kube::Probe::Handler::tcp);
    CHECK(app.startup->port == "8080");
    REQUIRE(app.pre_stop);
    CHECK(app.pre_stop->command == std::vector<std::string>{"sleep", "1"});
    CHECK(app.post_start->command == std::vector<std::string>{"true"});
    CHECK(app.ports.at(0).name == "http");
    CHECK(app.ports.at(1).port == 9000);
    CHECK(app.ports.at(1).protocol == "UDP");
    CHECK(app.mounts.at(0).read_only);
    CHECK(app.mounts.at(1).sub_path == "a");
    CHECK(app.working_dir == "/tmp");
    CHECK(app.security.read_only_root_filesystem == true);
    CHECK_FALSE(app.security.run_as_user);
    CHECK(app.resources.limits.at("memory") == "64Mi");
    CHECK(app.resources.requests.at("cpu") == "10m");
}

TEST_CASE("env: names stay, values only where the name is harmless") {
    const auto& app = pod(pods(), "web-").spec.containers.at(0);
    REQUIRE(app.env.size() == 5);
    CHECK(app.env[0].name == "DB_PASSWORD");
    CHECK_FALSE(app.env[0].value);
    CHECK(app.env[1].value == "debug");
    CHECK((app.env[2].config_map == kube::KeyRef{"settings", "mode", false}));
    CHECK((app.env[3].secret == kube::KeyRef{"keys", "api", true}));
    CHECK((app.env_from.at(0).config_map == kube::KeyRef{"settings", "", false}));
    CHECK((app.env_from.at(1).secret == kube::KeyRef{"more", "", true}));
    CHECK(app.args.at(0) == "--port=8080");
    CHECK(app.args.at(1).find("hunter2") == std::string::npos);
}

TEST_CASE("volumes of every source in the sample") {
    using Source = kube::Volume::Source;
    const auto& volumes = pod(pods(), "web-").spec.volumes;
    REQUIRE(volumes.size() >= 5);
    CHECK(volumes[0].source == Source::config_map);
    CHECK(volumes[0].object == "settings");
    CHECK(volumes[0].keys == std::vector<std::string>{"mode"});
    CHECK(volumes[1].source == Source::empty_dir);
    CHECK(volumes[1].size_limit == "10Mi");
    CHECK(volumes[2].source == Source::secret);
    CHECK(volumes[2].object == "keys");
    CHECK(volumes[2].optional);
    CHECK(volumes[3].path_type == "Directory");
    REQUIRE(volumes[4].projected.size() == 3);
    CHECK(volumes[4].projected[1].source == Source::secret);
    CHECK(volumes[4].projected[1].optional);
    CHECK(volumes[4].projected[2].source == Source::downward_api);
    const auto& claim = pod(pods(), "claimer").spec.volumes.at(0);
    CHECK(claim.source == Source::claim);
    CHECK(claim.object == "data");
}

TEST_CASE("placement: only what is required") {
    const auto& spec = pod(pods(), "web-").spec;
    CHECK(
        (spec.node_affinity.at(0).expressions.at(0) == kube::SelectorRequirement{"kubernetes.io/os", "In", {"linux"}}));
    CHECK(spec.pod_affinity.empty());
    CHECK(spec.pod_anti_affinity.at(0).topology_key == "kubernetes.io/hostname");
    CHECK(spec.pod_anti_affinity.at(0).namespaces == std::vector<std::string>{"default"});
    CHECK(spec.topology_spread.at(0).max_skew == 2);
    CHECK(spec.tolerations.at(0).value == "web");
    CHECK(spec.node_selector.at("kubernetes.io/os") == "linux");
    CHECK(spec.image_pull_secrets == std::vector<std::string>{"registry-login"});
    CHECK(spec.service_account == "clerk");
    CHECK(spec.termination_grace_s == 1);
    CHECK(spec.security.run_as_non_root == true);
    CHECK(spec.node_name == "salve-node");
}

TEST_CASE("statuses stand in the order init, main, and know their path") {
    const auto& web = pod(pods(), "web-");
    REQUIRE(web.statuses.size() == 3);
    CHECK(web.statuses[0].name == "prepare");
    REQUIRE(web.statuses[0].state.terminated);
    CHECK(web.statuses[0].state.terminated->reason == "Completed");
    CHECK(web.statuses[1].path() == "status.initContainerStatuses[1]");
    CHECK(web.statuses[1].state.running);
    CHECK(web.statuses[2].path() == "status.containerStatuses[0]");
    CHECK(web.statuses[2].restarts == 2);
    CHECK(web.spec.init_containers.at(1).restart_policy == "Always");
    CHECK_FALSE(web.spec.init_containers.at(0).restart_policy);
}

TEST_CASE("a crashing pod: exit code, times, and its last words without their secret") {
    const auto& dies = pod(pods(), "dies").statuses.at(0);
    CHECK(dies.restarts == 7);
    REQUIRE(dies.state.waiting);
    CHECK(dies.state.waiting->reason == "CrashLoopBackOff");
    REQUIRE(dies.last.terminated);
    CHECK(dies.last.terminated->exit_code == 3);
    CHECK(dies.last.terminated->finished >= dies.last.terminated->started);
    CHECK(dies.last.terminated->message.starts_with("password="));
    CHECK(dies.last.terminated->message.find("letmein99") == std::string::npos);
}

TEST_CASE("a pending pod: the scheduler's words are kept whole") {
    const auto& claimer = pod(pods(), "claimer");
    CHECK(claimer.phase == "Pending");
    CHECK(claimer.statuses.empty());
    const auto* scheduled = kube::find_condition(claimer.conditions, "PodScheduled");
    REQUIRE(scheduled != nullptr);
    CHECK(scheduled->reason == "Unschedulable");
    CHECK(scheduled->message.starts_with("0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims"));
}

TEST_CASE("a sidecar that fails") {
    const auto world = testing::decode_list(Resource::pods, "pods-sidecar");
    const auto& status = world.pods.at(0).statuses.at(0);
    CHECK(status.list == kube::ContainerStatus::List::init);
    CHECK(status.name == "mesh-proxy");
    CHECK(status.restarts > 0);
    CHECK(world.pods.at(0).spec.init_containers.at(0).restart_policy == "Always");
}
