// Another command or other arguments for one container. Both come from the operator and are never guessed; off unless
// the configuration turns it on, since nothing shows what a program does with them.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/redact.hpp"
#include "base/text.hpp"
#include "plan/draft.hpp"

namespace salve::plan::actions {
namespace {

constexpr std::string_view kinds[] = {"Deployment", "StatefulSet", "DaemonSet"};
constexpr std::string_view values[] = {"command", "args", "container"};
constexpr std::size_t most_words = 64, most_bytes = 4096;

[[noreturn]] void refuse(const std::string& key, const std::string& why) {
    throw base::Error(base::ErrorKind::usage, fmt::format("--set {}=... {}", key, why),
                      "a JSON array of strings, as in '[\"/bin/server\",\"--port=8080\"]'");
}

std::vector<std::string> words_of(const std::string& key, const std::string& text) {
    if (text.size() > most_bytes) refuse(key, fmt::format("is longer than {} bytes", most_bytes));
    const auto list = json::parse(text, nullptr, false);
    const bool texts = list.is_array() && !list.empty() &&
                       std::all_of(list.begin(), list.end(), [](const json& one) { return one.is_string(); });
    if (!texts) refuse(key, "is no list of words");
    if (list.size() > most_words) refuse(key, fmt::format("has more than {} words", most_words));
    auto words = list.get<std::vector<std::string>>();
    for (const auto& word : words)
        if (std::any_of(word.begin(), word.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; }))
            refuse(key, "holds a control character");
    if (key == "command" && words.front().empty()) refuse(key, "names no program");
    return words;
}

// What would be taken out of every report has no place in a command: it would stand in the object for all to read.
bool holds_secret(const std::vector<std::string>& words) { return base::Redactor("probe").args(words) != words; }

Proposal propose(const Situation& situation) {
    const auto* live = live_root(situation);
    if (!live) return Declined{"the workload could not be read"};
    const auto container = container_of(situation, *live);
    if (!container) return Declined{"which container is meant is not clear: --set container=NAME"};
    Patch patch(*live);
    patch.hold_name(container->path);
    std::string said;
    for (const std::string key : {"command", "args"}) {
        const auto text = value_of(situation, key);
        if (!text) continue;
        const auto words = words_of(key, *text);
        if (holds_secret(words))
            return Declined{
                fmt::format("{} seems to hold a secret: it belongs into a Secret, not into a template", key)};
        const auto path = container->path + "/" + key;
        if (const auto* now = value_at(*live, path); now && *now == json(words)) continue;
        patch.put(path, words);
        said += fmt::format("{}{} to {}", said.empty() ? "" : " and ", key, json(words).dump());
    }
    if (said.empty())
        return Declined{value_of(situation, "command") || value_of(situation, "args")
                            ? "it has these words already"
                            : "it needs --set command=JSON or --set args=JSON"};
    auto draft = container_draft(situation, patch, *container);
    draft.description = fmt::format("Set the {} of container {} of {} {}.", said, container->name,
                                    draft.target.object.kind, draft.target.object.name);
    set_given_by_hand(draft, situation, "The words were given by you.",
                      "the words were given by hand; nothing here says what the program does with them");
    draft.inverse.description = "puts the old words back";
    return draft;
}

}  // namespace

extern const Action command_set;
constinit const Action command_set = {
    .id = "command.set",
    .summary = "Sets the command or the arguments of one container to words that you give.",
    .risk = Risk::high,
    .reverses = "puts the old words back",
    .kinds = kinds,
    .values = values,
    .asks_value = true,
    .off = true,
    .propose = propose,
};

}  // namespace salve::plan::actions
