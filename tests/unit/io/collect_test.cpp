#include "io/collect.hpp"

#include <doctest/doctest.h>

#include <atomic>

#include "io_fakes.hpp"
#include "kube/slim.hpp"
#include "kube/world.hpp"

using namespace salve;
using namespace salve::test;
using kube::Failure;
using kube::ReadState;
using kube::Resource;

namespace {

const base::Redactor redactor("key");
constexpr base::Time now{1'790'000'000'000'000};

io::CollectOptions options_for(const std::string& ns) {
    io::CollectOptions options;
    if (ns.empty())
        options.scope.all = true;
    else
        options.scope.namespaces = {ns};
    options.context = "kind-demo";
    options.now = now;
    return options;
}

kube::Snapshot collect(FakeTransport& fake, const std::string& ns = "shop") {
    return io::collect(fake, redactor, options_for(ns));
}

base::Error collect_error(FakeTransport& fake, const std::string& ns = "shop") {
    return error_of([&] { collect(fake, ns); });
}

const kube::Read& line(const kube::Snapshot& facts, Resource what) {
    for (const auto& read : facts.reads)
        if (read.what == what) return read;
    FAIL("no line in the ledger");
    return facts.reads[0];
}

// Kinds that are read without a finding that asks for them.
std::size_t listed_kinds() {
    const auto kinds = kube::resources();
    return static_cast<std::size_t>(
        std::count_if(kinds.begin(), kinds.end(), [](const auto& kind) { return !kind.on_demand; }));
}

}  // namespace

TEST_CASE("of a whole cluster's events only those travel that are kept") {
    FakeTransport fake;
    FakeTransport::serve_empty(fake, "shop");
    collect(fake, "");
    const auto asked = fake.asked();
    const auto times = [&](const std::string& path) { return std::count(asked.begin(), asked.end(), path); };
    CHECK(times(kube::kept_events().str()) == 1);
    CHECK(times("/api/v1/events") == 0);
    CHECK(times("/api/v1/pods") == 1);
}

TEST_CASE("B7: every kind of the table is read once and stands in the ledger") {
    FakeTransport fake;
    FakeTransport::serve_empty(fake, "shop");
    const auto facts = collect(fake);
    CHECK(facts.reads.size() == listed_kinds());
    for (const auto& kind : kube::resources()) {
        if (kind.on_demand) continue;
        CAPTURE(kind.plural);
        CHECK(line(facts, kind.resource).state == ReadState::ok);
        const bool in_shop =
            kind.resource != Resource::leases && (kind.namespaced || kind.resource == Resource::namespaces);
        CHECK(line(facts, kind.resource).ns == (in_shop                             ? "shop"
                                                : kind.resource == Resource::leases ? "kube-node-lease"
                                                                                    : ""));
    }
    CHECK(fake.asked().size() == listed_kinds() + 2);
    CHECK(facts.cluster.server_version == "v1.32.2");
    CHECK(facts.cluster.uid == "uid-cluster");
    CHECK(facts.cluster.context == "kind-demo");
    CHECK(facts.taken_at == now);
    for (const auto& path : fake.asked()) {
        CHECK_FALSE(contains(path, "secrets"));
        CHECK_FALSE(contains(path, "configmaps"));
    }
}

TEST_CASE("with all namespaces every list is cluster-wide") {
    FakeTransport fake;
    FakeTransport::serve_empty(fake, "shop");
    const auto facts = collect(fake, "");
    CHECK(facts.reads.size() == listed_kinds());
    for (const auto& read : facts.reads) CHECK(read.ns == (read.what == Resource::leases ? "kube-node-lease" : ""));
}

TEST_CASE("an older API version is asked for where the server lacks the newest") {
    FakeTransport fake;
    FakeTransport::serve_empty(fake, "shop");
    const auto hpa = Resource::horizontalpodautoscalers;
    fake.list(hpa, "shop", 0) = {missing_type(), ""};
    fake.list(hpa, "shop", 1) = {missing_type(), ""};
    fake.list(hpa, "shop", 2) = {{}, list_of(hpa, R"({"metadata":{"name":"web","namespace":"shop"}})", 2)};
    const auto facts = collect(fake);
    CHECK(line(facts, hpa).state == ReadState::ok);
    REQUIRE(facts.autoscalers.size() == 1);
    CHECK(facts.autoscalers[0].meta.api_version == "autoscaling/v1");
}

TEST_CASE("a kind that the server has in no version is absent; a refusal is not asked for again") {
    FakeTransport fake;
    FakeTransport::serve_empty(fake, "shop");
    const auto hpa = Resource::horizontalpodautoscalers;
    for (std::size_t version = 0; version < 3; ++version) fake.list(hpa, "shop", version) = {missing_type(), ""};
    fake.list(Resource::cronjobs, "shop", 0) = {forbidden(), ""};
    fake.list(Resource::cronjobs, "shop", 1) = {{}, list_of(Resource::cronjobs, "", 1)};
    const auto facts = collect(fake);
    CHECK(line(facts, hpa).state == ReadState::absent);
    CHECK(line(facts, Resource::cronjobs).state == ReadState::forbidden);
    const auto asked = fake.asked();
    CHECK(std::count(asked.begin(), asked.end(), kube::RawPath::list_in(Resource::cronjobs, "shop", 1).str()) == 0);
}

TEST_CASE("when the first reads fail for good, the run ends with what to do") {
    struct Row {
        Failure failure;
        base::ErrorKind kind;
        std::string words;
    };
    const std::vector<Row> rows = {
        {Failure::unreachable, base::ErrorKind::cluster_unreadable, "cannot be reached"},
        {Failure::unauthorized, base::ErrorKind::cluster_unreadable, "does not accept the credentials"},
        {Failure::certificate, base::ErrorKind::cluster_unreadable, "cannot be trusted"},
        {Failure::bad_config, base::ErrorKind::cluster_unreadable, "kubeconfig cannot be used"},
        {Failure::no_such_context, base::ErrorKind::usage, "the decisive line"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.words);
        FakeTransport fake;
        fake.otherwise = {failed(ReadState::error, row.failure, "the decisive line"), ""};
        const auto error = collect_error(fake);
        CHECK(error.kind() == row.kind);
        CHECK(contains(error.what(), row.words));
        CHECK(contains(error.what(), "the decisive line"));
        CHECK_FALSE(error.hint().empty());
        CHECK(fake.asked().size() <= 8);  // not the whole list of kinds against a dead server
    }
}

TEST_CASE("the message of an early end is redacted") {
    FakeTransport fake;
    fake.otherwise = {failed(ReadState::error, Failure::unauthorized, "exec plugin: token=s3cr3tS3cr3tValue"), ""};
    CHECK_FALSE(contains(collect_error(fake).what(), "s3cr3tS3cr3tValue"));
}

TEST_CASE("a failure after the first answers only marks the ledger") {
    for (const auto failure : {Failure::unreachable, Failure::unauthorized, Failure::timeout, Failure::server_error}) {
        FakeTransport fake;
        FakeTransport::serve_empty(fake, "shop");
        fake.list(Resource::services, "shop") = {failed(ReadState::error, failure, "late"),
                                                 list_of(Resource::services, "")};
        const auto facts = collect(fake);
        CHECK(line(facts, Resource::services).state == ReadState::error);
        CHECK(line(facts, Resource::services).detail == "late");
        CHECK(line(facts, Resource::pods).state == ReadState::ok);
        CHECK_FALSE(kube::World(facts).seen(Resource::services, "shop"));
    }
}

const std::string default_account = R"({"metadata":{"name":"default","namespace":"shop"}})";

TEST_CASE("a namespace that does not exist is an error, one that may not be read is not") {
    FakeTransport fake;
    FakeTransport::serve_empty(fake, "shop");
    auto& ns = fake.gets[kube::RawPath::object(Resource::namespaces, "shop").str()];
    ns = {failed(ReadState::absent, Failure::not_found, "namespaces \"shop\" not found"), ""};
    const auto error = collect_error(fake);
    CHECK(error.kind() == base::ErrorKind::cluster_unreadable);
    CHECK(contains(error.what(), "namespace \"shop\" does not exist"));
    // Listing a namespace that does not exist gives empty lists, and every namespace has a ServiceAccount.
    ns = {forbidden(), ""};
    CHECK(contains(collect_error(fake).what(), "whether it exists could not be read"));
    fake.list(Resource::serviceaccounts, "shop") = {{}, list_of(Resource::serviceaccounts, default_account)};
    CHECK(line(collect(fake), Resource::namespaces).state == ReadState::forbidden);
}

TEST_CASE("when nothing of the scope could be read, that is an error and no healthy cluster") {
    FakeTransport fake;
    fake.otherwise = {forbidden(), list_of(Resource::pods, "")};
    const auto error = collect_error(fake);
    CHECK(error.kind() == base::ErrorKind::cluster_unreadable);
    CHECK(contains(error.what(), "nothing could be read in shop"));
    CHECK(contains(error.hint(), "salve rbac reader"));
    // Nodes alone do not help: they are not of the namespace.
    fake.list(Resource::nodes) = {{}, list_of(Resource::nodes, "")};
    CHECK(collect_error(fake).kind() == base::ErrorKind::cluster_unreadable);
    // One list of the namespace is enough.
    fake.list(Resource::serviceaccounts, "shop") = {{}, list_of(Resource::serviceaccounts, default_account)};
    CHECK(line(collect(fake), Resource::serviceaccounts).state == ReadState::ok);
}

TEST_CASE("a local clock that is behind does not make ages negative") {
    FakeTransport fake;
    FakeTransport::serve_empty(fake, "shop");
    const auto pod = [](const std::string& created) {
        return list_of(Resource::pods,
                       R"({"metadata":{"name":"a","namespace":"shop","creationTimestamp":")" + created + "\"}}");
    };
    fake.list(Resource::pods, "shop").body = pod("2026-11-21T08:00:00Z");
    auto options = options_for("shop");
    options.now = *base::parse_time("2026-11-21T07:00:00Z");
    CHECK(io::collect(fake, redactor, options).taken_at == base::parse_time("2026-11-21T08:00:00Z"));
    options.now = *base::parse_time("2026-11-21T09:00:00Z");
    CHECK(io::collect(fake, redactor, options).taken_at == options.now);
}

TEST_CASE("progress counts to its total, and an interrupt ends the run") {
    FakeTransport fake;
    FakeTransport::serve_empty(fake, "shop");
    auto options = options_for("shop");
    std::size_t calls = 0, last = 0;
    options.progress = [&](std::string_view what, std::size_t done, std::size_t total) {
        CHECK(what == "lists");
        ++calls;
        last = done;
        CHECK(total == listed_kinds() + 2);
    };
    io::collect(fake, redactor, options);
    CHECK(calls == listed_kinds() + 2);
    CHECK(last == calls);
}

TEST_CASE("S3.53: logs stand in the ledger with what became of them") {
    FakeTransport fake;
    FakeTransport::serve_empty(fake, "shop");
    auto facts = collect(fake);
    fake.logs["shop/web/app"] = {{}, "2026-11-21T08:00:00Z hello\n"};
    fake.logs["shop/web/app/previous"] = {failed(ReadState::absent, Failure::not_found), ""};
    fake.logs["shop/web/side"] = {forbidden(), "plausible\n"};
    const std::vector<diagnose::LogWanted> wanted = {
        {"shop", "web", "app", false, 0}, {"shop", "web", "app", true, 0}, {"shop", "web", "side", false, 0}};
    for (const auto& log : wanted) CHECK_FALSE(io::was_read(facts, log));
    io::collect_logs(fake, redactor, options_for("shop"), wanted, facts);
    for (const auto& log : wanted) CHECK(io::was_read(facts, log));
    REQUIRE(facts.logs.size() == 1);
    CHECK(facts.logs[0].lines.at(0).text == "hello");
    const auto at = facts.reads.end() - 3;
    CHECK(at[0].object == "web/app");
    CHECK(at[0].state == ReadState::ok);
    CHECK(at[0].objects == 1);
    CHECK(at[1].object == "web/app/previous");
    CHECK(at[1].state == ReadState::absent);
    CHECK(at[2].state == ReadState::forbidden);
    CHECK_FALSE(io::was_read(facts, {"shop", "web-2", "app", false, 0}));
}
