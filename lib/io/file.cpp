#include "io/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "io/unique_fd.hpp"

namespace salve::io {
namespace {

using base::Error;
using base::ErrorKind;

// 0 or errno.
int write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto count = ::write(fd, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return errno;
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return 0;
}

[[noreturn]] void cannot_read(const std::string& path, const std::string& reason) {
    throw Error(ErrorKind::usage, fmt::format("cannot read \"{}\": {}", path, reason));
}

std::string folder_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

std::string read_file(const std::string& path, std::size_t max_bytes) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (fd.get() < 0) cannot_read(path, std::strerror(errno));
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) cannot_read(path, std::strerror(errno));
    if (!S_ISREG(status.st_mode)) cannot_read(path, "not a regular file");
    std::string bytes;
    bytes.reserve(static_cast<std::size_t>(status.st_size) + 1);
    char buffer[65536];
    for (;;) {
        const auto count = ::read(fd.get(), buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) cannot_read(path, std::strerror(errno));
        if (count == 0) return bytes;
        if (bytes.size() + static_cast<std::size_t>(count) > max_bytes)
            cannot_read(path, fmt::format("larger than {} bytes", max_bytes));
        bytes.append(buffer, static_cast<std::size_t>(count));
    }
}

std::optional<std::string> digest_of_file(int fd) {
    base::Sha256 digest;
    std::string piece(std::size_t{1} << 16, '\0');
    for (;;) {
        const auto count = ::read(fd, piece.data(), piece.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return std::nullopt;
        if (count == 0) return digest.hex();
        digest.add(std::string_view(piece).substr(0, static_cast<std::size_t>(count)));
    }
}

AtomicFile::AtomicFile(std::string path) : path_(std::move(path)), temporary_(path_ + ".XXXXXX") {
    fd_ = ::mkostemp(temporary_.data(), O_CLOEXEC);
    if (fd_ < 0) fail("create");
}

AtomicFile::~AtomicFile() {
    if (fd_ < 0) return;
    ::close(fd_);
    ::unlink(temporary_.c_str());
}

void AtomicFile::fail(const char* what) const {
    throw Error(ErrorKind::usage, fmt::format("cannot {} \"{}\": {}", what, path_, std::strerror(errno)));
}

void AtomicFile::write(std::string_view bytes) {
    if (const int error = write_all(fd_, bytes)) {
        errno = error;
        fail("write");
    }
}

void AtomicFile::publish() {
    if (::fsync(fd_) != 0) fail("flush");
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail("name");
    const int fd = fd_;
    fd_ = -1;
    if (::close(fd) != 0) fail("close");
    const UniqueFd folder(::open(folder_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.get() >= 0) ::fsync(folder.get());
}

}  // namespace salve::io
