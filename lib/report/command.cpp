#include "report/command.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace salve::report {
namespace {

using diagnose::Category;
using diagnose::Evidence;
using diagnose::Finding;
using diagnose::Source;

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
    if (!is_kube_name(group)) return std::nullopt;
    for (const auto& known : kube::resources())
        if (known.kind == object.kind && known.group == group) return base::lower_ascii(object.kind);
    return base::lower_ascii(object.kind) + "." + group;
}

// "kubectl --context C -n NS"; nothing when one of them cannot be written down.
std::optional<std::string> kubectl(const kube::ClusterInfo& cluster, const std::string& ns) {
    if (base::visible(cluster.context) != cluster.context) return std::nullopt;
    if (!ns.empty() && !is_kube_name(ns)) return std::nullopt;
    std::string command = "kubectl";
    if (!cluster.context.empty()) command += " --context " + shell_quoted(cluster.context);
    if (!ns.empty()) command += " -n " + ns;
    return command;
}

// In $'...': every byte of what cannot be seen as \xNN.
std::string escaped_word(std::string_view word) {
    std::string escaped = "$'";
    for (std::size_t at = 0; at < word.size();) {
        const auto point = word.substr(at, base::code_point_at(word, at).bytes);
        at += point.size();
        if (point == "'" || point == "\\")
            escaped.append("\\").append(point);
        else if (base::visible(point) == point)
            escaped += point;
        else
            for (const char c : point) escaped += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
    return escaped + "'";
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

bool is_kube_name(std::string_view name) {
    if (name.empty() || name.size() > 253) return false;
    const auto alphanumeric = [](char c) { return is_lower(c) || is_digit(c); };
    return alphanumeric(name.front()) && alphanumeric(name.back()) &&
           std::all_of(name.begin(), name.end(), [&](char c) { return alphanumeric(c) || c == '-' || c == '.'; });
}

std::string shell_quoted(std::string_view word) {
    const auto harmless = [](char c) {
        return is_lower(c) || is_upper(c) || is_digit(c) ||
               std::string_view("_@%+=:,./-").find(c) != std::string_view::npos;
    };
    if (!word.empty() && std::all_of(word.begin(), word.end(), harmless)) return std::string(word);
    std::string quoted = "'";
    for (const char c : word) {
        if (c == '\'')
            quoted += "'\\''";
        else
            quoted += c;
    }
    return quoted + "'";
}

std::string shell_line(std::span<const std::string> argv) {
    std::vector<std::string> words;
    for (const auto& word : argv)
        words.push_back(base::visible(word) == word ? shell_quoted(word) : escaped_word(word));
    return base::join(words, " ");
}

std::optional<std::string> next_command(const kube::ClusterInfo& cluster, const Finding& finding) {
    if (finding.evidence.empty()) return std::nullopt;
    if (log_may_tell(finding.category_or_mode())) {
        if (const auto log = ended_container(finding)) {
            const auto& pod = log->container->object;
            const auto head = kubectl(cluster, pod.ns);
            if (!head || !is_kube_name(pod.name) || !is_kube_name(log->container->container)) return std::nullopt;
            return *head + " logs " + pod.name + " -c " + log->container->container + " --tail=100" +
                   (log->previous ? " --previous" : "");
        }
    }
    const auto& object = finding.evidence.front().object;
    const auto head = kubectl(cluster, object.ns);
    const auto type = kubectl_type(object);
    if (!head || !type || !is_kube_name(object.name)) return std::nullopt;
    return *head + " describe " + *type + " " + object.name;
}

}  // namespace salve::report
