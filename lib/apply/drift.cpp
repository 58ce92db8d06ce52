#include "apply/drift.hpp"

#include <fmt/format.h>

#include "plan/patch.hpp"

namespace salve::apply {
namespace {

using plan::text_at;

// Who wrote the object last, as its managed fields tell.
std::string last_writer(const json& object) {
    const auto* entries = plan::value_at(object, "/metadata/managedFields");
    std::string who, at;
    if (!entries || !entries->is_array()) return "";
    for (const auto& entry : *entries) {
        if (text_at(entry, "/subresource") == "status") continue;  // the controllers' own
        const auto time = text_at(entry, "/time");
        if (time < at) continue;
        at = time;
        who = text_at(entry, "/manager");
    }
    return who.empty() ? "" : fmt::format(", last by {} at {}", who, at);
}

std::optional<std::string> test_fails(const plan::Change& test, const json& object) {
    const auto* value = plan::value_at(object, test.path);
    if (value && *value == test.from) return std::nullopt;
    return fmt::format("{} is {} now, and the plan was made for {}{}", test.path, plan::words_of(value),
                       plan::words_of(&test.from), last_writer(object));
}

}  // namespace

std::optional<std::string> drift(const plan::Step& step, const Live& live) {
    const auto& target = step.target.object;
    const auto what = fmt::format("{} {}/{}", target.kind, target.ns, target.name);
    if (!live.read) return fmt::format("{} cannot be read: {}", what, live.why);
    if (live.object.is_null()) return what + " is gone";
    const auto& wanted = step.preconditions;
    if (wanted.uid.empty() || text_at(live.object, "/metadata/uid") != wanted.uid)
        return what + " is another object of the same name now";
    if (!text_at(live.object, "/metadata/deletionTimestamp").empty()) return what + " is being deleted";
    for (const auto& test : wanted.tests)
        if (auto difference = test_fails(test, live.object)) return difference;
    if (!wanted.generation) return std::nullopt;
    const auto* generation = plan::value_at(live.object, "/metadata/generation");
    if (generation && *generation == *wanted.generation) return std::nullopt;
    return fmt::format("{} was changed: it is at generation {}, and the plan was made for {}{}", what,
                       plan::words_of(generation), *wanted.generation, last_writer(live.object));
}

}  // namespace salve::apply
