#include "audit/reconcile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "audit/fields.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace salve::audit {
namespace {

using fields::integer;
using fields::items;
using fields::member;
using fields::text;
using nlohmann::json;

constexpr auto grace = base::seconds(30);  // for a request that is under way when its client's time is over
constexpr std::int64_t greatest_generation = (std::int64_t{1} << 53) - 1;
constexpr std::int64_t longest_ms = 1'000'000'000'000;  // a timeout beyond it would be beyond the times that there are

Intent intent_of(const json& step, int place) {
    Intent intent;
    const auto ordinal = integer(step, "ordinal").value_or(0);
    const bool fits = ordinal >= 1 && ordinal <= std::numeric_limits<int>::max();
    intent.ordinal = fits ? static_cast<int>(ordinal) : place;
    const auto& target = member(step, "target");
    intent.target = {{text(target, "api_version"), text(target, "kind"), text(target, "namespace"),
                      text(target, "name"), text(target, "uid")},
                     text(target, "container")};
    intent.at = fields::time(step, "intent_at");
    intent.timeout_ms = integer(step, "timeout_ms");
    const auto& preconditions = member(step, "preconditions");
    intent.uid = text(preconditions, "uid");
    if (intent.uid.empty()) intent.uid = intent.target.object.uid;
    intent.generation = integer(preconditions, "generation");
    intent.marker = text(step, "marker");
    const bool no_patch = step.is_object() && step.contains("patch") && step["patch"].is_null();
    intent.creates = no_patch && intent.target.object.kind == "Job";
    intent.deletes = no_patch && !intent.creates;
    intent.ended = member(step, "ended_at").is_string();
    return intent;
}

// Our newest entry in managedFields. The server's times have whole seconds: it was written within the second from then.
std::optional<Time> last_write(const json& meta) {
    std::optional<Time> last;
    for (const auto& entry : items(meta, "managedFields")) {
        const auto at = fields::time(entry, "time");
        if (text(entry, "manager") == field_manager && at) last = std::max(last.value_or(*at), *at);
    }
    return last;
}

struct Verdict {
    Settled effect = Settled::undetermined;
    std::string reason;
};

constexpr const char* no_uid = "the uid of the object is not known, so it may be another one";

Verdict of_deletion(const Intent& intent, const json* object, bool settled) {
    if (!object) return {Settled::applied, "the object is gone"};
    const auto& meta = member(*object, "metadata");
    const auto uid = text(meta, "uid");
    if (uid.empty() || intent.uid.empty()) return {Settled::undetermined, no_uid};
    if (uid != intent.uid) return {Settled::applied, "another object has its name now"};
    if (member(meta, "deletionTimestamp").is_string()) return {Settled::applied, "the object is being deleted"};
    if (!settled) return {Settled::undetermined, "the request may still arrive"};
    return {Settled::not_applied, "the same object is there, and is not being deleted"};
}

// What our entry in managedFields says of a step whose marker is not there. Another run of salve, or another step of
// this one, may have written it: only a step that sets no marker can be told by it.
std::optional<Verdict> of_managed_fields(const Intent& intent, const json& meta) {
    const auto last = last_write(meta);
    if (!last || !intent.at || *last + base::seconds(1) <= *intent.at) return {};
    if (intent.marker.empty() && *last >= *intent.at)
        return Verdict{Settled::applied, "the object's managed fields name a change by salve since then"};
    return Verdict{Settled::undetermined, "salve has changed the object about then or since, perhaps not by this step"};
}

Verdict of_patch(const Intent& intent, const json* object, bool settled) {
    if (!object) return {Settled::undetermined, "the object is gone, and with it every trace"};
    const auto& meta = member(*object, "metadata");
    const auto uid = text(meta, "uid");
    if (uid.empty() || intent.uid.empty()) return {Settled::undetermined, no_uid};
    if (uid != intent.uid) return {Settled::undetermined, "another object has its name now"};
    const auto marker = text(member(meta, "annotations"), marker_annotation);
    if (!intent.marker.empty() && marker == intent.marker)
        return {Settled::applied, fmt::format("the annotation {} names this step", marker_annotation)};
    if (auto verdict = of_managed_fields(intent, meta)) return *std::move(verdict);
    if (!settled) return {Settled::undetermined, "the request may still arrive"};
    const auto generation = integer(meta, "generation");
    if (intent.generation && generation == intent.generation)
        return {Settled::not_applied, fmt::format("the object is still at generation {}", *generation)};
    return {Settled::undetermined, "somebody else has changed the object since, and this step left no trace"};
}

// Its name has the time of the plan in it: nobody else makes one of that name.
Verdict of_creation(const json* object, bool settled) {
    if (object) return {Settled::applied, "the Job is there"};
    if (!settled) return {Settled::undetermined, "the request may still arrive"};
    return {Settled::not_applied, "there is no such Job"};
}

}  // namespace

ObjectState object_state(const json& object) {
    const auto& meta = member(object, "metadata");
    ObjectState state{text(meta, "uid"), text(meta, "resourceVersion"), "", integer(meta, "generation")};
    // What no record can hold is no generation.
    if (state.generation && (*state.generation < 0 || *state.generation > greatest_generation))
        state.generation.reset();
    try {
        state.sha256 = base::sha256_hex(base::canonical(object));
    } catch (const base::Error&) {
        // A fraction somewhere in it: it has no canonical form, and its identity says enough.
    }
    return state;
}

std::vector<Intent> intents(const json& document) {
    std::vector<Intent> found;
    const auto& steps = items(document, "steps");
    found.reserve(steps.size());
    for (const auto& step : steps) found.push_back(intent_of(step, static_cast<int>(found.size()) + 1));
    return found;
}

std::optional<Time> settled_from(const Intent& intent, const Asked& asked) {
    if (!intent.at || !intent.timeout_ms || *intent.timeout_ms <= 0 || *intent.timeout_ms > longest_ms) return {};
    const base::Duration wait{*intent.timeout_ms * 1000 + grace.us};
    const auto by_wall = *intent.at + wait;
    if (!asked.same_boot) return by_wall;
    if (!asked.since_sent_us) return {};
    return std::max(by_wall, asked.now + base::Duration{wait.us - *asked.since_sent_us});
}

ReconciledStep reconcile(const Intent& intent, const Observed& observed, const Asked& asked) {
    if (!observed.read) return {intent.ordinal, Settled::undetermined, observed.why, std::nullopt};
    const auto from = settled_from(intent, asked);
    const bool settled = from && asked.now >= *from;
    auto verdict = intent.creates   ? of_creation(observed.object, settled)
                   : intent.deletes ? of_deletion(intent, observed.object, settled)
                                    : of_patch(intent, observed.object, settled);
    ReconciledStep step{intent.ordinal, verdict.effect, std::move(verdict.reason), std::nullopt};
    if (observed.object) step.observed = object_state(*observed.object);
    return step;
}

}  // namespace salve::audit
