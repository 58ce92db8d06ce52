#include "audit/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "audit/fields.hpp"
#include "base/error.hpp"
#include "base/text.hpp"

namespace salve::audit {
namespace {

using nlohmann::json;
using namespace fields;

// Each once, in their order: that of the steps, or of the ranked findings.
std::vector<ObjectName> named(const json& list, std::string_view key) {
    std::vector<ObjectName> objects;
    std::set<ObjectName> seen;
    for (const auto& item : list)
        if (auto object = object_name(member(item, key)); seen.insert(object).second)
            objects.push_back(std::move(object));
    return objects;
}

void add_findings(Summary& summary, const json& findings) {
    for (const auto& finding : findings) {
        if (const auto severity = base::parse(diagnose::severity_names, text(finding, "severity")))
            ++summary.findings[static_cast<std::size_t>(*severity)];
        ++summary.modes[text(finding, "rule")];
    }
}

void add_objects(Summary& summary, const json& record) {
    const auto steps = named(items(record, "steps"), "target");
    const auto planned = named(items(member(record, "plan"), "steps"), "target");
    const auto roots = named(items(record, "findings"), "root");
    const auto& scope = member(record, "scope");
    std::set<std::string> namespaces;
    for (auto& ns : texts(scope, "namespaces")) namespaces.insert(std::move(ns));
    for (const auto* objects : {&steps, &planned, &roots})
        for (const auto& object : *objects)
            if (!object.ns.empty()) namespaces.insert(object.ns);
    summary.all_namespaces = boolean(scope, "all").value_or(false);
    summary.namespaces.assign(namespaces.begin(), namespaces.end());
    summary.targets = !steps.empty() ? steps : !planned.empty() ? planned : roots;
}

void add_plans(Summary& summary, const json& record) {
    std::set<std::string> plans{plan_id(text(member(record, "plan"), "plan_sha256"))};
    for (const auto& approval : items(record, "approvals")) plans.insert(plan_id(text(approval, "plan_sha256")));
    for (const auto& step : items(record, "steps")) plans.insert(plan_id(text(step, "plan_sha256")));
    plans.erase("");
    summary.plans.assign(plans.begin(), plans.end());
}

// Of the request where the record has the plan; else kubectl's own: salve writes every flag as one word.
std::string verb(const json& record, const json& step) {
    for (const auto& planned : items(member(record, "plan"), "steps"))
        if (integer(planned, "ordinal") == integer(step, "ordinal")) return text(member(planned, "request"), "verb");
    const auto argv = texts(step, "argv");
    for (std::size_t i = 1; i < argv.size(); ++i)
        if (!argv[i].starts_with("-")) return argv[i];
    return "";
}

// What kubectl said of its failure, else how it ended.
std::string error_words(const json& step, StepOutcome outcome) {
    constexpr std::size_t enough = 4096;  // the record has the rest
    if (outcome == StepOutcome::verified || outcome == StepOutcome::applied) return "";
    if (outcome == StepOutcome::verify_failed) return "a check failed after the change";
    if (const auto said = text(member(step, "stderr"), "excerpt"); !base::trim(said).empty())
        return base::cut(said, enough);
    if (boolean(step, "timed_out").value_or(false)) return "timed out";
    if (const auto signal = integer(step, "signal")) return fmt::format("ended by signal {}", *signal);
    if (const auto rc = integer(step, "rc"); rc && *rc != 0) return fmt::format("exit code {}", *rc);
    return outcome == StepOutcome::unknown ? "the effect is not known" : "";
}

Entry entry(const json& record, const json& step) {
    const auto& who = member(record, "actor");
    const auto& cluster = member(record, "cluster");
    const auto outcome = step_outcome(record, step);
    Entry made;
    made.action = text(step, "action_id");
    made.actor_type = text(record, "initiator");
    made.actor_id = actor(text(who, "os_user"), text(who, "host"));
    made.org_id = text(cluster, "context");
    made.target = object_name(member(step, "target"));
    made.target_type = made.target.kind;
    made.seq = integer(member(record, "chain"), "seq").value_or(0);
    made.run_id = text(record, "run_id");
    made.plan_id = plan_id(text(step, "plan_sha256"));
    made.ordinal = integer(step, "ordinal").value_or(0);
    made.target_id = fmt::format("{}:{}", made.plan_id.empty() ? made.run_id : made.plan_id, made.ordinal);
    made.outcome = base::word(step_outcome_names, outcome);
    made.kind = "kubectl";
    made.verb = verb(record, step);
    made.connector_id = text(cluster, "kube_system_uid");
    made.error = error_words(step, outcome);
    made.at = time(step, "intent_at").value_or(Time{});
    return made;
}

template <typename T>
bool among(const std::vector<T>& wanted, const T& value) {
    return wanted.empty() || std::find(wanted.begin(), wanted.end(), value) != wanted.end();
}

bool in_namespaces(const Summary& summary, const std::vector<std::string>& wanted) {
    return wanted.empty() || std::any_of(summary.namespaces.begin(), summary.namespaces.end(),
                                         [&](const std::string& ns) { return among(wanted, ns); });
}

bool has_target(const Summary& summary, const Filter& filter) {
    const auto wanted = [&](const ObjectName& object) {
        const auto is_it = [&](const diagnose::Target& target) {
            return target.kind == object.kind && target.name == object.name;
        };
        return among(filter.types, object.kind) &&
               (filter.targets.empty() || std::any_of(filter.targets.begin(), filter.targets.end(), is_it));
    };
    if (filter.types.empty() && filter.targets.empty()) return true;
    return std::any_of(summary.targets.begin(), summary.targets.end(), wanted);
}

void check_words(const std::vector<std::string>& words, std::span<const std::string_view> known,
                 std::string_view what) {
    for (const auto& word : words) {
        if (std::find(known.begin(), known.end(), word) != known.end()) continue;
        const auto near = base::nearest(word, known);
        throw base::Error(base::ErrorKind::usage, fmt::format("{} {} is not known", what, base::quoted(word)),
                          near ? fmt::format("did you mean \"{}\"?", *near) : "one of: " + base::join(known, ", "));
    }
}

}  // namespace

std::string ObjectName::text() const { return fmt::format("{}/{}/{}", kind, ns, name); }

ObjectName object_name(const json& object) {
    return {text(object, "kind"), text(object, "namespace"), text(object, "name")};
}

StepOutcome step_outcome(const json& record, const json& step) {
    const auto effect = text(step, "effect");
    if (effect == "not_applied") {
        const bool ended_well =
            integer(step, "rc") == 0 && !integer(step, "signal") && !boolean(step, "timed_out").value_or(false);
        return ended_well ? StepOutcome::not_applied : StepOutcome::failed;
    }
    if (effect != "applied") return StepOutcome::unknown;
    bool passed = false;
    for (const auto& check : items(record, "verification")) {
        if (integer(check, "ordinal") != integer(step, "ordinal")) continue;
        if (boolean(check, "passed") == false) return StepOutcome::verify_failed;
        passed |= boolean(check, "passed") == true;
    }
    return passed ? StepOutcome::verified : StepOutcome::applied;
}

Summary summarize(const json& record, std::string digest, std::string file) {
    Summary summary;
    const auto& when = member(record, "time");
    const auto& who = member(record, "actor");
    summary.seq = integer(member(record, "chain"), "seq").value_or(0);
    summary.digest = std::move(digest);
    summary.file = std::move(file);
    summary.run_id = text(record, "run_id");
    summary.kind = text(record, "kind");
    summary.status = text(record, "status");
    summary.exit_code = integer(record, "exit_code");
    summary.started_at = time(when, "started_at").value_or(Time{});
    summary.ended_at = time(when, "ended_at");
    summary.mono_us = integer(when, "mono_us");
    summary.parents = texts(record, "parent_run_ids");
    summary.initiator = text(record, "initiator");
    summary.os_user = text(who, "os_user");
    summary.host = text(who, "host");
    summary.ticket = text(who, "ticket");
    summary.reason = text(who, "reason");
    summary.context = text(member(record, "cluster"), "context");
    add_findings(summary, items(record, "findings"));
    add_objects(summary, record);
    add_plans(summary, record);
    for (const auto& step : items(record, "steps"))
        ++summary.steps[static_cast<std::size_t>(step_outcome(record, step))];
    return summary;
}

std::string actor(std::string_view os_user, std::string_view host) {
    if (host.empty()) return std::string(os_user);
    return fmt::format("{}@{}", os_user, host);
}

std::string plan_id(std::string_view plan_sha256) { return std::string(plan_sha256.substr(0, 16)); }

void check(const Filter& filter) {
    check_words(filter.kinds, run_kinds, "kind of run");
    check_words(filter.outcomes, run_statuses, "outcome");
}

bool matches(const Summary& summary, const Filter& filter) {
    if (filter.since && summary.started_at < *filter.since) return false;
    if (filter.until && summary.started_at >= *filter.until) return false;
    if (filter.ticket && summary.ticket != *filter.ticket) return false;
    return among(filter.kinds, summary.kind) && among(filter.outcomes, summary.status) &&
           in_namespaces(summary, filter.namespaces) && has_target(summary, filter);
}

std::vector<Entry> entries(const json& record) {
    std::vector<Entry> list;
    for (const auto& step : items(record, "steps")) list.push_back(entry(record, step));
    return list;
}

}  // namespace salve::audit
