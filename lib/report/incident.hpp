// The post-incident document: what the records of one incident say, put in order. Nothing is guessed, and every line
// names the record that it stands in. The writers lay out an Incident and compute nothing.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audit/summary.hpp"
#include "report/record_words.hpp"
#include "report/triage.hpp"

namespace salve::report {

// All text is visible and one line, but for what is called an excerpt: lines of visible text.
struct Incident {
    // Where a line comes from.
    struct From {
        std::string run;
        std::int64_t seq = 0;
    };
    struct Event {
        Time at;
        std::string actor, what;  // actor: who did it, "cluster" or "salve"
        std::string command;      // the exact command, to be pasted; empty: none
        From from;
    };
    struct Quote {
        std::string head, path, excerpt;  // "E1 status of Pod demo/web-x, container app, at ..."
    };
    struct Cause {
        std::string id, mode, severity, confidence, subject, summary, change;  // change: what preceded it
        std::optional<Time> first_seen;
        std::vector<std::string> missing;  // what could not be read, and which conclusion it blocks
        std::vector<Quote> evidence;
        From from;
    };
    struct Line {
        std::string words;
        From from;
    };
    struct Output {
        std::string name, excerpt;  // "stdout", "stderr"
        std::int64_t bytes = 0;
        bool whole = true;  // the excerpt is all that was written
    };
    struct Command {
        std::int64_t ordinal = 0;
        std::string action, subject, command, end, effect, outcome;  // end: "exit code 1"
        std::string body;                                            // of the request, as JSON; empty: none
        Time intent_at;
        std::optional<Time> ended_at;
        std::vector<Output> outputs;
        From from;
    };
    struct Row {
        std::int64_t seq = 0;
        std::string file, sha256, run, kind, status;
        Time started_at;
    };

    std::string title, summary;
    std::optional<Time> begin, end;  // of the timeline
    std::vector<std::string> clusters, tickets;
    std::vector<Line> impact;  // the findings without a cause among them, worst first
    std::vector<Event> timeline;
    std::optional<Cause> cause;
    std::vector<Line> suggested, ruled, decided;  // candidates; verdicts of the policy; approvals, rejections, snoozes
    std::vector<Command> commands;
    std::vector<Line> verification, reconciled;
    // By severity; before is of the first run that read the cluster, after of the last one after the last step. Nothing
    // where there was none.
    std::optional<SeverityCounts> before, after;
    From before_from, after_from;
    std::vector<std::string> resolved, unproven, remaining, added;
    std::vector<Line> not_seen;
    std::vector<Row> records;
    std::size_t left_out = 0;  // lines beyond the limits, in all lists together: they stand in the records
};

// The most records that one document is made of.
constexpr std::size_t most_incident_records = 1000;

// Of the records of one incident, in any order; none of their `record` is null. base::Error(usage) for none at all or
// for more than most_incident_records.
Incident incident(std::span<const audit::Sealed> records);

std::string incident_markdown(const Incident& incident);
// One page without scripts and without anything that has to be fetched.
std::string incident_html(const Incident& incident);
std::string incident_json(const Incident& incident);  // schema salve.incident/v1

}  // namespace salve::report
