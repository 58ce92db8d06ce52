#include "report/markdown_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/text.hpp"

namespace salve::report {
namespace {

std::size_t longest_backtick_run(std::string_view text) {
    std::size_t longest = 0, run = 0;
    for (const char c : text) {
        run = c == '`' ? run + 1 : 0;
        longest = std::max(longest, run);
    }
    return longest;
}

// CommonMark 6.1: the span ends at the first run of as many backticks; one space on both sides is taken off again.
std::string code_span(std::string_view word) {
    const auto run = longest_backtick_run(word);
    const std::string ticks(run + 1, '`');
    const std::string_view pad = run == 0 ? "" : " ";
    return fmt::format("{}{}{}{}{}", ticks, pad, word, pad, ticks);
}

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           static_cast<unsigned char>(c) >= 0x80;
}

// Punctuation around a word that Markdown and its linkers leave alone where it stands: "(word)", "word,".
struct Word {
    std::string_view before, core, after;
};
Word split_word(std::string_view word) {
    const auto begin = std::min(word.find_first_not_of("(\"'"), word.size());
    const auto last = word.substr(begin).find_last_not_of(".,:;?%)\"'");
    const auto end = last == std::string_view::npos ? begin : begin + last + 1;
    return {word.substr(0, begin), word.substr(begin, end - begin), word.substr(end)};
}

bool is_plain(std::string_view core) {
    return core.empty() || (is_letter_or_digit(core.front()) && std::all_of(core.begin(), core.end(), [](char c) {
                                return is_letter_or_digit(c) || c == '-' || c == '\'' || c == ',';
                            }));
}

// Code spans with &#124; between them where the word has a "|".
std::string code_word(std::string_view word) {
    std::string text;
    for (;;) {
        const auto bar = word.find('|');
        if (const auto piece = word.substr(0, bar); !piece.empty()) text += code_span(piece);
        if (bar == std::string_view::npos) return text;
        text += "&#124;";
        word.remove_prefix(bar + 1);
    }
}

// "1." and "1)" open a list where a line may begin.
bool is_list_mark(const Word& word) {
    return !word.core.empty() &&
           std::all_of(word.core.begin(), word.core.end(), [](char c) { return c >= '0' && c <= '9'; }) &&
           !word.after.empty() && (word.after.front() == '.' || word.after.front() == ')');
}

std::string escaped_word(std::string_view whole) {
    const Word word = split_word(whole);
    const auto core = is_plain(word.core) && !is_list_mark(word) ? std::string(word.core) : code_word(word.core);
    return std::string(word.before) + core + std::string(word.after);
}

}  // namespace

std::string md_text(std::string_view line) {
    const std::string shown = base::visible(line);
    std::vector<std::string> words;
    std::size_t at = 0;
    while (at < shown.size()) {
        const auto end = std::min(shown.find(' ', at), shown.size());
        const auto word = std::string_view(shown).substr(at, end - at);
        if (!word.empty()) words.push_back(escaped_word(word));
        at = end + 1;
    }
    return base::join(words, " ");
}

std::string md_code(std::string_view line) { return code_word(base::visible(line)); }

std::string md_block(std::string_view text, std::string_view info) {
    const std::string fence(std::max<std::size_t>(3, longest_backtick_run(text) + 1), '`');
    std::string block = fence + std::string(info) + '\n';
    for (const auto line : base::split_lines(text)) block += base::visible(line) + '\n';
    return block + fence + '\n';
}

}  // namespace salve::report
