#include "diagnose/probe_text.hpp"

#include <re2/re2.h>

#include <array>
#include <charconv>
#include <utility>

namespace salve::diagnose {
namespace {

using Kind = ProbeText::Kind;

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

// What the kubelet's own clients say. The output of an exec probe is the program's: it is never read as one of these
// unless the kubelet's words frame it.
Kind kind_of(std::string_view literal, bool errored) {
    static const re2::RE2 timeout(
        R"re((?i)context deadline exceeded|Client\.Timeout|i/o timeout|command timed out|command "(?s:.*)" timed out|)re"
        R"re(^timeout: |timeout \S+ exceeded|code = DeadlineExceeded|net/http: (?:request canceled|timeout awaiting))re");
    // pkg/probe/grpc/grpc.go: the client dials until the timeout, so a port on which nobody listens reads like a slow
    // one.
    static const re2::RE2 grpc_dial(R"re(^timeout: failed to connect service ")re");
    static const re2::RE2 refused(R"(dial (?:tcp|udp)\d? \S+: (?:connect: )?connection refused|connectex: .*refused)");
    static const re2::RE2 tls(
        R"((?i)\btls: |x509: |server gave HTTP response to HTTPS client|malformed HTTP response)");
    static const re2::RE2 unreachable(
        R"((?i)no route to host|network is unreachable|no such host|connection reset by peer|: EOF$|stopped after \d+ redirects|dial (?:tcp|udp)|^error: failed to connect service)");
    static const re2::RE2 grpc(R"(service unhealthy \(responded with|health rpc probe failed|grpc health protocol)");
    const std::array<std::pair<const re2::RE2*, Kind>, 6> table{{{&grpc_dial, Kind::refused},
                                                                 {&timeout, Kind::timeout},
                                                                 {&refused, Kind::refused},
                                                                 {&tls, Kind::tls},
                                                                 {&grpc, Kind::grpc},
                                                                 {&unreachable, Kind::unreachable}}};
    for (const auto& [pattern, kind] : table)
        if (re2::RE2::PartialMatch(piece(literal), *pattern)) return kind;
    return errored ? Kind::error : Kind::output;
}

}  // namespace

std::optional<ProbeText> read_probe_text(std::string_view message) {
    // From Kubernetes 1.33 on: "probe errored and resulted in unknown state: ".
    static const re2::RE2 shape(
        R"((?s)^(?:\(combined from similar events\): )?(Liveness|Readiness|Startup) probe (failed|errored)[^:]*:\s?(.*)$)");
    static const re2::RE2 status(R"(HTTP probe failed with statuscode: (\d{3}))");
    static const re2::RE2 port(
        R"re(dial (?:tcp|udp)\d? \S+:(\d+): |https?://[^/"\s]+:(\d+)[/"?]|connect service (?:at )?"[^"\s]+:(\d+)")re");
    std::string probe, how, literal;
    if (!re2::RE2::PartialMatch(piece(message), shape, &probe, &how, &literal)) return std::nullopt;
    ProbeText text;
    text.probe = probe == "Liveness"    ? ProbeText::Probe::liveness
                 : probe == "Readiness" ? ProbeText::Probe::readiness
                                        : ProbeText::Probe::startup;
    int code = 0;
    if (re2::RE2::PartialMatch(literal, status, &code)) {
        text.kind = Kind::status;
        text.status = code;
    } else {
        text.kind = kind_of(literal, how == "errored");
    }
    std::string dialled, url, grpc;
    if (text.kind != Kind::output && re2::RE2::PartialMatch(literal, port, &dialled, &url, &grpc))
        text.port = !dialled.empty() ? dialled : !url.empty() ? url : grpc;
    text.literal = std::move(literal);
    return text;
}

std::optional<ProbeEvent> newest_probe_event(const kube::World& world, const kube::Pod& pod, std::string_view container,
                                             ProbeText::Probe probe, std::optional<base::Time> from,
                                             std::optional<base::Time> to) {
    std::optional<ProbeEvent> newest;
    for (const auto* event : world.events(pod)) {  // newest last
        if (event->reason != "Unhealthy" && event->reason != "ProbeError") continue;
        if (event->container() != container) continue;
        if ((from && event->last < *from) || (to && event->first > *to)) continue;
        auto text = read_probe_text(event->message);
        if (text && text->probe == probe) newest = ProbeEvent{event, std::move(*text)};
    }
    return newest;
}

}  // namespace salve::diagnose
