#include "kube/near_server.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

#include "base/text.hpp"

namespace salve::kube {
namespace {

// "https://[::1]:6443/x" -> "::1", in lower case.
std::string host_of(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme == std::string_view::npos) return "";
    url.remove_prefix(scheme + 3);
    url = url.substr(0, url.find_first_of("/?#"));
    if (const auto user = url.rfind('@'); user != std::string_view::npos) url.remove_prefix(user + 1);
    if (url.starts_with('['))
        url = url.substr(1, std::min(url.find(']'), url.size()) - 1);
    else
        url = url.substr(0, url.find(':'));
    return base::lower_ascii(url);
}

std::optional<std::array<unsigned, 4>> ipv4(std::string_view host) {
    std::array<unsigned, 4> parts{};
    const char* at = host.data();
    const char* const end = at + host.size();
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i > 0 && (at == end || *at++ != '.')) return std::nullopt;
        const auto [next, error] = std::from_chars(at, end, parts[i]);
        if (error != std::errc() || parts[i] > 255) return std::nullopt;
        at = next;
    }
    if (at != end) return std::nullopt;
    return parts;
}

bool is_private(const std::array<unsigned, 4>& ip) {
    return ip[0] == 127 || ip[0] == 10 || (ip[0] == 172 && ip[1] >= 16 && ip[1] <= 31) ||
           (ip[0] == 192 && ip[1] == 168) || (ip[0] == 169 && ip[1] == 254);
}

bool is_private_ipv6(std::string_view host) {
    return host == "::1" || host.starts_with("fc") || host.starts_with("fd") || host.starts_with("fe80:");
}

bool is_name(std::string_view host) {
    return host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") == std::string_view::npos;
}

}  // namespace

bool is_near(std::string_view url) {
    const auto host = host_of(url);
    if (host.empty()) return false;
    if (host.find(':') != std::string::npos) return is_private_ipv6(host);
    if (const auto ip = ipv4(host)) return is_private(*ip);
    if (!is_name(host)) return false;
    return host.find('.') == std::string::npos || host.ends_with(".local") || host.ends_with(".internal");
}

}  // namespace salve::kube
