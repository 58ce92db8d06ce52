#include "diagnose/build.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

#include "diagnose/rule.hpp"

namespace salve::diagnose {
namespace {

Finding base_finding(const Mode& mode) {
    Finding finding;
    finding.mode = &mode;
    finding.severity = mode.severity;
    finding.advice.emplace_back(mode.advice);
    for (const auto action : mode.actions)
        if (!action.empty()) finding.actions.emplace_back(action);
    return finding;
}

}  // namespace

const Mode& mode_in(std::span<const Mode> modes, std::string_view id) {
    for (const auto& mode : modes)
        if (mode.id == id) return mode;
    // Only a slip in a rule file gets here, and every rule's modes are walked by the unit tests.
    std::abort();
}

Finding pod_finding(const kube::World& world, const Mode& mode, const Pod& pod, std::string container) {
    auto finding = base_finding(mode);
    const auto& owner = world.owner(pod);
    finding.root = {owner.ref, container};
    finding.affected.push_back({pod.meta.ref(), std::move(container)});
    finding.first_seen = pod.meta.created;
    return finding;
}

Finding pod_finding_on(const kube::World& world, const Mode& mode, const ObjectRef& root, const Pod& pod,
                       std::string container) {
    auto finding = base_finding(mode);
    const auto& owner = world.owner(pod);
    finding.root = {root, ""};
    if (!owner.is_pod) finding.affected.push_back({owner.ref, container});
    finding.affected.push_back({pod.meta.ref(), std::move(container)});
    finding.first_seen = pod.meta.created;
    return finding;
}

Finding object_finding(const Mode& mode, const ObjectRef& root) {
    auto finding = base_finding(mode);
    finding.root = {root, ""};
    return finding;
}

Evidence from_status(const Pod& pod, const ContainerStatus& status, std::string_view path, std::string text,
                     std::optional<Time> at) {
    return {pod.meta.ref(),  status.name, Source::status, fmt::format("{}.{}", status.path(), path),
            std::move(text), at};
}

Evidence from_field(const ObjectRef& object, Source source, std::string path, std::string text,
                    std::optional<Time> at) {
    return {object, "", source, std::move(path), std::move(text), at};
}

Evidence from_condition(const ObjectRef& object, const kube::Condition& condition) {
    auto text = fmt::format("{}={}", condition.type, condition.status);
    if (!condition.reason.empty()) text += " " + condition.reason;
    if (!condition.message.empty()) text += ": " + condition.message;
    return {object,
            "",
            Source::condition,
            fmt::format("status.conditions[{}].message", condition.type),
            std::move(text),
            condition.last_transition};
}

Evidence from_event(const kube::Event& event) {
    return {event.about,
            event.container(),
            Source::event,
            fmt::format("events[{}].message", event.reason),
            fmt::format("{}: {}", event.reason, event.message),
            event.last};
}

Evidence from_log(const Pod& pod, std::string container, bool previous, const kube::LogLine& line) {
    return {pod.meta.ref(), std::move(container), Source::log, previous ? "log.previous" : "log", line.text, line.at};
}

std::string container_words(std::string_view container) { return fmt::format("container \"{}\"", container); }

std::string_view signal_of_exit(int exit_code) {
    if (exit_code <= 128 || exit_code > 255) return "";
    switch (exit_code - 128) {
        case 1:
            return "SIGHUP";
        case 2:
            return "SIGINT";
        case 3:
            return "SIGQUIT";
        case 4:
            return "SIGILL";
        case 5:
            return "SIGTRAP";
        case 6:
            return "SIGABRT";
        case 7:
            return "SIGBUS";
        case 8:
            return "SIGFPE";
        case 9:
            return "SIGKILL";
        case 10:
            return "SIGUSR1";
        case 11:
            return "SIGSEGV";
        case 12:
            return "SIGUSR2";
        case 13:
            return "SIGPIPE";
        case 14:
            return "SIGALRM";
        case 15:
            return "SIGTERM";
        case 24:
            return "SIGXCPU";
        case 25:
            return "SIGXFSZ";
        case 31:
            return "SIGSYS";
        default:
            return "";
    }
}

}  // namespace salve::diagnose
