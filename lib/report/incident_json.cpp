#include "report/incident.hpp"
#include "report/json_values.hpp"

namespace salve::report {
namespace {

Json from(const Incident::From& from) { return {{"run", text(from.run)}, {"seq", from.seq}}; }

Json line(const Incident::Line& line) { return {{"text", text(line.words)}, {"from", from(line.from)}}; }

Json event(const Incident::Event& event) {
    return {{"at", base::to_rfc3339(event.at)},
            {"actor", text(event.actor)},
            {"event", text(event.what)},
            {"command", text_or_null(event.command)},
            {"from", from(event.from)}};
}

Json quote(const Incident::Quote& quote) {
    return {{"what", text(quote.head)}, {"path", text(quote.path)}, {"excerpt", lines(quote.excerpt)}};
}

Json cause(const std::optional<Incident::Cause>& cause) {
    if (!cause) return nullptr;
    return {{"finding", text(cause->id)},
            {"mode", text(cause->mode)},
            {"severity", text(cause->severity)},
            {"confidence", text(cause->confidence)},
            {"root", text(cause->subject)},
            {"summary", text(cause->summary)},
            {"change", text_or_null(cause->change)},
            {"first_seen", time_or_null(cause->first_seen)},
            {"missing_evidence", texts(cause->missing)},
            {"evidence", list_of(cause->evidence, quote)},
            {"from", from(cause->from)}};
}

Json output(const Incident::Output& output) {
    return {{"stream", text(output.name)},
            {"bytes", output.bytes},
            {"whole", output.whole},
            {"excerpt", lines(output.excerpt)}};
}

Json command(const Incident::Command& command) {
    return {{"ordinal", command.ordinal},
            {"action", text(command.action)},
            {"target", text(command.subject)},
            {"command", text(command.command)},
            {"body", text_or_null(command.body)},
            {"intent_at", base::to_rfc3339(command.intent_at)},
            {"ended_at", time_or_null(command.ended_at)},
            {"end", text(command.end)},
            {"effect", text(command.effect)},
            {"outcome", text(command.outcome)},
            {"outputs", list_of(command.outputs, output)},
            {"from", from(command.from)}};
}

Json row(const Incident::Row& row) {
    return {{"seq", row.seq},
            {"file", text(row.file)},
            {"sha256", text(row.sha256)},
            {"run", text(row.run)},
            {"kind", text(row.kind)},
            {"status", text(row.status)},
            {"started_at", base::to_rfc3339(row.started_at)}};
}

Json counts(const std::optional<SeverityCounts>& counts, const Incident::From& at) {
    if (!counts) return nullptr;
    return {{"findings", counts_json(*counts)}, {"from", from(at)}};
}

}  // namespace

std::string incident_json(const Incident& incident) {
    const Json document = {{"schema", "salve.incident/v1"},
                           {"title", text(incident.title)},
                           {"summary", text(incident.summary)},
                           {"time", {{"begin", time_or_null(incident.begin)}, {"end", time_or_null(incident.end)}}},
                           {"clusters", texts(incident.clusters)},
                           {"tickets", texts(incident.tickets)},
                           {"impact", list_of(incident.impact, line)},
                           {"timeline", list_of(incident.timeline, event)},
                           {"cause", cause(incident.cause)},
                           {"decision",
                            {{"suggested", list_of(incident.suggested, line)},
                             {"policy", list_of(incident.ruled, line)},
                             {"decided", list_of(incident.decided, line)}}},
                           {"commands", list_of(incident.commands, command)},
                           {"outcome",
                            {{"before", counts(incident.before, incident.before_from)},
                             {"after", counts(incident.after, incident.after_from)},
                             {"resolved", texts(incident.resolved)},
                             {"unproven", texts(incident.unproven)},
                             {"remaining", texts(incident.remaining)},
                             {"new", texts(incident.added)},
                             {"verification", list_of(incident.verification, line)},
                             {"reconciliation", list_of(incident.reconciled, line)}}},
                           {"not_seen", list_of(incident.not_seen, line)},
                           {"records", list_of(incident.records, row)},
                           {"left_out", incident.left_out}};
    return document.dump(2) + "\n";
}

}  // namespace salve::report
