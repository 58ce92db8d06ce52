#include "diagnose/next_command.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/shell.hpp"
#include "base/text.hpp"
#include "kube/names.hpp"
#include "kube/resource.hpp"

namespace salve::diagnose {
namespace {

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// "pod", and "rollout.argoproj.io" for a kind that salve does not know. Nothing for what is no kind.
std::optional<std::string> kubectl_type(const kube::ObjectRef& object) {
    const auto letter = [](char c) { return is_lower(c) || is_upper(c) || is_digit(c); };
    if (object.kind.empty() || !std::all_of(object.kind.begin(), object.kind.end(), letter)) return std::nullopt;
    const auto slash = object.api_version.find('/');
    if (slash == std::string::npos) return base::lower_ascii(object.kind);
    const std::string group = object.api_version.substr(0, slash);
    if (!kube::is_object_name(group)) return std::nullopt;
    const auto* known = kube::info_of_kind(object.kind);
    const bool ours = known && known->group == group;
    return ours ? base::lower_ascii(object.kind) : base::lower_ascii(object.kind) + "." + group;
}

// "kubectl --context C -n NS"; nothing when one of them cannot be written down.
std::optional<std::string> kubectl(const kube::ClusterInfo& cluster, const std::string& ns) {
    if (base::visible(cluster.context) != cluster.context) return std::nullopt;
    if (!ns.empty() && !kube::is_object_name(ns)) return std::nullopt;
    std::string command = "kubectl";
    if (!cluster.context.empty()) command += " --context " + base::shell_quoted(cluster.context);
    if (!ns.empty()) command += " -n " + ns;
    return command;
}

// Modes whose reason the program itself may have written to its log before it ended.
bool log_may_tell(Category category) {
    switch (category) {
        case Category::crash_app:
        case Category::crash_oom:
        case Category::crash_config:
        case Category::dependency:
        case Category::dns:
        case Category::init:
        case Category::job_failed:
            return true;
        default:
            return false;
    }
}

struct LogSource {
    const Evidence* container;
    bool previous;
};

// The container whose end (or whose log) is evidence: before its last restart where the evidence says so.
std::optional<LogSource> ended_container(const Finding& finding) {
    const Evidence* ended = nullptr;
    bool previous = false;
    for (const auto& item : finding.evidence) {
        if (item.object.kind != "Pod" || item.container.empty()) continue;
        const bool last = item.path == "log.previous" || contains(item.path, ".lastState.terminated");
        if (!last && item.source != Source::log && !contains(item.path, ".state.terminated")) continue;
        if (!ended) ended = &item;
        previous |= last && item.object.same_name(ended->object) && item.container == ended->container;
    }
    if (!ended) return std::nullopt;
    return LogSource{ended, previous};
}

}  // namespace

std::optional<std::string> next_command(const kube::ClusterInfo& cluster, const Finding& finding) {
    if (finding.evidence.empty()) return std::nullopt;
    if (log_may_tell(finding.category_or_mode())) {
        if (const auto log = ended_container(finding)) {
            const auto& pod = log->container->object;
            const auto head = kubectl(cluster, pod.ns);
            if (!head || !kube::is_object_name(pod.name) || !kube::is_object_name(log->container->container))
                return std::nullopt;
            return *head + " logs " + pod.name + " -c " + log->container->container + " --tail=100" +
                   (log->previous ? " --previous" : "");
        }
    }
    const auto& object = finding.evidence.front().object;
    const auto head = kubectl(cluster, object.ns);
    const auto type = kubectl_type(object);
    if (!head || !type || !kube::is_object_name(object.name)) return std::nullopt;
    return *head + " describe " + *type + " " + object.name;
}

}  // namespace salve::diagnose
