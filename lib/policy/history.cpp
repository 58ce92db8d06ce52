#include "policy/history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/digest.hpp"
#include "base/json.hpp"

namespace salve::policy {
namespace {

constexpr auto first_wait = base::minutes(1), block = base::hours(1), after_rejection = base::minutes(15);
constexpr int failures_that_block = 3;

bool is_about(const Attempt& attempt, const std::string& cluster_uid, const plan::Step& step) {
    return attempt.cluster_uid == cluster_uid && attempt.action_id == step.action_id &&
           attempt.target.same_name(step.target.object);
}

bool is_failure(Result result) {
    return result == Result::unverified || result == Result::failed || result == Result::unknown;
}

// The attempts of this action on this object that were sent or refused by a person, oldest first.
std::vector<const Attempt*> attempts_of(const History& history, const std::string& cluster_uid,
                                        const plan::Step& step) {
    std::vector<const Attempt*> found;
    for (const auto& one : history.attempts)
        if (one.result != Result::not_sent && is_about(one, cluster_uid, step)) found.push_back(&one);
    return found;
}

base::Duration wait_after(int failures) {
    // 1 min * 2^(n-1); its upper bound of ten minutes lies beyond the failures that block.
    return failures >= failures_that_block ? block : first_wait * (std::int64_t{1} << (failures - 1));
}

std::string at_words(base::Time at) { return base::to_rfc3339(at).substr(0, 16) + "Z"; }

std::string times(int count) { return count == 1 ? "once" : count == 2 ? "twice" : fmt::format("{} times", count); }

// What the failures since the last success demand.
std::optional<Cooldown> after_failures(const std::vector<const Attempt*>& attempts) {
    Cooldown result;
    for (auto one = attempts.rbegin(); one != attempts.rend() && (*one)->result != Result::verified; ++one) {
        if (!is_failure((*one)->result)) continue;
        if (result.failures++ == 0) result.until = (*one)->at;
    }
    if (result.failures == 0) return std::nullopt;
    result.why =
        fmt::format("it was tried {} without success, last at {}", times(result.failures), at_words(result.until));
    result.until = result.until + wait_after(result.failures);
    return result;
}

}  // namespace

std::optional<Cooldown> cooldown(const History& history, const std::string& cluster_uid, const plan::Step& step,
                                 base::Time now) {
    const auto attempts = attempts_of(history, cluster_uid, step);
    if (attempts.empty()) return std::nullopt;
    std::optional<Cooldown> result;
    if (const auto& last = *attempts.back(); last.result == Result::rejected)
        result = Cooldown{last.at + after_rejection, 0,
                          fmt::format("{} rejected it at {}: {}", last.by, at_words(last.at), last.reason)};
    // A rejection neither ends a row of failures nor shortens the wait after it.
    if (auto failed = after_failures(attempts); failed && (!result || failed->until > result->until))
        result = std::move(failed);
    if (!result || now >= result->until) return std::nullopt;
    for (const auto& [digest, steps] : history.proposed)
        result->asked += std::any_of(steps.begin(), steps.end(), [&](const Attempt& one) {
            return is_about(one, cluster_uid, step) && one.at > attempts.back()->at;
        });
    return result;
}

std::string fingerprint(const std::string& cluster_uid, const plan::Step& step) {
    const auto& target = step.target.object;
    return base::sha256_hex(
        base::canonical(nlohmann::json{cluster_uid, step.action_id, target.kind, target.ns, target.name}));
}

const Attempt* last_failure(const History& history, const std::string& cluster_uid, const plan::Step& step) {
    auto attempts = attempts_of(history, cluster_uid, step);
    std::erase_if(attempts, [](const Attempt* one) { return one->result == Result::rejected; });
    return !attempts.empty() && is_failure(attempts.back()->result) ? attempts.back() : nullptr;
}

std::string words_of(const Cooldown& held) {
    const auto again =
        held.asked == 0 ? "" : fmt::format("; planned again {} since", times(static_cast<int>(held.asked)));
    return fmt::format("{}{}; held back until {}, or --override-cooldown WHY", held.why, again, at_words(held.until));
}

std::string earlier_words(const History& history, const std::string& cluster_uid, const plan::Step& step,
                          base::Time now) {
    if (const auto held = cooldown(history, cluster_uid, step, now)) return words_of(*held);
    if (const auto* failed = last_failure(history, cluster_uid, step))
        return fmt::format("it was tried before and did not help, at {}", at_words(failed->at));
    return "";
}

int verified_successes(const History& history, const std::string& cluster_uid, const plan::Step& step) {
    const auto attempts = attempts_of(history, cluster_uid, step);
    int count = 0;
    for (auto one = attempts.rbegin(); one != attempts.rend() && (*one)->result == Result::verified; ++one) ++count;
    return count;
}

std::optional<Hold> hold_of(const History& history, const std::string& finding_id, base::Time now,
                            base::Duration dry_run_hold) {
    std::optional<Hold> hold;
    for (const auto& one : history.plans) {
        if (std::find(one.findings.begin(), one.findings.end(), finding_id) == one.findings.end()) continue;
        if (hold && one.at < hold->until) {
            ++hold->count;
            hold->last_seen = one.at;
            continue;
        }
        hold.reset();
        const auto span = one.outcome == "NoAction" ? no_action_hold : dry_run_hold;
        if (one.outcome != "NoAction" && one.outcome != "DryRun") continue;
        hold = Hold{fmt::format("{} at {}", one.outcome == "NoAction" ? "nothing was to be done" : "it was shown",
                                at_words(one.at)),
                    one.at + span, one.at, one.at, 1};
    }
    if (hold && now >= hold->until) return std::nullopt;
    return hold;
}

const Snooze* snoozed(const History& history, const std::string& finding_id, base::Time now) {
    const auto at = history.snoozes.find(finding_id);
    return at != history.snoozes.end() && now < at->second.until ? &at->second : nullptr;
}

}  // namespace salve::policy
