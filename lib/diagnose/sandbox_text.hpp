// Reading of the events with which the kubelet says that a pod's sandbox cannot be made: FailedCreatePodSandBox and
// NetworkNotReady. Texts: pkg/kubelet/kubelet.go, containerd internal/cri/server/sandbox_run.go, libcni, and the issues
// that TAXONOMY 1.3 names.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace salve::diagnose {

enum class SandboxCause {
    addresses_exhausted,  // IPAM
    daemon_down,          // the CNI plugin's agent is not on that node (yet)
    plugin_missing,       // no binary of that name
    api_unreachable,      // the plugin cannot reach the API server
    network_not_ready,    // event NetworkNotReady
    network,              // any other failure of the network set-up
    pause_image,
    cgroup,
    runtime,  // anything else, a runtime handler that is not configured among it
};

// Nothing for events of other reasons.
std::optional<SandboxCause> sandbox_cause(std::string_view reason, std::string_view message);

bool is_network(SandboxCause cause);
std::string_view words_for(SandboxCause cause);
std::string_view advice_for(SandboxCause cause);

// The text without "Failed to create pod sandbox: rpc error: code = Unknown desc = " and the like.
std::string sandbox_detail(std::string_view message);

}  // namespace salve::diagnose
