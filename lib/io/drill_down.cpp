#include "io/drill_down.hpp"

#include <algorithm>
#include <iterator>
#include <set>

#include "io/list_tasks.hpp"
#include "io/parallel.hpp"
#include "kube/newest.hpp"

namespace salve::io {
namespace {

using diagnose::ReadWanted;
using kube::Resource;
using What = diagnose::ReadWanted::What;

// One read, and how its line in the ledger is told from the list of its kind.
struct Part {
    ListTask task;
    std::string object;  // Read::object; empty for a whole list
};

// The first of a namespace is the namespace itself.
std::vector<Part> parts_of(const ReadWanted& wanted) {
    std::vector<Part> parts;
    switch (wanted.what) {
        case What::name_space:
            for (const auto& task : tasks_of_namespace(wanted.ns)) parts.push_back({task, ""});
            break;
        case What::node_events:
            parts.push_back({{Resource::events, "default"}, std::string(kube::about_nodes)});
            break;
        case What::replica_set:
            parts.push_back({{Resource::replicasets, wanted.ns}, wanted.name});
            break;
        case What::revisions:
            parts.push_back({{Resource::controllerrevisions, wanted.ns}, ""});
            break;
    }
    return parts;
}

ListRead read_part(Transport& transport, const base::Redactor& redactor, Recorder* recorder, const Part& part) {
    const auto& [what, ns, single] = part.task;
    if (part.object.empty()) return read_task(transport, redactor, recorder, part.task);
    if (what == Resource::events) {
        auto path = kube::RawPath::list_in(what, ns);
        path.fields({{kube::SelectableField::involved_kind, "Node"}});
        return read_list(transport, redactor, recorder, {.what = what, .ns = ns, .path = path});
    }
    auto path = kube::RawPath::object_in(what, ns, part.object);
    return read_list(transport, redactor, recorder,
                     {.what = what, .ns = ns, .single = true, .path = path, .whole = true});
}

// The ReplicaSets stand there already, without their templates.
void complete_replica_set(kube::Snapshot& into, kube::Snapshot&& more) {
    for (auto& whole : more.replica_sets)
        for (auto& known : into.replica_sets)
            if (known.meta.uid == whole.meta.uid) known.pod_template = std::move(whole.pod_template);
}

// The events about nodes may have been read before the rest of their namespace.
void drop_known_events(const kube::Snapshot& into, kube::Snapshot& more) {
    std::set<std::string_view> known;
    for (const auto& event : into.events)
        if (event.about.kind == "Node") known.insert(event.meta.uid);
    std::erase_if(more.events, [&](const kube::Event& event) { return known.contains(event.meta.uid); });
}

void add(kube::Snapshot& into, const Part& part, ListRead&& read) {
    auto line = ledger_line(part.task, read);
    line.object = part.object;
    into.reads.push_back(std::move(line));
    if (part.task.what == Resource::events) drop_known_events(into, read.facts);
    if (part.task.what == Resource::replicasets && !part.object.empty())
        complete_replica_set(into, std::move(read.facts));
    else
        append(into, std::move(read.facts));
}

}  // namespace

bool was_read(const kube::Snapshot& snapshot, const ReadWanted& wanted) {
    if (wanted.what != What::replica_set && snapshot.scope.all && wanted.what != What::revisions) return true;
    const auto parts = parts_of(wanted);
    const auto& first = parts.front();
    return std::any_of(snapshot.reads.begin(), snapshot.reads.end(), [&](const kube::Read& read) {
        const bool whole = read.object.empty() && first.task.what == Resource::events;
        return read.what == first.task.what && read.ns == first.task.ns && (whole || read.object == first.object);
    });
}

void drill_down(Transport& transport, const base::Redactor& redactor, const CollectOptions& options,
                const std::vector<ReadWanted>& wanted, kube::Snapshot& into) {
    std::vector<Part> parts;
    for (const auto& one : wanted) {
        auto more = parts_of(one);
        // A name in a log may look like one of a namespace ("example.com"): its lists are read if there is such a one.
        if (one.what == What::name_space) {
            auto itself = read_part(transport, redactor, options.recorder, more.front());
            const bool exists = itself.failure != kube::Failure::not_found;
            add(into, more.front(), std::move(itself));
            more.erase(more.begin());
            if (!exists) continue;
        }
        std::move(more.begin(), more.end(), std::back_inserter(parts));
    }
    std::vector<ListRead> reads(parts.size());
    run_parallel(parts.size(), options.parallel, [&](std::size_t at) {
        if (options.cancel && options.cancel->requested()) throw Interrupted();
        reads[at] = read_part(transport, redactor, options.recorder, parts[at]);
    });
    for (std::size_t i = 0; i < parts.size(); ++i) add(into, parts[i], std::move(reads[i]));
    into.taken_at = std::max(into.taken_at, kube::newest_time(into));
}

}  // namespace salve::io
