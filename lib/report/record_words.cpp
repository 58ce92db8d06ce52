#include "report/record_words.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "audit/fields.hpp"
#include "base/text.hpp"
#include "kube/read_state.hpp"
#include "report/words.hpp"

namespace salve::report {
namespace {

using audit::fields::boolean;
using audit::fields::integer;
using audit::fields::items;
using audit::fields::member;
using audit::fields::texts;
using nlohmann::json;

constexpr std::array severities_down{diagnose::Severity::critical, diagnose::Severity::high, diagnose::Severity::medium,
                                     diagnose::Severity::low, diagnose::Severity::info};

std::string plan_words(const json& object) {
    const auto id = audit::plan_id(field_line(object, "plan_sha256"));
    return id.empty() ? "no plan" : "plan " + id;
}

std::string numbers(const json& list) {
    std::vector<std::string> words;
    for (const auto& number : list)
        if (number.is_number_integer()) words.push_back(number.dump());
    return base::join(words, ", ");
}

// ": words" and " (words)", or nothing.
std::string after_colon(const std::string& words) { return words.empty() ? "" : ": " + words; }
std::string in_brackets(const std::string& words) { return words.empty() ? "" : " (" + words + ")"; }

// "not_applied" as people write it.
std::string spaced(std::string words) {
    for (char& c : words)
        if (c == '_') c = ' ';
    return words;
}

}  // namespace

std::string field_line(const json& object, std::string_view key) { return one_line(audit::fields::text(object, key)); }

std::string field_time(const json& object, std::string_view key) {
    const auto at = audit::fields::time(object, key);
    return at ? time_words(*at) : "";
}

std::string number_of(std::size_t n, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", n, n == 1 ? one : many);
}

std::string object_words(const audit::ObjectName& object) {
    const auto ns = object.ns.empty() ? "" : name_words(object.ns) + "/";
    return fmt::format("{} {}{}", one_line(object.kind), ns, name_words(object.name));
}

std::string object_words(const json& object) {
    const auto container = field_line(object, "container");
    return object_words(audit::object_name(object)) + (container.empty() ? "" : ", container " + name_words(container));
}

std::string target_words(const audit::ObjectName& object) {
    return one_line(diagnose::short_kind(object.kind)) + "/" + one_line(object.name);
}

std::string counts_words(const SeverityCounts& counts) {
    std::vector<std::string> parts;
    for (const auto severity : severities_down)
        if (const auto n = counts[static_cast<std::size_t>(severity)]; n != 0)
            parts.push_back(fmt::format("{} {}", n, base::word(diagnose::severity_names, severity)));
    return parts.empty() ? "none" : base::join(parts, ", ");
}

SeverityCounts severity_counts(const json& findings) {
    SeverityCounts counts{};
    for (const auto& finding : findings)
        if (const auto severity = base::parse(diagnose::severity_names, field_line(finding, "severity")))
            ++counts[static_cast<std::size_t>(*severity)];
    return counts;
}

std::string span_words(std::int64_t us) {
    if (us < 1000) return fmt::format("{}us", us);
    if (us < 1'000'000) return fmt::format("{}ms", us / 1000);
    if (us < 60'000'000) return fmt::format("{}.{}s", us / 1'000'000, us / 100'000 % 10);
    return base::to_words(base::Duration{us});
}

std::string step_end_words(const json& step) {
    if (boolean(step, "timed_out").value_or(false)) return "timed out";
    if (const auto signal = integer(step, "signal")) return fmt::format("ended by signal {}", *signal);
    if (const auto rc = integer(step, "rc")) return fmt::format("exit code {}", *rc);
    return field_time(step, "started_at").empty() ? "not started" : "no answer";
}

std::string body_words(const json& step) {
    const auto& body = member(step, "patch");
    // The text of a record is UTF-8; of what is not, nothing may be thrown here.
    return body.is_null() ? "" : one_line(body.dump(-1, ' ', false, json::error_handler_t::replace));
}

std::string actor_words(const json& record) {
    const auto& who = member(record, "actor");
    auto words = audit::actor(field_line(who, "os_user"), field_line(who, "host"));
    if (words.empty()) words = "somebody unknown";
    std::vector<std::string> more;
    if (const auto uid = integer(who, "uid")) more.push_back(fmt::format("uid {}", *uid));
    if (const auto sudo = field_line(who, "sudo_user"); !sudo.empty()) more.push_back("sudo from " + sudo);
    if (const auto tty = field_line(who, "tty"); !tty.empty()) more.push_back("on " + tty);
    if (const auto user = field_line(who, "kube_user"); !user.empty()) more.push_back("to the cluster " + user);
    if (field_line(record, "initiator") == "automatic") {
        const auto trigger = field_line(record, "trigger");
        more.push_back("automatic" + (trigger.empty() ? "" : " by " + trigger));
    }
    return words + in_brackets(base::join(more, ", "));
}

std::string scope_words(const json& scope) {
    std::vector<std::string> namespaces, targets;
    for (const auto& ns : texts(scope, "namespaces")) namespaces.push_back(name_words(ns));
    for (const auto& target : texts(scope, "targets")) targets.push_back(one_line(target));
    auto words = boolean(scope, "all").value_or(false) ? "all namespaces" : base::join(namespaces, ", ");
    if (!targets.empty()) words += (words.empty() ? "" : "; ") + base::join(targets, ", ");
    return words;
}

std::string exit_words(const json& record) {
    const auto code = integer(record, "exit_code");
    return code ? fmt::format("exit code {}", *code) : "no exit code";
}

bool read_answered(const json& read) {
    const auto state = base::parse(kube::read_state_names, field_line(read, "state"));
    return state == kube::ReadState::ok || state == kube::ReadState::absent;
}

std::string read_gap_words(const json& read) {
    auto words = field_line(read, "what");
    if (const auto object = field_line(read, "object"); !object.empty()) words += " of " + object;
    if (const auto ns = field_line(read, "namespace"); !ns.empty()) words += " in " + name_words(ns);
    const auto state = base::parse(kube::read_state_names, field_line(read, "state"));
    return fmt::format("{}: {}{}", words, state ? std::string(gap_words(*state)) : field_line(read, "state"),
                       after_colon(field_line(read, "detail")));
}

std::string check_words(const json& check) {
    const auto passed = boolean(check, "passed");
    const auto ordinal = integer(check, "ordinal");
    const auto span = base::Duration{integer(check, "window_ms").value_or(0) * 1000};
    return fmt::format("{}{}: {} (wanted {}, saw {}; {} in {})", ordinal ? fmt::format("step {}: ", *ordinal) : "",
                       field_line(check, "check"),
                       !passed   ? "not decided"
                       : *passed ? "passed"
                                 : "failed",
                       field_line(check, "expected"), field_line(check, "observed"),
                       number_of(static_cast<std::size_t>(integer(check, "samples").value_or(0)), "sample", "samples"),
                       base::to_words(span));
}

std::string approval_words(const json& approval) {
    auto words = field_line(approval, "decision");
    if (const auto finding = field_line(approval, "finding_id"); !finding.empty()) words += " finding " + finding;
    if (!member(approval, "plan_sha256").is_null()) words += " " + plan_words(approval);
    if (const auto steps = numbers(items(approval, "steps")); !steps.empty()) words += ", steps " + steps;
    const auto method = field_line(approval, "method");
    words += method == "typed"         ? ", typed at a prompt"
             : method == "digest"      ? ", by its digest"
             : method == "signed_file" ? ", by a signed file"
                                       : ", " + method;
    if (const auto key = field_line(approval, "keyid"); !key.empty()) words += " by key " + key;
    if (const auto until = field_time(approval, "expires_at"); !until.empty()) words += ", until " + until;
    return words + after_colon(field_line(approval, "reason"));
}

std::string transition_words(const json& transition) {
    const auto ordinal = integer(transition, "ordinal");
    const auto from = field_line(transition, "from");
    return fmt::format("{}{}: {}{}{}", ordinal ? fmt::format("step {} of ", *ordinal) : "", plan_words(transition),
                       from.empty() ? "" : spaced(from) + " -> ", spaced(field_line(transition, "to")),
                       in_brackets(field_line(transition, "reason")));
}

std::string reconciliation_words(const json& reconciliation) {
    auto words = fmt::format("run {} ({}) was {}", field_line(reconciliation, "run_id"),
                             field_line(reconciliation, "kind"), field_line(reconciliation, "class"));
    for (const auto& step : items(reconciliation, "steps"))
        words += fmt::format("; step {}: {}{}", integer(step, "ordinal").value_or(0),
                             spaced(field_line(step, "effect")), in_brackets(field_line(step, "reason")));
    return words;
}

std::vector<std::string> decision_words(const json& record) {
    std::vector<std::string> lines;
    for (const auto& decision : items(member(record, "policy"), "decisions")) {
        auto what = field_line(decision, "candidate");
        for (const auto& candidate : items(record, "candidates"))
            if (field_line(candidate, "id") == what) {
                what = fmt::format("{} on {}", field_line(candidate, "action_id"),
                                   object_words(member(candidate, "target")));
                break;
            }
        const auto rule = field_line(decision, "rule_id");
        auto line =
            fmt::format("{}: {} by {}{}", what, spaced(field_line(decision, "effect")),
                        rule.empty() ? "default" : "rule " + rule, after_colon(field_line(decision, "message")));
        for (const auto& wanted : texts(decision, "requires")) line += "; requires " + one_line(wanted);
        lines.push_back(std::move(line));
    }
    return lines;
}

std::string candidate_words(const json& candidate) {
    return fmt::format("{} on {} (rank {} by rule {}, risk {})", field_line(candidate, "action_id"),
                       object_words(member(candidate, "target")), integer(candidate, "rule_rank").value_or(0),
                       field_line(candidate, "rule"), field_line(candidate, "risk"));
}

}  // namespace salve::report
