#include <doctest/doctest.h>

#include "all_rules.hpp"
#include "diagnose/rule.hpp"
#include "starting_builders.hpp"

using namespace salve;
using namespace salve::starting_test;
using diagnose::Confidence;
using diagnose::Severity;
using diagnose::rules::image_pull;

namespace {

const std::string gone =
    "rpc error: code = NotFound desc = failed to pull and unpack image \"docker.io/library/nginx:9.9\": failed to "
    "resolve reference \"docker.io/library/nginx:9.9\": docker.io/library/nginx:9.9: not found";
const std::string denied =
    "failed to pull and unpack image \"reg.example/closed/feed:2.0\": failed to resolve reference "
    "\"reg.example/closed/feed:2.0\": pull access denied, repository does not exist or may require authorization: "
    "server message: insufficient_scope: authorization failed";
const std::string secret_gone =
    "Unable to retrieve some image pull secrets (feed-login); attempting to pull the image may not succeed.";

// One finding of a Deployment's pod whose pull fails with that text.
diagnose::Finding one(const std::string& image, const std::string& cause) {
    Cluster cluster;
    cluster.node("node-1").architecture = "amd64";
    cluster.deployment("web", image);
    cluster.pod_of("web", "web-1", image, "ErrImagePull", cause);
    const auto findings = cluster.run(image_pull);
    REQUIRE(findings.size() == 1);
    return findings[0];
}

}  // namespace

TEST_CASE("S2.23 S2.43: a tag that does not exist is blamed on the Deployment, in both waiting states") {
    for (const auto& [reason, message] :
         {std::pair{std::string("ErrImagePull"), gone},
          std::pair{std::string("ImagePullBackOff"), "Back-off pulling image \"nginx:9.9\": ErrImagePull: " + gone}}) {
        Cluster cluster;
        cluster.deployment("web", "nginx:9.9");
        cluster.pod_of("web", "web-1", "nginx:9.9", reason, message);
        const auto findings = cluster.run(image_pull);
        REQUIRE(findings.size() == 1);
        CHECK(findings[0].mode->id == "pod.image.not-found");
        CHECK(findings[0].root.object.kind == "Deployment");
        CHECK(findings[0].root.object.name == "web");
        CHECK(findings[0].root.container == "web");
        CHECK(findings[0].severity == Severity::high);
        CHECK(findings[0].confidence == Confidence::confirmed);
        CHECK(findings[0].actions == std::vector<std::string>{"image.set"});
        CHECK(findings[0].summary ==
              "container \"web\": the image tag \"9.9\" of nginx does not exist "
              "(docker.io/library/nginx:9.9: not found)");
        CHECK(has_evidence(findings[0], reason + ": "));
        CHECK(has_evidence(findings[0], "NotFound desc"));
    }
}

TEST_CASE("a missing digest and a missing repository are told as such") {
    CHECK(says(one("r.example:5000/web@sha256:abc", "r.example:5000/web@sha256:abc: not found").summary,
               "the image digest sha256:abc of r.example:5000/web does not exist"));
    CHECK(says(one("quay.io/a/b:1", "reading manifest 1 in quay.io/a/b: name unknown: repository not found").summary,
               "the repository a/b of the image quay.io/a/b:1 does not exist in registry quay.io"));
    CHECK(says(one("web", "docker.io/library/web:latest: not found").summary, "no tag given"));
}

TEST_CASE("S2.26: older kubelets give the cause only in the event of that container and image") {
    Cluster cluster;
    cluster.deployment("web", "nginx:9.9");
    auto& pod = cluster.pod_of("web", "web-1", "nginx:9.9", "ImagePullBackOff", "Back-off pulling image \"nginx:9.9\"");
    cluster.event(pod, "Warning", "Failed", "Error: ErrImagePull", base::seconds(5)).field_path =
        "spec.containers{web}";
    SUBCASE("no event: the cause is unknown and said to be") {
        const auto findings = cluster.run(image_pull);
        REQUIRE(findings.size() == 1);
        CHECK(findings[0].mode->id == "pod.image.pull-failed");
        REQUIRE(findings[0].missing_evidence.size() == 1);
        CHECK(findings[0].actions.empty());
    }
    SUBCASE("with the event") {
        cluster.event(pod, "Warning", "Failed", "Failed to pull image \"nginx:9.9\": " + gone).field_path =
            "spec.containers{web}";
        const auto findings = cluster.run(image_pull);
        REQUIRE(findings.size() == 1);
        CHECK(findings[0].mode->id == "pod.image.not-found");
        CHECK(findings[0].confidence == Confidence::probable);
        CHECK(findings[0].missing_evidence.empty());
    }
    SUBCASE("the event of another container or an earlier image does not count") {
        cluster.event(pod, "Warning", "Failed", "Failed to pull image \"nginx:9.9\": " + gone).field_path =
            "spec.containers{other}";
        cluster.event(pod, "Warning", "Failed", "Failed to pull image \"nginx:9.8\": " + denied).field_path =
            "spec.containers{web}";
        const auto findings = cluster.run(image_pull);
        REQUIRE(findings.size() == 1);
        CHECK(findings[0].mode->id == "pod.image.pull-failed");
    }
    SUBCASE("a newer Pulling event does not clear it: the recorder dropped the Failed ones") {
        cluster.event(pod, "Warning", "Failed", "Failed to pull image \"nginx:9.9\": " + gone, base::minutes(3))
            .field_path = "spec.containers{web}";
        cluster.event(pod, "Normal", "Pulling", "Pulling image \"nginx:9.9\"", base::minutes(1)).field_path =
            "spec.containers{web}";
        const auto findings = cluster.run(image_pull);
        REQUIRE(findings.size() == 1);
        CHECK(findings[0].mode->id == "pod.image.not-found");
    }
}

TEST_CASE("init, sidecar and ephemeral containers are judged alike") {
    Cluster cluster;
    auto& pod = cluster.bare_pod("debugged", "nginx:1", "PodInitializing");
    auto setup = Cluster::container("setup", "nginx:9.9");
    auto proxy = Cluster::container("proxy", "nginx:9.9");
    proxy.restart_policy = "Always";
    pod.spec.init_containers = {setup, proxy};
    using List = kube::ContainerStatus::List;
    Cluster::add_status(pod, "setup", List::init).state.waiting = kube::Waiting{"ErrImagePull", gone};
    Cluster::add_status(pod, "proxy", List::init).state.waiting = kube::Waiting{"ErrImagePull", gone};
    auto& debug = Cluster::add_status(pod, "debug", List::ephemeral);
    debug.image = "nginx:9.9";
    debug.state.waiting = kube::Waiting{"ErrImagePull", gone};
    const auto findings = cluster.run(image_pull);
    REQUIRE(findings.size() == 3);
    CHECK(says(findings[0].summary, "init container \"setup\""));
    CHECK(says(findings[1].summary, "sidecar container \"proxy\""));
    CHECK(says(findings[2].summary, "ephemeral container \"debug\": the image tag \"9.9\" of nginx"));
    CHECK(findings[0].root.object.kind == "Pod");
    CHECK(findings[0].actions.empty());
}

TEST_CASE("a refused pull is unauthorized, and says what is ambiguous and which secrets were used") {
    Cluster cluster;
    cluster.deployment("feed", "reg.example/closed/feed:2.0");
    auto& pod = cluster.pod_of("feed", "feed-1", "reg.example/closed/feed:2.0", "ErrImagePull", denied);
    pod.spec.image_pull_secrets = {"feed-login"};
    const auto findings = cluster.run(image_pull);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].mode->id == "pod.image.unauthorized");
    CHECK(says(findings[0].summary, "it does not tell which"));
    CHECK(advises(findings[0], "imagePullSecrets feed-login"));
    CHECK(findings[0].actions == std::vector<std::string>{"image.set"});
}

TEST_CASE("a missing pull secret is the cause of a refused pull") {
    Cluster cluster;
    cluster.deployment("feed", "reg.example/closed/feed:2.0");
    auto& pod = cluster.pod_of("feed", "feed-1", "reg.example/closed/feed:2.0", "ErrImagePull", denied);
    cluster.event(pod, "Warning", "FailedToRetrieveImagePullSecret", secret_gone);
    SUBCASE("high while the pull fails") {
        const auto findings = cluster.run(image_pull);
        REQUIRE(findings.size() == 1);
        CHECK(findings[0].mode->id == "pod.image.pull-secret-missing");
        CHECK(findings[0].severity == Severity::high);
        CHECK(says(findings[0].summary, "reg.example/closed/feed:2.0"));
        CHECK(says(findings[0].summary, "feed-login"));
    }
    SUBCASE("low when the pull succeeds") {
        runs_now(pod);
        const auto findings = cluster.run(image_pull);
        REQUIRE(findings.size() == 1);
        CHECK(findings[0].mode->id == "pod.image.pull-secret-missing");
        CHECK(findings[0].severity == Severity::low);
    }
    SUBCASE("history when the event is not repeated") {
        runs_now(pod);
        cluster.facts.events[0].last = now - base::minutes(20);
        CHECK(cluster.run(image_pull).empty());
    }
    SUBCASE("history when the tries go on without it") {
        cluster.facts.events[0].last = now - base::minutes(30);
        cluster.event(pod, "Normal", "BackOff", "Back-off pulling image", base::seconds(10));
        const auto findings = cluster.run(image_pull);
        REQUIRE(findings.size() == 1);
        CHECK(findings[0].mode->id == "pod.image.unauthorized");
    }
}

TEST_CASE("network, TLS, rate limit, platform, registry, signature and disk") {
    const auto network = one("reg.example/a:1",
                             "failed to do request: Head \"https://reg.example/v2/a/manifests/1\": dial tcp: lookup "
                             "reg.example on 10.0.0.2:53: no such host");
    CHECK(network.mode->id == "pod.image.registry-network");
    CHECK(says(network.summary, "node node-1 cannot reach registry reg.example"));
    CHECK(network.actions.empty());

    CHECK(one("reg.example/a:1", "x509: certificate has expired or is not yet valid").mode->id ==
          "pod.image.registry-tls");

    const auto limited = one("team/a:1.4",
                             "pulling from host 127.0.0.1:5000 failed with status code [manifests 1.4]: "
                             "429 Too Many Requests");
    CHECK(limited.mode->id == "pod.image.rate-limited");
    CHECK(limited.severity == Severity::medium);
    CHECK(says(limited.summary, "team/a:1.4"));

    const auto arch = one("a:1", "no match for platform in manifest sha256:0: not found");
    CHECK(arch.mode->id == "pod.image.wrong-arch");
    CHECK(says(arch.summary, "linux/amd64"));
    CHECK(has_evidence(arch, "amd64"));

    const auto full = one("a:1", "failed to extract layer: no space left on device");
    CHECK(full.mode->id == "pod.image.disk-full");
    CHECK(full.root.object.kind == "Node");
    CHECK(full.root.object.name == "node-1");

    CHECK(one("a:1", "received unexpected HTTP status: 502 Bad Gateway").mode->id == "pod.image.registry-unavailable");
    const auto other = one("a:1", "media type is no longer supported since containerd v2.1");
    CHECK(other.mode->id == "pod.image.pull-failed");
    CHECK(says(other.summary, "media type is no longer supported"));
    CHECK(other.missing_evidence.empty());
}

TEST_CASE("waiting reasons of newer kubelets name the cause themselves") {
    Cluster cluster;
    cluster.bare_pod("a", "a:1", "RegistryUnavailable",
                     "image pull failed for a:1 because the registry is unavailable");
    cluster.bare_pod("b", "b:1", "SignatureValidationFailed",
                     "image pull failed for b:1 because the signature validation failed: Source image rejected");
    cluster.bare_pod("c", "c:1", "ImagePullBackOff",
                     "Back-off pulling image \"c:1\": RegistryUnavailable: image pull failed for c:1 because the "
                     "registry is unavailable");
    const auto findings = cluster.run(image_pull);
    REQUIRE(findings.size() == 3);
    CHECK(findings[0].mode->id == "pod.image.registry-unavailable");
    CHECK(findings[1].mode->id == "pod.image.signature-invalid");
    CHECK(findings[2].mode->id == "pod.image.registry-unavailable");
}

TEST_CASE("workloads that fail alike with one registry are said to") {
    Cluster cluster;
    for (const auto* name : {"a", "b"}) {
        cluster.deployment(name, "reg.example/x:1");
        cluster.pod_of(name, std::string(name) + "-1", "reg.example/x:1", "ErrImagePull",
                       "dial tcp 10.1.1.1:443: connect: connection refused");
    }
    const auto findings = cluster.run(image_pull);
    REQUIRE(findings.size() == 2);
    for (const auto& finding : findings)
        CHECK(says(finding.summary, "2 workloads fail alike with registry reg.example"));
}

TEST_CASE("the image of a Job cannot be set") {
    Cluster cluster;
    kube::Job job;
    job.meta = meta("batch/v1", "Job", "shop", "load");
    cluster.facts.jobs.push_back(job);
    cluster.bare_pod("load-1", "nginx:9.9", "ErrImagePull", gone)
        .meta.owners.push_back({"batch/v1", "Job", "load", "uid-load", true});
    const auto findings = cluster.run(image_pull);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].root.object.kind == "Job");
    CHECK(findings[0].actions.empty());
    CHECK(advises(findings[0], "delete the Job"));
}

TEST_CASE("pods that pull, start or run give nothing") {
    Cluster cluster;
    auto& pulling = cluster.bare_pod("pulling", "big:1", "ContainerCreating");
    cluster.event(pulling, "Normal", "Pulling", "Pulling image \"big:1\"");
    auto& recovered = cluster.bare_pod("recovered", "nginx:1", "");
    runs_now(recovered);
    cluster.event(recovered, "Warning", "Failed", "Failed to pull image \"nginx:1\": " + gone);
    cluster.bare_pod("crashing", "nginx:1", "CrashLoopBackOff", "back-off 10s restarting failed container");
    CHECK(cluster.run(image_pull).empty());
}
