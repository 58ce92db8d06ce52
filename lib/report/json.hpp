// The document of CLI.md section 3.
#pragma once
#include <span>
#include <string>

#include "report/triage.hpp"

namespace salve::report {

// schema salve.triage/v1: every field present, null for what is unknown or does not apply, keys in the order of
// CLI.md, two spaces of indent, a line feed at the end. All text is base::visible(). `findings` are all
// of them, whatever their severity; `summary` counts the listed ones by severity and the rest as suppressed.
std::string triage_json(const Triage& triage);

// schema salve.triage-list/v1: {"schema", "triages": [documents as above]}, for several contexts.
std::string triages_json(std::span<const Triage> triages);

}  // namespace salve::report
