#include "diagnose/image_text.hpp"

#include <doctest/doctest.h>

using namespace salve::diagnose;

TEST_CASE("an image reference is taken apart at host, tag and digest") {
    const auto plain = parse_image("nginx");
    CHECK(plain.registry == "docker.io");
    CHECK(plain.repository == "nginx");
    CHECK(plain.tag.empty());
    CHECK(plain.digest.empty());

    const auto port = parse_image("reg.example:5000/team/web");
    CHECK(port.registry == "reg.example:5000");
    CHECK(port.repository == "team/web");
    CHECK(port.name == "reg.example:5000/team/web");
    CHECK(port.tag.empty());

    const auto full = parse_image("localhost/a/b:1.2@sha256:0123");
    CHECK(full.registry == "localhost");
    CHECK(full.repository == "a/b");
    CHECK(full.tag == "1.2");
    CHECK(full.digest == "sha256:0123");

    const auto hub = parse_image("team/web:2");
    CHECK(hub.registry == "docker.io");
    CHECK(hub.repository == "team/web");
    CHECK(hub.tag == "2");
}

TEST_CASE("the reason for an invalid reference is named where it is plain") {
    CHECK(why_invalid("Nginx:1.25").find("upper-case") != std::string::npos);
    CHECK(why_invalid("nginx:1.25//web").find("//") != std::string::npos);
    CHECK(why_invalid("https://reg.example/web").find("scheme") != std::string::npos);
    CHECK(why_invalid("ngi nx").find("blank") != std::string::npos);
    CHECK(why_invalid("nginx:").find("tag is empty") != std::string::npos);
    CHECK(why_invalid("web:${TAG}").find("template variable") != std::string::npos);
    CHECK(why_invalid("").find("empty") != std::string::npos);
    CHECK(why_invalid("REG.example:5000/web:V1").empty());  // upper case is fine in host and tag
}

TEST_CASE("each cause is told by the words of containerd, Docker and CRI-O") {
    const auto is = [](const char* text, PullCause cause) {
        INFO(text);
        CHECK(pull_cause(text) == cause);
    };
    is("rpc error: code = NotFound desc = failed to pull and unpack image \"docker.io/library/nginx:9\": failed to "
       "resolve reference \"docker.io/library/nginx:9\": docker.io/library/nginx:9: not found",
       PullCause::not_found);
    is("rpc error: code = Unknown desc = Error response from daemon: manifest for nginx:9 not found: manifest unknown: "
       "manifest unknown",
       PullCause::not_found);
    is("initializing source docker://quay.io/a/b:1: reading manifest 1 in quay.io/a/b: name unknown: repository not "
       "found",
       PullCause::not_found);
    is("failed to resolve reference \"r/a:1\": pull access denied, repository does not exist or may require "
       "authorization: server message: insufficient_scope: authorization failed",
       PullCause::unauthorized);
    is("Error response from daemon: pull access denied for web, repository does not exist or may require 'docker "
       "login': denied: requested access to the resource is denied",
       PullCause::unauthorized);
    is("pulling from host 123.dkr.ecr.eu-west-1.amazonaws.com failed with status code [manifests v1]: 403 Forbidden",
       PullCause::unauthorized);
    is("failed to authorize: failed to fetch oauth token: unexpected status: 401 Unauthorized",
       PullCause::unauthorized);
    is("failed to authorize: failed to fetch anonymous token: unexpected status from GET request",
       PullCause::unauthorized);
    is("reading manifest 1 in reg/a: unauthorized: access to the requested resource is not authorized",
       PullCause::unauthorized);
    is("pulling from host 127.0.0.1:5000 failed with status code [manifests 1.4]: 429 Too Many Requests",
       PullCause::rate_limited);
    is("toomanyrequests: You have reached your pull rate limit.", PullCause::rate_limited);
    is("dial tcp: lookup reg.example on 10.0.0.2:53: no such host", PullCause::network);
    is("Head \"https://reg.example/v2/a/manifests/1\": dial tcp 10.1.1.1:443: i/o timeout", PullCause::network);
    is("net/http: TLS handshake timeout", PullCause::network);
    is("x509: certificate signed by unknown authority", PullCause::tls);
    is("http: server gave HTTP response to HTTPS client", PullCause::tls);
    is("failed to extract layer: write /var/lib/containerd/x: no space left on device", PullCause::disk_full);
    is("received unexpected HTTP status: 503 Service Unavailable", PullCause::registry_unavailable);
    is("image pull failed for web because the signature validation failed", PullCause::signature);
    is("pull QPS exceeded", PullCause::own_limit);
    is("something new", PullCause::unknown);
    is("", PullCause::unknown);
}

TEST_CASE("of several causes the stronger wins") {
    CHECK(pull_cause("no match for platform in manifest: not found") == PullCause::wrong_arch);
    CHECK(pull_cause("rpc error: code = NotFound desc = dial tcp: lookup r.example: no such host: not found") ==
          PullCause::network);
    CHECK(pull_cause("failed to authorize: failed to fetch anonymous token: Get \"https://auth.example/token\": dial "
                     "tcp: lookup auth.example: no such host") == PullCause::network);
    CHECK(pull_cause("failed to authorize: failed to fetch oauth token: 503 Service Unavailable") ==
          PullCause::registry_unavailable);
    CHECK(pull_cause("unauthorized: 429 Too Many Requests") == PullCause::rate_limited);
}

TEST_CASE("words in the name of an image are no cause") {
    CHECK(pull_cause("failed to resolve reference \"r.example/toomanyrequests/unauthorized:denied\": r.example/"
                     "toomanyrequests/unauthorized:denied: not found") == PullCause::not_found);
    CHECK(pull_cause("pulling from host r.example failed with status code [manifests 429]: 404 Not Found") ==
          PullCause::not_found);
}

TEST_CASE("the cause is unwrapped") {
    CHECK(cause_text("Back-off pulling image \"nginx:9\": ErrImagePull: the cause") == "the cause");
    CHECK(cause_text("Back-off pulling image \"nginx:9\"").empty());
    CHECK(cause_text("Failed to pull image \"nginx:9\": the cause") == "the cause");
    CHECK(cause_text("the cause: more") == "the cause: more");
    CHECK(decisive_part("rpc error: code = NotFound desc = failed to pull and unpack image \"a:1\": failed to resolve "
                        "reference \"a:1\": a:1: not found") == "a:1: not found");
}
