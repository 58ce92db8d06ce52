#include "advise/reply.hpp"

#include <array>
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/text.hpp"

namespace salve::advise {
namespace {

using base::JsonView;

// A model's mistake; never seen outside of this file.
constexpr auto kind = base::ErrorKind::usage;
constexpr std::string_view source = "answer";

struct Bare {
    std::string_view object;
    std::vector<Dropped> taken_off;
};

// Without the thoughts: what stands before the last </think>, or after a <think> that never ends.
std::string_view without_thoughts(std::string_view text, std::vector<Dropped>& taken_off) {
    constexpr std::string_view open = "<think>", close = "</think>";
    const auto end = text.rfind(close);
    const auto rest = end == std::string_view::npos ? text : text.substr(end + close.size());
    const auto unfinished = rest.find(open);
    const auto answer = rest.substr(0, unfinished);
    if (answer.size() != text.size()) taken_off.push_back({"thoughts", "only the answer counts"});
    return answer;
}

// The end of the object that begins at `at`: behind its closing brace, or npos. Braces within strings do not count.
std::size_t end_of_object(std::string_view text, std::size_t at) {
    std::size_t depth = 0;
    bool quoted = false;
    for (auto i = at; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            if (c == '\\') ++i;
            quoted = c != '"';
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{') {
            ++depth;
        } else if (c == '}' && --depth == 0) {
            return i + 1;
        }
    }
    return std::string_view::npos;
}

std::variant<Bare, NoReply> bare(std::string_view content) {
    if (content.size() > max_reply) return NoReply{"the answer is larger than 64 KiB"};
    Bare result;
    const auto text = base::trim(without_thoughts(content, result.taken_off));
    if (text.empty()) return NoReply{"the answer is empty"};
    const auto at = text.find('{');
    if (at == std::string_view::npos) return NoReply{"the answer holds no object"};
    const auto end = end_of_object(text, at);
    if (end == std::string_view::npos) return NoReply{"the answer is cut off"};
    result.object = text.substr(at, end - at);
    auto before = base::trim(text.substr(0, at)), after = base::trim(text.substr(end));
    if (after.find_first_of("{}") != std::string_view::npos || before.find('}') != std::string_view::npos)
        return NoReply{"the answer holds more than one object"};
    if (before.ends_with("```json") || before.ends_with("```")) {
        const auto fence = before.rfind("```");
        if (!after.starts_with("```")) return NoReply{"the answer is cut off: its code fence is not closed"};
        before = base::trim(before.substr(0, fence));
        after = base::trim(after.substr(3));
        result.taken_off.push_back({"code fence", "only the object counts"});
    }
    if (!before.empty() || !after.empty()) result.taken_off.push_back({"prose", "only the object counts"});
    return result;
}

nlohmann::json parsed(std::string_view object) {
    return base::parse_json(object, source, kind, {max_reply_depth, max_reply, 20'000});
}

std::vector<Note> notes_of(const std::optional<JsonView>& list) {
    std::vector<Note> notes;
    constexpr std::array<std::string_view, 3> known{"action", "text", "evidence"};
    if (!list) return notes;
    for (const auto& one : list->items()) {
        one.only(known);
        notes.push_back({one.at("action").text(), one.at("text").text(), one.at("evidence").texts()});
    }
    return notes;
}

std::vector<Warned> warnings_of(const std::optional<JsonView>& list) {
    std::vector<Warned> warnings;
    constexpr std::array<std::string_view, 2> known{"code", "evidence"};
    if (!list) return warnings;
    for (const auto& one : list->items()) {
        one.only(known);
        warnings.push_back({one.at("code").text(), one.at("evidence").texts()});
    }
    return warnings;
}

}  // namespace

std::variant<Reply, NoReply> parse_reply(std::string_view content) try {
    auto found = bare(content);
    if (auto* none = std::get_if<NoReply>(&found)) return *none;
    auto& [object, taken_off] = std::get<Bare>(found);
    const auto document = parsed(object);
    const JsonView view(document, std::string(source), kind);
    constexpr std::array<std::string_view, 6> known{"nonce", "actionable", "ranking", "notes", "warnings", "abstain"};
    view.only(known);
    Reply reply;
    reply.nonce = view.at("nonce").text();
    reply.actionable = view.at("actionable").boolean();
    reply.ranking = view.at("ranking").texts();
    reply.notes = notes_of(view.find("notes"));
    reply.warnings = warnings_of(view.find("warnings"));
    reply.abstain = view.at("abstain").boolean();
    reply.taken_off = std::move(taken_off);
    return reply;
} catch (const base::Error& error) {
    return NoReply{base::cut(base::visible(error.what()), 200)};
}

std::variant<ShadowReply, NoReply> parse_shadow_reply(std::string_view content) try {
    auto found = bare(content);
    if (auto* none = std::get_if<NoReply>(&found)) return *none;
    const auto document = parsed(std::get<Bare>(found).object);
    const JsonView view(document, std::string(source), kind);
    constexpr std::array<std::string_view, 3> known{"nonce", "suspicious", "evidence"};
    view.only(known);
    return ShadowReply{view.at("nonce").text(), view.at("suspicious").boolean(), view.at("evidence").texts()};
} catch (const base::Error& error) {
    return NoReply{base::cut(base::visible(error.what()), 200)};
}

}  // namespace salve::advise
