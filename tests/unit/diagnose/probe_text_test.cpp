#include "diagnose/probe_text.hpp"

#include <doctest/doctest.h>

using namespace salve::diagnose;
using Kind = ProbeText::Kind;

namespace {
ProbeText read(const char* message) {
    const auto text = read_probe_text(message);
    REQUIRE(text);
    return *text;
}
}  // namespace

TEST_CASE("the kubelet's words for a failed probe") {
    const auto refused = read("Readiness probe failed: dial tcp 10.244.1.78:6400: connect: connection refused");
    CHECK(refused.kind == Kind::refused);
    CHECK(refused.port == "6400");
    CHECK(refused.probe == ProbeText::Probe::readiness);
    CHECK(refused.literal == "dial tcp 10.244.1.78:6400: connect: connection refused");
    CHECK(
        read("Startup probe failed: Get \"http://10.1.1.4:8080/\": dial tcp 10.1.1.4:8080: connect: connection refused")
            .port == "8080");
    const auto status = read("Liveness probe failed: HTTP probe failed with statuscode: 404");
    CHECK(status.kind == Kind::status);
    CHECK(status.status == 404);
    CHECK(read("Liveness probe failed: command timed out: \"sh -c sleep 2\" timed out after 1s").kind == Kind::timeout);
    CHECK(read("Liveness probe failed: command \"sleep 2\" timed out").kind == Kind::timeout);
    CHECK(read("Liveness probe failed: Get \"http://10.1.1.4:80/\": context deadline exceeded (Client.Timeout exceeded "
               "while awaiting headers)")
              .kind == Kind::timeout);
    CHECK(read("Liveness probe failed: dial tcp 10.1.1.4:80: i/o timeout").kind == Kind::timeout);
    CHECK(read("Readiness probe failed: timeout: failed to connect service \"10.1.1.4:50051\" within 1s: context "
               "deadline exceeded")
              .kind == Kind::refused);
    CHECK(read("Readiness probe failed: timeout: failed to connect service \"10.1.1.4:50051\" within 1s: context "
               "deadline exceeded")
              .port == "50051");
    CHECK(read("Readiness probe failed: timeout: health rpc did not complete within 1s").kind == Kind::timeout);
    CHECK(read("Readiness probe failed: service unhealthy (responded with \"NOT_SERVING\")").kind == Kind::grpc);
    CHECK(read("Readiness probe failed: Get \"https://10.1.1.4:80/\": http: server gave HTTP response to HTTPS client")
              .kind == Kind::tls);
    CHECK(read("Readiness probe failed: dial tcp 10.1.1.4:80: connect: no route to host").kind == Kind::unreachable);
}

TEST_CASE("the output of an exec probe is the program's") {
    const auto output = read("Liveness probe failed: psql: connection refused");
    CHECK(output.kind == Kind::output);
    CHECK(output.port.empty());
    CHECK(read("Startup probe failed: ").literal.empty());
    CHECK(read("Startup probe failed:").kind == Kind::output);
}

TEST_CASE("a probe that could not be run") {
    CHECK(read("Startup probe errored: rpc error: code = Unknown desc = failed to exec in container: container is in "
               "CONTAINER_EXITED state")
              .kind == Kind::error);
    CHECK(read("Readiness probe errored and resulted in unknown state: rpc error: code = NotFound").kind ==
          Kind::error);
    CHECK(
        read("(combined from similar events): Liveness probe failed: HTTP probe failed with statuscode: 500").status ==
        500);
    CHECK_FALSE(read_probe_text("Liveness probe warning: Probe terminated redirects"));
    CHECK_FALSE(read_probe_text("Back-off restarting failed container app"));
}
