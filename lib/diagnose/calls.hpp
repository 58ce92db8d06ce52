// Whom a failing program calls: read from the line of its log that a finding quotes, else from the addresses that its
// template gives it.
#pragma once
#include <string>
#include <vector>

#include "diagnose/finding.hpp"
#include "diagnose/log_facts.hpp"

namespace salve::diagnose {

// One Service that a program of the finding called, and the proof that it did. `via` is an Ingress or an ExternalName
// Service that leads there, if there is one.
struct Call {
    ServiceName target;
    std::vector<Evidence> proof;  // never empty: the line or the variable, then each step on the way
};

// An address that a container's template gives it: a URL, HOST:PORT, or the bare value of a variable. It is surely an
// address only where the text has the shape of one or the variable is called so.
struct TemplateAddress {
    Endpoint endpoint;
    std::string path, text;  // of the field in the pod's spec, and its words
    bool sure = false;
};
std::vector<TemplateAddress> addresses_of(const kube::Container& container);

// Of the lines that the finding quotes from logs; those of a probe or a crash name a host. No line that names one: of
// the variables of its containers (addresses and URLs are not redacted), when the finding is about a failing
// connection. A name that does not exist as a Service is among them (target.service is absent or unknown).
std::vector<Call> calls_of(const kube::World& world, const Finding& finding);

}  // namespace salve::diagnose
