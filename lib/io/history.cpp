#include "io/history.hpp"

#include "audit/history.hpp"
#include "io/find_run.hpp"

namespace salve::io {

policy::History read_history(const RunsFolder& runs, base::Time now) {
    policy::History history;
    for (const auto& name : runs.list().records)
        if (audit::may_tell(name.kind, name.sealed_at, now)) audit::add_to(history, read_record(runs, name).document);
    return history;
}

}  // namespace salve::io
