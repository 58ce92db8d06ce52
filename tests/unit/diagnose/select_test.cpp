#include "diagnose/select.hpp"

#include <doctest/doctest.h>

#include <sstream>

#include "base/error.hpp"
#include "diagnose_builders.hpp"
#include "unit/kube/hostile_words.hpp"

using namespace salve;
using namespace salve::test;
using diagnose::parse_kind;
using diagnose::parse_target;
using diagnose::Presence;
using diagnose::short_kind;
using diagnose::Target;

namespace {

struct Shop : Cluster {
    Shop() {
        deployment("web", "web:1");
        pod_of("web", "web-0", "web:1", "").spec.node_name = "node-1";
        auto& alone = bare_pod("alone", "a", "");
        alone.spec.node_name = "node-2";
        kube::CronJob nightly;
        nightly.meta = meta("batch/v1", "CronJob", "shop", "nightly");
        facts.cron_jobs.push_back(nightly);
        kube::Job job;
        job.meta = meta("batch/v1", "Job", "shop", "nightly-1");
        job.meta.owners.push_back({"batch/v1", "CronJob", "nightly", "uid-nightly", true});
        facts.jobs.push_back(job);
        auto& run = bare_pod("nightly-1-x", "a", "");
        run.meta.owners.push_back({"batch/v1", "Job", "nightly-1", "uid-nightly-1", true});
        facts.scope.namespaces = {"shop"};
        node("node-1");
    }
};

Finding shown_by(const std::string& kind, const std::string& name, const std::string& pod) {
    auto finding = finding_of(broken_mode, kind, name);
    finding.affected = {pod_subject(pod)};
    finding.id = kind + "-" + name;
    return finding;
}

std::vector<Finding> all() {
    return {shown_by("Deployment", "web", "web-0"), shown_by("Pod", "alone", "alone"),
            shown_by("CronJob", "nightly", "nightly-1-x")};
}

std::vector<std::string> selected(const std::vector<std::string>& words, std::vector<Finding> findings = all()) {
    const Shop shop;
    std::vector<Target> targets;
    for (const auto& word : words) targets.push_back(parse_target(word));
    std::vector<std::string> ids;
    for (const auto& finding : diagnose::about(kube::World(shop.facts), std::move(findings), targets))
        ids.push_back(finding.id);
    return ids;
}

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("kubectl's names of a kind are understood, in any case of letters") {
    struct Row {
        const char *kind, *words;
    };
    for (const auto& row : std::initializer_list<Row>{{"Deployment", "deployment deploy deployments DEPLOY"},
                                                      {"ReplicaSet", "replicaset rs replicasets"},
                                                      {"StatefulSet", "statefulset sts statefulsets"},
                                                      {"DaemonSet", "daemonset ds daemonsets"},
                                                      {"Job", "job jobs"},
                                                      {"CronJob", "cronjob cj cronjobs CronJob"},
                                                      {"Pod", "pod po pods"},
                                                      {"Node", "node no nodes"},
                                                      {"Service", "service svc services"},
                                                      {"Ingress", "ingress ing ingresses"},
                                                      {"PersistentVolumeClaim", "persistentvolumeclaim pvc"},
                                                      {"PersistentVolume", "persistentvolume pv persistentvolumes"},
                                                      {"ConfigMap", "configmap cm configmaps"},
                                                      {"Secret", "secret secrets"},
                                                      {"HorizontalPodAutoscaler", "horizontalpodautoscaler hpa"}}) {
        std::istringstream words(row.words);
        for (std::string word; words >> word;) {
            CAPTURE(word);
            const auto target = parse_target(word + "/web-1.a");
            CHECK(target.kind == row.kind);
            CHECK(target.name == "web-1.a");
            CHECK(parse_target(target.text()).kind == row.kind);
        }
    }
    CHECK(parse_target("deploy/web").text() == "deployment/web");
}

TEST_CASE("a word that is no target is refused, visibly") {
    std::vector<std::string> words = {"web", "/", "deploy/", "/web", "thing/web", "deployment.apps/web", "deploy web"};
    for (const auto& hostile : kube::hostile_words()) {
        words.push_back("deploy/" + hostile);
        words.push_back(hostile + "/web");
        words.push_back(hostile);
    }
    // Hostile where a name is wanted, and plain targets here.
    for (const std::string target : {"pods/x", "secret/name", "secrets/name"}) std::erase(words, target);
    for (const auto& word : words) {
        CAPTURE(word.substr(0, 80));
        try {
            parse_target(word);
            FAIL_CHECK("taken for a target");
        } catch (const base::Error& error) {
            CHECK(error.kind() == base::ErrorKind::usage);
            CHECK_FALSE(error.hint().empty());
            CHECK(std::string_view(error.what()).find('\x1b') == std::string_view::npos);
        }
    }
}

TEST_CASE("a target selects what it owns, what runs on it, and itself") {
    CHECK(selected({}) == Ids{"Deployment-web", "Pod-alone", "CronJob-nightly"});
    CHECK(selected({"deploy/web"}) == Ids{"Deployment-web"});
    CHECK(selected({"rs/web-5d9"}) == Ids{"Deployment-web"});
    CHECK(selected({"pod/web-0"}) == Ids{"Deployment-web"});
    CHECK(selected({"pod/alone"}) == Ids{"Pod-alone"});
    CHECK(selected({"cj/nightly"}) == Ids{"CronJob-nightly"});
    CHECK(selected({"job/nightly-1"}) == Ids{"CronJob-nightly"});
    CHECK(selected({"node/node-2"}) == Ids{"Pod-alone"});
    CHECK(selected({"node/node-1", "pod/alone"}).size() == 3);
    CHECK(selected({"deploy/other"}).empty());
    CHECK(selected({"sts/web"}).empty());
    // A pod that is on no node, and a node without a name, do not meet.
    auto findings = all();
    findings[1].affected[0].object.name = "gone";
    findings[1].root.object.name = "gone";
    CHECK(selected({"node/node-2"}, findings).empty());
}

TEST_CASE("a missing object leads to the owners that it hits, and they to it") {
    auto missing = finding_of(broken_mode, "ConfigMap", "settings");
    missing.id = "settings";
    missing.affected = {pod_subject("web-0")};
    CHECK(selected({"cm/settings"}, {missing}) == Ids{"settings"});
    CHECK(selected({"deploy/web"}, {missing}) == Ids{"settings"});
}

TEST_CASE("causes are kept up to the root, other consequences are not") {
    auto node = finding_of(broken_mode, "Node", "node-9");
    node.id = "node";
    auto claim = finding_of(broken_mode, "PersistentVolumeClaim", "data");
    claim.id = "claim";
    claim.caused_by = "node";
    auto findings = all();
    findings[0].caused_by = "claim";
    findings[1].caused_by = "node";
    node.consequences = {"Pod-alone", "claim"};
    findings.insert(findings.begin(), {node, claim});
    CHECK(selected({"deploy/web"}, findings) == Ids{"node", "claim", "Deployment-web"});
    const Shop shop;
    const auto kept = diagnose::about(kube::World(shop.facts), findings, {parse_target("deploy/web")});
    CHECK(kept[0].consequences == Ids{"claim"});
}

TEST_CASE("whether a target is there, is not, or cannot be told") {
    Shop shop;
    const auto ask = [&](const std::string& word) {
        return diagnose::presence(kube::World(shop.facts), parse_target(word));
    };
    CHECK(ask("pod/web-0") == Presence::there);
    CHECK(ask("pod/web-1") == Presence::absent);
    CHECK(ask("node/node-1") == Presence::there);
    CHECK(ask("node/node-3") == Presence::absent);
    CHECK(ask("deploy/web") == Presence::there);
    CHECK(ask("deploy/nope") == Presence::unknown);  // the list of Deployments was not read
    CHECK(ask("cm/settings") == Presence::unknown);
    CHECK(ask("secret/token") == Presence::unknown);
    for (const char* kind : {"rs", "sts", "ds", "job", "cj", "svc", "ing", "hpa", "pv"}) {
        CAPTURE(kind);
        CHECK(ask(std::string(kind) + "/nope") == Presence::unknown);
    }
    shop.facts.scope.namespaces = {"other", "shop"};
    for (auto& read : shop.facts.reads)
        if (read.what == kube::Resource::pods) read.ns = "shop";
    CHECK(ask("pod/web-1") == Presence::unknown);  // it may be in "other"
    shop.facts.scope = {{}, true, {}};
    CHECK(ask("pod/web-1") == Presence::unknown);
}

TEST_CASE("a kind by any of its words") {
    CHECK(parse_kind("deploy") == "Deployment");
    CHECK(parse_kind("StatefulSets") == "StatefulSet");
    CHECK(parse_kind("po") == "Pod");
    CHECK(parse_kind("resourcequotas") == "ResourceQuota");
    CHECK(parse_kind("networkpolicy") == "NetworkPolicy");
    CHECK_THROWS_WITH(parse_kind("deploymint"), "kind \"deploymint\" is not known");
    CHECK_THROWS_AS(parse_kind(""), base::Error);
}

TEST_CASE("the short word of a kind is one that a target takes") {
    CHECK(short_kind("Deployment") == "deploy");
    CHECK(short_kind("Job") == "job");
    CHECK(short_kind("Secret") == "secret");
    CHECK(short_kind("PersistentVolumeClaim") == "pvc");
    CHECK(short_kind("Rollout") == "rollout");
    for (const auto* kind : {"Deployment", "ReplicaSet", "CronJob", "Pod", "Node", "Service", "Ingress"})
        CHECK(parse_target(short_kind(kind) + "/x").kind == kind);
}
