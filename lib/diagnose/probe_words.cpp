#include "diagnose/probe_words.hpp"

#include <fmt/format.h>

#include "diagnose/containers.hpp"

namespace salve::diagnose {
namespace {

std::string target(const kube::Probe& probe) {
    using Handler = kube::Probe::Handler;
    switch (probe.handler) {
        case Handler::exec:
            return excerpt(fmt::format("exec [{}]", fmt::join(probe.command, " ")), 120);
        case Handler::http:
            return fmt::format("{} GET {}:{}{}", probe.scheme.empty() ? "HTTP" : probe.scheme, probe.host, probe.port,
                               excerpt(probe.path, 120));
        case Handler::tcp:
            return fmt::format("TCP {}:{}", probe.host, probe.port);
        case Handler::grpc:
            return fmt::format("gRPC :{}", probe.port);
        case Handler::none:
            break;
    }
    return "no handler";
}

}  // namespace

std::string probe_words(const kube::Probe& probe) {
    return fmt::format("{} every {}s, timeout {}s, {} failures", target(probe), probe.period_s, probe.timeout_s,
                       probe.failure_threshold);
}

base::Duration probe_budget(const kube::Probe& probe) {
    return base::seconds(probe.initial_delay_s + static_cast<std::int64_t>(probe.period_s) * probe.failure_threshold);
}

}  // namespace salve::diagnose
