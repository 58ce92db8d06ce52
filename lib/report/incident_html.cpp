#include <fmt/format.h>

#include "base/text.hpp"
#include "report/html_text.hpp"
#include "report/incident.hpp"
#include "report/words.hpp"

namespace salve::report {
namespace {

// Nothing may be fetched and nothing may run, even if a text should get out of its element.
constexpr std::string_view top = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<style>
:root { color-scheme: light dark; --ink: #1c1c1c; --paper: #fff; --line: #d0d0d0; --code: #f4f4f4; --weak: #595959; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e4e4; --paper: #161616; --line: #3d3d3d; --code: #222; --weak: #a8a8a8; }
}
body { font: 16px/1.5 sans-serif; color: var(--ink); background: var(--paper); max-width: 70rem; margin: 2rem auto;
  padding: 0 1rem; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { border: 1px solid var(--line); padding: .3rem .5rem; text-align: left; vertical-align: top; }
pre, code { font: .85rem/1.4 monospace; background: var(--code); }
pre { padding: .6rem; border: 1px solid var(--line); white-space: pre-wrap; }
td.time { white-space: nowrap; }
small { color: var(--weak); }
@media print { body { max-width: none; margin: 0; } }
</style>
)";

std::string time_or_dash(const std::optional<Time>& at) { return at ? time_words(*at) : "-"; }

class HtmlPage {
public:
    explicit HtmlPage(const Incident& incident) : incident_(incident) {}

    std::string write() {
        const auto title = html_text(incident_.title);
        text_ += top;
        text_ += fmt::format("<title>{}</title>\n</head>\n<body>\n<h1>{}</h1>\n<p>{}</p>\n", title, title,
                             html_text(incident_.summary));
        lines("h2", "Impact", incident_.impact);
        timeline();
        cause();
        decision();
        commands();
        outcome();
        lines("h2", "What could not be seen", incident_.not_seen);
        records();
        text_ += "</body>\n</html>\n";
        return std::move(text_);
    }

private:
    static std::string from(const Incident::From& from) {
        return fmt::format("<small>(run {}, seq {})</small>", html_text(from.run), from.seq);
    }
    void head(std::string_view level, std::string_view title) {
        text_ += fmt::format("<{0}>{1}</{0}>\n", level, title);
    }
    void pre(std::string_view content) { text_ += fmt::format("<pre>{}</pre>\n", html_text(content, HtmlLines::kept)); }
    void fact(std::string_view name, std::string_view words) {
        if (!words.empty()) text_ += fmt::format("<li><b>{}:</b> {}</li>\n", name, html_text(words));
    }
    void lines(std::string_view level, std::string_view title, const std::vector<Incident::Line>& list) {
        if (list.empty()) return;
        head(level, title);
        text_ += "<ul>\n";
        for (const auto& line : list) text_ += fmt::format("<li>{} {}</li>\n", html_text(line.words), from(line.from));
        text_ += "</ul>\n";
    }

    void timeline() {
        head("h2", "Timeline");
        text_ += "<table>\n<tr><th>time (UTC)</th><th>actor</th><th>event</th><th>run</th><th>seq</th></tr>\n";
        for (const auto& event : incident_.timeline) {
            auto what = html_text(event.what);
            if (!event.command.empty()) what += "<br><code>" + html_text(event.command) + "</code>";
            text_ += fmt::format("<tr><td class=\"time\">{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                                 time_words(event.at), html_text(event.actor), what, html_text(event.from.run),
                                 event.from.seq);
        }
        text_ += "</table>\n";
    }

    void cause() {
        if (!incident_.cause) return;
        const auto& cause = *incident_.cause;
        head("h2", "Cause");
        text_ += fmt::format("<p>{} {}</p>\n<ul>\n", html_text(cause.subject + ": " + cause.summary), from(cause.from));
        fact("Mode", fmt::format("{}, {}, {}", cause.mode, cause.severity, cause.confidence));
        fact("Finding", cause.id);
        fact("First seen", time_or_dash(cause.first_seen));
        fact("Changed before it", cause.change);
        for (const auto& missing : cause.missing) fact("Not known", missing);
        text_ += "</ul>\n";
        for (const auto& quote : cause.evidence) {
            text_ += fmt::format("<p>{}, <code>{}</code>:</p>\n", html_text(quote.head), html_text(quote.path));
            pre(quote.excerpt);
        }
    }

    void decision() {
        if (incident_.suggested.empty() && incident_.ruled.empty() && incident_.decided.empty()) return;
        head("h2", "Decision");
        lines("h3", "Suggested", incident_.suggested);
        lines("h3", "Policy", incident_.ruled);
        lines("h3", "Decided", incident_.decided);
    }

    void commands() {
        if (incident_.commands.empty()) return;
        head("h2", "Commands");
        for (const auto& command : incident_.commands) {
            text_ += fmt::format("<h3>Step {}: {} {}</h3>\n", command.ordinal,
                                 html_text(command.action + " on " + command.subject), from(command.from));
            pre(command.command);
            if (!command.body.empty()) text_ += "<p>Request body:</p>\n", pre(command.body);
            text_ += "<ul>\n";
            fact("Recorded before it was sent", time_words(command.intent_at));
            fact("Ended", fmt::format("{}, {}", time_or_dash(command.ended_at), command.end));
            fact("Effect", fmt::format("{} ({})", command.effect, command.outcome));
            text_ += "</ul>\n";
            for (const auto& output : command.outputs) {
                text_ += fmt::format("<p>{}, {} bytes{}:</p>\n", html_text(output.name), output.bytes,
                                     output.whole ? "" : ", cut");
                pre(output.excerpt);
            }
        }
    }

    void outcome() {
        head("h2", "Outcome");
        text_ += "<ul>\n";
        const auto counts = [&](std::string_view name, const std::optional<SeverityCounts>& found,
                                const Incident::From& at) {
            if (found) text_ += fmt::format("<li><b>{}:</b> {} {}</li>\n", name, counts_words(*found), from(at));
        };
        counts("Findings before", incident_.before, incident_.before_from);
        counts("Findings after", incident_.after, incident_.after_from);
        if (!incident_.after) fact("Findings after", "not known: the cluster was not read again");
        for (const auto& words : incident_.resolved) fact("Resolved", words);
        for (const auto& words : incident_.unproven) fact("Gone, but not proven to be resolved", words);
        for (const auto& words : incident_.remaining) fact("Remaining", words);
        for (const auto& words : incident_.added) fact("New", words);
        text_ += "</ul>\n";
        lines("h3", "Verification", incident_.verification);
        lines("h3", "Reconciliation", incident_.reconciled);
    }

    void records() {
        head("h2", "Records");
        text_ +=
            "<p>Each digest is that of the bytes of its file, as <code>sha256sum</code> prints it; "
            "<code>salve runs verify</code> proves the chain.</p>\n"
            "<table>\n<tr><th>seq</th><th>file</th><th>sha256</th><th>run</th><th>kind</th><th>status</th>"
            "<th>started</th></tr>\n";
        for (const auto& row : incident_.records)
            text_ += fmt::format(
                "<tr><td>{}</td><td>{}</td><td><code>{}</code></td><td>{}</td><td>{}</td><td>{}</td>"
                "<td class=\"time\">{}</td></tr>\n",
                row.seq, html_text(row.file), html_text(row.sha256), html_text(row.run), html_text(row.kind),
                html_text(row.status), time_words(row.started_at));
        text_ += "</table>\n";
        if (incident_.left_out != 0)
            text_ +=
                fmt::format("<p>{} more lines are left out here; they stand in the records.</p>\n", incident_.left_out);
    }

    const Incident& incident_;
    std::string text_;
};

}  // namespace

std::string incident_html(const Incident& incident) { return HtmlPage(incident).write(); }

}  // namespace salve::report
