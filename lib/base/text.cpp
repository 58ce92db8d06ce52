#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace salve::base {
namespace {

struct Range {
    char32_t first;
    char32_t last;
};

// What a reader cannot see, or what moves what they see. Sorted.
constexpr std::array<Range, 14> unseen{{{0x0000, 0x001F},  // C0
                                        {0x007F, 0x009F},  // DEL and C1
                                        {0x00AD, 0x00AD},  // soft hyphen
                                        {0x034F, 0x034F},  // combining grapheme joiner
                                        {0x061C, 0x061C},  // Arabic letter mark
                                        {0x115F, 0x1160},  // Hangul fillers
                                        {0x180E, 0x180E},  // Mongolian vowel separator
                                        {0x200B, 0x200F},  // zero-width characters, directional marks
                                        {0x2028, 0x202E},  // line and paragraph separators, embeddings and overrides
                                        {0x2060, 0x206F},  // word joiner, invisible operators, isolates
                                        {0x3164, 0x3164},  // Hangul filler
                                        {0xFEFF, 0xFEFF},  // byte order mark
                                        {0xFFF9, 0xFFFB},  // interlinear annotation
                                        {0xE0000, 0xE0FFF}}};  // tags and supplementary variation selectors

bool is_unseen(char32_t value) {
    const auto range = std::find_if(unseen.begin(), unseen.end(), [&](const Range& r) { return value <= r.last; });
    return range != unseen.end() && value >= range->first;
}

// How many bytes from there on are ASCII that can be seen, which nearly all text is.
std::size_t plain_run(std::string_view text, std::size_t at) {
    std::size_t end = at;
    while (end < text.size() && text[end] >= ' ' && text[end] <= '~') ++end;
    return end - at;
}

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::string visible(std::string_view hostile) {
    std::string shown;
    shown.reserve(hostile.size());
    for (std::size_t at = 0; at < hostile.size();) {
        const auto plain = plain_run(hostile, at);
        shown += hostile.substr(at, plain);
        at += plain;
        if (at == hostile.size()) break;
        const CodePoint point = code_point_at(hostile, at);
        const auto number = static_cast<unsigned>(point.value);
        if (!point.valid || (point.bytes == 1 && is_unseen(point.value)))
            shown += fmt::format("\\x{:02x}", number);
        else if (point.bytes > 1 && is_unseen(point.value))
            shown += fmt::format("\\u{{{:x}}}", number);
        else
            shown += hostile.substr(at, point.bytes);
        at += point.bytes;
    }
    return shown;
}

std::string Quoted::operator()(std::string_view hostile) const {
    std::string text = "\"";
    for (char c : visible(hostile)) {
        if (c == '"') text += '\\';
        text += c;
    }
    return text + '"';
}

std::string cut(std::string_view utf8, std::size_t max_bytes) {
    constexpr std::string_view mark = "…";
    if (utf8.size() <= max_bytes) return std::string(utf8);
    const bool room = max_bytes >= mark.size();
    std::size_t keep = room ? max_bytes - mark.size() : max_bytes;
    // utf8[keep] is the first byte to go: back over the rest of a code point that it would tear (at most three bytes).
    const auto continues = [&](std::size_t i) { return (static_cast<unsigned char>(utf8[i]) & 0xC0U) == 0x80U; };
    for (int i = 0; i < 3 && keep > 0 && continues(keep); ++i) --keep;
    std::string kept(utf8.substr(0, keep));
    if (room) kept += mark;
    return kept;
}

std::vector<std::string> wrap(std::string_view text, std::size_t width, std::string_view first_indent,
                              std::string_view next_indent) {
    std::vector<std::string> lines;
    std::string line;
    std::size_t columns = 0;
    for (std::size_t at = 0; at < text.size();) {
        if (is_space(text[at])) {
            ++at;
            continue;
        }
        const std::size_t begin = at;
        while (at < text.size() && !is_space(text[at])) ++at;
        const std::string_view word = text.substr(begin, at - begin);
        const std::size_t word_columns = display_width(word);
        if (!line.empty() && columns + 1 + word_columns <= width) {
            line.append(" ").append(word);
            columns += 1 + word_columns;
            continue;
        }
        if (!line.empty()) lines.push_back(std::move(line));
        line = std::string(lines.empty() ? first_indent : next_indent);
        columns = display_width(line) + word_columns;
        line += word;
    }
    if (!line.empty()) lines.push_back(std::move(line));
    return lines;
}

std::vector<std::string_view> split_lines(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        if (end != std::string_view::npos && !line.empty() && line.back() == '\r') line.remove_suffix(1);
        lines.push_back(line);
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    }
    return lines;
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

std::string lower_ascii(std::string_view text) {
    std::string lowered(text);
    std::transform(lowered.begin(), lowered.end(), lowered.begin(), lower);
    return lowered;
}

bool icontains(std::string_view text, std::string_view part) {
    const auto same = [](char a, char b) { return lower(a) == lower(b); };
    return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end() || part.empty();
}

}  // namespace salve::base
