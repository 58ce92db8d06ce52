// How a kubectl read ended, in words that a report can use. kubectl exits with 1 for nearly everything, so the decision
// rests on one line of stderr (TAXONOMY 1.1, 2.7). The wordings were read from kubectl 1.27, 1.30 and 1.33 against
// a 1.32.2 server and against stubs; the unit test holds them.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/names.hpp"
#include "kube/read_state.hpp"

namespace salve::kube {

enum class Failure : std::uint8_t {
    none,
    unreachable,            // no connection, no such host, not TLS, dropped before an answer
    unauthorized,           // refused credentials, none at all, or a credential plugin that failed
    forbidden,              // RBAC says no
    not_found,              // the object, its namespace, its container or its earlier log does not exist
    throttled,              // 429 after kubectl's own retries
    timeout,                // the request's or our own limit
    certificate,            // expired, unknown authority, wrong name
    no_such_context,        //
    bad_config,             // kubeconfig missing, unreadable or not usable
    missing_resource_type,  // this server does not have the kind in this version: try the next one (TAXONOMY 3.4)
    bad_request,            // the server or kubectl rejects what was asked
    expired,                // 410, the continue token is too old: restart the list once
    truncated,              // cut: by the connection, by a byte cap, or by the reader
    server_error,           // 5xx, or the server's own trouble with a kubelet or an aggregated API
    unknown,
};

constexpr base::Names<Failure, 16> failure_names{{
    {Failure::none, "none"},
    {Failure::unreachable, "unreachable"},
    {Failure::unauthorized, "unauthorized"},
    {Failure::forbidden, "forbidden"},
    {Failure::not_found, "not_found"},
    {Failure::throttled, "throttled"},
    {Failure::timeout, "timeout"},
    {Failure::certificate, "certificate"},
    {Failure::no_such_context, "no_such_context"},
    {Failure::bad_config, "bad_config"},
    {Failure::missing_resource_type, "missing_resource_type"},
    {Failure::bad_request, "bad_request"},
    {Failure::expired, "expired"},
    {Failure::truncated, "truncated"},
    {Failure::server_error, "server_error"},
    {Failure::unknown, "unknown"},
}};

// How the process ended; the edge fills it from its ProcessResult.
struct ReadEnd {
    enum class How : std::uint8_t { exited, signalled, timed_out, stopped } how = How::exited;
    int code = 0;            // exit code, or number of the signal
    bool truncated = false;  // stdout or stderr went over its cap
};

struct Outcome {
    ReadState state = ReadState::ok;
    Failure failure = Failure::none;
    // The decisive line of stderr, or our own words where the process left none; empty for ok. At most 1000 bytes, not
    // escaped, not redacted: it may quote what the server or a credential plugin sent.
    std::string detail;
    std::optional<RawAnswer> answer = std::nullopt;  // filled by a transport that runs kubectl
};

// Total: any bytes give an outcome. Whatever is not ok forbids the use of stdout: kubectl prints an empty List beside
// "Forbidden" (TAXONOMY 2.7 a).
Outcome classify(const ReadEnd& end, std::string_view err);

// The coarse word for a failure. absent covers objects as well as kinds: not_found and missing_resource_type.
ReadState state_of(Failure failure);

// The last line of stderr that opens an error of kubectl ("Error from server", "error:", "Unable to connect", "The
// connection to the server", 'The KIND "NAME" is invalid'). Failing that, the last line that is not blank, not klog
// noise (^[IWEF]\d{4} ) and not a "Warning: ". A credential plugin's usage text or "See 'kubectl get --help'" may
// follow the line that counts, so "the last line" alone is not enough. Without '\r' and '\n'; empty if there is none.
std::string_view decisive_line(std::string_view err);

}  // namespace salve::kube
