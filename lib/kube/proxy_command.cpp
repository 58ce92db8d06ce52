#include "kube/proxy_command.hpp"

#include <map>

#include "kube/command_words.hpp"
#include "kube/names.hpp"

namespace salve::kube {
namespace {

// "/apis/apps/v1" -> "deployments|replicasets"
std::map<std::string, std::string> plurals_by_version() {
    std::map<std::string, std::string> groups;
    for (const auto& kind : resources()) {
        for (const auto version : kind.versions) {
            if (version.empty()) break;
            const auto prefix = kind.group.empty() ? "/api/" + std::string(version)
                                                   : "/apis/" + std::string(kind.group) + "/" + std::string(version);
            auto& plurals = groups[prefix];
            plurals += (plurals.empty() ? "" : "|") + std::string(kind.plural);
        }
    }
    return groups;
}

// A dot in the name of a group is a dot.
std::string literal(const std::string& text) {
    std::string pattern;
    for (const char c : text) pattern += c == '.' ? std::string("\\.") : std::string(1, c);
    return pattern;
}

}  // namespace

// kubectl splits the list at its commas, so none may stand in an expression.
std::string accepted_paths() {
    std::string list = "^/(version|readyz|livez|api|apis)$,^/api/v1/namespaces/[^/]+/pods/[^/]+/log$";
    for (const auto& [prefix, plurals] : plurals_by_version())
        list += ",^" + literal(prefix) + "/(namespaces/[^/]+/)?(" + plurals + ")(/[^/]+)?$";
    return list;
}

// Go's expressions cannot say "not GET", so every way to differ from it is spelled out.
std::string_view rejected_methods() { return "^(|[^G].*|G|G[^E].*|GE|GE[^T].*|GET.+)$"; }

std::string log_path(std::string_view ns, std::string_view pod, std::string_view container, const LogOptions& options) {
    Command::logs({}, ns, pod, container, options);  // checks them
    std::string path = RawPath::object_in(Resource::pods, ns, pod).str() + "/log?container=" + std::string(container);
    path += "&limitBytes=" + std::to_string(options.limit_bytes);
    if (options.previous) path += "&previous=true";
    return path + "&tailLines=" + std::to_string(options.tail_lines) + "&timestamps=true";
}

ProxyCommand ProxyCommand::reads(const Target& target, std::string_view socket) {
    std::vector<std::string> args{"proxy"};
    add_configuration(args, target);
    args.push_back(flag("unix-socket", checked_file_path(socket)));
    args.push_back(flag("append-server-path", "true"));  // a server behind a path, as Rancher's
    args.push_back(flag("disable-filter", "false"));
    args.push_back(flag("reject-methods", rejected_methods()));
    args.push_back(flag("accept-paths", accepted_paths()));
    args.push_back(flag("accept-hosts", "^" + std::string(proxy_host) + "$"));
    return ProxyCommand(std::move(args));
}

}  // namespace salve::kube
