#include "cmd/investigation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "cmd/context.hpp"
#include "cmd/progress.hpp"
#include "diagnose/diagnose.hpp"
#include "io/drill_down.hpp"
#include "io/list_read.hpp"
#include "io/parallel.hpp"
#include "io/proxy_transport.hpp"
#include "io/read_unread.hpp"
#include "io/recording.hpp"
#include "io/system.hpp"
#include "kube/names.hpp"
#include "kube/near_server.hpp"

namespace salve::cmd {
namespace {

using base::Error;
using base::ErrorKind;

// Logs and further reads, until nothing new is asked for: a log names a Service in another namespace, whose pods have
// logs of their own.
constexpr int more_rounds = 4;

kube::Scope scope_of(const Reading& reading, const kube::Scope& otherwise) {
    kube::Scope scope;
    if (reading.all) {
        scope.all = true;
    } else if (!reading.namespaces.empty()) {
        for (const auto& ns : reading.namespaces) scope.namespaces.push_back(kube::checked_namespace(ns));
    } else {
        scope = otherwise;
    }
    std::sort(scope.namespaces.begin(), scope.namespaces.end());
    scope.namespaces.erase(std::unique(scope.namespaces.begin(), scope.namespaces.end()), scope.namespaces.end());
    return scope;
}

// A recording can only be asked for what it holds.
void check_recorded(const kube::Scope& scope, const kube::Scope& recorded, const std::string& file) {
    const auto holds = [&](const std::string& ns) {
        return std::find(recorded.namespaces.begin(), recorded.namespaces.end(), ns) != recorded.namespaces.end();
    };
    const bool fits = scope.all == recorded.all && std::all_of(scope.namespaces.begin(), scope.namespaces.end(), holds);
    if (fits) return;
    throw Error(ErrorKind::usage, fmt::format("the recording \"{}\" does not hold what was asked for", file),
                recorded.all ? "it holds all namespaces: use -A or no namespace flag"
                             : "it holds: " + base::join(recorded.namespaces, ", "));
}

Source recorded_source(const Reading& reading, const std::string& salt) {
    Source source;
    auto recorded = std::make_unique<io::RecordedTransport>(reading.from);
    source.context = recorded->head().context;
    if (!source.context.empty()) source.connection.context = source.context;
    source.now = recorded->head().taken_at;
    source.scope = scope_of(reading, recorded->head().scope);
    check_recorded(source.scope, recorded->head().scope, reading.from);
    // The same recording gives the same bytes: its run id and its redaction tags come from its digest.
    source.run = base::sha256_hex(recorded->digest() + base::join(source.scope.namespaces, ",") + "/" +
                                  base::join(reading.targets, ",") + salt)
                     .substr(0, 12);
    source.record = source.run + "-" + io::random_hex(8);
    source.redaction_key = recorded->digest();
    source.recording_sha256 = recorded->digest();
    source.transport = std::move(recorded);
    return source;
}

// Where kubectl must be asked for the context the proxy starts meanwhile, for each takes a while; but only where both
// are sure to read the same of the kubeconfig.
std::unique_ptr<io::ReadProxy> begin_proxy(Context& context, const kube::Target& target) {
    if (context.config().kubectl_transport == io::ReadThrough::spawn) return nullptr;
    auto files = io::KubeconfigFiles::look(target);
    if (!files.at_rest(context.now())) return nullptr;
    return std::make_unique<io::ReadProxy>(context.kubectl(), target, context.child_environment(), std::move(files));
}

std::unique_ptr<io::KubectlTransport> transport_of(const io::Config& config, const std::string& server,
                                                   io::KubectlSettings settings, std::unique_ptr<io::ReadProxy> begun) {
    if (config.kubectl_transport == io::ReadThrough::spawn)
        return std::make_unique<io::KubectlTransport>(std::move(settings));
    io::ProxySettings proxy;
    proxy.required = config.kubectl_transport == io::ReadThrough::proxy;
    if (proxy.required) proxy.start_budget = settings.list_budget;  // there is nothing else to do
    // Within a pod there is no address, and the server is near.
    const bool far = !server.empty() && !kube::is_near(server);
    proxy.packed = config.kubectl_compression == io::Compression::on ||
                   (config.kubectl_compression == io::Compression::automatic && far);
    return std::make_unique<io::ProxyTransport>(std::move(settings), proxy, std::move(begun));
}

Source live_source(Context& context, const Reading& reading, const std::string& name) {
    Source source;
    std::unique_ptr<io::ReadProxy> begun;
    auto chosen = context.choose(name, [&] { begun = begin_proxy(context, context.target(name)); });
    const auto timeout =
        reading.kubectl_timeout_s > 0 ? base::seconds(reading.kubectl_timeout_s) : context.config().kubectl_timeout;
    io::KubectlSettings settings;
    settings.program = context.kubectl();
    settings.target = chosen.target;
    settings.target.request_timeout_seconds =
        static_cast<std::uint32_t>(std::max<std::int64_t>(1, timeout.us / 2'000'000));
    settings.environment = context.child_environment();
    settings.list_budget = timeout;
    settings.log_budget = std::min(timeout, base::seconds(30));
    settings.cancel = &context.cancel();
    source.kubectl_path = context.kubectl().path;
    source.settings = settings;
    source.connection = settings.target;
    auto live = transport_of(context.config(), chosen.server, std::move(settings), std::move(begun));
    source.live = live.get();
    source.transport = std::move(live);
    source.context = chosen.context;
    source.server = chosen.server;
    source.run = source.record = io::random_hex(12);
    source.redaction_key = io::random_hex(32);
    source.now = context.now();
    source.scope = scope_of(reading, {{chosen.ns}, false, {}});
    return source;
}

void check_targets(const kube::World& world, const std::vector<diagnose::Target>& targets) {
    for (const auto& target : targets)
        if (presence(world, target) == diagnose::Presence::absent)
            throw Error(ErrorKind::cluster_unreadable,
                        fmt::format("{} does not exist in {}", target.text(),
                                    world.facts().scope.all ? "any namespace"
                                                            : base::join(world.facts().scope.namespaces, ", ")),
                        "check the name and the namespace (-n)");
}

std::vector<diagnose::Finding> judged(const kube::World& world, std::vector<diagnose::Finding> found,
                                      const std::vector<diagnose::Target>& targets) {
    check_targets(world, targets);
    auto findings = diagnose::conclude(world, diagnose::all_links(), std::move(found)).findings;
    return about(world, within_scope(world, std::move(findings)), targets);
}

// No more threads than a laptop has cores: there are some fifty rules, most of a millisecond in a large cluster.
void on_all_cores(std::size_t count, const std::function<void(std::size_t)>& task) {
    io::run_parallel(count, std::clamp(std::thread::hardware_concurrency(), 1U, 4U), task);
}

// What is still to be read before these findings can stand. Lists that were left out come first: until they are read,
// logs and further reads may be wanted that nobody would want of the whole.
struct NextReads {
    kube::Unread lists;
    std::vector<diagnose::LogWanted> logs;
    std::vector<diagnose::ReadWanted> reads;
    bool empty() const { return lists.empty() && logs.empty() && reads.empty(); }
};

// more: logs and further reads may still be wanted. Lists always may: each is read once.
NextReads next_reads(const kube::World& world, const std::vector<diagnose::Finding>& found, bool more) {
    NextReads next;
    if (more) {
        next.logs = diagnose::wanted_logs(world, diagnose::all_rules());
        next.reads = diagnose::wanted_reads(world, diagnose::all_rules(), diagnose::all_links(), found);
        const auto known = [&](const auto& wanted) { return io::was_read(world.facts(), wanted); };
        std::erase_if(next.logs, known);
        std::erase_if(next.reads, known);
    }
    next.lists = io::readable(world.facts(), world.unread());
    if (!next.lists.empty()) next = {std::move(next.lists), {}, {}};
    return next;
}

}  // namespace

void add_reading(CLI::App& app, Reading& reading) {
    app.add_option("-n,--namespace", reading.namespaces, "namespace to look at (repeatable; default: the context's)")
        ->allow_extra_args(false);
    app.add_flag("-A,--all-namespaces", reading.all, "look at all namespaces");
    app.add_option("--from", reading.from, "read this recording instead of a cluster");
    app.add_option("--save", reading.save, "write what was read, redacted, to this file");
    app.add_option("--kubectl-timeout", reading.kubectl_timeout_s, "seconds that one kubectl may take (default: 60)")
        ->check(CLI::Range(1, 3600));
}

void check(const Reading& reading) {
    if (reading.all && !reading.namespaces.empty())
        throw Error(ErrorKind::usage, "-A and -n cannot be used together", "give one of them");
    for (const auto& ns : reading.namespaces) kube::checked_namespace(ns);
}

Source source_of(Context& context, const Reading& reading, const std::string& context_name, const std::string& salt) {
    return reading.from.empty() ? live_source(context, reading, context_name) : recorded_source(reading, salt);
}

io::CollectOptions collecting(const Context& context, const Source& source, io::Recorder* recorder,
                              ProgressLine& progress) {
    io::CollectOptions how;
    how.scope = source.scope;
    how.context = source.context;
    how.now = source.now;
    how.cancel = &context.cancel();
    how.recorder = recorder;
    how.progress = [&](std::string_view what, std::size_t done, std::size_t total) {
        progress.show(what, done, total);
    };
    return how;
}

std::vector<diagnose::Finding> investigate(Source& source, const base::Redactor& redactor,
                                           const io::CollectOptions& how, const std::vector<diagnose::Target>& targets,
                                           kube::Snapshot& snapshot, const SoFar& so_far) {
    snapshot = io::collect(*source.transport, redactor, how);
    for (const auto& target : targets) snapshot.scope.targets.push_back(target.text());
    diagnose::RuleFindings by_rules;
    std::shared_ptr<const kube::SteadyIndex> steady;
    for (int rounds = 0;;) {
        NextReads next;
        const auto known = snapshot.reads.size();
        {
            const kube::World world(snapshot, steady);
            steady = world.steady();
            by_rules.find(world, diagnose::all_rules(), on_all_cores);
            auto found = by_rules.folded(world, on_all_cores);
            next = next_reads(world, found, rounds < more_rounds);
            if (next.empty()) {
                by_rules = {};  // the record needs the room
                auto findings = judged(world, std::move(found), targets);
                next.lists = io::readable(snapshot, world.unread());
                if (next.empty()) return findings;
            } else if (next.lists.empty() && rounds == 0 && so_far) {
                so_far(about(world, within_scope(world, std::move(found)), targets));
            }
        }
        if (next.lists.empty()) ++rounds;
        io::read_unread(*source.transport, redactor, how, next.lists, snapshot);
        io::collect_logs(*source.transport, redactor, how, next.logs, snapshot);
        io::drill_down(*source.transport, redactor, how, next.reads, snapshot);
        for (auto at = known; at < snapshot.reads.size(); ++at) by_rules.was_read(snapshot.reads[at].what);
    }
}

std::vector<std::string> clock_warnings(const kube::Snapshot& snapshot, base::Time now) {
    std::vector<std::string> warnings;
    if (snapshot.taken_at - now > base::seconds(60))
        warnings.push_back(
            fmt::format("the local clock is {} behind the cluster's", base::to_words(snapshot.taken_at - now)));
    return warnings;
}

void announce(audit::Record& record, const Source& source, const base::Redactor& redactor) {
    record.run_id = source.record;
    record.recording_sha256 = source.recording_sha256;
    record.kubectl.path = source.kubectl_path;
    record.cluster.context = source.context;
    record.server = redactor.text(source.server);
    record.scope = source.scope;
    record.hmac_key_id = base::sha256_hex(source.redaction_key).substr(0, 12);
    if (const auto client = io::ssh_client(); !client.empty())
        record.actor.ssh_client_hmac = base::hmac_sha256(source.redaction_key, client);
}

void fill(audit::Record& record, const Source& source, const kube::Snapshot& snapshot, const base::Redactor& redactor,
          const std::vector<diagnose::Finding>& findings, diagnose::Severity min_severity) {
    record.cluster = snapshot.cluster;
    record.scope = snapshot.scope;
    record.reads = snapshot.reads;
    // A record is read by people and bounded (SAFETY 1.6).
    for (const auto& finding : findings) {
        if (finding.severity >= min_severity)
            record.findings.push_back(finding);
        else
            ++record.below_min_severity[std::string(finding.mode->id)];
    }
    record.redactions = redactor.count();
    if (source.live) record.commands = source.live->calls();
}

}  // namespace salve::cmd
