// TAXONOMY 1.12: timeouts that a NetworkPolicy may explain. A possibility, never more: whether the cluster's network
// enforces policies cannot be seen from here.
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "diagnose/build.hpp"
#include "diagnose/containers.hpp"
#include "diagnose/crash.hpp"
#include "diagnose/log_class.hpp"
#include "diagnose/policy_match.hpp"
#include "diagnose/resolver.hpp"
#include "diagnose/routes.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/service_port.hpp"

namespace salve::diagnose::rules {
namespace {

constexpr Mode modes[] = {
    {.id = "netpol.deny-possible",
     .category = Category::network_policy,
     .severity = Severity::low,
     .summary = "A program's connection times out, and no NetworkPolicy rule admits it.",
     .needs = "A failing container whose log ends with a timeout of a named peer (or of the resolver), and policies "
              "that select it or the peer's pods of which no rule admits that peer and port.",
     .not_when =
         "The connection was refused or the name is unknown: a policy drops packets, it answers nothing. The "
         "peer has no ready pod, or a rule admits a block of addresses, a named port or a namespace that is not "
         "known.",
     .advice = "If the network of this cluster enforces policies, admit the connection in the policy."},
};

// What a dropped packet looks like; whatever says that somebody answered is none.
bool is_timeout(std::string_view line) {
    static const re2::RE2 timeout(R"((?i)i/o timeout|timed? ?out|\bETIMEDOUT\b|deadline[ _]?exceeded|ConnectTimeout)");
    static const re2::RE2 answered(
        R"((?i)refused|reset|unreachable|no route|no such host|not known|NXDOMAIN|ENOTFOUND|\b50[0-9]\b|certificate|(?:read|response|query|statement|lock|idle) time(?:d )?out)");
    const re2::StringPiece piece(line.data(), line.size());
    return re2::RE2::PartialMatch(piece, timeout) && !re2::RE2::PartialMatch(piece, answered);
}

std::string policy_names(const Denial& denial) {
    std::vector<std::string> names;
    for (const auto* policy : denial.policies) names.push_back(policy->meta.name);
    return fmt::format("{}", fmt::join(names, ", "));
}

std::string rules_words(const std::vector<kube::NetworkPolicyRule>& rules) {
    std::vector<std::string> words;
    for (const auto& rule : rules) {
        std::vector<std::string> ports;
        for (const auto& port : rule.ports) ports.push_back(port.port.empty() ? "every port" : port.port);
        words.push_back(fmt::format("{} peers on {}", rule.peers.size(),
                                    ports.empty() ? "every port" : fmt::format("port {}", fmt::join(ports, ", "))));
    }
    return words.empty() ? "nothing" : fmt::format("{}", fmt::join(words, "; "));
}

Finding denial_finding(const World& world, const Pod& pod, const std::string& container, const Denial& denial,
                       Evidence said, std::string_view what) {
    const auto& policy = *denial.policies.front();
    auto finding = pod_finding_on(world, modes[0], policy.meta.ref(), pod, container);
    finding.confidence = Confidence::possible;
    finding.summary =
        fmt::format("{} {}: {}; NetworkPolicy {} admits no such connection, if this cluster enforces it.",
                    container_of_owner(world, pod, container), what, quoted(said.text), policy_names(denial));
    finding.evidence.push_back(std::move(said));
    for (const auto* one : denial.policies) {
        if (one->egress)
            finding.evidence.push_back(from_field(one->meta.ref(), Source::spec, "spec.egress",
                                                  "egress admits " + rules_words(one->egress_rules)));
        if (one->ingress)
            finding.evidence.push_back(from_field(one->meta.ref(), Source::spec, "spec.ingress",
                                                  "ingress admits " + rules_words(one->ingress_rules)));
    }
    finding.missing_evidence.emplace_back("whether the network of this cluster enforces NetworkPolicies");
    return finding;
}

// The denial on the way to the pods behind the Service; nothing when one of them can be reached, or none is ready.
std::optional<Denial> to_service(const World& world, const Pod& pod, const kube::Service& service,
                                 const Endpoint& endpoint) {
    std::optional<Denial> denial;
    for (const auto* target : backing_pods(world, service)) {
        if (!kube::is_ready(*target)) continue;
        std::optional<int> number;
        for (const auto& port : service.ports)
            if (endpoint.port == std::to_string(port.port) || service.ports.size() == 1)
                number = find_port(target->spec, port);
        auto denied = denies(world, pod, *target, number);
        if (!denied) return std::nullopt;
        if (!denial) denial = std::move(denied);
    }
    return denial;
}

std::optional<Denial> denial_of(const World& world, const Pod& pod, const Endpoint& endpoint) {
    if (const auto name = service_of(world, pod.meta.ns, endpoint)) {
        if (!name->service || !has_selector(*name->service)) return std::nullopt;
        return to_service(world, pod, *name->service, endpoint);
    }
    const bool outside = endpoint.host.find('.') != std::string::npos && endpoint.host != "127.0.0.1";
    return outside ? denies_outside(world, pod) : std::nullopt;
}

std::optional<Finding> judge(const World& world, const Pod& pod, const ContainerStatus& status) {
    if (status.list == ContainerStatus::List::ephemeral || (status.ready && !is_crashing(world, pod, status)))
        return std::nullopt;
    const auto life = life_log(world, pod, status);
    const auto verdict = classify_log(life.lines);
    if (!verdict.line || !life.log || !is_timeout(verdict.line->text) || is_resolver_timeout(verdict.line->text))
        return std::nullopt;
    if (verdict.found != LogClass::dependency && verdict.found != LogClass::dns) return std::nullopt;
    const auto endpoint = verdict.endpoint ? verdict.endpoint : endpoint_in(verdict.line->text);
    if (!endpoint) return std::nullopt;
    const auto denial = denial_of(world, pod, *endpoint);
    if (!denial) return std::nullopt;
    return denial_finding(world, pod, status.name, *denial,
                          from_log(pod, status.name, life.log->previous, *verdict.line), "times out");
}

// A resolver that does not answer, and no rule that lets the pod reach one.
void judge_resolver(const World& world, std::vector<Finding>& found) {
    const auto dns = find_cluster_dns(world);
    if (dns.seen && !dns.workloads.empty() && dns.ready == 0) return;  // then the DNS itself is down
    for (const auto& failure : resolver_failures(world)) {
        if (!failure.timed_out) continue;
        const auto denial = denies_dns(world, *failure.pod);
        if (denial)
            found.push_back(denial_finding(world, *failure.pod, failure.evidence.container, *denial, failure.evidence,
                                           "gets no answer from the resolver (port 53)"));
    }
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> found;
    for (const auto* pod : world.candidates())
        for (const auto& status : pod->statuses)
            if (auto finding = judge(world, *pod, status)) found.push_back(std::move(*finding));
    judge_resolver(world, found);
    return found;
}

}  // namespace

extern const Rule network_policy;
const Rule network_policy{.id = "network_policy", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
