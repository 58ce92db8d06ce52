#include "plan/step_agrees.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "plan/patch.hpp"

namespace salve::plan {
namespace {

bool is_mark(const json& operation, const std::string& value) {
    const json one = {{"op", "add"}, {"path", pointer("/metadata/annotations", marker)}, {"value", value}};
    const json first = {{"op", "add"}, {"path", "/metadata/annotations"}, {"value", {{std::string(marker), value}}}};
    return operation == one || operation == first;
}

// An empty map that something later stands in (Patch::make).
bool is_made(const json& operations, std::size_t at) {
    const auto& one = operations[at];
    if (one["op"] != "add" || one["value"] != json::object()) return false;
    const auto below = one["path"].get<std::string>() + "/";
    return std::any_of(operations.begin() + static_cast<std::ptrdiff_t>(at) + 1, operations.end(),
                       [&](const json& later) { return later["path"].get<std::string>().starts_with(below); });
}

// What the operation does to a value that was tested, or to an empty place.
std::optional<Change> change_of(const json& operation, const std::vector<Change>& tests) {
    const auto path = operation["path"].get<std::string>();
    const auto tested = std::find_if(tests.begin(), tests.end(), [&](const Change& one) { return one.path == path; });
    const bool add = operation["op"] == "add";
    if (add != (tested == tests.end())) return std::nullopt;
    return Change{path, add ? json(nullptr) : tested->from,
                  operation["op"] == "remove" ? json(nullptr) : operation["value"]};
}

bool same(const Change& shown, const Change& done) {
    return shown.path == base::visible(done.path) && shown.from == done.from && shown.to == done.to;
}

// The changes that the patch makes, with its own spelling of the paths, if they are those that are shown.
std::optional<std::vector<Change>> changes_done(const json& operations, const std::vector<Change>& tests,
                                                const std::vector<Change>& shown) {
    std::vector<Change> done;
    for (std::size_t i = 0; i < operations.size(); ++i) {
        const auto change = change_of(operations[i], tests);
        if (change && done.size() < shown.size() && same(shown[done.size()], *change))
            done.push_back(*change);
        else if (!is_made(operations, i))
            return std::nullopt;
    }
    return done.size() == shown.size() ? std::optional(std::move(done)) : std::nullopt;
}

bool is_way_back(const Request& back, const Request& request, const json& patch) {
    auto wanted = request;
    wanted.patch = patch;
    return back.verb == wanted.verb && back.resource == wanted.resource && back.ns == wanted.ns &&
           back.name == wanted.name && back.patch == wanted.patch;
}

std::optional<std::string> disagreement_of_patch(const Step& step, const std::string& run) {
    const auto& patch = step.request.patch;
    const auto tests = tests_of(patch);
    const auto times = [&](const std::string& path) {
        return std::count_if(tests.begin(), tests.end(), [&](const Change& one) { return one.path == path; });
    };
    if (std::any_of(tests.begin(), tests.end(), [&](const Change& one) { return times(one.path) > 1; }))
        return "preconditions";
    if (preconditions_of(tests) != step.preconditions) return "preconditions";
    json operations = json::array();
    for (const auto& one : patch) {
        const bool test = one["op"] == "test";
        // A test of what the patch itself has written would prove nothing.
        if (test && !operations.empty()) return "preconditions";
        if (!test) operations.push_back(one);
    }
    if (operations.empty() || !is_mark(operations.back(), run + "." + std::to_string(step.ordinal))) return "changes";
    operations.erase(operations.size() - 1);
    const auto done = changes_done(operations, tests, step.changes);
    if (!done) return "changes";
    const auto& back = step.inverse.request;
    if (back && !is_way_back(*back, step.request, inverse_of(tests, *done))) return "inverse";
    return std::nullopt;
}

// Of a new Job the preconditions are asked before it is made: its command has none. The phase of a pod is looked at
// just before it is removed: the server knows no such precondition.
std::optional<std::string> disagreement_of_whole(const Step& step) {
    const auto& held = step.preconditions;
    const bool of_pod = step.request.verb != kube::WriteVerb::create_job;
    const bool only_phase = of_pod && std::all_of(held.tests.begin(), held.tests.end(),
                                                  [](const Change& one) { return one.path == "/status/phase"; });
    if ((!held.tests.empty() && !only_phase) || (of_pod && (held.generation || held.uid != step.request.uid)))
        return "preconditions";
    if (step.changes != changes_of(step.request)) return "changes";
    if (step.inverse.request) return "inverse";
    return std::nullopt;
}

}  // namespace

std::optional<std::string> disagreement(const Step& step, const std::string& run) {
    const auto& uid = step.target.object.uid;
    if (!uid.empty() && step.preconditions.uid != uid) return "preconditions";
    return step.request.verb == kube::WriteVerb::patch ? disagreement_of_patch(step, run) : disagreement_of_whole(step);
}

}  // namespace salve::plan
