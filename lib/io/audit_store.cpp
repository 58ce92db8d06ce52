#include "io/audit_store.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.hpp"
#include "io/file.hpp"

namespace salve::io {
namespace {

using base::Error;
using base::ErrorKind;

void make_folder(const std::string& path) {
    for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
        const auto part = path.substr(0, slash);
        if (!part.empty() && ::mkdir(part.c_str(), 0700) != 0 && errno != EEXIST)
            throw Error(ErrorKind::internal, fmt::format("{}: cannot make the folder: {}", part, std::strerror(errno)));
        if (slash == std::string::npos) return;
    }
}

// "runs/" names what a link "runs" points to, and the check would look through it.
std::string without_slashes(std::string path) {
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    return path;
}

// Records that others could replace would prove nothing (SAFETY 1.4, W0).
void check_folder(const std::string& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0)
        throw Error(ErrorKind::internal, fmt::format("{}: {}", path, std::strerror(errno)));
    if (!S_ISDIR(status.st_mode))
        throw Error(ErrorKind::internal, fmt::format("{}: is not a folder (links are not followed)", path));
    if (status.st_uid != ::geteuid())
        throw Error(ErrorKind::internal, fmt::format("{}: belongs to another user", path));
    if (status.st_mode & S_IWOTH) throw Error(ErrorKind::internal, fmt::format("{}: everybody may write to it", path));
}

// "20261121T080000.000000Z": sorts by time, and two runs of one second do not meet.
std::string file_time(base::Time at) {
    auto text = base::to_rfc3339(at);
    std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
    return text;
}

}  // namespace

std::string publish_record(const std::string& folder_path, base::Time at, const std::string& kind,
                           const std::string& run, const std::string& record) {
    const auto folder = without_slashes(folder_path);
    make_folder(folder);
    check_folder(folder);
    constexpr int attempts = 100;
    for (int number = 1;; ++number) {
        const auto name =
            fmt::format("{}-{}-{}{}.json", file_time(at), kind, run, number == 1 ? "" : fmt::format("-{}", number));
        auto path = fmt::format("{}/{}", folder, name);
        if (::access(path.c_str(), F_OK) == 0 && number < attempts) continue;
        publish_once(folder, name, record);
        return path;
    }
}

}  // namespace salve::io
