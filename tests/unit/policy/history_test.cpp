#include "policy/history.hpp"

#include <doctest/doctest.h>

#include "io_fakes.hpp"

using namespace salve;
using policy::History;
using policy::Result;
using test::contains;

namespace {

constexpr base::Time start{1'795'248'000'000'000};  // 2026-11-21T08:00:00Z
constexpr const char* cluster = "uid-cluster";

base::Time at(std::int64_t minute) { return start + base::minutes(minute); }

plan::Step restart() {
    plan::Step step;
    step.action_id = "rollout.restart";
    step.target.object = {"apps/v1", "Deployment", "shop", "web", "uid-web"};
    return step;
}

policy::Attempt attempt(Result result, std::int64_t minute) {
    return {cluster, "rollout.restart", restart().target.object, at(minute), result, "kim", "too late in the day"};
}

History tried(const std::vector<Result>& results) {
    History history;
    for (const auto result : results)
        history.attempts.push_back(attempt(result, static_cast<std::int64_t>(history.attempts.size())));
    return history;
}

// How long from the last attempt on; nothing: it may be tried at once.
std::optional<std::int64_t> seconds_left(const History& history) {
    const auto last = history.attempts.back().at;
    const auto found = policy::cooldown(history, cluster, restart(), last);
    if (!found) return std::nullopt;
    CHECK_FALSE(found->why.empty());
    // To the very end, and no longer.
    CHECK(policy::cooldown(history, cluster, restart(), found->until - base::Duration{1}));
    CHECK_FALSE(policy::cooldown(history, cluster, restart(), found->until));
    return (found->until - last).us / 1'000'000;
}

policy::Planned planned(const std::string& outcome, std::int64_t minute, std::vector<std::string> findings = {"f1"}) {
    return {at(minute), outcome, std::move(findings)};
}

std::optional<policy::Hold> held(const std::vector<policy::Planned>& plans, std::int64_t minute) {
    History history;
    history.plans = plans;
    return policy::hold_of(history, "f1", at(minute), base::hours(1));
}

}  // namespace

TEST_CASE("without an attempt there is nothing to wait for") {
    CHECK_FALSE(policy::cooldown(History(), cluster, restart(), start));
    CHECK(policy::last_failure(History(), cluster, restart()) == nullptr);
    CHECK(policy::verified_successes(History(), cluster, restart()) == 0);
}

TEST_CASE("each failure in a row makes the wait longer, and the third and each further one an hour") {
    for (const auto bad : {Result::failed, Result::unverified, Result::unknown}) {
        CHECK(seconds_left(tried({bad})) == 60);
        CHECK(seconds_left(tried({bad, bad})) == 120);
        CHECK(seconds_left(tried({bad, bad, bad})) == 3600);
        CHECK(seconds_left(tried({bad, bad, bad, bad})) == 3600);
    }
    CHECK(seconds_left(tried({Result::failed, Result::unknown, Result::unverified})) == 3600);
    const auto twice = policy::cooldown(tried({Result::failed, Result::failed}), cluster, restart(), at(1));
    CHECK(twice->failures == 2);
    CHECK(twice->why == "it was tried twice without success, last at 2026-11-21T08:01Z");
    CHECK(contains(policy::cooldown(tried({Result::failed}), cluster, restart(), at(0))->why, "tried once "));
    CHECK(contains(policy::cooldown(tried(std::vector<Result>(4, Result::failed)), cluster, restart(), at(3))->why,
                   "tried 4 times "));
}

TEST_CASE("only a verified success ends a row of failures") {
    CHECK_FALSE(seconds_left(tried({Result::failed, Result::failed, Result::verified})));
    CHECK(seconds_left(tried({Result::failed, Result::failed, Result::verified, Result::failed})) == 60);
    // What was not sent says nothing; a rejection says nothing of whether it works.
    CHECK(seconds_left(tried({Result::failed, Result::not_sent, Result::failed})) == 120);
    CHECK(seconds_left(tried({Result::failed, Result::rejected, Result::failed})) == 120);
    CHECK(seconds_left(tried({Result::failed, Result::failed, Result::not_sent})) == 60);  // of 120
}

TEST_CASE("a rejection holds for a quarter of an hour, with the words of who said no") {
    CHECK(seconds_left(tried({Result::rejected})) == 900);
    CHECK(seconds_left(tried({Result::verified, Result::rejected})) == 900);
    const auto found = policy::cooldown(tried({Result::rejected}), cluster, restart(), start);
    CHECK(found->failures == 0);
    CHECK(found->why == "kim rejected it at 2026-11-21T08:00Z: too late in the day");
}

TEST_CASE("a rejection does not shorten the wait after failures") {
    CHECK(seconds_left(tried({Result::failed, Result::rejected})) == 900);
    auto history = tried({Result::failed, Result::failed, Result::failed, Result::rejected});
    CHECK(seconds_left(history) == 3600 - 60);
    const auto found = policy::cooldown(history, cluster, restart(), at(20));
    REQUIRE(found);
    CHECK(found->until == at(62));
    CHECK(found->failures == 3);
    CHECK(contains(found->why, "tried 3 times without success"));
    history.attempts.back().at = at(60);
    CHECK(seconds_left(history) == 900);
}

TEST_CASE("another cluster, object or action does not count") {
    const auto about = [](auto change) {
        auto history = tried({Result::failed, Result::failed, Result::failed});
        for (auto& one : history.attempts) change(one);
        return policy::cooldown(history, cluster, restart(), at(3)) ||
               policy::last_failure(history, cluster, restart());
    };
    CHECK(about([](policy::Attempt&) {}));
    CHECK(about([](policy::Attempt& one) { one.target.uid = "uid-of-an-earlier-one"; }));
    CHECK(about([](policy::Attempt& one) { one.target.api_version = "apps/v1beta1"; }));
    CHECK_FALSE(about([](policy::Attempt& one) { one.cluster_uid = "other"; }));
    CHECK_FALSE(about([](policy::Attempt& one) { one.cluster_uid = ""; }));
    CHECK_FALSE(about([](policy::Attempt& one) { one.action_id = "rollout.undo"; }));
    CHECK_FALSE(about([](policy::Attempt& one) { one.target.name = "web-2"; }));
    CHECK_FALSE(about([](policy::Attempt& one) { one.target.ns = "shop-2"; }));
    CHECK_FALSE(about([](policy::Attempt& one) { one.target.kind = "StatefulSet"; }));
    auto mixed = tried({Result::failed, Result::failed, Result::verified});
    mixed.attempts.back().target.name = "other";
    CHECK(policy::verified_successes(mixed, cluster, restart()) == 0);
    CHECK(policy::cooldown(mixed, cluster, restart(), at(2))->failures == 2);
}

TEST_CASE("the last failure is the last attempt that was sent, if it did not help") {
    const auto last = [](const std::vector<Result>& results) {
        const auto history = tried(results);
        const auto* found = policy::last_failure(history, cluster, restart());
        return found ? found - history.attempts.data() : -1;
    };
    CHECK(last({Result::failed}) == 0);
    CHECK(last({Result::unverified, Result::not_sent, Result::rejected}) == 0);
    CHECK(last({Result::failed, Result::unknown}) == 1);
    CHECK(last({Result::failed, Result::verified}) == -1);
    CHECK(last({Result::failed, Result::verified, Result::rejected}) == -1);
    CHECK(last({Result::rejected}) == -1);
    CHECK(last({Result::not_sent}) == -1);
}

TEST_CASE("trust is earned by verified successes in a row, until now") {
    const auto count = [](const std::vector<Result>& results) {
        return policy::verified_successes(tried(results), cluster, restart());
    };
    CHECK(count({Result::verified}) == 1);
    CHECK(count({Result::failed, Result::verified, Result::verified}) == 2);
    CHECK(count({Result::verified, Result::not_sent, Result::verified}) == 2);
    for (const auto bad : {Result::failed, Result::unverified, Result::unknown, Result::rejected}) {
        CHECK(count({Result::verified, Result::verified, bad}) == 0);
        CHECK(count({Result::verified, bad, Result::verified}) == 1);
    }
}

TEST_CASE("what was found not to need anything is held for a day, and counted") {
    auto hold = held({planned("NoAction", 0)}, 1);
    REQUIRE(hold);
    CHECK(hold->until == at(24 * 60));
    CHECK(hold->count == 1);
    CHECK(hold->first_seen == at(0));
    CHECK(hold->last_seen == at(0));
    CHECK(hold->why == "nothing was to be done at 2026-11-21T08:00Z");
    hold = held({planned("NoAction", 0), planned("NoAction", 5), planned("NoAction", 600)}, 601);
    CHECK(hold->count == 3);
    CHECK(hold->first_seen == at(0));
    CHECK(hold->last_seen == at(600));
    CHECK(hold->until == at(24 * 60));  // asking again does not make it longer
    CHECK(held({planned("NoAction", 0)}, 24 * 60 - 1));
    CHECK_FALSE(held({planned("NoAction", 0)}, 24 * 60));
    // A new one after its end begins anew.
    hold = held({planned("NoAction", 0), planned("NoAction", 24 * 60)}, 24 * 60 + 1);
    CHECK(hold->count == 1);
    CHECK(hold->first_seen == at(24 * 60));
}

TEST_CASE("a dry run is held for as long as it is told") {
    const auto hold = held({planned("DryRun", 0), planned("DryRun", 30)}, 40);
    REQUIRE(hold);
    CHECK(hold->until == at(60));
    CHECK(hold->count == 2);
    CHECK(contains(hold->why, "it was shown at "));
    CHECK_FALSE(held({planned("DryRun", 0)}, 60));
    CHECK(held({planned("DryRun", 0), planned("DryRun", 60)}, 61)->count == 1);
}

TEST_CASE("other outcomes and other findings hold nothing") {
    CHECK_FALSE(held({}, 0));
    CHECK_FALSE(held({planned("Planned", 0), planned("ManualOnly", 0), planned("", 0)}, 1));
    CHECK_FALSE(held({planned("NoAction", 0, {"f2"}), planned("NoAction", 0, {})}, 1));
    CHECK(held({planned("NoAction", 0, {"f2", "f1"})}, 1));
    // What was planned after the hold had ended ends it.
    CHECK_FALSE(held({planned("DryRun", 0), planned("Planned", 61)}, 62));
    CHECK(held({planned("DryRun", 0), planned("NoAction", 5, {"f2"})}, 10)->count == 1);
}

TEST_CASE("a snooze mutes its finding until its end") {
    History history;
    history.snoozes["f1"] = {at(0), at(60), "kim", "known"};
    REQUIRE(policy::snoozed(history, "f1", at(59)));
    CHECK(policy::snoozed(history, "f1", at(59))->reason == "known");
    CHECK(policy::snoozed(history, "f1", at(60)) == nullptr);
    CHECK(policy::snoozed(history, "f2", at(1)) == nullptr);
}

TEST_CASE("S1.34: whoever looks at the step again is told what became of it before, and until when it is held back") {
    const auto words = [](const std::vector<Result>& results, std::int64_t minute) {
        return policy::earlier_words(tried(results), cluster, restart(), at(minute));
    };
    CHECK(words({}, 0).empty());
    CHECK(words({Result::verified}, 1).empty());
    CHECK(words({Result::rejected}, 1) ==
          "kim rejected it at 2026-11-21T08:00Z: too late in the day; held back until 2026-11-21T08:15Z, or "
          "--override-cooldown WHY");
    CHECK(words({Result::rejected}, 15).empty());
    CHECK(contains(words({Result::failed, Result::failed}, 2), "it was tried twice without success"));
    CHECK(words({Result::failed}, 30) == "it was tried before and did not help, at 2026-11-21T08:00Z");
    CHECK(words({Result::failed, Result::verified}, 30).empty());
}

TEST_CASE("S1.29: who plans the same again while it is held back is counted") {
    auto history = tried({Result::rejected});
    auto again = history.attempts.back();
    history.proposed["the rejected one"] = {again};
    for (const auto* digest : {"a second one", "a third one"}) {
        again.at = at(5);
        history.proposed[digest] = {again};
    }
    again.action_id = "scale.set";
    history.proposed["of another action"] = {again};
    CHECK(policy::cooldown(history, cluster, restart(), at(6))->asked == 2);
    CHECK(contains(policy::earlier_words(history, cluster, restart(), at(6)),
                   "too late in the day; planned again twice since; held"));
}

TEST_CASE("a fingerprint is of the action, the object and the cluster") {
    auto step = restart();
    const auto one = policy::fingerprint(cluster, step);
    CHECK(one.size() == 64);
    step.ordinal = 7;
    step.target.object.uid = "another";
    CHECK(policy::fingerprint(cluster, step) == one);
    CHECK(policy::fingerprint("another cluster", step) != one);
    step.target.object.name += "x";
    CHECK(policy::fingerprint(cluster, step) != one);
    step = restart();
    step.action_id = "scale.set";
    CHECK(policy::fingerprint(cluster, step) != one);
}
