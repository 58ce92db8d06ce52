#include "kube/command.hpp"

#include "base/error.hpp"
#include "kube/command_words.hpp"
#include "kube/names.hpp"

namespace salve::kube {
namespace {

using Args = std::vector<std::string>;

[[noreturn]] void misuse(const char* what) { throw base::Error(base::ErrorKind::internal, what); }

void add_cache(Args& args, const Target& target) {
    if (target.cache_dir) args.push_back(flag("cache-dir", checked_file_path(*target.cache_dir)));
}

void add_namespace(Args& args, std::string_view ns) { args.push_back(flag("namespace", checked_namespace(ns))); }

void add_namespace_or_all(Args& args, const std::optional<std::string>& ns) {
    if (ns)
        add_namespace(args, *ns);
    else
        args.push_back(flag("all-namespaces", "true"));
}

// The part that get_one and describe share; extra comes before "--".
Args named_object(std::string_view verb, const Target& target, Resource resource, const std::optional<std::string>& ns,
                  std::string_view name, const Args& extra) {
    if (resource == Resource::logs || info(resource).namespaced != ns.has_value())
        misuse("command: namespace and kind do not fit");
    Args args{std::string(verb)};
    add_connection(args, target);
    add_cache(args, target);
    if (ns) add_namespace(args, *ns);
    args.insert(args.end(), extra.begin(), extra.end());
    args.insert(args.end(), {"--", qualified(resource), checked_object_name(name)});
    return args;
}

}  // namespace

Command Command::get_raw(const Target& target, const RawPath& path) {
    Args args{"get"};
    add_connection(args, target);
    if (target.context) args.push_back(flag("disable-compression", "true"));  // see Target::context
    args.push_back(flag("raw", path.str()));
    return {Verb::get, std::move(args)};
}

Command Command::get_one(const Target& target, Resource resource, const std::optional<std::string>& ns,
                         std::string_view name) {
    return {Verb::get, named_object("get", target, resource, ns, name, {"--output=json"})};
}

Command Command::describe(const Target& target, Resource resource, const std::optional<std::string>& ns,
                          std::string_view name) {
    return {Verb::describe, named_object("describe", target, resource, ns, name, {})};
}

Command Command::logs(const Target& target, std::string_view ns, std::string_view pod, std::string_view container,
                      const LogOptions& options) {
    if (options.tail_lines == 0 || options.tail_lines > 100'000) misuse("command: tail out of range");
    if (options.limit_bytes == 0 || options.limit_bytes > 64U << 20) misuse("command: log bytes out of range");
    Args args{"logs"};
    add_connection(args, target);
    add_namespace(args, ns);
    args.push_back(flag("container", checked_container_name(container)));
    args.push_back(flag("tail", std::to_string(options.tail_lines)));
    args.push_back(flag("limit-bytes", std::to_string(options.limit_bytes)));
    args.push_back(flag("timestamps", "true"));
    if (options.previous) args.push_back(flag("previous", "true"));
    args.insert(args.end(), {"--", checked_object_name(pod)});
    return {Verb::logs, std::move(args)};
}

Command Command::top_pods(const Target& target, const std::optional<std::string>& ns) {
    Args args{"top", "pods"};
    add_connection(args, target);
    add_cache(args, target);
    add_namespace_or_all(args, ns);
    args.insert(args.end(), {"--containers=true", "--no-headers=true"});
    return {Verb::top, std::move(args)};
}

Command Command::top_nodes(const Target& target) {
    Args args{"top", "nodes"};
    add_connection(args, target);
    add_cache(args, target);
    args.emplace_back("--no-headers=true");
    return {Verb::top, std::move(args)};
}

Command Command::events(const Target& target, const std::optional<std::string>& ns) {
    Args args{"events"};
    add_connection(args, target);
    add_namespace_or_all(args, ns);
    args.emplace_back("--output=json");
    return {Verb::events, std::move(args)};
}

Command Command::version_client() { return {Verb::version, {"version", "--client=true", "--output=json"}}; }

Command Command::version(const Target& target) {
    Args args{"version"};
    add_connection(args, target);
    args.emplace_back("--output=json");
    return {Verb::version, std::move(args)};
}

Command Command::api_resources(const Target& target) {
    Args args{"api-resources"};
    add_connection(args, target);
    add_cache(args, target);
    args.insert(args.end(), {"--cached=false", "--output=wide"});
    return {Verb::api_resources, std::move(args)};
}

Command Command::config_view(const Target& target) {
    Args args{"config", "view"};
    add_configuration(args, target);
    args.insert(args.end(), {"--minify=true", "--output=json"});
    return {Verb::config_view, std::move(args)};
}

Command Command::auth_whoami(const Target& target) {
    Args args{"auth", "whoami"};
    add_connection(args, target);
    args.emplace_back("--output=json");
    return {Verb::auth_whoami, std::move(args)};
}

Command Command::can_i(const Target& target, const Right& right, const std::optional<std::string>& ns,
                       const std::optional<std::string>& name) {
    const auto& kind = info(right.resource);
    if (right.resource == Resource::logs || kind.namespaced != ns.has_value())
        misuse("command: namespace and kind do not fit");
    Args args{"auth", "can-i"};
    add_connection(args, target);
    add_cache(args, target);
    if (ns) add_namespace(args, *ns);
    if (right.sub != Subresource::none) args.push_back(flag("subresource", base::word(subresource_names, right.sub)));
    auto what = what_of({right.access, right.resource, Subresource::none});
    if (name) what += "/" + checked_object_name(*name);
    args.insert(args.end(), {"--", std::string(base::word(access_names, right.access)), what});
    return {Verb::auth_can_i, std::move(args)};
}

}  // namespace salve::kube
