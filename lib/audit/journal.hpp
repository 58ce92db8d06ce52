// The journal of a run that goes on: one line of canonical JSON for each thing that happened, on the disk before the
// next one begins (SAFETY 1.4). A line sets fields of the record; all lines together are the record so far, so that a
// run that was killed leaves as much of its record as it had lived.
//
//   {"at":"2026-11-20T08:48:01.000000Z","event":"open","line":1,"mono_us":412,"set":{"run_id":...}}
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/names.hpp"
#include "base/time.hpp"

namespace salve::audit {

// open is the first line and sets every field; close is the last one: the run knows how it ended.
enum class Event { open, evidence, plan, approval, intent, outcome, verification, note, close };
inline constexpr base::Names<Event, 9> event_names{{{Event::open, "open"},
                                                    {Event::evidence, "evidence"},
                                                    {Event::plan, "plan"},
                                                    {Event::approval, "approval"},
                                                    {Event::intent, "intent"},
                                                    {Event::outcome, "outcome"},
                                                    {Event::verification, "verification"},
                                                    {Event::note, "note"},
                                                    {Event::close, "close"}}};

struct JournalLine {
    std::int64_t number = 1;
    Event event = Event::open;
    base::Time at;
    std::int64_t mono_us = 0;
    nlohmann::json set;  // fields of the record (run.schema.json), by name
};

// The line as it is written, with its LF.
std::string to_text(const JournalLine& line);

// What the last state of a document has that the one before had not: the fields to set.
nlohmann::json changed_fields(const nlohmann::json& before, nlohmann::json after);

// How far the run had come (SAFETY 1.4). abandoned: nothing was sent. interrupted: whatever was sent has a known
// outcome. unknown: something was, or may have been, sent and its outcome is not known. completed: it only lacked its
// seal.
enum class Death { abandoned, interrupted, unknown, completed };
inline constexpr base::Names<Death, 4> death_names{{{Death::abandoned, "abandoned"},
                                                    {Death::interrupted, "interrupted"},
                                                    {Death::unknown, "unknown"},
                                                    {Death::completed, "completed"}}};

struct Journal {
    std::vector<JournalLine> lines;  // those that are whole, in order; never the torn one
    std::string torn;                // bytes after the last whole line: kept, never interpreted
    std::string sha256;              // of all bytes, the torn ones included
    bool too_long = false;           // there is more than max_journal: what is beyond was not looked at
};

inline constexpr std::size_t max_journal = std::size_t{8} << 20;

// The line of that number, without what it sets, if parse_journal would take it from these bytes; else nothing. What
// cannot be read back must not be written: an intent that nobody can read is none.
std::optional<JournalLine> read_back(std::string_view line, std::int64_t number);

// Total: any bytes give a journal. The first line that is not what to_text writes, with the next number, and everything
// after it, is torn. At most max_journal bytes are looked at; what is beyond is torn as well.
Journal parse_journal(std::string_view bytes);

// The record as far as the lines tell it; null without an open line. A record may be large: who does not need the
// lines any more moves them here.
nlohmann::json fold(Journal journal);

// An intent without an outcome makes it unknown, and so does one that names no step. A last line that was cut is no
// intent: a child is started only after its intent is whole and on the disk. But where a whole line cannot be read, or
// is beyond what is looked at, it may have been one: in a run that was approved, and in one of a kind that sends.
Death death_of(const Journal& journal);

// Between two lines the wall clock was more than a second behind the monotonic one: it was set back.
bool clock_went_back(const Journal& journal);

// The newest record of the folder when the run began: what a run seals has a greater number. Kept in the open line.
std::int64_t seq_at_open(const Journal& journal);

// The fields of the open line that are none of the record. monotonic_us: of the clock that begins with the boot, since
// those of the lines count from the start of the process.
nlohmann::json at_open(nlohmann::json document, std::int64_t newest_seq, std::optional<std::int64_t> monotonic_us);

// When the last intent was written, by the clock that begins with the boot; nothing where that is not told. The child
// of that intent, or of an earlier one, was started then or before.
std::optional<std::int64_t> last_intent_monotonic_us(const Journal& journal);

}  // namespace salve::audit
