#include "report/incident.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "audit/fields.hpp"
#include "base/error.hpp"
#include "base/shell.hpp"
#include "base/text.hpp"
#include "report/runs_diff.hpp"
#include "report/words.hpp"

namespace salve::report {
namespace {

using audit::fields::boolean;
using audit::fields::integer;
using audit::fields::items;
using audit::fields::member;
using audit::fields::texts;
using audit::fields::time;
using nlohmann::json;

// A document of thousands of lines is read by nobody; the records have the rest.
constexpr std::size_t most_lines = 2000, most_excerpt = 4096;

// The lines of an excerpt, each of them visible.
std::string lines_of(const std::string& excerpt) {
    std::vector<std::string> lines;
    for (const auto line : base::split_lines(excerpt)) lines.push_back(base::visible(line));
    return base::join(lines, "\n");
}

std::int64_t seq_of(const json& record) { return integer(member(record, "chain"), "seq").value_or(0); }

bool read_something(const json& record) { return !items(record, "reads").empty(); }

Severity severity_of(const json& finding) {
    return base::parse(diagnose::severity_names, audit::fields::text(finding, "severity")).value_or(Severity::info);
}

// The findings that no other one of the record explains.
std::vector<const json*> roots(const json& record) {
    std::set<std::string> ids;
    for (const auto& finding : items(record, "findings")) ids.insert(audit::fields::text(finding, "id"));
    std::vector<const json*> list;
    for (const auto& finding : items(record, "findings"))
        if (ids.count(audit::fields::text(finding, "caused_by")) == 0) list.push_back(&finding);
    return list;
}

class Builder {
public:
    explicit Builder(std::span<const audit::Sealed> records) {
        for (const auto& sealed : records) sealed_.push_back(&sealed);
        std::stable_sort(sealed_.begin(), sealed_.end(),
                         [](const auto* a, const auto* b) { return seq_of(*a->record) < seq_of(*b->record); });
    }

    Incident build() {
        for (const auto* sealed : sealed_) {
            const json& record = *sealed->record;
            from_ = {field_line(record, "run_id"), seq_of(record)};
            who_ = actor_name(record);
            origin(*sealed);
            run_events(record);
            finding_events(record);
            decision(record);
            step_events(record);
            outcome(record);
            gaps(record);
        }
        cause();
        impact();
        before_and_after();
        finish();
        return std::move(made_);
    }

private:
    template <typename T>
    void add(std::vector<T>& list, T value) {
        if (list.size() < most_lines)
            list.push_back(std::move(value));
        else
            ++made_.left_out;
    }
    void event(const std::optional<Time>& at, const std::string& actor, std::string what, std::string command = "") {
        if (at) add(made_.timeline, Incident::Event{*at, actor, std::move(what), std::move(command), from_});
    }
    void line(std::vector<Incident::Line>& list, std::string words) {
        add(list, Incident::Line{std::move(words), from_});
    }
    // Also for what is the same in every record: told once, by the first.
    bool line_once(std::vector<Incident::Line>& list, std::string words) {
        if (!told_.insert({&list, words}).second) return false;
        line(list, std::move(words));
        return true;
    }

    static std::string actor_name(const json& record) {
        const auto& who = member(record, "actor");
        const auto name = audit::actor(field_line(who, "os_user"), field_line(who, "host"));
        const bool automatic = field_line(record, "initiator") == "automatic";
        return (name.empty() ? "somebody unknown" : name) + (automatic ? ", automatic" : "");
    }

    void origin(const audit::Sealed& sealed) {
        const json& record = *sealed.record;
        made_.records.push_back({seq_of(record), one_line(sealed.file), one_line(sealed.digest),
                                 field_line(record, "run_id"), field_line(record, "kind"), field_line(record, "status"),
                                 time(member(record, "time"), "started_at").value_or(Time{})});
        const auto& cluster = member(record, "cluster");
        auto name = field_line(cluster, "context");
        if (const auto uid = field_line(cluster, "kube_system_uid"); !uid.empty()) name += " (uid " + uid + ")";
        add_once(made_.clusters, name);
        add_once(made_.tickets, field_line(member(record, "actor"), "ticket"));
    }
    static void add_once(std::vector<std::string>& list, const std::string& words) {
        if (!words.empty() && std::find(list.begin(), list.end(), words) == list.end()) list.push_back(words);
    }

    void run_events(const json& record) {
        const auto& when = member(record, "time");
        const auto reason = field_line(member(record, "actor"), "reason");
        const auto argv = texts(record, "argv");
        event(time(when, "started_at"), who_,
              fmt::format("{} started{}", field_line(record, "kind"), reason.empty() ? "" : ": " + reason),
              base::shell_line(argv));
        auto end = fmt::format("{} ended: {}, {}", field_line(record, "kind"), field_line(record, "status"),
                               exit_words(record));
        if (read_something(record)) end += "; findings: " + counts_words(severity_counts(items(record, "findings")));
        for (const auto& error : items(record, "errors")) end += "; error: " + field_line(error, "message");
        const auto ended = time(when, "ended_at");
        event(ended ? ended : time(when, "sealed_at"), "salve", end);
    }

    void finding_events(const json& record) {
        for (const auto& finding : items(record, "findings")) {
            if (!findings_.insert(audit::fields::text(finding, "id")).second) continue;
            const auto subject = object_words(member(finding, "root"));
            const auto seen = time(finding, "first_seen");
            if (const auto change = field_line(finding, "change"); !change.empty())
                event(seen ? seen : time(member(record, "time"), "started_at"), "cluster",
                      fmt::format("change that preceded the trouble of {}: {}", subject, change));
            event(seen, "cluster", fmt::format("first seen: {}: {}", subject, field_line(finding, "summary")));
        }
    }

    void decision(const json& record) {
        for (const auto& candidate : items(record, "candidates"))
            line_once(made_.suggested, candidate_words(candidate));
        for (const auto& words : decision_words(record)) line_once(made_.ruled, words);
        if (const auto& plan = member(record, "plan"); plan.is_object()) planned(plan);
        for (const auto& approval : items(record, "approvals")) {
            const auto who = field_line(approval, "approver");
            const auto words = approval_words(approval);
            const auto digest = field_line(approval, "plan_sha256");
            const auto at = time(approval, "at");
            const auto decision = fmt::format("{} at {}: {}{}", who.empty() ? who_ : who, at ? time_words(*at) : "-",
                                              words, digest.empty() ? "" : "; sha256 of the plan: " + digest);
            // The run that applies a plan repeats the approval that it relies on.
            if (line_once(made_.decided, decision)) event(at, who.empty() ? who_ : who, words);
        }
        for (const auto& transition : items(record, "transitions"))
            event(time(transition, "at"), "salve", transition_words(transition));
    }
    void planned(const json& plan) {
        const auto digest = field_line(plan, "plan_sha256");
        if (!plans_.insert(digest).second) return;
        std::vector<std::string> steps;
        for (const auto& step : items(plan, "steps"))
            steps.push_back(
                fmt::format("{} on {}", field_line(step, "action_id"), object_words(member(step, "target"))));
        const auto until = time(plan, "expires_at");
        event(time(plan, "created_at"), "salve",
              fmt::format("plan {} shown: {}{}", audit::plan_id(digest),
                          steps.empty() ? "no step" : base::join(steps, "; "),
                          until ? ", expires " + time_words(*until) : ""));
    }

    void step_events(const json& record) {
        for (const auto& step : items(record, "steps")) {
            const auto command = command_of(record, step);
            event(command.intent_at, who_,
                  fmt::format("step {}: {} on {} sent", command.ordinal, command.action, command.subject),
                  command.command);
            event(command.ended_at, "salve",
                  fmt::format("step {} ended: {}; effect: {}", command.ordinal, command.end, command.effect));
            last_step_ = std::max(last_step_.value_or(command.intent_at), command.ended_at.value_or(command.intent_at));
            add(made_.commands, command);
        }
    }
    Incident::Command command_of(const json& record, const json& step) const {
        Incident::Command command;
        command.ordinal = integer(step, "ordinal").value_or(0);
        command.action = field_line(step, "action_id");
        command.subject = object_words(member(step, "target"));
        command.command = base::shell_line(texts(step, "argv"));
        command.body = base::cut(body_words(step), most_excerpt);
        command.end = step_end_words(step);
        command.effect = field_line(step, "effect");
        command.outcome = base::word(audit::step_outcome_names, audit::step_outcome(record, step));
        command.intent_at = time(step, "intent_at").value_or(Time{});
        command.ended_at = time(step, "ended_at");
        for (const auto* name : {"stdout", "stderr"})
            if (const auto& output = member(step, name); integer(output, "bytes").value_or(0) > 0)
                command.outputs.push_back(output_of(name, output));
        command.from = from_;
        return command;
    }
    static Incident::Output output_of(std::string_view name, const json& output) {
        const auto excerpt = audit::fields::text(output, "excerpt");
        return {std::string(name), lines_of(base::cut(excerpt, most_excerpt)), integer(output, "bytes").value_or(0),
                boolean(output, "truncated") != true && excerpt.size() <= most_excerpt};
    }

    void outcome(const json& record) {
        for (const auto& check : items(record, "verification")) {
            const auto words = check_words(check);
            line(made_.verification, words);
            event(time(check, "at"), "salve", "check of " + words);
        }
        for (const auto& reconciliation : items(record, "reconciliations")) {
            const auto words = reconciliation_words(reconciliation);
            line(made_.reconciled, words);
            event(time(member(record, "time"), "started_at"), "salve", "reconciled: " + words);
        }
    }

    void gaps(const json& record) {
        for (const auto& read : items(record, "reads"))
            if (!read_answered(read)) line_once(made_.not_seen, read_gap_words(read));
        for (const auto& finding : items(record, "findings"))
            for (const auto& missing : texts(finding, "missing_evidence"))
                line_once(made_.not_seen,
                          fmt::format("for {}: {}", object_words(member(finding, "root")), one_line(missing)));
        for (const auto& warning : texts(record, "warnings"))
            line_once(made_.not_seen, "warning: " + one_line(warning));
    }

    // The objects that a plan or a step was about.
    std::set<audit::ObjectName> targets() const {
        std::set<audit::ObjectName> all;
        for (const auto* sealed : sealed_) {
            for (const auto& step : items(*sealed->record, "steps"))
                all.insert(audit::object_name(member(step, "target")));
            for (const auto& step : items(member(*sealed->record, "plan"), "steps"))
                all.insert(audit::object_name(member(step, "target")));
        }
        return all;
    }

    // The root finding about what was to be repaired, else the worst one; the first of equals.
    void cause() {
        const auto repaired = targets();
        std::pair<bool, Severity> best;
        const json *record = nullptr, *found = nullptr;
        for (const auto* sealed : sealed_)
            for (const auto* finding : roots(*sealed->record)) {
                const bool treated = repaired.count(audit::object_name(member(*finding, "root"))) != 0;
                const std::pair rank(treated, severity_of(*finding));
                if (found && rank <= best) continue;
                best = rank;
                record = sealed->record;
                found = finding;
            }
        if (found) made_.cause = cause_of(*record, *found);
    }
    static Incident::Cause cause_of(const json& record, const json& finding) {
        Incident::Cause cause;
        cause.id = field_line(finding, "id");
        cause.mode = field_line(finding, "rule");
        cause.severity = field_line(finding, "severity");
        cause.confidence = field_line(finding, "confidence");
        cause.subject = object_words(member(finding, "root"));
        cause.summary = field_line(finding, "summary");
        cause.change = field_line(finding, "change");
        cause.first_seen = time(finding, "first_seen");
        for (const auto& missing : texts(finding, "missing_evidence")) cause.missing.push_back(one_line(missing));
        const auto ids = texts(finding, "evidence_ids");
        for (const auto& item : items(record, "evidence"))
            if (std::find(ids.begin(), ids.end(), audit::fields::text(item, "id")) != ids.end())
                cause.evidence.push_back(quote_of(item));
        cause.from = {field_line(record, "run_id"), seq_of(record)};
        return cause;
    }
    static Incident::Quote quote_of(const json& item) {
        auto head = fmt::format("{} {} of {}", field_line(item, "id"), field_line(item, "source"),
                                object_words(member(item, "object")));
        if (const auto at = time(item, "at")) head += ", at " + time_words(*at);
        return {head, field_line(item, "path"), lines_of(audit::fields::text(item, "excerpt"))};
    }

    // Every root finding once, as it was first seen.
    void impact() {
        std::set<std::string> seen;
        std::vector<std::pair<Severity, Incident::Line>> lines;
        for (const auto* sealed : sealed_)
            for (const auto* root : roots(*sealed->record)) {
                const json& finding = *root;
                if (!seen.insert(audit::fields::text(finding, "id")).second) continue;
                const auto affected = static_cast<std::size_t>(integer(finding, "affected_count").value_or(0));
                const auto follow = items(finding, "consequences").size();
                auto words = fmt::format("{}: {}: {}; {} affected", field_line(finding, "severity"),
                                         object_words(member(finding, "root")), field_line(finding, "summary"),
                                         number_of(affected, "object", "objects"));
                if (follow != 0) words += fmt::format(", {}", number_of(follow, "consequence", "consequences"));
                const auto& record = *sealed->record;
                lines.push_back(
                    {severity_of(finding), {std::move(words), {field_line(record, "run_id"), seq_of(record)}}});
            }
        std::stable_sort(lines.begin(), lines.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
        for (auto& [severity, line] : lines) add(made_.impact, std::move(line));
    }

    void before_and_after() {
        const audit::Sealed *first = nullptr, *last = nullptr;
        for (const auto* sealed : sealed_) {
            if (!read_something(*sealed->record)) continue;
            // A run that sends something reads after its last step.
            const bool sends = !items(*sealed->record, "steps").empty();
            const auto at = time(member(*sealed->record, "time"), sends ? "ended_at" : "started_at");
            if (!first) first = sealed;
            if (sealed != first && (!last_step_ || (at && *at >= *last_step_))) last = sealed;
        }
        if (!first) return;
        const auto counts = [](const json& record) { return severity_counts(items(record, "findings")); };
        const auto from = [](const json& record) {
            return Incident::From{field_line(record, "run_id"), seq_of(record)};
        };
        made_.before = counts(*first->record);
        made_.before_from = from(*first->record);
        if (!last) return;
        made_.after = counts(*last->record);
        made_.after_from = from(*last->record);
        const auto diff = runs_diff(*first->record, *last->record);
        const auto tell = [&](std::vector<std::string>& list, const std::vector<RunsDiff::Finding>& findings) {
            for (const auto& finding : findings)
                add(list, fmt::format("{}: {} [{}]{}", finding.subject, finding.summary, finding.id,
                                      finding.doubt.empty() ? "" : "; not certain: " + finding.doubt));
        };
        tell(made_.resolved, diff.resolved);
        tell(made_.unproven, diff.unproven);
        tell(made_.remaining, diff.remaining);
        tell(made_.added, diff.added);
    }

    void finish() {
        std::stable_sort(made_.timeline.begin(), made_.timeline.end(),
                         [](const auto& a, const auto& b) { return a.at < b.at; });
        if (!made_.timeline.empty()) {
            made_.begin = made_.timeline.front().at;
            made_.end = made_.timeline.back().at;
        }
        const auto ticket = made_.tickets.empty() ? "" : made_.tickets[0] + ": ";
        made_.title = "Incident " + ticket +
                      (made_.cause ? fmt::format("{} ({})", made_.cause->subject, made_.cause->mode)
                                   : number_of(sealed_.size(), "run without a finding", "runs without a finding"));
        summarize();
    }

    void summarize() {
        std::vector<std::string> sentences;
        sentences.push_back(
            number_of(sealed_.size(), "record", "records") +
            (made_.begin ? fmt::format(", events from {} to {}", time_words(*made_.begin), time_words(*made_.end))
                         : "") +
            (made_.clusters.empty() ? "" : ", cluster " + base::join(made_.clusters, ", ")));
        if (made_.before)
            sentences.push_back(fmt::format("Findings at first: {}", counts_words(*made_.before)));
        else
            sentences.emplace_back("The cluster was not read");
        if (made_.cause)
            sentences.push_back(
                fmt::format("Cause ({}): {}: {}", made_.cause->confidence, made_.cause->subject, made_.cause->summary));
        sentences.push_back(sent_words());
        if (made_.after)
            sentences.push_back(
                fmt::format("Findings at last: {}; {} resolved, {} gone but not proven, {} remaining, "
                            "{} new",
                            counts_words(*made_.after), made_.resolved.size(), made_.unproven.size(),
                            made_.remaining.size(), made_.added.size()));
        else if (!made_.commands.empty())
            sentences.emplace_back("The cluster was not read again after the last command");
        for (auto& sentence : sentences) made_.summary += (made_.summary.empty() ? "" : " ") + sentence + ".";
    }
    std::string sent_words() const {
        if (made_.commands.empty()) return "Nothing was sent to the cluster that changes it";
        std::map<std::string_view, std::size_t> outcomes;
        for (const auto& command : made_.commands) ++outcomes[command.outcome];
        std::vector<std::string> parts;
        for (const auto& [outcome, name] : audit::step_outcome_names)
            if (const auto n = outcomes[name]; n != 0) parts.push_back(fmt::format("{} {}", n, name));
        return fmt::format("{} sent: {}", number_of(made_.commands.size(), "command", "commands"),
                           base::join(parts, ", "));
    }

    std::vector<const audit::Sealed*> sealed_;
    Incident made_;
    Incident::From from_;  // of the record at hand
    std::string who_;      // who ran it
    std::set<std::string> findings_, plans_;
    std::set<std::pair<const void*, std::string>> told_;
    std::optional<Time> last_step_;
};

}  // namespace

Incident incident(std::span<const audit::Sealed> records) {
    if (records.empty()) throw base::Error(base::ErrorKind::usage, "no run was named");
    if (records.size() > most_incident_records)
        throw base::Error(base::ErrorKind::usage,
                          fmt::format("{} runs are more than the {} that one document can be made of", records.size(),
                                      most_incident_records),
                          "narrow them down with --since, --ticket or --target");
    return Builder(records).build();
}

}  // namespace salve::report
