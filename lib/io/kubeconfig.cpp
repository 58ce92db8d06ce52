#include "io/kubeconfig.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "io/file.hpp"
#include "io/run_kubectl.hpp"
#include "io/system.hpp"
#include "kube/names.hpp"

namespace salve::io {
namespace {

using base::Error;
using base::ErrorKind;
using kube::Failure;

constexpr const char* pod_namespace = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

bool in_a_pod() { return !variable("KUBERNETES_SERVICE_HOST").empty() && variable("KUBECONFIG").empty(); }

Chosen of_the_pod() { return {{}, "", kube::checked_namespace(base::trim(read_file(pod_namespace, 256))), ""}; }

[[noreturn]] void refuse(const kube::Target& target, const kube::Outcome& outcome, base::Duration budget) {
    if (outcome.failure == Failure::no_such_context && target.context)
        throw Error(ErrorKind::usage, fmt::format("context {} does not exist", base::quoted(*target.context)),
                    "list the contexts with 'kubectl config get-contexts'");
    if (outcome.failure == Failure::timeout)
        throw Error(
            ErrorKind::cluster_unreadable,
            fmt::format("kubectl did not answer within {} when asked for its configuration", base::to_words(budget)),
            "the machine may be overloaded: try 'kubectl config view --minify'");
    throw Error(ErrorKind::cluster_unreadable, fmt::format("the kubeconfig names no cluster: {}", outcome.detail),
                "set KUBECONFIG, name a file with --kubeconfig or a context with --context");
}

// The namespace of the first (with --minify the only) context; "default" is kubectl's own default.
std::string namespace_of(const base::JsonView& config) {
    const auto contexts = config.find("contexts");
    if (!contexts || contexts->items().empty()) return "default";
    const auto context = contexts->items().front().find("context");
    const auto ns = context ? context->find("namespace") : std::nullopt;
    return ns && !ns->text().empty() ? ns->text() : "default";
}

std::string server_of(const base::JsonView& config) {
    const auto clusters = config.find("clusters");
    if (!clusters || clusters->items().empty()) return "";
    const auto cluster = clusters->items().front().find("cluster");
    const auto server = cluster ? cluster->find("server") : std::nullopt;
    return server ? server->text() : "";
}

}  // namespace

Chosen chosen_in(kube::Target target, const std::string& context, const std::string& ns, std::string server) {
    Chosen chosen{std::move(target), context, kube::checked_namespace(ns), std::move(server)};
    chosen.target.context = kube::checked_context_name(context);
    return chosen;
}

Chosen choose_context(const Program& kubectl, const std::vector<std::string>& environment, kube::Target target,
                      base::Duration budget) {
    // kubectl takes a missing file for an empty one.
    if (target.kubeconfig && ::access(target.kubeconfig->c_str(), R_OK) != 0)
        throw Error(
            ErrorKind::cluster_unreadable,
            fmt::format("cannot read the kubeconfig {}: {}", base::quoted(*target.kubeconfig), std::strerror(errno)),
            "check the name after --kubeconfig");
    std::string answer;
    const auto sink = [&](std::string_view bytes) {
        answer += bytes;
        return answer.size() < (std::size_t{4} << 20);
    };
    ProcessOptions options;
    options.budget = budget;
    const auto result = outcome(run_kubectl(kubectl, kube::Command::config_view(target), environment, sink, options));
    if (result.state != kube::ReadState::ok) {
        if (!target.context && !target.kubeconfig && in_a_pod()) return of_the_pod();
        refuse(target, result, budget);
    }
    const auto document = base::parse_json(answer, "kubectl config view", ErrorKind::cluster_unreadable);
    const base::JsonView config(document, "kubectl config view", ErrorKind::cluster_unreadable);
    return chosen_in(std::move(target), config.at("current-context").text(), namespace_of(config), server_of(config));
}

}  // namespace salve::io
