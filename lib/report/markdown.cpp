#include "report/markdown.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.hpp"
#include "report/command.hpp"
#include "report/format.hpp"
#include "report/words.hpp"

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

class Markdown {
public:
    explicit Markdown(const Triage& triage) : triage_(triage), findings_(listed(triage)) {
        for (std::size_t i = 0; i < findings_.size(); ++i) numbers_.emplace(findings_[i]->id, i + 1);
    }

    std::string write() {
        text_ += "# " + md_text(verdict(triage_)) + "\n\n";
        origin();
        overview();
        for (std::size_t i = 0; i < findings_.size(); ++i) finding(*findings_[i], i + 1);
        not_seen();
        list("Left out", left_out(triage_));
        list("Warnings", triage_.warnings);
        return std::move(text_);
    }

private:
    void origin() {
        text_ += "| | |\n|---|---|\n";
        row("scope", place(triage_.scope));
        row("source", source_words(triage_));
        row("record", one_line(triage_.run + (triage_.record_path.empty() ? "" : " in " + triage_.record_path)));
        text_ += '\n';
    }
    void row(std::string_view name, const std::string& value) {
        text_ += fmt::format("| {} | {} |\n", name, md_text(value));
    }

    void overview() {
        if (findings_.empty()) return;
        text_ += "| no. | severity | what | why | caused by |\n|---|---|---|---|---|\n";
        for (std::size_t i = 0; i < findings_.size(); ++i) {
            const Finding& finding = *findings_[i];
            text_ +=
                fmt::format("| {} | {} | {} | {} | {} |\n", i + 1, severity(finding),
                            md_text(subject_words(triage_.scope, finding.root)), md_text(one_line(finding.summary)),
                            finding.caused_by ? number(*finding.caused_by) : "");
        }
        text_ += '\n';
    }

    void finding(const Finding& finding, std::size_t at) {
        text_ += fmt::format("## {}. {}: {}\n\n", at, severity(finding),
                             md_text(subject_words(triage_.scope, finding.root)));
        item("Why", one_line(finding.summary));
        item("Sure", doubt_words(finding.confidence));
        if (finding.caused_by)
            if (const auto cause = number(*finding.caused_by); !cause.empty()) item("Caused by", "number " + cause);
        item("Therefore", followers(finding));
        item("For", since_words(triage_, finding));
        item("Changed", one_line(finding.change));
        item("Affects", affected_words(triage_.scope, finding, 20));
        for (const auto& manager : finding.managed_by)
            item("Managed", fmt::format("by {}; a change made elsewhere may be undone", one_line(manager)));
        for (const auto& advice : finding.advice) item("Next", one_line(advice));
        item("Id", fmt::format("{} ({})", one_line(finding.id), one_line(finding.mode->id)));
        text_ += '\n';
        if (const auto command = next_command(triage_.cluster, finding)) text_ += md_block(*command, "sh") + '\n';
        evidence(finding);
    }

    void evidence(const Finding& finding) {
        std::size_t at = 0;
        for (const auto& item : finding.evidence) {
            auto head = fmt::format("{} of {} at {}", base::word(diagnose::source_names, item.source),
                                    subject_words(triage_.scope, {item.object, item.container}), one_line(item.path));
            if (item.at) head += ", " + time_words(*item.at);
            text_ += fmt::format("**E{}** {}\n\n{}\n", ++at, md_text(head), md_block(item.text, "text"));
        }
    }

    void not_seen() {
        std::vector<std::string> lines;
        for (const auto& gap : gaps(triage_)) {
            lines.push_back(fmt::format("{}: {}", gap_words(gap.state), gap.what));
            for (const auto& detail : gap.details) lines.back() += "; " + detail;
        }
        for (const auto& missing : missing_evidence(triage_))
            lines.push_back(
                fmt::format("for {}: {}", subject_words(triage_.scope, missing.finding->root), missing.text));
        list("Not seen", lines);
    }

    void list(std::string_view title, const std::vector<std::string>& lines) {
        if (lines.empty()) return;
        text_ += fmt::format("## {}\n\n", title);
        for (const auto& line : lines) text_ += "- " + md_text(one_line(line)) + '\n';
        text_ += '\n';
    }
    void item(std::string_view name, std::string_view line) {
        if (!line.empty()) text_ += fmt::format("- **{}:** {}\n", name, md_text(line));
    }

    std::string severity(const Finding& finding) const {
        std::string word(base::word(diagnose::severity_names, finding.severity));
        return snoozed_until(triage_, finding) ? word + " (snoozed)" : word;
    }
    std::string followers(const Finding& finding) const {
        std::vector<std::string> numbers;
        for (const auto& id : finding.consequences)
            if (auto known = number(id); !known.empty()) numbers.push_back(std::move(known));
        return numbers.empty() ? "" : "number " + base::join(numbers, ", ");
    }
    std::string number(std::string_view id) const {
        const auto known = numbers_.find(id);
        return known == numbers_.end() ? "" : std::to_string(known->second);
    }

    const Triage& triage_;
    Findings findings_;
    std::map<std::string_view, std::size_t> numbers_;
    std::string text_;
};

std::string write(std::span<const Triage> triages, const Style&) { return triages_markdown(triages); }

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

std::string md_block(std::string_view text, std::string_view info) {
    const std::string fence(std::max<std::size_t>(3, longest_backtick_run(text) + 1), '`');
    std::string block = fence + std::string(info) + '\n';
    for (const auto line : base::split_lines(text)) block += base::visible(line) + '\n';
    return block + fence + '\n';
}

std::string triage_markdown(const Triage& triage) {
    auto text = Markdown(triage).write();
    while (text.size() > 1 && text[text.size() - 2] == '\n') text.pop_back();
    return text;
}

std::string triages_markdown(std::span<const Triage> triages) {
    std::string all;
    for (const auto& triage : triages) all += (all.empty() ? "" : "\n") + triage_markdown(triage);
    return all.empty() ? "No cluster was asked.\n" : all;
}

extern const Format markdown;
const Format markdown{"markdown", "for a ticket", write};

}  // namespace salve::report
