// The words are those that kubectl 1.32.4 printed against a 1.32.2 server, and those in its source.
#include "apply/effect.hpp"

#include "action_builders.hpp"

using namespace salve;
using namespace salve::test;
using apply::Effect;
using How = kube::ReadEnd::How;

namespace {

plan::Step scale() {
    Shop shop;
    auto& web = shop.running("web", 5);
    shop.found("deploy.scaled-to-zero", web.meta.ref()).suggested = {};
    return shop.step("scale.set", {{"replicas", "8"}});
}

plan::Step end_of(kube::WriteVerb verb) {
    plan::Step step;
    step.request.verb = verb;
    step.request.resource = kube::Resource::pods;
    step.request.ns = "shop";
    step.request.name = "web-4";
    step.request.uid = step.preconditions.uid = "uid-web-4";
    return step;
}

apply::Verdict verdict(const plan::Step& step, const kube::ReadEnd& end, const std::string& out,
                       const std::string& err) {
    const auto body = json::parse(out, nullptr, false);
    const auto found = apply::effect_of(step, {end, kube::classify(end, err), body.is_discarded() ? nullptr : &body});
    CHECK_FALSE(found.reason.empty());
    CHECK((!found.stale || found.effect == Effect::not_applied));
    return found;
}

std::string word(const apply::Verdict& found) {
    return found.stale ? "stale" : std::string(base::word(apply::effect_names, found.effect));
}

// Of a kubectl that ended with 1.
std::string said(const std::string& err) { return word(verdict(scale(), {How::exited, 1, false}, "", err + "\n")); }

// Of one that ended with 0.
std::string answered(const json& body, const plan::Step& step = scale()) {
    return word(verdict(step, {How::exited, 0, false}, body.dump(), ""));
}

json changed() {
    auto object = live_deployment("web", {{"replicas", 8}});
    object["metadata"]["annotations"] = {{"salve/run", "r1.1"}};
    object["metadata"]["generation"] = 4;
    return object;
}

json changed(const char* path, json value) {
    auto object = changed();
    object[json::json_pointer(path)] = std::move(value);
    return object;
}

}  // namespace

TEST_CASE("the mark of a patch is the value that it sets, wherever it stands") {
    CHECK(apply::marker_of(scale()) == "r1.1");
    auto step = scale();
    step.request.patch = patch_of("web", {}, true);
    CHECK(apply::marker_of(step) == "r1.1");
    step.request.patch = json::array({op("test", "/metadata/annotations/salve~1run", "other")});
    CHECK(apply::marker_of(step).empty());
    step.request.patch = json::array({op("add", "/metadata/annotations", {{"a", "b"}})});
    CHECK(apply::marker_of(step).empty());
    CHECK(apply::marker_of(end_of(kube::WriteVerb::evict)).empty());
}

TEST_CASE("a patch is applied when the answer is the object with our mark") {
    CHECK(answered(changed()) == "applied");
    CHECK(answered(changed("/metadata/annotations/salve~1run", "r1.2")) == "unknown");
    CHECK(answered(changed("/metadata/annotations", nullptr)) == "unknown");
    CHECK(answered(changed("/metadata/uid", "uid-other")) == "unknown");
    CHECK(answered(changed("/metadata/name", "other")) == "unknown");
    CHECK(answered(changed("/metadata/namespace", "other")) == "unknown");
    for (const json& body : {json(), json(7), json("x"), json::array(), json::object()})
        CHECK(answered(body) == "unknown");
    auto unmarked = scale();
    unmarked.request.patch.erase(unmarked.request.patch.size() - 1);
    CHECK(answered(changed(), unmarked) == "unknown");
}

TEST_CASE("F6: rc 0 without a whole answer is not believed") {
    const kube::ReadEnd well{How::exited, 0, false};
    for (const std::string& out : {std::string(), std::string("deployment.apps/web patched\n"),
                                   changed().dump().substr(0, 90), std::string("\xef\xbb\xbf{"), std::string(9, '\0')})
        CHECK(word(verdict(scale(), well, out, "")) == "unknown");
    CHECK(word(verdict(scale(), well, changed().dump(), "Warning: x\nerror: y\n")) == "applied");
}

TEST_CASE("a kubectl that did not end by itself tells nothing, whatever it printed") {
    const auto out = changed().dump();
    for (const std::string& err :
         {std::string(), std::string("The request is invalid\n"), std::string("Error from server (Forbidden): no\n")}) {
        CHECK(word(verdict(scale(), {How::timed_out, 0, false}, out, err)) == "unknown");
        CHECK(word(verdict(scale(), {How::signalled, 9, false}, out, err)) == "unknown");
        CHECK(word(verdict(scale(), {How::stopped, 0, false}, out, err)) == "unknown");
        CHECK(word(verdict(scale(), {How::exited, 1, true}, out, err)) == "unknown");
    }
}

TEST_CASE("a precondition that does not hold any more is stale") {
    CHECK(said("The request is invalid: the server rejected our request due to an error in our request") == "stale");
    CHECK(said("Error from server (Conflict): Operation cannot be fulfilled on Pod \"web-4\": the UID in the "
               "precondition (uid-web-4) does not match the UID in record (b). The object might have been deleted and "
               "then recreated") == "stale");
    CHECK(said("Error from server (Conflict): Operation cannot be fulfilled on deployments.apps \"web\": the object "
               "has been modified; please apply your changes to the latest version and try again") == "stale");
    CHECK(said("Error from server (NotFound): deployments.apps \"web\" not found") == "stale");
    CHECK(said("Error from server (NotFound): namespaces \"shop\" not found") == "stale");
}

TEST_CASE("what the server refuses was not applied") {
    for (const char* words :
         {"Error from server (Forbidden): deployments.apps \"web\" is forbidden: User \"kim\" cannot patch resource "
          "\"deployments\" in API group \"apps\" in the namespace \"shop\"",
          "Error from server (Forbidden): pods \"x\" is forbidden: exceeded quota: q, requested: pods=1, used: pods=5",
          "Error from server (Forbidden): admission webhook \"x.example.com\" denied the request: no",
          "Error from server (BadRequest): json: cannot unmarshal string into Go struct field",
          "Error from server (AlreadyExists): jobs.batch \"nightly-1\" already exists",
          "Error from server (TooManyRequests): Cannot evict pod as it would violate the pod's disruption budget.",
          "Error from server (InternalError): Internal error occurred: failed calling webhook \"x.example.com\": "
          "failed "
          "to call webhook: Post \"https://x.shop.svc:443/?timeout=10s\": context deadline exceeded",
          "The Deployment \"web\" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0",
          "The Deployment \"web\" is invalid",
          "The Deployment \"web\" is invalid: \n* spec.replicas: Invalid value: -1: must be greater than or equal to 0"
          "\n* spec.selector: Required value",
          "error: You must be logged in to the server (Unauthorized)",
          "error: the server doesn't have a resource type \"deployments\"", "error: context \"other\" does not exist",
          "Unable to connect to the server: tls: failed to verify certificate: x509: certificate has expired",
          "error: unknown flag: --field-manager"}) {
        CAPTURE(std::string(words));
        CHECK(said(words) == "not_applied");
    }
}

TEST_CASE("where nobody knows whether it arrived, the effect is unknown") {
    for (const char* words :
         {"", "panic: runtime error", "error: unexpected EOF", "error: http2: client connection lost",
          "Unable to connect to the server: net/http: request canceled (Client.Timeout exceeded while awaiting "
          "headers)",
          "Unable to connect to the server: EOF",
          "The connection to the server 10.0.0.1:6443 was refused - did you specify the right host or port?",
          "Error from server (Timeout): Timeout: request did not complete within requested timeout - context deadline "
          "exceeded",
          "Error from server (ServiceUnavailable): the server is currently unable to handle the request",
          "Error from server (InternalError): Internal error occurred: etcdserver: request timed out",
          "Error from server (ServerTimeout): The POST operation against Pod could not be completed at this time",
          "Error from server: etcdserver: leader changed", "error: timed out waiting for the condition"}) {
        CAPTURE(std::string(words));
        CHECK(said(words) == "unknown");
    }
}

// Anybody may write into a message: only how the line begins is the server's own.
TEST_CASE("a message that quotes other messages is not taken for them") {
    const std::string error = "Error from server (InternalError): Internal error occurred: ";
    for (const char* words :
         {"The request is invalid: the server rejected our request", "Error from server (Conflict): x",
          "Error from server (Forbidden): x", "failing calling webhook: Error from server (NotFound): x",
          "The Deployment \"web\" is invalid: x", "etcd said \"failed calling webhook\""}) {
        CAPTURE(std::string(words));
        CHECK(said(error + words) == "unknown");
        CHECK(said(std::string("Warning: ") + words + "\n" + error + "x") == "unknown");
        CHECK(said(std::string("E1126 08:00:00.000000 1 x.go:1] ") + words + "\n" + error + "x") == "unknown");
    }
    // A denial is one whatever it says, and a failed call of a webhook is no stale object.
    const auto webhook = error + "failed calling webhook \"x\": The request is invalid: x";
    CHECK(said(webhook) == "not_applied");
    CHECK(said("Error from server (Forbidden): admission webhook \"x\" denied the request: The request is invalid") ==
          "not_applied");
    CHECK(said("Warning: The request is invalid") == "unknown");
    CHECK(said(" The request is invalid") == "unknown");
    CHECK(said("Them \"x\" is invalid: y") == "unknown");
}

TEST_CASE("a removal is applied when the server says so, or answers with that pod") {
    for (const auto verb : {kube::WriteVerb::evict, kube::WriteVerb::delete_pod}) {
        const auto step = end_of(verb);
        CHECK(answered({{"kind", "Status"},
                        {"apiVersion", "v1"},
                        {"metadata", json::object()},
                        {"status", "Success"},
                        {"code", 201}},
                       step) == "applied");
        auto pod = live_pod("web-4", "Running");
        pod["metadata"]["deletionTimestamp"] = "2026-11-21T08:00:30Z";
        CHECK(answered(pod, step) == "applied");
        pod["metadata"]["uid"] = "uid-other";
        CHECK(answered(pod, step) == "unknown");
        CHECK(answered({{"kind", "Status"}, {"status", "Failure"}, {"code", 409}}, step) == "unknown");
        for (const json& body :
             {json(), json(7), json::array(), json::object(), json{{"kind", "Status"}}, live_pod("x", "Running")})
            CHECK(answered(body, step) == "unknown");
        CHECK(word(verdict(step, {How::exited, 0, false}, "", "")) == "unknown");
    }
}

TEST_CASE("a Job is made when the answer is that Job") {
    auto step = end_of(kube::WriteVerb::create_job);
    step.request.name = "nightly-1";
    CHECK(answered(live_json("batch/v1", "Job", "nightly-1", json::object()), step) == "applied");
    CHECK(answered(live_json("batch/v1", "Job", "nightly-2", json::object()), step) == "unknown");
    CHECK(answered(json::object(), step) == "unknown");
}

// kubectl wraps the server's words there, and leaves out their reason.
TEST_CASE("a Job that the server refuses was not made") {
    const std::string error = "error: failed to create job: ";
    for (const char* words : {"jobs.batch \"nightly-1\" already exists",
                              "jobs.batch is forbidden: User \"kim\" cannot create resource \"jobs\" in API group "
                              "\"batch\" in the namespace "
                              "\"shop\"",
                              "jobs.batch \"nightly-1\" is forbidden: exceeded quota: q, requested: count/jobs.batch=1",
                              "admission webhook \"x.example.com\" denied the request: no",
                              "Internal error occurred: failed calling webhook \"x\": failed to call webhook: timeout",
                              "Job.batch \"nightly-1\" is invalid: spec.template.spec.restartPolicy: Required value"}) {
        CAPTURE(std::string(words));
        CHECK(said(error + words) == "not_applied");
    }
    for (const char* words :
         {"Post \"http://10.0.0.1:6443/apis/batch/v1/namespaces/shop/jobs\": net/http: request canceled "
          "(Client.Timeout exceeded while awaiting headers)",
          "Timeout: request did not complete within requested timeout - context deadline exceeded",
          "Internal error occurred: jobs.batch \"x\" already exists", "unexpected EOF", "x is forbidden: y"}) {
        CAPTURE(std::string(words));
        CHECK(said(error + words) == "unknown");
    }
}
