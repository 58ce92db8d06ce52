#include "io/cancel.hpp"

#include <poll.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <cstdint>

#include "base/error.hpp"

namespace salve::io {

Cancel::Cancel() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!fd_) throw base::Error(base::ErrorKind::internal, "no file descriptor left");
}

void Cancel::request() const noexcept {
    const int before = errno;
    const std::uint64_t one = 1;
    // The only failure is a full counter, and then it is readable already.
    [[maybe_unused]] const auto written = ::write(fd_.get(), &one, sizeof one);
    errno = before;
}

bool Cancel::requested() const {
    pollfd entry{fd_.get(), POLLIN, 0};
    return ::poll(&entry, 1, 0) > 0;
}

}  // namespace salve::io
