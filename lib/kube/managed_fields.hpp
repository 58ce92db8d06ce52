// metadata.managedFields is half of the text of a pod, and no fact is made of it.
#pragma once
#include <string>
#include <string_view>

namespace salve::kube {

// Appends the text of one object, as the API server writes it (no white space), to `out` without the first array
// "managedFields" in it; the whole text where there is none, or where it has no end. Of a text that is JSON the same
// JSON is left, less that member.
void append_without_managed_fields(std::string_view object, std::string& out);

}  // namespace salve::kube
