#include "plan/manual.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

#include "base/json.hpp"
#include "base/shell.hpp"
#include "base/text.hpp"
#include "diagnose/next_command.hpp"
#include "diagnose/select.hpp"

namespace salve::plan {
namespace {

void add_once(std::vector<std::string>& lines, std::string line) {
    if (std::find(lines.begin(), lines.end(), line) == lines.end()) lines.push_back(std::move(line));
}

std::string subject(const diagnose::Subject& one) {
    auto words = fmt::format("{} {}", one.object.kind, one.object.name);
    if (!one.container.empty()) words += fmt::format(", container {}", one.container);
    return words;
}

}  // namespace

std::string value_wanted(const Finding& finding, const Action& action) {
    const auto& object = finding.root.object;
    std::vector<std::string> command{"salve", "plan", diagnose::short_kind(object.kind) + "/" + object.name};
    if (!object.ns.empty()) command.insert(command.end(), {"-n", object.ns});
    command.insert(command.end(), {"--action", std::string(action.id)});
    for (const auto key : action.values) {
        if (key == "container" && finding.root.container.empty()) continue;
        // In capitals, so that nobody takes it for a value.
        std::string value(key);
        std::transform(value.begin(), value.end(), value.begin(), [](unsigned char c) { return std::toupper(c); });
        if (key == "container") value = finding.root.container;
        command.insert(command.end(), {"--set", fmt::format("{}={}", key, value)});
    }
    return fmt::format("{}: only you know the right value. Plan it with:  {}", action.id, base::shell_line(command));
}

void add_manual(const kube::World& world, const Finding& finding, const std::vector<std::string>& declined,
                Plan& plan) {
    if (finding.severity == diagnose::Severity::info && declined.empty()) return;
    const auto about = subject(finding.root);
    for (const auto& advice : finding.advice) add_once(plan.manual, fmt::format("{}: {}", about, advice));
    for (const auto& reason : declined) add_once(plan.manual, fmt::format("{}: {}", about, reason));
    if (const auto command = diagnose::next_command(world.facts().cluster, finding))
        add_once(plan.manual, fmt::format("{}: look closer with:  {}", about, *command));
}

void add_commit(const Draft& draft, const std::vector<std::string>& managers, Plan& plan) {
    const auto& object = draft.target.object;
    json operations = json::array();
    for (const auto& operation : draft.request.patch)
        if (operation["op"] != "test" && operation["path"].get<std::string>().find("salve~1run") == std::string::npos &&
            operation["path"] != "/metadata/annotations")
            operations.push_back(operation);
    add_once(plan.manual,
             fmt::format("{} {}: {} keeps it elsewhere and would put a change made here back. Commit there, as a "
                         "kustomize patch:  {{\"target\":{{\"kind\":\"{}\",\"name\":\"{}\"}},\"patch\":{}}}",
                         object.kind, object.name, fmt::join(managers, " and "), object.kind, object.name,
                         json(base::canonical(operations)).dump()));
}

}  // namespace salve::plan
