#include "io/companion.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

#include "io/child.hpp"

namespace salve::io {
namespace {

using Clock = std::chrono::steady_clock;

// A pipe that kills: when its writing end is lost, the group that is then set gets SIGKILL.
Pipe make_lifeline(const Program& program) {
    Pipe pipe = make_pipe(program);
    if (::fcntl(pipe.read.get(), F_SETSIG, SIGKILL) != 0 || ::fcntl(pipe.read.get(), F_SETFL, O_ASYNC) != 0)
        cannot_start(program, errno);
    return pipe;
}

class Beside : public Companion {
public:
    Beside(const Program& program, const std::vector<std::string>& args, const std::vector<std::string>& environment) {
        Pipe life = make_lifeline(program);
        Pipe out = make_pipe(program);
        child_.emplace(program, args, environment, Streams{life.read.get(), out.write.get(), -1});
        if (::fcntl(life.read.get(), F_SETOWN, -child_->group()) != 0) cannot_start(program, errno);
        life_ = std::move(life.write);
        out_ = std::move(out.read);
    }

    std::optional<std::string> first_line(base::Duration budget, const Cancel* cancel) override {
        const Clock::time_point limit = Clock::now() + span(budget);
        std::string text;
        while (text.size() < max_line && out_ && ready(limit, cancel)) {
            char buffer[512];
            const auto size = ::read(out_.get(), buffer, sizeof buffer);
            if (size < 0 && (errno == EAGAIN || errno == EINTR)) continue;
            if (size <= 0) break;
            text.append(buffer, static_cast<std::size_t>(size));
            if (const auto end = text.find('\n'); end != std::string::npos) return text.substr(0, end);
        }
        return std::nullopt;
    }

    bool running() const override { return !child_->ended(); }

private:
    static constexpr std::size_t max_line = 4096;

    // Whether something can be read before the limit.
    bool ready(Clock::time_point limit, const Cancel* cancel) const {
        while (true) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(limit - Clock::now()).count();
            if (left <= 0) return false;
            std::array<pollfd, 2> entries{{{out_.get(), POLLIN, 0}, {cancel ? cancel->fd() : -1, POLLIN, 0}}};
            const int count =
                ::poll(entries.data(), entries.size(), static_cast<int>(std::min<std::int64_t>(left, 60'000)));
            if (count < 0 && errno != EINTR) return false;
            if (entries[1].revents != 0) return false;
            if (entries[0].revents != 0) return true;
        }
    }

    std::optional<Child> child_;
    UniqueFd life_, out_;  // closed before the child is reaped: it must not be able to wait for us
};

}  // namespace

std::unique_ptr<Companion> start_process(const Program& program, const std::vector<std::string>& args,
                                         const std::vector<std::string>& environment) {
    check_absolute(program);
    return std::make_unique<Beside>(program, args, environment);
}

}  // namespace salve::io
