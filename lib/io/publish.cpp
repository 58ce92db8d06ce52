#include "io/publish.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/error.hpp"

namespace salve::io {
namespace {

[[noreturn]] void fail(const std::string& name, const char* what) {
    const int error = errno;
    throw base::Error(base::ErrorKind::audit_unwritable,
                      fmt::format("{}: cannot {}: {}", name, what, std::strerror(error)));
}

void flush(int fd, const std::string& name) {
    if (::fsync(fd) != 0) fail(name, "flush to the disk");
}

// A file without a name yet, or, where the file system has no such thing, with one that nobody looks for.
struct Unnamed {
    UniqueFd fd;
    std::string temporary;  // empty: it has no name
};

Unnamed make(const Folder& folder, const std::string& name) {
    Unnamed made;
    made.fd.reset(::openat(folder.fd.get(), ".", O_TMPFILE | O_RDWR | O_APPEND | O_CLOEXEC, 0600));
    if (made.fd) return made;
    if (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT && errno != EINVAL)
        fail(folder.path, "create a file");
    made.temporary = fmt::format(".{}.{}.tmp", name, ::getpid());
    constexpr int flags = O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    made.fd.reset(::openat(folder.fd.get(), made.temporary.c_str(), flags, 0600));
    if (!made.fd) fail(folder.path, "create a file");
    return made;
}

void give_name(const Folder& folder, const Unnamed& file, const std::string& name) {
    int result = -1;
    if (file.temporary.empty()) {
        const auto self = fmt::format("/proc/self/fd/{}", file.fd.get());
        result = ::linkat(AT_FDCWD, self.c_str(), folder.fd.get(), name.c_str(), AT_SYMLINK_FOLLOW);
    } else {
        result = ::linkat(folder.fd.get(), file.temporary.c_str(), folder.fd.get(), name.c_str(), 0);
    }
    if (result != 0) fail(folder.path + "/" + name, "give the file its name");
}

// The temporary name goes, whatever happened.
class Cleanup {
public:
    Cleanup(const Folder& folder, const std::string& temporary) : folder_(folder), temporary_(temporary) {}
    ~Cleanup() {
        if (!temporary_.empty()) ::unlinkat(folder_.fd.get(), temporary_.c_str(), 0);
    }
    Cleanup(const Cleanup&) = delete;
    Cleanup& operator=(const Cleanup&) = delete;

private:
    const Folder& folder_;
    const std::string& temporary_;
};

}  // namespace

void write_all(int fd, std::string_view bytes, const std::string& name) {
    while (!bytes.empty()) {
        const auto count = ::write(fd, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) fail(name, "write");
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
}

UniqueFd publish_open(const Folder& folder, const std::string& name, std::string_view bytes, unsigned mode,
                      void (*prepare)(int, const std::string&)) {
    const auto path = folder.path + "/" + name;
    auto file = make(folder, name);
    const Cleanup cleanup(folder, file.temporary);
    if (prepare) prepare(file.fd.get(), path);
    write_all(file.fd.get(), bytes, path);
    if (::fchmod(file.fd.get(), mode) != 0) fail(path, "set the mode");
    flush(file.fd.get(), path);
    give_name(folder, file, name);
    if (::fsync(folder.fd.get()) != 0) {
        const int error = errno;
        ::unlinkat(folder.fd.get(), name.c_str(), 0);
        errno = error;
        fail(folder.path, "flush to the disk");
    }
    return std::move(file.fd);
}

void publish_file(const Folder& folder, const std::string& name, std::string_view bytes, unsigned mode) {
    publish_open(folder, name, bytes, mode, nullptr);  // all is on the disk: its close has nothing left to tell
}

void replace_file(const Folder& folder, const std::string& name, std::string_view bytes, unsigned mode) {
    const auto path = folder.path + "/" + name;
    const auto temporary = fmt::format(".{}.tmp", name);
    ::unlinkat(folder.fd.get(), temporary.c_str(), 0);  // of a run that died
    constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    const UniqueFd fd(::openat(folder.fd.get(), temporary.c_str(), flags, mode));
    if (!fd) fail(path, "create a file");
    Cleanup cleanup(folder, temporary);
    write_all(fd.get(), bytes, path);
    flush(fd.get(), path);
    if (::renameat(folder.fd.get(), temporary.c_str(), folder.fd.get(), name.c_str()) != 0) fail(path, "name the file");
    flush(folder.fd.get(), folder.path);
}

void remove_file(const Folder& folder, const std::string& name) {
    if (::unlinkat(folder.fd.get(), name.c_str(), 0) != 0 && errno != ENOENT)
        fail(folder.path + "/" + name, "remove the file");
    flush(folder.fd.get(), folder.path);
}

}  // namespace salve::io
