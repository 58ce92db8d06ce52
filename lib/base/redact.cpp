#include "base/redact.hpp"

#include <algorithm>
#include <numeric>

#include "base/digest.hpp"
#include "base/redact_rules.hpp"

namespace salve::base {
namespace {

using redaction::CompiledRule;
using redaction::Match;

constexpr int most_groups = 8;

// The next match of the rule at or after `from`; nothing when there is none.
std::optional<Match> next_match(const CompiledRule& compiled, std::string_view text, std::size_t from) {
    re2::StringPiece groups[most_groups];
    const int count = std::min(most_groups, compiled.regex->NumberOfCapturingGroups() + 1);
    const re2::StringPiece whole(text.data(), text.size());
    if (!compiled.regex->Match(whole, from, text.size(), RE2::UNANCHORED, groups, count)) return std::nullopt;
    re2::StringPiece value = groups[0];
    for (int i = 1; i < count; ++i) {
        if (i == compiled.keyword_group || groups[i].data() == nullptr) continue;
        value = groups[i];
        break;
    }
    Match match{text, {}, static_cast<std::size_t>(value.data() - text.data()), value.size()};
    if (compiled.keyword_group != 0) {
        const re2::StringPiece& keyword = groups[compiled.keyword_group];
        match.keyword = std::string_view(keyword.data(), keyword.size());
    }
    return match;
}

}  // namespace

bool is_redaction_tag(std::string_view text) {
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

// One round of all rules that can match; says whether anything was replaced.
bool Redactor::pass(std::string& message) const {
    const redaction::CompiledRules& all = redaction::compiled();
    std::vector<int> hits;
    RE2::Set::ErrorInfo error{};
    if (!all.set.Match(re2::StringPiece(message), &hits, &error)) {
        if (error.kind == RE2::Set::kNoError) return false;
        hits.resize(all.rules.size());  // the set gave up: try every rule
        std::iota(hits.begin(), hits.end(), 0);
    }
    std::sort(hits.begin(), hits.end());
    bool changed = false;
    for (const int hit : hits) {
        const CompiledRule& compiled = all.rules[static_cast<std::size_t>(hit)];
        if (compiled.rule.personal && personal_ == Personal::keep) continue;
        std::string out;
        std::size_t done = 0;
        for (std::size_t from = 0; from <= message.size();) {
            const auto match = next_match(compiled, message, from);
            if (!match) break;
            from = std::max(match->at + match->size, from + 1);
            if (is_redaction_tag(match->value()) ||
                (compiled.rule.is_secret != nullptr && !compiled.rule.is_secret(*match)))
                continue;
            out.append(message, done, match->at - done).append(drop(compiled.rule.kind, match->value()));
            done = match->at + match->size;
        }
        if (done == 0) continue;
        message = out.append(message, done);
        changed = true;
    }
    return changed;
}

// Rounds until nothing changes: that is what makes it idempotent, for a replacement can bring a new match about. It
// ends, since each replacement takes away bytes that belong to no tag. Text that needs many rounds was made to: it goes
// whole.
std::string Redactor::text(std::string_view message) const {
    constexpr int most_rounds = 8;
    std::string result(message);
    for (int round = 0; round < most_rounds; ++round)
        if (!pass(result)) return result;
    return drop("text", message);
}

}  // namespace salve::base
