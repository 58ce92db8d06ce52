#include "advise/endpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "base/error.hpp"
#include "base/text.hpp"

namespace salve::advise {
namespace {

constexpr std::uint16_t usual_port = 11434;
constexpr std::size_t longest_host = 253;  // RFC 1035

[[noreturn]] void refuse(const std::string& reason, const std::string& hint = "") {
    throw base::Error(base::ErrorKind::usage, "the advisor's endpoint " + reason, hint);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return c >= 'a' && c <= 'z'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }
bool is_number(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_digit); }

// Decimal, without leading zeros: "010" is eight for some readers and ten for others.
std::optional<int> number(std::string_view text, int most) {
    if (!is_number(text) || text.size() > 5 || (text.size() > 1 && text.front() == '0')) return {};
    int value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value <= most ? std::optional(value) : std::nullopt;
}

std::vector<std::string_view> labels_of(std::string_view host) {
    std::vector<std::string_view> labels;
    for (std::size_t at = 0; at <= host.size();) {
        const auto end = std::min(host.find('.', at), host.size());
        labels.push_back(host.substr(at, end - at));
        at = end + 1;
    }
    return labels;
}

bool is_label(std::string_view label) {
    return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
           std::all_of(label.begin(), label.end(),
                       [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_'; });
}

// Is it loopback? Refuses what is neither a name nor an address as everybody writes it: "127.1" and "0x7f.0.0.1" are
// addresses for some readers only.
bool check_plain(std::string_view host) {
    const auto labels = labels_of(host);
    if (host.size() > longest_host || !std::all_of(labels.begin(), labels.end(), is_label))
        refuse("has a host that is no name and no address");
    if (!is_number(labels.back()) && !labels.back().starts_with("0x")) return host == "localhost";
    if (labels.size() != 4 || !std::all_of(labels.begin(), labels.end(), [](auto label) { return number(label, 255); }))
        refuse("has an address that is not four decimal numbers");
    return labels.front() == "127";
}

bool check_bracketed(std::string_view host) {
    const auto inside = host.substr(1, host.size() - 2);
    if (inside.find(':') == std::string_view::npos ||
        !std::all_of(inside.begin(), inside.end(), [](char c) { return is_hex(c) || c == ':' || c == '.'; }))
        refuse("has brackets around what is no IPv6 address");
    return inside == "::1";
}

// Takes the scheme off.
bool take_tls(std::string_view& text) {
    for (const std::string_view scheme : {"http://", "https://"})
        if (base::lower_ascii(text.substr(0, scheme.size())) == scheme) {
            text.remove_prefix(scheme.size());
            return scheme == "https://";
        }
    refuse("does not start with http:// or https://", "as in http://127.0.0.1:11434");
}

std::uint16_t port_of(std::string_view text) {
    if (text.empty()) return usual_port;
    const auto port = number(text.substr(1), 65535);
    if (text.front() != ':' || !port || *port == 0) refuse("has a port that is not 1 to 65535");
    return static_cast<std::uint16_t>(*port);
}

}  // namespace

Endpoint parse_endpoint(std::string_view text, bool allow_remote) {
    Endpoint endpoint;
    if (!std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; }))
        refuse("holds a blank or a character that is not ASCII");
    endpoint.tls = take_tls(text);
    if (text.find('@') != std::string_view::npos)
        refuse("holds a user or a password", "a server that asks for one is not supported");
    if (text.ends_with('/')) text.remove_suffix(1);
    if (text.find_first_of("/\\?#") != std::string_view::npos) refuse("has more than a host and a port");
    const bool bracketed = text.starts_with('[');
    const auto end = bracketed ? text.find(']') : std::min(text.find(':'), text.size());
    if (end == std::string_view::npos) refuse("has a bracket that is not closed");
    const auto host = text.substr(0, bracketed ? end + 1 : end);
    endpoint.host = base::lower_ascii(host);
    endpoint.port = port_of(text.substr(host.size()));
    endpoint.loopback = bracketed ? check_bracketed(endpoint.host) : check_plain(endpoint.host);
    if (!endpoint.loopback && !allow_remote)
        refuse(fmt::format("is not on this machine: {}", endpoint.host),
               "127.0.0.1, [::1] or localhost; or advisor.allow_remote, and then what was read leaves the machine");
    return endpoint;
}

std::string to_text(const Endpoint& endpoint) {
    return fmt::format("{}://{}:{}", endpoint.tls ? "https" : "http", endpoint.host, endpoint.port);
}

}  // namespace salve::advise
