// Whether the object is still the one that the plan was made for (SAFETY 2.2). The server checks the same once more in
// the request itself; this is to refuse before anything is sent, and to say what is different.
#pragma once
#include <optional>
#include <string>

#include "apply/cluster.hpp"
#include "plan/step.hpp"

namespace salve::apply {

// What is different, in one plain sentence (not escaped); nothing: it is the same. Not resourceVersion, which every
// status of a crashing workload moves, but uid, generation, and every field that the change tests; and an object that
// is being deleted is another one already.
std::optional<std::string> drift(const plan::Step& step, const Live& live);

}  // namespace salve::apply
