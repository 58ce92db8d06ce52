// One HTTP request to its end, on a connection of its own: http or https, no redirect is followed, no proxy, cookie,
// netrc or environment variable counts. Safe to call from several threads at once; when it returns or throws, the
// connection is closed.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/time.hpp"
#include "io/cancel.hpp"
#include "io/transport.hpp"

namespace salve::io {

struct HttpRequest {
    std::string url;
    std::optional<std::string> json;  // the body of a POST; nothing: a GET
    std::string unix_socket;          // the file to connect to, whatever host the URL has; empty: TCP
    bool loopback_only = false;       // whatever the host's name resolves to, nothing leaves this machine

    base::Duration connect = base::seconds(5);  // wall time of the connection, the name included
    base::Duration budget = base::seconds(60);  // wall time of all of it
    std::uint64_t body_cap = 2 << 20;           // bytes; the sink gets that many, then the connection is closed
    std::size_t header_cap = 64 << 10;          // bytes of all headers together; the same
    const Cancel* cancel = nullptr;             // must outlive the call
    // Called about once a second while the answer is waited for, with the time since the beginning.
    std::function<void(base::Duration)> waiting;
};

struct HttpResult {
    enum class End {
        answered,  // whole, with whatever status
        no_such_host,
        unreachable,  // no connection, or no TLS on it
        not_here,     // loopback_only, and it is elsewhere
        timed_out,
        too_large,  // body or headers
        broken,     // the connection ended early, what came is no HTTP, or the URL is none
        stopped,    // by the sink
        cancelled,
    };
    End end = End::broken;
    long status = 0;     // 0 until it is known
    std::string reason;  // in words, where it was not answered; not escaped
    base::Duration took;
};

// The body goes to the sink as it arrives, that of an error too; the sink may throw. What it was given may be used only
// if the end is `answered`. Error(internal) if no client can be made: the system has no memory or descriptor left.
HttpResult send_http(const HttpRequest& request, const ByteSink& sink);

}  // namespace salve::io
