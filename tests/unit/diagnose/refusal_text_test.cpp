#include "diagnose/refusal_text.hpp"

#include <doctest/doctest.h>

using namespace salve::diagnose;

TEST_CASE("an exceeded quota is read with its numbers, whoever says it") {
    const std::string words =
        "exceeded quota: share, requested: pods=1,requests.memory=40Mi, used: pods=3,"
        "requests.memory=80Mi, limited: pods=3,requests.memory=96Mi";
    for (const std::string before :
         {"pods \"web-5d9-x7k2p\" is forbidden: ", "Error creating: pods \"web-5d9-x7k2p\" is forbidden: ",
          "(combined from similar events): Error creating: pods \"web-5d9-x7k2p\" is forbidden: ",
          "create Pod db-1 in StatefulSet db failed error: pods \"db-1\" is forbidden: ",
          "Error creating job: jobs.batch \"nightly-28\" is forbidden: "}) {
        const auto read = parse_refusal(before + words);
        CHECK(read.cause == RefusalCause::quota);
        CHECK(read.name == "share");
        CHECK(read.text == words);
        REQUIRE(read.amounts.size() == 2);
        CHECK(read.amounts[0] == QuotaAmount{"pods", "1", "3", "3"});
        CHECK(read.amounts[1] == QuotaAmount{"requests.memory", "40Mi", "80Mi", "96Mi"});
    }
}

TEST_CASE("StatefulSets say which pod or claim was refused") {
    const auto pod = parse_refusal("create Pod db-1 in StatefulSet db failed error: pods \"db-1\" is forbidden: x");
    CHECK(pod.about == "db-1");
    CHECK_FALSE(pod.about_claim);
    const auto claim = parse_refusal(
        "create Claim data-db-1 for Pod db-1 in StatefulSet db failed error: persistentvolumeclaims \"data-db-1\" is "
        "forbidden: exceeded quota: disk, requested: requests.storage=1Gi, used: requests.storage=5Gi, limited: "
        "requests.storage=5Gi");
    CHECK(claim.about == "data-db-1");
    CHECK(claim.about_claim);
    CHECK(claim.cause == RefusalCause::quota);
    const auto inner = parse_refusal(
        "create Pod db-1 in StatefulSet db failed error: failed to create PVC data-db-1: persistentvolumeclaims "
        "\"data-db-1\" is forbidden: maximum storage usage per PersistentVolumeClaim is 1Gi, but request is 5Gi");
    CHECK(inner.about == "data-db-1");
    CHECK(inner.about_claim);
    CHECK(inner.cause == RefusalCause::limitrange);
}

TEST_CASE("each cause has its words") {
    const auto cause = [](const std::string& words) {
        return parse_refusal("pods \"web-5d9-\" is forbidden: " + words).cause;
    };
    CHECK(cause("failed quota: share: must specify limits.memory for: main") == RefusalCause::quota_unset);
    CHECK(cause("insufficient quota to consume: requests.nvidia.com/gpu") == RefusalCause::quota_unset);
    CHECK(cause("violates PodSecurity \"baseline:latest\": host namespaces (hostNetwork=true)") == RefusalCause::psa);
    CHECK(cause("error looking up service account shop/bot: serviceaccount \"bot\" not found") ==
          RefusalCause::serviceaccount);
    CHECK(cause("maximum memory usage per Container is 64Mi, but limit is 128Mi") == RefusalCause::limitrange);
    CHECK(cause("[maximum cpu usage per Container is 1, but limit is 2, minimum memory usage per Pod is 8Mi.  No "
                "request is specified]") == RefusalCause::limitrange);
    CHECK(cause("cpu max limit to request ratio per Container is 2, but provided ratio is 4.000000") ==
          RefusalCause::limitrange);
    CHECK(cause("no PriorityClass with name first was found") == RefusalCause::priorityclass);
    CHECK(cause("pod rejected: RuntimeClass \"sealed\" not found") == RefusalCause::runtimeclass);
    CHECK(cause("ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no") == RefusalCause::webhook_denied);
    CHECK(cause("unable to create new content in namespace shop because it is being terminated") ==
          RefusalCause::terminating);
    CHECK(cause("something new") == RefusalCause::other);
    CHECK(parse_refusal("Pod \"web-5d9-x\" is invalid: spec.containers[0].image: Required value").cause ==
          RefusalCause::invalid);
    CHECK(parse_refusal("admission webhook \"w.example\" denied the request: no").name == "w.example");
}

TEST_CASE("a webhook that cannot be called names its backend") {
    const auto read = parse_refusal(
        "Error creating: Internal error occurred: failed calling webhook \"gate.example\": failed to call webhook: "
        "Post \"https://gate.policy.svc:443/check?timeout=3s\": context deadline exceeded");
    CHECK(read.cause == RefusalCause::webhook_down);
    CHECK(read.name == "gate.example");
    CHECK(read.service == "gate");
    CHECK(read.service_ns == "policy");
}

TEST_CASE("what a policy quotes in its own text is not the cause") {
    CHECK(parse_refusal("admission webhook \"w\" denied the request: exceeded quota: q, requested: pods=1, used: "
                        "pods=1, limited: pods=1")
              .cause == RefusalCause::webhook_denied);
    CHECK(parse_refusal("admission webhook \"w\" denied the request: failed calling webhook \"v\"").name == "w");
}
