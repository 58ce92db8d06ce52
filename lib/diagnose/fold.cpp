#include "diagnose/fold.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace salve::diagnose {
namespace {

using Key = std::tuple<std::string_view, std::string_view, std::string_view, std::string_view, std::string_view>;

Key key_of(const Finding& finding) {
    const auto& object = finding.root.object;
    return {object.ns, object.kind, object.name, finding.root.container, finding.mode->id};
}

// The strongest first; ties are broken by what is affected, so that the order of the rules cannot show.
bool stronger(const Finding& a, const Finding& b) {
    const auto rank = [](const Finding& f) {
        return std::make_tuple(-static_cast<int>(f.confidence), -static_cast<int>(f.severity),
                               f.missing_evidence.size());
    };
    if (rank(a) != rank(b)) return rank(a) < rank(b);
    if (std::tie(a.affected, a.summary) != std::tie(b.affected, b.summary))
        return std::tie(a.affected, a.summary) < std::tie(b.affected, b.summary);
    const auto literal = [](const Evidence& one, const Evidence& other) {
        return std::tie(one.source, one.path, one.text) < std::tie(other.source, other.path, other.text);
    };
    const auto before = [&](const Finding& one, const Finding& other) {
        return std::lexicographical_compare(one.evidence.begin(), one.evidence.end(), other.evidence.begin(),
                                            other.evidence.end(), literal);
    };
    if (before(a, b) || before(b, a)) return before(a, b);
    return std::tie(a.missing_evidence, a.advice, a.actions) < std::tie(b.missing_evidence, b.advice, b.actions);
}

template <typename T>
void add_new(std::vector<T>& into, const std::vector<T>& more) {
    for (const auto& one : more)
        if (std::find(into.begin(), into.end(), one) == into.end()) into.push_back(one);
}

bool same_literal(const Evidence& a, const Evidence& b) {
    return a.source == b.source && a.path == b.path && a.text == b.text;
}

// Evidence of further instances is taken only where it says something that is not there yet.
void add_evidence(std::vector<Evidence>& into, const std::vector<Evidence>& more) {
    for (const auto& one : more) {
        if (into.size() >= max_evidence) return;
        if (std::none_of(into.begin(), into.end(), [&](const Evidence& known) { return same_literal(known, one); }))
            into.push_back(one);
    }
}

template <typename Compare>
void keep(std::optional<Time>& ours, const std::optional<Time>& theirs, Compare better) {
    if (theirs && (!ours || better(*theirs, *ours))) ours = theirs;
}

void merge(Finding& into, const Finding& more) {
    into.severity = std::max(into.severity, more.severity);
    into.confidence = std::max(into.confidence, more.confidence);
    into.instances += more.instances;
    into.affected.insert(into.affected.end(), more.affected.begin(), more.affected.end());  // repeats go at the end
    add_evidence(into.evidence, more.evidence);
    add_new(into.missing_evidence, more.missing_evidence);
    add_new(into.advice, more.advice);
    add_new(into.actions, more.actions);
    keep(into.first_seen, more.first_seen, std::less<>());
    keep(into.last_seen, more.last_seen, std::greater<>());
    if (into.root.object.uid.empty()) into.root.object.uid = more.root.object.uid;
}

// One pod may show the same thing in two containers: instances are pods, where there are any.
void count_pods(Finding& finding) {
    std::set<std::pair<std::string_view, std::string_view>> pods;
    for (const auto& subject : finding.affected)
        if (subject.object.kind == "Pod") pods.emplace(subject.object.ns, subject.object.name);
    if (!pods.empty()) finding.instances = static_cast<int>(pods.size());
}

std::vector<Finding*> strongest_first(std::vector<Finding>& findings) {
    std::vector<Finding*> order;
    order.reserve(findings.size());
    for (auto& finding : findings) order.push_back(&finding);
    std::sort(order.begin(), order.end(), [](const Finding* a, const Finding* b) { return stronger(*a, *b); });
    return order;
}

}  // namespace

std::vector<Finding> fold(std::vector<Finding> findings) {
    std::erase_if(findings, [](const Finding& finding) { return finding.evidence.empty(); });
    std::map<Key, Finding*> folded;  // a key's views are into the first finding of its own, which stays where it is
    for (auto* finding : strongest_first(findings)) {
        const auto [at, fresh] = folded.try_emplace(key_of(*finding), finding);
        if (!fresh)
            merge(*at->second, *finding);
        else if (finding->evidence.size() > max_evidence)
            finding->evidence.resize(max_evidence);
    }
    std::vector<Finding> result;
    result.reserve(folded.size());
    for (auto& [key, finding] : folded) {
        std::sort(finding->affected.begin(), finding->affected.end());
        finding->affected.erase(std::unique(finding->affected.begin(), finding->affected.end()),
                                finding->affected.end());
        count_pods(*finding);
        result.push_back(std::move(*finding));
    }
    return result;
}

}  // namespace salve::diagnose
