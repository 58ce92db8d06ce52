// What a policy may look at: one step, its target, the cluster, the settings, and what the model said. Every field that
// can be missing is optional, and what is missing can only make a verdict stricter.
#pragma once
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/names.hpp"
#include "base/time.hpp"
#include "plan/judgement.hpp"
#include "plan/risk.hpp"

namespace salve::policy {

// How far salve is trusted, from nothing to acting by itself (SAFETY 2.2).
enum class Trust { observe, selective, approve, automate };
inline constexpr base::Names<Trust, 4> trust_names{{{Trust::observe, "observe"},
                                                    {Trust::selective, "selective"},
                                                    {Trust::approve, "approve"},
                                                    {Trust::automate, "automate"}}};

// What the server said to the dry run of the step.
enum class Preview { ok, refused, not_possible };
inline constexpr base::Names<Preview, 3> preview_names{
    {{Preview::ok, "ok"}, {Preview::refused, "refused"}, {Preview::not_possible, "not_possible"}}};

enum class Weekday { mon, tue, wed, thu, fri, sat, sun };
inline constexpr base::Names<Weekday, 7> weekday_names{{{Weekday::mon, "mon"},
                                                        {Weekday::tue, "tue"},
                                                        {Weekday::wed, "wed"},
                                                        {Weekday::thu, "thu"},
                                                        {Weekday::fri, "fri"},
                                                        {Weekday::sat, "sat"},
                                                        {Weekday::sun, "sun"}}};

using plan::Judgement;

template <typename T>
using Maybe = std::optional<T>;

struct Input {
    // the step
    Maybe<std::string> action, rule_id;  // ids of the catalog and of the failure mode
    Maybe<plan::Risk> risk;
    Maybe<bool> reversible, destructive, deletes_without_uid;
    Maybe<bool> off_by_default;  // the catalog has it switched off; enabled_actions may switch it on
    Maybe<Preview> preview;
    Maybe<std::int64_t> evidence_count;
    Maybe<std::int64_t> confidence, confidence_threshold;  // thousandths
    Maybe<bool> alternatives_close;                        // a second action fits nearly as well

    // its target
    Maybe<std::string> ns, kind, name;  // "namespace" in files
    Maybe<std::map<std::string, std::string>> namespace_labels;
    Maybe<bool> target_exists, cluster_scoped, hpa;  // hpa: an autoscaler sets its replicas
    Maybe<std::int64_t> replicas, blast_pods, blast_percent;
    Maybe<std::vector<std::string>> managed_by;  // "argocd", "helm:web"

    // the surroundings
    Maybe<std::string> cluster_uid, cluster_context, environment;
    Maybe<std::int64_t> utc_hour;
    Maybe<Weekday> weekday;
    Maybe<bool> freeze;  // only cases of tests can say: nothing tells a plan of one yet
    Maybe<std::int64_t> plan_steps;
    Maybe<base::Time> plan_expires_at;

    // what the chain of records tells
    Maybe<bool> cooldown;                    // the same change was tried, refused or rejected a moment ago
    Maybe<bool> unknown_outcome;             // what became of an earlier change of the target is not known
    Maybe<std::int64_t> verified_successes;  // of this action on this target

    // the settings
    Maybe<Trust> trust_level;
    Maybe<bool> graduated;  // at trust level selective: this action is listed for this namespace
    Maybe<bool> enabled, allow_high_risk;
    Maybe<std::vector<std::string>> allowed_namespaces, enabled_actions;

    Judgement llm;
};

// Every field under its name in policy files, nested at the dots; null for what is missing. Integers and text only.
nlohmann::json input_json(const Input& input);

// Reads the same shape; what is absent or null is missing (of llm: as no model). Error names the path of an unknown key
// and the nearest known one, of a wrong type, an unknown word, a number out of range.
Input parse_input(const base::JsonView& view);

}  // namespace salve::policy
