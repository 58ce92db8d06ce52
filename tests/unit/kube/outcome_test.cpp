#include "kube/outcome.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace salve;
using namespace salve::kube;

namespace {

constexpr ReadEnd exit_1{ReadEnd::How::exited, 1, false};

struct Sample {
    Failure failure;
    const char* err;
};

// Printed by kubectl 1.27, 1.30 and 1.33 with exit code 1, against a 1.32.2 server or an HTTP stub; where the versions
// differ, each wording is here. The last group was not provoked: client-go, kubelet and apiserver sources.
constexpr Sample samples[] = {
    {Failure::unreachable,
     "The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?\n"},
    {Failure::unreachable,
     "Unable to connect to the server: dial tcp: lookup no-such-host.invalid on 10.255.255.53:53: no such host\n"},
    {Failure::unreachable, "Unable to connect to the server: tls: first record does not look like a TLS handshake\n"},
    {Failure::unreachable, "Unable to connect to the server: EOF\n"},
    {Failure::unreachable,
     "Unable to connect to the server: net/http: HTTP/1.x transport connection broken: malformed HTTP response "
     "\"garbage\"\n"},
    {Failure::unauthorized, "error: You must be logged in to the server (Unauthorized)\n"},
    {Failure::unauthorized,
     "error: You must be logged in to the server (the server has asked for the client to provide credentials)\n"},
    {Failure::unauthorized, "error: EOF\n"},
    {Failure::unauthorized,
     "Unable to connect to the server: getting credentials: exec: executable /bin/false failed with exit code 1\n"},
    {Failure::unauthorized,
     "Unable to connect to the server: getting credentials: exec: executable no-such-plugin not found\n\nIt looks like "
     "you are trying to use a "
     "client-go credential plugin that is not installed.\n\nTo learn more about this feature, consult the "
     "documentation available at:\n      "
     "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins\n"},
    {Failure::certificate,
     "Unable to connect to the server: tls: failed to verify certificate: x509: certificate signed by unknown "
     "authority\n"},
    {Failure::certificate,
     "Unable to connect to the server: tls: failed to verify certificate: x509: cannot validate certificate for "
     "10.255.255.1 because it doesn't "
     "contain any IP SANs\n"},
    {Failure::certificate,
     "Unable to connect to the server: tls: failed to verify certificate: x509: certificate has expired or is not yet "
     "valid: current time "
     "2026-11-21T12:28:51Z is after 2026-11-20T12:28:49Z\n"},
    {Failure::timeout,
     "Unable to connect to the server: context deadline exceeded (Client.Timeout exceeded while awaiting headers)\n"},
    {Failure::timeout,
     "Unable to connect to the server: net/http: request canceled (Client.Timeout exceeded while awaiting headers)\n"},
    {Failure::timeout,
     "error: net/http: request canceled (Client.Timeout or context cancellation while reading body)\n"},
    {Failure::timeout,
     "error: context deadline exceeded (Client.Timeout or context cancellation while reading body)\n"},
    {Failure::timeout, "Error from server (Timeout): Timeout: request did not complete within the allotted timeout\n"},
    {Failure::timeout,
     "Error from server (Timeout): the server was unable to return a response in the time allotted, but may still be "
     "processing the request\n"},
    {Failure::forbidden,
     "Error from server (Forbidden): pods is forbidden: User \"nobody\" cannot list resource \"pods\" in API group "
     "\"\" at the cluster scope\n"},
    {Failure::forbidden, "Error from server (Forbidden): forbidden: User \"nobody\" cannot get path \"/metrics\"\n"},
    {Failure::not_found, "Error from server (NotFound): pods \"nope\" not found\n"},
    {Failure::not_found, "Error from server (NotFound): namespaces \"nope\" not found\n"},
    {Failure::not_found, "error: error from server (NotFound): pods \"nope\" not found in namespace \"default\"\n"},
    {Failure::not_found, "error: container nope is not valid for pod coredns-556bbb4b64-tljrl\n"},
    {Failure::not_found,
     "Error from server (BadRequest): previous terminated container \"coredns\" in pod \"coredns-556bbb4b64-tljrl\" "
     "not found\n"},
    {Failure::missing_resource_type,
     "Error from server (NotFound): the server could not find the requested resource\n"},
    {Failure::missing_resource_type, "error: the server doesn't have a resource type \"things\"\n"},
    {Failure::missing_resource_type, "error: Metrics API not available\n"},
    {Failure::missing_resource_type,
     "error: the selfsubjectreviews API is not enabled in the cluster\nenable APISelfSubjectReview feature gate and "
     "authentication.k8s.io/v1alpha1 or authentication.k8s.io/v1beta1 API\n"},
    {Failure::throttled,
     "Error from server (TooManyRequests): the server has received too many requests and has asked us to try again "
     "later\n"},
    {Failure::expired,
     "Error from server (Expired): The provided continue parameter is too old to display a consistent list result. You "
     "can start a new list "
     "without the continue parameter.\n"},
    {Failure::no_such_context, "error: context \"nope\" does not exist\n"},
    {Failure::no_such_context, "error: cannot locate context nope\n"},
    {Failure::no_such_context, "Error in configuration: context was not found for specified context: ctx\n"},
    {Failure::bad_config,
     "error: error loading config file \"garbage.cfg\": yaml: line 1: did not find expected node content\n"},
    {Failure::bad_config, "error: stat nofile.cfg: no such file or directory\n"},
    {Failure::bad_config,
     "error: unable to read certificate-authority /nope/ca.crt for k due to open /nope/ca.crt: no such file or "
     "directory\n"},
    {Failure::bad_config, "error: current-context must exist in order to minify\n"},
    {Failure::bad_request, "Error from server (BadRequest): field label not supported: foo\n"},
    {Failure::bad_request, "Error from server (BadRequest): the server rejected our request for an unknown reason\n"},
    {Failure::bad_request, "error: unknown flag: --nope\nSee 'kubectl get --help' for usage.\n"},
    {Failure::truncated, "error: unexpected EOF\n"},
    {Failure::truncated, "error: read tcp 127.0.0.1:41056->127.0.0.1:57371: read: connection reset by peer\n"},
    {Failure::server_error,
     "Error from server (InternalError): Internal error occurred: etcdserver: mvcc: database space exceeded\n"},
    {Failure::server_error,
     "Error from server (ServiceUnavailable): the server is currently unable to handle the request\n"},
    {Failure::server_error,
     "Error from server (InternalError): an error on the server (\"<html><body>502 Bad Gateway</body></html>\") has "
     "prevented the request from "
     "succeeding\n"},
    {Failure::server_error,
     "Error from server: Get \"https://NODE:10250/containerLogs/n/p/c\": dial tcp: lookup NODE: network is "
     "unreachable\n"},

    {Failure::unreachable, "Unable to connect to the server: dial tcp 10.0.0.1:443: i/o timeout\n"},
    {Failure::unreachable, "Unable to connect to the server: net/http: TLS handshake timeout\n"},
    {Failure::certificate, "Unable to connect to the server: remote error: tls: bad certificate\n"},
    {Failure::not_found,
     "Error from server (BadRequest): container \"app\" in pod \"web-0\" is waiting to start: trying and failing to "
     "pull image\n"},
    {Failure::unknown, "panic: runtime error\n"},
    {Failure::unknown, "error: something new\n"},
};

}  // namespace

TEST_CASE("S3.51: every recorded wording has its class, with and without noise") {
    const std::string klog =
        "E1121 12:28:50.763426     402 memcache.go:265] \"Unhandled Error\" err=\"couldn't get current server API "
        "group list: Get "
        "\\\"https://127.0.0.1:1/api?timeout=32s\\\": dial tcp 127.0.0.1:1: connect: connection refused\"\n";
    for (const Sample& sample : samples) {
        CAPTURE(sample.err);
        const Outcome outcome = classify(exit_1, sample.err);
        CHECK(base::word(failure_names, outcome.failure) == base::word(failure_names, sample.failure));
        CHECK(outcome.state == state_of(sample.failure));
        const std::string first_line = std::string(sample.err).substr(0, std::string(sample.err).find('\n'));
        CHECK(outcome.detail == first_line);

        const std::string noisy =
            klog + klog + "Warning: v1 Endpoints is deprecated\n" + sample.err + "Warning: late\n" + klog + "\n  \n";
        CHECK(classify(exit_1, noisy).failure == sample.failure);
        CHECK(classify(exit_1, noisy).detail == first_line);
    }
}

TEST_CASE("a list of faults in the kubeconfig is told by its last line") {
    const std::string err =
        "Error in configuration: \n* unable to read client-cert /nope/a for u due to open /nope/a: no such file or "
        "directory\n* unable to read "
        "client-key /nope/b for u due to open /nope/b: no such file or directory\n";
    CHECK(classify(exit_1, err).failure == Failure::bad_config);
    CHECK(classify(exit_1, err).detail ==
          "* unable to read client-key /nope/b for u due to open /nope/b: no such file or directory");
    CHECK(classify(exit_1, "* not a list of kubectl\n").failure == Failure::unknown);
}

TEST_CASE("success is exit code 0 and nothing else") {
    const Outcome outcome =
        classify({ReadEnd::How::exited, 0, false}, "Warning: would violate PodSecurity\nerror: x\n");
    CHECK(outcome.state == ReadState::ok);
    CHECK(outcome.failure == Failure::none);
    CHECK(outcome.detail.empty());
    for (int code : {1, 2, 126, 127, 255, -1})
        CHECK(classify({ReadEnd::How::exited, code, false}, "").state == ReadState::error);
    CHECK(classify({ReadEnd::How::exited, 127, false}, "").detail == "kubectl exited with 127 and said nothing");
}

TEST_CASE("how the process ended outranks what it said") {
    const char* forbidden = "Error from server (Forbidden): no\n";
    using How = ReadEnd::How;
    CHECK(classify({How::timed_out, 0, false}, forbidden).failure == Failure::timeout);
    CHECK(classify({How::timed_out, 0, false}, "").detail == "kubectl did not finish within its time budget");
    CHECK(classify({How::timed_out, 0, true}, "").failure == Failure::timeout);
    CHECK(classify({How::exited, 0, true}, "").failure == Failure::truncated);
    CHECK(classify({How::signalled, 9, true}, forbidden).failure == Failure::truncated);
    CHECK(classify({How::stopped, 0, false}, forbidden).failure == Failure::truncated);
    const Outcome killed = classify({How::signalled, 9, false}, "");
    CHECK(killed.state == ReadState::error);
    CHECK(killed.failure == Failure::unknown);
    CHECK(killed.detail == "kubectl was ended by signal 9");
}

TEST_CASE("the line that decides") {
    CHECK(decisive_line("").empty());
    CHECK(decisive_line("\n\n  \n").empty());
    CHECK(decisive_line("a\nb") == "b");
    CHECK(decisive_line("error: a\r\nSee help\r\n") == "error: a");
    CHECK(decisive_line("error: a\nerror: b\n") == "error: b");
    CHECK(decisive_line("Warning: only\nI1121 x\n").empty());
    // Not klog: no digits, no blank.
    CHECK(decisive_line("E112 12:28\n") == "E112 12:28");
    CHECK(decisive_line("E11211 2:28\n") == "E11211 2:28");
    CHECK(decisive_line("EOF\n") == "EOF");
}

// As kubectl 1.32 printed it for a patch of two faults.
TEST_CASE("several faults of an object are told by the line that opens them") {
    const std::string faults = "\n* spec.replicas: Invalid value: -1: bad\n* spec.selector: Required value\n";
    CHECK(decisive_line("The Deployment \"web\" is invalid: " + faults) == "The Deployment \"web\" is invalid: ");
    CHECK(decisive_line("The request is invalid: " + faults) == "The request is invalid: ");
    CHECK(decisive_line("The request is invalid: x\nerror: unexpected EOF\n") == "error: unexpected EOF");
    CHECK(decisive_line("Warning: The request is invalid\nsomething\n") == "something");
}

TEST_CASE("a detail is bounded and cut between characters") {
    std::string line = "error: ";
    while (line.size() < 998) line += "x";
    line += "\xe2\x82\xac\xe2\x82\xac";  // the limit falls into the first one
    CHECK(classify(exit_1, line).detail == line.substr(0, 998));
    CHECK(classify(exit_1, "error: " + std::string(100'000, '\x80')).detail.size() <= 1000);
    CHECK(classify(exit_1, line.substr(0, 998)).detail.size() == 998);
}

TEST_CASE("names are complete and states follow from failures") {
    for (std::size_t i = 0; i < failure_names.size(); ++i) {
        CHECK(static_cast<std::size_t>(failure_names[i].first) == i);
        CHECK((state_of(failure_names[i].first) == ReadState::ok) == (failure_names[i].first == Failure::none));
    }
    CHECK(state_of(Failure::forbidden) == ReadState::forbidden);
    CHECK(state_of(Failure::missing_resource_type) == ReadState::absent);
    CHECK(state_of(Failure::throttled) == ReadState::error);
}

TEST_CASE("any bytes give an outcome that is not ok") {
    std::mt19937 random(7);
    const std::string_view parts[] = {"Error from server (",
                                      "): ",
                                      "error: ",
                                      "\n",
                                      "\r",
                                      "E1121 ",
                                      "Warning: ",
                                      "NotFound",
                                      "x509: ",
                                      "Unable to connect to the server",
                                      "\xff",
                                      std::string_view("\0", 1),
                                      "error from server (",
                                      "EOF"};
    for (int i = 0; i < 50'000; ++i) {
        std::string err;
        for (auto left = random() % 12; left > 0; --left) err += parts[random() % std::size(parts)];
        const Outcome outcome = classify(exit_1, err);
        REQUIRE(outcome.failure != Failure::none);
        REQUIRE(outcome.state != ReadState::ok);
        REQUIRE(outcome.detail.size() <= 1000);
        REQUIRE_FALSE(outcome.detail.empty());
        REQUIRE(outcome.detail.find('\n') == std::string::npos);
    }
}
