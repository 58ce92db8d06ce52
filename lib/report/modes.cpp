#include "report/modes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.hpp"

namespace salve::report {
namespace {

using Json = nlohmann::ordered_json;
using diagnose::Mode;

// Texts of the tables are written by hand, some as fragments: shown as sentences.
std::string sentence(std::string_view text) {
    std::string words(text);
    if (!words.empty() && words[0] >= 'a' && words[0] <= 'z') words[0] = static_cast<char>(words[0] - 'a' + 'A');
    if (!words.empty() && words.back() != '.' && words.back() != ')') words += '.';
    return words;
}

Json object(const Mode& mode) {
    Json actions = Json::array();
    for (const auto action : mode.actions)
        if (!action.empty()) actions.push_back(action);
    return {{"mode", mode.id},
            {"category", base::word(diagnose::category_names, mode.category)},
            {"severity", base::word(diagnose::severity_names, mode.severity)},
            {"summary", sentence(mode.summary)},
            {"needs", sentence(mode.needs)},
            {"not_when", sentence(mode.not_when)},
            {"advice", sentence(mode.advice)},
            {"actions", actions}};
}

}  // namespace

std::string mode_human(const Mode& mode, const Style& style) {
    const auto width = static_cast<std::size_t>(std::max(style.width, 40));
    std::string text = fmt::format("{}  ({}, {})\n", mode.id, base::word(diagnose::severity_names, mode.severity),
                                   base::word(diagnose::category_names, mode.category));
    const auto part = [&](std::string_view label, std::string_view words) {
        const auto first = fmt::format("  {:<10}", label);
        for (const auto& line : base::wrap(sentence(words), width, first, std::string(first.size(), ' ')))
            text += line + "\n";
    };
    part("what:", mode.summary);
    part("needs:", mode.needs);
    part("not when:", mode.not_when);
    part("do:", mode.advice);
    std::string actions;
    for (const auto action : mode.actions)
        if (!action.empty()) actions += (actions.empty() ? "" : ", ") + std::string(action);
    if (!actions.empty())
        text += fmt::format("  {:<10}{}, where the evidence of the finding allows it\n", "actions:", actions);
    return text;
}

std::string mode_json(const Mode& mode) { return object(mode).dump(2) + "\n"; }

std::string modes_human(std::span<const Mode* const> modes) {
    std::size_t id_width = 4, category_width = 8;
    for (const auto* mode : modes) {
        id_width = std::max(id_width, mode->id.size());
        category_width = std::max(category_width, base::word(diagnose::category_names, mode->category).size());
    }
    std::string text = fmt::format("{:<{}}  {:<8}  {:<{}}  {}\n", "MODE", id_width, "SEVERITY", "CATEGORY",
                                   category_width, "WHAT IT IS");
    for (const auto* mode : modes)
        text += fmt::format(
            "{:<{}}  {:<8}  {:<{}}  {}\n", mode->id, id_width, base::word(diagnose::severity_names, mode->severity),
            base::word(diagnose::category_names, mode->category), category_width, sentence(mode->summary));
    return text;
}

std::string modes_json(std::span<const Mode* const> modes) {
    Json list = Json::array();
    for (const auto* mode : modes) list.push_back(object(*mode));
    return Json{{"schema", "salve.modes/v1"}, {"modes", list}}.dump(2) + "\n";
}

}  // namespace salve::report
