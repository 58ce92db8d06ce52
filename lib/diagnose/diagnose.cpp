#include "diagnose/diagnose.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>
#include <unordered_map>

#include "base/digest.hpp"
#include "diagnose/changes.hpp"
#include "diagnose/fold.hpp"
#include "diagnose/impact.hpp"

namespace salve::diagnose {
namespace {

// Stable across runs, and across pods of one owner. NUL cannot stand in a name, so the parts cannot run together.
std::string id_of(const World& world, const Finding& finding) {
    const auto& object = finding.root.object;
    std::string text = world.facts().cluster.uid;
    for (const std::string_view part :
         {std::string_view(object.kind), std::string_view(object.ns), std::string_view(object.name), finding.mode->id,
          std::string_view(finding.root.container)}) {
        text += '\0';
        text += part;
    }
    return base::sha256_hex(text).substr(0, 12);
}

// Causes come only from links, and a consequence has one cause: the first by rank of its evidence, then by id. Echoes
// take theirs first: where programs wait for each other, the circle breaks at one of them and not at a Service.
void apply_links(const World& world, std::span<const Link* const> links, std::vector<Finding>& findings) {
    std::vector<Edge> edges;
    for (const auto* link : links) {
        auto more = link->match(world, findings);
        std::move(more.begin(), more.end(), std::back_inserter(edges));
    }
    std::sort(edges.begin(), edges.end(), [&](const Edge& a, const Edge& b) {
        const auto key = [&](const Edge& edge) {
            return std::make_tuple(!edge.echo, edge.consequence, edge.evidence.source,
                                   std::string_view(findings[edge.cause].id), std::string_view(edge.evidence.path),
                                   std::string_view(edge.evidence.text));
        };
        return key(a) < key(b);
    });
    std::vector<std::size_t> cause(findings.size());
    std::iota(cause.begin(), cause.end(), 0U);
    const auto root_of = [&](std::size_t at) {
        while (cause[at] != at) at = cause[at];
        return at;
    };
    for (const auto& edge : edges) {
        auto& consequence = findings[edge.consequence];
        if (consequence.caused_by || root_of(edge.cause) == edge.consequence) continue;  // no second cause, no circle
        cause[edge.consequence] = edge.cause;
        consequence.caused_by = findings[edge.cause].id;
        consequence.echo = edge.echo;
        consequence.evidence.push_back(edge.evidence);
        findings[edge.cause].consequences.push_back(consequence.id);
    }
    for (auto& finding : findings) std::sort(finding.consequences.begin(), finding.consequences.end());
}

// Moves severity along the chains to their roots: see Finding::severity.
void settle_severities(std::vector<Finding>& findings) {
    std::map<std::string_view, Finding*> by_id;
    for (auto& finding : findings) {
        finding.severity_alone = finding.severity;
        by_id.emplace(finding.id, &finding);
    }
    for (auto& finding : findings) {
        Finding* top = &finding;
        while (top->caused_by) {
            top = by_id.at(*top->caused_by);
            top->severity = std::max(top->severity, finding.severity_alone);
        }
    }
    for (auto& finding : findings) {
        const Finding* top = &finding;
        while (top->caused_by) top = by_id.at(*top->caused_by);
        if (finding.echo && !finding.root.object.same_name(top->root.object))
            finding.severity = std::min(finding.severity, Severity::low);
    }
}

bool ranks_before(const Finding& a, const Finding& b) {
    const auto rank = [](const Finding& f) {
        return std::make_tuple(-static_cast<int>(f.severity), -static_cast<int>(f.confidence),
                               -static_cast<long>(f.affected.size()));
    };
    if (rank(a) != rank(b)) return rank(a) < rank(b);
    return std::tie(a.root.object.ns, a.root.object.name, a.root.object.kind, a.mode->id, a.root.container) <
           std::tie(b.root.object.ns, b.root.object.name, b.root.object.kind, b.mode->id, b.root.container);
}

// Each root is followed by what it causes, depth first.
std::vector<Finding> ranked(std::vector<Finding> findings) {
    std::vector<std::size_t> order(findings.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return ranks_before(findings[a], findings[b]); });
    std::unordered_map<std::string, std::vector<std::size_t>> caused;  // by the cause's id; roots have none
    for (const auto at : order) caused[findings[at].caused_by.value_or("")].push_back(at);
    std::vector<Finding> result;
    result.reserve(findings.size());
    const auto take = [&](auto&& self, const std::string& cause) -> void {
        auto found = caused.extract(cause);
        if (found.empty()) return;
        for (const auto at : found.mapped()) {
            result.push_back(std::move(findings[at]));
            self(self, std::string(result.back().id));
        }
    };
    take(take, "");
    return result;
}

void complete(const World& world, Finding& finding) {
    finding.severity = adjusted_severity(world, finding);
    add_unserved(world, finding);
    for (const auto* workload : workloads_of(world, finding))
        if (workload->meta.ref().same_name(finding.root.object)) finding.managed_by = managers_of(workload->meta);
    drop_forbidden_actions(finding);
    finding.id = id_of(world, finding);
    for (const auto& evidence : finding.evidence)
        if (evidence.at && (!finding.last_seen || *evidence.at > *finding.last_seen)) finding.last_seen = evidence.at;
}

}  // namespace

void one_by_one(std::size_t count, const std::function<void(std::size_t)>& task) {
    for (std::size_t at = 0; at < count; ++at) task(at);
}

void RuleFindings::find(const World& world, std::span<const Rule* const> rules, const DoAll& do_all) {
    const auto standing = world.standing();
    if (standing != standing_ || by_rule_.size() != rules.size()) by_rule_.assign(rules.size(), {});
    standing_ = standing;
    do_all(rules.size(), [&](std::size_t at) {
        auto& one = by_rule_[at];
        if (one.stands) return;
        const kube::Watch watch;
        one.found = rules[at]->match(world);
        one.looked_at = watch.kinds();
        one.stands = true;
    });
}

void RuleFindings::was_read(kube::Resource what) {
    for (auto& one : by_rule_) one.stands = one.stands && kube::is_read_late(what) && !one.looked_at.contains(what);
}

std::size_t RuleFindings::kept() const {
    return static_cast<std::size_t>(
        std::count_if(by_rule_.begin(), by_rule_.end(), [](const Found& one) { return one.stands; }));
}

std::vector<Finding> RuleFindings::folded(const World& world, const DoAll& do_all) const {
    std::vector<Finding> findings;
    for (const auto& one : by_rule_) findings.insert(findings.end(), one.found.begin(), one.found.end());
    findings = fold(std::move(findings));
    do_all(findings.size(), [&](std::size_t at) {
        complete(world, findings[at]);
        add_change(world, findings[at]);
    });
    return findings;
}

std::vector<Finding> found_by_rules(const World& world, std::span<const Rule* const> rules, const DoAll& do_all) {
    RuleFindings all;
    all.find(world, rules, do_all);
    return all.folded(world, do_all);
}

Diagnosis conclude(const World& world, std::span<const Link* const> links, std::vector<Finding> found) {
    apply_links(world, links, found);
    settle_severities(found);
    return {ranked(std::move(found))};
}

Diagnosis diagnose(const World& world, std::span<const Rule* const> rules, std::span<const Link* const> links) {
    return conclude(world, links, found_by_rules(world, rules));
}

std::vector<const Mode*> all_modes() {
    std::vector<const Mode*> modes;
    for (const auto* rule : all_rules())
        for (const auto& mode : rule->modes) modes.push_back(&mode);
    std::sort(modes.begin(), modes.end(), [](const Mode* a, const Mode* b) { return a->id < b->id; });
    return modes;
}

Diagnosis diagnose(const World& world) { return diagnose(world, all_rules(), all_links()); }

std::vector<LogWanted> wanted_logs(const World& world, std::span<const Rule* const> rules, std::size_t limit) {
    std::vector<LogWanted> wanted;
    for (const auto* rule : rules) {
        if (!rule->wants) continue;
        auto more = rule->wants(world);
        std::move(more.begin(), more.end(), std::back_inserter(wanted));
    }
    // What was asked for goes before what merely may be its cause.
    const auto order = [&](const LogWanted& log) {
        return std::make_tuple(!in_scope(world, log.ns), log.rank, std::string_view(log.ns), std::string_view(log.pod),
                               std::string_view(log.container), log.previous);
    };
    std::sort(wanted.begin(), wanted.end(),
              [&](const LogWanted& a, const LogWanted& b) { return order(a) < order(b); });
    std::vector<LogWanted> result;
    for (const auto& log : wanted) {
        const auto same = [&](const LogWanted& known) {
            return std::tie(known.ns, known.pod, known.container, known.previous) ==
                   std::tie(log.ns, log.pod, log.container, log.previous);
        };
        if (result.size() < limit && std::none_of(result.begin(), result.end(), same)) result.push_back(log);
    }
    return result;
}

std::vector<ReadWanted> wanted_reads(const World& world, std::span<const Rule* const> rules,
                                     std::span<const Link* const> links, const std::vector<Finding>& found) {
    std::vector<ReadWanted> wanted;
    const auto take = [&](std::vector<ReadWanted> more) {
        std::move(more.begin(), more.end(), std::back_inserter(wanted));
    };
    for (const auto* rule : rules)
        if (rule->reads) take(rule->reads(world));
    for (const auto* link : links)
        if (link->reads) take(link->reads(world, found));
    take(change_reads(world, found));
    std::sort(wanted.begin(), wanted.end(), [](const ReadWanted& a, const ReadWanted& b) {
        return std::tie(a.rank, a.what, a.ns, a.name) < std::tie(b.rank, b.what, b.ns, b.name);
    });
    using What = ReadWanted::What;
    std::map<What, std::size_t> room{{What::name_space, 3}, {What::node_events, 1}, {What::revisions, 3}};
    std::vector<ReadWanted> result;
    for (const auto& read : wanted) {
        const auto same = [&](const ReadWanted& known) {
            return std::tie(known.what, known.ns, known.name) == std::tie(read.what, read.ns, read.name);
        };
        if (room[read.what] == 0 || std::any_of(result.begin(), result.end(), same)) continue;
        --room[read.what];
        result.push_back(read);
    }
    return result;
}

}  // namespace salve::diagnose
