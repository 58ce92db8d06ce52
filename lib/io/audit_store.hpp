// The runs folder: one file a run, published once, never changed.
#pragma once
#include <string>

#include "base/time.hpp"

namespace salve::io {

// Makes the folder (0700, with its parents) where it is missing, and publishes `record` there as "<UTC
// time>-<kind>-<run>.json", mode 0444, flushed to the disk. Returns the path. A name that is taken gets a number.
// base::Error(internal) names the path and the reason; a folder that others may write, or that belongs to somebody
// else, is refused.
std::string publish_record(const std::string& folder, base::Time at, const std::string& kind, const std::string& run,
                           const std::string& record);

}  // namespace salve::io
