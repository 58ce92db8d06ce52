#include "base/redact.hpp"

#include <algorithm>

#include "base/digest.hpp"
#include "base/hex.hpp"
#include "base/redact_rules.hpp"

namespace salve::base {
namespace {

using redaction::CompiledRule;
using redaction::Match;

constexpr int most_groups = 8;

// The next match of the rule at or after `from`; nothing when there is none.
std::optional<Match> next_match(const CompiledRule& compiled, std::string_view text, std::size_t from) {
    re2::StringPiece groups[most_groups];
    const auto& regex = compiled.regex();
    const int keyword_group = compiled.keyword_group();
    const int count = std::min(most_groups, regex.NumberOfCapturingGroups() + 1);
    const re2::StringPiece whole(text.data(), text.size());
    if (!regex.Match(whole, from, text.size(), RE2::UNANCHORED, groups, count)) return std::nullopt;
    re2::StringPiece value = groups[0];
    for (int i = 1; i < count; ++i) {
        if (i == keyword_group || groups[i].data() == nullptr) continue;
        value = groups[i];
        break;
    }
    Match match{text,
                {},
                static_cast<std::size_t>(groups[0].data() - text.data()),
                static_cast<std::size_t>(value.data() - text.data()),
                value.size()};
    if (keyword_group != 0) {
        const re2::StringPiece& keyword = groups[keyword_group];
        match.keyword = std::string_view(keyword.data(), keyword.size());
    }
    return match;
}

struct Span {
    std::size_t begin;
    std::size_t end;
    std::string_view kind;
};

// Goes on behind each match, but not far behind: the end of a value may be the key word of the next ("password=
// token=x").
void find_secrets(const CompiledRule& compiled, std::string_view text, std::vector<Span>& spans) {
    constexpr std::size_t longest_keyword = 64;
    for (std::size_t from = 0; from <= text.size();) {
        const auto match = next_match(compiled, text, from);
        if (!match) return;
        const std::size_t end = match->at + match->size;
        const bool keyed = match->at > from && match->start < match->at;
        const std::size_t tail = std::max(match->at, end - std::min(end, longest_keyword));
        from = std::max(keyed ? tail : end, match->start + 1);
        if (match->size == 0 || is_redaction_tag(match->value())) continue;
        if (compiled.rule.is_secret == nullptr || compiled.rule.is_secret(*match))
            spans.push_back({match->at, end, compiled.rule.kind});
    }
}

// Sorted, and no two overlap; of two kinds the one of the earlier rule stays.
std::vector<Span> joined(std::vector<Span> spans) {
    // Spans were found rule by rule: a stable sort keeps the earlier rule first among equals.
    std::stable_sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) { return a.begin < b.begin; });
    std::vector<Span> result;
    for (const Span& span : spans) {
        if (!result.empty() && span.begin < result.back().end)
            result.back().end = std::max(result.back().end, span.end);
        else
            result.push_back(span);
    }
    return result;
}

// No rule takes anything of it: such a run is no secret (is_random), too long for a card, and has no word in it.
bool is_bare_digest(std::string_view text) {
    constexpr std::size_t sha1 = 40, sha256 = 64;
    return (text.size() == sha1 || text.size() == sha256) && is_hex(text);
}

}  // namespace

bool is_redaction_tag(std::string_view text) {
    if (!text.starts_with("<redacted:")) return false;
    static const RE2 tag("<redacted:[a-z]{1,16}#[0-9a-f]{4}>", RE2::Latin1);
    return RE2::FullMatch(re2::StringPiece(text.data(), text.size()), tag);
}

std::string Redactor::drop(std::string_view kind, std::string_view value) const {
    if (value.empty() || is_redaction_tag(value)) return std::string(value);
    count_.fetch_add(1, std::memory_order_relaxed);
    std::string tag = "<redacted:";
    tag.append(kind).append("#").append(hmac_sha256(key_, value), 0, 4).append(">");
    return tag;
}

// One round of all rules that may match; says whether anything was replaced. Every rule looks at the text as it is, and
// only then are the spans that overlap joined and replaced: so no rule can swallow the key word that would have given
// the next secret away.
bool Redactor::pass(std::string& message) const {
    std::vector<Span> spans;
    const redaction::Glance seen(message);
    for (const CompiledRule& compiled : redaction::compiled())
        if ((!compiled.rule.personal || personal_ == Personal::redact) && seen.allows(compiled))
            find_secrets(compiled, message, spans);
    if (spans.empty()) return false;
    std::string out;
    std::size_t done = 0;
    for (const Span& span : joined(std::move(spans))) {
        const std::string_view secret = std::string_view(message).substr(span.begin, span.end - span.begin);
        out.append(message, done, span.begin - done).append(drop(span.kind, secret));
        done = span.end;
    }
    message = out.append(message, done);
    return true;
}

// Rounds until nothing changes: that is what makes it idempotent, for a replacement can bring a new match about. It
// ends, since each replacement takes away bytes that belong to no tag. Text that needs many rounds was made to: it goes
// whole.
std::string Redactor::text(std::string_view message) const {
    constexpr int most_rounds = 8;
    std::string result(message);
    if (message.empty() || is_bare_digest(message)) return result;
    for (int round = 0; round < most_rounds; ++round)
        if (!pass(result)) return result;
    return drop("text", message);
}

}  // namespace salve::base
