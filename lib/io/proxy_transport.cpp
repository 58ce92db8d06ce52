#include "io/proxy_transport.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "io/measured_sink.hpp"
#include "kube/proxy_command.hpp"

namespace salve::io {
namespace {

using How = HttpEnd::How;
using kube::ReadEnd;

// In the words of the core; nothing where kubectl has to be asked itself.
std::optional<kube::Outcome> outcome_of(const HttpEnd& end, bool log) {
    constexpr ReadEnd exit_1{ReadEnd::How::exited, 1, false};
    switch (end.how) {
        case How::answered:
            if (end.answer.status >= 200 && end.answer.status < 300) return kube::Outcome{};
            return kube::outcome_of_answer(end.answer, log);
        case How::silent:
            return std::nullopt;
        case How::broken:  // as kubectl says it
            return kube::classify(exit_1, "error: unexpected EOF");
        case How::timed_out:
            return kube::classify({ReadEnd::How::timed_out, 0, false}, "");
        case How::too_large:
            return kube::classify({ReadEnd::How::signalled, 9, true}, "");
        case How::stopped:
        case How::cancelled:
            return kube::classify({ReadEnd::How::stopped, 0, false}, "");
    }
    return std::nullopt;
}

// What --request-timeout is to a kubectl that is started for one read; without a context it is not given.
base::Duration budget_of(const kube::Target& target, base::Duration whole) {
    return target.context ? std::min(whole, base::seconds(target.request_timeout_seconds)) : whole;
}

}  // namespace

ProxyTransport::ProxyTransport(KubectlSettings settings, ProxySettings proxy, std::unique_ptr<ReadProxy> begun)
    : KubectlTransport(std::move(settings)), proxy_(proxy), door_(std::move(begun)) {
    if (!door_) start_door();
    note_door();
}

void ProxyTransport::start_door() {
    door_ = std::make_unique<ReadProxy>(settings().program, settings().target, settings().environment);
}

// Where not even its folder could be made, nothing was started.
void ProxyTransport::note_door() {
    if (!door_->args().empty()) note_call(door_->args());
}

bool ProxyTransport::serves() {
    const auto* cancel = settings().cancel;
    std::call_once(waited_, [&] {
        serves_ = door_->serves(proxy_.start_budget, cancel);
        if (!door_->outdated()) return;
        start_door();  // of the context that is known by now
        note_door();
        serves_ = door_->serves(proxy_.start_budget, cancel);
    });
    if (!serves_ && proxy_.required && !(cancel && cancel->requested()))
        throw base::Error(base::ErrorKind::kubectl_unavailable,
                          "there is no kubectl proxy to read through: " + door_->trouble(),
                          "kubectl.transport: auto in salve.yaml starts one kubectl for each read instead");
    return serves_;
}

std::unique_ptr<HttpLine> ProxyTransport::take_line() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return std::make_unique<HttpLine>(door_->socket());
    auto line = std::move(idle_.back());
    idle_.pop_back();
    return line;
}

void ProxyTransport::give_back(std::unique_ptr<HttpLine> line) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(line));
}

std::optional<kube::Outcome> ProxyTransport::read(const Asked& asked, const ByteSink& sink) {
    if (!serves()) return std::nullopt;
    MeasuredSink measured(asked.command, sink);
    auto line = take_line();
    const auto end = line->get({asked.path, std::string(kube::proxy_host), proxy_.packed, asked.proto},
                               std::ref(measured), {asked.budget, asked.cap, settings().cancel});
    give_back(std::move(line));
    auto outcome = outcome_of(end, asked.log);
    if (outcome) outcome->answer = measured.answer();
    return outcome;
}

kube::Outcome ProxyTransport::get(const kube::RawPath& path, const ByteSink& sink) { return get(path, sink, false); }

kube::Outcome ProxyTransport::get_either(const kube::RawPath& path, const ByteSink& sink) {
    return get(path, sink, true);
}

kube::Outcome ProxyTransport::get(const kube::RawPath& path, const ByteSink& sink, bool proto) {
    const auto& target = settings().target;
    const auto outcome = read({kube::Command::get_raw(target, path), path.str(),
                               budget_of(target, settings().list_budget), list_cap, false, proto},
                              sink);
    return outcome ? *outcome : KubectlTransport::get(path, sink);
}

kube::Outcome ProxyTransport::log(const LogQuery& query, const ByteSink& sink) {
    const auto& target = settings().target;
    const auto outcome = read({kube::Command::logs(target, query.ns, query.pod, query.container, query.options),
                               kube::log_path(query.ns, query.pod, query.container, query.options),
                               budget_of(target, settings().log_budget), log_cap, true},
                              sink);
    return outcome ? *outcome : KubectlTransport::log(query, sink);
}

}  // namespace salve::io
