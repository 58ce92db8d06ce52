// A small cluster for the tests of plans: the namespace "shop" of diagnose_builders.hpp, everything read, with findings
// of real modes and the objects as they are now.
#pragma once
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/text.hpp"
#include "diagnose_builders.hpp"
#include "plan/plan.hpp"
#include "plan/step_agrees.hpp"

namespace salve::test {

using nlohmann::json;
using Values = std::map<std::string, std::string>;

// The row of a rule's table; the tests speak of no mode that there is not.
inline const Mode& mode(std::string_view id) {
    for (const auto* rule : diagnose::all_rules())
        for (const auto& one : rule->modes)
            if (one.id == id) return one;
    FAIL("no mode " << id);
    return broken_mode;
}

// A pod template with one container "web", with what is given beside its name and image.
inline json template_json(const json& container = json::object()) {
    json web = {{"name", "web"}, {"image", "registry.example/web:1"}};
    web.update(container);
    return {{"metadata", {{"labels", {{"app", "web"}}}}}, {"spec", {{"containers", {web}}}}};
}

// An object as the server has it, with the uid that the facts have.
inline json live_json(const std::string& api_version, const std::string& kind, const std::string& name, json spec) {
    return {{"apiVersion", api_version},
            {"kind", kind},
            {"metadata", {{"name", name}, {"namespace", "shop"}, {"uid", "uid-" + name}, {"generation", 3}}},
            {"spec", std::move(spec)}};
}

inline json live_deployment(const std::string& name, json spec = json::object()) {
    json whole = {{"replicas", 1}, {"template", template_json()}};
    whole.update(spec);
    return live_json("apps/v1", "Deployment", name, std::move(whole));
}

inline json live_pod(const std::string& name, const std::string& phase, const std::string& ready = "False") {
    auto pod = live_json("v1", "Pod", name, json::object());
    pod["metadata"].erase("generation");
    pod["status"] = {
        {"phase", phase},
        {"conditions", {{{"type", "Initialized"}, {"status", "True"}}, {{"type", "Ready"}, {"status", ready}}}}};
    return pod;
}

class Shop : public starting_test::Cluster {
public:
    std::vector<Finding> findings;
    std::map<kube::ObjectRef, json> lives;
    plan::PlanOptions options;

    Shop() {
        for (const auto& known : kube::resources()) facts.reads.push_back(read_of(known.resource));
        facts.stateful_sets.reserve(16);
        facts.daemon_sets.reserve(16);
        facts.autoscalers.reserve(16);
        facts.jobs.reserve(16);
        facts.cron_jobs.reserve(16);
        findings.reserve(16);
        options.now = now;
        options.run = "r1";
        options.min_severity = Severity::low;
        options.narrow = true;
    }

    // A Deployment of `desired` pods, all there and ready, and the object as it is now.
    Workload& running(const std::string& name, int desired = 3, json spec = json::object()) {
        auto& one = deployment(name, "registry.example/web:1", desired);
        one.desired = one.replicas = one.updated = one.available = desired;
        one.meta.generation = 3;
        one.observed_generation = 3;
        one.pod_template.labels = {{"app", name}};
        spec.emplace("replicas", desired);
        lives[one.meta.ref()] = live_deployment(name, std::move(spec));
        return one;
    }

    json& live(const kube::Meta& meta, json object) { return lives[meta.ref()] = std::move(object); }
    json& live(const kube::Meta& meta) { return lives.at(meta.ref()); }

    // A pod of the Deployment, running and ready, and as it is now.
    Pod& ready_pod(const std::string& deployment, const std::string& name) {
        auto& pod = pod_of(deployment, name, "registry.example/web:1", "");
        runs_now(pod);
        make_ready(pod);
        pod.meta.labels = {{"app", deployment}};
        live(pod.meta, live_pod(name, "Running", "True"));
        return pod;
    }
    Pod& unready_pod(const std::string& deployment, const std::string& name) {
        auto& pod = ready_pod(deployment, name);
        pod.conditions = {condition("Ready", "False")};
        live(pod.meta, live_pod(name, "Running"));
        return pod;
    }

    Finding& found(std::string_view mode_id, const kube::ObjectRef& root, const std::string& container = "") {
        Finding one;
        one.mode = &mode(mode_id);
        one.severity = one.mode->severity;
        one.root = {root, container};
        one.summary = root.name + " is at fault";
        one.evidence = {evidence_of("a fact")};
        one.id = fmt::format("{:012x}", findings.size() + 1);
        for (const auto action : one.mode->actions)
            if (!action.empty()) one.actions.emplace_back(action);
        findings.push_back(std::move(one));
        return findings.back();
    }

    kube::Node& ready_node(const std::string& name, const std::string& cpu, const std::string& memory) {
        auto& one = node(name);
        one.allocatable = {{"cpu", cpu}, {"memory", memory}, {"pods", "110"}};
        one.conditions = {condition("Ready", "True")};
        return one;
    }

    void quota(const std::string& resource, const std::string& used, const std::string& hard) {
        kube::ResourceQuota one;
        one.meta = meta("v1", "ResourceQuota", "shop", "quota-" + std::to_string(facts.quotas.size()));
        one.used = {{resource, used}};
        one.hard = {{resource, hard}};
        facts.quotas.push_back(one);
    }

    kube::PodDisruptionBudget& budget(const std::string& app, int allowed) {
        kube::PodDisruptionBudget one;
        one.meta = meta("policy/v1", "PodDisruptionBudget", "shop", "budget-" + std::to_string(facts.budgets.size()));
        one.selector = kube::LabelSelector{{{"app", app}}, {}};
        one.disruptions_allowed = allowed;
        facts.budgets.push_back(one);
        return facts.budgets.back();
    }

    kube::HorizontalPodAutoscaler& scaler(const std::string& name, const std::string& target, int max) {
        kube::HorizontalPodAutoscaler one;
        one.meta = meta("autoscaling/v2", "HorizontalPodAutoscaler", "shop", name);
        one.target_api_version = "apps/v1";
        one.target_kind = "Deployment";
        one.target_name = target;
        one.max_replicas = max;
        facts.autoscalers.push_back(one);
        return facts.autoscalers.back();
    }

    void unread(kube::Resource what) {
        for (auto& read : facts.reads)
            if (read.what == what) read.state = kube::ReadState::forbidden;
    }

    // The objects that the planner asks for, and only these: what it did not ask for it cannot have read.
    plan::Plan plan(const std::string& action = "", const Values& values = {}) {
        options.ask = {action, values};
        const kube::World world(facts);
        plan::Objects objects;
        for (const auto& ref : plan::wanted_objects(world, findings, options))
            if (const auto at = lives.find(ref); at != lives.end()) objects.add(ref, at->second);
        auto made = plan::make_plan(world, findings, objects, options);
        for (const auto& step : made.steps) CHECK(plan::disagreement(step, made.run).value_or("") == "");
        return made;
    }

    // The one step that it makes of that action.
    plan::Step step(const std::string& action, const Values& values = {}) {
        const auto made = plan(action, values);
        REQUIRE_MESSAGE(made.steps.size() == 1, base::join(made.manual, "\n"));
        CHECK(made.steps[0].action_id == action);
        return made.steps[0];
    }

    // Why it makes none of that action.
    std::string refusal(const std::string& action, const Values& values = {}) {
        const auto made = plan(action, values);
        REQUIRE(made.steps.empty());
        for (const auto& line : made.manual)
            if (const auto at = line.find(action + ": "); at != std::string::npos)
                return line.substr(at + action.size() + 2);
        return base::join(made.manual, "\n");
    }

    // The word of the error that a value makes.
    std::string usage_error(const std::string& action, const Values& values) {
        try {
            plan(action, values);
        } catch (const base::Error& error) {
            CHECK(error.kind() == base::ErrorKind::usage);
            return error.what();
        }
        FAIL("no error");
        return "";
    }
};

inline bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }
inline bool has(const std::vector<std::string>& lines, std::string_view part) {
    return std::any_of(lines.begin(), lines.end(), [&](const auto& line) { return has(line, part); });
}

// The tests that every patch of an object of live_json() begins with, and the mark that it ends with.
inline json patch_of(const std::string& name, std::vector<json> operations, bool annotated = false) {
    json body = {{{"op", "test"}, {"path", "/metadata/uid"}, {"value", "uid-" + name}},
                 {{"op", "test"}, {"path", "/metadata/generation"}, {"value", 3}}};
    for (auto& one : operations) body.push_back(std::move(one));
    if (annotated)
        body.push_back({{"op", "add"}, {"path", "/metadata/annotations/salve~1run"}, {"value", "r1.1"}});
    else
        body.push_back({{"op", "add"}, {"path", "/metadata/annotations"}, {"value", {{"salve/run", "r1.1"}}}});
    return body;
}

inline json op(const char* kind, const std::string& path) { return {{"op", kind}, {"path", path}}; }
inline json op(const char* kind, const std::string& path, json value) {
    return {{"op", kind}, {"path", path}, {"value", std::move(value)}};
}

}  // namespace salve::test
