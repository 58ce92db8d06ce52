// One `kubectl proxy` of our own, through which nothing but reads pass, on a socket that no other user reaches.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/companion.hpp"
#include "io/kubeconfig_files.hpp"
#include "io/private_folder.hpp"
#include "kube/command.hpp"

namespace salve::io {

// With the object it is ended, and its socket and folder are gone.
class ReadProxy {
public:
    // Starts it and does not wait for it. Throws nothing of its own: what is in the way is trouble().
    // files: for a target without a context, while kubectl is still being asked which one is the current; as they were
    // before either was started. Both have read the same of them, or it does not serve.
    ReadProxy(const Program& kubectl, const kube::Target& target, const std::vector<std::string>& environment,
              std::optional<KubeconfigFiles> files = std::nullopt);

    // Whether it serves; waits for it as long as the budget allows. To be asked once.
    bool serves(base::Duration budget, const Cancel* cancel);
    // Why it does not serve; empty as long as nothing is known to be in the way.
    const std::string& trouble() const { return trouble_; }
    // It would serve, but what kubectl made its configuration of has changed since: another one may.
    bool outdated() const { return outdated_; }
    std::string socket() const { return folder_->socket(); }
    // The arguments that it was started with; empty if it did not come so far.
    const std::vector<std::string>& args() const { return args_; }

private:
    void start(const Program& kubectl, const std::vector<std::string>& environment);

    kube::Target target_;
    std::optional<KubeconfigFiles> files_;
    std::vector<std::string> args_;
    std::optional<PrivateFolder> folder_;
    std::unique_ptr<Companion> companion_;  // null: there is none. Ends before its folder goes
    std::string trouble_;
    bool outdated_ = false;
};

}  // namespace salve::io
