#include "io/rehearse.hpp"

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "io/run_kubectl.hpp"
#include "kube/redact_json.hpp"
#include "plan/field_diff.hpp"
#include "plan/patch.hpp"

namespace salve::io {
namespace {

using nlohmann::json;
using plan::DryRunState;

constexpr std::uint64_t answer_cap = std::uint64_t{4} << 20;

constexpr auto unreadable = base::ErrorKind::cluster_unreadable;

// Nobody's word counts but that of the object that was asked for.
void check_answer(const plan::Request& request, const json& answer) {
    const auto is = [&](const char* path, std::string_view wanted) {
        const auto* value = plan::value_at(answer, path);
        return value && *value == wanted;
    };
    if (!is("/kind", kube::info(request.resource).kind) || !is("/metadata/name", request.name) ||
        !is("/metadata/namespace", request.ns))
        throw base::Error(unreadable, "the answer to the dry run is about another object than the change");
}

// What the server would keep, against what it has.
std::vector<plan::Change> diff_of(const plan::Step& step, const std::string& answer, const json* live,
                                  const base::Redactor& redactor) {
    const auto result = base::parse_json(kube::redact_json(answer, redactor), "the answer to the dry run", unreadable);
    if (kube::removes(step.request.verb)) {
        // A Status, or the pod as it was: which one depends on the server.
        if (!result.is_object()) throw base::Error(unreadable, "the answer to the dry run is no object");
        return {{"", "pod " + step.request.name, nullptr}};
    }
    check_answer(step.request, result);
    if (step.request.verb == kube::WriteVerb::create_job) return {{"", nullptr, "job " + step.request.name}};
    return plan::field_diff(live ? *live : json::object(), result);
}

bool cannot_rehearse(const std::string& err) { return base::icontains(err, "does not support dry run"); }

DryRunState state_of(const kube::Outcome& end, const std::string& err) {
    using kube::Failure;
    if (cannot_rehearse(err)) return DryRunState::not_possible;
    // The same number, 429, is the answer of a budget that lets no pod go.
    if (base::icontains(err, "disruption budget")) return DryRunState::refused;
    switch (end.failure) {
        case Failure::unreachable:
        case Failure::unauthorized:
        case Failure::timeout:
        case Failure::certificate:
        case Failure::no_such_context:
        case Failure::bad_config:
        case Failure::truncated:
        case Failure::throttled:
            return DryRunState::not_possible;
        default:
            return DryRunState::refused;
    }
}

std::string words_for(const kube::Outcome& end, const std::string& err) {
    if (cannot_rehearse(err)) return end.detail + " (so nobody can say beforehand what it would do)";
    if (base::icontains(end.detail, "the request is invalid"))
        return "the object is not any more what the plan was made for: plan again";
    return end.detail;
}

}  // namespace

void Rehearsal::rehearse(plan::Step& step, const json* live) {
    const auto command = plan::command_of(step.request, settings_.target);
    calls_.push_back(command.rehearsal_args());
    std::string answer;
    ProcessOptions options;
    options.budget = settings_.list_budget;
    options.out_cap = answer_cap;
    options.cancel = settings_.cancel;
    const auto result = run_rehearsal(settings_.program, command, settings_.environment, gather(answer), options);
    auto end = outcome(result);
    const auto err = redactor_.text(result.err);
    end.detail = redactor_.text(end.detail);
    if (end.state != kube::ReadState::ok) {
        if (end.failure == kube::Failure::forbidden && !base::icontains(err, "exceeded quota") &&
            !base::icontains(err, "admission") && !base::icontains(err, "violates PodSecurity"))
            step.may = false;
        step.dry_run = {state_of(end, err), words_for(end, err), {}};
        return;
    }
    step.may = true;
    try {
        step.dry_run = {DryRunState::ok, "", diff_of(step, answer, live, redactor_)};
    } catch (const base::Error& error) {
        step.dry_run = {DryRunState::not_possible, error.what(), {}};
    }
    // Warnings of admission and of the API come with success (TAXONOMY 2.7 e).
    for (const auto line : base::split_lines(err))
        if (line.starts_with("Warning: ")) step.risk_reasons.emplace_back(line.substr(9));
}

}  // namespace salve::io
