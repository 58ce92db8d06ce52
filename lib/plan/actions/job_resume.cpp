// Lets a suspended Job run (TAXONOMY 2.4). Only on request: a suspended Job is somebody's decision.
#include <fmt/format.h>

#include "plan/draft.hpp"
#include "plan/suspend.hpp"

namespace salve::plan::actions {
namespace {

constexpr std::string_view kinds[] = {"Job"};

// The root, or the only Job that the finding shows in (the root is then its CronJob).
std::optional<diagnose::Subject> job_of(const Finding& finding) {
    if (finding.root.object.kind == "Job") return finding.root;
    std::optional<diagnose::Subject> job;
    for (const auto& subject : finding.affected) {
        if (subject.object.kind != "Job") continue;
        if (job) return std::nullopt;
        job = subject;
    }
    return job;
}

std::vector<kube::ObjectRef> reads(const Situation& situation) {
    const auto job = job_of(situation.finding);
    return job ? std::vector{job->object} : std::vector<kube::ObjectRef>{};
}

// Who suspends Jobs by itself, and resumes them when their turn comes.
std::optional<std::string> held_by(const json& live) {
    const auto queue = text_at(live, pointer("/metadata/labels", "kueue.x-k8s.io/queue-name"));
    if (!queue.empty()) return fmt::format("queue {} holds it until there is room", queue);
    const auto manager = text_at(live, "/spec/managedBy");
    if (!manager.empty() && manager != "kubernetes.io/job-controller")
        return fmt::format("{} runs it, not Kubernetes' own controller", manager);
    return std::nullopt;
}

bool is_finished(const json& live) {
    const auto* conditions = value_at(live, "/status/conditions");
    if (!conditions || !conditions->is_array()) return false;
    for (const auto& one : *conditions) {
        const auto type = text_at(one, "/type");
        if ((type == "Complete" || type == "Failed") && text_at(one, "/status") == "True") return true;
    }
    return false;
}

Proposal propose(const Situation& situation) {
    const auto job = job_of(situation.finding);
    if (!job) return Declined{"which Job is meant is not clear"};
    const auto* live = situation.objects.find(job->object);
    if (!live) return Declined{"the Job could not be read"};
    if (is_finished(*live)) return Declined{"it has finished: a finished Job never runs again"};
    if (!is_suspended(*live)) return Declined{"it is not suspended"};
    if (auto reason = held_by(*live)) return Declined{*reason};
    auto draft = suspend_draft(situation, *live, *job, false);
    draft.description = fmt::format("Resume Job {}.", job->object.name);
    draft.risk = Risk::low;
    const auto pods = number_at(*live, "/spec/parallelism").value_or(1);
    draft.risk_reasons = {fmt::format("it starts up to {} {} at once", pods, pods == 1 ? "pod" : "pods")};
    draft.inverse.description = "suspends it again, which ends the pods that it started";
    return draft;
}

}  // namespace

extern const Action job_resume;
constinit const Action job_resume = {
    .id = "job.resume",
    .summary = "Lets a suspended Job run.",
    .risk = Risk::low,
    .reverses = "suspends it again, which ends its pods",
    .kinds = kinds,
    .on_request = true,
    .reads = reads,
    .propose = propose,
};

}  // namespace salve::plan::actions
