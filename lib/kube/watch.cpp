#include "kube/watch.hpp"

namespace salve::kube {
namespace {

thread_local Watch* innermost = nullptr;

}  // namespace

bool is_read_late(Resource what) {
    const auto& row = info(what);
    return row.when_asked || row.on_demand || what == Resource::replicasets || what == Resource::logs;
}

Kinds late_kinds() {
    static const Kinds late = [] {
        Kinds kinds;
        kinds.add(Resource::logs);
        for (const auto& row : resources())
            if (is_read_late(row.resource)) kinds.add(row.resource);
        return kinds;
    }();
    return late;
}

Watch::Watch() : outer_(innermost) { innermost = this; }

Watch::~Watch() {
    innermost = outer_;
    note(kinds_);
}

void Watch::note(Resource what) {
    if (innermost) innermost->kinds_.add(what);
}

void Watch::note(Kinds kinds) {
    if (innermost) innermost->kinds_.add(kinds);
}

}  // namespace salve::kube
