// Which port of a pod a Service's port leads to.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "kube/world.hpp"

namespace salve::diagnose {

// The number that targetPort is, or nothing when it is a name. An empty targetPort is the port itself.
std::optional<int> target_number(const kube::ServicePort& port);

// The containers whose ports count: main containers and sidecars (kubernetes pkg/api/v1/pod/util.go FindPort).
std::vector<const kube::Container*> serving_containers(const kube::PodSpec& spec);

// The number of the pod's port that targetPort means; nothing when it is a name that no container has.
std::optional<int> find_port(const kube::PodSpec& spec, const kube::ServicePort& port);

// "http (80), metrics (9090/UDP)": what the containers declare, without repeats; "none" when nothing.
std::string declared_ports(const std::vector<const kube::Pod*>& pods);

// "port 80", "port http (80)".
std::string port_words(const kube::ServicePort& port);

// The pod template of the pod's owner, which keeps what is dropped of a healthy pod; else the pod's own spec.
const kube::PodSpec& full_spec(const kube::World& world, const kube::Pod& pod);

// Whether anything of the pod but a declared port shows that it listens there: a probe, an argument, a variable.
bool mentions_port(const kube::PodSpec& spec, int port);

}  // namespace salve::diagnose
