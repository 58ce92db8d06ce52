#include <doctest/doctest.h>

#include "all_rules.hpp"
#include "unit/diagnose/config_builders.hpp"

using namespace salve::config_test;
using salve::diagnose::rules::container_config;

namespace {

Cluster waiting(std::string message, std::string reason = "CreateContainerConfigError") {
    Cluster cluster;
    cluster.container("main");
    cluster.pod().phase = "Pending";
    cluster.status("main").state.waiting = Waiting{std::move(reason), std::move(message)};
    return cluster;
}

}  // namespace

TEST_CASE("a missing ConfigMap is the root, owner and pod are affected") {
    auto cluster = waiting("configmap \"mooring-env\" not found");
    EnvFrom from;
    from.config_map = KeyRef{"mooring-env", "", false};
    cluster.pod().spec.containers[0].env_from.push_back(from);
    const auto found = cluster.run(container_config);
    REQUIRE(found.size() == 1);
    CHECK(found[0].mode->id == "pod.config.configmap-missing");
    CHECK(found[0].root.object.kind == "ConfigMap");
    CHECK(found[0].root.object.ns == "shop");
    CHECK(found[0].root.object.name == "mooring-env");
    CHECK(found[0].root.container.empty());
    CHECK(affects(found[0], "Deployment", "web"));
    CHECK(affects(found[0], "Pod", "web-1"));
    CHECK(found[0].evidence[0].text == "CreateContainerConfigError: configmap \"mooring-env\" not found");
    CHECK(found[0].evidence[0].path == "status.containerStatuses[0].state.waiting");
    CHECK(has(said(found[0]), "spec.containers[0].envFrom[0].configMapRef"));
    CHECK(found[0].actions.empty());
}

TEST_CASE("missing objects in older and other wordings") {
    const std::pair<const char*, const char*> texts[] = {
        {"secret \"ledger-credentials\" not found", "pod.config.secret-missing"},
        {"secrets \"ledger-credentials\" not found", "pod.config.secret-missing"},
        {"configmaps \"x\" not found", "pod.config.configmap-missing"},
        {"couldn't find key FLEET_REGION in ConfigMap shop/fleet-env", "pod.config.key-missing"},
        {"couldn't find key api-token in Secret shop/weather-login", "pod.config.key-missing"},
        {"container has runAsNonRoot and image will run as root (pod: \"p_ns(u)\", container: main)",
         "pod.config.run-as-nonroot"},
        {"container has runAsNonRoot and image has non-numeric user (nginx), cannot verify user is non-root",
         "pod.config.run-as-nonroot"},
        {"container's runAsUser breaks non-root policy", "pod.config.run-as-nonroot"},
        {"failed to prepare subPath for volumeMount \"data\" of container \"main\"", "pod.config.other"},
    };
    for (const auto& [text, mode] : texts) {
        CAPTURE(text);
        const auto found = waiting(text).run(container_config);
        REQUIRE(found.size() == 1);
        CHECK(found[0].mode->id == mode);
        CHECK(found[0].severity == salve::diagnose::Severity::high);
    }
}

TEST_CASE("a missing key names key and object, and where the template asks for it") {
    auto cluster = waiting("couldn't find key api-token in Secret shop/weather-login");
    EnvVar other, token;
    other.name = "OTHER";
    other.secret = KeyRef{"weather-login", "user", false};
    token.name = "TOKEN";
    token.secret = KeyRef{"weather-login", "api-token", false};
    cluster.pod().spec.containers[0].env = {other, token};
    const auto found = cluster.run(container_config);
    REQUIRE(found.size() == 1);
    CHECK(found[0].root.object.kind == "Secret");
    CHECK(found[0].root.object.name == "weather-login");
    CHECK(has(found[0].summary, "Secret \"weather-login\" has no key api-token"));
    CHECK(has(said(found[0]), "spec.containers[0].env[1].valueFrom.secretKeyRef"));
}

TEST_CASE("init containers count too") {
    Cluster cluster;
    cluster.init("prepare");
    cluster.container("main");
    cluster.status("prepare").state.waiting = Waiting{"CreateContainerConfigError", "secret \"s\" not found"};
    cluster.status("main").state.waiting = Waiting{"PodInitializing", ""};
    const auto found = cluster.run(container_config);
    REQUIRE(found.size() == 1);
    CHECK(has(found[0].summary, "Init container \"prepare\" of Deployment web"));
}

TEST_CASE("a kubelet that has just started is information, until it lasts") {
    auto young = waiting("services have not yet been read at least once, cannot construct envvars");
    young.pod().meta.created = ago(20);
    auto found = young.run(container_config);
    REQUIRE(found.size() == 1);
    CHECK(found[0].mode->id == "pod.config.not-synced");
    CHECK(found[0].severity == salve::diagnose::Severity::info);

    auto old = waiting("failed to sync configmap cache: timed out waiting for the condition");
    old.pod().meta.created = ago(600);
    found = old.run(container_config);
    REQUIRE(found.size() == 1);
    CHECK(found[0].mode->id == "pod.config.other");
}

TEST_CASE("no finding without the present status") {
    CHECK(waiting("", "ContainerCreating").run(container_config).empty());
    CHECK(waiting("configmap \"x\" not found", "ImagePullBackOff").run(container_config).empty());

    // A pod that waited for its ConfigMap and then started: the event is history.
    Cluster recovered;
    recovered.container("main");
    recovered.status("main").state.running = Running{ago(100)};
    recovered.status("main").ready = true;
    recovered.event("Failed", "Error: configmap \"visitor-env\" not found", "main", ago(120));
    CHECK(recovered.run(container_config).empty());

    auto deleted = waiting("configmap \"x\" not found");
    deleted.pod().meta.deleted = ago(5);
    CHECK(deleted.run(container_config).empty());
}

TEST_CASE("a bare pod is affected itself") {
    auto cluster = waiting("configmap \"x\" not found");
    cluster.pod().meta.owners.clear();
    const auto found = cluster.run(container_config);
    REQUIRE(found.size() == 1);
    CHECK(found[0].affected.size() == 1);
    CHECK(has(found[0].summary, "of Pod web-1"));
}

TEST_CASE("a subPath that cannot be made is named") {
    auto cluster = waiting("failed to prepare subPath for volumeMount \"data\" of container \"web\"");
    auto& mounts = cluster.pod().spec.containers[0].mounts;
    mounts.push_back({"data", "/etc/web/web.ini", "web.ini/main", false});
    mounts.push_back({"other", "/srv", "site", false});
    const auto found = cluster.run(container_config);
    REQUIRE(found.size() == 1);
    CHECK(found[0].summary.find("its subPath: web.ini/main (at /etc/web/web.ini).") != std::string::npos);
    CHECK(found[0].summary.find("site") == std::string::npos);
}
