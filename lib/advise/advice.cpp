#include "advise/advice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/digest.hpp"
#include "base/text.hpp"

namespace salve::advise {
namespace {

// An answer to one question: valid, or why not.
struct Heard {
    std::optional<Checked> checked;
    std::string failure;
};

std::string plain_failure(const std::string& words) { return base::cut(base::visible(words), 200); }

const Asked& ask(Advisor& model, const Question& question, Advice& advice) {
    Asked asked;
    asked.prompt = text_of(question);
    asked.prompt_sha256 = base::sha256_hex(asked.prompt);
    asked.answer = model.ask(question);
    if (!asked.answer.failure) asked.response_sha256 = base::sha256_hex(asked.answer.content);
    advice.asked.push_back(std::move(asked));
    return advice.asked.back();
}

// Room for an answer must have been left, and none of the prompt cut off (SAFETY 6.1).
std::optional<std::string> truncation(const Asked& asked) {
    // Four bytes make a token, seldom more: of a whole prompt there are never so few.
    constexpr std::size_t most_bytes_a_token = 16;
    const auto& answer = asked.answer;
    if (!answer.done_reason.empty() && answer.done_reason != "stop")
        return fmt::format("the answer did not end by itself ({})", plain_failure(answer.done_reason));
    if (answer.num_ctx > 0 && answer.prompt_tokens >= answer.num_ctx) return "the prompt fills the model's context";
    const auto least = static_cast<std::int64_t>(asked.prompt.size() / most_bytes_a_token);
    if (answer.prompt_tokens >= 0 && answer.prompt_tokens < least)
        return fmt::format("the model read {} tokens: the prompt was cut", answer.prompt_tokens);
    return std::nullopt;
}

Heard hear(const Asked& asked, const std::string& nonce, const Case& about, const Prompt& prompt) {
    const auto& answer = asked.answer;
    if (answer.failure) return {std::nullopt, plain_failure(*answer.failure)};
    if (auto fault = truncation(asked)) return {std::nullopt, *fault};
    const auto parsed = parse_reply(answer.content);
    if (const auto* none = std::get_if<NoReply>(&parsed)) return {std::nullopt, none->reason};
    const auto& reply = std::get<Reply>(parsed);
    if (auto fault = nonce_fault(reply, nonce)) return {std::nullopt, *fault};
    return {check(reply, about, prompt), ""};
}

void add_warning(const CheckedWarning& warning, Advice& advice) {
    for (auto& known : advice.warnings)
        if (known.code == warning.code) {
            for (const auto one : warning.evidence)
                if (std::find(known.evidence.begin(), known.evidence.end(), one) == known.evidence.end())
                    known.evidence.push_back(one);
            return;
        }
    advice.warnings.push_back(warning);
}

void take_first(Checked&& first, Advice& advice) {
    advice.abstained = first.abstain;
    advice.dropped = std::move(first.dropped);
    if (first.abstain) return;
    advice.actionable = first.actionable;
    advice.ranking = std::move(first.ranking);
    advice.notes = std::move(first.notes);
    for (const auto& warning : first.warnings) add_warning(warning, advice);
}

// The first of the ranking among those that are interchangeable with the candidate.
std::optional<std::size_t> top_beside(const Case& about, const std::vector<std::size_t>& ranking, std::size_t one) {
    const auto found = std::find_if(ranking.begin(), ranking.end(), [&](std::size_t other) {
        return interchangeable(about.candidates[one], about.candidates[other]);
    });
    if (found == ranking.end()) return std::nullopt;
    return *found;
}

bool same_tops(const Case& about, const std::vector<std::size_t>& a, const std::vector<std::size_t>& b) {
    const auto top = [](const auto& list) { return list.empty() ? std::optional<std::size_t>() : list.front(); };
    if (top(a) != top(b)) return false;
    for (std::size_t i = 0; i < about.candidates.size(); ++i)
        if (top_beside(about, a, i) != top_beside(about, b, i)) return false;
    return true;
}

// A second answer can only take effects away and add warnings.
void take_second(Heard second, const Case& about, Advice& advice) {
    if (!second.checked) {
        advice.dropped.push_back({"ranking", "asked again, the model gave no answer that counts: " + second.failure});
        advice.ranking.clear();
        return;
    }
    for (const auto& warning : second.checked->warnings) add_warning(warning, advice);
    advice.unstable = second.checked->abstain != advice.abstained ||
                      (!advice.abstained && (second.checked->actionable != advice.actionable ||
                                             !same_tops(about, advice.ranking, second.checked->ranking)));
    if (!second.checked->abstain) advice.actionable = advice.actionable && second.checked->actionable;
}

std::vector<std::size_t> withheld(const Prompt& prompt) {
    std::vector<std::size_t> list;
    for (std::size_t i = 0; i < prompt.evidence.size(); ++i)
        if (prompt.evidence[i].withheld) list.push_back(i);
    return list;
}

// What the shadow says against the evidence, and of which; nothing where it finds none of it suspicious.
std::optional<std::string> objection(const Asked& asked, const Prompt& prompt, std::vector<std::size_t>& evidence) {
    const auto& answer = asked.answer;
    if (answer.failure) return plain_failure(*answer.failure);
    if (auto fault = truncation(asked)) return fault;
    const auto parsed = parse_shadow_reply(answer.content);
    if (const auto* none = std::get_if<NoReply>(&parsed)) return none->reason;
    const auto& reply = std::get<ShadowReply>(parsed);
    if (reply.nonce != prompt.nonce) return "it does not repeat the nonce of the question";
    if (!reply.suspicious) return std::nullopt;
    for (std::size_t i = 0; i < prompt.evidence.size(); ++i)
        if (std::find(reply.evidence.begin(), reply.evidence.end(), prompt.evidence[i].id) != reply.evidence.end())
            evidence.push_back(i);
    return "it takes a text for one that speaks to a model";
}

// Its errors count as suspicion: whoever can silence it gains nothing.
void ask_shadow(Advisor& shadow, Advice& advice) {
    CheckedWarning warning{Warning::suspected_injection, {}};
    const auto why = objection(ask(shadow, shadow_question(advice.prompt), advice), advice.prompt, warning.evidence);
    if (!why) return;
    advice.dropped.push_back({"ranking", "the shadow model: " + *why});
    advice.ranking.clear();
    add_warning(warning, advice);
}

}  // namespace

std::int64_t total(const std::vector<Asked>& asked, std::int64_t Answer::*time) {
    std::int64_t sum = 0;
    for (const auto& one : asked) sum += std::max<std::int64_t>(0, one.answer.*time);
    return sum;
}

std::vector<std::string> Advice::warning_words() const {
    std::vector<std::string> words;
    for (const auto& one : warnings) words.emplace_back(base::word(warning_names, one.code));
    std::sort(words.begin(), words.end());
    words.erase(std::unique(words.begin(), words.end()), words.end());
    return words;
}

Advice consult(const Case& about, Advisor& model, const ConsultOptions& options) {
    Advice advice;
    if (about.candidates.empty()) {
        advice.fallback = "there is nothing to choose from";
        return advice;
    }
    advice.prompt = prompt_of(about, options.prompt);
    const auto& prompt = advice.prompt;
    auto first = hear(ask(model, first_question(prompt), advice), prompt.nonce, about, prompt);
    if (!first.checked) {
        advice.fallback = first.failure;
        return advice;
    }
    take_first(std::move(*first.checked), advice);
    if (about.candidates.size() > 1)
        take_second(hear(ask(model, second_question(prompt), advice), prompt.second_nonce, about, prompt), about,
                    advice);
    if (options.shadow) ask_shadow(*options.shadow, advice);
    if (prompt.suspicious()) {
        add_warning({Warning::suspected_injection, withheld(prompt)}, advice);
        advice.dropped.push_back({"ranking", "something that was read looks as if it were written for a model"});
    }
    return advice;
}

std::vector<std::size_t> order_of(const Case& about, const Advice& advice) {
    std::vector<std::size_t> order(about.candidates.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (!advice.ranks()) return order;
    const auto rank = [&](std::size_t one) {
        const auto at = std::find(advice.ranking.begin(), advice.ranking.end(), one);
        return at - advice.ranking.begin();  // those that it did not rank stay behind the others, as they were
    };
    plan::sort_within_groups(
        order, [&](auto a, auto b) { return interchangeable(about.candidates[a], about.candidates[b]); },
        [&](auto a, auto b) { return rank(a) < rank(b); });
    return order;
}

plan::Order plan_order(const Case& about, const Advice& advice) {
    const auto order = order_of(about, advice);
    plan::Order wanted;
    if (std::is_sorted(order.begin(), order.end())) return wanted;
    for (const auto at : order) {
        const auto& one = about.candidates[at];
        wanted.push_back({one.target.object, one.action_id, one.risk});
    }
    return wanted;
}

}  // namespace salve::advise
