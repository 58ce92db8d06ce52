// salve rbac reader: prints the Role manifests that reading needs.
#include "kube/rbac.hpp"

#include <memory>

#include "cmd/command.hpp"
#include "cmd/context.hpp"
#include "kube/names.hpp"

namespace salve::cmd {
namespace {

struct Options {
    std::string role;
    std::vector<std::string> namespaces;
};

int run(Context& context, const Options& options) {
    for (const auto& ns : options.namespaces) kube::checked_namespace(ns);
    context.out(kube::reader_manifest(options.namespaces));
    return 0;
}

std::function<int(Context&)> add(CLI::App& app, Context&) {
    const auto options = std::make_shared<Options>();
    app.add_option("role", options->role, "which role: reader")->required()->check(CLI::IsMember({"reader"}));
    app.add_option("-n,--namespace", options->namespaces, "limit the role to this namespace (repeatable)")
        ->allow_extra_args(false);
    app.footer(
        "Bind it:  salve rbac reader | kubectl apply -f -\n"
        "          kubectl create clusterrolebinding salve-reader --clusterrole=salve-reader --user=NAME");
    return [options](Context& context) { return run(context, *options); };
}

}  // namespace

extern const Command rbac_command;
const Command rbac_command = {"rbac", "Print the least Role manifests that salve needs.", add};

}  // namespace salve::cmd
