// One object of the cluster as it is now, for recovery: the whole of it, and never printed.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "io/transport.hpp"
#include "kube/meta.hpp"

namespace salve::io {

struct ObjectRead {
    bool read = false;      // false: nothing is known; why says what hindered
    std::string why;        // redacted by nobody: it quotes kubectl
    nlohmann::json object;  // null: the server says that there is none
};

// Asks for the object by kind, namespace and name. A kind that salve does not read is `read = false`.
ObjectRead read_object(Transport& transport, const kube::ObjectRef& ref);

}  // namespace salve::io
