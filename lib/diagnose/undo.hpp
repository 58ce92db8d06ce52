// Whether going back to the older revision would repair a finding.
#pragma once
#include <vector>

#include "diagnose/finding.hpp"
#include "diagnose/template_diff.hpp"
#include "kube/world.hpp"

namespace salve::diagnose {

// Whether what the newest revision changed is what the finding is about: the image that cannot be pulled, the probe
// that fails, the memory limit that kills, the ConfigMap that is not there. A change beside it explains nothing, and a
// dependency that is down is not repaired by any revision.
bool explains(const std::vector<TemplateChange>& changes, const Finding& finding);

// Offers rollout.undo for the Deployment, or notes that it has to be made elsewhere.
void offer_undo(const kube::Workload& workload, const std::vector<TemplateChange>& changes, Finding& finding);

}  // namespace salve::diagnose
