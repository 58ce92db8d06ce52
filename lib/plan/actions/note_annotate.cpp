// Leaves a note of an incident on the object itself: an annotation of its metadata, never of its pod template
// (TAXONOMY 2.4).
#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "plan/draft.hpp"

namespace salve::plan::actions {
namespace {

constexpr std::string_view kinds[] = {"Deployment", "StatefulSet", "DaemonSet",
                                      "Job",        "CronJob",     "HorizontalPodAutoscaler"};
constexpr std::string_view values[] = {"note"};
constexpr std::string_view key = "salve/incident";
constexpr std::size_t longest = 256;

void check(const std::string& note) {
    const bool plain = std::all_of(note.begin(), note.end(), [](char c) { return c >= ' ' && c <= '~'; });
    if (!note.empty() && note.size() <= longest && plain) return;
    throw base::Error(base::ErrorKind::usage,
                      fmt::format("--set note={} is not valid", base::quoted(note.substr(0, longest))),
                      fmt::format("1 to {} printable ASCII characters", longest));
}

Proposal propose(const Situation& situation) {
    const auto* live = live_root(situation);
    if (!live) return Declined{"the object could not be read"};
    const auto note = value_of(situation, "note");
    if (!note) return Declined{"it needs --set note=TEXT"};
    check(*note);
    const auto path = pointer("/metadata/annotations", key);
    const auto old = text_at(*live, path);
    if (old == *note) return Declined{"that note stands there already"};
    Patch patch(*live);
    patch.make("/metadata/annotations").put(path, *note);
    const auto& object = situation.finding.root.object;
    auto draft = patch_draft(situation, patch, {object, ""});
    draft.writes_spec = false;
    draft.description =
        fmt::format("Write the note {} on {} {} (annotation {}).", base::quoted(*note), object.kind, object.name, key);
    draft.why = "The note was written by you.";
    draft.risk = Risk::low;
    draft.risk_reasons = {"only metadata changes; nothing is restarted"};
    draft.inverse.description = old.empty() ? "takes the note away" : "puts the old note back";
    // The server counts a new annotation of a Deployment as a change of it (pkg/registry/apps/deployment/strategy.go).
    if (object.kind == "Deployment")
        draft.warnings.push_back(fmt::format(
            "a note raises the generation of Deployment {}: other open plans for it become stale", object.name));
    draft.verify = {{"field_is", 10'000, 1}};
    return draft;
}

}  // namespace

extern const Action note_annotate;
constinit const Action note_annotate = {
    .id = "note.annotate",
    .summary = "Writes a note of yours on the object, as an annotation of its metadata.",
    .risk = Risk::low,
    .reverses = "takes the note away, or puts the old one back",
    .kinds = kinds,
    .values = values,
    .asks_value = true,
    .on_request = true,
    .propose = propose,
};

}  // namespace salve::plan::actions
