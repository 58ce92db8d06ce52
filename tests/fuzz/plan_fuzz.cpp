#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/json.hpp"
#include "plan/plan_json.hpp"
#include "targets.hpp"
#include "unit/kube/write_checks.hpp"

namespace salve::fuzz {
namespace {

void nothing_else_is_sent(const plan::Request& request, const std::vector<std::string>& shown) {
    require(!kube::is_system_namespace(request.ns), "no plan changes the system");
    const auto command = plan::command_of(request, {});
    require(kube::fault_of(command).empty(), "a request is a command of the catalog");
    const auto& words = command.args();
    require(
        shown.front() == "kubectl" &&
            std::all_of(words.begin(), words.end(),
                        [&](const auto& word) { return std::find(shown.begin(), shown.end(), word) != shown.end(); }),
        "the command that is shown is the one of the request");
}

}  // namespace

// The bytes with the digest that a forger would give them: they are refused, or they are a plan that says what it does.
void plan(std::string_view bytes) try {
    const auto document = base::parse_json(bytes, "fuzz", base::ErrorKind::invalid_record);
    std::string digest(64, '0');
    try {
        digest = plan::digest_of(nlohmann::ordered_json(document));
    } catch (const base::Error&) {  // a float: no digest fits
    }
    const auto read = plan::parse_plan(document, digest, "fuzz");
    require(nlohmann::json(plan::document_of(read)) == document, "a plan is all that stands in its document");
    require(plan::digest_of(plan::document_of(read)) == digest, "the digest is that of the plan");
    for (const auto& step : read.steps) {
        nothing_else_is_sent(step.request, step.command);
        require(step.request.ns == step.target.object.ns, "a step is about its target");
        require(step.input == plan::command_of(step.request, {}).input(), "the input is that of the request");
        if (step.inverse.request) nothing_else_is_sent(*step.inverse.request, step.inverse_command);
    }
} catch (const base::Error& error) {
    require(error.kind() == base::ErrorKind::invalid_record, "what is no plan is no record");
}

}  // namespace salve::fuzz

SALVE_FUZZ_TARGET(plan)
