// Locks between processes: flock on a file of its own, which the kernel gives back when its holder dies.
#pragma once
#include <string>

#include "io/publish.hpp"

namespace salve::io {

// The lock of that name in the folder, held until the descriptor is closed; nothing when somebody else has it for
// longer than `patience_ms`. Error(audit_unwritable) where the file cannot be made, or the file system knows no locks.
UniqueFd take_lock(const Folder& folder, const std::string& name, int patience_ms = 0);

}  // namespace salve::io
