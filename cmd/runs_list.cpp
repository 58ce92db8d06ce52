// salve runs list, stats: what ran, streamed from the newest record to the oldest.
#include "report/runs_list.hpp"

#include <fmt/format.h>

#include <charconv>
#include <memory>

#include "audit/summary.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "cmd/context.hpp"
#include "cmd/exit_codes.hpp"
#include "cmd/runs.hpp"
#include "io/find_run.hpp"
#include "report/runs_stats.hpp"

namespace salve::cmd {
namespace {

using base::Error;
using base::ErrorKind;

struct Options {
    std::string since, until, ticket, output = "human";
    std::vector<std::string> kinds, outcomes, namespaces, targets, types;
    std::size_t limit = 50;
    bool steps = false;
};

// "2h", "30m", "3d" before now, a date, or a time of RFC 3339.
base::Time time_of(const std::string& word, base::Time now) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    const std::string_view unit(end, static_cast<std::size_t>(word.data() + word.size() - end));
    constexpr std::int64_t most = 100'000;
    if (error == std::errc() && number >= 0 && number <= most) {
        if (unit == "m") return now - base::minutes(number);
        if (unit == "h") return now - base::hours(number);
        if (unit == "d") return now - base::hours(number) * 24;
    }
    if (const auto time = base::parse_time(word)) return *time;
    if (const auto date = base::parse_time(word + "T00:00:00Z")) return *date;
    throw Error(ErrorKind::usage, fmt::format("{} is no time", base::quoted(word)),
                "write 30m, 2h or 3d for how long ago, 2026-11-21, or 2026-11-21T08:00:00Z");
}

audit::Filter filter_of(const Options& options, base::Time now) {
    audit::Filter filter;
    if (!options.since.empty()) filter.since = time_of(options.since, now);
    if (!options.until.empty()) filter.until = time_of(options.until, now);
    filter.kinds = options.kinds;
    filter.outcomes = options.outcomes;
    filter.namespaces = options.namespaces;
    for (const auto& target : options.targets) filter.targets.push_back(diagnose::parse_target(target));
    for (const auto& type : options.types) filter.types.push_back(diagnose::parse_kind(type));
    if (!options.ticket.empty()) filter.ticket = options.ticket;
    check(filter);
    return filter;
}

report::ListFormat format_of(const Options& options) {
    return options.output == "json" ? report::ListFormat::json : report::ListFormat::human;
}

// Calls `show` with each record that the filter lets pass; broken ones are told on stderr and make the list incomplete.
template <typename Show>
bool each_match(Context& context, const audit::Filter& filter, Show show) {
    bool whole = true;
    io::each_record(
        io::RunsFolder::open(context.runs_folder(), &context.cancel()),
        [&](const io::ReadRecord& record) {
            const auto summary = audit::summarize(record.document, record.digest, to_text(record.name));
            return !matches(summary, filter) || show(record, summary);
        },
        [&](const Error& error) {
            whole = false;
            context.warn(fmt::format("salve: warning: left out: {}", error.what()));
        });
    return whole;
}

int list(Context& context, const Options& options) {
    const auto filter = filter_of(options, context.now());
    report::RunsList runs(format_of(options), context.style());
    report::EntriesList steps(format_of(options), context.style());
    context.out(options.steps ? steps.head() : runs.head());
    std::size_t rows = 0;
    bool more = false;
    const bool whole = each_match(context, filter, [&](const io::ReadRecord& record, const audit::Summary& summary) {
        if (options.limit != 0 && rows >= options.limit) {
            more = true;
            return false;
        }
        if (!options.steps) {
            context.out(runs.row(summary));
            ++rows;
            return true;
        }
        for (const auto& entry : audit::entries(record.document)) {
            context.out(steps.row(entry));
            ++rows;
        }
        return true;
    });
    context.out(options.steps ? steps.tail() : runs.tail());
    if (more && !context.flags.quiet)
        context.warn(fmt::format("only the newest {}; --limit 0 shows all", options.limit));
    return whole ? exit_ok : base::exit_code(ErrorKind::invalid_record);
}

int stats(Context& context, const Options& options) {
    report::RunsStats all;
    const bool whole = each_match(context, filter_of(options, context.now()),
                                  [&](const io::ReadRecord&, const audit::Summary& summary) {
                                      all.add(summary);
                                      return true;
                                  });
    context.out(options.output == "json" ? all.json() : all.human(context.style()));
    return whole ? exit_ok : base::exit_code(ErrorKind::invalid_record);
}

std::shared_ptr<Options> add_filter(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option("--since", options->since, "began at or after: 2h, 3d, 2026-11-21, 2026-11-21T08:00:00Z");
    app.add_option("--until", options->until, "began before");
    app.add_option("--kind", options->kinds, "triage, plan, approve, ... (repeatable)")->allow_extra_args(false);
    app.add_option("--outcome", options->outcomes, "completed, failed, unknown, ... (repeatable)")
        ->allow_extra_args(false);
    app.add_option("-n,--namespace", options->namespaces, "about this namespace (repeatable)")->allow_extra_args(false);
    app.add_option("--target", options->targets, "about this object: deploy/web, pod/web-0 (repeatable)")
        ->allow_extra_args(false);
    app.add_option("--type", options->types, "about objects of this kind: deployment, pod (repeatable)")
        ->allow_extra_args(false);
    app.add_option("-o,--output", options->output, "output format")
        ->check(CLI::IsMember({"human", "json"}))
        ->capture_default_str();
    return options;
}

}  // namespace

Run add_runs_list(CLI::App& app) {
    const auto options = add_filter(app);
    app.add_option("--limit", options->limit, "at most so many, the newest ones; 0: all")->capture_default_str();
    app.add_flag("--steps", options->steps, "one line for each step that was sent to a cluster");
    return [options](Context& context) {
        options->ticket = context.flags.ticket;
        return list(context, *options);
    };
}

Run add_runs_stats(CLI::App& app) {
    const auto options = add_filter(app);
    return [options](Context& context) {
        options->ticket = context.flags.ticket;
        return stats(context, *options);
    };
}

}  // namespace salve::cmd
