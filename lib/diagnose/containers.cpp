#include "diagnose/containers.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose {

using kube::Event;
using kube::World;

bool is_sidecar(const Pod& pod, std::string_view container) {
    const auto& list = pod.spec.init_containers;
    return std::any_of(list.begin(), list.end(),
                       [&](const auto& spec) { return spec.name == container && spec.restart_policy == "Always"; });
}

std::string spec_path(const Pod& pod, std::string_view container) {
    const auto in = [&](const std::vector<kube::Container>& list, std::string_view field) -> std::string {
        for (std::size_t i = 0; i < list.size(); ++i)
            if (list[i].name == container) return fmt::format("spec.{}[{}]", field, i);
        return "";
    };
    if (auto path = in(pod.spec.containers, "containers"); !path.empty()) return path;
    if (auto path = in(pod.spec.init_containers, "initContainers"); !path.empty()) return path;
    return "spec";
}

std::string container_of_owner(const World& world, const Pod& pod, std::string_view container) {
    const auto& inits = pod.spec.init_containers;
    const bool init = std::any_of(inits.begin(), inits.end(), [&](const auto& spec) { return spec.name == container; });
    const auto* kind = !init ? "Container" : is_sidecar(pod, container) ? "Sidecar container" : "Init container";
    const auto& owner = world.owner(pod).ref;
    return fmt::format("{} \"{}\" of {} {}", kind, container, owner.kind.empty() ? "Pod" : owner.kind, owner.name);
}

const Event* latest_event(const World& world, const Pod& pod, std::string_view container, std::string_view reason,
                          const re2::RE2* message) {
    const auto events = world.events(pod);
    for (auto at = events.rbegin(); at != events.rend(); ++at) {
        const auto& event = **at;
        if (event.reason != reason || event.container() != container) continue;
        if (!message || re2::RE2::PartialMatch(event.message, *message)) return &event;
    }
    return nullptr;
}

LastRun last_run(const ContainerStatus& status) {
    if (status.state.terminated) return {&*status.state.terminated, "state.terminated"};
    if (status.last.terminated) return {&*status.last.terminated, "lastState.terminated"};
    return {};
}

bool still_failing(const World& world, const ContainerStatus& status) {
    const auto run = last_run(status);
    if (!run.terminated) return false;
    const auto& state = status.state;
    if (state.terminated) return true;
    if (state.waiting && state.waiting->reason == "CrashLoopBackOff") return true;
    const auto& end = *run.terminated;
    if (end.finished && world.now() - *end.finished > crash_window) return false;
    if (!state.running || !state.running->started) return true;
    const auto life = end.started && end.finished ? *end.finished - *end.started : base::Duration{};
    return world.now() - *state.running->started <= base::Duration{life.us + base::minutes(1).us};
}

Evidence from_termination(const Pod& pod, const ContainerStatus& status, const LastRun& run) {
    const auto& end = *run.terminated;
    auto text = fmt::format("{}: exit code {}", end.reason.empty() ? "terminated" : end.reason, end.exit_code);
    if (!end.message.empty()) text += ": " + end.message;
    return from_status(pod, status, run.path, std::move(text), end.finished);
}

namespace {

bool replaced_by_sibling(const World& world, const Pod& pod, const kube::Owner& owner) {
    const auto siblings = world.pods_of(owner.ref);
    return std::any_of(siblings.begin(), siblings.end(), [&](const Pod* sibling) {
        if (sibling->meta.created <= pod.meta.created) return false;
        return sibling->phase == "Succeeded" || (sibling->phase == "Running" && !owner.cron_job);
    });
}

}  // namespace

bool superseded(const World& world, const Pod& pod) {
    if (pod.phase != "Failed") return false;
    const auto& owner = world.owner(pod);
    if (owner.is_pod) return false;
    if (owner.workload) return owner.workload->ready >= owner.workload->desired;
    if (owner.cron_job && owner.cron_job->last_success && *owner.cron_job->last_success > pod.meta.created) return true;
    if (owner.job)
        if (const auto* failed = kube::find_condition(owner.job->conditions, "Failed");
            failed && failed->status == "True")
            return false;
    return replaced_by_sibling(world, pod, owner);
}

std::string excerpt(std::string_view text, std::size_t max_bytes) {
    std::string line(base::trim(text));
    for (auto& c : line)
        if (c == '\n' || c == '\r' || c == '\t') c = ' ';
    return base::cut(line, max_bytes);
}

}  // namespace salve::diagnose
