// Where a model may be asked.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace salve::advise {

struct Endpoint {
    bool tls = false;
    std::string host;  // lower case; an IPv6 address in its brackets
    std::uint16_t port = 0;
    bool loopback = false;
    bool operator==(const Endpoint&) const = default;
};

// "http://127.0.0.1:11434": http or https, a host, a port (11434 if it is left out), and at most a slash after it. No
// user, path, query or fragment. Unless remote ones are allowed, the host is one that cannot leave this machine: the
// word localhost, an address 127.x.x.x in four decimal numbers, or [::1].
// Error(usage) says what is wrong; never with the text itself, which may hold a password.
Endpoint parse_endpoint(std::string_view text, bool allow_remote);

// With the port, without a slash after it.
std::string to_text(const Endpoint& endpoint);

}  // namespace salve::advise
