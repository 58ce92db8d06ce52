// Why the kubelet evicted a pod: its status.message, taken apart (pkg/kubelet/eviction/helpers.go and
// eviction_manager.go).
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace salve::diagnose {

// limit: the pod went over a limit of its own (ephemeral storage, emptyDir); the node has nothing to do with it.
enum class EvictedFor { memory, disk, pids, limit };

struct Eviction {
    EvictedFor what = EvictedFor::memory;
    bool at_admission = false;  // the node refused a new pod because of its condition
    // The container that used more than its request, where the message names one.
    std::string container, usage, request;
};

// Nothing for a text of no known form.
std::optional<Eviction> parse_eviction(std::string_view message);

}  // namespace salve::diagnose
