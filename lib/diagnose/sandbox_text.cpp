#include "diagnose/sandbox_text.hpp"

#include <re2/re2.h>

namespace salve::diagnose {

std::optional<SandboxCause> sandbox_cause(std::string_view reason, std::string_view message) {
    static const re2::RE2 network(
        R"((?i)failed to set ?up network|failed to set up sandbox container|network plugin cni failed|NetworkPlugin cni|cni plugin not initialized|cni config uninitialized|plugin type="[^"]*"|networkPlugin|network for sandbox|CNI network|pod network sandbox|network is not ready)");
    static const re2::RE2 exhausted(
        R"((?i)no IP addresses available|failed to assign an IP address|range is full|no available IP|failed to allocate for range|insufficient IP|IP pool.*exhausted|no more IPs|Unable to allocate IP)");
    static const re2::RE2 down(
        R"((?i)plugin not initialized|config uninitialized|/nodename: no such file|cilium\.sock|no networks found in|subnet\.env: no such file|is the (?:agent|daemon) running|unable to connect to .*daemon|dial unix \S+: connect: (?:no such file|connection refused)|127\.0\.0\.1:\d+: connect: connection refused)");
    static const re2::RE2 missing(R"((?i)failed to find plugin )");
    static const re2::RE2 api(
        R"((?i)i/o timeout|context deadline exceeded|Client\.Timeout|no route to host|connection is unauthorized|Unauthorized|/api/v1/|/apis/)");
    static const re2::RE2 pause(R"((?i)failed to get sandbox image|sandbox image|/pause(?:-amd64)?[:@])");
    static const re2::RE2 cgroup(R"((?i)cgroup)");
    if (reason == "NetworkNotReady")
        return re2::RE2::PartialMatch(message, down) ? SandboxCause::daemon_down : SandboxCause::network_not_ready;
    if (reason != "FailedCreatePodSandBox" && reason != "FailedCreatePodSandbox") return std::nullopt;
    if (re2::RE2::PartialMatch(message, network)) {
        if (re2::RE2::PartialMatch(message, exhausted)) return SandboxCause::addresses_exhausted;
        if (re2::RE2::PartialMatch(message, missing)) return SandboxCause::plugin_missing;
        if (re2::RE2::PartialMatch(message, down)) return SandboxCause::daemon_down;
        if (re2::RE2::PartialMatch(message, api)) return SandboxCause::api_unreachable;
        return SandboxCause::network;
    }
    if (re2::RE2::PartialMatch(message, pause)) return SandboxCause::pause_image;
    return re2::RE2::PartialMatch(message, cgroup) ? SandboxCause::cgroup : SandboxCause::runtime;
}

bool is_network(SandboxCause cause) {
    return cause != SandboxCause::pause_image && cause != SandboxCause::cgroup && cause != SandboxCause::runtime;
}

std::string_view words_for(SandboxCause cause) {
    switch (cause) {
        case SandboxCause::addresses_exhausted:
            return "no pod IP addresses are left";
        case SandboxCause::daemon_down:
            return "the CNI plugin's daemon does not run there or is not ready";
        case SandboxCause::plugin_missing:
            return "the CNI plugin's binary is not on the node";
        case SandboxCause::api_unreachable:
            return "the CNI plugin cannot talk to the API server";
        case SandboxCause::network_not_ready:
            return "the kubelet says that the network is not ready";
        case SandboxCause::network:
            return "the CNI plugin fails";
        case SandboxCause::pause_image:
            return "the sandbox (pause) image cannot be pulled";
        case SandboxCause::cgroup:
            return "the cgroup set-up fails";
        case SandboxCause::runtime:
            break;
    }
    return "the container runtime fails";
}

std::string_view advice_for(SandboxCause cause) {
    switch (cause) {
        case SandboxCause::addresses_exhausted:
            return "Widen the pod address range, or remove pods from the node; look for addresses that are still kept "
                   "for pods that are gone.";
        case SandboxCause::daemon_down:
        case SandboxCause::network_not_ready:
            return "See whether the CNI plugin's DaemonSet has a ready pod on that node.";
        case SandboxCause::plugin_missing:
            return "See what installs the CNI binaries (usually an init container of the plugin's DaemonSet) and the "
                   "node's /opt/cni/bin and /etc/cni/net.d.";
        case SandboxCause::api_unreachable:
            return "See whether the node reaches the API server's service address (kube-proxy, routes, firewall) and "
                   "whether the plugin's ServiceAccount is still accepted.";
        case SandboxCause::network:
            return "Read the CNI plugin's log on that node.";
        case SandboxCause::pause_image:
            return "Make the sandbox image available to the node: its registry, its login, or the runtime's "
                   "sandbox_image setting.";
        case SandboxCause::cgroup:
            return "Check that kubelet and runtime use the same cgroup driver, and the pod's memory limit.";
        case SandboxCause::runtime:
            break;
    }
    return "Read the log of the container runtime on that node.";
}

std::string sandbox_detail(std::string_view message) {
    static const re2::RE2 wrapper(
        R"(^(?:Failed to create pod sandbox: |Failed create pod sandbox: |rpc error: code = \w+ desc = |failed to get sandbox runtime: ))");
    re2::StringPiece rest(message.data(), message.size());
    while (re2::RE2::Consume(&rest, wrapper)) {
    }
    return {rest.data(), rest.size()};
}

}  // namespace salve::diagnose
