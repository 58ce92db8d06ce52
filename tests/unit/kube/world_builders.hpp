// Objects that own each other, for the tests of World.
#pragma once
#include <string>

#include "kube/snapshot.hpp"
#include "unit/diagnose/starting_builders.hpp"

namespace salve::world_test {

using kube::Pod;
using kube::Read;
using kube::ReadState;
using kube::Resource;
using starting_test::meta;

inline Read read_of(Resource what, const std::string& ns, ReadState state = ReadState::ok) {
    Read read;
    read.what = what;
    read.ns = ns;
    read.state = state;
    return read;
}

template <typename T>
T named(const std::string& kind, const std::string& name, const std::string& ns = "shop") {
    T object;
    object.meta = meta("v1", kind, ns, name);
    return object;
}

template <typename T>
T owned(T object, const std::string& kind, const std::string& name) {
    object.meta.owners.push_back({"apps/v1", "Friend", "not the controller", "uid-friend", false});
    object.meta.owners.push_back({"apps/v1", kind, name, "uid-" + name, true});
    return object;
}

inline Pod pod_of(const std::string& name, const std::string& kind = "", const std::string& owner = "") {
    auto pod = named<Pod>("Pod", name);
    pod.phase = "Running";
    return kind.empty() ? pod : owned(pod, kind, owner);
}

}  // namespace salve::world_test
