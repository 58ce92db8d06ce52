// What of a Kubernetes object may stand in a recording.
#pragma once
#include <string>
#include <string_view>

#include "base/redact.hpp"

namespace salve::kube {

// One object (or a whole list) as JSON text without secrets (TAXONOMY 4), keys sorted, so that equal objects give equal
// bytes:
// - dropped: selfLink, caBundle, annotations that is_kept_annotation does not know (pod templates keep all of theirs),
//   managedFields (of the kinds that a plan may change, who wrote and when stays), and data, stringData and
//   binaryData of a Secret or ConfigMap;
// - env values, header values, command and args follow the Redactor's rules for them;
// - every other string passes Redactor::text, except fields of a fixed vocabulary, names and quantities (the table is
// in the .cpp). Invariants: decoding the result gives the same facts as decoding the object, and redacting it again
// changes nothing. `kind` is that of the object when it does not say so itself, as an item of a list does not. Throws
// Error(cluster_unreadable) when the text is not JSON or exceeds base::JsonLimits.
std::string redact_json(std::string_view object, const base::Redactor& redactor, std::string_view kind = "");

}  // namespace salve::kube
