// SAFETY 5.3: after every read, each object's kind, version, namespace and name must be what was asked for.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "kube/decode.hpp"

namespace salve::kube {

// Why the object does not belong to the answer, as in `namespace "b" instead of "a"`; nothing when it does.
std::optional<std::string> scope_mismatch(const Asked& asked, const Meta& meta);

}  // namespace salve::kube
