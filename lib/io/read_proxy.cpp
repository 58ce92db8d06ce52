#include "io/read_proxy.hpp"

#include "base/error.hpp"
#include "io/run_kubectl.hpp"

namespace salve::io {
namespace {

void set(std::vector<std::string>& environment, std::string_view name, std::string_view value) {
    const auto prefix = std::string(name) + "=";
    std::erase_if(environment, [&](const std::string& entry) { return entry.starts_with(prefix); });
    environment.push_back(prefix + std::string(value));
}

std::vector<std::string> environment_of_proxy(std::vector<std::string> environment) {
    // Frames of HTTP/2 cost more than the connections that they save: with 10,000 pods a tenth of the client's CPU and
    // a sixth of the server's. (k8s.io/apimachinery/pkg/util/net/http.go SetTransportDefaults reads the variable.)
    set(environment, "DISABLE_HTTP2", "true");
    // What it passes on leaves no garbage: without any collection it is as large (50 MB after 300 MB of lists), and a
    // sixth of its CPU is saved. The limit is for what nobody thought of; kubectl 1.26 and newer know it.
    set(environment, "GOGC", "off");
    set(environment, "GOMEMLIMIT", "128MiB");
    return environment;
}

}  // namespace

ReadProxy::ReadProxy(const Program& kubectl, const kube::Target& target, const std::vector<std::string>& environment,
                     std::optional<KubeconfigFiles> files)
    : target_(target), files_(std::move(files)) {
    start(kubectl, environment);
}

// The folder of its socket is made only when the kernel has tied the proxy to us: should we die before, it finds no
// place to listen, and ends.
void ReadProxy::start(const Program& kubectl, const std::vector<std::string>& environment) {
    try {
        folder_.emplace();
        const auto command = kube::ProxyCommand::reads(target_, folder_->socket());
        args_ = command.args();
        companion_ = start_proxy(kubectl, command, environment_of_proxy(environment));
        folder_->admit();
    } catch (const base::Error& error) {
        trouble_ = error.what();
        companion_.reset();
    }
}

// By the time it serves it has read its configuration.
bool ReadProxy::serves(base::Duration budget, const Cancel* cancel) {
    if (!companion_) return false;
    const auto line = companion_->first_line(budget, cancel);
    const bool serving = line && line->starts_with("Starting to serve on ");
    outdated_ = serving && files_ && KubeconfigFiles::look(target_) != *files_;
    if (serving && !outdated_) return true;
    trouble_ = outdated_ ? "the kubeconfig was changed while it started"
               : line    ? "it said something else than that it serves"
                         : "it did not serve in time";
    companion_.reset();
    return false;
}

}  // namespace salve::io
