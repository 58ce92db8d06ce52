// A folder for a socket, into which no other user can look; gone with the object.
#pragma once
#include <string>
#include <vector>

#include "io/unique_fd.hpp"

namespace salve::io {

// Where such folders may lie, best first: $XDG_RUNTIME_DIR, $TMPDIR, /tmp.
std::vector<std::string> private_places();

class PrivateFolder {
public:
    // In the first of the places where nobody but us and root can put another folder under its name. What runs that
    // were killed left there is removed: a folder of ours whose lock nobody holds. Error(kubectl_unavailable) where
    // there is no such place.
    explicit PrivateFolder(const std::vector<std::string>& places = private_places());
    ~PrivateFolder();
    PrivateFolder(const PrivateFolder&) = delete;
    PrivateFolder& operator=(const PrivateFolder&) = delete;

    // A path within that is short enough for a socket. Nothing can be made there before admit().
    std::string socket() const { return path_ + "/s/api"; }
    void admit() const;
    const std::string& path() const { return path_; }

private:
    std::string path_;
    UniqueFd lock_;
};

}  // namespace salve::io
