// salve rbac reader|remediator: prints the Role manifests that reading and changing need.
#include "kube/rbac.hpp"

#include <memory>

#include "base/error.hpp"
#include "cmd/command.hpp"
#include "cmd/context.hpp"
#include "kube/names.hpp"

namespace salve::cmd {
namespace {

using base::Error;
using base::ErrorKind;

struct Options {
    std::string role, service_account = "salve/salve";
    std::vector<std::string> namespaces, with, names;
    bool sample_policy = false;
};

int reader(Context& context, const Options& options) {
    if (options.sample_policy || !options.with.empty() || !options.names.empty())
        throw Error(ErrorKind::usage, "--with, --resource-name and --sample-policy are of the remediator",
                    "a reader may only read: leave them out");
    for (const auto& ns : options.namespaces) kube::checked_namespace(ns);
    context.out(kube::reader_manifest(options.namespaces));
    return 0;
}

int run(Context& context, const Options& options) {
    if (options.role == "reader") return reader(context, options);
    kube::RemediatorRole role{options.namespaces, !options.with.empty(), {}};  // CLI11 has checked the word
    for (const auto& word : options.names) role.names.push_back(kube::parse_named_object(word));
    context.out(options.sample_policy ? kube::remediator_policy(role, options.service_account)
                                      : kube::remediator_manifest(role));
    return 0;
}

std::function<int(Context&)> add(CLI::App& app, Context&) {
    const auto options = std::make_shared<Options>();
    app.add_option("role", options->role, "which role: reader or remediator")
        ->required()
        ->check(CLI::IsMember({"reader", "remediator"}));
    app.add_option("-n,--namespace", options->namespaces,
                   "limit the role to this namespace (repeatable; a remediator must have one)")
        ->allow_extra_args(false);
    app.add_option("--with", options->with, "remediator: also what is off by default: statefulsets")
        ->check(CLI::IsMember({"statefulsets"}))
        ->allow_extra_args(false);
    app.add_option("--resource-name", options->names,
                   "remediator: only this object may be patched, as in deployments/web (repeatable)")
        ->allow_extra_args(false);
    auto* policy = app.add_flag("--sample-policy", options->sample_policy,
                                "remediator: print a ValidatingAdmissionPolicy that holds on the server, not the Role");
    app.add_option("--service-account", options->service_account, "with --sample-policy: whom it binds")
        ->needs(policy)
        ->capture_default_str();
    app.footer(
        "Bind them:  salve rbac reader | kubectl apply -f -\n"
        "            kubectl create clusterrolebinding salve-reader --clusterrole=salve-reader --user=NAME\n"
        "            salve rbac remediator -n NS | kubectl apply -f -\n"
        "            kubectl -n NS create rolebinding salve-remediator --role=salve-remediator --user=NAME");
    return [options](Context& context) { return run(context, *options); };
}

}  // namespace

extern const Command rbac_command;
const Command rbac_command = {"rbac", "Print the least Role manifests that salve needs.", add};

}  // namespace salve::cmd
