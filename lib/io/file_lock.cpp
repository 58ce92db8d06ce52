#include "io/file_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <time.h>

#include <cerrno>
#include <cstring>

#include "base/error.hpp"

namespace salve::io {

using base::Error;
using base::ErrorKind;

UniqueFd take_lock(const Folder& folder, const std::string& name, int patience_ms) {
    constexpr int pause_ms = 20;
    const auto path = folder.path + "/" + name;
    UniqueFd fd(::openat(folder.fd.get(), name.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd) throw Error(ErrorKind::audit_unwritable, fmt::format("{}: {}", path, std::strerror(errno)));
    for (int waited_ms = 0;; waited_ms += pause_ms) {
        if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return fd;
        if (errno != EWOULDBLOCK && errno != EINTR)
            throw Error(ErrorKind::audit_unwritable, fmt::format("{}: cannot lock: {}", path, std::strerror(errno)),
                        "the file system of the runs folder must know file locks");
        if (waited_ms >= patience_ms) return {};
        const timespec pause{0, pause_ms * 1'000'000L};
        ::nanosleep(&pause, nullptr);
    }
}

}  // namespace salve::io
