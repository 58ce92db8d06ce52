// TAXONOMY 1.13: admission webhooks that must be asked and have nobody to answer, before anything has been refused.
// Once something is refused, ctrl.failed-create.webhook-down says it with the API server's own words.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "diagnose/build.hpp"
#include "diagnose/refused.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/webhooks.hpp"

namespace salve::diagnose::rules {
namespace {

using kube::Webhook;

constexpr Mode modes[] = {
    {.id = "webhook.backend-down",
     .category = Category::admission,
     .severity = Severity::critical,
     .summary = "An admission webhook with failurePolicy Fail has no ready backend: what it is asked about is refused.",
     .needs = "A webhook configuration with failurePolicy Fail whose selectors take in a namespace that was read, and "
              "whose Service does not exist or has no ready endpoint.",
     .not_when = "failurePolicy is Ignore, its selectors leave the namespace out, the Service's namespace was not "
                 "read, or its pods have just been started.",
     .advice = "Bring the pods behind the Service back. Until then delete no running pod that the webhook is asked "
               "about. If they cannot come back, the webhook's administrator can set failurePolicy to Ignore or "
               "remove the configuration."},
};

bool must_be_asked(const Webhook& hook) { return hook.failure_policy == "Fail" && !hook.service_name.empty(); }

std::vector<std::string> covered(const World& world, const Webhook& hook) {
    std::vector<std::string> found;
    for (const auto& ns : read_namespaces(world))
        if (covers(world, hook, ns).value_or(false) && takes_objects(world, hook, ns)) found.push_back(ns);
    return found;
}

// A webhook that is asked before its own pods are created can never come back by itself.
bool blocks_itself(const World& world, const Webhook& hook) {
    if (!intercepts_pods(hook) || !covers(world, hook, hook.service_ns).value_or(false)) return false;
    if (!hook.object_selector) return true;
    const auto service = world.service(hook.service_ns, hook.service_name);
    return service && kube::matches(*hook.object_selector, service->selector);
}

std::vector<std::string> asked_about(const Webhook& hook) {
    std::set<std::string> kinds;
    for (const auto& rule : hook.rules)
        for (const auto& operation : rule.operations)
            for (const auto& resource : rule.resources)
                kinds.insert(fmt::format("{} {}", operation == "*" ? "any operation on" : operation, resource));
    std::vector<std::string> some(kinds.begin(), kinds.end());
    constexpr std::size_t most_named = 4;
    if (some.size() > most_named) {
        some.resize(most_named);
        some.emplace_back("...");
    }
    return some;
}

// The slices' own words: an endpoint that is not ready, or a slice without any.
void add_endpoints(const World& world, const Backend& backend, Finding& finding) {
    const auto service = world.service(backend.service.ns, backend.service.name);
    if (!service) return;
    auto slices = world.slices_of(*service);
    std::sort(slices.begin(), slices.end(), [](auto* a, auto* b) { return a->meta.name < b->meta.name; });
    for (const auto* slice : slices) {
        if (slice->endpoints.empty())
            finding.evidence.push_back(from_field(slice->meta.ref(), Source::status, "endpoints", "[]"));
        else
            finding.evidence.push_back(
                from_field(slice->meta.ref(), Source::status, "endpoints[0].conditions.ready", "false"));
    }
}

std::optional<Finding> judge(const World& world, const HookRef& one) {
    const auto& hook = *one.hook;
    if (one.config->meta.deleted || !must_be_asked(hook)) return std::nullopt;
    const auto namespaces = covered(world, hook);
    if (namespaces.empty()) return std::nullopt;
    const auto backend = backend_of(world, hook.service_ns, hook.service_name);
    const bool missing = backend.state == Backend::State::missing;
    if (!missing && backend.state != Backend::State::empty) return std::nullopt;
    const auto config = one.config->meta.ref();
    auto finding = object_finding(modes[0], config);
    if (!intercepts_builtin(hook) || hook.has_match_conditions) finding.severity = Severity::high;
    const auto state =
        missing ? std::string("does not exist") : fmt::format("has no ready endpoint (0 of {})", backend.endpoints);
    finding.evidence.push_back(
        from_field(config, Source::spec, fmt::format("webhooks[{}].failurePolicy", hook.name), hook.failure_policy));
    finding.evidence.push_back(from_field(config, Source::spec,
                                          fmt::format("webhooks[{}].clientConfig.service", hook.name),
                                          fmt::format("{}/{}", hook.service_ns, hook.service_name)));
    finding.summary = fmt::format(
        "Webhook {} of {} {} must be asked (failurePolicy Fail) about {} in {}, and its backend, Service {} of "
        "namespace {}, {}.",
        hook.name, config.kind, config.name, base::join(asked_about(hook), ", "), base::join(namespaces, ", "),
        hook.service_name, hook.service_ns, state);
    if (blocks_itself(world, hook))
        finding.summary +=
            " It is asked about the pods of its own backend as well, so no replacement of them can be created: a "
            "deadlock.";
    if (hook.has_match_conditions)
        finding.missing_evidence.push_back("matchConditions of " + hook.name + ": they may leave some requests out");
    add_endpoints(world, backend, finding);
    finding.affected.push_back({backend.service, ""});
    return finding;
}

std::set<std::string> told(const World& world) {
    std::set<std::string> names;
    for (const auto& one : refused(world))
        if (one.refusal.cause == RefusalCause::webhook_down) names.insert(one.refusal.name);
    return names;
}

std::vector<Finding> match(const World& world) {
    const auto known = told(world);
    std::vector<Finding> out;
    for (const auto& one : all_webhooks(world))
        if (!known.count(one.hook->name))
            if (auto finding = judge(world, one)) out.push_back(std::move(*finding));
    return out;
}

// The namespaces of backends that are not among those that were read; first those of webhooks that have failed.
std::vector<ReadWanted> reads(const World& world) {
    const auto known = told(world);
    std::vector<ReadWanted> wanted;
    for (const auto& one : all_webhooks(world)) {
        const auto& hook = *one.hook;
        if (!must_be_asked(hook) || world.seen(kube::Resource::services, hook.service_ns)) continue;
        const bool failed = known.count(hook.name) > 0;
        if (failed || !covered(world, hook).empty())
            wanted.push_back({ReadWanted::What::name_space, hook.service_ns, "", failed ? 0 : 5});
    }
    return wanted;
}

}  // namespace

extern const Rule webhook;
const Rule webhook{.id = "webhook", .modes = modes, .match = match, .reads = reads};

}  // namespace salve::diagnose::rules
