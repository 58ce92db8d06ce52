#include "io/list_read.hpp"

#include <doctest/doctest.h>

#include "io_fakes.hpp"
#include "list_query.hpp"

using namespace salve;
using namespace salve::test;
using kube::Failure;
using kube::ReadState;
using kube::Resource;

namespace {

const base::Redactor redactor("key");

io::ListRead read_of(Resource what, const std::string& ns, FakeTransport::Answer answer,
                     io::Recorder* recorder = nullptr) {
    FakeTransport fake;
    const auto query = query_of(what, ns);
    fake.gets[query.path.str()] = std::move(answer);
    return io::read_list(fake, redactor, recorder, query);
}

std::string pod_item(const std::string& name, const std::string& ns, const std::string& more = "") {
    return fmt::format(R"({{"metadata":{{"name":"{}","namespace":"{}","uid":"u-{}"}}{}}})", name, ns, name, more);
}

}  // namespace

TEST_CASE("a list that a real server sent is read whole, however its bytes are cut") {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{13}, std::size_t{1} << 20}) {
        FakeTransport fake;
        fake.piece = piece;
        fake.list(Resource::pods, "shape") = {{}, recorded("pods")};
        const auto read = io::read_list(fake, redactor, nullptr, query_of(Resource::pods, "shape"));
        CHECK(read.state == ReadState::ok);
        CHECK(read.detail.empty());
        CHECK(read.objects == 8);
        CHECK(read.facts.pods.size() == 8);
    }
}

TEST_CASE("what stands beside a failure is not used, however plausible it is") {
    const auto read = read_of(Resource::pods, "shape", {forbidden(), recorded("pods")});
    CHECK(read.state == ReadState::forbidden);
    CHECK(read.failure == Failure::forbidden);
    CHECK(read.objects == 0);
    CHECK(read.facts.pods.empty());
    const auto late = read_of(Resource::pods, "shape",
                              {failed(ReadState::timeout, Failure::timeout), recorded("pods").substr(0, 20000)});
    CHECK(late.state == ReadState::timeout);
    CHECK(late.facts == kube::Snapshot{});
}

TEST_CASE("a list cut at any byte is never taken for a whole one") {
    const auto whole = list_of(Resource::pods, pod_item("a", "shop") + "," + pod_item("b", "shop"));
    for (std::size_t cut = 0; cut < whole.size(); ++cut) {
        CAPTURE(cut);
        const auto read = read_of(Resource::pods, "shop", {{}, whole.substr(0, cut)});
        CHECK(read.state != ReadState::ok);
        CHECK_FALSE(read.detail.empty());
    }
    CHECK(read_of(Resource::pods, "shop", {{}, whole}).state == ReadState::ok);
    const auto real = recorded("nodes");
    for (std::size_t cut = 1; cut < real.size(); cut += 37)
        CHECK(read_of(Resource::nodes, "", {{}, real.substr(0, cut)}).state != ReadState::ok);
    CHECK(read_of(Resource::nodes, "", {{}, real.substr(0, real.size() / 2)}).state == ReadState::truncated);
}

TEST_CASE("a server that holds more than it sent makes the list truncated, and its objects stand") {
    const auto read =
        read_of(Resource::pods, "shop", {{}, list_of(Resource::pods, pod_item("a", "shop"), 0, R"({"continue":"x"})")});
    CHECK(read.state == ReadState::truncated);
    CHECK(read.facts.pods.size() == 1);
}

TEST_CASE("an object that was not asked for is dropped and makes the read an error") {
    const auto other_ns = read_of(Resource::pods, "shop",
                                  {{}, list_of(Resource::pods, pod_item("a", "shop") + "," + pod_item("b", "prod"))});
    CHECK(other_ns.state == ReadState::error);
    CHECK(contains(other_ns.detail, R"(pods "b": namespace "prod" instead of "shop")"));
    REQUIRE(other_ns.facts.pods.size() == 1);
    CHECK(other_ns.facts.pods[0].meta.name == "a");

    const std::string secret = R"({"kind":"Secret","apiVersion":"v1","metadata":{"name":"a","namespace":"shop"}})";
    const auto other_kind = read_of(Resource::pods, "shop", {{}, list_of(Resource::pods, secret)});
    CHECK(other_kind.state == ReadState::error);
    CHECK(contains(other_kind.detail, "Secret"));
    CHECK(other_kind.facts.pods.empty());
}

TEST_CASE("a field of the wrong type makes the read an error that names the object") {
    const auto read = read_of(
        Resource::pods, "shop",
        {{},
         list_of(Resource::pods, pod_item("a", "shop", R"(,"spec":{"containers":7})") + "," + pod_item("b", "shop"))});
    CHECK(read.state == ReadState::error);
    CHECK(contains(read.detail, "a"));
    REQUIRE(read.facts.pods.size() == 1);
    CHECK(read.facts.pods[0].meta.name == "b");
}

TEST_CASE("an answer that is no list of the kind proves nothing") {
    for (const std::string body :
         {"", "null", "[]", "{}", "text", R"({"kind":"Status","apiVersion":"v1","status":"Failure"})",
          R"({"kind":"PodList","apiVersion":"v1"})", R"({"kind":"PodList","apiVersion":"v1","items":{}})",
          "\xef\xbb\xbf{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"items\":[]}"}) {
        CAPTURE(body);
        CHECK(read_of(Resource::pods, "shop", {{}, body}).state != ReadState::ok);
    }
    const auto services = read_of(Resource::pods, "shop", {{}, list_of(Resource::services, "")});
    CHECK(services.state == ReadState::error);
    CHECK(contains(services.detail, "ServiceList"));
    CHECK(read_of(Resource::deployments, "shop",
                  {{}, R"({"kind":"DeploymentList","apiVersion":"apps/v1beta1","items":[]})"})
              .state == ReadState::error);
}

TEST_CASE("one object is read like a list, and held against what was asked") {
    FakeTransport fake;
    FakeTransport::serve_empty(fake, "shop");
    io::ListQuery query{Resource::namespaces, "shop", true, kube::RawPath::object(Resource::namespaces, "shop")};
    const auto read = io::read_list(fake, redactor, nullptr, query);
    CHECK(read.state == ReadState::ok);
    REQUIRE(read.facts.namespaces.size() == 1);
    CHECK(read.facts.namespaces[0].phase == "Active");
    fake.gets[query.path.str()].body = std::string(5 << 20, ' ');
    CHECK(io::read_list(fake, redactor, nullptr, query).state == ReadState::truncated);
    fake.gets[query.path.str()].body = R"({"kind":"Pod","apiVersion":"v1","metadata":{"name":"shop"}})";
    CHECK(io::read_list(fake, redactor, nullptr, query).state == ReadState::error);
}

TEST_CASE("version and uid of the cluster are taken by name, and nothing else is") {
    FakeTransport fake;
    FakeTransport::serve_empty(fake, "shop");
    CHECK(io::read_version(fake, redactor, nullptr).value == "v1.32.2");
    CHECK(io::read_cluster_uid(fake, redactor, nullptr).value == "uid-cluster");
    fake.gets["/version"].body = R"({"gitVersion":7})";
    const auto wrong = io::read_version(fake, redactor, nullptr);
    CHECK(wrong.outcome.state == ReadState::error);
    CHECK(wrong.value.empty());
    fake.gets["/version"] = {forbidden(), R"({"gitVersion":"v9.9.9"})"};
    CHECK(io::read_version(fake, redactor, nullptr).value.empty());
}

TEST_CASE("what a credential plugin wrote into an error is redacted, in every kind of read") {
    const std::string secret = "s3cr3tS3cr3tValue";
    const auto leak = failed(ReadState::error, Failure::unauthorized, "getting credentials: token=" + secret);
    FakeTransport fake;
    fake.otherwise = {leak, ""};
    const io::ListQuery one{Resource::namespaces, "shop", true, kube::RawPath::object(Resource::namespaces, "shop")};
    CHECK_FALSE(contains(io::read_list(fake, redactor, nullptr, query_of(Resource::pods, "shop")).detail, secret));
    CHECK_FALSE(contains(io::read_list(fake, redactor, nullptr, one).detail, secret));
    CHECK_FALSE(contains(io::read_version(fake, redactor, nullptr).outcome.detail, secret));
    CHECK_FALSE(contains(io::read_cluster_uid(fake, redactor, nullptr).outcome.detail, secret));
    CHECK_FALSE(contains(io::read_log(fake, redactor, nullptr, {"shop", "a", "app"}).outcome.detail, secret));
}

namespace {

io::LogRead log_of(FakeTransport::Answer answer, bool previous = false) {
    FakeTransport fake;
    fake.logs[std::string("shop/web-1/app") + (previous ? "/previous" : "")] = std::move(answer);
    return io::read_log(fake, redactor, nullptr, {"shop", "web-1", "app", previous, 0});
}

}  // namespace

TEST_CASE("log lines carry their time, and a line without one is kept whole") {
    const auto read = log_of({{}, "2026-11-21T08:00:00.123456789Z starting\n2026-11-21T08:00:01Z \nplain line\n"});
    CHECK(read.outcome.state == ReadState::ok);
    REQUIRE(read.log.lines.size() == 3);
    CHECK(read.log.lines[0].at == base::parse_time("2026-11-21T08:00:00.123456Z"));
    CHECK(read.log.lines[0].text == "starting");
    CHECK(read.log.lines[1].at.has_value());
    CHECK(read.log.lines[1].text.empty());
    CHECK_FALSE(read.log.lines[2].at.has_value());
    CHECK(read.log.lines[2].text == "plain line");
}

TEST_CASE("a log that is gone is absent, also where the exit code is 0") {
    for (const std::string text :
         {"unable to retrieve container logs for containerd://0123abcd",
          "failed to try resolving symlinks in path \"/var/log/pods/shop_web-1_u/app/0.log\": lstat /var/log/pods: no "
          "such file or directory\n"}) {
        CAPTURE(text);
        const auto read = log_of({{}, text});
        CHECK(read.outcome.state == ReadState::absent);
        CHECK(read.outcome.failure == Failure::not_found);
        CHECK(read.log.lines.empty());
        CHECK(contains(read.outcome.detail, text.substr(0, 20)));
    }
    // An application that logs the same words among others has a log.
    const auto app = log_of({{}, "ready\nunable to retrieve container logs for containerd://0123abcd\n"});
    CHECK(app.outcome.state == ReadState::ok);
    CHECK(app.log.lines.size() == 2);
    const auto none =
        log_of({failed(ReadState::absent, Failure::not_found, "previous terminated container not found"), "x"}, true);
    CHECK(none.outcome.state == ReadState::absent);
    CHECK(none.log.previous);
    CHECK(none.log.lines.empty());
}

TEST_CASE("an empty log is a log") {
    const auto read = log_of({{}, ""});
    CHECK(read.outcome.state == ReadState::ok);
    CHECK(read.log.lines.empty());
}

TEST_CASE("secrets in a log do not come out, also over several lines") {
    const auto read = log_of({{},
                              "2026-11-21T08:00:00Z connecting with password=s3cr3tS3cr3tValue\n"
                              "2026-11-21T08:00:01Z -----BEGIN RSA PRIVATE KEY-----\n"
                              "2026-11-21T08:00:01Z MIIEpAIBAAKCAQEAabcdefghijklmnop\n"
                              "2026-11-21T08:00:01Z -----END RSA PRIVATE KEY-----\n"
                              "2026-11-21T08:00:02Z bye\n"});
    REQUIRE(read.log.lines.size() == 5);
    std::string all;
    for (const auto& line : read.log.lines) all += line.text + "\n";
    CHECK_FALSE(contains(all, "s3cr3tS3cr3tValue"));
    CHECK_FALSE(contains(all, "MIIEpAIBAAKCAQEA"));
    CHECK(contains(all, "connecting with"));
    CHECK(read.log.lines[4].text == "bye");
}
