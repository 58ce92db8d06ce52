// What was decoded lately, by the bytes that it was decoded of: the pods of one workload stand next to each other in a
// list, and most of what they say is the same, byte for byte.
#pragma once
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "kube/pod.hpp"

namespace salve::kube {

// The facts of one sort that were made last. A fact must follow from its bytes alone.
template <typename T>
class Recall {
public:
    // The fact of these bytes, if it is still known; until the next keep().
    const T* find(std::string_view bytes) const {
        if (bytes.empty()) return nullptr;
        for (std::size_t back = 1; back <= known_.size(); ++back) {
            const auto& one = known_[(next_ - back) % known_.size()];
            if (one.bytes == bytes) return &one.made;
        }
        return nullptr;
    }
    // Of many bytes nothing is kept, and never a fact of none.
    void keep(std::string_view bytes, const T& made) {
        constexpr std::size_t longest = 16 << 10;
        if (bytes.empty() || bytes.size() > longest) return;
        auto& place = known_[next_++ % known_.size()];
        place.bytes = bytes;
        place.made = made;
    }

private:
    struct Known {
        std::string bytes;
        T made;
    };
    std::array<Known, 8> known_;  // few, so that looking them through costs less than what is saved
    std::size_t next_ = 0;
};

struct Recalls {
    Recall<base::TextMap> labels;
    Recall<base::List<OwnerReference>> owners;
    Recall<base::List<Container>> lean_containers, containers;  // by all but their mounts
    Recall<PodSpec> specs, lean_specs;                          // of pod templates
    std::string key;                                            // room to put one together
};

}  // namespace salve::kube
