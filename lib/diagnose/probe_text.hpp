// What the kubelet's probe events say (pkg/kubelet/prober: "Readiness probe failed: OUTPUT", "Liveness probe errored:
// ERROR"; since 1.32 also "Readiness probe errored and resulted in unknown state: ERROR").
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kube/world.hpp"

namespace salve::diagnose {

struct ProbeText {
    enum class Probe { liveness, readiness, startup };
    // refused: nobody listens on the port. status: an HTTP answer outside 200..399. timeout: no answer in time.
    // unreachable: no route, no such host, reset, EOF. grpc: a health answer other than SERVING. output: an exec probe
    // ended non-zero and this is what it printed (maybe nothing). tls: the handshake failed. error: the kubelet could
    // not run the probe at all (a missing command, a container that is gone).
    enum class Kind { refused, status, timeout, unreachable, grpc, tls, output, error };
    Probe probe = Probe::liveness;
    Kind kind = Kind::output;
    std::optional<int> status;  // HTTP status code
    std::string port;           // where the text names it
    std::string literal;        // the text after "probe failed: " or "probe errored: ", as it was read
};

// Reads the message of an event Unhealthy (or ProbeError of OpenShift); nothing if it is not about a probe.
std::optional<ProbeText> read_probe_text(std::string_view message);

// The newest Unhealthy event about that container's probe within [from, to], and what it says; event is null if there
// is none. Bounds that are not given do not bind.
struct ProbeEvent {
    const kube::Event* event = nullptr;
    ProbeText text;
};
std::optional<ProbeEvent> newest_probe_event(const kube::World& world, const kube::Pod& pod, std::string_view container,
                                             ProbeText::Probe probe, std::optional<base::Time> from = std::nullopt,
                                             std::optional<base::Time> to = std::nullopt);

}  // namespace salve::diagnose
