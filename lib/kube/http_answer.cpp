#include "kube/http_answer.hpp"

#include <nlohmann/json.hpp>

#include "base/utf8.hpp"
#include "kube/proto/unknown.hpp"
#include "kube/proto/wire.hpp"

namespace salve::kube {
namespace {

struct Status {
    std::string reason, message;
};

std::optional<std::string> text_at(const nlohmann::json& object, const char* key) {
    const auto at = object.find(key);
    if (at == object.end()) return "";
    if (!at->is_string()) return std::nullopt;
    return at->get<std::string>();
}

// As a protocol buffer: a metav1.Status {2: status, 3: message, 4: reason} in a runtime.Unknown.
std::optional<Status> status_in_proto(std::string_view body) try {
    constexpr std::uint32_t outcome = 2, message = 3, reason = 4;
    const auto [type, object] = proto::unknown_of(body);
    if (type != proto::TypeNames{"v1", "Status"} || proto::bytes_at(object, outcome) != "Failure") return std::nullopt;
    Status status{base::sanitize_utf8(proto::bytes_at(object, reason)),
                  base::sanitize_utf8(proto::bytes_at(object, message))};
    if (status.message.empty()) return std::nullopt;
    return status;
} catch (const proto::Malformed&) {
    return std::nullopt;
}

// The server's refusal; nothing if the body is anything else.
std::optional<Status> status_of(const HttpAnswer& answer) {
    if (answer.content_type.starts_with("application/vnd.kubernetes.protobuf")) return status_in_proto(answer.body);
    if (!answer.content_type.starts_with("application/json")) return std::nullopt;
    const auto body = nlohmann::json::parse(answer.body, nullptr, false);
    if (!body.is_object() || text_at(body, "kind") != "Status" || text_at(body, "apiVersion") != "v1" ||
        text_at(body, "status") != "Failure")
        return std::nullopt;
    const auto reason = text_at(body, "reason"), message = text_at(body, "message");
    if (!reason || !message || message->empty()) return std::nullopt;
    return Status{*reason, *message};
}

// kubectl words these by itself, or tries again.
bool is_kubectls_own(const HttpAnswer& answer, const Status& status) {
    return answer.status == 401 || answer.status == 422 || answer.status == 429 || status.reason == "Unauthorized" ||
           status.reason == "Invalid" || status.reason == "TooManyRequests";
}

// As cmdutil.StandardErrorMessage of kubectl.
std::string words_of(const Status& status) {
    return status.reason.empty() ? "Error from server: " + status.message
                                 : "Error from server (" + status.reason + "): " + status.message;
}

// A path of a group or version that the server does not have is answered by no API, and kubectl words it.
bool is_unknown_path(const HttpAnswer& answer) {
    return answer.status == 404 && answer.content_type.starts_with("text/plain") &&
           answer.body.starts_with("404 page not found");
}

// Of the log itself, not of the pod or of our right to it.
bool is_about_log(const Outcome& outcome, const HttpAnswer& answer) {
    return (answer.status == 400 && outcome.failure == Failure::not_found) ||
           (answer.status == 500 && outcome.failure == Failure::server_error);
}

}  // namespace

std::optional<Outcome> outcome_of_answer(const HttpAnswer& answer, bool log) {
    constexpr ReadEnd exit_1{ReadEnd::How::exited, 1, false};
    if (answer.status >= 200 && answer.status < 300) return std::nullopt;
    if (!log && is_unknown_path(answer))
        return classify(exit_1, "Error from server (NotFound): the server could not find the requested resource");
    const auto status = status_of(answer);
    if (!status || is_kubectls_own(answer, *status)) return std::nullopt;
    auto outcome = classify(exit_1, words_of(*status));
    if (log && !is_about_log(outcome, answer)) return std::nullopt;
    return outcome;
}

}  // namespace salve::kube
