#include "report/format.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "base/text.hpp"
#include "report_hostile.hpp"

using namespace salve;
using namespace salve::report;

namespace {

// What base::visible leaves as it is: no control character but the line ends, valid UTF-8, nothing invisible.
bool only_visible(const std::string& text) {
    if (text.empty() || text.back() != '\n') return false;
    for (const auto line : base::split_lines(text))
        if (base::visible(line) != line) return false;
    return text.find('\r') == std::string::npos;
}

void check_strings(const nlohmann::json& value) {
    if (value.is_string()) {
        const auto& text = value.get_ref<const std::string&>();
        if (base::visible(text) != text) FAIL_CHECK(text);
    }
    if (value.is_structured())
        for (const auto& item : value) check_strings(item);
}

}  // namespace

TEST_CASE("formats are found by their names, and names are unique") {
    std::set<std::string_view> names;
    for (const Format* format : all_formats()) {
        CHECK(find_format(format->name) == format);
        CHECK_FALSE(format->summary.empty());
        CHECK(names.insert(format->name).second);
    }
    CHECK(all_formats().front()->name == "human");
    CHECK(names == std::set<std::string_view>{"human", "json", "markdown"});
    CHECK(find_format("Human") == nullptr);
    CHECK(find_format("") == nullptr);
}

TEST_CASE("every format writes the same bytes for the same triage, and writes several contexts") {
    const std::vector<Triage> two{builders::triage(), builders::healthy()};
    const std::vector<Triage> again{builders::triage(), builders::healthy()};
    for (const Format* format : all_formats()) {
        CHECK(format->write(two, {}) == format->write(again, {}));
        CHECK(only_visible(format->write(two, {})));
        CHECK(only_visible(format->write({}, {})));
        CHECK(format->write(std::span(two).first(1), {}) != format->write(two, {}));
    }
}

TEST_CASE("no text of a hostile cluster reaches an output raw, and JSON stays JSON") {
    tests::Hostile hostile(20261121);
    // Three findings a round: each text field of a finding is filled more than 10,000 times.
    for (int round = 0; round < 3'400; ++round) {
        const std::vector<Triage> triages{builders::hostile_triage(hostile)};
        const Style style{.colour = false, .width = 40 + round % 80, .verbosity = round % 3, .quiet = round % 7 == 0};
        for (const Format* format : all_formats()) {
            const auto text = format->write(triages, style);
            if (!only_visible(text)) FAIL(format->name, " in round ", round, ":\n", text);
            if (format->name == "json") check_strings(nlohmann::json::parse(text));
        }
    }
}
