#include "io/kubeconfig_files.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <sstream>

#include "io/system.hpp"

namespace salve::io {
namespace {

std::vector<std::string> paths_of(const kube::Target& target) {
    if (target.kubeconfig) return {*target.kubeconfig};
    const auto named = variable("KUBECONFIG");
    if (named.empty()) return {variable("HOME") + "/.kube/config"};
    std::vector<std::string> paths;
    std::istringstream rest(named);
    for (std::string path; std::getline(rest, path, ':');)
        if (!path.empty()) paths.push_back(path);
    return paths;
}

}  // namespace

KubeconfigFiles KubeconfigFiles::look(const kube::Target& target) {
    KubeconfigFiles files;
    for (auto& path : paths_of(target)) {
        File file{std::move(path)};
        struct stat status {};
        if (::stat(file.path.c_str(), &status) == 0) {
            constexpr std::int64_t second = 1'000'000'000;
            file = {std::move(file.path),
                    true,
                    S_ISREG(status.st_mode),
                    status.st_dev,
                    status.st_ino,
                    status.st_size,
                    status.st_ctim.tv_sec * second + status.st_ctim.tv_nsec};
        }
        files.files_.push_back(std::move(file));
    }
    return files;
}

bool KubeconfigFiles::at_rest(base::Time now) const {
    const auto limit_ns = (now - base::seconds(1)).us * 1000;
    return std::all_of(files_.begin(), files_.end(),
                       [&](const File& file) { return !file.there || (file.plain && file.changed_ns < limit_ns); });
}

std::optional<std::string> KubeconfigFiles::only_file() const {
    if (files_.size() != 1 || !files_.front().plain) return std::nullopt;
    return files_.front().path;
}

}  // namespace salve::io
