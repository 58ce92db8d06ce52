// The closed world (ARCHITECTURE 2): what every rule must hold, and what TAXONOMY.md names must be there.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <sstream>

#include "base/text.hpp"
#include "diagnose/diagnose.hpp"
#include "io/parallel.hpp"
#include "io_fakes.hpp"
#include "kube/decode.hpp"
#include "kube/list_splitter.hpp"

using namespace salve;
using namespace salve::test;

namespace {

const std::set<std::string_view> action_catalog = {
    "rollout.restart", "rollout.undo",    "rollout.pause",      "rollout.resume",        "scale.set",
    "image.set",       "memory.raise",    "resources.set",      "probe.relax",           "env.set-literal",
    "pod.evict",       "pod.delete",      "pod.cleanup-failed", "sts.replace-stuck-pod", "job.resume",
    "cronjob.resume",  "cronjob.suspend", "cronjob.run-now",    "hpa.raise-max",         "note.annotate"};

// TAXONOMY 1.2 to 1.13 (but version.skew, which compares kubectl with the server: no triage asks kubectl). Section 1.1
// is of the tool itself.
constexpr std::string_view taxonomy = R"(
    pod.pending.insufficient-cpu pod.pending.insufficient-memory pod.pending.insufficient-resource
    pod.pending.too-many-pods pod.pending.taint pod.pending.node-affinity pod.pending.pod-affinity
    pod.pending.topology-spread pod.pending.host-port pod.pending.cordoned pod.pending.no-nodes
    pod.pending.unbound-pvc pod.pending.pvc-missing pod.pending.volume-zone pod.pending.no-matching-pv
    pod.pending.volume-limit pod.pending.rwop pod.pending.gated pod.pending.no-scheduler pod.pending.preempting
    pod.pending.scheduler-error
    pod.node-rejected pod.sandbox.cni pod.sandbox.runtime pod.sandbox.flapping pod.volume.configmap-missing
    pod.volume.secret-missing pod.volume.key-missing pod.volume.multi-attach pod.volume.attach-failed
    pod.volume.mount-timeout pod.volume.hostpath pod.creating.stuck
    pod.image.not-found pod.image.unauthorized pod.image.pull-secret-missing pod.image.registry-network
    pod.image.registry-tls pod.image.rate-limited pod.image.wrong-arch pod.image.invalid-name
    pod.image.never-present pod.image.inspect-error pod.image.registry-unavailable pod.image.signature-invalid
    pod.image.disk-full pod.image.pull-failed image.mutable-tag
    pod.config.configmap-missing pod.config.secret-missing pod.config.key-missing pod.config.run-as-nonroot
    pod.config.not-synced pod.config.other pod.create.error pod.run.command-not-found pod.run.permission-denied
    pod.run.bad-mount-or-workdir pod.run.device-or-oci pod.hook.poststart pod.hook.prestop pod.hook.precreate
    pod.crashloop.oom pod.crashloop.node-oom pod.crashloop.liveness pod.crashloop.startup-probe
    pod.crashloop.killed-137 pod.crashloop.exit0 pod.crashloop.signal pod.crashloop.sigterm
    pod.crashloop.exec-format pod.crashloop.config-error pod.crashloop.dependency pod.crashloop.auth-dependency
    pod.crashloop.fs-permission pod.crashloop.port-in-use pod.crashloop.disk-or-fd pod.crashloop.tls
    pod.crashloop.rbac pod.crashloop.app-error pod.crashloop.unknown pod.restarts.flapping
    pod.container.status-unknown
    pod.init.failed pod.init.waiting pod.sidecar.failed pod.notready.readiness pod.notready.readiness-gate
    pod.starting.startup-probe pod.notready.node pod.resize.infeasible pod.resize.deferred
    apiservice.unavailable cronjob.blocked-forbid cronjob.invalid cronjob.last-failed cronjob.missed
    cronjob.suspended ctrl.failed-create.invalid ctrl.failed-create.limitrange ctrl.failed-create.other
    ctrl.failed-create.priorityclass ctrl.failed-create.psa ctrl.failed-create.quota
    ctrl.failed-create.runtimeclass ctrl.failed-create.serviceaccount ctrl.failed-create.webhook-denied
    ctrl.failed-create.webhook-down ctrl.not-observing deploy.paused deploy.progress-deadline
    deploy.rollout-in-progress deploy.rs-create-error deploy.scaled-to-zero deploy.stale-rollout
    deploy.unavailable dns.cluster-down ds.misscheduled ds.pod-failed-loop ds.unavailable evidence.events-missing
    gitops.drift-risk hpa.ambiguous hpa.maxed hpa.no-metrics hpa.target-missing ingress.backend-missing
    ingress.backend-unready ingress.class-missing ingress.port-mismatch ingress.tls-secret-missing
    job.backoff-limit job.deadline job.failure-policy job.indexes job.stuck job.suspended netpol.deny-possible
    node.cordoned node.disk-gc-failing node.flapping node.kubelet-unreachable node.network-unavailable
    node.notready.kubelet-reports node.notready.kubelet-silent node.pressure.disk node.pressure.memory
    node.pressure.pid node.rebooted node.system-oom node.version-skew ns.terminating pdb.blocking pdb.broken
    pod.evicted.api pod.evicted.ephemeral-limit pod.evicted.node-disk pod.evicted.node-memory
    pod.evicted.node-pids pod.failed.leftover pod.gc pod.lost pod.node-shutdown pod.preempted pod.taint-evicted
    pod.terminating.finalizer pod.terminating.node-dead pod.terminating.slow pv.released-or-failed pvc.lost
    pvc.orphaned pvc.pending.class-missing pvc.pending.external-wait pvc.pending.no-class
    pvc.pending.provisioner-failed pvc.pending.wait-consumer pvc.resize-stuck pvc.terminating-in-use
    quota.exhausted quota.near sts.failed-create sts.ordinal-blocked sts.partitioned-or-ondelete sts.update-stuck
    svc.lb-pending svc.no-endpoints.none-ready svc.no-endpoints.selector-mismatch svc.partial-endpoints
    svc.target-port-mismatch tls.expired webhook.backend-down)";

std::map<std::string_view, std::string_view> modes_by_id() {  // id -> rule
    std::map<std::string_view, std::string_view> modes;
    for (const auto* rule : diagnose::all_rules())
        for (const auto& mode : rule->modes) modes.emplace(mode.id, rule->id);
    return modes;
}

bool is_lower_dotted(std::string_view id) {
    if (id.find('.') == std::string_view::npos || id.front() == '.' || id.back() == '.') return false;
    return id.find("..") == std::string_view::npos &&
           id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") == std::string_view::npos;
}

bool is_printable(std::string_view text) {
    return base::visible(text) == text && text.find('\t') == std::string_view::npos;
}

// A real namespace with failing pods, as recorded.
kube::Snapshot recorded_facts() {
    static const base::Redactor redactor("key");
    kube::Decoder decoder(redactor);
    kube::Snapshot facts;
    facts.taken_at = *base::parse_time("2026-11-21T12:50:00Z");
    facts.cluster.uid = "uid-cluster";
    facts.scope.all = true;
    for (const auto& kind : kube::resources()) {
        if (kind.on_demand) continue;
        const auto bytes = recorded(std::string(kind.plural));
        const kube::Asked asked{kind.resource, kube::api_version(kind.resource), ""};
        kube::ListSplitter splitter([&](std::string_view item) { decoder.add(asked, item, facts); });
        splitter.feed(bytes);
        REQUIRE(splitter.finish().complete());
        facts.reads.push_back({kind.resource, "", kube::ReadState::ok, 0, "", ""});
    }
    facts.taken_at = std::max(facts.taken_at, facts.pods.at(0).meta.created + base::minutes(10));
    return facts;
}

std::string words_of(const diagnose::Diagnosis& diagnosis) {
    std::string text;
    for (const auto& finding : diagnosis.findings) {
        text += fmt::format("{} {} {} {} {} {} {} {}\n", finding.id, finding.mode->id,
                            static_cast<int>(finding.severity), static_cast<int>(finding.confidence),
                            finding.root.object.name, finding.root.container, finding.instances, finding.summary);
        for (const auto& subject : finding.affected)
            text += fmt::format("  {} {}\n", subject.object.name, subject.container);
        for (const auto& one : finding.evidence) text += fmt::format("  {}: {}\n", one.path, one.text);
        for (const auto* list : {&finding.advice, &finding.actions, &finding.missing_evidence, &finding.consequences})
            for (const auto& word : *list) text += "  " + word + "\n";
        text += "  " + finding.caused_by.value_or("-") + "\n";
    }
    return text;
}

}  // namespace

TEST_CASE("rule ids are unique, and so are the modes over all rules") {
    std::set<std::string_view> rules, modes;
    for (const auto* rule : diagnose::all_rules()) {
        CAPTURE(rule->id);
        CHECK_FALSE(rule->id.empty());
        CHECK(rules.insert(rule->id).second);
        CHECK(static_cast<bool>(rule->match));
        CHECK_FALSE(rule->modes.empty());
        for (const auto& mode : rule->modes) {
            CAPTURE(mode.id);
            CHECK(modes.insert(mode.id).second);
            CHECK(is_lower_dotted(mode.id));
            CHECK(&diagnose::mode_in(rule->modes, mode.id) == &mode);
        }
    }
    CHECK(rules.size() > 5);
    std::set<std::string_view> links;
    for (const auto* link : diagnose::all_links()) CHECK(links.insert(link->id).second);
}

TEST_CASE("every mode explains itself in words that can be printed") {
    for (const auto* rule : diagnose::all_rules())
        for (const auto& mode : rule->modes) {
            CAPTURE(mode.id);
            for (const auto text : {mode.summary, mode.needs, mode.not_when, mode.advice}) {
                CAPTURE(text);
                CHECK(text.size() > 5);
                CHECK(is_printable(text));
                CHECK(text.find('{') == std::string_view::npos);  // no format string that nobody fills in
            }
            CHECK_FALSE(base::word(diagnose::category_names, mode.category).empty());
            CHECK_FALSE(base::word(diagnose::severity_names, mode.severity).empty());
        }
}

TEST_CASE("modes name only actions of the catalog, each once, without a gap") {
    for (const auto* rule : diagnose::all_rules())
        for (const auto& mode : rule->modes) {
            CAPTURE(mode.id);
            bool ended = false;
            std::set<std::string_view> seen;
            for (const auto action : mode.actions) {
                CAPTURE(action);
                if (action.empty()) {
                    ended = true;
                    continue;
                }
                CHECK_FALSE(ended);
                CHECK(action_catalog.contains(action));
                CHECK(seen.insert(action).second);
            }
        }
}

TEST_CASE("every mode that the taxonomy names is in some rule") {
    const auto modes = modes_by_id();
    std::istringstream words{std::string(taxonomy)};
    std::size_t count = 0;
    for (std::string id; words >> id; ++count) {
        INFO("no rule has the mode " << id);
        CHECK(modes.contains(id));
    }
    CHECK(count > 180);
}

TEST_CASE("S2.13 S2.14: the diagnosis does not depend on the order of the rules or of the facts") {
    auto facts = recorded_facts();
    const auto table = diagnose::all_rules();
    std::vector<const diagnose::Rule*> rules(table.begin(), table.end());
    const auto expected = words_of(diagnose::diagnose(kube::World(facts), rules, diagnose::all_links()));
    CHECK_FALSE(expected.empty());
    std::mt19937 random(11);
    for (int round = 0; round < 20; ++round) {
        std::shuffle(rules.begin(), rules.end(), random);
        CHECK(words_of(diagnose::diagnose(kube::World(facts), rules, diagnose::all_links())) == expected);
    }
    const auto logs = diagnose::wanted_logs(kube::World(facts), table);
    for (int round = 0; round < 20; ++round) {
        std::shuffle(facts.pods.begin(), facts.pods.end(), random);
        std::shuffle(facts.events.begin(), facts.events.end(), random);
        std::shuffle(facts.reads.begin(), facts.reads.end(), random);
        CHECK(words_of(diagnose::diagnose(kube::World(facts))) == expected);
        CHECK(diagnose::wanted_logs(kube::World(facts), table) == logs);
    }
}

TEST_CASE("the diagnosis does not depend on how many rules are asked at once") {
    const auto facts = recorded_facts();
    const auto expected = words_of(diagnose::diagnose(kube::World(facts)));
    const auto at_once = [](std::size_t count, const auto& task) { io::run_parallel(count, 4, task); };
    for (int round = 0; round < 20; ++round) {
        const kube::World world(facts);
        auto found = diagnose::found_by_rules(world, diagnose::all_rules(), at_once);
        CHECK(words_of(diagnose::conclude(world, diagnose::all_links(), std::move(found))) == expected);
    }
}

TEST_CASE("every finding of a recorded namespace is proved by literals and names known actions") {
    const auto facts = recorded_facts();
    for (const auto& finding : diagnose::diagnose(kube::World(facts)).findings) {
        CAPTURE(finding.mode->id);
        CHECK_FALSE(finding.evidence.empty());
        CHECK_FALSE(finding.summary.empty());
        CHECK_FALSE(finding.advice.empty());
        for (const auto& one : finding.evidence) {
            CHECK_FALSE(one.text.empty());
            CHECK_FALSE(one.path.empty());
            CHECK_FALSE(one.object.kind.empty());
        }
        for (const auto& action : finding.actions) CHECK(action_catalog.contains(action));
    }
}
