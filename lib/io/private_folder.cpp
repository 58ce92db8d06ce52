#include "io/private_folder.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>

#include "base/error.hpp"
#include "io/system.hpp"

namespace salve::io {
namespace {

constexpr const char* name_start = "salve-proxy.";
// A folder that is being made has no lock yet.
constexpr std::time_t young_s = 60;

// Longer ones leave no room for our part of the path.
constexpr std::size_t max_place = sizeof(sockaddr_un::sun_path) - sizeof "/salve-proxy.XXXXXX/s/api";

// Whether only root and we can remove or rename what we make in it.
bool is_safe(const std::string& place) {
    struct stat status {};
    if (place.size() > max_place || ::stat(place.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return false;
    if (status.st_uid != 0 && status.st_uid != ::geteuid()) return false;
    return (status.st_mode & (S_IWGRP | S_IWOTH)) == 0 || (status.st_mode & S_ISVTX) != 0;
}

void remove_parts(const std::string& folder) {
    ::unlink((folder + "/s/api").c_str());
    ::rmdir((folder + "/s").c_str());
    ::unlink((folder + "/lock").c_str());
    ::rmdir(folder.c_str());
}

UniqueFd lock_of(const std::string& folder, int flags) {
    UniqueFd fd(::open((folder + "/lock").c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600));
    if (fd && ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) fd.reset();
    return fd;
}

bool is_left_over(const std::string& folder) {
    struct stat status {};
    if (::lstat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode) || status.st_uid != ::geteuid()) return false;
    if (std::time(nullptr) - status.st_mtime < young_s) return false;
    return static_cast<bool>(lock_of(folder, 0)) || errno == ENOENT;
}

void sweep(const std::string& place) {
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(place.c_str()), ::closedir);
    if (!folder) return;
    while (const dirent* entry = ::readdir(folder.get())) {
        if (std::strncmp(entry->d_name, name_start, std::strlen(name_start)) != 0) continue;
        const auto path = place + "/" + entry->d_name;
        if (is_left_over(path)) remove_parts(path);
    }
}

}  // namespace

std::vector<std::string> private_places() {
    std::vector<std::string> places;
    for (const char* name : {"XDG_RUNTIME_DIR", "TMPDIR"})
        if (auto place = variable(name); place.starts_with('/')) places.push_back(std::move(place));
    places.emplace_back("/tmp");
    return places;
}

PrivateFolder::PrivateFolder(const std::vector<std::string>& places) {
    for (const auto& place : places) {
        if (!is_safe(place)) continue;
        sweep(place);
        auto path = place + "/" + name_start + "XXXXXX";
        if (::mkdtemp(path.data()) == nullptr) continue;
        lock_ = lock_of(path, O_CREAT | O_EXCL);
        if (lock_) {
            path_ = path;
            return;
        }
        remove_parts(path);
    }
    throw base::Error(base::ErrorKind::kubectl_unavailable, "there is no place for a private folder",
                      "TMPDIR must name a folder in which others cannot replace our files");
}

PrivateFolder::~PrivateFolder() { remove_parts(path_); }

void PrivateFolder::admit() const {
    if (::mkdir((path_ + "/s").c_str(), 0700) != 0)
        throw base::Error(base::ErrorKind::kubectl_unavailable,
                          "cannot make a folder in " + path_ + ": " + std::strerror(errno));
}

}  // namespace salve::io
