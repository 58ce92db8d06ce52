// The objects that a plan is made for: each whole, redacted, as it is now.
#pragma once
#include <vector>

#include "base/redact.hpp"
#include "io/recording.hpp"
#include "io/transport.hpp"
#include "kube/snapshot.hpp"
#include "plan/action.hpp"

namespace salve::io {

// Reads them one after the other. What could not be read is not among them; every read has its line in `ledger`.
// recorder: gets every answer, or null.
plan::Objects read_live(Transport& transport, const base::Redactor& redactor, Recorder* recorder,
                        const std::vector<kube::ObjectRef>& wanted, std::vector<kube::Read>& ledger);

}  // namespace salve::io
