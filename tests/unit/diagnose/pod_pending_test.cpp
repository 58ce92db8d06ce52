// The rules of the pod.pending.* modes together: a pod that cannot be placed gets exactly one finding.
#include <doctest/doctest.h>

#include <algorithm>

#include "all_rules.hpp"
#include "diagnose/rule.hpp"

using namespace salve;
using namespace salve::diagnose;

namespace {

constexpr const char* tail = " preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.";

kube::Meta meta(const char* api_version, const char* kind, const char* ns, const std::string& name, std::string uid) {
    kube::Meta made;
    made.api_version = api_version;
    made.kind = kind;
    made.ns = ns;
    made.name = name;
    made.uid = std::move(uid);
    return made;
}

kube::Read whole(kube::Resource what, const char* ns) { return {what, ns, kube::ReadState::ok, 0, "", ""}; }

// One node n1, one Deployment "web" in namespace "shop" with one pod that waits for two minutes.
struct Cluster {
    kube::Snapshot facts;

    Cluster() {
        facts.taken_at = *base::parse_time("2026-11-21T12:00:00Z");
        for (const auto what : {kube::Resource::pods, kube::Resource::nodes, kube::Resource::events,
                                kube::Resource::persistentvolumeclaims, kube::Resource::persistentvolumes,
                                kube::Resource::storageclasses})
            facts.reads.push_back(whole(what, ""));
        kube::Workload deployment, set;
        deployment.meta = meta("apps/v1", "Deployment", "shop", "web", "d");
        set.meta = meta("apps/v1", "ReplicaSet", "shop", "web-6f9c", "rs");
        set.meta.owners = {{"apps/v1", "Deployment", "web", "d", true}};
        facts.deployments = {deployment};
        facts.replica_sets = {set};
        facts.nodes.reserve(16);  // the tests hold references
        facts.pods.reserve(32);
        node("n1");
        pod("web-6f9c-aaaaa");
    }

    kube::Node& node(const std::string& name) {
        kube::Node made;
        made.meta = meta("v1", "Node", "", name, "uid-" + name);
        made.meta.labels = {{"kubernetes.io/hostname", name}};
        made.allocatable = {{"cpu", "2"}, {"memory", "4Gi"}, {"pods", "110"}};
        return facts.nodes.emplace_back(made);
    }

    kube::Pod& pod(const std::string& name) {
        kube::Pod made;
        made.meta = meta("v1", "Pod", "shop", name, "uid-" + name);
        made.meta.owners = {{"apps/v1", "ReplicaSet", "web-6f9c", "rs", true}};
        made.meta.created = facts.taken_at - base::minutes(2);
        made.meta.labels = {{"app", "web"}};
        made.phase = "Pending";
        made.spec.containers.emplace_back().name = "main";
        return facts.pods.emplace_back(made);
    }

    kube::Pod& web() { return facts.pods.front(); }
    Cluster& request(const std::string& resource, const std::string& amount) {
        web().spec.containers[0].resources.requests[resource] = amount;
        return *this;
    }
    Cluster& says(const std::string& message, const std::string& reason = "Unschedulable") {
        web().conditions = {{"PodScheduled", "False", reason, message, {}, {}}};
        return *this;
    }
    kube::PersistentVolumeClaim& claim(const std::string& name, const std::string& phase, const std::string& cls) {
        web().spec.volumes.push_back({"data", kube::Volume::Source::claim, name, "", "", {}, false, {}, {}});
        kube::PersistentVolumeClaim made;
        made.meta = meta("v1", "PersistentVolumeClaim", "shop", name, "c" + name);
        made.phase = phase;
        made.storage_class = cls;
        made.requested = "64Mi";
        return facts.claims.emplace_back(made);
    }
    void forget(kube::Resource what) {
        std::erase_if(facts.reads, [&](const auto& read) { return read.what == what; });
    }

    std::vector<Finding> findings() const {
        const kube::World world(facts);
        std::vector<Finding> all;
        for (const auto* rule : {&rules::pod_pending_resources, &rules::pod_pending_storage,
                                 &rules::pod_pending_placement, &rules::pod_pending_peers, &rules::pod_pending_queue})
            for (auto& finding : rule->match(world)) all.push_back(std::move(finding));
        return all;
    }
    Finding only() const {
        auto all = findings();
        REQUIRE(all.size() == 1);
        REQUIRE_FALSE(all[0].evidence.empty());
        return all[0];
    }
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

bool proves(const Finding& finding, const std::string& part) {
    return std::any_of(finding.evidence.begin(), finding.evidence.end(),
                       [&](const auto& evidence) { return has(evidence.text, part); });
}

std::string unfit(const std::string& reason) { return "0/1 nodes are available: 1 " + reason + "." + tail; }

}  // namespace

TEST_CASE("S2.26 S2.43: an oversize request can never fit, and only then may be lowered") {
    Cluster cluster;
    cluster.request("cpu", "400").says(unfit("Insufficient cpu"));
    auto finding = cluster.only();
    CHECK(finding.mode->id == "pod.pending.insufficient-cpu");
    CHECK(finding.root.object.kind == "Deployment");
    CHECK(has(finding.summary, "requests cpu 400"));
    CHECK(has(finding.summary, "2 (n1), so it can never fit"));
    CHECK(proves(finding, "Insufficient cpu"));
    CHECK(proves(finding, "cpu: 400"));
    CHECK(finding.actions == std::vector<std::string>{"resources.set"});

    cluster.request("cpu", "1500m");
    auto& other = cluster.pod("busy");
    other.spec.node_name = "n1";
    other.phase = "Running";
    other.spec.containers[0].resources.requests["cpu"] = "1";
    finding = cluster.only();
    CHECK(has(finding.summary, "It requests cpu 1500m; the largest node it may use has 2 cpu"));
    CHECK(has(finding.summary, "most that is free on one is 1 (n1)"));
    CHECK(finding.actions.empty());

    cluster.forget(kube::Resource::pods);
    cluster.facts.reads.push_back(whole(kube::Resource::pods, "shop"));
    finding = cluster.only();
    CHECK(has(finding.summary, "only the pods of shop were read"));
    CHECK(finding.missing_evidence.size() == 1);
}

TEST_CASE("an oversize request of a bare pod, or beside another blocker, is not lowered") {
    Cluster cluster;
    cluster.request("memory", "900Gi").says(unfit("Insufficient memory"));
    CHECK(cluster.only().actions.size() == 1);
    cluster.web().spec.node_selector = {{"disk", "fast"}};
    auto finding = cluster.only();
    CHECK(finding.mode->id == "pod.pending.insufficient-memory");
    CHECK(finding.actions.empty());
    CHECK(has(finding.summary, "Beyond what the scheduler says, no node has the label"));
    CHECK(has(finding.summary, "disk=fast"));
    cluster.web().spec.node_selector.clear();
    cluster.web().meta.owners.clear();
    finding = cluster.only();
    CHECK(finding.root.object.kind == "Pod");
    CHECK(finding.actions.empty());
    CHECK(has(finding.summary, "900Gi"));
}

TEST_CASE("of two short resources the one that no node has leads, and both are told") {
    Cluster cluster;
    cluster.request("cpu", "6").request("nvidia.com/gpu", "2");
    cluster.says("0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient nvidia.com/gpu." + std::string(tail));
    const auto finding = cluster.only();
    CHECK(finding.mode->id == "pod.pending.insufficient-resource");
    CHECK(has(finding.summary, "Insufficient nvidia.com/gpu"));
    CHECK(has(finding.summary, "Insufficient cpu"));
    CHECK(has(finding.summary, "nvidia.com/gpu 2 and no node offers any"));
    CHECK(finding.actions.empty());
}

TEST_CASE("what is young, placed, deleted or scaled to zero gives nothing") {
    Cluster cluster;
    cluster.says(unfit("Insufficient cpu"));
    CHECK(cluster.findings().size() == 1);
    auto young = cluster;
    young.web().meta.created = young.facts.taken_at - base::seconds(59);
    CHECK(young.findings().empty());
    auto placed = cluster;
    placed.web().spec.node_name = "n1";
    CHECK(placed.findings().empty());
    auto deleted = cluster;
    deleted.web().meta.deleted = deleted.facts.taken_at;
    CHECK(deleted.findings().empty());
    auto scaled = cluster;
    scaled.facts.deployments[0].desired = 0;
    CHECK(scaled.findings().empty());
    auto healthy = cluster;
    healthy.web().conditions = {{"PodScheduled", "True", "", "", {}, {}}};
    CHECK(healthy.findings().empty());
}

TEST_CASE("a preempted sibling is named, a stranger's preemption is not") {
    Cluster cluster;
    cluster.request("cpu", "1200m").says(unfit("Insufficient cpu"));
    auto& taker = cluster.pod("alarm-7c-bbbbb");
    taker.meta.uid = "0a1b2c3d-0000-4000-8000-000000000001";
    taker.meta.owners.clear();
    taker.phase = "Running";
    taker.spec.node_name = "n1";
    kube::Event event;
    event.about = {"v1", "Pod", "shop", "web-6f9c-ccccc", "gone"};
    event.type = "Normal";
    event.reason = "Preempted";
    event.message = "Preempted by pod 0a1b2c3d-0000-4000-8000-000000000001 on node n1";
    cluster.facts.events = {event};
    const auto finding = cluster.only();
    CHECK(proves(finding, "Preempted by pod"));
    CHECK(has(finding.summary, "web-6f9c-ccccc, was preempted by alarm-7c-bbbbb"));
    for (const char* stranger : {"web-6f9c-extra-ccccc", "web2-6f9c-ccccc", "web-6f9c"}) {
        cluster.facts.events[0].about.name = stranger;
        CHECK_FALSE(proves(cluster.only(), "Preempted"));
    }
}

TEST_CASE("a taint on the only node is the node's, a taint of a pool lacks a toleration") {
    Cluster cluster;
    cluster.facts.nodes[0].taints = {{"harbour.example/drydock", "survey", "NoSchedule"}};
    cluster.says(unfit("node(s) had untolerated taint(s)"));  // the newest wording omits the key
    auto finding = cluster.only();
    CHECK(finding.mode->id == "pod.pending.taint");
    CHECK(finding.root.object.kind == "Node");
    CHECK(finding.affected.size() == 2);
    CHECK(has(finding.summary, "harbour.example/drydock=survey:NoSchedule on n1"));

    cluster.node("n2").taints = cluster.facts.nodes[0].taints;
    CHECK(cluster.only().root.object.kind == "Deployment");
    for (auto& node : cluster.facts.nodes) node.taints = {{"node.kubernetes.io/disk-pressure", "", "NoSchedule"}};
    finding = cluster.only();
    CHECK(finding.root.object.kind == "Node");
    CHECK(finding.affected.size() == 3);
    CHECK(has(finding.summary, "the node is the fault"));

    for (auto& node : cluster.facts.nodes) node.taints.clear();
    CHECK(cluster.findings().empty());  // removed since
}

TEST_CASE("a taint hides a selector that matches nothing: both are told, and the owner is blamed") {
    Cluster cluster;
    cluster.facts.nodes[0].taints = {{"dedicated", "db", "NoSchedule"}};
    cluster.web().spec.node_selector = {{"harbour.example/zone", "x"}};
    cluster.says(unfit("node(s) had untolerated taint {dedicated: db}"));
    const auto finding = cluster.only();
    CHECK(finding.mode->id == "pod.pending.taint");
    CHECK(finding.root.object.kind == "Deployment");
    CHECK(has(finding.summary, "harbour.example/zone=x"));
    CHECK(proves(finding, "dedicated=db:NoSchedule"));
}

TEST_CASE("the control plane's taint does not lead") {
    Cluster cluster;
    cluster.node("n0").taints = {{"node-role.kubernetes.io/control-plane", "", "NoSchedule"}};
    cluster.request("cpu", "1500m");
    cluster.says(
        "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint "
        "{node-role.kubernetes.io/control-plane: }." +
        std::string(tail));
    CHECK(cluster.only().mode->id == "pod.pending.insufficient-cpu");
    cluster.web().spec.node_selector = {{"disk", "fast"}};
    cluster.says(
        "0/2 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had untolerated taint "
        "{node-role.kubernetes.io/control-plane: }." +
        std::string(tail));
    CHECK(cluster.only().mode->id == "pod.pending.node-affinity");
}

TEST_CASE("cordoned nodes are blamed while they are cordoned") {
    Cluster cluster;
    cluster.facts.nodes[0].unschedulable = true;
    cluster.facts.nodes[0].taints = {{"node.kubernetes.io/unschedulable", "", "NoSchedule"}};
    cluster.says(unfit("node(s) were unschedulable"));
    const auto finding = cluster.only();
    CHECK(finding.mode->id == "pod.pending.cordoned");
    CHECK(finding.root.object.name == "n1");
    CHECK(proves(finding, "unschedulable"));
    CHECK(has(finding.advice[0], "kubectl uncordon n1"));
    cluster.facts.nodes[0].unschedulable = false;
    CHECK(cluster.findings().empty());
}

TEST_CASE("a selector is proven against every node's labels, never against nodes that were not read") {
    Cluster cluster;
    cluster.web().spec.node_selector = {{"disk", "fsat"}};
    cluster.facts.nodes[0].meta.labels["disk"] = "fast";
    cluster.says(unfit("node(s) didn't match Pod's node affinity/selector"));
    auto finding = cluster.only();
    CHECK(finding.mode->id == "pod.pending.node-affinity");
    CHECK(has(finding.summary, "disk=fsat (nodes have disk: fast)"));
    cluster.forget(kube::Resource::nodes);
    cluster.facts.nodes.clear();
    finding = cluster.only();
    CHECK(finding.mode->id == "pod.pending.node-affinity");
    CHECK_FALSE(has(finding.summary, "no node has"));
    CHECK(finding.missing_evidence.size() == 1);
}

TEST_CASE("a node outside the selector says affinity while the meant one is full") {
    Cluster cluster;
    cluster.node("n2").meta.labels["disk"] = "fast";
    cluster.node("n3");
    cluster.request("cpu", "1").web().spec.node_selector = {{"disk", "fast"}};
    cluster.says("0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't match Pod's node affinity/selector." +
                 std::string(tail));
    const auto finding = cluster.only();
    CHECK(finding.mode->id == "pod.pending.insufficient-cpu");
    CHECK(has(finding.summary, "(n2)"));
}

TEST_CASE("pod affinity, topology spread and host ports name what they ask") {
    Cluster affinity;
    affinity.web().spec.pod_anti_affinity = {{"kubernetes.io/hostname", kube::LabelSelector{{{"app", "web"}}, {}}, {}}};
    affinity.facts.deployments[0].desired = 3;
    affinity.says(unfit("node(s) didn't match pod anti-affinity rules"));
    auto finding = affinity.only();
    CHECK(finding.mode->id == "pod.pending.pod-affinity");
    CHECK(has(finding.summary, "kubernetes.io/hostname of pods with app=web"));
    CHECK(has(finding.summary, "3 replicas wanted, 1 node"));

    Cluster spread;
    spread.web().spec.topology_spread = {{"harbour.example/pier", "DoNotSchedule", 1, {}}};
    spread.says(unfit("node(s) didn't match pod topology spread constraints (missing required label)"));
    finding = spread.only();
    CHECK(finding.mode->id == "pod.pending.topology-spread");
    CHECK(has(finding.summary, "no node has the label harbour.example/pier"));

    Cluster port;
    port.web().spec.containers[0].ports = {{"", "UDP", "", 8125, 28125}};
    auto holder = port.web();
    holder.meta.name = holder.meta.uid = "web-6f9c-zzzzz";
    holder.phase = "Running";
    holder.spec.node_name = "n1";
    port.facts.pods.push_back(holder);
    port.says(unfit("node(s) didn't have free ports for the requested pod ports"));
    finding = port.only();
    CHECK(finding.mode->id == "pod.pending.host-port");
    CHECK(has(finding.summary, "host port 28125/UDP is held by shop/web-6f9c-zzzzz on n1"));
}

TEST_CASE("claims that are missing, unbound or without a volume") {
    Cluster missing;
    missing.claim("store", "Bound", "fast");
    missing.web().spec.volumes[0].object = "data";
    missing.says("0/1 nodes are available: persistentvolumeclaim \"data\" not found." + std::string(tail));
    auto finding = missing.only();
    CHECK(finding.mode->id == "pod.pending.pvc-missing");
    CHECK(finding.root.object.kind == "Deployment");
    CHECK(has(finding.summary, "\"data\" not found in namespace shop; there is store (Bound)"));
    missing.facts.claims[0].meta.name = "data";
    CHECK(missing.findings().empty());  // made since

    Cluster unbound;
    unbound.claim("photos", "Pending", "sand");
    unbound.web().spec.node_selector = {{"disk", "fast"}};  // hidden by the prefilter
    unbound.says("0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims." + std::string(tail));
    finding = unbound.only();
    CHECK(finding.mode->id == "pod.pending.unbound-pvc");
    CHECK(finding.root.object.name == "photos");
    CHECK(has(finding.summary, "disk=fast"));
    unbound.facts.claims[0].phase = "Bound";
    CHECK(unbound.findings().empty());  // the message outlives the binding

    Cluster prebound;
    prebound.claim("charts", "Pending", "").volume = "pv-9";
    prebound.says("0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims." + std::string(tail));
    CHECK(has(prebound.only().summary, "it names volume pv-9, which does not exist"));
    kube::Event mismatch;
    mismatch.about = prebound.facts.claims[0].meta.ref();
    mismatch.type = "Warning";
    mismatch.reason = "VolumeMismatch";
    mismatch.message = "Cannot bind to requested volume \"pv-9\": requested PV is too small";
    prebound.facts.events = {mismatch};
    CHECK(has(prebound.only().summary, "requested PV is too small"));
    CHECK(proves(prebound.only(), "requested PV is too small"));

    Cluster none;
    none.claim("log", "Pending", "local");
    none.facts.storage_classes.emplace_back().meta.name = "local";
    none.facts.storage_classes[0].binding_mode = "WaitForFirstConsumer";
    none.says("", "SchedulingGated");
    CHECK(none.findings().empty());  // a claim that waits is no fault
    auto& volume = none.facts.volumes.emplace_back();
    volume.meta.name = "pv-small";
    volume.storage_class = "local";
    volume.capacity = "4Mi";
    volume.phase = "Available";
    none.says(unfit("node(s) didn't find available persistent volumes to bind"));
    finding = none.only();
    CHECK(finding.mode->id == "pod.pending.no-matching-pv");
    CHECK(finding.root.object.kind == "PersistentVolumeClaim");
    CHECK(has(finding.summary,
              "claim log for 64Mi of class local is Pending; volumes of that class: pv-small 4Mi Available"));
}

TEST_CASE("volume zone, volume limit, single-pod claims and ephemeral claims") {
    Cluster zone;
    zone.claim("wreck", "Bound", "static").volume = "pv-1";
    auto& volume = zone.facts.volumes.emplace_back();
    volume.meta.name = "pv-1";
    volume.node_affinity = {{{"topology.kubernetes.io/zone", "In", {"outer"}}}};
    zone.says(unfit("node(s) had volume node affinity conflict"));
    auto finding = zone.only();
    CHECK(finding.mode->id == "pod.pending.volume-zone");
    CHECK(has(finding.summary, "topology.kubernetes.io/zone=outer, and no node is such"));
    zone.says(unfit("node(s) exceed max volume count"));
    CHECK(zone.only().mode->id == "pod.pending.volume-limit");
    auto user = zone.web();
    user.meta.name = user.meta.uid = "web-old";
    user.phase = "Running";
    user.spec.node_name = "n1";
    zone.facts.pods.push_back(user);
    zone.says(unfit("node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode"));
    finding = zone.only();
    CHECK(finding.mode->id == "pod.pending.rwop");
    CHECK(has(finding.summary, "wreck is used by web-old on n1"));

    Cluster ephemeral;
    ephemeral.says(
        "0/1 nodes are available: waiting for ephemeral volume controller to create the "
        "persistentvolumeclaim \"web-6f9c-aaaaa-tmp\".");
    CHECK(ephemeral.findings().empty());
    ephemeral.web().meta.created = ephemeral.facts.taken_at - base::minutes(6);
    CHECK(ephemeral.only().mode->id == "pod.pending.pvc-missing");
}

TEST_CASE("gates, schedulers, preemption under way and errors of the scheduler") {
    Cluster gated;
    gated.web().spec.scheduling_gates = {"harbour.example/customs"};
    gated.says("Scheduling is blocked due to non-empty scheduling gates", "SchedulingGated");
    auto finding = gated.only();
    CHECK(finding.mode->id == "pod.pending.gated");
    CHECK(finding.severity == Severity::info);
    CHECK(has(finding.summary, "harbour.example/customs"));
    gated.web().meta.created = gated.facts.taken_at - base::minutes(30);
    CHECK(gated.only().severity == Severity::medium);

    Cluster nobody;
    nobody.web().spec.scheduler_name = "night-shift";
    finding = nobody.only();
    CHECK(finding.mode->id == "pod.pending.no-scheduler");
    CHECK(has(finding.summary, "schedulerName is night-shift"));
    nobody.web().meta.created = nobody.facts.taken_at - base::seconds(119);
    CHECK(nobody.findings().empty());

    Cluster nominated;
    nominated.web().nominated_node = "n1";
    nominated.says(unfit("Insufficient cpu"));
    CHECK(nominated.only().mode->id == "pod.pending.preempting");
    nominated.web().meta.created = nominated.facts.taken_at - base::minutes(6);
    CHECK(nominated.only().mode->id == "pod.pending.insufficient-cpu");

    Cluster broken;
    broken.says("running Bind plugin \"DefaultBinder\": etcdserver: request timed out", "SchedulerError");
    CHECK(broken.only().mode->id == "pod.pending.scheduler-error");
}

TEST_CASE("no nodes at all, and a list that was not read") {
    Cluster cluster;
    cluster.facts.nodes.clear();
    cluster.says("no nodes available to schedule pods");
    CHECK(cluster.only().mode->id == "pod.pending.no-nodes");
    cluster.says(unfit("Insufficient cpu"));
    CHECK(cluster.only().mode->id == "pod.pending.no-nodes");
    cluster.forget(kube::Resource::nodes);
    CHECK(cluster.only().mode->id == "pod.pending.insufficient-cpu");
    cluster.says("no nodes available to schedule pods");
    CHECK(cluster.only().mode->id == "pod.pending.no-nodes");
}

TEST_CASE("full nodes, and reasons that no mode names") {
    Cluster cluster;
    cluster.facts.nodes[0].allocatable["pods"] = "4";
    cluster.says(unfit("Too many pods"));
    auto finding = cluster.only();
    CHECK(finding.mode->id == "pod.pending.too-many-pods");
    CHECK(has(finding.summary, "4 pods allocatable (n1)"));
    cluster.says(unfit("cannot allocate all claims"));
    finding = cluster.only();
    CHECK(finding.mode->id == "pod.pending.unschedulable");
    CHECK(has(finding.summary, "cannot allocate all claims"));
}
