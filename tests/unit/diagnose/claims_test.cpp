// The rules about claims and volumes: claim_pending, claim_bound, claim_orphaned, volume_released.
#include <doctest/doctest.h>

#include "all_rules.hpp"
#include "unit/diagnose/starting_builders.hpp"

using namespace salve;
using namespace salve::starting_test;
using namespace salve::diagnose::rules;
using diagnose::Finding;
using diagnose::Severity;

namespace {

struct Shop : Cluster {
    Shop() {
        using R = kube::Resource;
        for (const auto what : {R::persistentvolumes, R::storageclasses, R::deployments, R::replicasets,
                                R::statefulsets, R::daemonsets, R::jobs, R::cronjobs})
            facts.reads.push_back(read_of(what));
        facts.scope.namespaces = {"shop"};
        facts.claims.reserve(16);
        facts.volumes.reserve(16);
    }

    kube::PersistentVolumeClaim& claim(const std::string& name, const std::string& phase,
                                       std::optional<std::string> storage_class = "fast") {
        kube::PersistentVolumeClaim made;
        made.meta = meta("v1", "PersistentVolumeClaim", "shop", name);
        made.meta.created = now - base::minutes(20);
        made.phase = phase;
        made.storage_class = std::move(storage_class);
        made.requested = "4Mi";
        if (phase == "Bound") made.capacity = {{"storage", "4Mi"}};
        return facts.claims.emplace_back(made);
    }

    kube::PersistentVolume& volume(const std::string& name, const std::string& phase, const std::string& claim) {
        kube::PersistentVolume made;
        made.meta = meta("v1", "PersistentVolume", "", name);
        made.phase = phase;
        made.claim_ns = "shop";
        made.claim_name = claim;
        made.claim_uid = "uid-" + claim;
        made.capacity = "4Mi";
        made.storage_class = "fast";
        made.reclaim_policy = "Retain";
        return facts.volumes.emplace_back(made);
    }

    void storage_class(const std::string& name, const std::string& mode, bool is_default = false) {
        auto& made = facts.storage_classes.emplace_back();
        made.meta = meta("storage.k8s.io/v1", "StorageClass", "", name);
        made.provisioner = "disk.example";
        made.binding_mode = mode;
        made.is_default = is_default;
    }

    Pod& user(const std::string& name, const std::string& claim, bool runs = true) {
        auto& pod = bare_pod(name, "img", "ContainerCreating");
        if (runs) runs_now(pod);
        pod.spec.volumes.push_back({"d", Volume::Source::claim, claim, "", "", {}, false, {}, {}});
        return pod;
    }

    Event& tells(const kube::Meta& about, const std::string& reason, const std::string& message,
                 base::Duration age = base::seconds(30), base::Duration first = base::minutes(19)) {
        Event event;
        event.meta = meta("v1", "Event", "shop", "about-" + std::to_string(facts.events.size()));
        event.about = about.ref();
        event.type = reason == "ProvisioningFailed" ? "Warning" : "Normal";
        event.reason = reason;
        event.message = message;
        event.last = now - age;
        event.first = now - first;
        facts.events.push_back(event);
        return facts.events.back();
    }

    void forget(kube::Resource what) {
        std::erase_if(facts.reads, [&](const auto& read) { return read.what == what; });
    }

    Finding only(const diagnose::Rule& rule) const {
        auto found = run(rule);
        REQUIRE(found.size() == 1);
        REQUIRE_FALSE(found[0].evidence.empty());
        CHECK(found[0].actions.empty());
        return found[0];
    }
};

const std::string no_class_text = "no persistent volumes available for this claim and no storage class is set";

bool affects(const Finding& finding, const std::string& name) {
    return std::any_of(finding.affected.begin(), finding.affected.end(),
                       [&](const auto& subject) { return subject.object.name == name; });
}

}  // namespace

TEST_CASE("a claim without a class, by its event or by what the cluster has") {
    Shop shop;
    auto& claim = shop.claim("photos", "Pending", std::nullopt);
    shop.user("gallery", "photos", false).spec.node_name = {};
    shop.tells(claim.meta, "FailedBinding", no_class_text);
    auto finding = shop.only(claim_pending);
    CHECK(finding.mode->id == "pvc.pending.no-class");
    CHECK(finding.root.object.name == "photos");
    CHECK(says(finding.summary, no_class_text));
    CHECK(affects(finding, "gallery"));
    CHECK(has_evidence(finding, no_class_text));

    claim.storage_class = "";
    CHECK(says(shop.only(claim_pending).summary, "storageClassName \"\""));
    shop.facts.events.clear();
    CHECK(shop.only(claim_pending).confidence == diagnose::Confidence::probable);
    claim.storage_class.reset();
    CHECK(shop.run(claim_pending).size() == 1);  // no default class
    shop.storage_class("std", "Immediate", true);
    CHECK(shop.run(claim_pending).empty());
    shop.facts.storage_classes.clear();
    shop.forget(kube::Resource::storageclasses);
    CHECK(shop.run(claim_pending).empty());
}

TEST_CASE("a claim that is bound, young, going or prebound is not pending for want of a class") {
    Shop shop;
    auto& claim = shop.claim("photos", "Pending", std::nullopt);
    shop.tells(claim.meta, "FailedBinding", no_class_text);
    CHECK(shop.run(claim_pending).size() == 1);
    claim.volume = "pv-1";
    CHECK(shop.run(claim_pending).empty());
    claim.volume.clear();
    claim.meta.created = now - base::seconds(59);
    CHECK(shop.run(claim_pending).empty());
    claim.meta.created = now - base::minutes(20);
    claim.meta.deleted = now;
    CHECK(shop.run(claim_pending).empty());
    claim.meta.deleted.reset();
    claim.phase = "Bound";  // the event is history
    CHECK(shop.run(claim_pending).empty());
}

TEST_CASE("a class that is missing: one claim blames itself, several the class") {
    Shop shop;
    auto& claim = shop.claim("data", "Pending", "fast-nvme");
    shop.tells(claim.meta, "ProvisioningFailed", "storageclass.storage.k8s.io \"fast-nvme\" not found");
    auto finding = shop.only(claim_pending);
    CHECK(finding.mode->id == "pvc.pending.class-missing");
    CHECK(finding.root.object.kind == "PersistentVolumeClaim");
    CHECK(says(finding.summary, "\"fast-nvme\" not found"));
    CHECK(says(finding.summary, "there is no volume of that class"));

    shop.claim("more", "Pending", "fast-nvme");  // no event of its own, but the list was read
    finding = shop.only(claim_pending);
    CHECK(finding.root.object.kind == "StorageClass");
    CHECK(finding.root.object.name == "fast-nvme");
    CHECK(affects(finding, "data"));
    CHECK(affects(finding, "more"));

    shop.facts.events.clear();
    shop.forget(kube::Resource::storageclasses);
    CHECK(shop.run(claim_pending).empty());  // not seen, not absent
}

TEST_CASE("a class that was made since, and one that the event does not mean") {
    Shop shop;
    auto& claim = shop.claim("data", "Pending", "fast-nvme");
    shop.tells(claim.meta, "ProvisioningFailed", "storageclass.storage.k8s.io \"fast-nvme\" not found");
    shop.storage_class("fast-nvme", "Immediate");
    CHECK(shop.run(claim_pending).empty());
}

TEST_CASE("claims of one StatefulSet's template are one finding") {
    Shop shop;
    auto& set = shop.facts.stateful_sets.emplace_back();
    set.meta = meta("apps/v1", "StatefulSet", "shop", "shards");
    set.claim_templates = {"index"};
    for (const char* name : {"index-shards-1", "index-shards-0"}) shop.claim(name, "Pending", "");
    const auto finding = shop.only(claim_pending);
    CHECK(finding.root.object.name == "index-shards-0");
    CHECK(affects(finding, "index-shards-1"));
    CHECK(affects(finding, "shards"));
    set.desired = 0;
    CHECK(shop.only(claim_pending).severity == Severity::low);  // nobody waits
}

TEST_CASE("a provisioner that failed, and one that says nothing") {
    Shop shop;
    shop.storage_class("fast", "Immediate");
    auto& claim = shop.claim("ledger", "Pending");
    const std::string error =
        "failed to provision volume with StorageClass \"fast\": rpc error: code = ResourceExhausted desc = quota";
    const std::string waits = "Waiting for a volume to be created either by the external provisioner 'disk.example' or";
    shop.tells(claim.meta, "ExternalProvisioning", waits);
    auto finding = shop.only(claim_pending);
    CHECK(finding.mode->id == "pvc.pending.external-wait");
    CHECK(says(finding.summary, "disk.example"));
    shop.tells(claim.meta, "ProvisioningFailed", error, base::minutes(2));
    finding = shop.only(claim_pending);
    CHECK(finding.mode->id == "pvc.pending.provisioner-failed");
    CHECK(says(finding.summary, "code = ResourceExhausted desc = quota"));
    shop.facts.events.back().last = now - base::minutes(40);  // it has fallen silent since
    CHECK(shop.only(claim_pending).mode->id == "pvc.pending.external-wait");
    shop.facts.events.pop_back();
    shop.tells(claim.meta, "Provisioning", "External provisioner is provisioning volume for claim \"shop/ledger\"");
    CHECK(shop.run(claim_pending).empty());  // it works on it
    shop.facts.events.pop_back();
    shop.facts.events.back().first = now - base::minutes(4);
    CHECK(shop.run(claim_pending).empty());
}

TEST_CASE("waiting for the first consumer is no fault, and a week of it is only told") {
    Shop shop;
    shop.storage_class("fast", "WaitForFirstConsumer");
    auto& claim = shop.claim("survey", "Pending");
    shop.tells(claim.meta, "WaitForFirstConsumer", "waiting for first consumer to be created before binding");
    CHECK(shop.run(claim_pending).empty());
    claim.meta.created = now - base::hours(200);
    const auto finding = shop.only(claim_pending);
    CHECK(finding.mode->id == "pvc.pending.wait-consumer");
    CHECK(finding.severity == Severity::info);
    shop.user("mapper", "survey", false);
    CHECK(shop.run(claim_pending).empty());
}

TEST_CASE("a lost claim, whoever uses it") {
    Shop shop;
    auto& claim = shop.claim("log", "Lost");
    claim.volume = "pv-gone";
    shop.user("reader", "log");
    shop.tells(claim.meta, "ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!");
    auto finding = shop.only(claim_bound);
    CHECK(finding.mode->id == "pvc.lost");
    CHECK(finding.severity == Severity::critical);
    CHECK(says(finding.summary, "Claim log is Lost: Bound claim has lost its PersistentVolume"));
    CHECK(says(finding.summary, "PersistentVolume pv-gone does not exist"));
    CHECK(affects(finding, "reader"));
    shop.forget(kube::Resource::persistentvolumes);
    finding = shop.only(claim_bound);
    CHECK_FALSE(says(finding.summary, "does not exist"));
    CHECK(finding.missing_evidence.size() == 1);
    claim.phase = "Bound";
    CHECK(shop.run(claim_bound).empty());
}

TEST_CASE("a resize that failed, waits in vain, or is merely not needed yet") {
    Shop shop;
    auto& claim = shop.claim("gauge", "Bound");
    claim.requested = "8Mi";
    CHECK(shop.run(claim_bound).empty());
    claim.conditions = {condition("ControllerResizeError", "True", now)};
    claim.conditions[0].message = "failed to expand pvc with rpc error: code = OutOfRange";
    auto finding = shop.only(claim_bound);
    CHECK(finding.mode->id == "pvc.resize-stuck");
    CHECK(says(finding.summary, "asks for 8Mi and has 4Mi; ControllerResizeError: failed to expand pvc"));
    claim.conditions[0].status = "False";
    CHECK(shop.run(claim_bound).empty());

    claim.conditions = {condition("FileSystemResizePending", "True", now - base::minutes(10))};
    CHECK(shop.run(claim_bound).empty());  // no pod: it grows at the next mount
    shop.user("meter", "gauge");
    CHECK(affects(shop.only(claim_bound), "meter"));
    claim.conditions[0].last_transition = now - base::minutes(1);
    CHECK(shop.run(claim_bound).empty());
    claim.conditions.clear();
    shop.tells(claim.meta, "ExternalExpanding", "waiting for an external controller to expand this PVC",
               base::minutes(6), base::minutes(6));
    CHECK(says(shop.only(claim_bound).summary, "waiting for an external controller to expand this PVC"));
    claim.capacity = {{"storage", "8Mi"}};  // done since
    CHECK(shop.run(claim_bound).empty());
}

TEST_CASE("a deleted claim is told while placed pods hold it") {
    Shop shop;
    auto& claim = shop.claim("notes", "Bound");
    claim.volume = "pv-1";
    shop.volume("pv-1", "Bound", "notes").reclaim_policy = "Delete";
    claim.meta.deleted = now - base::minutes(2);
    claim.meta.finalizers = {"kubernetes.io/pvc-protection"};
    CHECK(shop.run(claim_bound).empty());
    auto& pod = shop.user("pilot", "notes");
    const auto finding = shop.only(claim_bound);
    CHECK(finding.mode->id == "pvc.terminating-in-use");
    CHECK(says(finding.summary, "still used by pod pilot (kubernetes.io/pvc-protection holds it)"));
    CHECK(says(finding.summary, "reclaim policy Delete, so its data goes with the claim"));
    pod.meta.deleted = now;  // an ordinary end of everything
    CHECK(shop.run(claim_bound).empty());
    pod.meta.deleted.reset();
    pod.phase = "Succeeded";
    CHECK(shop.run(claim_bound).empty());
    pod.phase = "Running";
    claim.meta.deleted = now - base::seconds(30);
    CHECK(shop.run(claim_bound).empty());
    claim.meta.deleted = now - base::minutes(2);
    auto& ns = shop.facts.namespaces.emplace_back();
    ns.meta = meta("v1", "Namespace", "", "shop");
    ns.phase = "Terminating";
    CHECK(shop.run(claim_bound).empty());
}

TEST_CASE("claims that nobody names are one line of housekeeping") {
    Shop shop;
    shop.claim("north", "Bound");
    auto finding = shop.only(claim_orphaned);
    CHECK(finding.root.object.name == "north");
    CHECK(finding.severity == Severity::info);
    auto& south = shop.claim("south", "Bound");
    south.meta.created = now - base::hours(24 * 9);
    auto& pod = shop.user("import-x", "south");
    pod.phase = "Succeeded";
    pod.meta.owners.push_back({"batch/v1", "Job", "import", "uid-import", true});
    finding = shop.only(claim_orphaned);
    CHECK(finding.root.object.kind == "Namespace");
    CHECK(finding.severity == Severity::low);
    CHECK(says(finding.summary, "2 bound claims (8Mi in all)"));
    CHECK(says(finding.summary, "Job import"));
    shop.forget(kube::Resource::cronjobs);
    CHECK(shop.run(claim_orphaned).empty());
}

TEST_CASE("what names a claim, or may, keeps it from being called orphaned") {
    const Volume named{"d", Volume::Source::claim, "north", "", "", {}, false, {}, {}};
    Shop base_shop;
    base_shop.claim("north", "Bound");
    CHECK(base_shop.run(claim_orphaned).size() == 1);

    auto scaled = base_shop;
    scaled.deployment("web", "img").pod_template.spec.volumes = {named};
    scaled.facts.deployments.back().desired = 0;
    CHECK(scaled.run(claim_orphaned).empty());
    auto cron = base_shop;
    cron.facts.cron_jobs.emplace_back().meta = meta("batch/v1", "CronJob", "shop", "nightly");
    cron.facts.cron_jobs.back().pod_template.spec.volumes = {named};
    CHECK(cron.run(claim_orphaned).empty());
    auto set = base_shop;
    set.facts.claims[0].meta.name = "data-db-2";
    set.facts.stateful_sets.emplace_back().meta = meta("apps/v1", "StatefulSet", "shop", "db");
    set.facts.stateful_sets.back().claim_templates = {"data"};
    set.facts.stateful_sets.back().desired = 1;  // scaled down: they wait to be used again
    CHECK(set.run(claim_orphaned).empty());
    auto owned = base_shop;
    owned.facts.claims[0].meta.owners.push_back({"v1", "Cluster", "pg", "uid-pg", true});
    CHECK(owned.run(claim_orphaned).empty());
    auto wrong_name = base_shop;
    wrong_name.user("archive", "nort", false);
    CHECK(wrong_name.run(claim_orphaned).empty());
    auto young = base_shop;
    young.facts.claims[0].meta.created = now - base::seconds(30);
    CHECK(young.run(claim_orphaned).empty());
}

TEST_CASE("volumes that were released or failed, of the namespaces that are read") {
    Shop shop;
    auto& volume = shop.volume("pv-1", "Released", "old");
    auto finding = shop.only(volume_released);
    CHECK(finding.root.object.kind == "PersistentVolume");
    CHECK(finding.severity == Severity::low);
    CHECK(says(finding.summary, "reclaim policy Retain) is Released, its claim was shop/old"));
    shop.volume("pv-2", "Released", "older");
    CHECK(affects(shop.only(volume_released), "pv-2"));
    shop.facts.volumes.pop_back();

    volume.claim_ns = "elsewhere";
    CHECK(shop.run(volume_released).empty());
    shop.facts.scope.all = true;
    CHECK(shop.run(volume_released).size() == 1);
    volume.claim_ns = "shop";
    volume.reclaim_policy = "Delete";
    CHECK(shop.run(volume_released).empty());  // its deletion may be under way
    shop.tells(volume.meta, "VolumeFailedDelete", "rpc error: code = DeadlineExceeded");
    CHECK(shop.run(volume_released).size() == 1);
    volume.phase = "Failed";
    volume.message = "host_path deleter only supports /tmp/.+ but received provided /srv/x";
    finding = shop.only(volume_released);
    CHECK(finding.severity == Severity::medium);
    CHECK(says(finding.summary, "is Failed, its claim was shop/old: host_path deleter only supports"));
    volume.meta.deleted = now;
    CHECK(shop.run(volume_released).empty());
}

TEST_CASE("a claim that was made anew does not get the released volume of the earlier one") {
    Shop shop;
    shop.volume("pv-1", "Released", "charts").claim_uid = "uid-before";
    shop.claim("charts", "Pending");
    shop.user("chartroom", "charts", false);
    const auto finding = shop.only(volume_released);
    CHECK(finding.severity == Severity::medium);
    CHECK(says(finding.summary, "claim charts was made anew and is Pending"));
    CHECK(affects(finding, "chartroom"));
    shop.facts.claims[0].phase = "Bound";
    CHECK(shop.only(volume_released).severity == Severity::low);
}
