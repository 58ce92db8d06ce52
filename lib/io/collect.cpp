#include "io/collect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "base/error.hpp"
#include "base/text.hpp"
#include "io/list_read.hpp"
#include "io/parallel.hpp"
#include "kube/newest.hpp"

namespace salve::io {
namespace {

using base::Error;
using base::ErrorKind;
using kube::Failure;
using kube::ReadState;
using kube::Resource;

// What every read of the collection is: one kind, in one namespace or in all.
struct Task {
    Resource what;
    std::string ns;       // empty: cluster-wide
    bool single = false;  // the namespace object itself
};

std::vector<Task> tasks_of(const kube::Scope& scope) {
    std::vector<Task> tasks;
    for (const auto& kind : kube::resources()) {
        if (kind.resource == Resource::leases) {
            tasks.push_back({kind.resource, "kube-node-lease"});
        } else if (scope.all || (!kind.namespaced && kind.resource != Resource::namespaces)) {
            tasks.push_back({kind.resource, ""});
        } else {
            for (const auto& ns : scope.namespaces)
                tasks.push_back({kind.resource, ns, kind.resource == Resource::namespaces});
        }
    }
    return tasks;
}

kube::RawPath path_of(const Task& task, std::size_t version) {
    if (task.single) return kube::RawPath::object(task.what, task.ns, version);
    return task.ns.empty() ? kube::RawPath::list(task.what, version)
                           : kube::RawPath::list_in(task.what, task.ns, version);
}

// Reads one kind, falling back to older API versions where the server does not have the newest (TAXONOMY 3.4).
ListRead read_task(Transport& transport, const base::Redactor& redactor, const CollectOptions& options,
                   const Task& task) {
    ListRead read;
    for (std::size_t version = 0; version < kube::version_count(task.what); ++version) {
        read = read_list(transport, redactor, options.recorder,
                         {task.what, task.ns, task.single, path_of(task, version), version});
        if (read.failure != Failure::missing_resource_type) break;
    }
    return read;
}

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

kube::Read ledger_line(const Task& task, const ListRead& read) {
    return {task.what, task.ns, read.state, read.objects, "", read.detail};
}

void append(kube::Snapshot& into, kube::Snapshot&& more) {
    const auto move = [](auto& to, auto& from) {
        if (to.empty())
            to = std::move(from);
        else
            std::move(from.begin(), from.end(), std::back_inserter(to));
    };
    move(into.namespaces, more.namespaces);
    move(into.pods, more.pods);
    move(into.events, more.events);
    move(into.deployments, more.deployments);
    move(into.replica_sets, more.replica_sets);
    move(into.stateful_sets, more.stateful_sets);
    move(into.daemon_sets, more.daemon_sets);
    move(into.jobs, more.jobs);
    move(into.cron_jobs, more.cron_jobs);
    move(into.services, more.services);
    move(into.endpoint_slices, more.endpoint_slices);
    move(into.claims, more.claims);
    move(into.quotas, more.quotas);
    move(into.limit_ranges, more.limit_ranges);
    move(into.service_accounts, more.service_accounts);
    move(into.ingresses, more.ingresses);
    move(into.network_policies, more.network_policies);
    move(into.autoscalers, more.autoscalers);
    move(into.budgets, more.budgets);
    move(into.nodes, more.nodes);
    move(into.volumes, more.volumes);
    move(into.storage_classes, more.storage_classes);
    move(into.ingress_classes, more.ingress_classes);
    move(into.webhooks, more.webhooks);
    move(into.api_services, more.api_services);
    move(into.leases, more.leases);
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
    const auto tasks = tasks_of(options.scope);
    std::vector<ListRead> reads(tasks.size());
    const std::size_t total = tasks.size() + 2;
    std::mutex mutex;
    std::size_t done = 0;
    bool any_answer = false;
    kube::Snapshot snapshot;
    run_parallel(total, options.parallel, [&](std::size_t at) {
        if (options.cancel && options.cancel->requested()) throw Interrupted();
        if (at < 2) {  // first, so that a dead server is known at once
            auto identity = at == 0 ? read_version(transport, redactor, options.recorder)
                                    : read_cluster_uid(transport, redactor, options.recorder);
            const std::lock_guard lock(mutex);
            (at == 0 ? snapshot.cluster.server_version : snapshot.cluster.uid) = std::move(identity.value);
            if (identity.outcome.state == ReadState::ok) any_answer = true;
            if (!any_answer && is_fatal(identity.outcome.failure))
                cannot_go_on(options, identity.outcome.failure, identity.outcome.detail);
        } else {
            auto read = read_task(transport, redactor, options, tasks[at - 2]);
            const std::lock_guard lock(mutex);
            if (read.state == ReadState::ok || read.state == ReadState::forbidden) any_answer = true;
            if (!any_answer && is_fatal(read.failure)) cannot_go_on(options, read.failure, read.detail);
            reads[at - 2] = std::move(read);
        }
        const std::lock_guard lock(mutex);
        if (options.progress) options.progress(++done, total);
    });
    if (options.cancel && options.cancel->requested()) throw Interrupted();
    check_namespaces(tasks, reads);
    check_something_read(options, tasks, reads);
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        snapshot.reads.push_back(ledger_line(tasks[i], reads[i]));
        append(snapshot, std::move(reads[i].facts));
    }
    snapshot.cluster.context = options.context;
    snapshot.scope = options.scope;
    snapshot.taken_at = std::max(options.now, kube::newest_time(snapshot));
    return snapshot;
}

void collect_logs(Transport& transport, const base::Redactor& redactor, const CollectOptions& options,
                  const std::vector<diagnose::LogWanted>& wanted, kube::Snapshot& into) {
    std::vector<LogRead> reads(wanted.size());
    run_parallel(wanted.size(), options.parallel, [&](std::size_t at) {
        if (options.cancel && options.cancel->requested()) throw Interrupted();
        reads[at] = read_log(transport, redactor, options.recorder, wanted[at]);
    });
    for (std::size_t i = 0; i < reads.size(); ++i) {
        const auto& log = wanted[i];
        into.reads.push_back({Resource::logs, log.ns, reads[i].outcome.state, reads[i].log.lines.size(), log_name(log),
                              reads[i].outcome.detail});
        if (reads[i].outcome.state == ReadState::ok) into.logs.push_back(std::move(reads[i].log));
    }
}

}  // namespace salve::io
