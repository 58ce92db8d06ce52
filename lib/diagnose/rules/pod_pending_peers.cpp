// Pods that other pods keep off the nodes: TAXONOMY 1.2, pod affinity, topology spread and host ports.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "diagnose/pending_pods.hpp"
#include "diagnose/rule.hpp"

namespace salve::diagnose::rules {
namespace {

using kube::Pod;
using kube::PodAffinityTerm;
using kube::World;

constexpr std::size_t most_named = 5;

constexpr Mode modes[] = {
    {"pod.pending.pod-affinity",
     Category::scheduling_affinity,
     Severity::medium,
     "Required affinity or anti-affinity between pods leaves no node.",
     "PodScheduled=False Unschedulable with \"pod affinity rules\", \"pod anti-affinity rules\" or \"existing pods "
     "anti-affinity rules\".",
     "Preferred affinity never blocks.",
     "With required anti-affinity there can be no more pods than nodes (or zones), and a rolling update needs one node "
     "more or maxSurge 0: lower the replicas, add nodes, or make the rule preferred.",
     {}},
    {"pod.pending.topology-spread",
     Category::scheduling_affinity,
     Severity::medium,
     "A topology spread constraint with DoNotSchedule leaves no node.",
     "PodScheduled=False Unschedulable with \"didn't match pod topology spread constraints\".",
     "ScheduleAnyway never blocks. \"(missing required label)\" means that nodes lack the topology key.",
     "Label the nodes with the topology key, free nodes in the least used zone, or use whenUnsatisfiable: "
     "ScheduleAnyway.",
     {}},
    {"pod.pending.host-port",
     Category::scheduling_affinity,
     Severity::medium,
     "On every node that the pod could use another pod holds the host port it asks for.",
     "PodScheduled=False Unschedulable with \"didn't have free ports\", and a hostPort in the pod.",
     "In a rolling update the old pod of the same owner is the one that holds it.",
     "A host port serves one pod a node: use no more replicas than nodes and maxSurge 0, or a Service instead of the "
     "host "
     "port.",
     {}},
};

std::string selector_words(const std::optional<kube::LabelSelector>& selector) {
    if (!selector) return "no pods";
    std::vector<std::string> words;
    for (const auto& [key, value] : selector->match_labels) words.push_back(fmt::format("{}={}", key, value));
    for (const auto& requirement : selector->match_expressions) words.push_back(requirement_words(requirement));
    return words.empty() ? "any pod" : "pods with " + some_of(words, most_named);
}

bool selects(const PodAffinityTerm& term, const std::string& term_ns, const Pod& pod) {
    const auto& namespaces = term.namespaces;
    const bool reaches = namespaces.empty()
                             ? pod.meta.ns == term_ns
                             : std::find(namespaces.begin(), namespaces.end(), pod.meta.ns) != namespaces.end();
    return reaches && term.selector && kube::matches(*term.selector, pod.meta.labels);
}

bool is_placed(const Pod& pod) {
    return !pod.spec.node_name.empty() && pod.phase != "Succeeded" && pod.phase != "Failed";
}

std::vector<std::string> selected_pods(const World& world, const PodAffinityTerm& term, const Pod& asking) {
    std::vector<std::string> names;
    for (const auto& pod : world.facts().pods)
        if (is_placed(pod) && pod.meta.uid != asking.meta.uid && selects(term, asking.meta.ns, pod))
            names.push_back(fmt::format("{} on {}", pod.meta.name, pod.spec.node_name));
    return names;
}

void say_terms(const World& world, const PendingPod& pending, const std::vector<PodAffinityTerm>& terms, bool anti,
               Finding& finding) {
    const auto& pod = *pending.pod;
    for (const auto& term : terms) {
        const auto others = selected_pods(world, term, pod);
        finding.summary +=
            fmt::format("; required pod {}: {} {} of {}", anti ? "anti-affinity" : "affinity",
                        anti ? "not in the same" : "in the same", term.topology_key, selector_words(term.selector));
        if (!others.empty())
            finding.summary += fmt::format(" ({})", some_of(others, most_named));
        else if (!anti && term.namespaces.empty() && world.seen(kube::Resource::pods, pod.meta.ns))
            finding.summary += ", and no placed pod is such";
        finding.evidence.push_back(from_field(pod.meta.ref(), Source::spec,
                                              fmt::format("spec.affinity.{}", anti ? "podAntiAffinity" : "podAffinity"),
                                              fmt::format("{}: {}", term.topology_key, selector_words(term.selector))));
    }
}

// The pods whose own anti-affinity keeps this one away.
void say_existing(const World& world, const PendingPod& pending, Finding& finding) {
    std::vector<std::string> names;
    for (const auto& pod : world.facts().pods) {
        if (!is_placed(pod)) continue;
        for (const auto& term : pod.spec.pod_anti_affinity) {
            if (!selects(term, pod.meta.ns, *pending.pod)) continue;
            names.push_back(fmt::format("{}/{} on {}", pod.meta.ns, pod.meta.name, pod.spec.node_name));
            if (names.size() <= most_named)
                finding.evidence.push_back(
                    from_field(pod.meta.ref(), Source::spec, "spec.affinity.podAntiAffinity",
                               fmt::format("{}: {}", term.topology_key, selector_words(term.selector))));
            break;
        }
    }
    if (!names.empty()) finding.summary += "; kept away by the anti-affinity of " + some_of(names, most_named);
}

void judge_affinity(const World& world, const PendingPod& pending, Finding& finding) {
    const auto& spec = pending.pod->spec;
    const auto says = [&](std::string_view words) {
        const auto& reasons = pending.message.reasons;
        return std::any_of(reasons.begin(), reasons.end(),
                           [&](const auto& reason) { return reason.text.find(words) != std::string::npos; });
    };
    const bool existing = says("existing pods anti-affinity");
    const bool either = says("affinity/anti-affinity");  // before 1.21
    if (either || says("match pod affinity rules")) say_terms(world, pending, spec.pod_affinity, false, finding);
    if (either || says("match pod anti-affinity rules"))
        say_terms(world, pending, spec.pod_anti_affinity, true, finding);
    if (existing) say_existing(world, pending, finding);
    const auto desired = world.owner(*pending.pod).desired();
    if (desired && !spec.pod_anti_affinity.empty() && !pending.nodes.empty())
        finding.summary += fmt::format("; {} replica{} wanted, {} node{}", *desired, *desired == 1 ? "" : "s",
                                       pending.nodes.size(), pending.nodes.size() == 1 ? "" : "s");
}

void judge_spread(const World&, const PendingPod& pending, Finding& finding) {
    if (const auto* proof = pending.proof(pending.lead)) {
        finding.summary += "; " + proof->words;
        return;
    }
    for (const auto& spread : pending.pod->spec.topology_spread) {
        if (spread.when_unsatisfiable != "DoNotSchedule") continue;
        std::set<std::string> domains;
        for (const auto* node : pending.nodes)
            if (const auto at = node->meta.labels.find(spread.topology_key); at != node->meta.labels.end())
                domains.insert(at->second);
        finding.summary += fmt::format("; {} must be spread over {} with maxSkew {}", selector_words(spread.selector),
                                       spread.topology_key, spread.max_skew);
        if (!domains.empty())
            finding.summary += fmt::format(" (nodes have {})", some_of({domains.begin(), domains.end()}, most_named));
        finding.evidence.push_back(
            from_field(pending.pod->meta.ref(), Source::spec, "spec.topologySpreadConstraints",
                       fmt::format("{}: maxSkew {}, DoNotSchedule", spread.topology_key, spread.max_skew)));
    }
}

struct HostPort {
    int port;
    std::string protocol;
    auto operator<=>(const HostPort&) const = default;
};

std::set<HostPort> host_ports(const Pod& pod) {
    std::set<HostPort> ports;
    for (const auto* list : {&pod.spec.containers, &pod.spec.init_containers})
        for (const auto& container : *list)
            for (const auto& port : container.ports) {
                const auto number = port.host_port.value_or(pod.spec.host_network ? port.port : 0);
                if (number > 0) ports.insert({number, port.protocol.empty() ? "TCP" : port.protocol});
            }
    return ports;
}

void judge_host_port(const World& world, const PendingPod& pending, Finding& finding) {
    const auto wanted = host_ports(*pending.pod);
    std::vector<std::string> ports, holders;
    for (const auto& port : wanted) {
        ports.push_back(fmt::format("{}/{}", port.port, port.protocol));
        finding.evidence.push_back(from_field(pending.pod->meta.ref(), Source::spec, "spec.containers.ports.hostPort",
                                              fmt::format("hostPort: {}", port.port)));
    }
    bool own = false;
    for (const auto& pod : world.facts().pods) {
        if (!is_placed(pod)) continue;
        const auto held = host_ports(pod);
        if (std::none_of(held.begin(), held.end(), [&](const auto& port) { return wanted.count(port) > 0; })) continue;
        holders.push_back(fmt::format("{}/{} on {}", pod.meta.ns, pod.meta.name, pod.spec.node_name));
        own = own || world.owner(pod).ref == world.owner(*pending.pod).ref;
    }
    if (!ports.empty()) finding.summary += "; host port " + some_of(ports, most_named);
    if (!holders.empty()) finding.summary += " is held by " + some_of(holders, most_named);
    if (own) finding.advice.emplace_back("A pod of the same owner holds the port: it needs a node for each replica.");
}

using Judge = void (*)(const World&, const PendingPod&, Finding&);

std::pair<std::string_view, Judge> judge_of(Blocker blocker) {
    switch (blocker) {
        case Blocker::pod_affinity:
            return {"pod.pending.pod-affinity", judge_affinity};
        case Blocker::topology_spread:
            return {"pod.pending.topology-spread", judge_spread};
        case Blocker::host_port:
            return {"pod.pending.host-port", judge_host_port};
        default:
            return {"", nullptr};
    }
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> findings;
    for (const auto& pending : unschedulable_pods(world)) {
        const auto [id, judge] = judge_of(pending.lead.blocker);
        if (!judge) continue;
        auto finding = pod_finding(world, mode_in(modes, id), *pending.pod);
        finding.summary = heading(pending);
        judge(world, pending, finding);
        finding.summary += ".";
        complete(world, pending, finding);
        findings.push_back(std::move(finding));
    }
    return findings;
}

}  // namespace

extern const Rule pod_pending_peers = {"pod_pending_peers", modes, match};

}  // namespace salve::diagnose::rules
