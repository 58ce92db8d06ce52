#include "io/run_kubectl.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace salve::io {
namespace {

using How = kube::ReadEnd::How;

struct ToReadEnd {
    kube::ReadEnd operator()(Exited end) const { return {How::exited, end.code, false}; }
    kube::ReadEnd operator()(Signalled end) const { return {How::signalled, end.signal, false}; }
    kube::ReadEnd operator()(TimedOut) const { return {How::timed_out, 0, false}; }
    kube::ReadEnd operator()(Stopped) const { return {How::stopped, 0, false}; }
};

// `--raw` ignores --dry-run without a word and acts for real, so there it stands in the path and in the body.
bool is_rehearsal(const kube::WriteCommand& command) {
    const auto& args = command.rehearsal_args();
    const auto names = std::find(args.begin(), args.end(), "--");
    const bool raw = std::any_of(args.begin(), names, [](const std::string& arg) { return arg.starts_with("--raw="); });
    if (!raw) return std::find(args.begin(), names, "--dry-run=server") != names;
    const bool in_path = std::any_of(args.begin(), names, [](const std::string& arg) {
        return arg.starts_with("--raw=") && arg.ends_with("?dryRun=All");
    });
    return in_path && command.rehearsal_input().find(R"("dryRun":["All"])") != std::string::npos;
}

}  // namespace

ProcessResult run_rehearsal(const Program& kubectl, const kube::WriteCommand& command,
                            const std::vector<std::string>& environment, const Sink& sink, ProcessOptions options) {
    if (!is_rehearsal(command)) throw base::Error(base::ErrorKind::internal, "a rehearsal that would act");
    options.input = command.rehearsal_input();
    return run_process(kubectl, command.rehearsal_args(), environment, sink, options);
}

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
