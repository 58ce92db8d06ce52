#include "io/proxy_transport.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "base/error.hpp"
#include "fakes/two_ways.hpp"
#include "io/parallel.hpp"
#include "io_fakes.hpp"
#include "kube/proxy_command.hpp"

using namespace salve;
using namespace salve::io;
using kube::RawPath;
using kube::Resource;

namespace {

KubectlSettings settings(const std::string& manner = "") {
    KubectlSettings made;
    made.program = {SALVE_MISBEHAVE, SALVE_MISBEHAVE};
    made.target.context = "demo";
    if (!manner.empty()) made.environment = {"SALVE_FAKE_PROXY=" + manner};
    return made;
}

// A machine that is loaded must not look like a proxy that does not come up.
ProxySettings patient(bool required = true) { return {required, base::seconds(60)}; }

struct Got {
    kube::Outcome outcome;
    std::string bytes;
};

Got get(Transport& transport, const RawPath& path) {
    Got got;
    got.outcome = transport.get(path, gather(got.bytes));
    return got;
}

Got log(Transport& transport, const std::string& pod, bool previous = false) {
    Got got;
    LogQuery query{"demo", pod, "app", {}};
    query.options.previous = previous;
    got.outcome = transport.log(query, gather(got.bytes));
    return got;
}

void check_same(const Got& proxied, const Got& spawned) {
    CHECK(proxied.outcome.state == spawned.outcome.state);
    CHECK(proxied.outcome.failure == spawned.outcome.failure);
    CHECK(proxied.outcome.detail == spawned.outcome.detail);
    CHECK(proxied.bytes == spawned.bytes);
    REQUIRE(proxied.outcome.answer);
    REQUIRE(spawned.outcome.answer);
    CHECK(proxied.outcome.answer->argv_sha256 == spawned.outcome.answer->argv_sha256);
    CHECK(proxied.outcome.answer->sha256 == spawned.outcome.answer->sha256);
    CHECK(proxied.outcome.answer->bytes == spawned.outcome.answer->bytes);
}

std::vector<RawPath> all_paths() {
    return {RawPath::server(kube::ServerPath::version),
            RawPath::list_in(Resource::pods, "demo"),
            RawPath::list(Resource::nodes),
            RawPath::list(Resource::horizontalpodautoscalers),
            RawPath::object(Resource::namespaces, "gone"),
            RawPath::list(Resource::events),
            RawPath::list(Resource::services),
            RawPath::list(Resource::deployments)};
}

std::size_t calls_of(const KubectlTransport& transport, const std::string& verb) {
    const auto calls = transport.calls();
    return static_cast<std::size_t>(
        std::count_if(calls.begin(), calls.end(), [&](const auto& call) { return call.front() == verb; }));
}

}  // namespace

TEST_CASE("both transports give the same outcome, bytes and ledger") {
    KubectlTransport spawns(settings());
    ProxyTransport proxy(settings(), patient());
    for (const auto& path : all_paths()) {
        CAPTURE(path.str());
        check_same(get(proxy, path), get(spawns, path));
    }
    for (const char* pod : {"web", "new", "gone"}) {
        CAPTURE(pod);
        check_same(log(proxy, pod, true), log(spawns, pod, true));
        check_same(log(proxy, pod), log(spawns, pod));
    }
    // Started for a read only where the proxy cannot know the words: no connection, 401, 429, and a pod that is gone.
    CHECK(calls_of(proxy, "proxy") == 1);
    CHECK(calls_of(proxy, "get") == 3);
    CHECK(calls_of(proxy, "logs") == 2);
    CHECK(calls_of(spawns, "get") == all_paths().size());
}

TEST_CASE("a server that answers in JSON is read as before where either form is asked for") {
    KubectlTransport spawns(settings());
    ProxyTransport proxy(settings(), patient());
    for (const auto& path : all_paths()) {
        CAPTURE(path.str());
        Got either;
        either.outcome = proxy.get_either(path, gather(either.bytes));
        check_same(either, get(spawns, path));
    }
    CHECK(calls_of(proxy, "proxy") == 1);
    CHECK(calls_of(proxy, "get") == 3);  // what only kubectl can word
}

TEST_CASE("many threads may read at once") {
    ProxyTransport proxy(settings(), patient());
    std::vector<Got> got(64);
    run_parallel(got.size(), 8, [&](std::size_t at) {
        got[at] = at % 2 == 0 ? get(proxy, RawPath::list_in(Resource::pods, "demo")) : log(proxy, "web");
    });
    for (std::size_t at = 0; at < got.size(); ++at) {
        CHECK(got[at].outcome.state == kube::ReadState::ok);
        CHECK(got[at].bytes == fakes::answers[at % 2 == 0 ? 1 : 8].body);
    }
    CHECK(proxy.calls().size() == 1);
}

TEST_CASE("a proxy that does not serve costs nothing but kubectl for each read") {
    for (const char* manner : {"dead", "mute", "other", "dies"}) {
        CAPTURE(manner);
        KubectlTransport spawns(settings());
        ProxyTransport proxy(settings(manner),
                             {false, std::string(manner) == "dies" ? base::seconds(60) : base::Duration{300'000}});
        check_same(get(proxy, RawPath::list(Resource::nodes)), get(spawns, RawPath::list(Resource::nodes)));
        check_same(log(proxy, "web"), log(spawns, "web"));
        CHECK(calls_of(proxy, "get") == 1);
    }
}

TEST_CASE("where the proxy is required, its lack is an error that says what to do") {
    auto none = settings();
    none.program = {"/nowhere/kubectl", "/nowhere/kubectl"};
    ProxyTransport unstartable(none, patient());
    ProxyTransport dead(settings("dead"), patient());
    for (auto* transport : {&unstartable, &dead}) {
        try {
            get(*transport, RawPath::list(Resource::nodes));
            FAIL("read");
        } catch (const base::Error& error) {
            CHECK(error.kind() == base::ErrorKind::kubectl_unavailable);
            CHECK(std::string(error.what()).starts_with("there is no kubectl proxy to read through: "));
            CHECK(error.hint().find("kubectl.transport: auto") != std::string::npos);
        }
    }
}

TEST_CASE("a proxy that was begun before the context was known serves if the kubeconfig stayed as it was") {
    const test::TempFolder folder;
    const auto file = folder.file("config", "current-context: demo");
    auto known = settings();
    known.target.kubeconfig = file;
    kube::Target unknown;
    unknown.kubeconfig = file;
    for (const bool changed : {false, true}) {
        CAPTURE(changed);
        auto begun =
            std::make_unique<ReadProxy>(known.program, unknown, known.environment, KubeconfigFiles::look(unknown));
        if (changed) folder.file("config", "current-context: prod");
        ProxyTransport proxy(known, patient(), std::move(begun));
        CHECK(proxy.serves());
        const auto calls = proxy.calls();
        REQUIRE(calls.size() == (changed ? 2 : 1));
        const auto named = [](const auto& call) { return std::count(call.begin(), call.end(), "--context=demo"); };
        CHECK(std::count_if(calls.begin(), calls.end(), named) == (changed ? 1 : 0));
        CHECK(get(proxy, RawPath::list(Resource::nodes)).outcome.answer.has_value());
    }
}

TEST_CASE("S5.3: the socket is in a folder that only we can enter, and nothing of it stays") {
    std::filesystem::path socket;
    {
        ProxyTransport proxy(settings(), patient());
        REQUIRE(proxy.serves());
        const auto calls = proxy.calls();
        for (const auto& arg : calls.front())
            if (arg.starts_with("--unix-socket=")) socket = arg.substr(14);
        struct stat status {};
        REQUIRE(::stat(socket.parent_path().c_str(), &status) == 0);
        CHECK((status.st_mode & 07777U) == 0700);
        REQUIRE(::stat(socket.parent_path().parent_path().c_str(), &status) == 0);
        CHECK((status.st_mode & 07777U) == 0700);
        REQUIRE(::stat(socket.c_str(), &status) == 0);
        CHECK(S_ISSOCK(status.st_mode));
    }
    CHECK_FALSE(std::filesystem::exists(socket.parent_path().parent_path()));
}

TEST_CASE("a wish to stop ends a read at once, as it ends kubectl") {
    const Cancel cancel;
    auto cancelled = settings();
    cancelled.cancel = &cancel;
    ProxyTransport proxy(cancelled, patient());
    REQUIRE(proxy.serves());
    cancel.request();
    const auto got = get(proxy, RawPath::list(Resource::nodes));
    CHECK(got.outcome.state == kube::ReadState::truncated);
    CHECK(got.bytes.empty());
}
