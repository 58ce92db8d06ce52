// salve runs show, diff, report: single records, two of them, and all of one incident.
#include "report/runs_show.hpp"

#include <fmt/format.h>

#include <memory>
#include <set>

#include "audit/summary.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "cmd/context.hpp"
#include "cmd/runs.hpp"
#include "io/find_run.hpp"
#include "report/incident.hpp"
#include "report/runs_diff.hpp"

namespace salve::cmd {
namespace {

using base::Error;
using base::ErrorKind;

struct Options {
    std::vector<std::string> runs;
    std::string output = "human";
};

audit::Sealed sealed(const io::ReadRecord& record) { return {&record.document, record.digest, to_text(record.name)}; }

int show(Context& context, const Options& options) {
    const auto runs = io::RunsFolder::open(context.runs_folder(), &context.cancel());
    const auto record = io::find_run(runs, options.runs.front());
    // As JSON the very bytes, so that their digest is the record's.
    context.out(options.output == "json" ? runs.read(record.name).bytes
                                         : report::run_human(sealed(record), context.style()));
    return 0;
}

int diff(Context& context, const Options& options) {
    const auto runs = io::RunsFolder::open(context.runs_folder(), &context.cancel());
    const auto before = io::find_run(runs, options.runs.at(0)), after = io::find_run(runs, options.runs.at(1));
    const auto result = report::runs_diff(before.document, after.document);
    context.out(options.output == "json" ? report::diff_json(result) : report::diff_human(result, context.style()));
    return 0;
}

audit::Summary summary_of(const io::ReadRecord& record) {
    return audit::summarize(record.document, record.digest, to_text(record.name));
}

// What ties records together: who made them necessary, and the incident.
struct Tie {
    audit::RecordName name;
    std::string run_id, ticket;
    std::vector<std::string> parents;
};

std::vector<Tie> ties(Context& context, const io::RunsFolder& runs) {
    std::vector<Tie> all;
    io::each_record(
        runs,
        [&](const io::ReadRecord& record) {
            auto summary = summary_of(record);
            all.push_back(
                {record.name, std::move(summary.run_id), std::move(summary.ticket), std::move(summary.parents)});
            return true;
        },
        [&](const Error& error) { context.warn(fmt::format("salve: warning: left out: {}", error.what())); });
    return all;
}

// The named runs, those of the same incident, and whatever they came from or led to, however far.
std::set<std::int64_t> closure(const std::vector<Tie>& all, std::set<std::string> ids,
                               const std::set<std::string>& tickets) {
    std::set<std::int64_t> chosen;
    for (bool grown = true; grown;) {
        grown = false;
        for (const auto& one : all) {
            if (chosen.contains(one.name.seq)) continue;
            bool tied = ids.contains(one.run_id) || tickets.contains(one.ticket);
            for (const auto& parent : one.parents) tied = tied || ids.contains(parent);
            if (!tied) continue;
            chosen.insert(one.name.seq);
            ids.insert(one.run_id);
            ids.insert(one.parents.begin(), one.parents.end());
            grown = true;
        }
    }
    return chosen;
}

constexpr std::size_t most_bytes = std::size_t{64} << 20;  // of records that are held at once

int report_incident(Context& context, const Options& options) {
    const auto& ticket = context.flags.ticket;
    if (options.runs.empty() && ticket.empty())
        throw Error(ErrorKind::usage, "name a run, or an incident with --ticket", "'salve runs list' shows them");
    const auto runs = io::RunsFolder::open(context.runs_folder(), &context.cancel());
    std::set<std::string> ids, tickets;
    if (!ticket.empty()) tickets.insert(ticket);
    for (const auto& word : options.runs) {
        const auto named = summary_of(io::find_run(runs, word));
        ids.insert(named.run_id);
        if (!named.ticket.empty()) tickets.insert(named.ticket);
    }
    const auto all = ties(context, runs);
    const auto chosen = closure(all, ids, tickets);
    if (chosen.empty()) throw Error(ErrorKind::usage, fmt::format("no run has the ticket {}", base::quoted(ticket)));
    if (chosen.size() > report::most_incident_records)
        throw Error(ErrorKind::usage,
                    fmt::format("{} runs belong to it, more than {}", chosen.size(), report::most_incident_records),
                    "name single runs");
    std::vector<io::ReadRecord> records;
    std::size_t bytes = 0;
    for (const auto& one : all) {
        if (!chosen.contains(one.name.seq)) continue;
        records.push_back(io::read_record(runs, one.name));
        bytes += runs.read(one.name).bytes.size();
        if (bytes > most_bytes) throw Error(ErrorKind::usage, "its records are larger than 64 MiB", "name single runs");
    }
    std::vector<audit::Sealed> views;
    views.reserve(records.size());
    for (const auto& record : records) views.push_back(sealed(record));
    const auto incident = report::incident(views);
    context.out(options.output == "json"   ? report::incident_json(incident)
                : options.output == "html" ? report::incident_html(incident)
                                           : report::incident_markdown(incident));
    return 0;
}

void add_output(CLI::App& app, const std::shared_ptr<Options>& options, const std::vector<std::string>& formats) {
    options->output = formats.front();
    app.add_option("-o,--output", options->output, "output format")
        ->check(CLI::IsMember(formats))
        ->capture_default_str();
}

constexpr const char* run_words = "number, 'latest', or the beginning of the run's id or digest";

}  // namespace

Run add_runs_show(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    app.add_option("RUN", options->runs, run_words)->required()->expected(1);
    add_output(app, options, {"human", "json"});
    return [options](Context& context) { return show(context, *options); };
}

Run add_runs_diff(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    app.add_option("RUNS", options->runs, std::string("two runs, the earlier one first: ") + run_words)
        ->required()
        ->expected(2);
    add_output(app, options, {"human", "json"});
    return [options](Context& context) { return diff(context, *options); };
}

Run add_runs_report(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    app.add_option("RUN", options->runs, std::string("runs of the incident: ") + run_words);
    add_output(app, options, {"markdown", "html", "json"});
    app.footer(
        "The runs that are named, all with the same ticket, and whatever they came from or led to: timeline, "
        "evidence,\n"
        "cause, decision, commands and outcome. The digests at the end tie the document to the records.");
    return [options](Context& context) { return report_incident(context, *options); };
}

}  // namespace salve::cmd
