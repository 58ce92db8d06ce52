// Every link on small findings: what hangs under what, and what does not.
#include <doctest/doctest.h>

#include <map>

#include "diagnose/calls.hpp"
#include "diagnose/diagnose.hpp"
#include "diagnose/link_build.hpp"
#include "diagnose_builders.hpp"

using namespace salve;
using namespace salve::test;
using kube::Resource;

namespace {

const Mode& mode_of(const std::string& id, Severity severity = Severity::high) {
    static std::map<std::pair<std::string, Severity>, Mode> modes;
    const auto [at, fresh] = modes.try_emplace({id, severity});
    if (fresh)
        at->second = {at->first.first, diagnose::Category::other, severity, "It is.", "A field.", "It is not.",
                      "Mend."};
    return at->second;
}

Finding fault(const std::string& id, const std::string& kind, const std::string& name,
              std::vector<std::string> pods = {}, Severity severity = Severity::high) {
    auto finding = finding_of(mode_of(id, severity), kind, name);
    finding.id = id + "/" + name;
    for (const auto& pod : pods) finding.affected.push_back(pod_subject(pod));
    return finding;
}

struct Bed {
    Cluster cluster;
    std::vector<Finding> findings;

    Bed() {
        for (const auto what : {Resource::services, Resource::endpointslices, Resource::namespaces})
            cluster.facts.reads.push_back({what, "shop", kube::ReadState::ok, 0, "", ""});
        cluster.facts.scope.namespaces = {"shop"};
    }
    Pod& pod(const std::string& name, const std::string& app) {
        auto& pod = cluster.bare_pod(name, "nginx", "CrashLoopBackOff");
        pod.meta.labels["app"] = app;
        return pod;
    }
    kube::Service& service(const std::string& name, const std::string& app, const std::string& ns = "shop") {
        kube::Service service;
        service.meta = meta("v1", "Service", ns, name);
        if (!app.empty()) service.selector["app"] = app;
        cluster.facts.services.push_back(service);
        return cluster.facts.services.back();
    }
    // "CONSEQUENCE <- CAUSE" for each edge, sorted.
    std::vector<std::string> edges() const {
        const kube::World world(cluster.facts);
        std::vector<std::string> words;
        for (const auto* link : diagnose::all_links())
            for (const auto& edge : link->match(world, findings)) {
                CHECK_FALSE(edge.evidence.text.empty());
                words.push_back(findings[edge.consequence].id + " <- " + findings[edge.cause].id);
            }
        std::sort(words.begin(), words.end());
        words.erase(std::unique(words.begin(), words.end()), words.end());
        return words;
    }
};

using Words = std::vector<std::string>;

diagnose::Evidence log_line(const std::string& pod, const std::string& text) {
    auto evidence = evidence_of(text, Source::log, "log");
    evidence.object = pod_subject(pod).object;
    return evidence;
}

}  // namespace

TEST_CASE("a Service without endpoints hangs under the fault of the pods that it selects, of no others") {
    Bed bed;
    bed.pod("a", "web");
    bed.pod("b", "other");
    bed.service("web", "web");
    bed.findings = {fault("svc.no-endpoints.none-ready", "Service", "web"),
                    fault("pod.crashloop.oom", "Deployment", "web", {"a"}),
                    fault("pod.image.not-found", "Deployment", "other", {"b"})};
    CHECK(bed.edges() == Words{"svc.no-endpoints.none-ready/web <- pod.crashloop.oom/web"});
}

TEST_CASE("housekeeping about the pods is no cause, and a wrong selector has none") {
    Bed bed;
    bed.pod("a", "web");
    bed.service("web", "web");
    bed.findings = {fault("svc.no-endpoints.none-ready", "Service", "web"),
                    fault("pod.log.errors", "Deployment", "web", {"a"}, Severity::low)};
    CHECK(bed.edges().empty());
    bed.findings = {fault("svc.no-endpoints.selector-mismatch", "Service", "web"),
                    fault("pod.crashloop.oom", "Deployment", "web", {"a"})};
    CHECK(bed.edges().empty());
}

TEST_CASE("a Service whose pods cannot even be made hangs under what refuses them") {
    Bed bed;
    bed.cluster.deployment("db", "postgres").pod_template.labels["app"] = "db";
    bed.service("db", "db");
    auto quota = fault("ctrl.failed-create.quota", "ResourceQuota", "pods");
    quota.affected.push_back({meta("apps/v1", "Deployment", "shop", "db").ref(), ""});
    bed.findings = {fault("svc.no-endpoints.none-ready", "Service", "db"), quota,
                    fault("deploy.unavailable", "Deployment", "db")};
    CHECK(bed.edges() == Words{"deploy.unavailable/db <- ctrl.failed-create.quota/pods",
                               "svc.no-endpoints.none-ready/db <- ctrl.failed-create.quota/pods"});
}

TEST_CASE("a rollout, a Job and a budget hang under the fault of the same pods") {
    Bed bed;
    bed.pod("a", "web");
    bed.pod("old", "web");
    bed.findings = {fault("deploy.progress-deadline", "Deployment", "web", {"a"}),
                    fault("pod.image.not-found", "Deployment", "web", {"a"}),
                    fault("pod.notready.readiness", "Deployment", "web", {"old"}),
                    fault("pdb.blocking", "PodDisruptionBudget", "web", {"old"})};
    CHECK(bed.edges() == Words{"deploy.progress-deadline/web <- pod.image.not-found/web",
                               "pdb.blocking/web <- pod.notready.readiness/web"});
}

TEST_CASE("an app hangs under the Service that its log names, where that is at fault") {
    Bed bed;
    bed.pod("a", "api");
    bed.service("db", "db");
    bed.service("cache", "cache");
    auto crash = fault("pod.crashloop.dependency", "Deployment", "api", {"a"});
    crash.evidence = {log_line("a", "dial tcp: lookup db on 10.0.0.10:53: connect to db:5432: connection refused")};
    bed.findings = {crash, fault("svc.no-endpoints.selector-mismatch", "Service", "db"),
                    fault("svc.no-endpoints.selector-mismatch", "Service", "cache")};
    CHECK(bed.edges() == Words{"pod.crashloop.dependency/api <- svc.no-endpoints.selector-mismatch/db"});
}

TEST_CASE("without a finding on the Service, the fault of its pods is the cause") {
    Bed bed;
    bed.pod("a", "api");
    bed.pod("d", "db");
    bed.service("db", "db");
    auto crash = fault("pod.crashloop.dependency", "Deployment", "api", {"a"});
    crash.evidence = {log_line("a", "connect to db:5432: connection refused")};
    bed.findings = {crash, fault("pod.pending.insufficient-cpu", "Deployment", "db", {"d"})};
    CHECK(bed.edges() == Words{"pod.crashloop.dependency/api <- pod.pending.insufficient-cpu/db"});
}

TEST_CASE("a Service that serves from other pods is not the cause") {
    Bed bed;
    bed.pod("a", "api");
    bed.pod("d", "db");
    auto& well = bed.pod("d2", "db");
    runs_now(well);
    make_ready(well);
    bed.service("db", "db");
    auto crash = fault("pod.crashloop.dependency", "Deployment", "api", {"a"});
    crash.evidence = {log_line("a", "connect to db:5432: connection refused")};
    auto restarts = fault("pod.restarts.flapping", "Deployment", "db", {"d2"});
    bed.findings = {crash, restarts};
    CHECK(bed.edges().empty());
}

TEST_CASE(
    "a pod that is ready between two ends does not clear its Service, and pods of a hanging rollout do not blame it") {
    Bed bed;
    bed.pod("a", "api");
    auto& flapping = bed.pod("d", "db");
    runs_now(flapping);
    make_ready(flapping);
    flapping.statuses[0].restarts = 4;
    kube::Terminated end;
    end.exit_code = 1;
    end.finished = bed.cluster.facts.taken_at - base::minutes(1);
    flapping.statuses[0].last.terminated = end;
    bed.service("db", "db");
    auto crash = fault("pod.crashloop.dependency", "Deployment", "api", {"a"});
    crash.evidence = {log_line("a", "connect to db:5432: connection refused")};
    bed.findings = {crash, fault("pod.crashloop.liveness", "Deployment", "db", {"d"})};
    CHECK(bed.edges() == Words{"pod.crashloop.dependency/api <- pod.crashloop.liveness/db"});
    auto& old = bed.pod("steady", "db");
    runs_now(old);
    make_ready(old);
    bed.pod("new", "db");
    bed.findings = {crash, fault("pod.image.not-found", "Deployment", "db", {"new"})};
    CHECK(bed.edges().empty());
}

TEST_CASE(
    "a Service that waits for its load balancer, or has a port that is only guessed to be wrong, refuses nobody") {
    Bed bed;
    bed.pod("a", "api");
    bed.service("db", "db");
    auto crash = fault("pod.crashloop.dependency", "Deployment", "api", {"a"});
    crash.evidence = {log_line("a", "connect to db:5432: connection refused")};
    auto guess = fault("svc.target-port-mismatch", "Service", "db");
    guess.severity = Severity::low;
    bed.findings = {crash, fault("svc.lb-pending", "Service", "db"), guess};
    CHECK(bed.edges().empty());
    guess.severity = Severity::high;
    bed.findings = {crash, guess};
    CHECK(bed.edges() == Words{"pod.crashloop.dependency/api <- svc.target-port-mismatch/db"});
}

TEST_CASE("an app hangs under the workload at zero that it calls") {
    Bed bed;
    bed.pod("a", "api");
    bed.service("db", "db");
    auto crash = fault("pod.crashloop.dependency", "Deployment", "api", {"a"});
    crash.evidence = {log_line("a", "connect to db:5432: connection refused")};
    auto idle = fault("deploy.scaled-to-zero", "StatefulSet", "db", {}, Severity::medium);
    idle.affected.push_back({meta("v1", "Service", "shop", "db").ref(), ""});
    bed.findings = {crash, idle};
    CHECK(bed.edges() == Words{"pod.crashloop.dependency/api <- deploy.scaled-to-zero/db"});
}

TEST_CASE("of an Ingress the path decides whom an app calls, and the Ingress itself may be what is wrong") {
    Bed bed;
    bed.pod("a", "api");
    kube::Ingress ingress;
    ingress.meta = meta("networking.k8s.io/v1", "Ingress", "shop", "edge");
    for (const auto* pair : {"/ web", "/cart cart", "/gone gone"}) {
        const std::string words = pair;
        kube::IngressBackend backend;
        backend.host = "shop.example.com";
        backend.path = words.substr(0, words.find(' '));
        backend.service = words.substr(words.find(' ') + 1);
        ingress.backends.push_back(backend);
    }
    bed.cluster.facts.ingresses.push_back(ingress);
    bed.service("web", "web");
    bed.service("cart", "cart");
    auto crash = fault("pod.crashloop.dependency", "Deployment", "api", {"a"});
    const std::vector<Finding> causes{fault("svc.no-endpoints.none-ready", "Service", "web"),
                                      fault("svc.no-endpoints.none-ready", "Service", "cart")};
    for (const auto& [line, cause] : {std::pair("GET http://shop.example.com/cart/7 failed: 503", "cart"),
                                      {"GET http://shop.example.com/cartoon failed: 503", "web"},
                                      {"GET http://shop.example.com:80 failed: 503", "web"}}) {
        crash.evidence = {log_line("a", line)};
        bed.findings = {crash, causes[0], causes[1]};
        CHECK(bed.edges() ==
              Words{std::string("pod.crashloop.dependency/api <- svc.no-endpoints.none-ready/") + cause});
    }
    crash.evidence = {log_line("a", "GET http://shop.example.com/gone/7 failed: 404")};
    bed.findings = {crash, causes[0], fault("ingress.backend-missing", "Ingress", "edge")};
    CHECK(bed.edges() == Words{"pod.crashloop.dependency/api <- ingress.backend-missing/edge"});
}

TEST_CASE(
    "an app never hangs under itself, and a fault with a cause of its own does not hang under what its log names") {
    Bed bed;
    bed.pod("a", "api");
    bed.service("api", "api");
    bed.service("db", "db");
    auto self = fault("pod.crashloop.dependency", "Deployment", "api", {"a"});
    self.evidence = {log_line("a", "connect to api:80: connection refused")};
    bed.findings = {self};
    CHECK(bed.edges().empty());
    auto killed = fault("pod.crashloop.oom", "Deployment", "api", {"a"});
    killed.evidence = {log_line("a", "connect to db:5432: connection refused")};
    bed.findings = {killed, fault("svc.no-endpoints.selector-mismatch", "Service", "db")};
    CHECK(bed.edges().empty());
}

TEST_CASE("ExternalName and Ingress lead to the Service behind them, with each step in the proof") {
    Bed bed;
    bed.pod("a", "api");
    auto& alias = bed.service("database", "");
    alias.type = "ExternalName";
    alias.external_name = "db.shop.svc.cluster.local";
    bed.service("db", "db");
    kube::Ingress ingress;
    ingress.meta = meta("networking.k8s.io/v1", "Ingress", "shop", "edge");
    kube::IngressBackend backend;
    backend.host = "pay.example.com";
    backend.service = "db";
    ingress.backends = {backend};
    bed.cluster.facts.ingresses.push_back(ingress);
    for (const auto* line : {"connect to database:5432: connection refused",
                             "GET http://pay.example.com/charge: 503 Service Temporarily Unavailable"}) {
        auto crash = fault("pod.crashloop.dependency", "Deployment", "api", {"a"});
        crash.evidence = {log_line("a", line)};
        const kube::World world(bed.cluster.facts);
        const auto calls = diagnose::calls_of(world, crash);
        REQUIRE(calls.size() == 1);
        CHECK(calls[0].target.name == "db");
        CHECK(calls[0].proof.size() == 2);
        bed.findings = {crash, fault("svc.no-endpoints.none-ready", "Service", "db")};
        CHECK(bed.edges() == Words{"pod.crashloop.dependency/api <- svc.no-endpoints.none-ready/db"});
    }
}

TEST_CASE("a circle of ExternalNames ends") {
    Bed bed;
    bed.pod("a", "api");
    for (const auto* pair : {"one two", "two one"}) {
        const std::string words = pair;
        auto& alias = bed.service(words.substr(0, 3), "");
        alias.type = "ExternalName";
        alias.external_name = words.substr(4);
    }
    auto crash = fault("pod.crashloop.dependency", "Deployment", "api", {"a"});
    crash.evidence = {log_line("a", "connect to one:80: connection refused")};
    CHECK(diagnose::calls_of(kube::World(bed.cluster.facts), crash).size() == 1);
}

TEST_CASE("a line without a host leaves the variables of the template to tell who was called") {
    Bed bed;
    auto& pod = bed.pod("a", "api");
    pod.spec.containers[0].env.push_back({"DB_HOST", "db", {}, {}});
    pod.spec.containers[0].env.push_back({"GREETING_PATH", "hello", {}, {}});
    bed.service("db", "db");
    auto crash = fault("pod.crashloop.dependency", "Deployment", "api", {"a"});
    crash.evidence = {log_line("a", "fatal: connection refused")};
    bed.findings = {crash, fault("svc.no-endpoints.selector-mismatch", "Service", "db")};
    CHECK(bed.edges() == Words{"pod.crashloop.dependency/api <- svc.no-endpoints.selector-mismatch/db"});
}

TEST_CASE("a node's fault comes before what it does to its pods, not before their own faults") {
    Bed bed;
    bed.pod("a", "web");
    auto node = fault("node.notready.kubelet-silent", "Node", "node-1", {}, Severity::critical);
    node.root.object.ns.clear();
    bed.findings = {node, fault("pod.notready.node", "Deployment", "web", {"a"}),
                    fault("pod.crashloop.app-error", "Deployment", "web", {"a"})};
    CHECK(bed.edges() == Words{"pod.notready.node/web <- node.notready.kubelet-silent/node-1"});
    bed.findings[0].root.object.name = "node-2";
    CHECK(bed.edges().empty());
}

TEST_CASE("pods that wait hang under the claim that they name") {
    Bed bed;
    auto& pod = bed.pod("a", "web");
    Volume volume;
    volume.name = "data";
    volume.source = Volume::Source::claim;
    volume.object = "disk";
    pod.spec.volumes.push_back(volume);
    bed.findings = {fault("pvc.pending.no-class", "PersistentVolumeClaim", "disk"),
                    fault("pvc.pending.no-class", "PersistentVolumeClaim", "other"),
                    fault("pod.pending.unbound-pvc", "Deployment", "web", {"a"}),
                    fault("pod.crashloop.oom", "Deployment", "web", {"a"})};
    CHECK(bed.edges() == Words{"pod.pending.unbound-pvc/web <- pvc.pending.no-class/disk"});
}

TEST_CASE("a claim hangs under the volume that is kept for its predecessor") {
    Bed bed;
    auto volume = fault("pv.released-or-failed", "PersistentVolume", "vol");
    volume.affected.push_back({meta("v1", "PersistentVolumeClaim", "shop", "disk").ref(), ""});
    bed.findings = {volume, fault("pvc.pending.provisioner-failed", "PersistentVolumeClaim", "disk"),
                    fault("pvc.pending.provisioner-failed", "PersistentVolumeClaim", "other")};
    CHECK(bed.edges() == Words{"pvc.pending.provisioner-failed/disk <- pv.released-or-failed/vol"});
}

TEST_CASE(
    "a StatefulSet that waits for its broken pod under a good template does not hang under that pod's old fault") {
    Bed bed;
    bed.pod("db-0", "db");
    auto stuck = fault("sts.update-stuck", "StatefulSet", "db", {"db-0"});
    bed.findings = {stuck, fault("pod.image.not-found", "StatefulSet", "db", {"db-0"})};
    CHECK(bed.edges() == Words{"sts.update-stuck/db <- pod.image.not-found/db"});
    bed.findings[0].actions = {"sts.replace-stuck-pod"};
    CHECK(bed.edges().empty());
}

TEST_CASE("a CronJob that may not start hangs under its stuck Job, a namespace under what holds it") {
    Bed bed;
    auto job = fault("job.stuck", "CronJob", "night");
    auto held = fault("pod.terminating.finalizer", "Pod", "held");
    auto gone = fault("ns.terminating", "Namespace", "shop");
    gone.root.object.ns.clear();
    bed.findings = {fault("cronjob.blocked-forbid", "CronJob", "night"), job, held, gone};
    CHECK(bed.edges() == Words{"cronjob.blocked-forbid/night <- job.stuck/night",
                               "ns.terminating/shop <- pod.terminating.finalizer/held"});
}

TEST_CASE("autoscalers hang under the metrics API that does not answer") {
    Bed bed;
    auto api = fault("apiservice.unavailable", "APIService", "v1beta1.metrics.k8s.io");
    api.root.object.ns.clear();
    bed.findings = {api, fault("hpa.no-metrics", "HorizontalPodAutoscaler", "web"),
                    fault("hpa.maxed", "HorizontalPodAutoscaler", "busy")};
    CHECK(bed.edges() == Words{"hpa.no-metrics/web <- apiservice.unavailable/v1beta1.metrics.k8s.io"});
    bed.findings[0].root.object.name = "v1.wardle.example.com";
    CHECK(bed.edges().empty());
}

TEST_CASE("programs that cannot resolve names hang under the cluster's DNS") {
    Bed bed;
    bed.pod("a", "web");
    auto dns = fault("dns.cluster-down", "Deployment", "coredns", {}, Severity::critical);
    dns.root.object.ns = "kube-system";
    dns.affected.push_back({meta("apps/v1", "Deployment", "shop", "web").ref(), ""});
    auto crash = fault("pod.crashloop.dependency", "Deployment", "web", {"a"});
    crash.category = diagnose::Category::dns;
    auto refused = fault("pod.crashloop.dependency", "Deployment", "other", {"a"});
    bed.findings = {dns, crash, refused};
    CHECK(bed.edges() == Words{"pod.crashloop.dependency/web <- dns.cluster-down/coredns"});
}

TEST_CASE("a namespace outside of the scope is asked for when a Service there is called, and only then") {
    Bed bed;
    bed.pod("a", "api");
    auto crash = fault("pod.crashloop.dependency", "Deployment", "api", {"a"});
    for (const auto& [line, wanted] :
         std::map<std::string, std::size_t>{{"connect to stock.data.svc.cluster.local:80: connection refused", 1},
                                            {"connect to stock.shop.svc:80: connection refused", 0},
                                            {"connect to stock:80: connection refused", 0}}) {
        CAPTURE(line);
        crash.evidence = {log_line("a", line)};
        const kube::World world(bed.cluster.facts);
        std::vector<diagnose::ReadWanted> reads;
        const std::vector<Finding> findings{crash};
        for (const auto* link : diagnose::all_links())
            if (link->reads)
                for (auto& one : link->reads(world, findings)) reads.push_back(one);
        CHECK(reads.size() == wanted);
        for (const auto& one : reads) CHECK(one.ns == "data");
    }
}

TEST_CASE("a cause is as severe as the worst that it causes, through the whole chain, and takes it over") {
    const diagnose::Link chain{.id = "chain", .match = [](const diagnose::World&, std::span<const Finding> findings) {
                                   std::vector<diagnose::Edge> edges;
                                   for (std::size_t i = 0; i + 1 < findings.size(); ++i)
                                       edges.push_back({i, i + 1, evidence_of("why"), i == 1});
                                   return edges;
                               }};
    const diagnose::Rule rule{.id = "three", .modes = {}, .match = [](const diagnose::World&) {
                                  return std::vector<Finding>{
                                      finding_of(mode_of("test.a", Severity::low), "ConfigMap", "a"),
                                      finding_of(mode_of("test.b", Severity::medium), "Service", "b"),
                                      finding_of(mode_of("test.c", Severity::critical), "Service", "c")};
                              }};
    Cluster cluster;
    const diagnose::Rule* rules[] = {&rule};
    const diagnose::Link* links[] = {&chain};
    const auto result = diagnose::diagnose(kube::World(cluster.facts), rules, links).findings;
    REQUIRE(result.size() == 3);
    CHECK_FALSE(result[0].caused_by);
    CHECK(result[0].severity == Severity::critical);
    CHECK(result[1].severity == Severity::critical);
    CHECK(result[1].severity_alone == Severity::medium);
    // An echo is low, but what it would be alone is kept.
    CHECK(result[2].severity == Severity::low);
    CHECK(result[2].severity_alone == Severity::critical);
    CHECK(result[0].root.object.name == "a");
}

TEST_CASE("the name of a StatefulSet's pod leads to its Service, here and in another namespace") {
    Bed bed;
    bed.pod("a", "api");
    bed.pod("db-0", "db");
    bed.service("db", "db");
    bed.service("store", "store", "data");
    auto crash = fault("pod.crashloop.dependency", "Deployment", "api", {"a"});
    for (const auto& [host, service] : std::map<std::string, std::string>{
             {"db-0.db", "db"}, {"db-0.db.shop.svc.cluster.local", "db"}, {"store-1.store.data.svc", "store"}}) {
        CAPTURE(host);
        crash.evidence = {log_line("a", "connect to " + host + ":5432: connection refused")};
        const auto calls = diagnose::calls_of(kube::World(bed.cluster.facts), crash);
        REQUIRE(calls.size() == 1);
        CHECK(calls[0].target.name == service);
    }
}
