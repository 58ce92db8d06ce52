#include "kube/outcome.hpp"

#include <algorithm>
#include <initializer_list>
#include <iterator>

namespace salve::kube {
namespace {

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

bool contains_any(std::string_view text, std::initializer_list<std::string_view> parts) {
    return std::any_of(parts.begin(), parts.end(), [text](auto part) { return contains(text, part); });
}

// ^[IWEF]\d{4} , as klog prefixes its lines.
bool is_klog(std::string_view line) {
    constexpr std::string_view levels = "IWEF";
    if (line.size() < 6 || levels.find(line[0]) == std::string_view::npos || line[5] != ' ') return false;
    return std::all_of(line.begin() + 1, line.begin() + 5, [](char c) { return c >= '0' && c <= '9'; });
}

// Announces the list of what is wrong with the kubeconfig, one "* ..." a line.
constexpr std::string_view config_header = "Error in configuration: ";

bool is_noise(std::string_view line) {
    return line == config_header || line.find_first_not_of(" \t") == std::string_view::npos || is_klog(line) ||
           line.starts_with("Warning: ");
}

constexpr std::string_view openers[] = {"Error from server", "error: ", "Unable to connect to the server",
                                        "The connection to the server ", config_header};

// 'The Deployment "web" is invalid: ' and 'The request is invalid: ': several faults follow, one "* ..." a line.
bool opens_invalid(std::string_view line) {
    return line.starts_with("The request is invalid") || (line.starts_with("The ") && contains(line, "\" is invalid"));
}

bool opens_error(std::string_view line) {
    if (opens_invalid(line)) return true;
    return std::any_of(std::begin(openers), std::end(openers),
                       [line](auto opener) { return line.starts_with(opener); });
}

// "NotFound" of "Error from server (NotFound): ...", of "error: error from server (NotFound): ..." (logs, since 1.30);
// empty without one.
std::string_view server_reason(std::string_view line) {
    constexpr std::string_view start = "rror from server (";
    const auto at = line.find(start);
    if (at > 8) return {};  // npos too
    const auto reason = line.substr(at + start.size());
    const auto end = reason.find("): ");
    return end == std::string_view::npos ? std::string_view{} : reason.substr(0, end);
}

Failure by_reason(std::string_view reason, std::string_view line) {
    if (reason == "Forbidden") return Failure::forbidden;
    if (reason == "Unauthorized") return Failure::unauthorized;
    if (reason == "TooManyRequests") return Failure::throttled;
    if (reason == "Timeout") return Failure::timeout;
    if (reason == "Expired" || reason == "Gone") return Failure::expired;
    if (reason == "NotFound")
        return contains(line, "could not find the requested resource") ? Failure::missing_resource_type
                                                                       : Failure::not_found;
    if (reason == "BadRequest") {
        // A log that does not exist (yet): the kubelet's answers (TAXONOMY 3.3).
        const bool no_log = contains(line, "previous terminated container") || contains(line, "is waiting to start") ||
                            contains(line, "trying and failing to pull image") || contains(line, "can't be pulled");
        return no_log ? Failure::not_found : Failure::bad_request;
    }
    for (const std::string_view refused :
         {"Invalid", "MethodNotAllowed", "NotAcceptable", "UnsupportedMediaType", "RequestEntityTooLarge"})
        if (reason == refused) return Failure::bad_request;
    return Failure::server_error;  // InternalError, ServiceUnavailable, ServerTimeout and what may come
}

bool says_certificate(std::string_view line) {
    return contains_any(line, {"x509: ", "tls: failed to verify", "tls: bad certificate", "tls: expired certificate",
                               "tls: unknown certificate", "tls: certificate required"});
}

// i/o and TLS handshake timeouts count as unreachable (TAXONOMY 1.1): nobody answered at all.
bool says_timeout(std::string_view line) {
    return contains_any(line, {"Client.Timeout", "context deadline exceeded", "timed out waiting"});
}

Failure by_connection(std::string_view line) {
    if (contains(line, "getting credentials: ")) return Failure::unauthorized;
    if (says_certificate(line)) return Failure::certificate;
    return says_timeout(line) ? Failure::timeout : Failure::unreachable;
}

// Lines that kubectl itself words: "error: ...".
Failure by_client_error(std::string_view line) {
    if (contains(line, "You must be logged in to the server")) return Failure::unauthorized;
    // No credentials in the kubeconfig: kubectl asks for a user name on stdout and finds stdin empty.
    if (line == "error: EOF") return Failure::unauthorized;
    if (contains(line, "getting credentials: ")) return Failure::unauthorized;
    if (contains_any(line,
                     {"the server doesn't have a resource type", "Metrics API not available", "no matches for kind",
                      "selfsubjectreviews API is not enabled", "could not find the requested resource"}))
        return Failure::missing_resource_type;
    if ((line.starts_with("error: context \"") && contains(line, "\" does not exist")) ||
        contains_any(line, {"cannot locate context ", "no context exists with the name"}))
        return Failure::no_such_context;
    if (contains_any(line,
                     {"error loading config file", "invalid configuration: ", "unable to read certificate-authority",
                      "unable to read client-", "current-context must exist", "tls: failed to find any PEM"}) ||
        line.starts_with("error: stat ") || line.starts_with("error: open "))
        return Failure::bad_config;
    if (says_timeout(line)) return Failure::timeout;
    if (contains_any(line, {"unexpected EOF", "connection reset by peer", "http2: ", "stream error: "}))
        return Failure::truncated;
    if (contains(line, "error: container ") && contains(line, " is not valid for pod ")) return Failure::not_found;
    if (contains_any(line,
                     {"unknown flag", "unknown command", "unknown shorthand", "a container name must be specified"}))
        return Failure::bad_request;
    return says_certificate(line) ? Failure::certificate : Failure::unknown;
}

// err is all of stderr, for the one case where the header of a list has the meaning.
Failure failure_of(std::string_view line, std::string_view err) {
    if (contains(line, "context was not found for specified context")) return Failure::no_such_context;
    if (line.starts_with("* ") && contains(err, config_header)) return Failure::bad_config;
    if (line.starts_with(config_header)) return Failure::bad_config;
    if (const auto reason = server_reason(line); !reason.empty()) return by_reason(reason, line);
    if (line.starts_with("Error from server: ")) return Failure::server_error;
    if (line.starts_with("The connection to the server ")) return Failure::unreachable;
    if (line.starts_with("Unable to connect to the server")) return by_connection(line);
    return line.starts_with("error: ") ? by_client_error(line) : Failure::unknown;
}

// Cut between UTF-8 characters.
std::string bounded(std::string_view line) {
    constexpr std::size_t limit = 1000;
    if (line.size() <= limit) return std::string(line);
    std::size_t end = limit;
    while (end > limit - 4 && (static_cast<unsigned char>(line[end]) & 0xc0) == 0x80) --end;
    return std::string(line.substr(0, end));
}

Outcome failed(Failure failure, std::string_view line, std::string_view otherwise) {
    return {state_of(failure), failure, line.empty() ? std::string(otherwise) : bounded(line)};
}

}  // namespace

ReadState state_of(Failure failure) {
    switch (failure) {
        case Failure::none:
            return ReadState::ok;
        case Failure::forbidden:
            return ReadState::forbidden;
        case Failure::timeout:
            return ReadState::timeout;
        case Failure::truncated:
            return ReadState::truncated;
        case Failure::not_found:
        case Failure::missing_resource_type:
            return ReadState::absent;
        default:
            return ReadState::error;
    }
}

std::string_view decisive_line(std::string_view err) {
    std::string_view opener;
    std::string_view other;
    while (!err.empty()) {
        const auto end = std::min(err.find('\n'), err.size());
        std::string_view line = err.substr(0, end);
        err.remove_prefix(std::min(end + 1, err.size()));
        while (line.ends_with('\r')) line.remove_suffix(1);
        if (is_noise(line)) continue;
        other = line;
        if (opens_error(line)) opener = line;
    }
    return opener.empty() ? other : opener;
}

Outcome classify(const ReadEnd& end, std::string_view err) {
    using How = ReadEnd::How;
    const std::string_view line = decisive_line(err);
    if (end.how == How::timed_out)
        return failed(Failure::timeout, line, "kubectl did not finish within its time budget");
    if (end.truncated) return failed(Failure::truncated, "", "kubectl printed more than its byte limit");
    if (end.how == How::stopped) return failed(Failure::truncated, "", "the read was stopped");
    if (end.how == How::signalled)
        return failed(Failure::unknown, line, "kubectl was ended by signal " + std::to_string(end.code));
    if (end.code == 0) return {};
    return failed(failure_of(line, err), line, "kubectl exited with " + std::to_string(end.code) + " and said nothing");
}

}  // namespace salve::kube
