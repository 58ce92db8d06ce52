// A request as JSON, both ways.
#pragma once
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "plan/step.hpp"

namespace salve::plan {

// {"verb", "patch_type", "resource", "namespace", "name", "from", "uid", "body"}; body is the patch, or what goes to
// the command's standard input.
nlohmann::ordered_json request_json(const Request& request);

// Errors: the view's, for anything that request_json() does not write.
Request parse_request(const base::JsonView& view);

}  // namespace salve::plan
