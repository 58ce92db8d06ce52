// What keeps an action from being proposed, whatever it is (TAXONOMY 2.1, 2.3, 2.6).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "plan/action.hpp"

namespace salve::plan {

// Why this draft may not become a step, or nothing.
std::optional<std::string> refusal(const Situation& situation, const Action& action, const Draft& draft);

// Who would put a change of the object's spec back: Argo CD, Flux, an operator, by the object's marks. Helm does so
// only at the next upgrade and is told apart.
std::vector<std::string> reverted_by(const Finding& finding, const json* live);
bool only_helm(const std::vector<std::string>& managers);

// Why a pod of the namespace that ends now might not be replaced: quota, admission, image, scheduling, node or DNS
// trouble that is there at this moment. A healthy old pod is worth more than a failed new one. target: what makes the
// pods, or one pod, whose own trouble does not count: only that of its peers tells how a new one would fare. cures: nor
// does the finding itself count, which the change ends.
std::optional<std::string> not_recreatable(const Situation& situation, const kube::ObjectRef& target, bool cures);

}  // namespace salve::plan
