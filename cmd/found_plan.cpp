#include "cmd/found_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "audit/fields.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "io/find_run.hpp"
#include "plan/plan_json.hpp"

namespace salve::cmd {
namespace {

using base::Error;
using base::ErrorKind;
using nlohmann::json;

constexpr std::size_t least_digits = 12;

}  // namespace

Found find_approved(const io::RunsFolder& runs, std::string word) try {
    if (word.starts_with("sha256:")) word = word.substr(7);
    const bool hex = word.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (word.size() < least_digits || !hex)
        throw Error(ErrorKind::not_approved, fmt::format("{} names no plan", base::quoted(word)),
                    "an approval names at least 12 digits of the plan's id, as 'salve plan' prints it");
    const auto record = io::find_plan(runs, word);
    auto sha256 = record.document["plan"]["plan_sha256"].get<std::string>();
    if (!sha256.starts_with(word))
        throw Error(ErrorKind::not_approved, fmt::format("there is no plan {}", base::quoted(word)),
                    "an approval names the plan, not its run");
    return {plan::parse_plan(record.document["plan"]["document"], sha256, to_text(record.name) + ": .plan.document"),
            std::move(sha256), record.document};
} catch (const Error& error) {
    if (error.kind() == ErrorKind::usage) throw Error(ErrorKind::not_approved, error.what(), error.hint());
    throw;
}

std::vector<apply::Known> findings_of(const json& document) {
    using audit::fields::text;
    std::vector<apply::Known> list;
    for (const auto& one : audit::fields::items(document, "findings")) {
        const auto& root = audit::fields::member(one, "root");
        apply::Known known{
            text(one, "id"),
            base::parse(diagnose::severity_names, text(one, "severity")).value_or(diagnose::Severity::medium),
            {text(root, "api_version"), text(root, "kind"), text(root, "namespace"), text(root, "name"),
             text(root, "uid")}};
        list.push_back(std::move(known));
    }
    return list;
}

// Logs come and go, and do not count.
bool is_whole(const std::vector<kube::Read>& now, const json& document) {
    using audit::fields::text;
    const auto failed_before = [&](const kube::Read& one) {
        const auto& reads = audit::fields::items(document, "reads");
        return std::any_of(reads.begin(), reads.end(), [&](const json& before) {
            return text(before, "what") == kube::info(one.what).plural && text(before, "namespace") == one.ns &&
                   text(before, "object") == one.object && text(before, "state") != "ok";
        });
    };
    return std::all_of(now.begin(), now.end(), [&](const kube::Read& one) {
        const bool list = one.object.empty() || one.object == kube::about_nodes;
        return !list || one.state == kube::ReadState::ok || failed_before(one);
    });
}

std::uint32_t request_timeout_of(const plan::Plan& plan, std::uint32_t otherwise) {
    constexpr std::string_view flag = "--request-timeout=";
    for (const auto& step : plan.steps)
        for (const auto& word : step.command)
            if (word.starts_with(flag)) {
                std::uint32_t seconds = 0;
                std::from_chars(word.data() + flag.size(), word.data() + word.size(), seconds);
                if (seconds >= 1 && seconds <= 3600) return seconds;
            }
    return otherwise;
}

bool is_same_command(const plan::Step& step, const kube::Target& target) {
    const auto command = plan::command_of(step.request, target);
    return step.command.size() == command.args().size() + 1 &&
           std::equal(command.args().begin(), command.args().end(), step.command.begin() + 1);
}

}  // namespace salve::cmd
