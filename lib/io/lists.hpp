// Which lists a reading begins with.
#pragma once
#include <cstdint>

#include "base/names.hpp"

namespace salve::io {

// all, or needed: without what is read once a judgement asks for it (kube::ResourceInfo::when_asked, and in a whole
// cluster the ReplicaSets of Deployments).
enum class Lists : std::uint8_t { needed, all };
inline constexpr base::Names<Lists, 2> lists_names{{{Lists::needed, "needed"}, {Lists::all, "all"}}};

}  // namespace salve::io
