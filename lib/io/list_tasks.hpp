// The lists of a collection: which there are for a scope, and each with its older API versions and its line in the
// ledger.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "io/list_read.hpp"
#include "io/lists.hpp"

namespace salve::io {

// One kind, in one namespace or in all.
struct ListTask {
    kube::Resource what;
    std::string ns;                                            // empty: cluster-wide
    bool single = false;                                       // the namespace object itself
    std::string object = {};                                   // Read::object, where it is a part of the list
    std::optional<kube::LabelSelector> labels = std::nullopt;  // which part
    std::vector<std::string> left_out = {};                    // namespaces
    base::Time now = {};                                       // as kube::Asked
};

// The kinds of TAXONOMY 3.1, each once for the whole cluster, or once for each namespace of the scope.
std::vector<ListTask> tasks_of(const kube::Scope& scope, Lists lists);

// The kinds that live in a namespace, and the namespace itself.
std::vector<ListTask> tasks_of_namespace(const std::string& ns, Lists lists);

// Reads one kind, falling back to older API versions where the server does not have the newest (TAXONOMY 3.4).
ListRead read_task(Transport& transport, const base::Redactor& redactor, Recorder* recorder, const ListTask& task);

kube::Read ledger_line(const ListTask& task, const ListRead& read);

// Adds the objects; the ledger is not touched.
void append(kube::Snapshot& into, kube::Snapshot&& more);

}  // namespace salve::io
