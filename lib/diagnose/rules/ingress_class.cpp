// TAXONOMY 1.12: Ingresses that no controller takes, because their class does not exist or they have none.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "diagnose/build.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose::rules {
namespace {

using kube::Ingress;

constexpr Mode modes[] = {
    {.id = "ingress.class-missing",
     .category = Category::ingress,
     .severity = Severity::medium,
     .summary = "No controller takes the Ingress: its class does not exist, or it has none and there is no default.",
     .needs =
         "spec.ingressClassName that is not among the IngressClasses, or no class, no default class and no address "
         "for more than five minutes; the IngressClasses were read whole.",
     .not_when = "The Ingress has an address, a controller has written an event about it, or it names its class in the "
                 "old annotation kubernetes.io/ingress.class.",
     .advice = "Use a class that exists, or install the controller that brings the class."},
};

bool is_taken(const World& world, const Ingress& ingress) {
    const auto events = world.events(ingress.meta.uid);
    // Somebody who writes about it looks after it, but for policy engines, which only warn.
    return ingress.load_balancer_ingress > 0 || std::any_of(events.begin(), events.end(), [](const kube::Event* event) {
               return event->reason.find("Policy") == std::string::npos;
           });
}

std::vector<std::string> class_names(const World& world) {
    std::vector<std::string> names;
    for (const auto& one : world.ingress_classes()) names.push_back(one.meta.name);
    std::sort(names.begin(), names.end());
    return names;
}

std::string classes_words(const std::vector<std::string>& names) {
    return names.empty() ? "there is no IngressClass in this cluster"
                         : fmt::format("there is {}", fmt::join(names, ", "));
}

std::optional<Finding> judge(const World& world, const Ingress& ingress) {
    if (is_taken(world, ingress) || ingress.meta.annotations.contains("kubernetes.io/ingress.class"))
        return std::nullopt;
    const auto names = class_names(world);
    const auto& wanted = ingress.class_name;
    const auto age = world.now() - ingress.meta.created;
    if (wanted && !wanted->empty()) {
        if (!world.ingress_class(*wanted).absent() || age < service_grace) return std::nullopt;
        auto finding = object_finding(modes[0], ingress.meta.ref());
        finding.summary =
            fmt::format("Ingress {} has the class {}, which does not exist ({}), so no controller takes it.",
                        ingress.meta.name, *wanted, classes_words(names));
        finding.evidence.push_back(
            from_field(ingress.meta.ref(), Source::spec, "spec.ingressClassName", "ingressClassName: " + *wanted));
        const std::vector<std::string_view> views(names.begin(), names.end());
        if (const auto near = base::nearest(*wanted, views))
            finding.advice.insert(finding.advice.begin(), fmt::format("Is {} meant?", *near));
        return finding;
    }
    if (!world.seen(kube::Resource::ingressclasses, "") || !world.seen(kube::Resource::events, ingress.meta.ns) ||
        age <= address_grace)
        return std::nullopt;
    const auto& classes = world.ingress_classes();
    if (std::any_of(classes.begin(), classes.end(), [](const auto& one) { return one.is_default; }))
        return std::nullopt;
    auto finding = object_finding(modes[0], ingress.meta.ref());
    finding.summary =
        fmt::format("Ingress {} names no class and no IngressClass is the default ({}); it has had no address for {}.",
                    ingress.meta.name, classes_words(names), base::to_words(age));
    finding.evidence.push_back(
        from_field(ingress.meta.ref(), Source::spec, "spec.ingressClassName", "ingressClassName: not set"));
    finding.advice = {
        "Set spec.ingressClassName, or mark one IngressClass as the default "
        "(annotation ingressclass.kubernetes.io/is-default-class)."};
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> found;
    for (const auto& ingress : world.facts().ingresses) {
        if (ingress.meta.deleted || ingress.backends.empty()) continue;
        auto finding = judge(world, ingress);
        if (!finding) continue;
        finding->evidence.push_back(from_field(ingress.meta.ref(), Source::status, "status.loadBalancer.ingress",
                                               "status.loadBalancer.ingress: none"));
        found.push_back(std::move(*finding));
    }
    return found;
}

}  // namespace

extern const Rule ingress_class;
const Rule ingress_class{.id = "ingress_class", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
