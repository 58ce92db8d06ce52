// What a remediator is granted, before it becomes a Role or a policy.
#pragma once
#include <string>
#include <vector>

#include "kube/rbac.hpp"
#include "kube/rights.hpp"

namespace salve::kube {

struct GrantedRule {
    const ChangeRule* rule;          // of change_rules()
    std::vector<std::string> names;  // empty: every object of the kind
};

// The rows that the role has. Errors as remediator_manifest.
std::vector<GrantedRule> granted_rules(const RemediatorRole& role);

}  // namespace salve::kube
