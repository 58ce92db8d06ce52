#include "action_builders.hpp"

using namespace salve;
using namespace salve::test;
using salve::plan::Risk;

namespace {

const std::string id = "rollout.restart";

Shop hung(int desired = 4) {
    Shop shop;
    auto& web = shop.running("web", desired);
    shop.found("pod.notready.readiness", web.meta.ref(), "web");
    return shop;
}

}  // namespace

TEST_CASE("a restart sets the annotation that kubectl would, in whole seconds, and has nothing to put back") {
    auto shop = hung();
    shop.options.now = salve::base::Time{1'790'000'000'999'999};
    const auto step = shop.step(id);
    CHECK(step.description == "Restart the pods of Deployment web, one after the other as its strategy says.");
    CHECK(step.request.patch == patch_of("web", {op("add", "/spec/template/metadata/annotations",
                                                    {{"kubectl.kubernetes.io/restartedAt", "2026-09-21T14:13:20Z"}})}));
    CHECK(step.preconditions.uid == "uid-web");
    CHECK(step.preconditions.generation == 3);
    CHECK(step.preconditions.tests.empty());
    CHECK(!step.inverse.request);
    CHECK(!step.reversible);
    CHECK(has(step.inverse.description, "nothing has to be put back"));
}

TEST_CASE("an earlier restart is tested, its other annotations stay") {
    auto shop = hung();
    auto& live = shop.live(shop.facts.deployments[0].meta);
    const std::string path = "/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt";
    live["spec"]["template"]["metadata"]["annotations"] = {
        {"kubectl.kubernetes.io/restartedAt", "2020-01-01T00:00:00Z"}};
    CHECK(shop.step(id).request.patch ==
          patch_of("web", {op("test", path, "2020-01-01T00:00:00Z"), op("replace", path, "2026-09-21T14:13:20Z")}));
    live["spec"]["template"]["metadata"]["annotations"] = {
        {"kubectl.kubernetes.io/restartedAt", "2026-09-21T14:13:20Z"}};
    CHECK(has(shop.refusal(id), "this very second"));
}

TEST_CASE("its risk is what is missing meanwhile") {
    CHECK(hung(4).step(id).risk == Risk::low);
    CHECK(has(hung(4).step(id).risk_reasons, "at most 1 of 4 pods are missing"));
    auto half = hung(2);
    half.facts.deployments[0].max_unavailable = "1";
    CHECK(half.step(id).risk == Risk::medium);
    auto budget = hung(4);
    budget.budget("web", 0);
    CHECK(budget.step(id).risk == Risk::medium);
    auto roomy = hung(4);
    roomy.budget("web", 1);
    CHECK(roomy.step(id).risk == Risk::low);
    auto recreate = hung(4);
    recreate.facts.deployments[0].strategy = "Recreate";
    CHECK(recreate.step(id).risk == Risk::high);
    auto single = hung(1);
    auto& pod = single.ready_pod("web", "web-1");
    CHECK(single.step(id).risk == Risk::medium);  // the new one comes first
    single.facts.deployments[0].max_unavailable = "1";
    CHECK(single.step(id).risk == Risk::high);
    CHECK(pod.meta.name == "web-1");
}

TEST_CASE("it is only made on request, and only where a fresh start may help") {
    CHECK(hung().plan().steps.empty());
    const std::pair<const char*, const char*> against[] = {{"pod.crashloop.oom", "the same memory limit"},
                                                           {"pod.image.not-found", "needs the same image"},
                                                           {"pod.config.configmap-missing", "same config"},
                                                           {"pod.crashloop.dependency", "does not answer"},
                                                           {"ctrl.failed-create.quota", "new pods are refused"},
                                                           {"quota.exhausted", "a quota is used up"},
                                                           {"webhook.backend-down", "webhook does not answer"},
                                                           {"pod.pending.insufficient-cpu", "needs a node"},
                                                           {"pod.volume.mount-timeout", "same volume"},
                                                           {"pod.run.command-not-found", "same command"},
                                                           {"pod.init.failed", "same init containers"},
                                                           {"pod.crashloop.app-error", "the same program"},
                                                           {"pod.sandbox.flapping", "might not come up"},
                                                           {"pod.creating.stuck", "nothing shows"},
                                                           {"deploy.unavailable", "nothing shows"}};
    for (const auto& [mode_id, reason] : against) {
        auto shop = hung();
        shop.findings.clear();
        shop.found(mode_id, shop.facts.deployments[0].meta.ref());
        CHECK_MESSAGE(has(shop.refusal(id), reason), mode_id << ": " << shop.refusal(id));
    }
    for (const char* may : {"pod.crashloop.liveness", "pod.log.errors", "pod.restarts.flapping"}) {
        auto shop = hung();
        shop.findings.clear();
        shop.found(may, shop.facts.deployments[0].meta.ref());
        CHECK(shop.step(id).request.name == "web");
    }
}

TEST_CASE("not where the cause is another finding, or something else is wrong as well") {
    auto caused = hung();
    caused.found("pod.crashloop.dependency", meta("v1", "Service", "shop", "db").ref());
    caused.findings[0].caused_by = caused.findings[1].id;
    caused.options.finding = caused.findings[0].id;
    CHECK(has(caused.refusal(id), "its cause is another finding"));
    auto other = hung();
    other.found("pod.crashloop.oom", other.facts.deployments[0].meta.ref(), "sidecar");
    CHECK(has(other.refusal(id), "wrong with it as well"));
    auto consequence = hung();
    consequence.found("deploy.unavailable", consequence.facts.deployments[0].meta.ref());
    consequence.findings[1].caused_by = consequence.findings[0].id;
    CHECK(consequence.step(id).finding_id == consequence.findings[0].id);
    auto outside = hung();
    outside.findings[0].category = salve::diagnose::Category::dependency;
    CHECK(outside.plan(id).steps.empty());
}

TEST_CASE("not while paused, in a rollout, without pods, by hand, or where new pods are refused") {
    auto paused = hung();
    paused.facts.deployments[0].paused = true;
    CHECK(has(paused.refusal(id), "paused"));
    auto live_paused = hung();  // paused since the list was read
    live_paused.live(live_paused.facts.deployments[0].meta)["spec"]["paused"] = true;
    CHECK(has(live_paused.refusal(id), "is paused"));
    auto rolling = hung();
    rolling.facts.deployments[0].updated = 3;
    CHECK(has(rolling.refusal(id), "a rollout is under way"));
    auto unseen = hung();
    unseen.facts.deployments[0].observed_generation = 2;
    CHECK(has(unseen.refusal(id), "a rollout is under way"));
    auto none = hung();
    none.facts.deployments[0].desired = 0;
    CHECK(has(none.refusal(id), "no pods"));
    auto refused = hung();
    refused.found("webhook.backend-down", meta("v1", "Service", "", "hook").ref());
    const auto made = refused.plan(id);
    CHECK(made.steps.empty());
    CHECK(has(made.manual, "would not be replaced"));
}

TEST_CASE("a DaemonSet is restarted, a StatefulSet is not") {
    Shop shop;
    Workload agent;
    agent.meta = meta("apps/v1", "DaemonSet", "shop", "agent");
    agent.desired = agent.updated = agent.ready = 4;
    shop.facts.daemon_sets.push_back(agent);
    shop.live(agent.meta, live_json("apps/v1", "DaemonSet", "agent", {{"template", template_json()}}));
    shop.found("pod.log.errors", agent.meta.ref());
    CHECK(shop.step(id).request.resource == salve::kube::Resource::daemonsets);
    shop.facts.daemon_sets[0].strategy = "OnDelete";
    CHECK(has(shop.refusal(id), "OnDelete"));
    Shop set;
    Workload db = agent;
    db.meta = meta("apps/v1", "StatefulSet", "shop", "db");
    set.facts.stateful_sets.push_back(db);
    set.found("pod.log.errors", db.meta.ref());
    CHECK(has(set.refusal(id), "a StatefulSet is not restarted"));
}

TEST_CASE("whoever keeps the Deployment elsewhere does not hinder a restart, but is named") {
    auto shop = hung();
    shop.findings[0].managed_by = {"argocd"};
    const auto made = shop.plan(id);
    CHECK(made.steps.size() == 1);
    CHECK(has(made.warnings, "argocd also writes Deployment web"));
    shop.findings[0].managed_by = {"helm:web"};
    CHECK(shop.plan(id).warnings.empty());
}
