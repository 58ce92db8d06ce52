#include "advise/check.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "advise/plain.hpp"
#include "advise/scan.hpp"
#include "base/text.hpp"

namespace salve::advise {
namespace {

using re2::RE2;
using re2::StringPiece;

constexpr std::size_t max_told = 32;  // dropped items that are told one by one

// Short, and visible: it is shown and recorded.
std::string word(std::string_view text) { return base::cut(base::visible(text), 80); }

std::optional<std::size_t> index_of(const std::vector<std::string>& list, std::string_view wanted) {
    const auto found = std::find(list.begin(), list.end(), wanted);
    if (found == list.end()) return std::nullopt;
    return static_cast<std::size_t>(found - list.begin());
}

class Checker {
public:
    Checker(const Case& about, const Prompt& prompt) : about_(about), prompt_(prompt) {}

    Checked check(const Reply& reply) {
        result_.actionable = reply.actionable;
        result_.abstain = reply.abstain;
        result_.dropped = reply.taken_off;
        for (const auto& id : reply.ranking) rank(id);
        for (const auto& note : reply.notes) add(note);
        for (const auto& warning : reply.warnings) add(warning);
        if (untold_ > 0) result_.dropped.push_back({fmt::format("{} more items", untold_), "as those before"});
        return std::move(result_);
    }

private:
    void drop(std::string what, std::string reason) {
        if (result_.dropped.size() < max_told)
            result_.dropped.push_back({std::move(what), std::move(reason)});
        else
            ++untold_;
    }

    void rank(const std::string& id) {
        const auto what = fmt::format("rank of {}", base::quoted(word(id)));
        const auto at = index_of(prompt_.aliases, id);
        if (!at) return drop(what, "no candidate has that id");
        if (std::find(result_.ranking.begin(), result_.ranking.end(), *at) != result_.ranking.end())
            return drop(what, "it was ranked before");
        result_.ranking.push_back(*at);
    }

    // The evidence that was sent under these ids; of unknown ones nothing.
    std::vector<std::size_t> sent(const std::vector<std::string>& ids) const {
        std::vector<std::size_t> found;
        for (const auto& id : ids)
            for (std::size_t i = 0; i < prompt_.evidence.size(); ++i)
                if (prompt_.evidence[i].id == id && std::find(found.begin(), found.end(), i) == found.end())
                    found.push_back(i);
        return found;
    }

    // Is it about the candidate: of its finding, of what that is caused by or causes, or of its target?
    bool relates(std::size_t evidence, std::size_t candidate) const {
        const auto& one = about_.candidates[candidate];
        const auto& sent = prompt_.evidence[evidence];
        const auto& finding = *about_.findings[sent.finding];
        if (finding.id == one.finding_id || finding.caused_by == one.finding_id) return true;
        if (sent.object.object.same_name(one.target.object) || finding.root.object.same_name(one.target.object))
            return true;
        return std::any_of(about_.findings.begin(), about_.findings.end(), [&](const auto* other) {
            return other->id == one.finding_id && other->caused_by == finding.id;
        });
    }

    void add(const Note& note) {
        const auto what = fmt::format("note on {}", base::quoted(word(note.action)));
        const auto at = index_of(prompt_.aliases, note.action);
        if (!at) return drop(what, "no candidate has that id");
        const auto one_of_it = [&](const CheckedNote& one) { return one.candidate == *at; };
        if (std::any_of(result_.notes.begin(), result_.notes.end(), one_of_it))
            return drop(what, "there is one on it before");
        auto evidence = sent(note.evidence);
        if (evidence.size() != note.evidence.size()) return drop(what, "it cites evidence that was not sent, or twice");
        if (evidence.empty()) return drop(what, "it cites no evidence");
        if (std::none_of(evidence.begin(), evidence.end(), [&](auto one) { return relates(one, *at); }))
            return drop(what, "its evidence is about something else");
        std::string seen = note.action + " " + prompt_.targets[*at] + "\n";
        for (const auto one : evidence)
            seen += prompt_.evidence[one].line + "\n" + prompt_.finding_lines[prompt_.evidence[one].finding];
        const auto text = without_mark(note.text);
        if (const auto fault = note_fault(text, seen, prompt_.names)) return drop(what, *fault);
        result_.notes.push_back({*at, told(text, note.action, *at), std::move(evidence)});
    }

    // For people: the names themselves, and words for ids that are in nothing that they see.
    std::string told(std::string text, const std::string& alias, std::size_t candidate) const {
        static const RE2 evidence(R"(\bE\d+\b)"), finding(R"(\bF\d+\b)");
        RE2::GlobalReplace(&text, evidence, "the evidence");
        RE2::GlobalReplace(&text, finding, "the finding");
        RE2::GlobalReplace(&text, "\\b" + alias + "\\b", about_.candidates[candidate].action_id);
        return base::cut(prompt_.names.told(text), 2 * max_note);
    }

    std::string without_mark(std::string text) const {
        for (std::size_t at = 0; (at = text.find(prompt_.mark, at)) != std::string::npos; ++at)
            text.replace(at, prompt_.mark.size(), " ");
        return text;
    }

    void add(const Warned& warning) {
        const auto what = fmt::format("warning {}", base::quoted(word(warning.code)));
        const auto code = base::parse(warning_names, warning.code);
        if (!code) return drop(what, "no warning has that word");
        auto evidence = sent(warning.evidence);
        if (evidence.empty()) return drop(what, "it cites no evidence that was sent");
        const auto same = [&](const CheckedWarning& one) { return one.code == *code; };
        if (std::any_of(result_.warnings.begin(), result_.warnings.end(), same))
            return drop(what, "it was raised before");
        result_.warnings.push_back({*code, std::move(evidence)});
    }

    const Case& about_;
    const Prompt& prompt_;
    Checked result_;
    std::size_t untold_ = 0;
};

// Does the text hold the word, with nothing of its own kind right before or behind it?
template <typename IsPart>
bool holds(std::string_view text, std::string_view wanted, IsPart is_part) {
    for (auto at = text.find(wanted); at != std::string_view::npos; at = text.find(wanted, at + 1)) {
        const auto end = at + wanted.size();
        if ((at == 0 || !is_part(text[at - 1])) && (end == text.size() || !is_part(text[end]))) return true;
    }
    return false;
}
bool holds_word(std::string_view text, std::string_view wanted) {
    return holds(text, wanted, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '-'; });
}
bool holds_number(std::string_view text, std::string_view wanted) {
    return holds(text, wanted, [](char c) { return std::isdigit(static_cast<unsigned char>(c)) || c == '.'; });
}

// What no sentence about a fault needs: links, code, commands.
std::optional<std::string> form_fault(const std::string& text) {
    static const RE2 link(R"((?i)[a-z][a-z0-9+.-]*://|\bwww\.|\b[a-z0-9-]+\.(?:com|org|net|io|dev|sh|ai|co)\b)");
    static const RE2 code(R"([`{}\\$|;]|&&|\bhttps?:|--[a-z]|<script|\]\()");
    static const RE2 command(
        R"((?i)\b(?:kubectl|helm|docker|crictl|ctr|curl|wget|bash|/bin/|sudo|chmod|rm -|sh -c|exec|eval|apt|yum|pip|npm|ssh|systemctl|apply -f)\b)");
    if (text.empty()) return "it says nothing";
    if (text.size() > max_note) return fmt::format("it is longer than {} bytes", max_note);
    if (base::visible(text) != text) return "it holds characters that cannot be shown";
    if (RE2::PartialMatch(text, link)) return "it holds a link";
    if (RE2::PartialMatch(text, code)) return "it holds code";
    if (RE2::PartialMatch(text, command)) return "it holds a command";
    return std::nullopt;
}

}  // namespace

std::optional<std::string> nonce_fault(const Reply& reply, const std::string& nonce) {
    if (reply.nonce == nonce) return std::nullopt;
    return "the answer does not repeat the nonce of the question";
}

std::optional<std::string> note_fault(const std::string& text, const std::string& seen, const Names& names) {
    if (auto fault = form_fault(text)) return fault;
    if (suspicion(text)) return "it speaks to a model";
    static const RE2 name(R"(\b([a-z]+-\d+|[AEF]\d+)\b)"), number(R"((\d+(?:[.,]\d+)*))");
    StringPiece rest(text);
    std::string found, without_names = text;
    while (RE2::FindAndConsume(&rest, name, &found)) {
        if (std::islower(static_cast<unsigned char>(found.front())) && !names.meaning(found))
            return fmt::format("it names {}, which is nothing that was sent", word(found));
        if (!holds_word(seen, found)) return fmt::format("it names {}, which is not in its evidence", word(found));
        without_names.replace(without_names.find(found), found.size(), " ");
    }
    rest = without_names;
    while (RE2::FindAndConsume(&rest, number, &found))
        if (!holds_number(seen, found))
            return fmt::format("it tells a number, {}, that is not in its evidence", word(found));
    return std::nullopt;
}

Checked check(const Reply& reply, const Case& about, const Prompt& prompt) {
    return Checker(about, prompt).check(reply);
}

}  // namespace salve::advise
