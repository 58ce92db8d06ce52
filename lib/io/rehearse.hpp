// Asks the server what would come of a step, and keeps nothing: every request here is a dry run. There is no way from
// here to a change; what applies a step is another class.
#pragma once
#include "base/redact.hpp"
#include "io/kubectl_transport.hpp"
#include "plan/action.hpp"
#include "plan/step.hpp"

namespace salve::io {

class Rehearsal {
public:
    Rehearsal(KubectlSettings settings, const base::Redactor& redactor)
        : settings_(std::move(settings)), redactor_(redactor) {}

    // Fills step.dry_run and step.may. live: the object as it was when the plan was made, or null. The rehearsal takes
    // the very right that the change takes, so the server's answer to it is the answer to "may I".
    void rehearse(plan::Step& step, const nlohmann::json* live);

    // The arguments of every kubectl that was started, in order: for the record.
    const std::vector<std::vector<std::string>>& calls() const { return calls_; }

private:
    KubectlSettings settings_;
    const base::Redactor& redactor_;
    std::vector<std::vector<std::string>> calls_;
};

}  // namespace salve::io
