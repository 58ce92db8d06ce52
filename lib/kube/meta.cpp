#include "kube/meta.hpp"

namespace salve::kube {

// Not in the header, where each file that asks would compile it.
ObjectRef Meta::ref() const { return {api_version, kind, ns, name, uid}; }

}  // namespace salve::kube
