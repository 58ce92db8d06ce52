// What the records of a folder tell of earlier attempts (policy/history.hpp).
#pragma once
#include "io/runs_folder.hpp"
#include "policy/history.hpp"

namespace salve::io {

// Reads the records that can tell something at `now`, by the kind and time in their names. Error(invalid_record) for
// one of them that is broken: what it said may be what counts.
policy::History read_history(const RunsFolder& runs, base::Time now);

}  // namespace salve::io
