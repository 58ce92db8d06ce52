#include "advise/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/text.hpp"
#include "base/utf8.hpp"

namespace salve::advise {
namespace {

constexpr char32_t first_mark = 0xE000, last_mark = 0xF8FF;
constexpr std::size_t most_names = last_mark - first_mark + 1;
constexpr std::size_t least_name = 2;  // "a" is a word of too many texts

std::string mark_of(std::size_t index) {
    const auto value = static_cast<unsigned>(first_mark + index);  // three bytes, always
    return {static_cast<char>(0xE0 | value >> 12), static_cast<char>(0x80 | (value >> 6 & 0x3F)),
            static_cast<char>(0x80 | (value & 0x3F))};
}

bool is_name_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_'; }

bool stands_alone(std::string_view text, std::size_t at, std::size_t size) {
    const bool before = at == 0 || !is_name_char(text[at - 1]);
    const bool after = at + size == text.size() || !is_name_char(text[at + size]);
    return before && after;
}

std::string without_marks(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto point = base::code_point_at(text, at);
        if (!point.valid || !is_name_mark(point.value)) out += text.substr(at, point.bytes);
        at += point.bytes;
    }
    return out;
}

}  // namespace

bool is_name_mark(char32_t value) { return value >= first_mark && value <= last_mark; }

std::string Names::alias(const std::string& kind, const std::string& key, const std::string& name,
                         const std::string& meaning) {
    if (const auto known = by_key_.find(key); known != by_key_.end()) return known->second;
    auto alias = fmt::format("{}-{}", kind, ++numbers_[kind]);
    by_key_[key] = alias;
    meanings_[alias] = meaning;
    const bool taken = std::any_of(words_.begin(), words_.end(), [&](const auto& one) { return one.first == name; });
    if (!taken && name.size() >= least_name && words_.size() < most_names) words_.emplace_back(name, alias);
    return alias;
}

std::string Names::object(const kube::ObjectRef& ref) {
    // The kind is the server's, and may be one of a custom resource: only its letters count.
    std::string kind;
    for (const char c : ref.kind)
        if (std::isalpha(static_cast<unsigned char>(c)) && kind.size() < 32) kind += c;
    kind = kind.empty() ? "object" : base::lower_ascii(kind);
    return alias(kind, ref.kind + " " + ref.ns + "/" + ref.name, ref.name, fmt::format("{} {}", ref.kind, ref.name));
}

std::string Names::container(const std::string& name) {
    return alias("container", "container " + name, name, "container " + name);
}

std::optional<std::string> Names::meaning(std::string_view alias) const {
    const auto found = meanings_.find(std::string(alias));
    if (found == meanings_.end()) return std::nullopt;
    return found->second;
}

std::string Names::told(std::string_view text) const {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = at;
        while (end < text.size() && is_name_char(text[end])) ++end;
        const auto word = text.substr(at, std::max<std::size_t>(1, end - at));
        out += meaning(word).value_or(std::string(word));
        at += word.size();
    }
    return out;
}

std::string Names::marked(std::string_view text) const {
    const auto clean = without_marks(text);
    std::vector<std::size_t> order(words_.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(),
                     [&](auto a, auto b) { return words_[a].first.size() > words_[b].first.size(); });
    std::string out;
    for (std::size_t at = 0; at < clean.size();) {
        const auto found = std::find_if(order.begin(), order.end(), [&](std::size_t i) {
            const auto& name = words_[i].first;
            return clean.compare(at, name.size(), name) == 0 && stands_alone(clean, at, name.size());
        });
        if (found == order.end()) {
            out += clean[at++];
        } else {
            out += mark_of(*found);
            at += words_[*found].first.size();
        }
    }
    return out;
}

std::string Names::aliases(std::string_view marked) const {
    std::string out;
    for (std::size_t at = 0; at < marked.size();) {
        const auto point = base::code_point_at(marked, at);
        if (point.valid && is_name_mark(point.value))
            out += words_[point.value - first_mark].second;
        else
            out += marked.substr(at, point.bytes);
        at += point.bytes;
    }
    return out;
}

}  // namespace salve::advise
