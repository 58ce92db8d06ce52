#pragma once
#include <string>

#include "io/list_read.hpp"

namespace salve::test {

// The list of that kind in the namespace, or in the whole cluster where that is empty.
inline io::ListQuery query_of(kube::Resource what, const std::string& ns, std::size_t version = 0) {
    const auto path = ns.empty() ? kube::RawPath::list(what, version) : kube::RawPath::list_in(what, ns, version);
    return {what, ns, false, path, version};
}

}  // namespace salve::test
