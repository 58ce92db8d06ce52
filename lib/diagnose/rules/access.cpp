// TAXONOMY 1.1: what could not be read. A gap is no fault of the cluster's workloads, so these stay below the default
// --min-severity: the ledger and the report show the gaps in any case, and every rule has taken them into account.
#include <fmt/format.h>

#include <map>

#include "base/text.hpp"
#include "diagnose/build.hpp"
#include "diagnose/rule.hpp"

namespace salve::diagnose::rules {
namespace {

using kube::ReadState;

constexpr Mode modes[] = {
    {.id = "access.forbidden",
     .category = Category::access,
     .severity = Severity::low,
     .summary = "The user that salve runs as may not read a kind.",
     .needs = "A list that the API server refused with Forbidden.",
     .not_when =
         "Admission refuses an object (quota, PodSecurity, webhook): that is about a write, and names the object.",
     .advice =
         "Grant what 'salve rbac reader' prints; until then nothing is concluded from what those lists would show."},
    {.id = "access.timeout",
     .category = Category::access,
     .severity = Severity::low,
     .summary = "A list did not arrive in time.",
     .needs = "A read that ended by its deadline.",
     .not_when = "The API server cannot be reached at all: then there is no triage.",
     .advice = "Run it again, with a longer --kubectl-timeout if the cluster is large."},
    {.id = "access.partial",
     .category = Category::access,
     .severity = Severity::info,
     .summary = "A list arrived cut, or with an object that could not be understood.",
     .needs = "A read that ended truncated or in error.",
     .not_when = "The kind does not exist in this cluster: that is known, and not a gap.",
     .advice = "Run it again; what was not seen is listed, and nothing is concluded from it."},
};

const Mode* mode_of(ReadState state) {
    switch (state) {
        case ReadState::forbidden:
            return &modes[0];
        case ReadState::timeout:
            return &modes[1];
        case ReadState::truncated:
        case ReadState::error:
            return &modes[2];
        default:
            return nullptr;
    }
}

Finding finding_of(const World& world, const Mode& mode, std::span<const kube::Read* const> reads) {
    Finding finding;
    finding.mode = &mode;
    finding.severity = mode.severity;
    const auto& ns = reads.front()->ns;
    finding.root.object = ns.empty() ? ObjectRef{"v1", "Cluster", "", world.facts().cluster.context, ""}
                                     : ObjectRef{"v1", "Namespace", "", ns, ""};
    std::vector<std::string> kinds;
    for (const auto* read : reads) {
        const std::string plural(kube::info(read->what).plural);
        kinds.push_back(plural);
        finding.evidence.push_back(
            from_field(finding.root.object, Source::status, "reads[" + plural + "].state",
                       fmt::format("{}: {}", base::word(kube::read_state_names, read->state), read->detail)));
    }
    finding.summary = fmt::format("{} ({}): {}.", mode.summary.substr(0, mode.summary.size() - 1),
                                  ns.empty() ? "cluster-wide" : "in " + ns, base::join(kinds, ", "));
    finding.advice.emplace_back(mode.advice);
    return finding;
}

// One finding for each way of failing and each namespace. Missing logs are told by the findings that wanted them.
std::vector<Finding> match(const World& world) {
    std::map<std::pair<const Mode*, std::string>, std::vector<const kube::Read*>> gaps;
    for (const auto& read : world.reads())
        if (const auto* mode = mode_of(read.state); mode && read.what != kube::Resource::logs)
            gaps[{mode, read.ns}].push_back(&read);
    std::vector<Finding> findings;
    findings.reserve(gaps.size());
    for (const auto& [key, reads] : gaps) findings.push_back(finding_of(world, *key.first, reads));
    return findings;
}

}  // namespace

extern const Rule access;
const Rule access{.id = "access", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
