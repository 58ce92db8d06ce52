#include "diagnose/job_failure.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <tuple>

#include "diagnose/build.hpp"
#include "diagnose/containers.hpp"
#include "diagnose/crash.hpp"

namespace salve::diagnose {
namespace {

const kube::Condition* true_condition(const Job& job, std::string_view type) {
    const auto* condition = kube::find_condition(job.conditions, type);
    return condition && condition->status == "True" ? condition : nullptr;
}

// batch/v1 writes the index of an Indexed Job's pod as a label and as an annotation.
std::optional<int> index_of(const Pod& pod) {
    const std::string key = "batch.kubernetes.io/job-completion-index";
    for (const auto* map : {&pod.meta.labels, &pod.meta.annotations}) {
        const auto at = map->find(key);
        int index = 0;
        if (at != map->end() &&
            std::from_chars(at->second.data(), at->second.data() + at->second.size(), index).ec == std::errc())
            return index;
    }
    return std::nullopt;
}

// An end with an error: of an init container before those of the main ones, in the order of the lists.
const ContainerStatus* failed_container(const Pod& pod) {
    for (const auto& status : pod.statuses)
        if (const auto& end = status.state.terminated; end && (end->exit_code != 0 || end->reason == "OOMKilled"))
            return &status;
    return nullptr;
}

// The newest failed pod of a Job, but of an Indexed one rather a pod whose index has failed for good. A pod that the
// condition names goes first (PodFailurePolicy).
const Pod* last_failed_pod(const World& world, const Job& job, std::string_view message) {
    const Pod* found = nullptr;
    const auto lost = failed_indexes(world, job);
    const auto rank = [&](const Pod& pod) {
        const auto index = index_of(pod);
        const bool named = message.find(pod.meta.ns + "/" + pod.meta.name + " ") != std::string_view::npos;
        const bool of_failed = index && lost.count(*index) > 0;
        return std::make_tuple(named, of_failed, pod.meta.created);
    };
    for (const auto* pod : pods_of_job(world, job)) {
        if (pod->phase != "Failed") continue;
        if (!found || rank(*pod) > rank(*found)) found = pod;
    }
    return found;
}

void say_container(const World& world, const Pod& pod, const ContainerStatus& status, JobFailure& failure) {
    const auto subject = fmt::format("{} of pod {}", container_words(status.name), pod.meta.name);
    if (auto verdict = classify_crash(world, pod, status)) {
        failure.why = fmt::format("{} {}", subject, verdict->what);
        failure.evidence.insert(failure.evidence.end(), verdict->evidence.begin(), verdict->evidence.end());
        failure.missing_evidence = std::move(verdict->missing_evidence);
        failure.advice = std::move(verdict->advice);
        return;
    }
    const auto run = last_run(status);
    auto evidence = from_termination(pod, status, run);
    failure.why = fmt::format("{} ended with {}", subject, excerpt(evidence.text));
    failure.evidence.push_back(std::move(evidence));
}

// Events of pods that are gone carry the name that the Job gave them: its own, perhaps an index, and five random
// characters (pkg/controller/controller_utils.go, GenerateName; pkg/controller/job/indexed_job_utils.go). The newest
// Warning of its time that says something tells why a pod did not get on.
const kube::Event* last_words(const World& world, const Job& job, const kube::Condition& failed) {
    static const re2::RE2 rest_of_name(R"((?:-\d+)?-[a-z0-9]{5})");
    const kube::Event* found = nullptr;
    for (const auto& event : world.facts().events) {
        const auto& about = event.about;
        if (about.kind != "Pod" || about.ns != job.meta.ns || event.type != "Warning") continue;
        if (about.name.rfind(job.meta.name, 0) != 0 || world.pod(about.uid)) continue;
        if (!re2::RE2::FullMatch(about.name.substr(job.meta.name.size()), rest_of_name)) continue;
        if (event.first < job.meta.created) continue;
        if (failed.last_transition && event.last > *failed.last_transition + base::seconds(30)) continue;
        // "Error: ErrImagePull" only repeats the reason of another event.
        const auto rank = [](const kube::Event& one) {
            return std::make_tuple(one.message.rfind("Error: ", 0) != 0, one.last, std::string_view(one.meta.name));
        };
        if (!found || rank(event) > rank(*found)) found = &event;
    }
    return found;
}

void say_gone(const World& world, const Job& job, JobFailure& failure) {
    if (const auto* event = last_words(world, job, *failure.condition)) {
        failure.why = fmt::format("its pod {}, which is gone, said last \"{}: {}\"", event->about.name, event->reason,
                                  excerpt(event->message));
        failure.evidence.push_back(from_event(*event));
    }
    failure.missing_evidence.push_back(
        world.seen(kube::Resource::pods, job.meta.ns)
            ? fmt::format("no failed pod of Job {} is left: its log would tell why", job.meta.name)
            : fmt::format("the pods of namespace {} could not be read: the failed one would tell why", job.meta.ns));
}

}  // namespace

const kube::Condition* failed_condition(const Job& job) {
    if (const auto* failed = true_condition(job, "Failed")) return failed;
    return true_condition(job, "FailureTarget");
}

bool has_completed(const Job& job) { return true_condition(job, "Complete") != nullptr; }

std::optional<Time> finished_at(const Job& job) {
    if (const auto* complete = true_condition(job, "Complete"))
        return job.completed ? job.completed : complete->last_transition;
    const auto* failed = failed_condition(job);
    if (!failed) return std::nullopt;
    return failed->last_transition ? failed->last_transition : std::optional(job.meta.created);
}

std::vector<const Pod*> pods_of_job(const World& world, const Job& job) {
    auto pods = world.pods_of(world.owner(job).ref);
    std::erase_if(pods, [&](const Pod* pod) {
        const auto* controller = pod->meta.controller();
        return !controller || controller->uid != job.meta.uid;
    });
    return pods;
}

std::set<int> failed_indexes(const World& world, const Job& job) {
    std::set<int> failed, succeeded;
    for (const auto* pod : pods_of_job(world, job))
        if (const auto index = index_of(*pod)) {
            if (pod->phase == "Failed") failed.insert(*index);
            if (pod->phase == "Succeeded") succeeded.insert(*index);
        }
    for (const int index : succeeded) failed.erase(index);
    return failed;
}

bool is_history(const World& world, const Job& job) {
    const auto* controller = job.meta.controller();
    const auto failed = finished_at(job);
    if (!controller || !failed) return false;
    if (const auto& owner = world.owner(job); owner.cron_job && owner.cron_job->last_success > failed) return true;
    const auto& jobs = world.facts().jobs;
    return std::any_of(jobs.begin(), jobs.end(), [&](const Job& other) {
        const auto* its = other.meta.controller();
        return its && its->uid == controller->uid && has_completed(other) && other.meta.created > job.meta.created;
    });
}

JobFailure failure_of(const World& world, const Job& job) {
    JobFailure failure;
    failure.condition = failed_condition(job);
    failure.evidence.push_back(from_condition(job.meta.ref(), *failure.condition));
    failure.pod = last_failed_pod(world, job, failure.condition->message);
    if (!failure.pod) {
        say_gone(world, job, failure);
        return failure;
    }
    const auto& pod = *failure.pod;
    if (!pod.reason.empty()) {  // Evicted, OutOfcpu: the pod failed as a whole
        failure.why = fmt::format("pod {} failed with {}", pod.meta.name, pod.reason);
        if (!pod.message.empty()) failure.why += ": " + excerpt(pod.message);
        failure.evidence.push_back(
            from_field(pod.meta.ref(), Source::status, "status.message",
                       pod.message.empty() ? pod.reason.str() : pod.reason + ": " + pod.message));
    } else if (const auto* status = failed_container(pod)) {
        say_container(world, pod, *status, failure);
    }
    return failure;
}

void want_failure_logs(std::vector<LogWanted>& out, const World& world, const Job& job) {
    const auto* condition = failed_condition(job);
    const auto* pod = condition ? last_failed_pod(world, job, condition->message) : nullptr;
    if (!pod || !pod->reason.empty()) return;
    if (const auto* status = failed_container(*pod)) want_crash_logs(out, *pod, *status, 0);
}

}  // namespace salve::diagnose
