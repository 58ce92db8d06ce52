#include "advise/truth.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "plan/patch.hpp"

namespace salve::advise {
namespace {

using nlohmann::json;
using plan::text_at;

// One * in the pattern stands for anything.
bool fits(const std::string& name, const std::string& pattern) {
    const auto star = pattern.find('*');
    if (star == std::string::npos) return name == pattern;
    const auto before = pattern.substr(0, star), after = pattern.substr(star + 1);
    return name.size() >= before.size() + after.size() && name.starts_with(before) && name.ends_with(after);
}

bool is(const kube::ObjectRef& object, const json& wanted) {
    if (!wanted.is_object()) return false;
    const auto ns = text_at(wanted, "/namespace");
    return base::lower_ascii(object.kind) == base::lower_ascii(text_at(wanted, "/kind")) &&
           (ns.empty() || ns == object.ns) && fits(object.name, text_at(wanted, "/name"));
}

bool blames(const json& fault, const kube::ObjectRef& object) {
    if (!fault.is_object()) return false;
    if (const auto root = fault.find("root"); root != fault.end() && is(object, *root)) return true;
    const auto accept = fault.find("accept");
    return accept != fault.end() && accept->is_array() &&
           std::any_of(accept->begin(), accept->end(), [&](const json& one) { return is(object, one); });
}

}  // namespace

std::optional<bool> treats_truth(const Case& about, const Candidate& candidate, const json& truth) {
    if (!truth.is_object() || text_at(truth, "/category") == "healthy" || !truth.contains("root")) return std::nullopt;
    const auto found = std::find_if(about.findings.begin(), about.findings.end(),
                                    [&](const auto* one) { return one->id == candidate.finding_id; });
    const auto& object = found == about.findings.end() ? candidate.target.object : (*found)->root.object;
    if (blames(truth, object)) return true;
    const auto also = truth.find("also");
    return also != truth.end() && also->is_array() &&
           std::any_of(also->begin(), also->end(), [&](const json& one) { return blames(one, object); });
}

}  // namespace salve::advise
