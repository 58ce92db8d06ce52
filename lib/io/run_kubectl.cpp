#include "io/run_kubectl.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

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

// In the body of a raw request: of a deletion at its top, of an eviction in its options.
bool body_rehearses(const std::string& verb, const std::string& input) {
    const auto body = nlohmann::json::parse(input, nullptr, false);
    const nlohmann::json::json_pointer place(verb == "create" ? "/deleteOptions/dryRun" : "/dryRun");
    return body.contains(place) && body[place] == nlohmann::json::array({"All"});
}

}  // namespace

// `--raw` ignores --dry-run without a word and acts for real, so there it stands in the path and in the body.
bool is_rehearsal(const std::vector<std::string>& args, const std::string& input) {
    std::vector<std::string> raw, dry_run;
    for (auto word = args.begin(); word != std::find(args.begin(), args.end(), "--"); ++word) {
        if (word->starts_with("--raw")) raw.push_back(*word);
        if (word->starts_with("--dry")) dry_run.push_back(*word);
    }
    if (raw.empty()) return dry_run == std::vector<std::string>{"--dry-run=server"};
    const bool in_path = raw.size() == 1 && raw[0].starts_with("--raw=") && raw[0].ends_with("?dryRun=All") &&
                         std::count(raw[0].begin(), raw[0].end(), '?') == 1;
    return in_path && body_rehearses(args[0], input);
}

ProcessResult run_rehearsal(const Program& kubectl, const kube::WriteCommand& command,
                            const std::vector<std::string>& environment, const Sink& sink, ProcessOptions options) {
    if (!is_rehearsal(command.rehearsal_args(), command.rehearsal_input()))
        throw base::Error(base::ErrorKind::internal, "a rehearsal that would act");
    options.input = command.rehearsal_input();
    return run_process(kubectl, command.rehearsal_args(), environment, sink, options);
}

ProcessResult run_approved(const Program& kubectl, const policy::ApprovedStep& step, const kube::Target& target,
                           const std::vector<std::string>& environment, const Sink& sink, ProcessOptions options) {
    const auto command = plan::command_of(step.step().request, target);
    const auto& shown = step.step().command;
    const bool same = shown.size() == command.args().size() + 1 &&
                      std::equal(command.args().begin(), command.args().end(), shown.begin() + 1) &&
                      step.step().input == command.input();
    if (!same) throw base::Error(base::ErrorKind::internal, "a command that is not the one which was approved");
    options.input = command.input();
    return run_process(kubectl, command.args(), environment, sink, options);
}

ProcessResult run_kubectl(const Program& kubectl, const kube::Command& command,
                          const std::vector<std::string>& environment, const Sink& sink,
                          const ProcessOptions& options) {
    return run_process(kubectl, command.args(), environment, sink, options);
}

std::unique_ptr<Companion> start_proxy(const Program& kubectl, const kube::ProxyCommand& command,
                                       const std::vector<std::string>& environment) {
    return start_process(kubectl, command.args(), environment);
}

kube::ReadEnd read_end(const ProcessResult& result) {
    kube::ReadEnd end = std::visit(ToReadEnd{}, result.end);
    end.truncated = result.out_truncated || result.err_truncated;
    return end;
}

kube::Outcome outcome(const ProcessResult& result) { return kube::classify(read_end(result), result.err); }

}  // namespace salve::io
