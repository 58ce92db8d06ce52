// TAXONOMY 1.13: quotas that are full or nearly so while nothing has been refused. What is refused is told by
// ctrl.failed-create.quota.
#include <fmt/format.h>

#include <algorithm>

#include "base/quantity.hpp"
#include "base/text.hpp"
#include "diagnose/build.hpp"
#include "diagnose/refused.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose::rules {
namespace {

constexpr Mode modes[] = {
    {.id = "quota.exhausted",
     .category = Category::quota,
     .severity = Severity::low,
     .summary = "A ResourceQuota is used up, and nothing has been refused yet.",
     .needs = "status.used of a resource is at least its status.hard, and that is more than 0.",
     .not_when = "A creation is refused because of it: that is ctrl.failed-create.quota. A limit of 0 forbids a kind "
                 "on purpose.",
     .advice = "What runs goes on. A rollout that adds pods before it removes old ones, or a larger scale, will be "
               "refused: raise the quota before that, or lower what is requested."},
    {.id = "quota.near",
     .category = Category::quota,
     .severity = Severity::low,
     .summary = "At least 90% of a ResourceQuota are used.",
     .needs = "status.used of a resource is at least 90% of its status.hard.",
     .not_when = "It is used up: that is quota.exhausted.",
     .advice = "See whether the next rollout, which may need more for a while, still fits."},
};

enum class Fill { room, near, full };

Fill fill_of(const std::string& used, const std::string& hard) {
    const auto now = base::parse_quantity(used), most = base::parse_quantity(hard);
    if (!now || !most || most->nano <= 0) return Fill::room;
    if (*now >= *most) return Fill::full;
    return now->nano * 100 >= most->nano * quota_near_percent ? Fill::near : Fill::room;
}

struct Filled {
    std::string resource, used, hard;
};

std::optional<Finding> judge(const kube::ResourceQuota& quota, const std::set<std::string>& told) {
    std::vector<Filled> full, near;
    for (const auto& [resource, hard] : quota.hard) {
        const auto used = quota.used.find(resource);
        if (used == quota.used.end() || told.count(resource)) continue;
        const auto fill = fill_of(used->second, hard);
        if (fill == Fill::full) full.push_back({resource, used->second, hard});
        if (fill == Fill::near) near.push_back({resource, used->second, hard});
    }
    if (full.empty() && (near.empty() || !told.empty())) return std::nullopt;
    const auto& listed = full.empty() ? near : full;
    auto finding = object_finding(mode_in(modes, full.empty() ? "quota.near" : "quota.exhausted"), quota.meta.ref());
    std::vector<std::string> words;
    for (const auto& one : listed) {
        words.push_back(fmt::format("{} {} of {}", one.resource, one.used, one.hard));
        finding.evidence.push_back(
            from_field(quota.meta.ref(), Source::status, "status.used[" + one.resource + "]", one.used));
        finding.evidence.push_back(
            from_field(quota.meta.ref(), Source::status, "status.hard[" + one.resource + "]", one.hard));
    }
    finding.summary = fmt::format("ResourceQuota {} is {}: {}. Nothing has been refused for that yet.", quota.meta.name,
                                  full.empty() ? "nearly used up" : "used up", base::join(words, ", "));
    return finding;
}

std::vector<Finding> match(const World& world) {
    const auto all = refused(world);
    const auto refusing = refusing_quotas(all);
    std::vector<Finding> out;
    for (const auto& quota : world.facts().quotas) {
        if (quota.meta.deleted) continue;
        const auto at = refusing.find(quota.meta.ns + "/" + quota.meta.name);
        if (auto finding = judge(quota, at == refusing.end() ? std::set<std::string>{} : at->second))
            out.push_back(std::move(*finding));
    }
    return out;
}

}  // namespace

extern const Rule quota;
const Rule quota{.id = "quota", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
