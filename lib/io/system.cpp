#include "io/system.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/timex.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <vector>

#include "base/error.hpp"
#include "base/text.hpp"
#include "io/file.hpp"
#include "io/unique_fd.hpp"

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
    char tty[256] = "";
    if (::ttyname_r(STDERR_FILENO, tty, sizeof tty) != 0) tty[0] = '\0';
    audit::Actor actor;
    actor.os_user = user_name(::getuid());
    actor.host = host;
    actor.uid = ::getuid();
    actor.euid = ::geteuid();
    actor.sudo_user = variable("SUDO_USER");
    actor.tty = tty;
    return actor;
}

std::string ssh_client() {
    const auto client = variable("SSH_CLIENT");
    return client.substr(0, client.find(' '));
}

audit::Clock clock_facts() {
    audit::Clock clock;
    try {
        clock.boot_id = base::trim(read_file("/proc/sys/kernel/random/boot_id", 256));
    } catch (const base::Error&) {
        // Not on every system; then nothing ties the monotonic times of two runs together.
    }
    timex state{};
    if (const int result = ::adjtimex(&state); result >= 0) clock.synced = result != TIME_ERROR;
    return clock;
}

std::string own_digest() {
    const UniqueFd fd(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
    return fd ? digest_of_file(fd.get()).value_or("") : "";
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
