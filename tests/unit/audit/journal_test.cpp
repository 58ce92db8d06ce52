#include "audit/journal.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "audit_builders.hpp"
#include "base/digest.hpp"
#include "base/json.hpp"

using namespace salve;
using namespace salve::test;
using audit::Death;
using audit::Event;
using audit::JournalLine;
using nlohmann::json;

namespace {

constexpr base::Time start{1'795'248'000'000'000};

json open_fields(const char* kind) {
    return {{"run_id", "20261121t080000z-000000000001"}, {"kind", kind}, {"steps", json::array()}, {"seq_at_open", 41}};
}

json step(bool ended) { return {{"ordinal", 1}, {"ended_at", ended ? json(record_time) : json()}}; }

std::string line(std::int64_t number, Event event, json set = json::object()) {
    return to_text(JournalLine{number, event, start + base::seconds(number), 1000 * number, std::move(set)});
}

// The lines of a run that changes something, as far as the protocol of SAFETY 1.4 goes.
std::vector<std::string> apply_lines() {
    return {line(1, Event::open, open_fields("apply")),
            line(2, Event::evidence, {{"findings", json::array()}}),
            line(3, Event::plan, {{"plan", {{"steps", 1}}}}),
            line(4, Event::approval, {{"approvals", json::array({1})}}),
            line(5, Event::intent, {{"steps", json::array({step(false)})}}),
            line(6, Event::outcome, {{"steps", json::array({step(true)})}}),
            line(7, Event::verification, {{"verification", json::array({1})}}),
            line(8, Event::note, {{"warnings", {"slow"}}}),
            line(9, Event::close, {{"status", "completed"}})};
}

std::string joined(const std::vector<std::string>& lines, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += lines[i];
    return text;
}

std::string text_of(const audit::Journal& journal) {
    std::string text;
    for (const auto& one : journal.lines) text += to_text(one);
    return text;
}

Death death(const std::string& text) { return audit::death_of(audit::parse_journal(text)); }

// How many lines are whole when the second one is this text.
std::size_t lines_with(const std::string& second) {
    const auto text = line(1, Event::open) + second;
    const auto journal = audit::parse_journal(text);
    CHECK(text_of(journal) + journal.torn == text);
    return journal.lines.size();
}

}  // namespace

TEST_CASE("a line is canonical JSON, and is read back as it was written") {
    const JournalLine one{1, Event::open, start, 412, {{"run_id", "r"}}};
    CHECK(to_text(one) ==
          R"({"at":"2026-11-21T08:00:00.000000Z","event":"open","line":1,"mono_us":412,"set":{"run_id":"r"}})"
          "\n");
    const auto lines = apply_lines();
    const auto text = joined(lines, lines.size());
    const auto journal = audit::parse_journal(text);
    REQUIRE(journal.lines.size() == lines.size());
    CHECK(journal.torn.empty());
    CHECK_FALSE(journal.too_long);
    CHECK(journal.sha256 == base::sha256_hex(text));
    for (std::size_t i = 0; i < lines.size(); ++i) {
        CHECK(to_text(journal.lines[i]) == lines[i]);
        CHECK(journal.lines[i].number == static_cast<std::int64_t>(i) + 1);
        CHECK(audit::read_back(lines[i], static_cast<std::int64_t>(i) + 1).has_value());
        CHECK_FALSE(audit::read_back(lines[i], static_cast<std::int64_t>(i) + 2).has_value());
        CHECK_FALSE(
            audit::read_back(lines[i].substr(0, lines[i].size() - 1), static_cast<std::int64_t>(i) + 1).has_value());
    }
    CHECK_FALSE(audit::read_back("", 1).has_value());
    CHECK_FALSE(audit::read_back(lines[0] + lines[1], 1).has_value());
    for (const auto& name : audit::event_names) CHECK(base::parse(audit::event_names, name.second) == name.first);
}

TEST_CASE("a line reads back if a journal of it alone has it") {
    const auto lines = apply_lines();
    const auto agrees = [](const std::string& text) {
        const auto journal = audit::parse_journal(text);
        const bool whole = journal.lines.size() == 1 && journal.torn.empty();
        return audit::read_back(text, 1).has_value() == whole;
    };
    const auto& open = lines.front();
    CHECK(audit::read_back(open, 1));
    for (std::size_t i = 0; i < open.size(); ++i)
        for (const char byte : std::string_view("\"\\,:{}[]1 x\n\xff")) {
            CAPTURE(i);
            CHECK(agrees(std::string(open).insert(i, 1, byte)));
            auto other = open;
            other[i] = byte;
            CHECK(agrees(other));
            CHECK(agrees(std::string(open).erase(i, 1)));
        }
    // Bounds: of depth and of elements.
    const auto line = [](const json& set) { return to_text(JournalLine{1, Event::open, start, 412, set}); };
    for (const std::size_t depth : {28, 29, 30, 31, 32, 33}) {
        CAPTURE(depth);
        json deep = 1;
        for (std::size_t i = 0; i < depth; ++i) deep = json{{"a", std::move(deep)}};
        CHECK(agrees(line(deep)));
    }
    for (const std::size_t elements : {399'991, 399'992, 399'993, 399'994, 399'995, 399'996}) {
        CAPTURE(elements);
        CHECK(agrees(line({{"a", std::vector<int>(elements, 1)}})));
    }
}

TEST_CASE("a journal cut at any byte is the lines before it, and the rest of one that is never interpreted") {
    const auto lines = apply_lines();
    const auto text = joined(lines, lines.size());
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        const auto journal = audit::parse_journal(text.substr(0, cut));
        const auto whole =
            static_cast<std::size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(cut), '\n'));
        REQUIRE(journal.lines.size() == whole);
        REQUIRE(joined(lines, whole) + journal.torn == text.substr(0, cut));
    }
}

TEST_CASE("a byte of a journal changed leaves the lines before it, and invents none") {
    const auto lines = apply_lines();
    const auto text = joined(lines, lines.size());
    for (std::size_t byte = 0; byte < text.size(); ++byte) {
        const auto before =
            static_cast<std::size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(byte), '\n'));
        for (const int mask : {0x01, 0x08, 0x20, 0x80}) {
            auto changed = text;
            changed[byte] = static_cast<char>(changed[byte] ^ mask);
            const auto journal = audit::parse_journal(changed);
            REQUIRE(journal.lines.size() >= before);
            REQUIRE(text_of(journal) + journal.torn == changed);
            // Another letter in a value is another whole line; all else tears it there.
            if (journal.lines.size() == before) continue;
            REQUIRE(journal.lines.size() == lines.size());
            REQUIRE(to_text(journal.lines[before]) != lines[before]);
        }
    }
}

TEST_CASE("lines that are lost, repeated or in another order end the journal") {
    const auto lines = apply_lines();
    const auto count = [](const std::string& text) { return audit::parse_journal(text).lines.size(); };
    CHECK(count(lines[1] + lines[0]) == 0);
    CHECK(count(lines[0] + lines[2]) == 1);
    CHECK(count(lines[0] + lines[0]) == 1);
    CHECK(count(lines[0] + lines[1] + lines[1]) == 2);
    CHECK(count(lines[0] + lines[1] + lines[3] + lines[2]) == 2);
    CHECK(count("\n" + lines[0]) == 0);
    CHECK(count(lines[0] + "\n" + lines[1]) == 1);
    CHECK(count(line(1, Event::close)) == 0);            // must begin with open
    CHECK(count(lines[0] + line(2, Event::open)) == 1);  // and opens once
    CHECK(count(line(2, Event::open)) == 0);
    CHECK(audit::parse_journal(lines[0] + lines[2]).torn == lines[2]);
}

TEST_CASE("any bytes give a journal (SAFETY 7.4)") {
    const std::string good = line(2, Event::note, {{"warnings", {"x"}}});
    CHECK(lines_with(good) == 2);
    const auto swapped = [&](const std::string& from, const std::string& to) {
        auto changed = good;
        const auto found = changed.find(from);
        REQUIRE(found != std::string::npos);
        return changed.replace(found, from.size(), to);
    };
    const std::string deep(100'000, '['), nul(1, '\0');
    std::string many = "[0";
    for (int i = 0; i < 500'000; ++i) many += ",0";
    const std::vector<std::string> bad{"",
                                       " \n",
                                       "\n",
                                       "{}\n",
                                       "[]\n",
                                       "null\n",
                                       "1\n",
                                       "x\n",
                                       "\xEF\xBB\xBF" + good,
                                       nul + good,
                                       good.substr(1),
                                       " " + good,
                                       good.substr(0, good.size() - 1) + " \n",
                                       good.substr(0, good.size() - 1) + "\r\n",
                                       good.substr(0, good.size() - 1) + nul + "\n",
                                       swapped(":", ": "),
                                       swapped("\"x\"", "\"\\u0078\""),
                                       swapped("\"x\"", "\"\\ud800\""),
                                       swapped("\"x\"", "\"\xff\""),
                                       swapped("\"x\"", "\"\xc0\xaf\""),
                                       swapped("\"x\"", "1.0"),
                                       swapped("\"x\"", "1e999"),
                                       swapped("\"x\"", "-0"),
                                       swapped("\"x\"", "9007199254740992"),
                                       swapped("\"x\"", "99999999999999999999"),
                                       swapped("\"x\"", deep + std::string(100'000, ']')),
                                       swapped("\"x\"", deep),
                                       swapped("\"x\"", std::string(32, '[') + std::string(32, ']')),
                                       swapped("\"x\"", many + "]"),
                                       swapped("\"line\":2", "\"line\":3"),
                                       swapped("\"line\":2", "\"line\":0"),
                                       swapped("\"line\":2", "\"line\":-2"),
                                       swapped("\"line\":2", "\"line\":2.0"),
                                       swapped("\"line\":2", "\"line\":\"2\""),
                                       swapped("\"line\":2", "\"line\":null"),
                                       swapped("\"line\":2,", ""),
                                       swapped("\"line\":2", "\"line\":2,\"line\":2"),
                                       swapped("\"line\":2", "\"line\":2,\"more\":1"),
                                       swapped("\"note\"", "\"Note\""),
                                       swapped("\"note\"", "\"\""),
                                       swapped("\"note\"", "null"),
                                       swapped("\"note\"", "7"),
                                       swapped("2026-11-21", "2026-02-30"),
                                       swapped(".000000Z", "Z"),
                                       swapped("Z\"", "+00:00\""),
                                       swapped("\"set\":{\"warnings\":[\"x\"]}", "\"set\":[]"),
                                       swapped("\"set\":{\"warnings\":[\"x\"]}", "\"set\":null"),
                                       swapped("\"mono_us\":2000", "\"mono_us\":null"),
                                       swapped("\"mono_us\":2000", "\"mono_us\":2e3")};
    for (std::size_t i = 0; i < bad.size(); ++i) {
        CAPTURE(i);
        CHECK(lines_with(bad[i]) == 1);
    }
    CHECK(audit::parse_journal("").lines.empty());
    CHECK(audit::parse_journal(std::string(1000, '\0')).torn.size() == 1000);
    CHECK(lines_with(line(2, Event::note, {{"plan", json::parse(std::string(30, '[') + std::string(30, ']'))}})) == 2);
}

TEST_CASE("no more than 8 MiB are looked at") {
    const auto big = [](std::int64_t number) {
        return line(number, Event::note, {{"warnings", std::string(3'000'000, 'x')}});
    };
    const auto text = line(1, Event::open, open_fields("triage")) + big(2) + big(3) + big(4);
    const auto journal = audit::parse_journal(text);
    CHECK(journal.lines.size() == 3);
    CHECK(journal.torn == big(4));
    CHECK(journal.too_long);
    CHECK(journal.sha256 == base::sha256_hex(text));
    CHECK_FALSE(audit::parse_journal(text.substr(0, audit::max_journal)).too_long);
    // A reader that stops at the bound, within a line that may be an intent, must not take it for a torn tail.
    const auto sent =
        line(1, Event::open, open_fields("apply")) + line(2, Event::approval) + big(3) + big(4) +
        line(5, Event::intent, {{"steps", json::array({step(false)})}, {"x", std::string(3'000'000, 'x')}});
    CHECK(death(sent.substr(0, audit::max_journal)) == Death::abandoned);
    CHECK(death(sent.substr(0, audit::max_journal + 1)) == Death::unknown);
    CHECK(death(sent) == Death::unknown);
}

TEST_CASE("the lines together are the record so far") {
    CHECK(audit::fold(audit::parse_journal("")).is_null());
    const auto lines = apply_lines();
    CHECK(audit::fold(audit::parse_journal(lines[0])) ==
          json{{"run_id", "20261121t080000z-000000000001"}, {"kind", "apply"}, {"steps", json::array()}});
    const auto all = audit::fold(audit::parse_journal(joined(lines, 9)));
    CHECK(all["steps"] == json::array({step(true)}));
    CHECK(all["status"] == "completed");
    CHECK_FALSE(all.contains("seq_at_open"));
    CHECK(audit::seq_at_open(audit::parse_journal(joined(lines, 9))) == 41);
    CHECK(audit::seq_at_open(audit::parse_journal("")) == 0);
    CHECK(audit::seq_at_open(audit::parse_journal(line(1, Event::open))) == 0);
    CHECK(audit::seq_at_open(audit::parse_journal(line(1, Event::open, {{"seq_at_open", "7"}}))) == 0);
    // Only the first line says it.
    CHECK(audit::seq_at_open(audit::parse_journal(line(1, Event::open) + line(2, Event::note, {{"seq_at_open", 7}}))) ==
          0);
}

TEST_CASE("F17: when the last intent was written is told by the clock of the boot") {
    const auto told = [](const std::string& text) {
        return audit::last_intent_monotonic_us(audit::parse_journal(text)).value_or(-1);
    };
    const auto at = [](std::int64_t number, Event event, std::int64_t mono_us, const json& set = json::object()) {
        return to_text(audit::JournalLine{number, event, base::Time{}, mono_us, set});
    };
    const auto open = at(1, Event::open, 50, audit::at_open(open_fields("apply"), 41, 9'000'000));
    CHECK(told(open) == -1);
    const auto one = open + at(2, Event::approval, 60) + at(3, Event::intent, 350);
    CHECK(told(one) == 9'000'300);
    CHECK(told(one + at(4, Event::outcome, 400)) == 9'000'300);
    CHECK(told(one + at(4, Event::outcome, 400) + at(5, Event::intent, 500)) == 9'000'450);
    // A journal that does not tell, or is none.
    CHECK(told("") == -1);
    CHECK(told(at(1, Event::open, 50) + at(2, Event::intent, 350)) == -1);
    CHECK(told(at(1, Event::open, 50, {{"monotonic_us_at_open", "9"}}) + at(2, Event::intent, 350)) == -1);
    // No field of the record.
    CHECK_FALSE(audit::fold(audit::parse_journal(open)).contains("monotonic_us_at_open"));
    CHECK_FALSE(audit::fold(audit::parse_journal(open)).contains("seq_at_open"));
    CHECK(audit::seq_at_open(audit::parse_journal(open)) == 41);
    const auto silent = at(1, Event::open, 50, audit::at_open(open_fields("apply"), 41, std::nullopt));
    CHECK(told(silent + at(2, Event::intent, 350)) == -1);
}

TEST_CASE("a line sets only what has changed") {
    const json before{{"a", 1}, {"b", json::array()}, {"c", nullptr}};
    CHECK(audit::changed_fields(before, before) == json::object());
    auto after = before;
    after["a"] = 2;
    after["d"] = nullptr;
    CHECK(audit::changed_fields(before, after) == json{{"a", 2}, {"d", nullptr}});
    CHECK(audit::changed_fields(json::object(), after) == after);
}

TEST_CASE("S2.12: how far a run had come is told from its lines, wherever it was killed") {
    const auto lines = apply_lines();
    const Death expected[] = {Death::abandoned,   Death::abandoned, Death::abandoned,   Death::abandoned,
                              Death::abandoned,   Death::unknown,   Death::interrupted, Death::interrupted,
                              Death::interrupted, Death::completed};
    for (std::size_t count = 0; count <= lines.size(); ++count) {
        CAPTURE(count);
        const auto text = joined(lines, count);
        CHECK(death(text) == expected[count]);
        if (count == lines.size()) continue;
        // A torn tail is no line, at any of its bytes: before an intent is whole nothing is sent.
        for (std::size_t cut = 1; cut < lines[count].size(); ++cut)
            REQUIRE(death(text + lines[count].substr(0, cut)) == expected[count]);
    }
    for (const auto& name : audit::death_names) CHECK(base::parse(audit::death_names, name.second) == name.first);
}

TEST_CASE("S2.12: of several steps each must have ended") {
    const auto with_steps = [](json steps) {
        return line(1, Event::open, open_fields("apply")) + line(2, Event::intent, {{"steps", std::move(steps)}});
    };
    CHECK(death(with_steps(json::array({step(true), step(true)}))) == Death::interrupted);
    CHECK(death(with_steps(json::array({step(true), step(false)}))) == Death::unknown);
    CHECK(death(with_steps(json::array({step(false), step(true)}))) == Death::unknown);
    CHECK(death(with_steps(json::array({step(true), json::object()}))) == Death::unknown);
    CHECK(death(with_steps(json::array({7}))) == Death::unknown);
    CHECK(death(with_steps(json::array({{{"ended_at", 7}}}))) == Death::unknown);
    // An intent that names no step may have sent anything.
    CHECK(death(with_steps(json::array())) == Death::unknown);
    CHECK(death(with_steps(nullptr)) == Death::unknown);
    CHECK(death(with_steps("none")) == Death::unknown);
    CHECK(death(line(1, Event::open) + line(2, Event::intent)) == Death::unknown);
    CHECK(death(line(1, Event::open)) == Death::abandoned);
}

TEST_CASE("S2.12: a whole line that cannot be read may have been an intent") {
    const std::string garbage = "garbage\n", tail = "garbage";
    const auto lines = apply_lines();
    CHECK(death(joined(lines, 4) + garbage) == Death::unknown);
    CHECK(death(joined(lines, 4) + tail) == Death::abandoned);
    CHECK(death(joined(lines, 6) + garbage) == Death::unknown);
    CHECK(death(joined(lines, 6) + tail) == Death::interrupted);
    CHECK(death(joined(lines, 9) + garbage) == Death::completed);
    // The line that is lost may be the approval itself.
    CHECK(death(joined(lines, 3) + "x" + lines[3] + lines[4]) == Death::unknown);
    CHECK(death(joined(lines, 1) + garbage) == Death::unknown);
    CHECK(death(line(1, Event::open, open_fields("rescue")) + garbage) == Death::unknown);
    // What never sends has nothing to be asked about.
    CHECK(death(line(1, Event::open, open_fields("triage")) + garbage) == Death::abandoned);
    CHECK(death(line(1, Event::open, {{"kind", 7}}) + garbage) == Death::abandoned);
    CHECK(death(garbage) == Death::abandoned);
}
