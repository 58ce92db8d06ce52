// More time for a probe that a slow program misses (TAXONOMY 2.4): only its numbers, each at most three times the old
// one. A probe is never removed.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "plan/draft.hpp"

namespace salve::plan::actions {
namespace {

constexpr std::string_view kinds[] = {"Deployment"};
constexpr std::string_view values[] = {"container", "timeoutSeconds", "periodSeconds", "failureThreshold",
                                       "initialDelaySeconds"};
constexpr std::int64_t most_times = 3, longest = 3600;

// The API's defaults, for numbers that do not stand in the object (core/v1 Probe).
std::int64_t default_of(const std::string& field) {
    if (field == "timeoutSeconds") return 1;
    if (field == "periodSeconds") return 10;
    if (field == "failureThreshold") return 3;
    return 0;
}

std::int64_t old_of(const json& live, const std::string& probe, const std::string& field) {
    return std::clamp<std::int64_t>(number_at(live, pointer(probe, field)).value_or(default_of(field)), 0, 1'000'000);
}

const char* probe_of(const Finding& finding) {
    if (finding.mode->id.ends_with("startup-probe")) return "startupProbe";
    if (finding.mode->id.ends_with("readiness")) return "readinessProbe";
    return "livenessProbe";
}

// A probe that runs into its timeout needs a longer one; else more failures are allowed.
bool times_out(const Finding& finding) {
    return std::any_of(finding.evidence.begin(), finding.evidence.end(), [](const diagnose::Evidence& item) {
        return base::icontains(item.text, "deadline exceeded") || base::icontains(item.text, "timed out") ||
               base::icontains(item.text, "Client.Timeout");
    });
}

Proposal propose(const Situation& situation) {
    const auto* live = live_root(situation);
    if (!live) return Declined{"the Deployment could not be read"};
    const auto container = container_of(situation, *live);
    if (!container) return Declined{"which container is meant is not clear: --set container=NAME"};
    const std::string kind = probe_of(situation.finding);
    const auto probe = pointer(container->path, kind);
    if (!value_at(*live, probe)) return Declined{fmt::format("container {} has no {}", container->name, kind)};
    std::map<std::string, std::int64_t> wanted;
    for (const auto field : values)
        if (field != "container")
            if (const auto number = number_of(situation, std::string(field), 1, longest))
                wanted[std::string(field)] = *number;
    if (wanted.empty()) {
        const std::string field = times_out(situation.finding) ? "timeoutSeconds" : "failureThreshold";
        wanted[field] = std::min(old_of(*live, probe, field) * most_times, longest);
    }
    Patch patch(*live);
    patch.hold_name(container->path);
    std::string words;
    for (const auto& [field, number] : wanted) {
        const auto path = pointer(probe, field);
        const auto old = old_of(*live, probe, field);
        if (number <= old) return Declined{fmt::format("{} {} is no more than the present {}", field, number, old)};
        if (old > 0 && number > old * most_times)
            return Declined{fmt::format("{} {} is more than three times the present {}", field, number, old)};
        patch.put(path, number);
        words += fmt::format("{}{} from {} to {}", words.empty() ? "" : ", ", field, old, number);
    }
    auto draft = container_draft(situation, patch, *container);
    draft.description = fmt::format("Give the {} of container {} of Deployment {} more time: {}.", kind,
                                    container->name, draft.target.object.name, words);
    draft.why = sentence(situation.finding.summary);
    draft.risk = Risk::medium;
    draft.risk_reasons = {"every pod of the Deployment is replaced", "a program that hangs is noticed later"};
    draft.ends_pods = replaces_ready(situation.world, draft.target.object);
    draft.inverse.description = "sets the old numbers";
    draft.verify = {{"rollout_complete", 60'000, 1}, {"restarts_flat", 180'000, 6}, {"finding_gone", 180'000, 6}};
    return draft;
}

}  // namespace

extern const Action probe_relax;
constinit const Action probe_relax = {
    .id = "probe.relax",
    .summary = "Gives one probe more time: its numbers grow, at most threefold; a probe is never removed.",
    .risk = Risk::medium,
    .reverses = "sets the old numbers",
    .kinds = kinds,
    .values = values,
    .propose = propose,
};

}  // namespace salve::plan::actions
