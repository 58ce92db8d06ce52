// salve runs recover: seals what dead runs left, and finds out by reading what became of a change.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "audit/fields.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "cmd/context.hpp"
#include "cmd/exit_codes.hpp"
#include "cmd/runs.hpp"
#include "io/file.hpp"
#include "io/kubectl_transport.hpp"
#include "io/list_read.hpp"
#include "io/recover.hpp"
#include "io/system.hpp"

namespace salve::cmd {
namespace {

using base::Error;
using nlohmann::json;

struct Options {
    std::string from, cluster_context, output = "human";
    bool leave_unknown = false;
};

// Reads the targets of dead runs, each from the cluster that its record names, and from no other one.
class Clusters {
public:
    Clusters(Context& context, const Options& options) : context_(context), options_(options) {}

    io::ObjectRead read(const json& document, const kube::ObjectRef& target) try {
        const auto& recorded = audit::fields::member(document, "cluster");
        auto& cluster =
            of(options_.cluster_context.empty() ? audit::fields::text(recorded, "context") : options_.cluster_context);
        const auto wanted = audit::fields::text(recorded, "kube_system_uid");
        if (cluster.uid.empty()) return {false, "the cluster cannot be read: " + cluster.why, {}};
        if (cluster.uid != wanted) return {false, "the context leads to another cluster than the one of that run", {}};
        return io::read_object(*cluster.transport, target);
    } catch (const Error& error) {
        return {false, error.what(), {}};
    }

private:
    struct Cluster {
        std::unique_ptr<io::KubectlTransport> transport;
        std::string uid, why;
    };
    Cluster& of(const std::string& name) {
        if (const auto known = clusters_.find(name); known != clusters_.end()) return known->second;
        io::KubectlSettings settings;
        settings.program = context_.kubectl();
        settings.target = context_.choose(name).target;
        settings.environment = context_.child_environment();
        settings.cancel = &context_.cancel();
        Cluster cluster{std::make_unique<io::KubectlTransport>(std::move(settings)), "", ""};
        auto identity = io::read_cluster_uid(*cluster.transport, base::Redactor(io::random_hex(32)), nullptr);
        cluster.uid = std::move(identity.value);
        cluster.why = std::move(identity.outcome.detail);
        return clusters_.emplace(name, std::move(cluster)).first->second;
    }
    Context& context_;
    const Options& options_;
    std::map<std::string, Cluster> clusters_;
};

std::string words_of(const io::Recovered& one) {
    const auto& facts = one.facts;
    auto text = fmt::format("{} {}: {}", facts.kind.empty() ? "run" : base::visible(facts.kind),
                            base::visible(facts.run_id), facts.dead_class);
    if (facts.sealed_seq) text += fmt::format(", sealed as record {}", *facts.sealed_seq);
    text += "\n";
    for (const auto& step : facts.steps)
        text += fmt::format("  step {}: {}: {}\n", step.ordinal, base::word(audit::settled_names, step.effect),
                            base::visible(step.reason));
    if (!one.kept.empty()) text += fmt::format("  NOT SETTLED: {}\n", base::visible(one.kept));
    if (one.retry) text += fmt::format("  ask again after {}\n", base::to_rfc3339(*one.retry).substr(0, 19) + "Z");
    return text;
}

json json_of(const io::Recovered& one) {
    auto steps = json::array();
    for (const auto& step : one.facts.steps)
        steps.push_back({{"ordinal", step.ordinal},
                         {"effect", base::word(audit::settled_names, step.effect)},
                         {"reason", base::visible(step.reason)}});
    return {{"run_id", base::visible(one.facts.run_id)},
            {"kind", base::visible(one.facts.kind)},
            {"class", one.facts.dead_class},
            {"sealed_seq", one.facts.sealed_seq ? json(*one.facts.sealed_seq) : json()},
            {"steps", steps},
            {"kept", one.kept.empty() ? json() : json(base::visible(one.kept))},
            {"retry_at", one.retry ? json(base::to_rfc3339(*one.retry)) : json()}};
}

void print(Context& context, const Options& options, const std::vector<io::Recovered>& all, const std::string& path) {
    std::string text;
    if (options.output == "json") {
        auto runs = json::array();
        for (const auto& one : all) runs.push_back(json_of(one));
        const nlohmann::ordered_json document = {
            {"schema", "salve.runs.recover/v1"}, {"runs", runs}, {"record", path.empty() ? json() : json(path)}};
        text = document.dump(2) + "\n";
    } else if (all.empty()) {
        text = "nothing to recover\n";
    } else {
        for (const auto& one : all) text += words_of(one);
        if (!path.empty()) text += fmt::format("record: {}\n", base::visible(path));
    }
    context.out(text);
}

int run(Context& context, const Options& options) {
    const auto runs = io::RunsFolder::open_or_make(context.runs_folder());
    const auto alone = io::lock_recovery(runs);
    auto journals = runs.find_journals();
    std::erase_if(journals, [](const io::FoundJournal& journal) { return journal.alive; });
    if (journals.empty() && options.from.empty()) {
        print(context, options, {}, "");
        return 0;
    }
    // A folder in which nothing can be sealed is found out before anything is settled, or a journal begun.
    io::require_sealable(runs);
    auto& record = context.begin_record("recover", io::random_hex(12));
    context.require_record();
    Clusters clusters(context, options);
    const auto read = [&](const json& document, const kube::ObjectRef& target) {
        return clusters.read(document, target);
    };
    const io::RecoverOptions how{context.now(),         context.signing_key(),     context.config().immutable,
                                 options.leave_unknown, io::clock_facts().boot_id, io::monotonic_us()};
    std::vector<io::Recovered> all;
    if (!options.from.empty()) {
        journals.clear();  // the run that was kept first, in case its own journal is among them
        all.push_back(io::recover_kept(runs, io::read_file(options.from, audit::max_journal), read, how));
    }
    for (auto& journal : journals) all.push_back(io::recover_journal(runs, journal, read, how));
    bool settled = true;
    for (const auto& one : all) {
        record.reconciliations.push_back(one.facts);
        record.parent_run_ids.push_back(one.facts.run_id);
        record.warnings.insert(record.warnings.end(), one.warnings.begin(), one.warnings.end());
        if (!one.kept.empty()) record.warnings.push_back(fmt::format("{}: {}", one.facts.run_id, one.kept));
        settled = settled && one.kept.empty();
    }
    context.write_record(audit::Event::evidence);
    const int code = settled ? exit_ok : exit_effect_unknown;
    print(context, options, all, context.end_record(settled ? "completed" : "unknown", code));
    return code;
}

}  // namespace

Run add_runs_recover(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    app.add_option("--from", options->from, "a journal that was kept elsewhere because it could not be sealed");
    app.add_option("--context", options->cluster_context,
                   "kubeconfig context in which to look (default: the one of the run that died)");
    app.add_flag("--leave-unknown", options->leave_unknown,
                 "seal a run although what became of its change cannot be told");
    app.add_option("-o,--output", options->output, "output format")
        ->check(CLI::IsMember({"human", "json"}))
        ->capture_default_str();
    app.footer(
        "A run that died is sealed as abandoned (nothing was sent), interrupted (what was sent has a known outcome) "
        "or\n"
        "unknown. For unknown the object is read: its uid, the annotation salve/run, its managed fields and "
        "generation\n"
        "tell whether the change arrived. Nothing is ever sent again.\n\n"
        "Exit codes: 0 all settled, 80 what became of a change is not known yet, 73 nothing can be written,\n"
        "75 another recovery is at work.");
    return [options](Context& context) { return run(context, *options); };
}

}  // namespace salve::cmd
