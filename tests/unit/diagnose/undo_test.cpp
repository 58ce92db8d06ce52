#include "diagnose/undo.hpp"

#include <doctest/doctest.h>

#include "diagnose_builders.hpp"

using namespace salve;
using namespace salve::test;
using diagnose::TemplateChange;

namespace {

Finding about(const char* mode, std::string container = "web") {
    static std::vector<std::unique_ptr<Mode>> modes;
    modes.push_back(
        std::make_unique<Mode>(Mode{mode, diagnose::Category::other, diagnose::Severity::high, "s", "n", "w", "a"}));
    auto finding = finding_of(*modes.back(), "Deployment", "web");
    finding.root.container = std::move(container);
    return finding;
}

const TemplateChange image{"spec.containers[web].image", "nginx:1", "nginx:2"};

bool explains(const char* mode, const TemplateChange& change) { return diagnose::explains({change}, about(mode)); }

}  // namespace

TEST_CASE("an undo is offered where the change is what the finding is about") {
    CHECK(explains("pod.image.not-found", image));
    CHECK(explains("pod.run.command-not-found", {"spec.containers[web].command", "", "/opt/serve"}));
    CHECK(explains("pod.crashloop.oom", {"spec.containers[web].resources.limits.memory", "512Mi", "48Mi"}));
    CHECK(explains("pod.crashloop.liveness", {"spec.containers[web].livenessProbe.httpGet.path", "/a", "/b"}));
    CHECK(explains("pod.crashloop.app-error", {"spec.containers[web].env[MODE]", "a", "b"}));
    CHECK(explains("pod.pending.insufficient-cpu", {"spec.containers[web].resources.requests.cpu", "1", "64"}));
    CHECK(explains("pod.pending.node-affinity", {"spec.nodeSelector.disk", "", "ssd"}));
}

TEST_CASE("a change beside the fault explains nothing") {
    CHECK_FALSE(explains("pod.image.not-found", {"spec.containers[web].args", "a", "b"}));
    CHECK_FALSE(explains("pod.image.not-found", {"spec.containers[other].image", "a", "b"}));
    CHECK_FALSE(explains("pod.image.not-found", {"spec.containers[web].imagePullPolicy", "a", "b"}));
    CHECK_FALSE(explains("pod.crashloop.oom", {"spec.containers[web].resources.limits.cpu", "1", "2"}));
    CHECK_FALSE(explains("pod.crashloop.app-error", {"metadata.annotations.restartedAt", "a", "b"}));
    CHECK_FALSE(diagnose::explains({}, about("pod.image.not-found")));
}

TEST_CASE("what no revision repairs is not explained by one") {
    for (const char* mode : {"pod.crashloop.dependency", "pod.crashloop.auth-dependency", "pod.image.rate-limited",
                             "pod.image.registry-network", "node.notready.kubelet-silent", "quota.exhausted",
                             "ctrl.failed-create.webhook-down", "pod.evicted.node-memory"})
        CHECK_FALSE(explains(mode, image));
}

TEST_CASE("a ConfigMap that is missing must be the one that the newest revision names") {
    auto finding = about("pod.config.configmap-missing", "");
    finding.root.object = {"v1", "ConfigMap", "demo", "web-v2", ""};
    CHECK(diagnose::explains({{"spec.containers[web].envFrom[web-v2]", "", "ConfigMap"}}, finding));
    CHECK(diagnose::explains({{"spec.containers[web].env[A]", "", "ConfigMap web-v2, key a"}}, finding));
    CHECK_FALSE(diagnose::explains({{"spec.containers[web].envFrom[web-v1]", "ConfigMap", ""}}, finding));
}

TEST_CASE("an undo is not offered where somebody would put it back, or nothing may be changed") {
    Cluster cluster;
    auto& deployment = cluster.deployment("web", "nginx:2");
    const auto offered = [&](const Workload& workload) {
        auto finding = about("pod.image.not-found");
        diagnose::offer_undo(workload, {image}, finding);
        return std::pair(finding.actions, finding.actions_elsewhere);
    };
    using Names = std::vector<std::string>;
    CHECK(offered(deployment) == std::pair(Names{"rollout.undo"}, Names{}));
    auto changed = deployment;
    changed.meta.labels["app.kubernetes.io/managed-by"] = "Helm";
    CHECK(offered(changed).first == Names{"rollout.undo"});
    changed = deployment;
    changed.meta.annotations["argocd.argoproj.io/tracking-id"] = "x";
    CHECK(offered(changed) == std::pair(Names{}, Names{"rollout.undo"}));
    changed = deployment;
    changed.paused = true;
    CHECK(offered(changed).first.empty());
    changed = deployment;
    changed.meta.ns = "kube-system";
    CHECK(offered(changed).first.empty());
    changed = deployment;
    changed.meta.kind = "StatefulSet";
    CHECK(offered(changed).first.empty());
}
