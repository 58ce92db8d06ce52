// The bridge from a typed command to a process: the only caller of run_process and start_process, so that no other
// arguments can reach a cluster.
#pragma once
#include <string>
#include <vector>

#include "io/companion.hpp"
#include "io/process.hpp"
#include "kube/command.hpp"
#include "kube/outcome.hpp"
#include "kube/proxy_command.hpp"
#include "kube/write_command.hpp"
#include "policy/approved_plan.hpp"

namespace salve::io {

// Runs the command; environment as child_environment() builds it. Contract and errors: run_process.
ProcessResult run_kubectl(const Program& kubectl, const kube::Command& command,
                          const std::vector<std::string>& environment, const Sink& sink, const ProcessOptions& options);

// kubectl beside us as a door for reads. Contract and errors: start_process.
std::unique_ptr<Companion> start_proxy(const Program& kubectl, const kube::ProxyCommand& command,
                                       const std::vector<std::string>& environment);

// Whether a kubectl with these arguments and this standard input asks for a rehearsal in every place where kubectl and
// the server look (TAXONOMY 2.2): once, and nowhere for anything else.
bool is_rehearsal(const std::vector<std::string>& args, const std::string& input);

// Runs the command as a rehearsal: the server keeps nothing of it. Error(internal) if it is none by is_rehearsal().
ProcessResult run_rehearsal(const Program& kubectl, const kube::WriteCommand& command,
                            const std::vector<std::string>& environment, const Sink& sink, ProcessOptions options);

// Sends an approved step: the only function that lets a kubectl change a cluster. Error(internal) if the command that
// its request gives for this target is not the one that was shown and approved.
ProcessResult run_approved(const Program& kubectl, const policy::ApprovedStep& step, const kube::Target& target,
                           const std::vector<std::string>& environment, const Sink& sink, ProcessOptions options);

// How it ended, in the words of the core.
kube::ReadEnd read_end(const ProcessResult& result);

// What the end means for the read. Whatever the sink was given is usable only if the state is ok.
kube::Outcome outcome(const ProcessResult& result);

}  // namespace salve::io
