#include "report/doctor.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "report/json_values.hpp"
#include "report/page.hpp"
#include "report/words.hpp"

namespace salve::report::doctor {
namespace {

using base::ErrorKind;

constexpr std::size_t state_columns = 9;

std::size_t count(std::span<const Check> checks, State state) {
    return static_cast<std::size_t>(
        std::count_if(checks.begin(), checks.end(), [&](const Check& check) { return check.state == state; }));
}

std::string counted(std::size_t n, std::string_view what) { return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s"); }

std::string_view colour_of(State state) {
    switch (state) {
        case State::failure:
            return "1;31";
        case State::warning:
            return "33";
        default:
            return "";
    }
}

void write(Page& page, const Check& check) {
    const auto first = fmt::format("{:<{}}", base::word(state_names, check.state), state_columns);
    page.paragraph(fmt::format("{}: {}", one_line(check.name), one_line(check.detail)), first,
                   std::string(state_columns, ' '), colour_of(check.state));
    if (!check.mend.empty()) page.unbroken(state_columns, "mend: " + check.mend);
}

}  // namespace

std::vector<Check> checks(const Facts& facts) {
    std::vector<Check> all{configuration(facts.configuration)};
    if (!facts.configuration.error.empty()) {
        // It names kubectl and the runs folder: everything else would be about the wrong ones.
        all.push_back({"everything else", State::skipped, "the configuration says where to look", "", {}});
        return all;
    }
    const auto add = [&](const std::vector<Check>& more) { all.insert(all.end(), more.begin(), more.end()); };
    add(kubectl(facts));
    all.push_back(kubeconfig(facts));
    add(cluster(facts));
    add(rights(facts));
    all.push_back(remediation(facts));
    if (facts.runs) add(runs(*facts.runs));
    add(advisor(facts));
    return all;
}

int exit_code(std::span<const Check> checks) {
    for (const auto kind :
         {ErrorKind::kubectl_unavailable, ErrorKind::cluster_unreadable, ErrorKind::audit_unwritable, ErrorKind::usage})
        for (const auto& check : checks)
            if (check.state == State::failure && check.kind == kind) return base::exit_code(kind);
    return count(checks, State::failure) == 0 ? 0 : base::exit_code(ErrorKind::internal);
}

std::string human(std::span<const Check> checks, const Style& style) {
    Page page(style);
    const auto failures = count(checks, State::failure), warnings = count(checks, State::warning);
    std::string verdict = "all is well";
    if (failures + warnings > 0) verdict = counted(failures, "failure") + ", " + counted(warnings, "warning");
    page.paragraph(fmt::format("{}; {} of {} checks ok", verdict, count(checks, State::ok), checks.size()), "", "  ");
    page.blank();
    for (const auto& check : checks)
        if (!style.quiet || check.state == State::failure || check.state == State::warning) write(page, check);
    return page.take();
}

std::string json(std::span<const Check> checks) {
    auto list = Json::array();
    for (const auto& check : checks)
        list.push_back({{"name", text(check.name)},
                        {"state", base::word(state_names, check.state)},
                        {"detail", text(one_line(check.detail))},
                        {"mend", text_or_null(check.mend)}});
    return Json{{"schema", "salve.doctor/v1"}, {"checks", list}}.dump(2) + "\n";
}

}  // namespace salve::report::doctor
