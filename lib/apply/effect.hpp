// What became of a request, from how its kubectl ended (TAXONOMY 2.7). Only an answer of the server that is whole and
// names our change says "applied", and only an answer that refuses says "not applied"; whatever else happened is
// unknown, until the cluster was asked.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "apply/cluster.hpp"
#include "kube/outcome.hpp"
#include "plan/step.hpp"

namespace salve::apply {

struct Answer {
    kube::ReadEnd end;
    kube::Outcome outcome;       // of kube::classify
    const json* body = nullptr;  // stdout as JSON; null: it is none
};

struct Verdict {
    Effect effect = Effect::unknown;
    std::string reason;  // one plain sentence, not escaped
    bool stale = false;  // a precondition does not hold any more
};

Verdict effect_of(const plan::Step& step, const Answer& answer);

// The mark that the step puts on what it patches; empty for what is no patch.
std::string marker_of(const plan::Step& step);

}  // namespace salve::apply
