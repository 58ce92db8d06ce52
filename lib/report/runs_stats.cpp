#include "report/runs_stats.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "base/text.hpp"
#include "report/json_values.hpp"
#include "report/page.hpp"
#include "report/record_words.hpp"
#include "report/words.hpp"

namespace salve::report {
namespace {

constexpr std::size_t most_names = 10'000, shown = 10;
constexpr int sub_bits = 4;  // 16 steps

std::size_t step_of(std::uint64_t us) {
    const auto exponent = static_cast<int>(std::bit_width(us)) - 1;
    if (exponent < sub_bits) return static_cast<std::size_t>(us);
    const auto shift = exponent - sub_bits;
    return static_cast<std::size_t>(shift + 1) * 16 + static_cast<std::size_t>((us >> shift) & 15U);
}

// The middle of the step.
std::int64_t duration_of(std::size_t step) {
    if (step < 16) return static_cast<std::int64_t>(step);
    const auto shift = step / 16 - 1;
    const auto first = std::uint64_t{16 + step % 16} << shift;
    return static_cast<std::int64_t>(first + ((std::uint64_t{1} << shift) - 1) / 2);
}

// The largest, equal ones by name.
template <typename Value, typename Count>
std::vector<std::pair<std::string, Value>> top(const std::map<std::string, Value>& all, Count count) {
    std::vector<std::pair<std::string, Value>> list(all.begin(), all.end());
    const auto n = std::min(list.size(), shown);
    std::partial_sort(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(n), list.end(),
                      [&](const auto& a, const auto& b) {
                          return std::pair(count(b.second), a.first) < std::pair(count(a.second), b.first);
                      });
    list.resize(n);
    return list;
}

std::string counted(const std::map<std::string, std::uint64_t>& counts) {
    std::vector<std::string> parts;
    for (const auto& [name, count] : top(counts, [](std::uint64_t n) { return n; }))
        parts.push_back(fmt::format("{} {}", count, one_line(name)));
    return parts.empty() ? "none" : base::join(parts, ", ");
}

Json counted_json(const std::map<std::string, std::uint64_t>& counts) {
    Json object = Json::object();
    for (const auto& [name, count] : counts) object[base::visible(name)] = count;
    return object;
}

std::int64_t to_ms(std::int64_t us) { return (us + 500) / 1000; }

}  // namespace

void DurationHistogram::add(std::int64_t us) {
    if (us < 0) return;
    ++steps_[std::min(step_of(static_cast<std::uint64_t>(us)), steps_.size() - 1)];
    ++count_;
}

std::optional<std::int64_t> DurationHistogram::quantile(int permille) const {
    if (count_ == 0) return std::nullopt;
    // The smallest duration that so many have at most.
    const auto wanted = std::max<std::uint64_t>(1, (count_ * static_cast<std::uint64_t>(permille) + 999) / 1000);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < steps_.size(); ++i)
        if (seen += steps_[i]; seen >= wanted) return duration_of(i);
    return duration_of(steps_.size() - 1);
}

void RunsStats::add(const audit::Summary& summary) {
    ++runs_;
    first_ = std::min(first_.value_or(summary.started_at), summary.started_at);
    last_ = std::max(last_.value_or(summary.started_at), summary.started_at);
    ++kinds_[summary.kind];
    ++statuses_[summary.status];
    for (const auto& ns : summary.namespaces) {
        if (namespaces_.size() < most_names || namespaces_.count(ns) != 0)
            ++namespaces_[ns];
        else
            ++more_namespaces_;
    }
    for (const auto& [mode, count] : summary.modes) add_mode(mode, count, summary.started_at);
    for (std::size_t i = 0; i < steps_.size(); ++i) steps_[i] += summary.steps[i];
    for (std::size_t i = 0; i < findings_.size(); ++i) findings_[i] += summary.findings[i];
    if (summary.kind == "triage" && summary.mono_us) triages_.add(*summary.mono_us);
}

void RunsStats::add_mode(const std::string& name, std::uint64_t findings, base::Time at) {
    if (modes_.size() >= most_names && modes_.count(name) == 0) {
        more_modes_ += findings;
        return;
    }
    auto& mode = modes_.try_emplace(name, Mode{0, 0, at, at}).first->second;
    mode.findings += findings;
    ++mode.runs;
    mode.first = std::min(mode.first, at);
    mode.last = std::max(mode.last, at);
}

RunsStats::ByName RunsStats::top_namespaces() const {
    return top(namespaces_, [](std::uint64_t n) { return n; });
}

RunsStats::ByMode RunsStats::top_modes() const {
    return top(modes_, [](const Mode& mode) { return mode.findings; });
}

std::string RunsStats::human(const Style& style) const {
    Page page(style, 11);
    if (runs_ == 0) return "no runs\n";
    const auto of = [&](audit::StepOutcome outcome) { return steps_[static_cast<std::size_t>(outcome)]; };
    using audit::StepOutcome;
    page.paragraph(
        fmt::format("{} from {} to {}", number_of(runs_, "run", "runs"), time_words(*first_), time_words(*last_)), "",
        "  ");
    page.labelled(2, "kinds:", counted(kinds_));
    page.labelled(2, "outcomes:", counted(statuses_));
    page.labelled(2, "findings:", counts_words(findings_));
    if (const auto median = triages_.quantile(500))
        page.labelled(
            2, "triage:",
            fmt::format("median {}, 95 of 100 within {} (to 4%, of {})", span_words(*median),
                        span_words(*triages_.quantile(950)), number_of(triages_.count(), "triage", "triages")));
    page.labelled(2, "steps:",
                  fmt::format("{} applied, of these {} verified and {} not as wanted; {} failed, {} had no effect, "
                              "{} unknown",
                              of(StepOutcome::verified) + of(StepOutcome::verify_failed) + of(StepOutcome::applied),
                              of(StepOutcome::verified), of(StepOutcome::verify_failed), of(StepOutcome::failed),
                              of(StepOutcome::not_applied), of(StepOutcome::unknown)));
    if (!namespaces_.empty()) page.blank(), page.unbroken(0, "Runs by namespace:");
    for (const auto& [ns, count] : top_namespaces())
        page.paragraph(name_words(ns), fmt::format("{:>8}  ", count), "          ");
    if (!modes_.empty()) page.blank(), page.unbroken(0, "Most frequent findings:");
    for (const auto& [name, mode] : top_modes())
        page.paragraph(fmt::format("{}, in {}, first {}, last {}", one_line(name), number_of(mode.runs, "run", "runs"),
                                   time_words(mode.first), time_words(mode.last)),
                       fmt::format("{:>8}  ", mode.findings), "          ");
    return page.take();
}

std::string RunsStats::json() const {
    Json namespaces = Json::array(), modes = Json::array(), steps = Json::object();
    for (const auto& [ns, count] : top_namespaces()) namespaces.push_back({{"namespace", text(ns)}, {"runs", count}});
    for (const auto& [name, mode] : top_modes())
        modes.push_back({{"mode", text(name)},
                         {"findings", mode.findings},
                         {"runs", mode.runs},
                         {"first_seen", base::to_rfc3339(mode.first)},
                         {"last_seen", base::to_rfc3339(mode.last)}});
    for (const auto& [outcome, name] : audit::step_outcome_names)
        steps[std::string(name)] = steps_[static_cast<std::size_t>(outcome)];
    const auto ms = [&](int permille) {
        const auto us = triages_.quantile(permille);
        return us ? Json(to_ms(*us)) : Json(nullptr);
    };
    const Json document = {
        {"schema", "salve.runs.stats/v1"},
        {"runs", runs_},
        {"time", {{"first", time_or_null(first_)}, {"last", time_or_null(last_)}}},
        {"kinds", counted_json(kinds_)},
        {"outcomes", counted_json(statuses_)},
        {"findings", counts_json(findings_)},
        {"steps", steps},
        {"triage", {{"count", triages_.count()}, {"median_ms", ms(500)}, {"p95_ms", ms(950)}, {"within_permille", 40}}},
        {"namespaces", namespaces},
        {"modes", modes},
        {"beyond_limit", {{"namespaces", more_namespaces_}, {"modes", more_modes_}}}};
    return document.dump(2) + "\n";
}

}  // namespace salve::report
