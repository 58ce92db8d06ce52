#include "policy/words.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "base/time.hpp"

namespace salve::policy {
namespace {

bool is_floor(const Outcome& outcome) { return outcome.id.starts_with("floor."); }

// The floor and salve itself are no rule that somebody wrote.
std::string rule_words(const Outcome& outcome) {
    return (is_floor(outcome) || outcome.id.starts_with("policy.") ? "" : "rule ") + outcome.id;
}

std::string reason_words(const Outcome& outcome) {
    auto words = fmt::format("{}, because {}", rule_words(outcome), because(outcome));
    if (!is_floor(outcome) && !outcome.message.empty() && !outcome.decided_by.empty())
        words += fmt::format(" ({})", outcome.message);
    return words;
}

const Outcome* find(const Decision& decision, const std::string& id) {
    const auto& all = decision.outcomes;
    const auto found = std::find_if(all.begin(), all.end(), [&](const Outcome& outcome) { return outcome.id == id; });
    return found == all.end() ? nullptr : &*found;
}

std::string also_words(const Outcome& outcome) {
    const char* verb = outcome.effect == Effect::deny               ? "also denied"
                       : outcome.effect == Effect::require_approval ? "also asks for approval"
                                                                    : "would allow it";
    return fmt::format("{}: {}", verb, reason_words(outcome));
}

}  // namespace

std::string_view effect_words(Effect effect) {
    switch (effect) {
        case Effect::allow:
            return "allowed";
        case Effect::require_approval:
            return "needs approval";
        case Effect::deny:
            break;
    }
    return "denied";
}

std::string because(const Outcome& outcome) {
    std::vector<std::string> words;
    for (const auto& check : outcome.decided_by) words.push_back(check.words);
    const auto checks = base::join(words, " and ");
    if (is_floor(outcome))
        return outcome.match == Match::yes ? fmt::format("{} ({})", outcome.message, checks) : checks;
    if (!words.empty()) return checks;
    return outcome.message.empty() ? "it always applies" : outcome.message;
}

std::string demand_words(const Demands& demands) {
    auto words = demands.approvers == 1   ? std::string("approval by one person")
                 : demands.approvers == 2 ? std::string("approval by two people")
                                          : fmt::format("approval by {} people", demands.approvers);
    if (demands.typed) words += ", the target's name typed";
    if (demands.ttl_s) words += fmt::format(", good for {}", base::to_words(base::seconds(*demands.ttl_s)));
    return words;
}

std::vector<std::string> decision_words(const Decision& decision) {
    const auto* headline = find(decision, decision.rule_id);
    std::vector<std::string> lines{
        fmt::format("{}: {}", effect_words(decision.effect), headline ? reason_words(*headline) : decision.message)};
    if (decision.demands) lines.push_back("needed: " + demand_words(*decision.demands));
    for (const auto& outcome : decision.outcomes)
        if (outcome.applies() && &outcome != headline) lines.push_back(also_words(outcome));
    return lines;
}

}  // namespace salve::policy
