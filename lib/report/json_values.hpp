// What the JSON documents of reports share, beside the values of all documents.
#pragma once
#include "base/json_values.hpp"
#include "diagnose/finding.hpp"

namespace salve::report {

using base::Json;
using base::lines;
using base::list_of;
using base::or_null;
using base::text;
using base::text_or_null;
using base::texts;
using base::time_or_null;

// {"critical": 0, ...} of counts by severity.
template <typename Counts>
Json counts_json(const Counts& counts) {
    using diagnose::Severity;
    const auto of = [&](Severity severity) { return counts[static_cast<std::size_t>(severity)]; };
    return {{"critical", of(Severity::critical)},
            {"high", of(Severity::high)},
            {"medium", of(Severity::medium)},
            {"low", of(Severity::low)},
            {"info", of(Severity::info)}};
}

}  // namespace salve::report
