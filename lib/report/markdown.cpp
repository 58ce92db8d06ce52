#include "report/markdown.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.hpp"
#include "diagnose/next_command.hpp"
#include "report/format.hpp"
#include "report/markdown_text.hpp"
#include "report/words.hpp"

namespace salve::report {
namespace {

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
        if (const auto command = diagnose::next_command(triage_.cluster, finding))
            text_ += md_block(*command, "sh") + '\n';
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
