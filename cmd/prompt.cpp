#include "cmd/prompt.hpp"

#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/text.hpp"
#include "io/system.hpp"

namespace salve::cmd {
namespace {

constexpr std::size_t longest = 4096;

std::string trimmed(std::string_view line) {
    const auto first = line.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return "";
    return std::string(line.substr(first, line.find_last_not_of(" \t\r\n") - first + 1));
}

}  // namespace

bool Prompt::possible() { return io::is_terminal(STDIN_FILENO) && io::is_terminal(STDERR_FILENO); }

std::string Prompt::ask(std::string_view question) {
    ::tcflush(STDIN_FILENO, TCIFLUSH);
    const auto shown = base::visible(question);
    std::fwrite(shown.data(), 1, shown.size(), stderr);
    std::fflush(stderr);
    std::string line;
    while (line.size() < longest && line.find('\n') == std::string::npos) {
        pollfd ready[] = {{cancel_.fd(), POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
        ::poll(ready, 2, -1);
        if (ready[0].revents != 0) throw io::Interrupted();
        char piece[256];
        const auto count = ::read(STDIN_FILENO, piece, sizeof piece);
        if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (count <= 0) throw io::Interrupted();
        line.append(piece, static_cast<std::size_t>(count));
    }
    return trimmed(line);
}

}  // namespace salve::cmd
