#include "apply/effect.hpp"

#include <fmt/format.h>

#include "plan/patch.hpp"

namespace salve::apply {
namespace {

using plan::text_at;

using kube::Failure;
using kube::WriteVerb;

Verdict lost(std::string reason) { return {Effect::unknown, std::move(reason), false}; }

Verdict accepted(const plan::Step& step, const json* body) {
    if (!body || !body->is_object()) return lost("kubectl says that it is done, and printed no answer of the server");
    const auto& request = step.request;
    if (kube::removes(request.verb)) {
        // A Status, or the pod as it was: which one depends on the server.
        const bool is_pod = text_at(*body, "/kind") == "Pod" && text_at(*body, "/metadata/name") == request.name &&
                            text_at(*body, "/metadata/uid") == request.uid;
        if (is_pod || text_at(*body, "/status") == "Success") return {Effect::applied, "the server accepted it", false};
        return lost("kubectl says that it is done, and the server's answer does not");
    }
    if (text_at(*body, "/metadata/name") != request.name || text_at(*body, "/metadata/namespace") != request.ns)
        return lost("the answer is about another object than the change");
    if (request.verb == WriteVerb::create_job) return {Effect::applied, "the server made the Job", false};
    const auto mark = text_at(*body, plan::pointer("/metadata/annotations", plan::marker));
    if (text_at(*body, "/metadata/uid") != step.preconditions.uid || mark != marker_of(step))
        return lost("the answer does not bear the mark of this step");
    return {Effect::applied, "the server answered with the changed object", false};
}

// Only the decisive line counts: other lines of stderr may quote anybody. The server answers a failed test, another
// uid, and a name that is not there in these words.
bool is_stale(const kube::Outcome& outcome) {
    const auto& line = outcome.detail;
    return line.starts_with("The request is invalid") || line.starts_with("Error from server (Conflict): ") ||
           outcome.failure == Failure::not_found;
}

// `create job` tells the server's words without their reason.
bool is_refused_job(std::string_view line) {
    constexpr std::string_view start = "error: failed to create job: ";
    if (!line.starts_with(start)) return false;
    line.remove_prefix(start.size());
    if (line.starts_with("admission webhook \"") && line.find("\" denied the request") != line.npos) return true;
    if (line.starts_with("Internal error occurred: failed calling webhook")) return true;
    if (line.starts_with("Job.batch \"") && line.find("\" is invalid: ") != line.npos) return true;
    return line.starts_with("jobs.batch ") &&
           (line.ends_with("\" already exists") || line.find(" is forbidden: ") != line.npos);
}

// The server said no, or nothing was sent at all.
bool is_refusal(const kube::Outcome& outcome) {
    const auto& line = outcome.detail;
    if (line.starts_with("Error from server (AlreadyExists): ")) return true;
    if (line.starts_with("The ") && line.find("\" is invalid") != std::string::npos) return true;
    if (is_refused_job(line)) return true;
    // Admission could not be asked, and was to decide: nothing is stored (failurePolicy Fail).
    if (line.starts_with("Error from server (InternalError): Internal error occurred: failed calling webhook"))
        return true;
    switch (outcome.failure) {
        case Failure::unauthorized:
        case Failure::forbidden:
        case Failure::throttled:
        case Failure::certificate:
        case Failure::no_such_context:
        case Failure::bad_config:
        case Failure::missing_resource_type:
        case Failure::bad_request:
            return true;
        default:
            return false;
    }
}

}  // namespace

std::string marker_of(const plan::Step& step) {
    if (step.request.verb != WriteVerb::patch) return "";
    std::string mark;
    const auto path = plan::pointer("/metadata/annotations", plan::marker);
    for (const auto& one : step.request.patch) {
        if (one["op"] == "test") continue;
        if (one["path"] == path && one["value"].is_string())
            mark = one["value"].get<std::string>();
        else if (one["path"] == "/metadata/annotations")
            mark = text_at(one["value"], plan::pointer("", plan::marker));
    }
    return mark;
}

Verdict effect_of(const plan::Step& step, const Answer& answer) {
    using How = kube::ReadEnd::How;
    const auto& detail = answer.outcome.detail;
    switch (answer.end.how) {
        case How::timed_out:
            return lost("kubectl did not answer in time");
        case How::signalled:
            return lost(fmt::format("kubectl was ended by signal {}", answer.end.code));
        case How::stopped:
            return lost("kubectl was stopped before it answered");
        case How::exited:
            break;
    }
    if (answer.end.code == 0) return accepted(step, answer.body);
    if (is_stale(answer.outcome))
        return {Effect::not_applied, "the object is not any more what the plan was made for: " + detail, true};
    if (is_refusal(answer.outcome)) return {Effect::not_applied, detail, false};
    return lost(detail.empty() ? fmt::format("kubectl ended with {}", answer.end.code) : detail);
}

}  // namespace salve::apply
