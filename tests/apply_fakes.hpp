// A cluster in memory for the tests of what applies a plan: a clock that only pauses move, objects that a request
// changes only where its tests and preconditions hold, kubectl's words for what goes wrong, and a hook to change things
// meanwhile. It checks by itself that nothing is sent without its intent, and nothing twice.
#pragma once
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "action_builders.hpp"
#include "apply/apply.hpp"
#include "apply/effect.hpp"
#include "plan/patch.hpp"
#include "plan/plan_json.hpp"

namespace salve::test {

using apply::Effect;
using apply::End;

// How the kubectl that changes something ends. What is lost may have arrived (sent) or not (unsent).
enum class Fault {
    none,
    timed_out_sent,
    timed_out_unsent,
    killed_sent,
    reset_sent,
    reset_unsent,
    server_timeout_sent,
    silent_sent,  // rc 0, and no answer
    garbled_sent,
    forbidden,
    webhook,
    throttled,
    unauthorized
};
inline constexpr int fault_count = 13;

inline std::string key_of(const std::string& kind, const std::string& name) { return kind + "/" + name; }

class FakeCluster : public apply::Cluster {
public:
    base::Time clock = starting_test::now;
    std::string cluster_uid = "uid-cluster";
    std::map<std::string, json> objects;  // by key_of()
    std::vector<kube::Pod> pod_list;
    std::optional<bool> right = true;
    std::map<int, Fault> faults;                          // by ordinal
    std::set<std::string> unreadable;                     // "read", "pods", "diagnose"
    std::vector<std::vector<std::string>> diagnoses{{}};  // the ids that each look finds; the last one stays
    bool complete = true, stopped = false;
    bool converges = true;                                                       // a pause lets the controllers finish
    int lag = 0;                                                                 // that many pauses later
    std::function<void(const std::string&)> before = [](const std::string&) {};  // each call, by its name

    // What happened, for the tests to look at.
    std::vector<std::string> log;
    std::set<int> intended, sent, applied;  // ordinals
    int looks = 0, pauses = 0;

    json& add(json object) {
        auto& one = objects[key_of(object["kind"], object["metadata"]["name"])];
        one = std::move(object);
        settle(one);
        return one;
    }
    json& at(const std::string& kind, const std::string& name) { return objects.at(key_of(kind, name)); }

    // As somebody else changes it.
    void edit(const std::string& kind, const std::string& name, const std::string& path, json value) {
        auto& one = at(kind, name);
        one[json::json_pointer(path)] = std::move(value);
        one["metadata"]["generation"] = one["metadata"].value("generation", 0) + 1;
    }
    void recreate(const std::string& kind, const std::string& name) {
        at(kind, name)["metadata"]["uid"] = "uid-of-another";
        at(kind, name)["metadata"].erase("annotations");
    }
    void remove(const std::string& kind, const std::string& name) { objects.erase(key_of(kind, name)); }

    // What the controllers bring about in the end.
    static void settle(json& object) {
        if (object["kind"] != "Deployment") return;
        const auto count = object["spec"].value("replicas", 1);
        object["status"] = {{"observedGeneration", object["metadata"]["generation"]},
                            {"replicas", count},
                            {"updatedReplicas", count},
                            {"readyReplicas", count},
                            {"availableReplicas", count}};
    }

    base::Time now() override { return clock; }
    bool pause(base::Duration span) override {
        REQUIRE_MESSAGE(++pauses < 10'000, "it never ends");
        before("pause");
        clock = clock + span;
        if (converges && lag-- <= 0)
            for (auto& [key, object] : objects) settle(object);
        return !stopped;
    }
    std::string uid() override {
        before("uid");
        return cluster_uid;
    }
    apply::Live read(const kube::ObjectRef& ref) override {
        before("read");
        if (unreadable.count("read")) return {false, "it is forbidden", {}};
        const auto found = objects.find(key_of(ref.kind, ref.name));
        return {true, "", found == objects.end() ? json() : found->second};
    }
    apply::Pods pods(const std::string& ns) override {
        before("pods");
        CHECK(ns == "shop");
        if (unreadable.count("pods")) return {false, "it is forbidden", {}};
        return {true, "", pod_list};
    }
    apply::Diagnosis diagnose() override {
        before("diagnose");
        if (unreadable.count("diagnose")) return {false, "it is forbidden", {}, false};
        const auto last = static_cast<int>(diagnoses.size()) - 1;
        apply::Diagnosis result{true, "", {}, complete};
        for (const auto& id : diagnoses[static_cast<std::size_t>(std::min(looks++, last))]) {
            result.findings.push_back(finding_of(broken_mode, "Deployment", "web"));
            result.findings.back().id = id;
        }
        return result;
    }
    std::optional<bool> may(const plan::Step&) override {
        before("may");
        return right;
    }
    std::string right_of(const plan::Step&) override { return "patch deployments.apps in namespace shop"; }

    apply::Sent run(const policy::ApprovedStep& approved) override {
        const auto& step = approved.step();
        CHECK_MESSAGE(intended.count(step.ordinal) == 1, "sent without an intent");
        CHECK_MESSAGE(sent.insert(step.ordinal).second, "sent twice");
        log.push_back(fmt::format("run {}", step.ordinal));
        before("run");
        apply::Sent result;
        result.started_at = clock;
        clock = clock + base::seconds(1);
        result.ended_at = clock;
        const auto said = answer(step);
        std::optional<json> body;
        if (auto parsed = json::parse(said.out, nullptr, false); !parsed.is_discarded()) body = std::move(parsed);
        const auto verdict =
            apply::effect_of(step, {said.end, kube::classify(said.end, said.err), body ? &*body : nullptr});
        if (said.end.how == kube::ReadEnd::How::exited) result.rc = said.end.code;
        result.effect = verdict.effect;
        result.reason = verdict.reason;
        result.stale = verdict.stale;
        return result;
    }

private:
    struct Said {
        kube::ReadEnd end;
        std::string out, err;
    };
    static Said failed(const std::string& words) { return {{kube::ReadEnd::How::exited, 1, false}, "", words + "\n"}; }

    Said answer(const plan::Step& step) {
        using How = kube::ReadEnd::How;
        const auto fault = faults.count(step.ordinal) ? faults.at(step.ordinal) : Fault::none;
        switch (fault) {
            case Fault::none:
                return serve(step);
            case Fault::timed_out_sent:
                serve(step);
                [[fallthrough]];
            case Fault::timed_out_unsent:
                return {{How::timed_out, 0, false}, "", ""};
            case Fault::killed_sent:
                serve(step);
                return {{How::signalled, 9, false}, "", ""};
            case Fault::reset_sent:
                serve(step);
                [[fallthrough]];
            case Fault::reset_unsent:
                return failed(
                    "Unable to connect to the server: read tcp 10.0.0.2:5010->10.0.0.1:6443: connection reset by peer");
            case Fault::server_timeout_sent:
                serve(step);
                return failed(
                    "Error from server (Timeout): Timeout: request did not complete within requested timeout - "
                    "context deadline exceeded");
            case Fault::silent_sent:
                serve(step);
                return {{How::exited, 0, false}, "", ""};
            case Fault::garbled_sent:
                return {{How::exited, 0, false}, serve(step).out.substr(0, 40), ""};
            case Fault::forbidden:
                return failed(
                    "Error from server (Forbidden): deployments.apps \"web\" is forbidden: User \"kim\" cannot patch "
                    "resource \"deployments\" in API group \"apps\" in the namespace \"shop\"");
            case Fault::webhook:
                return failed(
                    "Error from server (InternalError): Internal error occurred: failed calling webhook "
                    "\"x.example.com\": failed to call webhook: context deadline exceeded");
            case Fault::throttled:
                return failed("Error from server (TooManyRequests): the server has received too many requests");
            case Fault::unauthorized:
                return failed("error: You must be logged in to the server (Unauthorized)");
        }
        return {};
    }

    // What the API server makes of the request.
    Said serve(const plan::Step& step) {
        const auto& request = step.request;
        const auto kind = request.verb == kube::WriteVerb::patch        ? step.target.object.kind
                          : request.verb == kube::WriteVerb::create_job ? "Job"
                                                                        : "Pod";
        const auto found = objects.find(key_of(kind, request.name));
        if (request.verb == kube::WriteVerb::create_job) {
            if (found != objects.end())
                return failed(
                    fmt::format("error: failed to create job: jobs.batch \"{}\" already exists", request.name));
            applied.insert(step.ordinal);
            return {{}, add(live_json("batch/v1", "Job", request.name, json::object())).dump(), ""};
        }
        if (found == objects.end())
            return failed(fmt::format("Error from server (NotFound): {} \"{}\" not found", kind, request.name));
        auto& object = found->second;
        if (request.verb != kube::WriteVerb::patch) {
            const auto options = json::parse(step.input);
            const auto& wanted = options.contains("deleteOptions") ? options["deleteOptions"] : options;
            if (object["metadata"]["uid"] != wanted["preconditions"]["uid"])
                return failed(
                    "Error from server (Conflict): Operation cannot be fulfilled on Pod \"web-4\": the UID in the "
                    "precondition (a) does not match the UID in record (b). The object might have been deleted and "
                    "then recreated");
            applied.insert(step.ordinal);
            object["metadata"]["deletionTimestamp"] = "2026-09-21T14:13:21Z";
            return {{}, R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success","code":201})", ""};
        }
        json changed;
        try {
            changed = object.patch(request.patch);
        } catch (const json::exception&) {
            return failed("The request is invalid: the server rejected our request due to an error in our request");
        }
        // Whatever the patch tests: it may only ever meet the object that the plan was made for.
        CHECK_MESSAGE(object["metadata"]["uid"] == step.preconditions.uid, "another object was changed");
        CHECK_MESSAGE(
            (!step.preconditions.generation || object["metadata"]["generation"] == *step.preconditions.generation),
            "a changed object was changed");
        applied.insert(step.ordinal);
        object = std::move(changed);
        object["metadata"]["generation"] = object["metadata"]["generation"].get<int>() + 1;
        return {{}, object.dump(), ""};
    }
};

// Writes down what is told, and what it was told after.
class Recorder : public apply::Watch {
public:
    explicit Recorder(FakeCluster& cluster) : cluster_(cluster) {}
    bool disk_full = false;
    std::vector<std::string> seen;  // what was looked at

    void begins(const plan::Step& step) override { say("begins", step); }
    void intent(const plan::Step& step, const apply::Live& before) override {
        CHECK(before.read);
        CHECK_FALSE(before.object.is_null());
        if (disk_full) throw base::Error(base::ErrorKind::internal, "the disk is full");
        say("intent", step);
        CHECK(cluster_.intended.insert(step.ordinal).second);
    }
    void sent(const plan::Step& step, const apply::Sent& sent) override {
        CHECK(sent.effect != Effect::unknown);
        say(std::string(base::word(apply::effect_names, sent.effect)).c_str(), step);
    }
    void looks(const plan::Step&, const std::string& words) override { seen.push_back(words); }
    void ends(const apply::StepResult& result) override {
        say(std::string(base::word(apply::end_names, result.end)).c_str(), result.step);
    }

private:
    void say(const char* word, const plan::Step& step) {
        cluster_.log.push_back(fmt::format("{} {}", word, step.ordinal));
    }
    FakeCluster& cluster_;
};

// Deployments of that many pods each, with a plan to scale each of them to five; all of them stand in the cluster.
inline plan::Plan scaling(FakeCluster& cluster, const std::vector<std::string>& names, int from = 3) {
    Shop shop;
    shop.facts.cluster.uid = "uid-cluster";
    for (const auto& name : names) {
        auto& one = shop.running(name, from, {{"selector", {{"matchLabels", {{"app", name}}}}}});
        shop.found("deploy.scaled-to-zero", one.meta.ref()).suggested = {};
        cluster.add(shop.live(one.meta));
    }
    auto made = shop.plan("scale.set", {{"replicas", "5"}});
    REQUIRE(made.steps.size() == names.size());
    return made;
}

// Whatever the plan needs to be approved was said.
inline policy::ApprovedPlan approved(plan::Plan plan, base::Time at = starting_test::now) {
    std::vector<policy::Decision> decisions(plan.steps.size());
    policy::Approval approval{plan::digest_of(plan::document_of(plan)), at, {}, {}};
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        decisions[i].effect = policy::Effect::require_approval;
        decisions[i].demands.emplace();
        approval.confirmed.push_back(plan.steps[i].target.object.name);
    }
    auto answer = policy::approve(std::move(plan), decisions, approval);
    REQUIRE(std::holds_alternative<policy::ApprovedPlan>(answer));
    return std::get<policy::ApprovedPlan>(std::move(answer));
}

}  // namespace salve::test
