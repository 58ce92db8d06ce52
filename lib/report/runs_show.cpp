#include "report/runs_show.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "audit/fields.hpp"
#include "base/shell.hpp"
#include "base/text.hpp"
#include "report/page.hpp"
#include "report/record_words.hpp"
#include "report/words.hpp"

namespace salve::report {
namespace {

using audit::fields::boolean;
using audit::fields::integer;
using audit::fields::items;
using audit::fields::member;
using audit::fields::texts;
using nlohmann::json;

class RunPrinter {
public:
    RunPrinter(const audit::Sealed& sealed, const Style& style)
        : sealed_(sealed), record_(*sealed.record), style_(style), page_(style, 11) {}

    std::string print() {
        origin();
        cluster();
        reads();
        findings();
        advice();
        plan();
        decisions();
        steps();
        verification();
        lines("Transitions:", items(record_, "transitions"), transition_words);
        lines("Reconciled:", items(record_, "reconciliations"), reconciliation_words);
        problems();
        chain();
        return page_.take();
    }

private:
    void title(std::string_view words) {
        page_.blank();
        page_.unbroken(0, words);
    }
    void fact(std::string_view label, const std::string& words) {
        if (!words.empty()) page_.labelled(2, label, words);
    }
    template <typename Words>
    void lines(std::string_view heading, const json& list, Words words) {
        if (list.empty()) return;
        title(heading);
        for (const auto& item : list) page_.paragraph(words(item), "  ", "      ");
    }
    void bullets(const std::vector<std::string>& list) {
        for (const auto& line : list) page_.paragraph(line, "  ", "      ");
    }

    void origin() {
        page_.paragraph(fmt::format("run {}: {}, {}, {}", field_line(record_, "run_id"), field_line(record_, "kind"),
                                    field_line(record_, "status"), exit_words(record_)),
                        "", "  ");
        if (const auto argv = texts(record_, "argv"); !argv.empty()) {
            page_.unbroken(2, "asked:");
            page_.unbroken(4, base::shell_line(argv));
        }
        const auto& who = member(record_, "actor");
        const auto& when = member(record_, "time");
        fact("by:", actor_words(record_));
        fact("ticket:", field_line(who, "ticket"));
        fact("reason:", field_line(who, "reason"));
        auto span = field_time(when, "started_at");
        if (const auto end = field_time(when, "ended_at"); !end.empty()) span += " to " + end;
        if (const auto us = integer(when, "mono_us")) span += ", " + span_words(*us);
        if (boolean(when, "clock_went_back") == true) span += "; the clock went back meanwhile";
        fact("when:", span);
        for (const auto& parent : texts(record_, "parent_run_ids")) fact("after run:", one_line(parent));
    }

    void cluster() {
        const auto& cluster = member(record_, "cluster");
        auto words = field_line(cluster, "context");
        const auto add = [&](std::string_view what, std::string_view key) {
            if (const auto value = field_line(cluster, key); !value.empty())
                words += fmt::format("{}{}{}", words.empty() ? "" : ", ", what, value);
        };
        add("Kubernetes ", "server_version");
        add("at ", "server");
        add("uid ", "kube_system_uid");
        add("trust level ", "trust_level");
        fact("cluster:", words.empty() ? "not known" : words);
        const auto& kubectl = member(cluster, "kubectl");
        fact("kubectl:", base::join(std::vector{field_line(kubectl, "path"), field_line(kubectl, "version")}, " "));
        fact("recording:", field_line(record_, "recording_sha256"));
        fact("scope:", scope_words(member(record_, "scope")));
    }

    void reads() {
        const auto& reads = items(record_, "reads");
        if (!reads.empty()) {
            const auto ok = std::count_if(reads.begin(), reads.end(), read_answered);
            fact("read:", fmt::format("{} of {} reads ok", ok, reads.size()));
        }
        const auto& commands = items(record_, "commands");
        if (!commands.empty()) {
            fact("commands:", fmt::format("{} of kubectl{}", commands.size(), style_.verbosity > 0 ? "" : " (-v)"));
            for (const auto& command : commands)
                if (style_.verbosity > 0) page_.unbroken(4, base::shell_line(words_of(command)));
        }
        bool titled = false;
        for (const auto& read : reads) {
            if (read_answered(read)) continue;
            if (!titled) title("Not read:");
            titled = true;
            page_.paragraph(read_gap_words(read), "  ", "      ");
        }
    }
    static std::vector<std::string> words_of(const json& command) {
        std::vector<std::string> words;
        for (const auto& word : command)
            if (word.is_string()) words.push_back(word.get<std::string>());
        return words;
    }

    void findings() {
        std::map<std::string, const json*> evidence;
        for (const auto& item : items(record_, "evidence")) evidence.emplace(audit::fields::text(item, "id"), &item);
        const auto& findings = items(record_, "findings");
        if (!findings.empty()) title(fmt::format("Findings: {}", counts_words(severity_counts(findings))));
        for (const auto& one : findings) {
            finding(one);
            for (const auto& id : texts(one, "evidence_ids"))
                if (const auto item = evidence.find(id); item != evidence.end()) proof(*item->second);
        }
        const auto& below = member(record_, "below_min_severity");
        if (!below.is_object() || below.empty()) return;
        title("Left out, as not severe enough:");
        for (const auto& [mode, count] : below.items())
            page_.paragraph(fmt::format("{} {}", count.dump(), one_line(mode)), "  ", "      ");
    }
    void finding(const json& one) {
        const auto severity = base::parse(diagnose::severity_names, field_line(one, "severity"));
        page_.badged(2, severity.value_or(diagnose::Severity::info),
                     fmt::format("{}  [{}]", object_words(member(one, "root")), field_line(one, "id")));
        const auto label = [&](std::string_view name, const std::string& words) {
            if (!words.empty()) page_.labelled(4, name, words);
        };
        label("why:", field_line(one, "summary"));
        label("mode:", fmt::format("{}, {}", field_line(one, "rule"), field_line(one, "confidence")));
        label("caused by:", field_line(one, "caused_by"));
        label("changed:", field_line(one, "change"));
        label("since:", field_time(one, "first_seen"));
        if (const auto n = integer(one, "affected_count").value_or(0); n > 0)
            label("affects:", number_of(static_cast<std::size_t>(n), "object", "objects"));
        for (const auto& missing : texts(one, "missing_evidence")) label("missing:", one_line(missing));
    }
    void proof(const json& item) {
        auto head = fmt::format("{} {} of {}", field_line(item, "id"), field_line(item, "source"),
                                object_words(member(item, "object")));
        if (const auto at = field_time(item, "at"); !at.empty()) head += ", at " + at;
        page_.paragraph(head, "    ", "        ");
        page_.paragraph(field_line(item, "path"), "        ", "        ");
        page_.paragraph(base::quoted(shortened(field_line(item, "excerpt"))), "        ", "        ");
    }
    std::string shortened(const std::string& words) const {
        constexpr std::size_t enough = 600;  // bytes: about eight lines
        return style_.verbosity > 0 ? words : base::cut(words, enough);
    }

    void advice() {
        lines("Suggested:", items(record_, "candidates"), candidate_words);
        if (const auto& model = member(record_, "llm"); model.is_object()) {
            title("Advisor:");
            auto words = field_line(model, "model");
            if (boolean(model, "used") != true) words += " (not used)";
            if (const auto why = field_line(model, "fallback_reason"); !why.empty()) words += ": " + why;
            page_.paragraph(words, "  ", "      ");
            for (const auto& note : items(model, "notes"))
                page_.paragraph(fmt::format("says of {}: {}", field_line(note, "candidate"),
                                            base::quoted(field_line(note, "text"))),
                                "  ", "      ");
            for (const auto& warning : texts(model, "warnings")) page_.paragraph(one_line(warning), "  ", "      ");
            for (const auto& dropped : items(model, "dropped"))
                page_.paragraph(
                    fmt::format("dropped {}: {}", field_line(dropped, "what"), field_line(dropped, "reason")), "  ",
                    "      ");
        }
        if (const auto decisions = decision_words(record_); !decisions.empty()) {
            title("Policy:");
            bullets(decisions);
        }
    }

    void plan() {
        const auto& plan = member(record_, "plan");
        if (!plan.is_object()) return;
        title("Plan:");
        fact("plan:", audit::plan_id(field_line(plan, "plan_sha256")));
        fact("sha256:", field_line(plan, "plan_sha256"));
        fact("made:", fmt::format("{}, expires {}", field_time(plan, "created_at"), field_time(plan, "expires_at")));
        for (const auto& step : items(plan, "steps")) planned(step);
        if (const auto& rescue = member(plan, "rescue"); rescue.is_object())
            fact("rescue:", fmt::format("plan {}, {}", audit::plan_id(field_line(rescue, "plan_sha256")),
                                        number_of(items(rescue, "steps").size(), "step", "steps")));
    }
    void planned(const json& step) {
        const auto& request = member(step, "request");
        page_.paragraph(fmt::format("step {}: {} on {}, risk {}; {} {}", integer(step, "ordinal").value_or(0),
                                    field_line(step, "action_id"), object_words(member(step, "target")),
                                    field_line(step, "risk"), field_line(request, "verb"), field_line(request, "path")),
                        "  ", "      ");
        const auto& dry = member(step, "dry_run");
        if (!dry.is_object()) return;
        page_.paragraph(fmt::format("dry run: exit code {}", integer(dry, "rc").value_or(0)), "      ", "      ");
        quoted_lines(audit::fields::text(dry, "diff_excerpt"));
    }

    void decisions() {
        const auto& approvals = items(record_, "approvals");
        if (approvals.empty()) return;
        title("Decided:");
        for (const auto& approval : approvals) {
            const auto who = field_line(approval, "approver");
            page_.paragraph(fmt::format("{} {}: {}", field_time(approval, "at"), who.empty() ? "somebody unknown" : who,
                                        approval_words(approval)),
                            "  ", "      ");
        }
    }

    void steps() {
        const auto& steps = items(record_, "steps");
        if (steps.empty()) return;
        title("Sent:");
        for (const auto& step : steps) sent(step);
    }
    void sent(const json& step) {
        const auto outcome = base::word(audit::step_outcome_names, audit::step_outcome(record_, step));
        page_.paragraph(fmt::format("step {}: {} on {}: {}", integer(step, "ordinal").value_or(0),
                                    field_line(step, "action_id"), object_words(member(step, "target")), outcome),
                        "  ", "      ");
        page_.unbroken(6, base::shell_line(texts(step, "argv")));
        if (const auto body = body_words(step); !body.empty()) {
            page_.unbroken(6, "body:");
            quoted_lines(body);
        }
        const auto ended = field_time(step, "ended_at");
        page_.paragraph(
            fmt::format("recorded {}, {}{}; effect: {}", field_time(step, "intent_at"), step_end_words(step),
                        ended.empty() ? "" : " at " + ended, field_line(step, "effect")),
            "      ", "      ");
        output("stdout", member(step, "stdout"));
        output("stderr", member(step, "stderr"));
    }
    void output(std::string_view name, const json& output) {
        if (!output.is_object() || integer(output, "bytes").value_or(0) == 0) return;
        page_.paragraph(fmt::format("{}, {} bytes{}:", name, integer(output, "bytes").value_or(0),
                                    boolean(output, "truncated") == true ? ", cut" : ""),
                        "      ", "      ");
        quoted_lines(audit::fields::text(output, "excerpt"));
    }
    // Behind a bar, so that no line of it can pass for one of this page.
    void quoted_lines(const std::string& excerpt) {
        constexpr std::size_t enough = 20;
        const auto all = base::split_lines(excerpt);
        const auto shown = style_.verbosity > 0 ? all.size() : std::min(all.size(), enough);
        for (std::size_t i = 0; i < shown; ++i) page_.paragraph(one_line(all[i]), "      | ", "      | ");
        if (shown < all.size())
            page_.paragraph(fmt::format("and {} more lines (-v)", all.size() - shown), "      ", "      ");
    }

    void verification() { lines("Verified:", items(record_, "verification"), check_words); }

    void problems() {
        if (const auto warnings = texts(record_, "warnings"); !warnings.empty()) {
            title("Warnings:");
            for (const auto& warning : warnings) page_.paragraph(one_line(warning), "  ", "      ");
        }
        lines("Errors:", items(record_, "errors"), [](const json& error) {
            const auto where = field_line(error, "where");
            return fmt::format("{}: {}{}", integer(error, "code").value_or(0), where.empty() ? "" : where + ": ",
                               field_line(error, "message"));
        });
    }

    void chain() {
        title("Chain:");
        const auto& chain = member(record_, "chain");
        fact("record:", one_line(sealed_.file));
        fact("seq:", std::to_string(integer(chain, "seq").value_or(0)));
        fact("sha256:", one_line(sealed_.digest));
        const auto& prev = member(chain, "prev");
        fact("before:", prev.is_object() ? fmt::format("seq {}", integer(prev, "seq").value_or(0))
                                         : "nothing: the first of its chain");
        fact("", field_line(prev, "sha256"));
        fact("signer:", field_line(chain, "signer").empty() ? "not signed" : field_line(chain, "signer"));
        const auto& tool = member(record_, "tool");
        fact("by salve:", fmt::format("{} ({})", field_line(tool, "version"), field_line(tool, "commit")));
        const auto& journal = member(record_, "journal");
        if (const auto torn = integer(journal, "torn_bytes").value_or(0); torn > 0)
            fact("journal:", fmt::format("{} bytes of a last line that was cut off are kept", torn));
    }

    const audit::Sealed& sealed_;
    const json& record_;
    const Style& style_;
    Page page_;
};

}  // namespace

std::string run_human(const audit::Sealed& sealed, const Style& style) { return RunPrinter(sealed, style).print(); }

}  // namespace salve::report
