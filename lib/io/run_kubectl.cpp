#include "io/run_kubectl.hpp"

namespace salve::io {
namespace {

using How = kube::ReadEnd::How;

struct ToReadEnd {
    kube::ReadEnd operator()(Exited end) const { return {How::exited, end.code, false}; }
    kube::ReadEnd operator()(Signalled end) const { return {How::signalled, end.signal, false}; }
    kube::ReadEnd operator()(TimedOut) const { return {How::timed_out, 0, false}; }
    kube::ReadEnd operator()(Stopped) const { return {How::stopped, 0, false}; }
};

}  // namespace

ProcessResult run_kubectl(const Program& kubectl, const kube::Command& command,
                          const std::vector<std::string>& environment, const Sink& sink,
                          const ProcessOptions& options) {
    return run_process(kubectl, command.args(), environment, sink, options);
}

kube::ReadEnd read_end(const ProcessResult& result) {
    kube::ReadEnd end = std::visit(ToReadEnd{}, result.end);
    end.truncated = result.out_truncated || result.err_truncated;
    return end;
}

kube::Outcome outcome(const ProcessResult& result) { return kube::classify(read_end(result), result.err); }

}  // namespace salve::io
