// salve snooze: mutes a finding until a date (S1.31, S1.40): it stays in every list, marked, and counts for no exit
// code. Nothing is changed.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "audit/fields.hpp"
#include "audit/history.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "cmd/close_plan.hpp"
#include "cmd/command.hpp"
#include "cmd/context.hpp"
#include "cmd/exit_codes.hpp"
#include "cmd/span.hpp"
#include "io/find_run.hpp"
#include "io/system.hpp"

namespace salve::cmd {
namespace {

using base::Error;
using base::ErrorKind;

struct Options {
    std::string finding, span, until, reason, output = "human";
};

base::Time end_of(const Options& options, base::Time now) {
    if (options.span.empty() == options.until.empty())
        throw Error(ErrorKind::usage, "give either --for or --until",
                    "as in --for 4h, or --until 2026-11-21T08:00:00Z");
    auto until = now;
    if (!options.span.empty()) {
        until = now + span_of("--for", options.span);
    } else {
        const auto time = base::parse_time(options.until);
        if (!time)
            throw Error(ErrorKind::usage, fmt::format("--until {} is no time", base::quoted(options.until)),
                        "as in 2026-11-21T08:00:00Z");
        until = *time;
    }
    if (until <= now || until - now > audit::longest_snooze)
        throw Error(ErrorKind::usage, "a snooze ends later than now, and within 30 days", "snooze it again then");
    return until;
}

// The finding in the newest record that has it, whole.
std::string find_finding(const io::RunsFolder& runs, const std::string& word) {
    constexpr std::size_t least = 6, whole = 12;
    const bool hex = word.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!hex || word.size() < least || word.size() > whole)
        throw Error(ErrorKind::usage, fmt::format("{} is no finding's id", base::quoted(word)),
                    "at least 6 of the 12 digits that 'salve triage -o json' and '-v' print");
    std::vector<std::string> found;
    io::each_record(
        runs,
        [&](const io::ReadRecord& record) {
            for (const auto& one : audit::fields::items(record.document, "findings"))
                if (auto id = audit::fields::text(one, "id");
                    id.starts_with(word) && std::find(found.begin(), found.end(), id) == found.end())
                    found.push_back(std::move(id));
            return found.empty();
        },
        [](const Error&) {});
    if (found.size() > 1)
        throw Error(ErrorKind::usage, fmt::format("{} is the beginning of more than one finding", base::quoted(word)),
                    "name one of these: " + base::join(found, ", "));
    if (found.empty())
        throw Error(ErrorKind::usage, fmt::format("no record has a finding {}", base::quoted(word)),
                    "run 'salve triage' first");
    return found.front();
}

int run(Context& context, const Options& options) {
    const auto runs = io::RunsFolder::open(context.runs_folder());
    const auto id = find_finding(runs, options.finding);
    const auto until = end_of(options, context.now());
    auto& record = context.begin_record("snooze", io::random_hex(12));
    audit::Approval decision;
    decision.decision = "snoozed";
    decision.finding_id = id;
    decision.expires_at = until;
    decision.reason = options.reason;
    const auto path = seal_decision(context, record, std::move(decision), "completed");
    const nlohmann::ordered_json document = {
        {"schema", "salve.snooze/v1"}, {"finding", id}, {"until", base::to_rfc3339(until)}, {"record", path}};
    context.out(options.output == "json"
                    ? document.dump(2) + "\n"
                    : fmt::format("Finding {} is snoozed until {}; it stays in the list, marked.\nrecord: {}\n", id,
                                  base::to_rfc3339(until), base::visible(path)));
    return exit_ok;
}

std::function<int(Context&)> add(CLI::App& app, Context&) {
    const auto options = std::make_shared<Options>();
    app.add_option("FINDING", options->finding, "the id of the finding (at least 6 digits)")->required();
    app.add_option("--for", options->span, "how long, as in 30m, 4h or 7d");
    app.add_option("--until", options->until, "until when, as in 2026-11-21T08:00:00Z: a maintenance window");
    app.add_option("-m,--reason", options->reason, "why, for the record")->required();
    app.add_option("-o,--output", options->output, "output format")
        ->check(CLI::IsMember({"human", "json"}))
        ->capture_default_str();
    return [options](Context& context) { return run(context, *options); };
}

}  // namespace

extern const Command snooze_command;
const Command snooze_command = {"snooze", "Mute a finding until a date. Changes nothing.", add};

}  // namespace salve::cmd
