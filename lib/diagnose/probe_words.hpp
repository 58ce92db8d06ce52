// A probe of the spec in words, and the time that it gives.
#pragma once
#include <string>

#include "base/time.hpp"
#include "kube/pod.hpp"

namespace salve::diagnose {

// `HTTP GET :8080/ready every 10s, timeout 1s, 3 failures`, `exec [sh -c ...] ...`, `TCP :5432 ...`, `gRPC :9090 ...`.
std::string probe_words(const kube::Probe& probe);

// initialDelaySeconds + periodSeconds x failureThreshold: until then failures are allowed (TAXONOMY 0.8).
base::Duration probe_budget(const kube::Probe& probe);

}  // namespace salve::diagnose
