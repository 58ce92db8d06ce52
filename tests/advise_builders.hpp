// A case for a model, and a model that answers as the test wants it to.
#pragma once
#include <doctest/doctest.h>

#include <functional>
#include <list>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "advise/advice.hpp"
#include "diagnose/rule.hpp"

namespace salve::test {

using nlohmann::json;

inline const diagnose::Mode& known_mode(std::string_view id) {
    for (const auto* mode : diagnose::all_modes())
        if (mode->id == id) return *mode;
    throw std::logic_error("no such mode");
}

inline kube::ObjectRef ref_of(const std::string& kind, const std::string& name) {
    return {kind == "Pod" ? "v1" : "apps/v1", kind, "shop", name, "uid-" + name};
}

// A Deployment whose container is killed for memory after a rollout: two repairs of it with the same risk, and one of
// another object.
class Outage {
public:
    std::vector<diagnose::Finding> findings;
    advise::Case about;

    Outage() {
        findings.reserve(8);
        auto& oom = add("pod.crashloop.oom", ref_of("Deployment", "reports"), "builder");
        oom.affected = {{ref_of("Pod", "reports-7d7854d7b5-26nkf"), "builder"}};
        evidence(oom, diagnose::Source::status, "status.containerStatuses[0].lastState.terminated",
                 "OOMKilled: exit code 137");
        evidence(oom, diagnose::Source::log, "log.previous", "loading 48211 rows of table \"orders\" for reports");
        auto& image = add("pod.image.not-found", ref_of("Deployment", "web"), "nginx");
        evidence(image, diagnose::Source::event, "events[Failed].message",
                 "Failed to pull image \"nginx:9.25.1\": not found");
        about.candidates = {{"rollout.undo", findings[0].id, findings[0].root, plan::Risk::medium},
                            {"rollout.undo", findings[1].id, findings[1].root, plan::Risk::medium},
                            {"memory.raise", findings[0].id, findings[0].root, plan::Risk::medium},
                            {"image.set", findings[1].id, findings[1].root, plan::Risk::high}};
        about.namespaces = {"shop"};
        about.now = {1'795'680'000'000'000};
        see();
    }

    // After the findings were changed.
    void see() {
        about.findings.clear();
        for (const auto& one : findings) about.findings.push_back(&one);
    }

    static void evidence(diagnose::Finding& finding, diagnose::Source source, const std::string& path,
                         const std::string& text) {
        const auto& at = finding.affected.empty() ? finding.root : finding.affected.front();
        finding.evidence.push_back({at.object, at.container, source, path, text, std::nullopt});
    }

private:
    diagnose::Finding& add(std::string_view mode, const kube::ObjectRef& root, const std::string& container) {
        diagnose::Finding one;
        one.mode = &known_mode(mode);
        one.severity = one.mode->severity;
        one.root = {root, container};
        one.id = "00000000000" + std::to_string(findings.size() + 1);
        findings.push_back(std::move(one));
        return findings.back();
    }
};

// The nonce that the question asks to be repeated, and the ids that it offers, in its order.
inline std::string nonce_of(const advise::Question& question) {
    return question.user.substr(6, question.user.find('\n') - 6);
}
inline std::vector<json> offered(const advise::Question& question) {
    std::vector<json> list;
    auto at = question.user.find("CANDIDATES\n") + 11;
    while (at < question.user.size()) {
        const auto end = question.user.find('\n', at);
        list.push_back(json::parse(question.user.substr(at, end - at)));
        at = end + 1;
    }
    return list;
}
// The id under which that action on that object (both as the prompt has them) is offered.
inline std::string id_of(const advise::Question& question, const std::string& action, const std::string& object) {
    for (const auto& one : offered(question))
        if (one["action"] == action && one["object"] == object) return one["id"];
    return "";
}

inline json answer_to(const advise::Question& question) {
    return {{"nonce", nonce_of(question)}, {"actionable", true},        {"ranking", json::array()},
            {"notes", json::array()},      {"warnings", json::array()}, {"abstain", false}};
}

class FakeModel : public advise::Advisor {
public:
    using Say = std::function<std::string(const advise::Question&)>;
    explicit FakeModel(Say say) : say_(std::move(say)) {}

    advise::Answer ask(const advise::Question& question) override {
        asked.push_back(question);
        auto given = answer;
        if (!given.failure) given.content = say_(question);
        return given;
    }

    std::list<advise::Question> asked;
    advise::Answer answer = fine();  // but for its content

    static advise::Answer fine() {
        advise::Answer one;
        one.model = "fake:7b";
        one.done_reason = "stop";
        one.num_ctx = 8192;
        one.prompt_tokens = 1500;
        return one;
    }

private:
    Say say_;
};

inline advise::ConsultOptions consult_options() {
    advise::ConsultOptions options;
    options.prompt.salt = "pinch";
    return options;
}

inline advise::Advice consulted(const advise::Case& about, const FakeModel::Say& say) {
    FakeModel model(say);
    return advise::consult(about, model, consult_options());
}

}  // namespace salve::test
