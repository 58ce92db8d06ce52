// What became of a Job that was to be made.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "audit/reconcile.hpp"
#include "audit_builders.hpp"

using namespace salve;
using namespace salve::test;
using audit::Intent;
using nlohmann::json;

namespace {

constexpr base::Time sent{1'795'248'000'000'000};  // 2026-11-21T08:00:00Z

// As `fix` records it: the target is the Job, the uid that of the CronJob, and there is no patch and no marker.
json creation() {
    auto step = record_step();
    step["action_id"] = "cronjob.run-now";
    step["target"] = {{"api_version", "batch/v1"}, {"kind", "Job"},       {"namespace", "shop"},
                      {"name", "nightly-1"},       {"uid", nullptr},      {"resource_version", nullptr},
                      {"generation", nullptr},     {"container", nullptr}};
    step["patch"] = nullptr;
    step["marker"] = nullptr;
    step["preconditions"]["uid"] = "uid-nightly";
    step["ended_at"] = nullptr;
    return step;
}

Intent intent_of(const json& step) {
    const auto found = audit::intents({{"steps", json::array({step})}});
    REQUIRE(found.size() == 1);
    return found[0];
}

json job() {
    return {{"apiVersion", "batch/v1"}, {"kind", "Job"}, {"metadata", {{"name", "nightly-1"}, {"uid", "uid-job"}}}};
}

std::string verdict(const json* found, base::Time now, bool read = true) {
    const auto step = audit::reconcile(intent_of(creation()), {read, "it is forbidden", found}, {now, false, {}});
    CHECK_FALSE(step.reason.empty());
    return std::string(base::word(audit::settled_names, step.effect));
}

}  // namespace

TEST_CASE("a step without a patch on a Job makes it; on anything else it removes") {
    const auto intent = intent_of(creation());
    CHECK(intent.creates);
    CHECK_FALSE(intent.deletes);
    CHECK(intent.target.object.name == "nightly-1");
    auto step = creation();
    step["target"]["kind"] = "Pod";
    CHECK_FALSE(intent_of(step).creates);
    CHECK(intent_of(step).deletes);
    // With a patch it is a change of a Job (job.resume); without the field nothing is known of it.
    step = creation();
    step["patch"] = record_patch();
    CHECK_FALSE(intent_of(step).creates);
    CHECK_FALSE(intent_of(step).deletes);
    step.erase("patch");
    CHECK_FALSE(intent_of(step).creates);
    CHECK_FALSE(intent_of(step).deletes);
}

TEST_CASE("the Job that is there was made, whatever its uid, at any time") {
    const auto there = job();
    CHECK(verdict(&there, sent) == "applied");
    CHECK(verdict(&there, sent + base::hours(1)) == "applied");
    const auto step = audit::reconcile(intent_of(creation()), {true, "", &there}, {sent, false, {}});
    REQUIRE(step.observed);
    CHECK(step.observed->uid == "uid-job");
}

TEST_CASE("a Job that is not there was not made, once the request can no longer arrive") {
    const auto over = sent + base::seconds(60);  // its time limit, and 30 s
    CHECK(verdict(nullptr, sent) == "undetermined");
    CHECK(verdict(nullptr, over - base::Duration{1}) == "undetermined");
    CHECK(verdict(nullptr, over) == "not_applied");
    CHECK(verdict(nullptr, base::Time{0}) == "undetermined");
    // In the same boot the monotonic clock has to agree.
    const auto asked = [&](std::optional<std::int64_t> since) {
        return audit::reconcile(intent_of(creation()), {true, "", nullptr}, {over, true, since}).effect;
    };
    CHECK(asked(59'999'999) == audit::Settled::undetermined);
    CHECK(asked(60'000'000) == audit::Settled::not_applied);
    CHECK(asked({}) == audit::Settled::undetermined);
}

TEST_CASE("a Job that cannot be read settles nothing") {
    const auto there = job();
    CHECK(verdict(nullptr, sent + base::hours(1), false) == "undetermined");
    CHECK(verdict(&there, sent, false) == "undetermined");
}
