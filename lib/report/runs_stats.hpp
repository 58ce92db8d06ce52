// What many runs have in common.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "audit/summary.hpp"
#include "report/format.hpp"

namespace salve::report {

// Durations by size, in constant memory: 16 steps between a power of two and the next, so that a quantile is at most 4%
// off.
class DurationHistogram {
public:
    void add(std::int64_t us);
    std::uint64_t count() const { return count_; }
    // The permille of 500 is the median; nothing without a duration.
    std::optional<std::int64_t> quantile(int permille) const;

private:
    std::vector<std::uint64_t> steps_ = std::vector<std::uint64_t>(960);
    std::uint64_t count_ = 0;
};

// Takes the runs one by one, in any order, and keeps counts only. Of namespaces and of failure modes the first 10,000
// names are counted one by one, the rest together.
class RunsStats {
public:
    void add(const audit::Summary& summary);

    std::string human(const Style& style) const;
    std::string json() const;  // schema salve.runs.stats/v1

private:
    struct Mode {
        std::uint64_t findings = 0, runs = 0;
        base::Time first, last;  // starts of the runs that found it
    };
    using ByName = std::vector<std::pair<std::string, std::uint64_t>>;
    using ByMode = std::vector<std::pair<std::string, Mode>>;
    ByName top_namespaces() const;
    ByMode top_modes() const;
    void add_mode(const std::string& name, std::uint64_t findings, base::Time at);

    std::uint64_t runs_ = 0;
    std::optional<base::Time> first_, last_;
    std::map<std::string, std::uint64_t> kinds_, statuses_, namespaces_;
    std::map<std::string, Mode> modes_;
    std::uint64_t more_namespaces_ = 0, more_modes_ = 0;
    std::array<std::uint64_t, 6> steps_{};   // index: StepOutcome
    std::array<std::size_t, 5> findings_{};  // index: Severity
    DurationHistogram triages_;
};

}  // namespace salve::report
