// Questions about admission webhooks that several rules ask.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kube/world.hpp"

namespace salve::diagnose {

struct HookRef {
    const kube::WebhookConfiguration* config = nullptr;
    const kube::Webhook* hook = nullptr;
    explicit operator bool() const { return hook; }
};

// Every webhook, by kind and name of its configuration.
std::vector<HookRef> all_webhooks(const kube::World& world);

// The webhook of that name whose backend is that Service (an empty one: any); nothing when it is not in the facts.
HookRef find_webhook(const kube::World& world, std::string_view name, std::string_view service_ns,
                     std::string_view service);

// Whether it is asked before a pod is created.
bool intercepts_pods(const kube::Webhook& hook);

// Whether it is asked about a kind of Kubernetes itself, and not only about custom resources.
bool intercepts_builtin(const kube::Webhook& hook);

// Whether its namespaceSelector takes in that namespace; nothing when the namespace's labels are not known.
std::optional<bool> covers(const kube::World& world, const kube::Webhook& hook, std::string_view ns);

// Whether its objectSelector takes in pods of that namespace: it is unset, or matches the pod template of a workload
// there.
bool takes_objects(const kube::World& world, const kube::Webhook& hook, std::string_view ns);

// The namespaces that were asked about, sorted.
std::vector<std::string> read_namespaces(const kube::World& world);

// What stands behind a Service that the API server calls.
struct Backend {
    enum class State {
        unknown,   // its namespace was not read, or it is answered for by others (ExternalName)
        ready,     // at least one ready endpoint
        starting,  // none, but one of its pods is not a minute old
        missing,   // there is no such Service
        empty,     // no ready endpoint
    };
    State state = State::unknown;
    kube::ObjectRef service;  // without a uid when it does not exist
    std::size_t endpoints = 0;
    std::vector<const kube::Pod*> pods;
};
Backend backend_of(const kube::World& world, std::string_view ns, std::string_view name);

}  // namespace salve::diagnose
