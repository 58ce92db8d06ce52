// Which rules a record was made with.
#pragma once
#include <string>

namespace salve::diagnose {

// SHA-256 over the table of failure modes: another one whenever a mode, its severity or its words change.
std::string modes_digest();

}  // namespace salve::diagnose
