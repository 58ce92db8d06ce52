// Triages built by hand, for the tests of the writers.
#pragma once
#include <string>

#include "report/triage.hpp"

namespace salve::report::builders {

using diagnose::Category;
using diagnose::Confidence;
using diagnose::Evidence;
using diagnose::Mode;
using diagnose::Source;
using diagnose::Subject;
using kube::ObjectRef;
using kube::Read;
using kube::ReadState;
using kube::Resource;

inline constexpr Mode not_found{"pod.image.not-found",   Category::image_pull, Severity::high, "", "", "",
                                "Use a tag that exists."};
inline constexpr Mode oom{"pod.crashloop.oom", Category::crash_oom, Severity::high, "", "", "", ""};
inline constexpr Mode no_endpoints{"svc.no-endpoints", Category::service_selector, Severity::medium, "", "", "", ""};

inline const Time now = *base::parse_time("2026-11-21T08:00:00Z");

inline ObjectRef deployment(std::string name) { return {"apps/v1", "Deployment", "demo", std::move(name), "uid-d"}; }
inline ObjectRef pod(std::string name) { return {"v1", "Pod", "demo", std::move(name), "uid-p"}; }
inline ObjectRef service(std::string name) { return {"v1", "Service", "demo", std::move(name), "uid-s"}; }

inline Finding finding(const Mode& mode, std::string id, Subject root, std::string summary) {
    Finding made;
    made.mode = &mode;
    made.id = std::move(id);
    made.severity = mode.severity;
    made.root = std::move(root);
    made.summary = std::move(summary);
    made.first_seen = now - base::minutes(4);
    if (!mode.advice.empty()) made.advice.emplace_back(mode.advice);
    return made;
}

inline Finding image_finding() {
    auto made = finding(not_found, "a1b2c3d4e5f6", {deployment("web"), "app"},
                        "the registry does not have the image registry.example.com/shop/web:1.2.4 "
                        "(manifest unknown); the pods of the new revision cannot start");
    made.severity = Severity::critical;
    for (const char* name : {"web-7b84-x", "web-7b84-y", "web-7b84-z", "web-7b84-q"})
        made.affected.push_back({pod(name), "app"});
    made.evidence.push_back({pod("web-7b84-x"), "app", Source::status,
                             "status.containerStatuses[0].state.waiting.reason", "ErrImagePull",
                             now - base::seconds(30)});
    made.evidence.push_back({pod("web-7b84-x"), "", Source::event, "events[Failed].message",
                             "Failed: Failed to pull image \"registry.example.com/shop/web:1.2.4\": manifest unknown",
                             std::nullopt});
    made.managed_by = {"helm:web"};
    made.actions = {"rollout.undo"};
    made.last_seen = now - base::seconds(30);
    made.consequences = {"0123456789ab"};
    return made;
}

inline Finding service_finding() {
    auto made = finding(no_endpoints, "0123456789ab", {service("shop"), ""},
                        "no pod behind Service shop is ready, so calls to it fail");
    made.caused_by = "a1b2c3d4e5f6";
    made.confidence = Confidence::probable;
    made.evidence.push_back({service("shop"), "", Source::spec, "spec.selector", "app=web", std::nullopt});
    made.missing_evidence = {"network policies could not be listed: whether one blocks the traffic is not known"};
    return made;
}

inline Finding oom_finding() {
    auto made = finding(oom, "fedcba987654", {deployment("worker"), "main"},
                        "container \"main\" was killed for using more memory than its limit of 256Mi (12 restarts)");
    made.affected.push_back({pod("worker-5d-k"), "main"});
    made.evidence.push_back({pod("worker-5d-k"), "main", Source::status,
                             "status.containerStatuses[0].lastState.terminated.reason", "OOMKilled", now});
    made.advice = {"Compare the limit with what the program needs."};
    made.first_seen = std::nullopt;
    return made;
}

// Three findings, one of them a consequence; two reads that failed, one kind that is not served.
inline Triage triage() {
    Triage made;
    made.run = "20261121T080000Z-1f2e";
    made.cluster = {"kind-demo", "v1.32.2", ""};
    made.scope.namespaces = {"demo"};
    made.started_at = now;
    made.mono_us = 412345;
    made.reads = {{Resource::pods, "demo", ReadState::ok, 12, "", ""},
                  {Resource::deployments, "demo", ReadState::ok, 3, "", ""},
                  {Resource::networkpolicies, "demo", ReadState::forbidden, 0, "",
                   "User \"reader\" cannot list resource \"networkpolicies\""},
                  {Resource::nodes, "", ReadState::timeout, 0, "", ""},
                  {Resource::apiservices, "", ReadState::absent, 0, "", ""}};
    made.findings = {image_finding(), service_finding(), oom_finding()};
    made.record_path = "./runs/20261121T080000Z-1f2e.json";
    return made;
}

// Nothing wrong, everything seen.
inline Triage healthy() {
    auto made = triage();
    made.reads = {{Resource::pods, "demo", ReadState::ok, 12, "", ""},
                  {Resource::deployments, "demo", ReadState::ok, 3, "", ""}};
    made.findings.clear();
    return made;
}

}  // namespace salve::report::builders
