#include <fmt/format.h>

#include "base/text.hpp"
#include "report/incident.hpp"
#include "report/markdown_text.hpp"
#include "report/words.hpp"

namespace salve::report {
namespace {

std::string time_or_dash(const std::optional<Time>& at) { return at ? time_words(*at) : "-"; }

class Document {
public:
    explicit Document(const Incident& incident) : incident_(incident) {}

    std::string write() {
        text_ += fmt::format("# {}\n\n{}\n\n", md_text(incident_.title), md_text(incident_.summary));
        lines("Impact", incident_.impact);
        timeline();
        cause();
        decision();
        commands();
        outcome();
        lines("What could not be seen", incident_.not_seen);
        records();
        return std::move(text_);
    }

private:
    static std::string from(const Incident::From& from) {
        return fmt::format("(run {}, seq {})", md_text(from.run), from.seq);
    }
    void head(std::string_view title) { text_ += fmt::format("## {}\n\n", title); }
    void item(std::string_view words) { text_ += fmt::format("- {}\n", words); }
    void fact(std::string_view name, std::string_view words) {
        if (!words.empty()) item(fmt::format("**{}:** {}", name, md_text(words)));
    }
    void lines(std::string_view title, const std::vector<Incident::Line>& list, std::string_view level = "##") {
        if (list.empty()) return;
        text_ += fmt::format("{} {}\n\n", level, title);
        for (const auto& line : list) item(md_text(line.words) + " " + from(line.from));
        text_ += '\n';
    }

    void timeline() {
        head("Timeline");
        text_ += "| time (UTC) | actor | event | run | seq |\n|---|---|---|---|---|\n";
        for (const auto& event : incident_.timeline) {
            auto what = md_text(event.what);
            if (!event.command.empty()) what += ": " + md_code(event.command);
            text_ += fmt::format("| {} | {} | {} | {} | {} |\n", md_text(time_words(event.at)), md_text(event.actor),
                                 what, md_text(event.from.run), event.from.seq);
        }
        text_ += '\n';
    }

    void cause() {
        if (!incident_.cause) return;
        const auto& cause = *incident_.cause;
        head("Cause");
        item(fmt::format("**What:** {} {}", md_text(cause.subject + ": " + cause.summary), from(cause.from)));
        fact("Mode", fmt::format("{}, {}, {}", cause.mode, cause.severity, cause.confidence));
        fact("Finding", cause.id);
        fact("First seen", time_or_dash(cause.first_seen));
        fact("Changed before it", cause.change);
        for (const auto& missing : cause.missing) fact("Not known", missing);
        text_ += '\n';
        for (const auto& quote : cause.evidence)
            text_ += fmt::format("Evidence {}, {}:\n\n{}\n", md_text(quote.head), md_text(quote.path),
                                 md_block(quote.excerpt, "text"));
    }

    void decision() {
        if (incident_.suggested.empty() && incident_.ruled.empty() && incident_.decided.empty()) return;
        head("Decision");
        lines("Suggested", incident_.suggested, "###");
        lines("Policy", incident_.ruled, "###");
        lines("Decided", incident_.decided, "###");
    }

    void commands() {
        if (incident_.commands.empty()) return;
        head("Commands");
        for (const auto& command : incident_.commands) {
            text_ += fmt::format("### Step {}: {} {}\n\n{}\n", command.ordinal,
                                 md_text(command.action + " on " + command.subject), from(command.from),
                                 md_block(command.command, "sh"));
            if (!command.body.empty()) text_ += "Request body:\n\n" + md_block(command.body, "json") + '\n';
            fact("Recorded before it was sent", time_words(command.intent_at));
            fact("Ended", fmt::format("{}, {}", time_or_dash(command.ended_at), command.end));
            fact("Effect", fmt::format("{} ({})", command.effect, command.outcome));
            text_ += '\n';
            for (const auto& output : command.outputs)
                text_ += fmt::format("{}, {} bytes{}:\n\n{}\n", md_text(output.name), output.bytes,
                                     output.whole ? "" : ", cut", md_block(output.excerpt, "text"));
        }
    }

    void outcome() {
        head("Outcome");
        const auto counts = [&](std::string_view name, const std::optional<SeverityCounts>& found,
                                const Incident::From& at) {
            if (found) item(fmt::format("**{}:** {} {}", name, counts_words(*found), from(at)));
        };
        counts("Findings before", incident_.before, incident_.before_from);
        counts("Findings after", incident_.after, incident_.after_from);
        if (!incident_.after) item("**Findings after:** not known: the cluster was not read again");
        for (const auto& words : incident_.resolved) fact("Resolved", words);
        for (const auto& words : incident_.unproven) fact("Gone, but not proven to be resolved", words);
        for (const auto& words : incident_.remaining) fact("Remaining", words);
        for (const auto& words : incident_.added) fact("New", words);
        text_ += '\n';
        lines("Verification", incident_.verification, "###");
        lines("Reconciliation", incident_.reconciled, "###");
    }

    void records() {
        head("Records");
        text_ +=
            "Each digest is that of the bytes of its file, as `sha256sum` prints it; `salve runs verify` proves the "
            "chain.\n\n"
            "| seq | file | sha256 | run | kind | status | started |\n|---|---|---|---|---|---|---|\n";
        for (const auto& row : incident_.records)
            text_ += fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", row.seq, md_text(row.file),
                                 md_text(row.sha256), md_text(row.run), md_text(row.kind), md_text(row.status),
                                 md_text(time_words(row.started_at)));
        if (incident_.left_out != 0)
            text_ += fmt::format("\n{} more lines are left out here; they stand in the records.\n", incident_.left_out);
    }

    const Incident& incident_;
    std::string text_;
};

}  // namespace

std::string incident_markdown(const Incident& incident) { return Document(incident).write(); }

}  // namespace salve::report
