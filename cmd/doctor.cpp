// salve doctor: is everything there that a run needs, and how is what is not there mended.
#include "report/doctor.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <memory>

#include "base/error.hpp"
#include "cmd/advisor.hpp"
#include "cmd/command.hpp"
#include "cmd/context.hpp"
#include "io/doctor.hpp"
#include "io/list_read.hpp"
#include "io/system.hpp"
#include "kube/names.hpp"

namespace salve::cmd {
namespace {

using base::Error;
namespace doctor = report::doctor;

struct Options {
    std::vector<std::string> namespaces;
    std::string cluster_context, output = "human";
    int timeout_s = 30;
};

constexpr std::uint32_t request_timeout_s = 10;

// Are the actions on StatefulSets turned on, which are off by default?
bool with_statefulsets(Context& context) {
    const auto& on = context.config().enabled_actions;
    return std::any_of(on.begin(), on.end(), [](const std::string& action) { return action.starts_with("sts."); });
}

doctor::Remediation remediation_of(Context& context) {
    return {context.config().remediation_enabled, context.config().allowed_namespaces};
}

doctor::Configuration look_at_configuration(Context& context) {
    doctor::Configuration facts;
    const auto& named = context.flags.config_file;
    facts.file = named.empty() ? io::default_config_file().value_or("") : named;
    struct stat status {};
    if (!facts.file.empty() && ::stat(facts.file.c_str(), &status) == 0)
        facts.writable_by_others = (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
    try {
        context.config();
    } catch (const Error& error) {
        facts.error = error.what();
    }
    return facts;
}

// Which cluster, as the kubeconfig has it.
std::optional<io::Chosen> look_at_kubeconfig(const Context& context, const Options& options, const io::Program& kubectl,
                                             const io::Asking& asking, const base::Redactor& redactor,
                                             doctor::Kubeconfig& facts) {
    facts.file = context.flags.kubeconfig;
    facts.exposed = io::exposed_files(facts.file);
    kube::Target target;
    if (!options.cluster_context.empty()) target.context = kube::checked_context_name(options.cluster_context);
    if (!facts.file.empty()) target.kubeconfig = facts.file;
    target.request_timeout_seconds = request_timeout_s;
    try {
        auto chosen = io::choose_context(kubectl, asking.environment, target, asking.left());
        facts.context = chosen.context;
        facts.ns = chosen.ns;
        facts.server = redactor.text(chosen.server);
        return chosen;
    } catch (const Error& error) {
        facts.error = redactor.text(error.what());
        facts.no_such_context = error.kind() == base::ErrorKind::usage;
        return {};
    }
}

void stop_if_wanted(const Context& context) {
    if (context.cancel().requested()) throw io::Interrupted{};
}

// The namespaces that were named, else the context's; and those in which changes are allowed.
std::vector<std::string> namespaces_of(const Options& options, const std::string& own,
                                       const doctor::Remediation& remediation) {
    auto names = options.namespaces;
    if (names.empty()) names.push_back(own);
    for (const auto& ns : remediation.namespaces)
        if (std::find(names.begin(), names.end(), ns) == names.end()) names.push_back(ns);
    return names;
}

void look_at_cluster(Context& context, const Options& options, doctor::Facts& facts) {
    const base::Redactor redactor(io::random_hex(32));
    io::Asking asking;
    asking.environment = context.child_environment();
    asking.deadline_us = io::monotonic_us() + base::seconds(options.timeout_s).us;
    asking.cancel = &context.cancel();
    const auto kubectl =
        io::look_at_kubectl(context.config().kubectl_path, io::variable("PATH"), asking, facts.kubectl);
    stop_if_wanted(context);
    if (!kubectl || (facts.kubectl.version.empty() && !facts.kubectl.slow)) return;
    const auto chosen = look_at_kubeconfig(context, options, *kubectl, asking, redactor, facts.kubeconfig.emplace());
    stop_if_wanted(context);
    if (!chosen) return;
    facts.cluster = io::look_at_cluster(*kubectl, chosen->target, asking, redactor);
    stop_if_wanted(context);
    if (facts.cluster->reached.state != kube::ReadState::ok &&
        facts.cluster->reached.failure != kube::Failure::forbidden)
        return;
    io::ask_rights(*kubectl, chosen->target, asking, redactor, namespaces_of(options, chosen->ns, facts.remediation),
                   with_statefulsets(context), facts);
    stop_if_wanted(context);
}

doctor::Runs look_at_runs(Context& context) {
    auto facts = io::look_at_runs(context.runs_folder());
    facts.key_file = context.config().sign_key.value_or("");
    try {
        context.signing_key();
    } catch (const Error& error) {
        facts.key_error = error.what();
    }
    return facts;
}

int run(Context& context, const Options& options) {
    for (const auto& ns : options.namespaces) kube::checked_namespace(ns);
    doctor::Facts facts;
    facts.configuration = look_at_configuration(context);
    if (facts.configuration.error.empty()) {
        facts.remediation = remediation_of(context);
        look_at_cluster(context, options, facts);
        facts.runs = look_at_runs(context);
        facts.advisor = io::look_at_advisor(configured_advisor(context));
    }
    const auto checks = doctor::checks(facts);
    context.out(options.output == "json" ? doctor::json(checks) : doctor::human(checks, context.style()));
    return doctor::exit_code(checks);
}

std::function<int(Context&)> add(CLI::App& app, Context&) {
    const auto options = std::make_shared<Options>();
    app.add_option("-n,--namespace", options->namespaces,
                   "namespace whose rights are asked for (repeatable; default: the context's)")
        ->allow_extra_args(false);
    app.add_option("--context", options->cluster_context, "kubeconfig context (default: the current one)");
    app.add_option("-o,--output", options->output, "output format")
        ->check(CLI::IsMember({"human", "json"}))
        ->capture_default_str();
    app.add_option("--timeout", options->timeout_s, "seconds that all calls of kubectl may take together")
        ->check(CLI::Range(1, 600))
        ->capture_default_str();
    app.footer(
        "Nothing is changed, and no record is written; of the runs folder only its lock is tried.\n"
        "Each mend is a command to be pasted; those that grant rights are for who may grant them.\n\n"
        "Exit codes: 0 no failure (warnings do not count), 69 no usable kubectl, 83 the cluster cannot be read,\n"
        "73 no records can be written, 2 the configuration is wrong. Of several, the first of this list.");
    return [options](Context& context) { return run(context, *options); };
}

}  // namespace

extern const Command doctor_command;
const Command doctor_command = {"doctor", "Check kubectl, the cluster, your rights and the records, with the mends.",
                                add};

}  // namespace salve::cmd
