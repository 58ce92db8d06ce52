// What changed from one run to another.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "report/format.hpp"
#include "report/record_words.hpp"

namespace salve::report {

// Findings are the same when their ids are (cluster, root, mode, container). That one is missing proves nothing where
// the later run did not look as far: such a finding is `unproven`, not `resolved`; and one that is new may be old where
// the earlier run did not look as far: then `doubt` says why. All text is visible and one line.
struct RunsDiff {
    struct Finding {
        std::string id, mode, subject, summary;
        std::optional<Severity> before, after;
        std::string doubt;  // why its absence in the other run proves nothing; empty: it does
    };
    struct Read {
        std::string what, ns;       // ns is empty for all namespaces or none
        std::string before, after;  // the states; empty: not asked for
    };
    std::string before_run, after_run;
    Time before_at, after_at;
    bool same_cluster = true;
    SeverityCounts before{}, after{};
    std::vector<Finding> resolved, unproven, added, remaining;  // in the order of their record
    std::vector<Read> reads;  // lists that one run could read and the other not; reads of single objects do not count
};

RunsDiff runs_diff(const nlohmann::json& before, const nlohmann::json& after);

std::string diff_human(const RunsDiff& diff, const Style& style);
std::string diff_json(const RunsDiff& diff);  // schema salve.runs.diff/v1

}  // namespace salve::report
