// The context of a kubeconfig in which nothing is open to doubt, read without kubectl. To start kubectl for it costs
// 0.07 to 0.1 s of CPU in every run.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "io/find_program.hpp"
#include "io/kubeconfig.hpp"
#include "kube/command.hpp"

namespace salve::io {

// What choose_context() would find, or nothing wherever kubectl might see it otherwise, which must then be asked:
// - the program is not kubectl itself: a script, or a program of many names (k3s, snap, a version manager), may look
//   for the kubeconfig elsewhere;
// - there is more than one file, or the file is none, too large, unreadable, or not what plain_context() takes.
// Error(usage) as from choose_context() for a namespace or a context that is no argument.
std::optional<Chosen> choose_plain_context(const Program& kubectl, const kube::Target& target);

struct PlainContext {
    std::string name, ns, server;  // as in Chosen
};
// The named context of one kubeconfig, or its current one, by the rules of `kubectl config view --minify`
// (k8s.io/client-go/tools/clientcmd). Nothing where a name stands twice, where what the context names is not there,
// where there is an unknown key, or where a word is one that versions of YAML read differently (on, 1e3).
std::optional<PlainContext> plain_context(const nlohmann::json& config, const std::optional<std::string>& named);

}  // namespace salve::io
