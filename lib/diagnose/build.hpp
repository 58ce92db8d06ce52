// Helpers to write findings: rules should read as their taxonomy entry does.
#pragma once
#include "diagnose/finding.hpp"
#include "kube/world.hpp"

namespace salve::diagnose {

using kube::ContainerStatus;
using kube::Pod;

// A finding about a pod (and one container of it), with the pod's top owner as root, the pod as affected and the mode's
// severity, advice and actions. The container stands on the root, so that two containers of one owner stay two
// findings. Evidence is to be added by the caller.
Finding pod_finding(const kube::World& world, const Mode& mode, const Pod& pod, std::string container = "");

// A finding whose root is another object than the pod's owner (a missing ConfigMap, a node): owner and pod are both
// affected.
Finding pod_finding_on(const kube::World& world, const Mode& mode, const ObjectRef& root, const Pod& pod,
                       std::string container = "");

// A finding whose root is any object (a Service, a claim, a node); nothing is affected yet.
Finding object_finding(const Mode& mode, const ObjectRef& root);

// Evidence of a container's status: path is appended to the status' own ("state.waiting.reason").
Evidence from_status(const Pod& pod, const ContainerStatus& status, std::string_view path, std::string text,
                     std::optional<Time> at = std::nullopt);
// Evidence of a field of any object ("status.reason", "spec.nodeName").
Evidence from_field(const ObjectRef& object, Source source, std::string path, std::string text,
                    std::optional<Time> at = std::nullopt);
// Evidence of a condition: the text is "TYPE=STATUS REASON: message".
Evidence from_condition(const ObjectRef& object, const kube::Condition& condition);
// Evidence of an event: the text is "REASON: message".
Evidence from_event(const kube::Event& event);
// Evidence of a log line.
Evidence from_log(const Pod& pod, std::string container, bool previous, const kube::LogLine& line);

// The words for a container in a sentence: container "app".
std::string container_words(std::string_view container);

// The name of an exit code's signal ("SIGSEGV") for 129..159, or empty (POSIX; TAXONOMY section 5).
std::string_view signal_of_exit(int exit_code);

}  // namespace salve::diagnose
