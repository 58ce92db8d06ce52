#include <doctest/doctest.h>

#include "all_rules.hpp"
#include "diagnose/mount_text.hpp"
#include "starting_builders.hpp"

using namespace salve;
using namespace salve::starting_test;
using diagnose::mount_failures;
using diagnose::MountFault;

namespace {

kube::Volume volume_from(kube::Volume::Source source, const std::string& name, const std::string& object) {
    kube::Volume one;
    one.name = name;
    one.source = source;
    one.object = object;
    return one;
}

// A Deployment's pod in ContainerCreating with that volume and that event.
struct Case {
    Cluster cluster;
    Pod* pod;
    explicit Case(kube::Volume volume = {}) {
        cluster.deployment("web", "web:1");
        pod = &cluster.pod_of("web", "web-1", "web:1", "ContainerCreating");
        if (!volume.name.empty()) pod->spec.volumes.push_back(std::move(volume));
    }
    Event& mount(const std::string& text, base::Duration age = base::seconds(30)) {
        return cluster.event(*pod, "Warning", "FailedMount", text, age);
    }
    std::vector<diagnose::Finding> run() const { return cluster.run(diagnose::rules::volume); }
    diagnose::Finding one() const {
        auto findings = run();
        REQUIRE(findings.size() == 1);
        return findings[0];
    }
};

using Source = kube::Volume::Source;

}  // namespace

TEST_CASE("a missing ConfigMap or Secret is the root; owner and pod are affected") {
    Case config(volume_from(Source::config_map, "conf", "roster-conf"));
    config.mount("MountVolume.SetUp failed for volume \"conf\" : configmap \"roster-conf\" not found");
    auto finding = config.one();
    CHECK(finding.mode->id == "pod.volume.configmap-missing");
    CHECK(finding.root.object == kube::ObjectRef{"v1", "ConfigMap", "shop", "roster-conf", ""});
    REQUIRE(finding.affected.size() == 2);
    CHECK(finding.affected[0].object.name == "web");
    CHECK(finding.affected[1].object.name == "web-1");
    CHECK(says(finding.summary, "ConfigMap roster-conf not found in namespace shop"));
    CHECK(has_evidence(finding, "FailedMount: MountVolume.SetUp failed"));
    CHECK(has_evidence(finding, "ContainerCreating"));
    CHECK(finding.actions.empty());

    Case secret(volume_from(Source::secret, "tls", "radar-tls"));
    secret.mount(
        "(combined from similar events): MountVolume.SetUp failed for volume \"tls\" : secret \"radar-tls\" "
        "not found");
    secret.mount(
        "Unable to attach or mount volumes: unmounted volumes=[tls], unattached volumes=[tls kube-api-access]: "
        "timed out waiting for the condition");
    finding = secret.one();
    CHECK(finding.mode->id == "pod.volume.secret-missing");
    CHECK(finding.root.object.kind == "Secret");
    CHECK(has_evidence(finding, "unmounted volumes=[tls]"));
}

TEST_CASE("a projected volume can lack several objects at once; optional ones do not block") {
    auto projected = volume_from(Source::projected, "all", "");
    projected.projected = {volume_from(Source::config_map, "", "a"), volume_from(Source::secret, "", "b")};
    Case both(projected);
    both.mount("MountVolume.SetUp failed for volume \"all\" : [configmap \"a\" not found, secret \"b\" not found]");
    CHECK(both.run().size() == 2);

    projected.projected[0].optional = true;
    Case one(projected);
    one.mount("MountVolume.SetUp failed for volume \"all\" : [configmap \"a\" not found, secret \"b\" not found]");
    CHECK(one.one().root.object.name == "b");
}

TEST_CASE("a CSI secret of another namespace is blamed there") {
    Case csi;
    csi.mount(
        "MountVolume.SetUp failed for volume \"pv-1\" : fetching NodePublishSecretRef vault/login failed: "
        "kubernetes.io/csi: failed to find the secret login in the namespace vault with error: secrets \"login\" "
        "not found");
    CHECK(csi.one().root.object == kube::ObjectRef{"v1", "Secret", "vault", "login", ""});
}

TEST_CASE("a missing key is blamed on the object that the volume takes it from") {
    auto items = volume_from(Source::config_map, "z", "zones");
    items.keys = {"zones.yaml"};
    Case config(items);
    config.mount(
        "MountVolume.SetUp failed for volume \"z\" : configmap references non-existent config key: zones.yaml");
    auto finding = config.one();
    CHECK(finding.mode->id == "pod.volume.key-missing");
    CHECK(finding.root.object == kube::ObjectRef{"v1", "ConfigMap", "shop", "zones", ""});
    CHECK(says(finding.summary, "has no key \"zones.yaml\""));

    auto projected = volume_from(Source::projected, "p", "");
    auto right = volume_from(Source::secret, "", "right"), wrong = volume_from(Source::secret, "", "wrong");
    right.keys = {"tls.key"};
    wrong.keys = {"ca.crt"};
    projected.projected = {wrong, right};
    Case secret(projected);
    secret.mount("MountVolume.SetUp failed for volume \"p\" : references non-existent secret key: tls.key");
    CHECK(secret.one().root.object == kube::ObjectRef{"v1", "Secret", "shop", "right", ""});

    Case unknown;  // the volume is not in the spec that was read: the owner is blamed
    unknown.mount("MountVolume.SetUp failed for volume \"z\" : configmap references non-existent config key: k");
    CHECK(unknown.one().root.object.kind == "Deployment");
}

TEST_CASE("what was said before the sandbox is over; what is said since counts, for the condition may be stale") {
    Case config(volume_from(Source::config_map, "conf", "roster-conf"));
    auto ready = condition("PodReadyToStartContainers", "True");
    ready.last_transition = now - base::seconds(10);
    config.pod->conditions.push_back(ready);
    config.mount("MountVolume.SetUp failed for volume \"conf\" : configmap \"roster-conf\" not found",
                 base::seconds(30));
    CHECK(config.run().empty());
    config.pod->conditions.back().last_transition = now - base::hours(24);
    CHECK(config.one().mode->id == "pod.volume.configmap-missing");
}

TEST_CASE("a hostPath that is not what its type demands") {
    Case path;
    path.mount("MountVolume.SetUp failed for volume \"h\" : hostPath type check failed: /srv/logs is not a directory");
    const auto finding = path.one();
    CHECK(finding.mode->id == "pod.volume.hostpath");
    CHECK(finding.severity == diagnose::Severity::medium);
    CHECK(says(finding.summary, "/srv/logs"));
    CHECK(says(finding.summary, "hostPath type check failed"));
}

TEST_CASE("Multi-Attach errors count from the second minute until the volume is attached") {
    Case attach(volume_from(Source::claim, "data", "db-data"));
    kube::PersistentVolumeClaim claim;
    claim.meta = meta("v1", "PersistentVolumeClaim", "shop", "db-data");
    claim.volume = "pvc-77";
    attach.cluster.facts.claims.push_back(claim);
    auto& old_pod = attach.cluster.bare_pod("db-0", "db:1", "");
    runs_now(old_pod);
    old_pod.spec.node_name = "node-2";
    auto& event = attach.cluster.event(*attach.pod, "Warning", "FailedAttachVolume",
                                       "Multi-Attach error for volume \"pvc-77\" Volume is already used by pod(s) db-0",
                                       base::minutes(8));
    SUBCASE("reported once, eight minutes ago") {
        attach.mount(
            "Unable to attach or mount volumes: unmounted volumes=[data]: timed out waiting for the condition");
        const auto finding = attach.one();
        CHECK(finding.mode->id == "pod.volume.multi-attach");
        CHECK(says(finding.summary, "claim db-data"));
        CHECK(says(finding.summary, "already used by pod(s) db-0"));
        CHECK(advises(finding, "Pod db-0 uses it on node node-2"));
    }
    SUBCASE("young") {
        event.first = event.last = now - base::seconds(90);
        CHECK(attach.run().empty());
        attach.mount(
            "Unable to attach or mount volumes: unmounted volumes=[data]: timed out waiting for the condition");
        CHECK(attach.run().empty());
    }
    SUBCASE("attached since") {
        attach.cluster.event(*attach.pod, "Normal", "SuccessfulAttachVolume",
                             "AttachVolume.Attach succeeded for volume", base::minutes(1));
        CHECK(attach.run().empty());
    }
}

TEST_CASE("attaching that fails for two minutes") {
    Case attach;
    auto& event = attach.cluster.event(*attach.pod, "Warning", "FailedAttachVolume",
                                       "AttachVolume.Attach failed for volume \"pvc-1\" : rpc error: code = Internal "
                                       "desc = Could not attach volume: disk limit reached");
    CHECK(attach.one().mode->id == "pod.volume.attach-failed");
    CHECK(says(attach.one().summary, "disk limit reached"));
    event.first = now - base::seconds(60);
    CHECK(attach.run().empty());
}

TEST_CASE("mounts that fail carry their cause; the timeout alone does not") {
    Case csi;
    csi.mount(
        "MountVolume.SetUp failed for volume \"h\" : kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: "
        "driver name silt.csi.example not found in the list of registered CSI drivers");
    csi.mount(
        "Unable to attach or mount volumes: unmounted volumes=[h], unattached volumes=[h]: timed out waiting for "
        "the condition");
    auto finding = csi.one();
    CHECK(finding.mode->id == "pod.volume.mount-timeout");
    CHECK(says(finding.summary, "silt.csi.example not found in the list of registered CSI drivers"));
    CHECK(advises(finding, "The CSI driver silt.csi.example is not registered on node node-1"));
    CHECK(finding.missing_evidence.empty());

    Case nfs;
    nfs.mount(
        "MountVolume.SetUp failed for volume \"nfs\" : mount failed: exit status 32\nMounting command: mount\n"
        "Output: mount.nfs: Connection timed out\n");
    CHECK(says(nfs.one().summary, "exit status 32"));

    Case bare;
    bare.mount(
        "Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[data]: timed out "
        "waiting for the condition");
    finding = bare.one();
    CHECK(finding.mode->id == "pod.volume.mount-timeout");
    CHECK(says(finding.summary, "[data]"));
    CHECK(finding.missing_evidence.size() == 1);
}

TEST_CASE("what looks like it and is not") {
    const std::string text = "MountVolume.SetUp failed for volume \"conf\" : configmap \"c\" not found";
    Case recovered;
    recovered.mount(text);
    runs_now(*recovered.pod);
    CHECK(recovered.run().empty());

    Case young;
    young.pod->meta.created = now - base::seconds(40);
    young.mount(text).first = now - base::seconds(35);
    CHECK(young.run().empty());

    Case noise;
    noise.mount(
        "MountVolume.SetUp failed for volume \"conf\" : failed to sync configmap cache: timed out waiting for "
        "the condition");
    noise.mount("MountVolume.SetUp failed for volume \"conf\" : object \"shop\"/\"c\" not registered");
    CHECK(noise.run().empty());

    Case other_fault_since;  // the ConfigMap came; the image is what is wrong now
    other_fault_since.mount(text, base::minutes(8));
    other_fault_since.pod->statuses[0].state.waiting = kube::Waiting{"ImagePullBackOff", ""};
    CHECK(other_fault_since.run().empty());

    Case superseded;
    superseded.mount(text, base::minutes(8));
    superseded.cluster.event(*superseded.pod, "Warning", "FailedCreatePodSandBox", "Failed to create pod sandbox: x");
    CHECK(superseded.run().empty());

    Case optional(volume_from(Source::config_map, "conf", "c"));
    optional.pod->spec.volumes[0].optional = true;
    optional.mount(text);
    CHECK(optional.run().empty());
}

TEST_CASE("texts of other events are no mount failures") {
    CHECK(mount_failures("Failed", "MountVolume.SetUp failed for volume \"v\" : x").empty());
    CHECK(mount_failures("FailedMount", "anything else").empty());
    const auto block = mount_failures("FailedMapVolume", "MapVolume.SetUpDevice failed for volume \"pv\" : rpc error");
    REQUIRE(block.size() == 1);
    CHECK(block[0].fault == MountFault::mount);
    CHECK(block[0].volume == "pv");
}
