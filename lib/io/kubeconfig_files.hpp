// The files that kubectl makes its configuration of: not what stands in them, but which they are, and whether they are
// still the same.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "kube/command.hpp"

namespace salve::io {

class KubeconfigFiles {
public:
    // As they are now: the target's file, else those of KUBECONFIG, else ~/.kube/config (kubernetes.io/docs/concepts/
    // configuration/organize-cluster-access-kubeconfig). Errors: none; a file that is not there is known as such.
    static KubeconfigFiles look(const kube::Target& target);

    // Whether two programs that read them now, one after the other, read the same: each is a plain file or is not
    // there, and none changed within the last second. So long is much more than the steps of a file system's clock.
    bool at_rest(base::Time now) const;
    // The path of the one file that there is, where only one may be, and it is a plain file.
    std::optional<std::string> only_file() const;
    // Nothing was written to any of them, and no other took its place.
    bool operator==(const KubeconfigFiles&) const = default;

private:
    struct File {
        std::string path;
        bool there = false, plain = false;
        std::uint64_t device = 0, inode = 0;
        std::int64_t size = 0, changed_ns = 0;
        bool operator==(const File&) const = default;
    };
    std::vector<File> files_;
};

}  // namespace salve::io
