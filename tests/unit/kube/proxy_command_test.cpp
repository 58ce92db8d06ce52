#include "kube/proxy_command.hpp"

#include <doctest/doctest.h>
#include <re2/re2.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "hostile_words.hpp"

using namespace salve;
using namespace salve::kube;

namespace {

const Target target{"ctx", {}, {}, 30};

// As kubectl does it: split at commas, any may match. RE2 reads what Go's regexp reads.
bool accepts(const std::string& path) {
    const auto list = accepted_paths();
    std::size_t from = 0;
    while (from <= list.size()) {
        const auto end = std::min(list.find(',', from), list.size());
        const RE2 expression(list.substr(from, end - from));
        REQUIRE(expression.ok());
        if (RE2::PartialMatch(path, expression)) return true;
        from = end + 1;
    }
    return false;
}

bool rejects_method(const std::string& method) {
    return RE2::PartialMatch(method, RE2(std::string(rejected_methods())));
}

std::string without_query(const std::string& path) { return path.substr(0, path.find('?')); }

}  // namespace

TEST_CASE("S5.3: the proxy lets pass what salve reads") {
    for (const auto& kind : resources())
        for (std::size_t version = 0; version < version_count(kind.resource); ++version) {
            CAPTURE(kind.plural);
            CHECK(accepts(RawPath::list(kind.resource, version).str()));
            if (kind.namespaced) {
                CHECK(accepts(RawPath::list_in(kind.resource, "demo", version).str()));
                CHECK(accepts(RawPath::object_in(kind.resource, "demo", "web-0.x", version).str()));
            } else {
                CHECK(accepts(RawPath::object(kind.resource, "web-0.x", version).str()));
            }
        }
    for (const auto path :
         {ServerPath::version, ServerPath::readyz, ServerPath::livez, ServerPath::api, ServerPath::apis})
        CHECK(accepts(RawPath::server(path).str()));
    CHECK(accepts(without_query(log_path("demo", "web-0", "app", {}))));
}

TEST_CASE("S5.3: and nothing else") {
    for (const char* path : {"/api/v1/secrets",
                             "/api/v1/namespaces/demo/secrets",
                             "/api/v1/namespaces/demo/secrets/x",
                             "/api/v1/namespaces/demo/configmaps",
                             "/api/v1/namespaces/demo/pods/web-0/exec",
                             "/api/v1/namespaces/demo/pods/web-0/attach",
                             "/api/v1/namespaces/demo/pods/web-0/portforward",
                             "/api/v1/namespaces/demo/pods/web-0/proxy",
                             "/api/v1/namespaces/demo/pods/web-0/log/x",
                             "/api/v1/nodes/n1/proxy",
                             "/api/v1/nodes/n1/proxy/run/x",
                             "/api/v1/namespaces/demo/services/x/proxy",
                             "/api/v1/namespaces/demo/serviceaccounts/x/token",
                             "/apis/apps/v1/namespaces/demo/deployments/x/scale",
                             "/apis/apps/v1/namespaces/demo/deployments/x/status",
                             "/api/v1/namespaces/demo/services/x/proxy/log",
                             "/api/v1/watch/pods",
                             "/logs/x",
                             "/metrics",
                             "/openapi/v2",
                             "/",
                             "",
                             "/version/x",
                             "/x/version",
                             "/apis/appsXv1/deployments",
                             "/apis/networkingXk8s.io/v1/ingresses",
                             "/api/v1/podsx",
                             "/apis/rbac.authorization.k8s.io/v1/clusterroles"}) {
        CAPTURE(path);
        CHECK_FALSE(accepts(path));
    }
}

TEST_CASE("S5.3: the proxy rejects every method but GET") {
    CHECK_FALSE(rejects_method("GET"));
    for (const char* method : {"", "G", "GE", "GETX", "GEX", "get", "Get", "HEAD", "POST", "PUT", "PATCH", "DELETE",
                               "OPTIONS", "TRACE", "CONNECT", "XGET", "GXT", "GEET", "GGET"})
        CHECK(rejects_method(method));
    for (char one = 33; one < 127; ++one) {
        CHECK(rejects_method(std::string(1, one)));
        CHECK(rejects_method("GE" + std::string(1, one)) == (one != 'T'));
        CHECK(rejects_method("GET" + std::string(1, one)));
    }
}

TEST_CASE("the proxy's arguments are a fixed template") {
    const auto command = ProxyCommand::reads({"prod", "/k/config", {}, 30}, "/run/x/s/api");
    const auto& args = command.args();
    REQUIRE(args.size() == 9);
    CHECK(args[0] == "proxy");
    CHECK(args[1] == "--kubeconfig=/k/config");
    CHECK(args[2] == "--context=prod");
    CHECK(args[3] == "--unix-socket=/run/x/s/api");
    CHECK(args[4] == "--append-server-path=true");
    CHECK(args[5] == "--disable-filter=false");
    CHECK(args[6] == "--reject-methods=" + std::string(rejected_methods()));
    CHECK(args[7] == "--accept-paths=" + accepted_paths());
    CHECK(args[8] == "--accept-hosts=^localhost$");
    // Neither a port nor files of ours; and no comma splits an expression.
    for (const auto& arg : args) CHECK_FALSE((arg.starts_with("--port") || arg.starts_with("--www")));
    CHECK(rejected_methods().find(',') == std::string_view::npos);
    CHECK(ProxyCommand::reads({}, "/x").args().size() == 7);
}

TEST_CASE("no hostile word gets into the proxy's arguments") {
    for (const std::string& word : hostile_words()) {
        CAPTURE(base::visible(word));
        try {
            const auto command = ProxyCommand::reads(target, word);
            for (const auto& arg : command.args()) CHECK((arg == "proxy" || arg.starts_with("--")));
        } catch (const base::Error& error) {
            CHECK(error.kind() == base::ErrorKind::usage);
        }
    }
}

TEST_CASE("a log is asked for as kubectl asks for it") {
    CHECK(log_path("demo", "web-0", "app", {}) ==
          "/api/v1/namespaces/demo/pods/web-0/log?container=app&limitBytes=262144&tailLines=200&timestamps=true");
    CHECK(log_path("demo", "web-0", "app", {true, 5, 99}) ==
          "/api/v1/namespaces/demo/pods/web-0/log?container=app&limitBytes=99&previous=true&tailLines=5&"
          "timestamps=true");
    CHECK_THROWS_AS(log_path("demo", "web-0", "app", {false, 0, 1}), base::Error);
    CHECK_THROWS_AS(log_path("demo", "web-0", "app", {false, 1, 0}), base::Error);
    for (const std::string& word : hostile_words()) {
        CAPTURE(base::visible(word));
        for (int slot = 0; slot < 3; ++slot) {
            try {
                const auto path =
                    log_path(slot == 0 ? word : "x", slot == 1 ? word : "x", slot == 2 ? word : "x", LogOptions());
                CHECK(path.find_first_of(" #%\n") == std::string::npos);
                CHECK(std::count(path.begin(), path.end(), '/') == 7);
            } catch (const base::Error& error) {
                CHECK(error.kind() == base::ErrorKind::usage);
            }
        }
    }
}
