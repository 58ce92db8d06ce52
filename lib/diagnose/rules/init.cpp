// TAXONOMY 1.7: init containers that fail, and init containers that wait for something. Image, configuration and start
// errors of init containers belong to the rules that know those texts.
#include <fmt/format.h>

#include "diagnose/containers.hpp"
#include "diagnose/crash.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/thresholds.hpp"
#include "diagnose/wait_text.hpp"

namespace salve::diagnose::rules {
namespace {

constexpr Mode modes[] = {
    {.id = "pod.init.failed",
     .category = Category::init,
     .severity = Severity::high,
     .summary = "An init container ends with an error, so the containers after it never start.",
     .needs = "The first init container in spec order that has not completed ended with an exit code other than 0 and "
              "is in back-off, has just ended, or is in a try that has not yet outlived the failed one.",
     .not_when = "An earlier init container is the one that fails; the image, the configuration or the start of the "
                 "container fails (pod.image.*, pod.config.*, pod.run.*); it is a sidecar (pod.sidecar.failed).",
     .advice =
         "Read the log of that init container (kubectl logs POD -c CONTAINER --previous); the containers after it "
         "are blocked, not broken."},
    {.id = "pod.init.waiting",
     .category = Category::init,
     .severity = Severity::medium,
     .summary = "An init container has waited for something else for minutes, so the pod does not start.",
     .needs = "An init container runs for more than five minutes, and its log ends in a loop of lines about something "
              "that does not answer (or, without a log, its command is such a loop).",
     .not_when = "It does long work, such as a migration or a download: its log moves on.",
     .advice = "Repair what it waits for; the init container goes on by itself."},
};

enum class Standing { done, failing, running, elsewhere };

// Where an init container stands; anything that another family judges, or nobody yet, is elsewhere.
Standing standing(const World& world, const Pod& pod, const ContainerStatus& status) {
    const auto& state = status.state;
    if (state.terminated && state.terminated->exit_code == 0) return Standing::done;
    if (is_sidecar(pod, status.name)) return status.started == true ? Standing::done : Standing::elsewhere;
    if (state.waiting && !state.waiting->reason.empty() && state.waiting->reason != "CrashLoopBackOff")
        return Standing::elsewhere;
    const auto run = last_run(status);
    const bool failed = run.terminated && run.terminated->exit_code != 0;
    if (failed && still_failing(world, status)) return Standing::failing;
    return state.running ? Standing::running : Standing::elsewhere;
}

// The first init container, in spec order, that is not done; null when there is none or its status is not yet there.
const ContainerStatus* first_open(const World& world, const Pod& pod) {
    for (const auto& spec : pod.spec.init_containers) {
        const auto* status = kube::container_status(pod, spec.name);
        if (!status) return nullptr;
        if (standing(world, pod, *status) != Standing::done) return status;
    }
    return nullptr;
}

// "warm, map": what cannot start before it.
std::string blocked_by(const Pod& pod, std::string_view name) {
    std::string out;
    bool after = false;
    const auto add = [&](const std::string& blocked) { out += (out.empty() ? "" : ", ") + blocked; };
    for (const auto& spec : pod.spec.init_containers) {
        if (after) add(spec.name);
        after = after || spec.name == name;
    }
    for (const auto& spec : pod.spec.containers) add(spec.name);
    return out;
}

void add_initialized(Finding& finding, const Pod& pod) {
    if (const auto* condition = kube::find_condition(pod.conditions, "Initialized");
        condition && condition->status != "True")
        finding.evidence.push_back(from_condition(pod.meta.ref(), *condition));
}

std::optional<Finding> failed(const World& world, const Pod& pod, const ContainerStatus& status) {
    auto verdict = classify_crash(world, pod, status);
    if (!verdict) return std::nullopt;
    const auto& mode = mode_in(modes, "pod.init.failed");
    auto finding = verdict->root ? pod_finding_on(world, mode, *verdict->root, pod, status.name)
                                 : pod_finding(world, mode, pod, status.name);
    finding.evidence = std::move(verdict->evidence);
    finding.evidence.push_back(from_termination(pod, status, last_run(status)));
    add_initialized(finding, pod);
    finding.missing_evidence = std::move(verdict->missing_evidence);
    finding.summary = fmt::format("{} {}; blocked behind it: {}.", container_of_owner(world, pod, status.name),
                                  verdict->what, blocked_by(pod, status.name));
    finding.advice = std::move(verdict->advice);
    finding.advice.push_back(fmt::format("Read its log: kubectl -n {} logs {} -c {}{}", pod.meta.ns, pod.meta.name,
                                         status.name, status.restarts > 0 ? " --previous" : ""));
    finding.last_seen = verdict->seen;
    return finding;
}

bool waits_long(const World& world, const ContainerStatus& status) {
    const auto& running = status.state.running;
    return running && running->started && world.now() - *running->started > init_waiting_grace;
}

// What is known of the Service that it waits for.
void add_service(Finding& finding, const WaitTarget& target) {
    if (target.service) {
        const auto ready = target.ready ? fmt::format("{} ready addresses", *target.ready) : "exists";
        finding.evidence.push_back(from_field(target.service->meta.ref(), Source::status, "endpoints",
                                              fmt::format("Service {}: {}", target.service->meta.name, ready)));
        if (target.ready == 0) finding.confidence = Confidence::probable;
    } else if (target.absent) {
        finding.evidence.push_back(
            from_field({"v1", "Service", target.ns, target.name, ""}, Source::status, "metadata",
                       fmt::format("Service {} does not exist in namespace {}", target.name, target.ns)));
        finding.confidence = Confidence::probable;
    }
}

std::string target_words(const WaitTarget& target) {
    if (target.host.empty()) return "";
    const auto where = target.port.empty() ? target.host : fmt::format("{}:{}", target.host, target.port);
    if (target.absent) return fmt::format(" for {} (no such Service in namespace {})", where, target.ns);
    if (!target.service) return fmt::format(" for {}", where);
    if (!target.ready) return fmt::format(" for {} (Service {})", where, target.service->meta.name);
    return fmt::format(" for {} (Service {} has {} ready addresses)", where, target.service->meta.name, *target.ready);
}

std::optional<Finding> waiting(const World& world, const Pod& pod, const ContainerStatus& status) {
    const auto wait = read_wait(world, pod, status.name);
    if (!wait) return std::nullopt;
    auto finding = pod_finding(world, mode_in(modes, "pod.init.waiting"), pod, status.name);
    finding.confidence = Confidence::possible;
    const auto since = *status.state.running->started;
    for (const auto* line : wait->lines) finding.evidence.push_back(from_log(pod, status.name, false, *line));
    finding.evidence.push_back(from_status(pod, status, "state.running.startedAt", base::to_rfc3339(since), since));
    if (!wait->command.empty())
        finding.evidence.push_back(
            from_field(pod.meta.ref(), Source::spec, spec_path(pod, status.name) + ".command", wait->command));
    add_service(finding, wait->target);
    add_initialized(finding, pod);
    if (wait->lines.empty()) finding.missing_evidence.push_back(fmt::format("log of init container {}", status.name));
    finding.summary = fmt::format(
        "{} has been waiting{} for {}{}; blocked behind it: {}.", container_of_owner(world, pod, status.name),
        target_words(wait->target), base::to_words(world.now() - since),
        wait->lines.empty() ? "" : fmt::format(" (\"{}\")", excerpt(wait->lines.front()->text, 160)),
        blocked_by(pod, status.name));
    finding.first_seen = since;
    return finding;
}

const ContainerStatus* subject(const World& world, const Pod& pod) {
    if (pod.spec.init_containers.empty() || superseded(world, pod)) return nullptr;
    return pod.phase == "Pending" || pod.phase == "Failed" ? first_open(world, pod) : nullptr;
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> out;
    for (const auto* pod : world.unsettled()) {
        const auto* status = subject(world, *pod);
        if (!status) continue;
        const auto stands = standing(world, *pod, *status);
        std::optional<Finding> finding;
        if (stands == Standing::failing) finding = failed(world, *pod, *status);
        if (stands == Standing::running && waits_long(world, *status)) finding = waiting(world, *pod, *status);
        if (finding) out.push_back(std::move(*finding));
    }
    return out;
}

std::vector<LogWanted> wants(const World& world) {
    std::vector<LogWanted> out;
    for (const auto* pod : world.unsettled()) {
        const auto* status = subject(world, *pod);
        if (!status) continue;
        const auto stands = standing(world, *pod, *status);
        if (stands == Standing::failing) want_crash_logs(out, *pod, *status, 20);
        if (stands == Standing::running && waits_long(world, *status) &&
            !world.log(pod->meta.ns, pod->meta.name, status->name, false))
            out.push_back({pod->meta.ns, pod->meta.name, status->name, false, 40});
    }
    return out;
}

}  // namespace

extern const Rule init;
const Rule init{.id = "init", .modes = modes, .match = match, .wants = wants};

}  // namespace salve::diagnose::rules
