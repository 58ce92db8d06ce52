#include "audit/journal.hpp"

#include <algorithm>

#include "audit/fields.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/json.hpp"

namespace salve::audit {
namespace {

using nlohmann::json;

constexpr base::JsonLimits line_limits{32, std::size_t{4} << 20, 400'000};
// Of the open line: no fields of the record.
constexpr const char* seq_field = "seq_at_open";
constexpr const char* monotonic_field = "monotonic_us_at_open";
constexpr std::string_view set_key = ",\"set\":";  // of a line the last, by the order of the keys

// The line, or nothing if a single byte differs from what to_text would write.
std::optional<JournalLine> parse_line(std::string_view text, std::int64_t number) {
    try {
        auto document = base::parse_json(text, "journal", base::ErrorKind::invalid_record, line_limits);
        const base::JsonView view(document, "journal", base::ErrorKind::invalid_record);
        const auto event = base::parse(event_names, view.at("event").text());
        const auto at = base::parse_time(view.at("at").text());
        if (!event || !at || view.at("line").integer() != number || (number == 1) != (*event == Event::open)) return {};
        if (!view.at("set").value().is_object()) return {};
        JournalLine line{number, *event, *at, view.at("mono_us").integer(), {}};
        line.set = std::move(document.at("set"));
        const auto written = to_text(line);
        if (std::string_view(written).substr(0, written.size() - 1) != text) return {};
        return line;
    } catch (const base::Error&) {
        return {};
    }
}

// A step whose fields are not there counts as not ended.
bool has_ended(const json& step) { return fields::member(step, "ended_at").is_string(); }

// The line that cannot be read may be the approval itself.
bool kind_sends(const json& document) {
    const auto kind = fields::text(document, "kind");
    return kind == "apply" || kind == "rescue";
}

bool seen(const Journal& journal, Event event) {
    return std::any_of(journal.lines.begin(), journal.lines.end(),
                       [&](const JournalLine& line) { return line.event == event; });
}

}  // namespace

std::string to_text(const JournalLine& line) {
    auto text = base::canonical({{"at", base::to_rfc3339(line.at)},
                                 {"event", base::word(event_names, line.event)},
                                 {"line", line.number},
                                 {"mono_us", line.mono_us}});
    // Beside the others it would have to be copied.
    text.pop_back();
    return text.append(set_key).append(base::canonical(line.set)).append("}\n");
}

json changed_fields(const json& before, json after) {
    auto changed = json::object();
    for (auto& [key, value] : after.items())
        if (!before.contains(key) || before[key] != value) changed[key] = std::move(value);
    return changed;
}

// What a line sets may be large, and is looked at where it stands; the rest of it is read like any line.
std::optional<JournalLine> read_back(std::string_view line, std::int64_t number) {
    const auto at = line.find(set_key);
    if (at == std::string_view::npos || !line.ends_with("}\n") || line.size() - 1 > line_limits.bytes) return {};
    const auto set = line.substr(at + set_key.size(), line.size() - at - set_key.size() - 2);
    constexpr std::size_t beside = 5;  // the line itself and its other values
    const base::JsonLimits limits{line_limits.depth - 1, line_limits.bytes, line_limits.elements - beside};
    if (!set.starts_with('{') || !base::is_canonical(set, limits)) return {};
    return parse_line(std::string(line.substr(0, at)).append(set_key).append("{}}"), number);
}

Journal parse_journal(std::string_view bytes) {
    Journal journal;
    journal.sha256 = base::sha256_hex(bytes);
    std::size_t at = 0;
    while (at < std::min(bytes.size(), max_journal)) {
        const auto end = bytes.find('\n', at);
        if (end >= max_journal) break;  // npos as well
        const auto number = static_cast<std::int64_t>(journal.lines.size()) + 1;
        auto line = parse_line(bytes.substr(at, end - at), number);
        if (!line) break;
        journal.lines.push_back(std::move(*line));
        at = end + 1;
    }
    journal.torn = bytes.substr(at);
    journal.too_long = bytes.size() > max_journal;
    return journal;
}

json fold(Journal journal) {
    if (journal.lines.empty()) return {};
    auto document = json::object();
    for (auto& line : journal.lines)
        for (auto& [key, value] : line.set.items()) document[key] = std::move(value);
    document.erase(seq_field);
    document.erase(monotonic_field);
    return document;
}

Death death_of(const Journal& journal) {
    if (seen(journal, Event::close)) return Death::completed;
    const auto document = fold(journal);
    const bool intent = seen(journal, Event::intent);
    const bool may_send = intent || seen(journal, Event::approval) || kind_sends(document);
    const bool lost_line = journal.too_long || journal.torn.find('\n') != std::string::npos;
    if (may_send && lost_line) return Death::unknown;
    const auto none = intent ? Death::unknown : Death::abandoned;
    const auto& steps = fields::items(document, "steps");
    if (steps.empty()) return none;
    return std::all_of(steps.begin(), steps.end(), has_ended) ? Death::interrupted : Death::unknown;
}

bool clock_went_back(const Journal& journal) {
    const auto set_back = [](const JournalLine& before, const JournalLine& after) {
        return (after.at - before.at).us + 1'000'000 < after.mono_us - before.mono_us;
    };
    return std::adjacent_find(journal.lines.begin(), journal.lines.end(), set_back) != journal.lines.end();
}

std::int64_t seq_at_open(const Journal& journal) {
    if (journal.lines.empty()) return 0;
    return fields::integer(journal.lines.front().set, seq_field).value_or(0);
}

json at_open(json document, std::int64_t newest_seq, std::optional<std::int64_t> monotonic_us) {
    document[seq_field] = newest_seq;
    if (monotonic_us) document[monotonic_field] = *monotonic_us;
    return document;
}

std::optional<std::int64_t> last_intent_monotonic_us(const Journal& journal) {
    const auto is_intent = [](const JournalLine& line) { return line.event == Event::intent; };
    const auto intent = std::find_if(journal.lines.rbegin(), journal.lines.rend(), is_intent);
    if (intent == journal.lines.rend()) return {};
    const auto& open = journal.lines.front();
    const auto at_open = fields::integer(open.set, monotonic_field);
    if (!at_open) return {};
    return *at_open + (intent->mono_us - open.mono_us);
}

}  // namespace salve::audit
