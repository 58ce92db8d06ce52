#include "io/system.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <vector>

#include "base/error.hpp"

namespace salve::io {
namespace {

std::int64_t read_clock(clockid_t id) {
    timespec now{};
    ::clock_gettime(id, &now);
    return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
}

std::string user_name(uid_t uid) {
    passwd entry{};
    passwd* found = nullptr;
    std::vector<char> buffer(16384);
    if (::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) != 0 || !found) return "";
    return found->pw_name;
}

}  // namespace

base::Time wall_clock() { return {read_clock(CLOCK_REALTIME)}; }
std::int64_t monotonic_us() { return read_clock(CLOCK_MONOTONIC); }

audit::Actor actor() {
    char host[256] = "";
    ::gethostname(host, sizeof host - 1);
    return {user_name(::getuid()), host, ::getuid(), ::geteuid()};
}

std::string random_hex(std::size_t digits) {
    std::string bytes((digits + 1) / 2, '\0');
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
        throw base::Error(base::ErrorKind::internal, "the system has no randomness");
    std::string text;
    for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    return text.substr(0, digits);
}

std::map<std::string, std::string> environment() {
    std::map<std::string, std::string> result;
    for (char** entry = environ; entry && *entry; ++entry) {
        const std::string_view pair = *entry;
        const auto equals = pair.find('=');
        if (equals != std::string_view::npos) result.emplace(pair.substr(0, equals), pair.substr(equals + 1));
    }
    return result;
}

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

bool is_terminal(int fd) { return ::isatty(fd) == 1; }

int columns(int fd) {
    winsize size{};
    return ::ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

}  // namespace salve::io
