// What kubectl says of the kubeconfig, asked through kubectl itself, so that its rules for finding and merging files
// hold.
#pragma once
#include <string>
#include <vector>

#include "base/time.hpp"
#include "io/find_program.hpp"
#include "kube/command.hpp"

namespace salve::io {

struct Chosen {
    kube::Target target;  // to be used for every read
    std::string context;  // empty inside a pod
    std::string ns;       // the namespace that kubectl would use; never empty
    std::string server;   // URL of the API server, as the kubeconfig has it; empty inside a pod
};

// Of the target, in that context. Error(usage) for a namespace or a context that is no argument.
Chosen chosen_in(kube::Target target, const std::string& context, const std::string& ns, std::string server);

// The current context, or the named one. Inside a pod without a kubeconfig: the pod's own namespace and no context.
// budget: how long kubectl may take; it reads files and asks no server, but a busy machine is slow.
// Error(usage) when the context does not exist, Error(cluster_unreadable) when there is no usable kubeconfig.
Chosen choose_context(const Program& kubectl, const std::vector<std::string>& environment, kube::Target target,
                      base::Duration budget = base::seconds(60));

}  // namespace salve::io
