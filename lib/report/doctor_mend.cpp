#include "report/doctor_mend.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/shell.hpp"

namespace salve::report::doctor {
namespace {

// Whom a binding names: a user, or a service account.
std::string subject_flag(const std::string& user) {
    constexpr std::string_view account = "system:serviceaccount:";
    if (user.starts_with(account)) return "--serviceaccount=" + user.substr(account.size());
    return "--user=" + (user.empty() ? "NAME" : user);
}

// A binding of this user's own: to change one that others share would take their rights away. A name of RBAC may have
// any character but these two.
std::string binding_name(std::string role, const std::string& user) {
    if (user.empty()) return role;
    role += "-" + user;
    std::replace_if(
        role.begin(), role.end(), [](char c) { return c == '/' || c == '%'; }, '-');
    return role;
}

}  // namespace

std::string command(std::vector<std::string> words) { return base::shell_line(words); }

std::string kubectl_command(const Facts& facts, std::vector<std::string> words) {
    std::vector<std::string> all{"kubectl"};
    if (facts.kubeconfig && !facts.kubeconfig->file.empty())
        all.insert(all.end(), {"--kubeconfig", facts.kubeconfig->file});
    if (facts.kubeconfig && !facts.kubeconfig->context.empty())
        all.insert(all.end(), {"--context", facts.kubeconfig->context});
    all.insert(all.end(), words.begin(), words.end());
    return base::shell_line(all);
}

std::string install_kubectl(const std::string& platform, const std::string& version) {
    const auto which = version.empty() ? "$(curl -fsSL https://dl.k8s.io/release/stable.txt)" : version;
    return fmt::format(
        "sudo curl -fLo /usr/local/bin/kubectl \"https://dl.k8s.io/release/{}/bin/{}/kubectl\" && "
        "sudo chmod 0755 /usr/local/bin/kubectl",
        which, platform.empty() ? "linux/amd64" : platform);
}

std::string edit(const std::string& file) { return "${EDITOR:-vi} " + command({file.empty() ? "salve.yaml" : file}); }

std::string grant(const Facts& facts, std::string_view role, const std::string& ns) {
    const std::string user = facts.cluster ? facts.cluster->user : "";
    const auto name = "salve-" + std::string(role);
    // With a namespace, the reader's manifest has a ClusterRole beside the Role, for what belongs to none.
    const auto first = ns.empty() && !facts.namespaces.empty() ? facts.namespaces[0].name : ns;
    std::vector<std::string> print{"salve", "rbac", std::string(role)}, bind{"kubectl"};
    if (!first.empty()) print.insert(print.end(), {"-n", first});
    if (!ns.empty()) {
        bind.insert(bind.end(), {"-n", ns, "create", "rolebinding", binding_name(name, user), "--role=" + name});
    } else {
        const auto wide = first.empty() ? name : name + "-cluster";
        bind.insert(bind.end(), {"create", "clusterrolebinding", binding_name(wide, user), "--clusterrole=" + wide});
    }
    bind.insert(bind.end(), {subject_flag(user), "--dry-run=client", "-o", "yaml"});
    // By apply, since it may be there. No context: whoever lacks the rights is not the one who grants them.
    constexpr auto apply = " | kubectl apply -f -";
    return command(print) + apply + " && " + command(bind) + apply;
}

}  // namespace salve::report::doctor
