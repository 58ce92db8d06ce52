#include "audit/plan_fields.hpp"

#include <fmt/format.h>

#include "audit/written.hpp"
#include "base/digest.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "plan/plan_json.hpp"
#include "plan/request_json.hpp"
#include "policy/floor.hpp"
#include "policy/words.hpp"

namespace salve::audit {
namespace {

using nlohmann::json;
using written::line;
using written::max_line;
using written::word;
using written::word_or_null;

constexpr std::int64_t step_timeout_ms = 60'000;  // SAFETY 4: writes

json object(const diagnose::Subject& one) {
    return {{"api_version", word(one.object.api_version)},
            {"kind", word(one.object.kind)},
            {"namespace", word_or_null(one.object.ns)},
            {"name", word(one.object.name)},
            {"uid", word_or_null(one.object.uid)},
            {"resource_version", nullptr},
            {"generation", nullptr},
            {"container", word_or_null(one.container)}};
}

json request(const plan::Request& one) {
    const json full = plan::request_json(one);
    return {{"verb", full["verb"]},
            {"path", fmt::format("{}/{}/{}", kube::info(one.resource).plural, one.ns, one.name)},
            {"patch_type", full["patch_type"]},
            {"body", full["body"]},
            {"body_sha256", base::sha256_hex(base::canonical(full["body"]))}};
}

json preconditions(const plan::Preconditions& one) {
    auto tests = json::array();
    for (const auto& test : one.tests) tests.push_back({{"path", test.path}, {"value", test.from}});
    return {{"uid", word_or_null(one.uid)},
            {"generation", one.generation ? json(*one.generation) : json()},
            {"resource_version", nullptr},
            {"tests", tests}};
}

// The rehearsal in short; the whole of it stands in the document. Nothing where the server was not asked.
json dry_run(const plan::DryRun& one) {
    if (one.state == plan::DryRunState::not_possible) return nullptr;
    std::string text = one.message;
    for (const auto& change : one.diff)
        text += fmt::format("{}: {} -> {}\n", change.path, change.from.dump(), change.to.dump());
    return {{"rc", one.state == plan::DryRunState::ok ? 0 : 1},
            {"diff_sha256", base::sha256_hex(text)},
            {"diff_excerpt", line(text)}};
}

json checks(const std::vector<plan::Check>& list) {
    auto result = json::array();
    for (const auto& one : list)
        result.push_back({{"check", one.check}, {"samples", one.samples}, {"window_ms", one.window_ms}});
    return result;
}

json step(const plan::Plan& plan, const plan::Step& one) {
    return {{"ordinal", one.ordinal},
            {"step_id", fmt::format("{}.{}", plan.run, one.ordinal)},
            {"action_id", one.action_id},
            {"risk", base::word(plan::risk_names, one.risk)},
            {"target", object(one.target)},
            {"request", request(one.request)},
            {"preconditions", preconditions(one.preconditions)},
            {"can_i", one.may ? json(*one.may) : json()},
            {"dry_run", dry_run(one.dry_run)},
            {"verify", checks(one.verify)},
            {"timeout_ms", step_timeout_ms},
            {"continue_on_error", one.continue_on_error}};
}

// The finding that an action is for, as the record has it; empty where the record had no room for it.
json finding_of(const json& findings, const std::string& id) {
    for (const auto& one : findings)
        if (one["id"] == id) return one;
    return {{"rule", word(id)}, {"evidence_ids", json::array()}};
}

json candidate(std::size_t rank, std::string_view action, const diagnose::Subject& target, plan::Risk risk,
               const json& finding) {
    const auto params = json::object();
    return {{"id", fmt::format("A{}", rank + 1)},
            {"action_id", word(action)},
            {"target", object(target)},
            {"params", params},
            {"params_sha256", base::sha256_hex(base::canonical(params))},
            {"rule_rank", rank},
            {"rule", finding["rule"]},
            {"risk", base::word(plan::risk_names, risk)},
            {"evidence_ids", finding["evidence_ids"]}};
}

}  // namespace

json plan_fields(const plan::Plan& plan) {
    const auto document = plan::document_of(plan);
    auto steps = json::array();
    for (const auto& one : plan.steps) steps.push_back(step(plan, one));
    // The way back of each step stands in the document; a plan of its own is made and approved for it.
    return {{"plan_sha256", plan::digest_of(document)},
            {"created_at", base::to_rfc3339(plan.created_at)},
            {"expires_at", base::to_rfc3339(plan.expires_at)},
            {"steps", steps},
            {"rescue", nullptr},
            {"document", json(document)}};
}

json candidate_fields(const plan::Plan& plan, const json& findings) {
    auto list = json::array();
    const auto add = [&](const auto& one) {
        list.push_back(
            candidate(list.size(), one.action_id, one.target, one.risk, finding_of(findings, one.finding_id)));
    };
    for (const auto& one : plan.steps) add(one);
    for (const auto& one : plan.alternatives) add(one);
    return list;
}

PolicyRun judge_plan(const plan::Plan& plan, const policy::Policy& policy, const policy::Settings& settings) {
    PolicyRun run{policy.file, policy.sha256, "", {}, policy.unusable.value_or(""), std::nullopt};
    auto inputs = json::array();
    for (const auto& step : plan.steps) {
        const auto input = policy::input_of(plan, step, settings);
        inputs.push_back(policy::input_json(input));
        run.decisions.push_back(policy::decide(policy, input));
        const auto& uid = plan.bound.cluster.uid;
        const auto held =
            settings.history ? policy::cooldown(*settings.history, uid, step, settings.now) : std::nullopt;
        if (held && (!run.held || held->until > run.held->until))
            run.held = HeldBack{policy::fingerprint(uid, step), held->until, held->failures};
    }
    run.input_sha256 = base::sha256_hex(base::canonical(inputs));
    return run;
}

json cooldown_fields(const PolicyRun& run) {
    if (!run.held) return nullptr;
    return {{"fingerprint", run.held->fingerprint},
            {"next_allowed_at", base::to_rfc3339(run.held->until)},
            {"consecutive_failures", run.held->failures}};
}

json policy_fields(const PolicyRun& run) {
    auto files = json::array(), decisions = json::array(), errors = json::array();
    if (!run.sha256.empty()) files.push_back({{"path_rel", line(run.file)}, {"sha256", run.sha256}});
    if (!run.error.empty()) errors.push_back(line(run.error));
    for (const auto& one : run.decisions) {
        auto matched = json::array(), demands = json::array();
        for (const auto& id : one.matched) matched.push_back(word(id));
        if (one.demands) demands.push_back(base::cut(policy::demand_words(*one.demands), max_line));
        decisions.push_back({{"candidate", fmt::format("A{}", decisions.size() + 1)},
                             {"effect", base::word(policy::effect_names, one.effect)},
                             {"rule_id", word_or_null(one.rule_id)},
                             {"matched", matched},
                             {"message", line(one.message)},
                             {"requires", demands}});
    }
    return {{"engine", "salve"},      {"files", files},       {"input_sha256", run.input_sha256},
            {"decisions", decisions}, {"engine_rc", nullptr}, {"engine_us", nullptr},
            {"errors", errors}};
}

}  // namespace salve::audit
