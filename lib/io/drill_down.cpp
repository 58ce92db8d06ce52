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

// The first of a namespace is the namespace itself.
std::vector<ListTask> tasks_of(const ReadWanted& wanted, Lists lists) {
    switch (wanted.what) {
        case What::name_space:
            return tasks_of_namespace(wanted.ns, lists);
        case What::node_events:
            return {{Resource::events, "default", false, std::string(kube::about_nodes), std::nullopt}};
        case What::revisions:
            return {{Resource::controllerrevisions, wanted.ns}};
    }
    return {};
}

ListRead read_part(Transport& transport, const base::Redactor& redactor, Recorder* recorder, const ListTask& task) {
    if (task.object != kube::about_nodes) return read_task(transport, redactor, recorder, task);
    auto path = kube::RawPath::list_in(task.what, task.ns);
    path.fields({{kube::SelectableField::involved_kind, "Node"}});
    return read_list(transport, redactor, recorder, {.what = task.what, .ns = task.ns, .path = path});
}

// The events about nodes may have been read before the rest of their namespace.
void drop_known_events(const kube::Snapshot& into, kube::Snapshot& more) {
    std::set<std::string_view> known;
    for (const auto& event : into.events)
        if (event.about.kind == "Node") known.insert(event.meta.uid);
    std::erase_if(more.events, [&](const kube::Event& event) { return known.contains(event.meta.uid); });
}

void add(kube::Snapshot& into, const ListTask& task, ListRead&& read) {
    into.reads.push_back(ledger_line(task, read));
    if (task.what == Resource::events) drop_known_events(into, read.facts);
    append(into, std::move(read.facts));
}

}  // namespace

bool was_read(const kube::Snapshot& snapshot, const ReadWanted& wanted) {
    if (snapshot.scope.all && wanted.what != What::revisions) return true;
    const auto tasks = tasks_of(wanted, Lists::needed);
    const auto& first = tasks.front();
    return std::any_of(snapshot.reads.begin(), snapshot.reads.end(), [&](const kube::Read& read) {
        const bool whole = read.object.empty() && first.what == Resource::events;
        return read.what == first.what && read.ns == first.ns && (whole || read.object == first.object);
    });
}

void drill_down(Transport& transport, const base::Redactor& redactor, const CollectOptions& options,
                const std::vector<ReadWanted>& wanted, kube::Snapshot& into) {
    std::vector<ListTask> parts;
    for (const auto& one : wanted) {
        auto more = tasks_of(one, options.lists);
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
