// The only way to an argument vector for kubectl. A command is built by one of the named factories below, never from
// text, and cannot be changed afterwards: the vector that is shown is the one that runs and the one that is recorded.
//
// Reads only. Changes, exec, cp, attach, port-forward, proxy, edit, apply, run and debug have no enumerator and no
// factory (REQUIREMENTS S3.38, S3.42); nor have --as, --token, --server, --raw on user text, -f, go-templates and
// selectors (SAFETY 5.3).
//
// Shape: verb, fixed flags as --key=value, then "--", then names. A name is validated as well, so "--" is the second
// lock (SAFETY 5.2).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/names.hpp"
#include "kube/raw_path.hpp"
#include "kube/resource.hpp"
#include "kube/rights.hpp"

namespace salve::kube {

enum class Verb : std::uint8_t {
    get,
    logs,
    describe,
    top,
    events,
    version,
    api_resources,
    config_view,
    auth_whoami,
    auth_can_i,
};

// As recorded; the words of kubectl are the same with ' ' for "config view", "auth whoami" and "auth can-i".
constexpr base::Names<Verb, 10> verb_names{{
    {Verb::get, "get"},
    {Verb::logs, "logs"},
    {Verb::describe, "describe"},
    {Verb::top, "top"},
    {Verb::events, "events"},
    {Verb::version, "version"},
    {Verb::api_resources, "api-resources"},
    {Verb::config_view, "config view"},
    {Verb::auth_whoami, "auth whoami"},
    {Verb::auth_can_i, "auth can-i"},
}};

// Which cluster, as the user named it. Never filled from cluster data or from a plan.
struct Target {
    // Without a context the command is meant for use inside a pod: --request-timeout and --disable-compression are left
    // out, because with either of them kubectl (1.27 to 1.33, observed) ignores the in-cluster configuration and tries
    // localhost:8080. The wall budget of the runner bounds such a call. Outside a pod, resolve the current context
    // first (config_view) and name it.
    std::optional<std::string> context;
    std::optional<std::string> kubeconfig;  // one file
    std::optional<std::string>
        cache_dir;  // private folder for kubectl's discovery cache; used by the commands that do discovery
    std::uint32_t request_timeout_seconds = 30;  // per request (TAXONOMY 3.7); 1 to 3600, else Error(usage)
};

struct LogOptions {
    bool previous = false;
    std::uint32_t tail_lines = 200;       // 1 to 100000, else Error(internal); the number of the plan of TAXONOMY 3.3
    std::uint32_t limit_bytes = 262'144;  // 1 to 64 MiB, else Error(internal); cuts from the start of the tail
};

// Every factory throws base::Error(usage) that names the offending word.
class Command {
public:
    // One HTTP request without discovery; the fast way for lists. Uncompressed: on a fast link compression costs more
    // than it saves (bench/BASELINES.md).
    static Command get_raw(const Target& target, const RawPath& path);

    // get RESOURCE.VERSION.GROUP NAME as JSON. ns must be there for namespaced kinds and only for those, else
    // Error(internal). kubectl asks for the API lists first, so a raw GET of RawPath::object_in is cheaper.
    static Command get_one(const Target& target, Resource resource, const std::optional<std::string>& ns,
                           std::string_view name);

    // As get_one, for people: text without a stable form. Prints literal environment values of Pods: redact before use.
    static Command describe(const Target& target, Resource resource, const std::optional<std::string>& ns,
                            std::string_view name);

    // The log of one container, with timestamps. Never -f, never by selector.
    static Command logs(const Target& target, std::string_view ns, std::string_view pod, std::string_view container,
                        const LogOptions& options = {});

    // Usage per pod and container, or per node, as a table without a head. No namespace: all of them.
    static Command top_pods(const Target& target, const std::optional<std::string>& ns);
    static Command top_nodes(const Target& target);

    // Events of one namespace, or of all, as JSON (kubectl 1.26 and later; a raw GET works everywhere).
    static Command events(const Target& target, const std::optional<std::string>& ns);

    // The version of kubectl itself as JSON: no request, no kubeconfig.
    static Command version_client();

    // Both versions as JSON. If the server does not answer, kubectl prints its own version and exits with 1.
    static Command version(const Target& target);

    // The kinds that the server knows, fresh from the server.
    static Command api_resources(const Target& target);

    // The chosen context, its cluster and user as JSON; no request. Tokens, passwords and keys are redacted by kubectl,
    // but not the arguments and environment of credential plugins: take the fields by name and never record the
    // document.
    static Command config_view(const Target& target);

    // Who the server thinks we are, as JSON (kubectl and server 1.28 and later).
    static Command auth_whoami(const Target& target);

    // Whether we, and never somebody else (S3.42: no --as), have the right; kube::parse_can_i reads the answer. Asked
    // with RESOURCE.GROUP and no version: rights have none. ns as for get_one. name: on that object only, for a Role
    // that is limited to names.
    static Command can_i(const Target& target, const Right& right, const std::optional<std::string>& ns,
                         const std::optional<std::string>& name = std::nullopt);

    Verb verb() const { return verb_; }
    // The arguments after the name of the program.
    const std::vector<std::string>& args() const { return args_; }

private:
    Command(Verb verb, std::vector<std::string> args) : verb_(verb), args_(std::move(args)) {}
    Verb verb_;
    std::vector<std::string> args_;
};

}  // namespace salve::kube
