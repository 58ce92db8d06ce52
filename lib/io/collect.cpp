#include "io/collect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "base/error.hpp"
#include "base/text.hpp"
#include "io/list_read.hpp"
#include "io/list_tasks.hpp"
#include "io/parallel.hpp"
#include "kube/newest.hpp"

namespace salve::io {
namespace {

using base::Error;
using base::ErrorKind;
using kube::Failure;
using kube::ReadState;
using kube::Resource;
using Task = ListTask;

// Failures that every further read would meet as well.
bool is_fatal(Failure failure) {
    return failure == Failure::unreachable || failure == Failure::unauthorized || failure == Failure::certificate ||
           failure == Failure::no_such_context || failure == Failure::bad_config;
}

[[noreturn]] void cannot_go_on(const CollectOptions& options, Failure failure, const std::string& detail) {
    const auto where = options.context.empty() ? std::string("the cluster")
                                               : fmt::format("the cluster of context \"{}\"", options.context);
    switch (failure) {
        case Failure::unauthorized:
            throw Error(ErrorKind::cluster_unreadable,
                        fmt::format("{} does not accept the credentials: {}", where, detail),
                        "renew the login of this context, then check with 'kubectl auth whoami'");
        case Failure::certificate:
            throw Error(ErrorKind::cluster_unreadable, fmt::format("{} cannot be trusted: {}", where, detail),
                        "compare the certificate authority in the kubeconfig with the server's, and the local clock");
        case Failure::no_such_context:
            throw Error(ErrorKind::usage, detail, "list the contexts with 'kubectl config get-contexts'");
        case Failure::bad_config:
            throw Error(ErrorKind::cluster_unreadable, fmt::format("the kubeconfig cannot be used: {}", detail),
                        "check KUBECONFIG or name a file with --kubeconfig");
        default:
            throw Error(ErrorKind::cluster_unreadable, fmt::format("{} cannot be reached: {}", where, detail),
                        "check the context, the network or VPN, and that the API server is up");
    }
}

void check_namespaces(const std::vector<Task>& tasks, const std::vector<ListRead>& reads) {
    for (std::size_t i = 0; i < tasks.size(); ++i)
        if (tasks[i].single && reads[i].failure == Failure::not_found)
            throw Error(ErrorKind::cluster_unreadable,
                        fmt::format("namespace {} does not exist", base::quoted(tasks[i].ns)),
                        "list the namespaces with 'kubectl get namespaces', or look everywhere with -A");
}

// Listing a namespace that does not exist is an empty list with exit code 0 (TAXONOMY 2.7 c), and every namespace has
// at least a ServiceAccount. So where the namespace itself could not be read, and nothing at all is in it, nothing may
// be said of it.
void check_not_empty(const std::vector<Task>& tasks, const std::vector<ListRead>& reads) {
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        if (!tasks[i].single || reads[i].state == ReadState::ok) continue;
        std::size_t objects = 0;
        for (std::size_t j = 0; j < tasks.size(); ++j)
            if (!tasks[j].single && tasks[j].ns == tasks[i].ns) objects += reads[j].objects;
        if (objects == 0)
            throw Error(ErrorKind::cluster_unreadable,
                        fmt::format("nothing is in namespace {}, and whether it exists could not be read: {}",
                                    base::quoted(tasks[i].ns), reads[i].detail),
                        "check the name; the right to read it is printed by 'salve rbac reader'");
    }
}

// Without a single list of the scope nothing can be said, least of all that all is well.
void check_something_read(const CollectOptions& options, const std::vector<Task>& tasks,
                          const std::vector<ListRead>& reads) {
    const ListRead* worst = nullptr;
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        if (!kube::info(tasks[i].what).namespaced || tasks[i].what == Resource::leases) continue;
        if (reads[i].state == ReadState::ok) return;
        if (!worst || tasks[i].what == Resource::pods) worst = &reads[i];
    }
    if (!worst) return;
    if (is_fatal(worst->failure)) cannot_go_on(options, worst->failure, worst->detail);
    const bool forbidden = worst->state == ReadState::forbidden;
    throw Error(
        ErrorKind::cluster_unreadable,
        fmt::format("nothing could be read in {}: {}",
                    options.scope.all ? std::string("any namespace") : base::join(options.scope.namespaces, ", "),
                    worst->detail),
        forbidden ? "the rights that are needed are printed by 'salve rbac reader'"
                  : "try again; with -v every read is shown");
}

// Of the namespaces that were listed; where they could not be, kube-system alone may be readable.
std::string cluster_uid(Transport& transport, const base::Redactor& redactor, const CollectOptions& options,
                        const kube::Snapshot& snapshot) {
    for (const auto& ns : snapshot.namespaces)
        if (ns.meta.name == "kube-system") return ns.meta.uid;
    return read_cluster_uid(transport, redactor, options.recorder).value;
}

std::string log_name(const diagnose::LogWanted& log) {
    return log.pod + "/" + log.container + (log.previous ? "/previous" : "");
}

}  // namespace

bool was_read(const kube::Snapshot& snapshot, const diagnose::LogWanted& wanted) {
    return std::any_of(snapshot.reads.begin(), snapshot.reads.end(), [&](const kube::Read& read) {
        return read.what == Resource::logs && read.ns == wanted.ns && read.object == log_name(wanted);
    });
}

kube::Snapshot collect(Transport& transport, const base::Redactor& redactor, const CollectOptions& options) {
    auto tasks = tasks_of(options.scope, options.lists);
    for (auto& task : tasks) task.now = options.now;
    std::vector<ListRead> reads(tasks.size());
    // First what is small, so that a dead server is known at once. The namespace kube-system stands in the list of all.
    const std::size_t identities = options.scope.all ? 1 : 2;
    const std::size_t total = tasks.size() + identities;
    std::mutex mutex;
    std::size_t done = 0;
    bool any_answer = false;
    kube::Snapshot snapshot;
    run_parallel(total, options.parallel, [&](std::size_t at) {
        if (options.cancel && options.cancel->requested()) throw Interrupted();
        if (at < identities) {
            auto identity = at == 0 ? read_version(transport, redactor, options.recorder)
                                    : read_cluster_uid(transport, redactor, options.recorder);
            const std::lock_guard lock(mutex);
            (at == 0 ? snapshot.cluster.server_version : snapshot.cluster.uid) = std::move(identity.value);
            if (identity.outcome.state == ReadState::ok) any_answer = true;
            if (!any_answer && is_fatal(identity.outcome.failure))
                cannot_go_on(options, identity.outcome.failure, identity.outcome.detail);
        } else {
            auto read = read_task(transport, redactor, options.recorder, tasks[at - identities]);
            const std::lock_guard lock(mutex);
            if (read.state == ReadState::ok || read.state == ReadState::forbidden) any_answer = true;
            if (!any_answer && is_fatal(read.failure)) cannot_go_on(options, read.failure, read.detail);
            reads[at - identities] = std::move(read);
        }
        const std::lock_guard lock(mutex);
        if (options.progress) options.progress("lists", ++done, total);
    });
    if (options.cancel && options.cancel->requested()) throw Interrupted();
    check_namespaces(tasks, reads);
    check_something_read(options, tasks, reads);
    check_not_empty(tasks, reads);
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        snapshot.reads.push_back(ledger_line(tasks[i], reads[i]));
        append(snapshot, std::move(reads[i].facts));
    }
    if (options.scope.all) snapshot.cluster.uid = cluster_uid(transport, redactor, options, snapshot);
    snapshot.cluster.context = options.context;
    snapshot.scope = options.scope;
    snapshot.taken_at = std::max(options.now, kube::newest_time(snapshot));
    return snapshot;
}

void collect_logs(Transport& transport, const base::Redactor& redactor, const CollectOptions& options,
                  const std::vector<diagnose::LogWanted>& wanted, kube::Snapshot& into) {
    std::vector<LogRead> reads(wanted.size());
    std::mutex mutex;
    std::size_t done = 0;
    run_parallel(wanted.size(), options.parallel, [&](std::size_t at) {
        if (options.cancel && options.cancel->requested()) throw Interrupted();
        reads[at] = read_log(transport, redactor, options.recorder, wanted[at]);
        const std::lock_guard lock(mutex);
        if (options.progress) options.progress("logs", ++done, wanted.size());
    });
    for (std::size_t i = 0; i < reads.size(); ++i) {
        const auto& log = wanted[i];
        into.reads.push_back({Resource::logs, log.ns, reads[i].outcome.state, reads[i].log.lines.size(), log_name(log),
                              reads[i].outcome.detail, reads[i].outcome.answer});
        if (reads[i].outcome.state == ReadState::ok) into.logs.push_back(std::move(reads[i].log));
    }
}

}  // namespace salve::io
