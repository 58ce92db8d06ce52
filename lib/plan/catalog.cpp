#include "base/digest.hpp"
#include "base/json.hpp"
#include "plan/action.hpp"

namespace salve::plan {
namespace {

json entry(const Action& action) {
    return {{"id", action.id},
            {"summary", action.summary},
            {"risk", base::word(risk_names, action.risk)},
            {"reverses", action.reverses},
            {"kinds", std::vector<std::string_view>(action.kinds.begin(), action.kinds.end())},
            {"verb", base::word(kube::write_verb_names, action.verb)},
            {"values", std::vector<std::string_view>(action.values.begin(), action.values.end())},
            {"asks_value", action.asks_value},
            {"off", action.off},
            {"restores", action.restores},
            {"on_request", action.on_request},
            {"most_steps", action.most_steps}};
}

}  // namespace

const Action* find_action(std::string_view id) {
    for (const auto* action : all_actions())
        if (action->id == id) return action;
    return nullptr;
}

std::string catalog_sha256(std::span<const Action* const> catalog) {
    auto entries = json::array();
    for (const auto* action : catalog) entries.push_back(entry(*action));
    return base::sha256_hex(base::canonical(entries));
}

}  // namespace salve::plan
