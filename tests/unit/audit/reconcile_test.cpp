#include "audit/reconcile.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "audit_builders.hpp"
#include "base/digest.hpp"
#include "base/json.hpp"

using namespace salve;
using namespace salve::test;
using audit::Intent;
using audit::Settled;
using base::seconds;
using nlohmann::json;

namespace {

constexpr base::Time sent{1'795'248'000'000'000};  // 2026-11-21T08:00:00Z
constexpr base::Time late = sent + seconds(61), early = sent + seconds(59);
constexpr const char* marker = "20261121t080000z-000000000001.1";

Intent patch() {
    Intent intent;
    intent.target = {{"apps/v1", "Deployment", "shop", "web", "uid-web"}, ""};
    intent.at = sent;
    intent.timeout_ms = 30'000;
    intent.uid = "uid-web";
    intent.generation = 7;
    intent.marker = marker;
    return intent;
}

Intent deletion() {
    auto intent = patch();
    intent.marker.clear();
    intent.deletes = true;
    return intent;
}

Intent unmarked() {
    auto intent = patch();
    intent.marker.clear();
    return intent;
}

json object() {
    return {{"apiVersion", "apps/v1"},
            {"kind", "Deployment"},
            {"metadata", {{"name", "web"}, {"uid", "uid-web"}, {"generation", 7}, {"resourceVersion", "41"}}}};
}

json with(const char* key, const json& value) {
    auto changed = object();
    changed["metadata"][key] = value;
    return changed;
}

json written_by(const char* manager, base::Time when) {
    return with("managedFields", json::array({{{"manager", manager}, {"time", base::to_rfc3339(when)}}}));
}

// Asked on another machine, or after a boot: the wall clock is the only one.
audit::Asked at(base::Time now) { return {now, false, std::nullopt}; }

std::string verdict(const Intent& intent, const json* found, base::Time now = late) {
    const auto step = audit::reconcile(intent, {true, "", found}, at(now));
    CHECK_FALSE(step.reason.empty());
    CHECK(step.ordinal == intent.ordinal);
    CHECK(step.observed.has_value() == (found != nullptr));
    return std::string(base::word(audit::settled_names, step.effect));
}
std::string verdict(const Intent& intent, const json& found, base::Time now = late) {
    return verdict(intent, &found, now);
}

}  // namespace

TEST_CASE("what cannot be read settles nothing") {
    auto intent = patch();
    intent.ordinal = 3;
    const auto step = audit::reconcile(intent, {false, "it is forbidden", nullptr}, at(late));
    CHECK(step.effect == Settled::undetermined);
    CHECK(step.reason == "it is forbidden");
    CHECK(step.ordinal == 3);
    CHECK_FALSE(step.observed);
    const auto there = object();
    CHECK(audit::reconcile(deletion(), {false, "no", nullptr}, at(late)).effect == Settled::undetermined);
    CHECK(audit::reconcile(patch(), {false, "no", &there}, at(late)).effect == Settled::undetermined);
}

TEST_CASE("the marker of the step proves that it was applied, at any time") {
    const auto marked = with("annotations", {{"salve/run", marker}});
    CHECK(verdict(patch(), marked) == "applied");
    CHECK(verdict(patch(), marked, early) == "applied");
    auto later = marked;
    later["metadata"]["generation"] = 9;
    CHECK(verdict(patch(), later) == "applied");
    // Of another step, of another object with its name, or none.
    CHECK(verdict(patch(), with("annotations", {{"salve/run", "20261121t080000z-000000000001.2"}})) == "not_applied");
    CHECK(verdict(patch(), with("annotations", {{"salve/run", ""}})) == "not_applied");
    auto recreated = marked;
    recreated["metadata"]["uid"] = "uid-other";
    CHECK(verdict(patch(), recreated) == "undetermined");
    // An object without the annotation is not marked for a step that sets none.
    CHECK(verdict(unmarked(), with("annotations", {{"salve/run", ""}}), early) == "undetermined");
}

TEST_CASE("not applied is concluded only when the request can no longer arrive") {
    CHECK(audit::settled_from(patch(), at(late)) == sent + seconds(60));
    CHECK(verdict(patch(), object(), sent) == "undetermined");
    CHECK(verdict(patch(), object(), sent + seconds(60) - base::Duration{1}) == "undetermined");
    CHECK(verdict(patch(), object(), sent + seconds(60)) == "not_applied");
    CHECK(verdict(patch(), object(), base::Time{0}) == "undetermined");  // the clock was set back
    CHECK(verdict(deletion(), object(), early) == "undetermined");
    CHECK(verdict(deletion(), object()) == "not_applied");
}

TEST_CASE("F17: in the same boot the time has to pass by the monotonic clock as well") {
    const auto there = object();
    const auto asked = [](base::Time now, std::optional<std::int64_t> since) { return audit::Asked{now, true, since}; };
    const auto effect = [&](const Intent& intent, const audit::Asked& when) {
        return std::string(base::word(audit::settled_names, audit::reconcile(intent, {true, "", &there}, when).effect));
    };
    constexpr std::int64_t wait = 60'000'000;
    const auto tomorrow = sent + base::hours(24);
    for (const auto& intent : {patch(), deletion()}) {
        // The wall clock was set forward: one second has passed.
        CHECK(effect(intent, asked(tomorrow, 1'000'000)) == "undetermined");
        CHECK(audit::settled_from(intent, asked(tomorrow, 1'000'000)) == tomorrow + seconds(59));
        CHECK(effect(intent, asked(tomorrow, wait - 1)) == "undetermined");
        CHECK(effect(intent, asked(tomorrow, wait)) == "not_applied");
        // It was set back, or it is right: it counts all the same.
        CHECK(effect(intent, asked(early, wait)) == "undetermined");
        CHECK(audit::settled_from(intent, asked(early, wait)) == sent + seconds(60));
        CHECK(effect(intent, asked(sent + seconds(60), wait)) == "not_applied");
        // A monotonic clock that says nothing, or that the run had not reached, tells of no time that has passed.
        CHECK(effect(intent, asked(tomorrow, std::nullopt)) == "undetermined");
        CHECK_FALSE(audit::settled_from(intent, asked(tomorrow, std::nullopt)));
        CHECK(effect(intent, asked(tomorrow, -1)) == "undetermined");
        // After a boot, and on another machine, only the wall clock tells.
        CHECK(effect(intent, {tomorrow, false, 1'000'000}) == "not_applied");
        CHECK(effect(intent, {early, false, wait}) == "undetermined");
    }
    // What proves that it was applied needs no clock.
    const auto marked = with("annotations", {{"salve/run", marker}});
    CHECK(audit::reconcile(patch(), {true, "", &marked}, asked(sent, 0)).effect == Settled::applied);
}

TEST_CASE("not applied is concluded only of the same object at the same generation") {
    CHECK(verdict(patch(), with("generation", 8)) == "undetermined");
    CHECK(verdict(patch(), with("generation", nullptr)) == "undetermined");
    CHECK(verdict(patch(), with("generation", "7")) == "undetermined");
    CHECK(verdict(patch(), with("uid", "uid-other")) == "undetermined");
    auto intent = patch();
    intent.generation.reset();
    CHECK(verdict(intent, object()) == "undetermined");
    CHECK(verdict(intent, with("generation", nullptr)) == "undetermined");
    CHECK(verdict(patch(), nullptr) == "undetermined");
    CHECK(verdict(patch(), nullptr, early) == "undetermined");
}

TEST_CASE("a step without a marker is told by the managed fields") {
    CHECK(verdict(unmarked(), written_by("salve", sent + seconds(2))) == "applied");
    CHECK(verdict(unmarked(), written_by("salve", sent)) == "applied");
    CHECK(verdict(unmarked(), written_by("salve", sent + seconds(2)), early) == "applied");
    CHECK(verdict(unmarked(), written_by("salve", sent - seconds(2))) == "not_applied");
    CHECK(verdict(unmarked(), written_by("kubectl", sent + seconds(2))) == "not_applied");
    CHECK(verdict(unmarked(), object()) == "not_applied");
    // The newest of several counts.
    auto twice = written_by("salve", sent - seconds(9));
    twice["metadata"]["managedFields"].push_back({{"manager", "salve"}, {"time", base::to_rfc3339(sent + seconds(9))}});
    CHECK(verdict(unmarked(), twice) == "applied");
    std::swap(twice["metadata"]["managedFields"][0], twice["metadata"]["managedFields"][1]);
    CHECK(verdict(unmarked(), twice) == "applied");
}

// The server's times have whole seconds: a step that was sent in the middle of one may have been written in the same.
TEST_CASE("a change of the second in which the step was sent proves nothing") {
    auto intent = unmarked();
    intent.at = sent + base::Duration{500'000};
    CHECK(verdict(intent, written_by("salve", sent)) == "undetermined");
    CHECK(verdict(intent, written_by("salve", sent - seconds(1))) == "not_applied");
    CHECK(verdict(intent, written_by("salve", sent + seconds(1))) == "applied");
}

// It may be another step of the run or another run: an earlier step of the same run, half a second before, would
// otherwise pass for this one.
TEST_CASE("a change by salve without the marker of the step does not show that the step was applied") {
    CHECK(verdict(patch(), written_by("salve", sent + seconds(2))) == "undetermined");
    CHECK(verdict(patch(), written_by("salve", sent)) == "undetermined");
    CHECK(verdict(patch(), written_by("salve", sent - seconds(2))) == "not_applied");
    auto both = written_by("salve", sent + seconds(2));
    both["metadata"]["annotations"] = {{"salve/run", marker}};
    CHECK(verdict(patch(), both) == "applied");
}

TEST_CASE("a deletion is applied when the object is gone, going, or another one") {
    CHECK(verdict(deletion(), nullptr) == "applied");
    CHECK(verdict(deletion(), nullptr, early) == "applied");
    CHECK(verdict(deletion(), with("uid", "uid-other")) == "applied");
    CHECK(verdict(deletion(), with("deletionTimestamp", record_time)) == "applied");
    CHECK(verdict(deletion(), with("deletionTimestamp", nullptr)) == "not_applied");
    CHECK(verdict(deletion(), with("generation", 9)) == "not_applied");
}

TEST_CASE("nothing is concluded of an object whose uid is not known on both sides") {
    for (auto intent : {patch(), deletion()}) {
        for (const json& uid : {json(), json(""), json(7), json::array()})
            CHECK(verdict(intent, with("uid", uid)) == "undetermined");
        intent.uid.clear();
        CHECK(verdict(intent, object()) == "undetermined");
        CHECK(verdict(intent, with("uid", "")) == "undetermined");
        CHECK(verdict(intent, with("annotations", {{"salve/run", marker}})) == "undetermined");
    }
}

TEST_CASE("an intent without its time or timeout never settles as not applied") {
    auto intent = patch();
    intent.at.reset();
    CHECK_FALSE(audit::settled_from(intent, at(late)));
    CHECK(verdict(intent, object()) == "undetermined");
    CHECK(verdict(intent, written_by("salve", sent)) == "undetermined");
    intent.marker.clear();
    CHECK(verdict(intent, written_by("salve", sent)) == "undetermined");
    constexpr auto most = std::numeric_limits<std::int64_t>::max(), least = std::numeric_limits<std::int64_t>::min();
    for (const std::int64_t timeout : {std::int64_t{0}, std::int64_t{-1}, most, least, (std::int64_t{1} << 53) - 1}) {
        CAPTURE(timeout);
        intent = patch();
        intent.timeout_ms = timeout;
        CHECK_FALSE(audit::settled_from(intent, at(late)));
        CHECK(verdict(intent, object()) == "undetermined");
        intent.at = base::parse_time("9999-12-31T23:59:59Z");
        CHECK_FALSE(audit::settled_from(intent, at(late)));
    }
    intent = patch();
    intent.timeout_ms.reset();
    CHECK(verdict(intent, object(), base::Time{most}) == "undetermined");
}

TEST_CASE("a hostile or malformed object settles nothing and breaks nothing") {
    const std::vector<json> objects{json::array(),
                                    json("x"),
                                    json(7),
                                    json::object(),
                                    json{{"metadata", nullptr}},
                                    json{{"metadata", "x"}},
                                    json{{"metadata", json::array()}},
                                    json{{"metadata", {{"uid", json::object()}}}}};
    for (const auto& one : objects) {
        CAPTURE(one.dump());
        CHECK(verdict(patch(), one) == "undetermined");
        CHECK(verdict(deletion(), one) == "undetermined");
    }
    for (const json& value : {json(), json(7), json("x"), json::array({1}), json::object()}) {
        CAPTURE(value.dump());
        CHECK(verdict(patch(), with("annotations", value)) == "not_applied");
        CHECK(verdict(patch(), with("managedFields", value)) == "not_applied");
        CHECK(verdict(patch(), with("managedFields", json::array({value}))) == "not_applied");
        CHECK(verdict(patch(), with("annotations", {{"salve/run", value}})) == "not_applied");
        CHECK(verdict(unmarked(), with("managedFields", json::array({{{"manager", "salve"}, {"time", value}}}))) ==
              "not_applied");
    }
}

TEST_CASE("what was observed can be put in a record, whatever the server sent") {
    const auto seen = [](const json& found) {
        return *audit::reconcile(patch(), {true, "", &found}, at(late)).observed;
    };
    auto state = seen(object());
    CHECK(state.uid == "uid-web");
    CHECK(state.generation == 7);
    CHECK(state.resource_version == "41");
    CHECK(state.sha256 == base::sha256_hex(base::canonical(object())));
    CHECK(seen(json::array()).uid.empty());
    auto fraction = object();
    fraction["spec"] = 1.5;
    CHECK(seen(fraction).sha256.empty());
    CHECK(seen(fraction).uid == "uid-web");
    CHECK_FALSE(seen(with("generation", -1)).generation);
    CHECK_FALSE(seen(with("generation", std::int64_t{1} << 53)).generation);
    CHECK_FALSE(seen(with("generation", std::numeric_limits<std::uint64_t>::max())).generation);
    CHECK_FALSE(seen(with("generation", 1.5)).generation);
}

TEST_CASE("intents are read from the steps of a record, in their order") {
    auto first = record_step(), second = record_step();
    first["intent_at"] = "2026-11-21T08:00:00.000000Z";
    second["ordinal"] = 2;
    second["patch"] = nullptr;
    second["ended_at"] = nullptr;
    second["preconditions"]["uid"] = nullptr;
    second["preconditions"]["generation"] = nullptr;
    second["marker"] = nullptr;
    const auto found = audit::intents({{"steps", json::array({first, second})}});
    REQUIRE(found.size() == 2);
    CHECK(found[0].ordinal == 1);
    CHECK(found[0].target.object.api_version == "apps/v1");
    CHECK(found[0].target.object.kind == "Deployment");
    CHECK(found[0].target.object.ns == "shop");
    CHECK(found[0].target.object.name == "web");
    CHECK(found[0].target.container == "app");
    CHECK(found[0].at == sent);
    CHECK(found[0].timeout_ms == 30'000);
    CHECK(found[0].uid == "uid-web");
    CHECK(found[0].generation == 7);
    CHECK(found[0].marker == marker);
    CHECK_FALSE(found[0].deletes);
    CHECK(found[0].ended);
    CHECK(found[1].ordinal == 2);
    CHECK(found[1].uid == "uid-web");  // of the target, where the preconditions name none
    CHECK_FALSE(found[1].generation);
    CHECK(found[1].marker.empty());
    CHECK(found[1].deletes);
    CHECK_FALSE(found[1].ended);
}

TEST_CASE("steps that are none give intents of which little is concluded") {
    for (const json& document : {json(), json("x"), json::array(), json::object(), json{{"steps", nullptr}},
                                 json{{"steps", "x"}}, json{{"steps", json::object()}}, json{{"steps", json::array()}}})
        CHECK(audit::intents(document).empty());
    for (const json& step : {json(), json("x"), json(7), json::array(), json::object()}) {
        CAPTURE(step.dump());
        const auto found = audit::intents({{"steps", json::array({step, step})}});
        REQUIRE(found.size() == 2);
        CHECK(found[0].ordinal == 1);
        CHECK(found[1].ordinal == 2);
        CHECK_FALSE(found[0].ended);
        // No patch is no deletion: that it is gone would else count as applied.
        CHECK_FALSE(found[0].deletes);
        CHECK(verdict(found[0], nullptr) == "undetermined");
        CHECK(verdict(found[0], object()) == "undetermined");
        CHECK(verdict(found[0], json::object()) == "undetermined");
    }
    for (const json& ordinal : {json(0), json(-1), json(1.5), json("2"), json(std::int64_t{1} << 40), json()}) {
        auto step = record_step();
        step["ordinal"] = ordinal;
        CHECK(audit::intents({{"steps", json::array({step})}})[0].ordinal == 1);
    }
    // Each field lost or of another type: never more is concluded than with it.
    const auto whole = record_step();
    for (const auto& [key, value] : whole.items())
        for (const json& other : {json(), json(-7), json("\x1b"), json::array({1}), json{{"uid", 7}}}) {
            if (key == "patch") continue;
            CAPTURE(key);
            CAPTURE(other.dump());
            auto step = whole;
            step[key] = other;
            const auto intent = audit::intents({{"steps", json::array({step})}}).at(0);
            CHECK(verdict(intent, nullptr) == "undetermined");
            CHECK(verdict(intent, object(), early) == "undetermined");
            const auto settled = verdict(intent, object());
            CHECK((settled == "undetermined" || settled == "not_applied"));
        }
}
