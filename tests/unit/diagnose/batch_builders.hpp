// Jobs, CronJobs, autoscalers and budgets of a namespace "shop", for the tests of their rules.
#pragma once
#include <algorithm>
#include <string>
#include <vector>

#include "diagnose/rule.hpp"

namespace salve::batch_test {

using namespace salve::kube;
using diagnose::Finding;
using diagnose::Severity;

inline const base::Time now = *base::parse_time("2026-11-21T08:00:30Z");

inline base::Time ago(std::int64_t minutes) { return now - base::minutes(minutes); }

struct Cluster {
    Snapshot facts;

    Cluster() {
        facts.taken_at = now;
        for (const auto& info : resources()) facts.reads.push_back({info.resource, "", ReadState::ok, 0, "", ""});
        // References into these lists are handed out.
        facts.jobs.reserve(16);
        facts.cron_jobs.reserve(16);
        facts.pods.reserve(16);
        facts.deployments.reserve(16);
        facts.autoscalers.reserve(16);
        facts.budgets.reserve(16);
    }

    static Meta meta(std::string version, std::string kind, std::string name, std::int64_t age = 60) {
        Meta out;
        out.api_version = std::move(version);
        out.kind = std::move(kind);
        out.ns = out.kind == "Node" ? "" : "shop";
        out.name = std::move(name);
        out.uid = "uid-" + out.kind + "-" + out.name;
        out.created = ago(age);
        return out;
    }

    static void own(Meta& below, const Meta& above) {
        below.owners.push_back({above.api_version, above.kind, above.name, above.uid, true});
    }

    CronJob& cron_job(std::string name, std::string schedule) {
        CronJob made;
        made.meta = meta("batch/v1", "CronJob", std::move(name), 1440);
        made.schedule = std::move(schedule);
        made.concurrency_policy = "Allow";
        facts.cron_jobs.push_back(made);
        return facts.cron_jobs.back();
    }

    Job& job(std::string name, std::int64_t age = 60, const CronJob* owner = nullptr) {
        Job made;
        made.meta = meta("batch/v1", "Job", std::move(name), age);
        made.started = made.meta.created;
        if (owner) own(made.meta, owner->meta);
        facts.jobs.push_back(made);
        return facts.jobs.back();
    }

    static Condition condition(std::string type, std::string status, std::string reason, std::string message,
                               std::int64_t age) {
        return {std::move(type), std::move(status), std::move(reason), std::move(message), ago(age), {}};
    }

    static Job& fail(Job& job, std::string reason, std::string message, std::int64_t age) {
        job.failed = 1;
        job.conditions.push_back(condition("FailureTarget", "True", reason, message, age));
        job.conditions.push_back(condition("Failed", "True", reason, message, age));
        return job;
    }

    static Job& complete(Job& job, std::int64_t age) {
        job.succeeded = 1;
        job.completed = ago(age);
        job.conditions.push_back(condition("Complete", "True", "CompletionsReached", "", age));
        return job;
    }

    // A pod with one container "main".
    Pod& pod(std::string name, const Meta* owner, std::string phase, std::int64_t age = 60) {
        Pod made;
        made.meta = meta("v1", "Pod", std::move(name), age);
        made.meta.labels["app"] = "web";
        if (owner) own(made.meta, *owner);
        made.phase = std::move(phase);
        made.spec.restart_policy = "Never";
        made.spec.node_name = "node-1";
        made.spec.containers.emplace_back().name = "main";
        ContainerStatus status;
        status.name = "main";
        made.statuses.push_back(status);
        facts.pods.push_back(made);
        return facts.pods.back();
    }

    Pod& failed_pod(std::string name, const Job& job, int code, std::int64_t age = 60) {
        auto& made = pod(std::move(name), &job.meta, "Failed", age);
        Terminated end;
        end.reason = "Error";
        end.exit_code = code;
        end.started = ago(age);
        end.finished = ago(age) + base::seconds(2);
        made.statuses[0].state.terminated = end;
        return made;
    }

    Pod& running_pod(std::string name, const Meta& owner, bool ready = true) {
        auto& made = pod(std::move(name), &owner, "Running");
        made.statuses[0].state.running = Running{made.meta.created};
        made.statuses[0].ready = ready;
        made.conditions.push_back(condition("Ready", ready ? "True" : "False", "", "", 30));
        return made;
    }

    void log(const Pod& pod, std::vector<std::string> lines) {
        Log out{"shop", pod.meta.name, "main", false, {}};
        for (auto& line : lines) out.lines.push_back({std::nullopt, std::move(line)});
        facts.logs.push_back(std::move(out));
    }

    Event& event(const Meta& about, std::string reason, std::string message, std::int64_t age) {
        Event out;
        out.meta = meta("v1", "Event", "e" + std::to_string(facts.events.size()));
        out.about = about.ref();
        out.type = "Warning";
        out.reason = std::move(reason);
        out.message = std::move(message);
        out.first = out.last = ago(age);
        facts.events.push_back(std::move(out));
        return facts.events.back();
    }

    Workload& deployment(std::string name, int desired, int ready) {
        Workload made;
        made.meta = meta("apps/v1", "Deployment", std::move(name));
        made.desired = desired;
        made.ready = ready;
        facts.deployments.push_back(made);
        return facts.deployments.back();
    }

    HorizontalPodAutoscaler& hpa(std::string name, std::string target) {
        HorizontalPodAutoscaler made;
        made.meta = meta("autoscaling/v2", "HorizontalPodAutoscaler", std::move(name));
        made.target_api_version = "apps/v1";
        made.target_kind = "Deployment";
        made.target_name = std::move(target);
        made.max_replicas = 4;
        made.current_replicas = 1;
        facts.autoscalers.push_back(made);
        return facts.autoscalers.back();
    }

    PodDisruptionBudget& budget(std::string name, int expected, int healthy, int desired) {
        PodDisruptionBudget made;
        made.meta = meta("policy/v1", "PodDisruptionBudget", std::move(name));
        made.selector.emplace().match_labels["app"] = "web";
        made.min_available = std::to_string(desired);
        made.expected_pods = expected;
        made.current_healthy = healthy;
        made.desired_healthy = desired;
        made.disruptions_allowed = std::max(0, healthy - desired);
        const bool allowed = made.disruptions_allowed > 0;
        made.conditions.push_back(condition("DisruptionAllowed", allowed ? "True" : "False",
                                            allowed ? "SufficientPods" : "InsufficientPods", "", 30));
        facts.budgets.push_back(made);
        return facts.budgets.back();
    }

    void forbid(Resource what) {
        for (auto& read : facts.reads)
            if (read.what == what) read.state = ReadState::forbidden;
    }

    std::vector<Finding> run(const diagnose::Rule& rule) const { return rule.match(World(facts)); }
    std::vector<diagnose::LogWanted> wants(const diagnose::Rule& rule) const { return rule.wants(World(facts)); }
};

// The one finding's mode, "none", or "several".
inline std::string mode_of(const std::vector<Finding>& findings) {
    return findings.empty() ? "none" : findings.size() > 1 ? "several" : std::string(findings[0].mode->id);
}

// The summary and the evidence of a finding, as one text.
inline std::string said(const Finding& finding) {
    auto out = finding.summary;
    for (const auto& evidence : finding.evidence) out += "\n" + evidence.path + " = " + evidence.text;
    return out;
}

inline bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

inline bool affects(const Finding& finding, std::string_view kind, std::string_view name) {
    return std::any_of(finding.affected.begin(), finding.affected.end(),
                       [&](const auto& subject) { return subject.object.kind == kind && subject.object.name == name; });
}

}  // namespace salve::batch_test
