// kubectl as a door to the API server for the length of one run: `kubectl proxy` on a Unix socket of our own, through
// which nothing but a GET of what salve reads passes (SAFETY 5.3: a fixed template, never from a plan, a model or a
// file). A type of its own, as WriteCommand: whatever takes a Command cannot be given it.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "kube/command.hpp"

namespace salve::kube {

// The Host that a request must carry, and no other.
constexpr std::string_view proxy_host = "localhost";

class ProxyCommand {
public:
    // socket: absolute path of the socket that it makes. Error(usage) for a path that is no text, or for the target's
    // words.
    static ProxyCommand reads(const Target& target, std::string_view socket);
    // The arguments after the name of the program.
    const std::vector<std::string>& args() const { return args_; }

private:
    explicit ProxyCommand(std::vector<std::string> args) : args_(std::move(args)) {}
    std::vector<std::string> args_;
};

// The two filters, as regular expressions of Go. Paths: the lists and objects of resources(), the log of a pod, and the
// paths of ServerPath; no other subresource, whatever is asked. Methods: all that are not GET are rejected.
std::string accepted_paths();
std::string_view rejected_methods();

// The path and query of one container's log, as Command::logs asks for it; the same errors.
std::string log_path(std::string_view ns, std::string_view pod, std::string_view container, const LogOptions& options);

}  // namespace salve::kube
