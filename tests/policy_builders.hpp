// Inputs and policies for the tests: one that passes the floor, and random ones.
#pragma once
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "policy/evaluate.hpp"
#include "policy/field.hpp"
#include "policy/floor.hpp"
#include "policy/policy.hpp"

namespace salve::test {

using nlohmann::json;

// Everything is known, and nothing speaks against it: with a rule that allows, it is allowed without asking.
inline policy::Input good_input() {
    policy::Input in;
    in.action = "rollout.restart";
    in.rule_id = "pod.crashloop.oom";
    in.risk = plan::Risk::low;
    in.reversible = true;
    in.destructive = false;
    in.deletes_without_uid = false;
    in.off_by_default = false;
    in.preview = policy::Preview::ok;
    in.evidence_count = 2;
    in.confidence = 950;
    in.confidence_threshold = 800;
    in.alternatives_close = false;
    in.ns = "demo";
    in.kind = "Deployment";
    in.name = "web";
    in.namespace_labels.emplace()["team"] = "shop";
    in.target_exists = true;
    in.cluster_scoped = false;
    in.hpa = false;
    in.replicas = 3;
    in.blast_pods = 3;
    in.blast_percent = 100;
    in.managed_by.emplace();
    in.cluster_uid = "uid-cluster";
    in.cluster_context = "kind-demo";
    in.environment = "staging";
    in.utc_hour = 9;
    in.weekday = policy::Weekday::tue;
    in.freeze = false;
    in.plan_steps = 1;
    in.plan_expires_at = *base::parse_time("2026-11-21T08:15:00Z");
    in.cooldown = false;
    in.unknown_outcome = false;
    in.verified_successes = 7;
    in.trust_level = policy::Trust::automate;
    in.graduated = true;
    in.enabled = true;
    in.allow_high_risk = true;
    in.allowed_namespaces = {"demo", "prod-a"};
    in.enabled_actions.emplace();
    return in;
}

inline json rule(const std::string& id, const std::string& effect, const json& when) {
    return {{"id", id}, {"effect", effect}, {"when", when}};
}

// A list of its own: nlohmann takes a braced json for a copy.
using Rules = std::vector<json>;

inline json document(const Rules& rules) {
    json document = {{"schema", "policy/v1"}, {"rules", json::array()}};
    for (const auto& one : rules) document["rules"].push_back(one);
    return document;
}

inline policy::Policy policy_of(const Rules& rules) { return policy::parse_policy(document(rules), "policy.yaml"); }

// Lets everything happen that the floor does not hold back.
inline policy::Policy allow_all() { return policy_of({rule("all", "allow", json::object())}); }

// Values that meet each other often.
class Random {
public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}
    std::size_t below(std::size_t n) { return static_cast<std::size_t>(engine_()) % n; }
    bool one_in(std::size_t n) { return below(n) == 0; }
    template <typename Range>
    auto pick(const Range& range) {
        return *(std::begin(range) + static_cast<std::ptrdiff_t>(below(std::size(range))));
    }

    policy::Input input() {
        auto in = good_input();
        // Few changes, so that not every input dies at the floor.
        for (auto changes = below(5); changes > 0; --changes) change(in);
        if (one_in(3)) in.llm = judgement();
        return in;
    }

    policy::Judgement judgement() {
        policy::Judgement said{true, {}, !one_in(3), one_in(3)};
        for (auto n = below(3); n > 0; --n) said.warnings.push_back(pick(words));
        return said;
    }

    Rules rules() {
        Rules list;
        for (auto n = below(6); n > 0; --n) {
            auto one =
                rule("r" + std::to_string(list.size()), pick(effects), one_in(6) ? json::object() : condition(0));
            if (one["effect"] == "require_approval" && one_in(2))
                one["requires"] = {{"approvers", 1 + below(3)}, {"typed", one_in(2)}, {"ttl_s", 60 * (1 + below(9))}};
            list.push_back(one);
        }
        return list;
    }

private:
    static constexpr std::array<const char*, 3> effects{"allow", "require_approval", "deny"};
    static constexpr std::array<const char*, 12> words{"demo",        "prod-a",  "PROD-A",   "Deployment",
                                                       "StatefulSet", "staging", "web",      "rollout.restart",
                                                       "scale.set",   "shop",    "helm:web", "argocd"};
    static constexpr std::array<const char*, 4> globs{"*", "prod-*", "d?mo", "*s*"};

    void change(policy::Input& in) {
        const auto& field = pick(policy::fields());
        if (one_in(3)) return policy::remove(field, in);
        auto document = policy::input_json(in);
        const auto dot = field.name.find('.');
        auto& group = dot == std::string_view::npos ? document : document[std::string(field.name.substr(0, dot))];
        group[std::string(field.name.substr(dot == std::string_view::npos ? 0 : dot + 1))] = value(field, true);
        in = policy::parse_input(base::JsonView(document, "random"));
    }

    json value(const policy::Field& field, bool of_input) {
        using policy::FieldType;
        if (field.name == "plan.expires_at" && of_input) return "2026-11-21T08:00:00Z";
        if (field.name == "action") return pick(policy::known_actions);
        if (field.type == FieldType::flag) return one_in(2);
        if (field.type == FieldType::number)
            return below(static_cast<std::size_t>(std::min<std::int64_t>(field.most, 1000)) + 1);
        if (field.type == FieldType::word) return pick(field.words);
        if (of_input && field.type == FieldType::labels) return {{"team", pick(words)}};
        if (of_input && field.type == FieldType::list) return {pick(words), pick(words)};
        return field.name == "enabled_actions" ? json(pick(policy::known_actions)) : json(pick(words));
    }

    json condition(int depth) {
        if (depth < 3 && one_in(3)) {
            if (one_in(3)) return {{"not", condition(depth + 1)}};
            return {{one_in(2) ? "any" : "all", {condition(depth + 1), condition(depth + 1)}}};
        }
        const auto& field = pick(policy::fields());
        const auto name = std::string(field.name) + (field.type == policy::FieldType::labels ? ".team" : "");
        return {{name, test(field)}};
    }

    json test(const policy::Field& field) {
        using policy::FieldType;
        const bool text =
            field.type != FieldType::flag && field.type != FieldType::number && field.type != FieldType::word;
        const bool order = field.type == FieldType::number || field.ordered;
        switch (below(6)) {
            case 0:
                return {{"in", {value(field, false), value(field, false)}}};
            case 1:
                return {{"not_in", {value(field, false)}}};
            case 2:
                return {{"exists", one_in(2)}};
            case 3:
                if (text) return {{"glob", pick(globs)}};
                break;
            case 4:
                if (order) return {{one_in(2) ? "lte" : "gte", value(field, false)}};
                break;
            default:
                break;
        }
        auto wish = json{{"eq", value(field, false)}};
        if (field.may_ignore_case() && one_in(2)) wish["ignore_case"] = true;
        return wish;
    }

    std::mt19937_64 engine_;
};

}  // namespace salve::test
