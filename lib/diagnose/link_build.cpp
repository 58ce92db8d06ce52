#include "diagnose/link_build.hpp"

#include <algorithm>
#include <unordered_set>

namespace salve::diagnose {
namespace {

FindingIndex::Object key_of(const ObjectRef& object) { return {object.kind, {object.ns, object.name}}; }

const std::vector<std::size_t>& at(const FindingIndex::ByObject& index, const ObjectRef& object) {
    static const std::vector<std::size_t> none;
    const auto found = index.find(key_of(object));
    return found == index.end() ? none : found->second;
}

}  // namespace

bool is_of(const Finding& finding, std::initializer_list<std::string_view> families) {
    const auto id = finding.mode->id;
    return std::any_of(families.begin(), families.end(), [&](std::string_view family) {
        return id.starts_with(family) && (id.size() == family.size() || id[family.size()] == '.');
    });
}

const FindingIndex::Lists& FindingIndex::lists() const {
    if (lists_) return *lists_;
    auto& lists = lists_.emplace();
    for (std::size_t i = 0; i < findings_.size(); ++i) {
        const auto add = [&](const ObjectRef& object) {
            auto& list = lists.about[key_of(object)];
            if (list.empty() || list.back() != i) list.push_back(i);
        };
        lists.blaming[key_of(findings_[i].root.object)].push_back(i);
        add(findings_[i].root.object);
        for (const auto& subject : findings_[i].affected) add(subject.object);
    }
    return lists;
}

const std::vector<std::size_t>& FindingIndex::blaming(const ObjectRef& object) const {
    return at(lists().blaming, object);
}
const std::vector<std::size_t>& FindingIndex::about(const ObjectRef& object) const { return at(lists().about, object); }

std::vector<const Pod*> pods_of(const World& world, const Finding& finding) {
    std::vector<const Pod*> pods;
    std::unordered_set<const Pod*> known;
    const auto add = [&](const ObjectRef& object) {
        if (object.kind != "Pod") return;
        const auto pod = world.pod(object.ns, object.name);
        if (pod && known.insert(pod.found).second) pods.push_back(pod.found);
    };
    add(finding.root.object);
    for (const auto& subject : finding.affected) add(subject.object);
    return pods;
}

bool is_pod_fault(const Finding& finding) {
    if (finding.mode->severity < Severity::medium) return false;
    return is_of(finding, {"pod", "ctrl.failed-create", "sts.failed-create"});
}

std::optional<std::size_t> worst(std::span<const Finding> findings, const std::vector<std::size_t>& among) {
    const auto before = [&](std::size_t a, std::size_t b) {
        const auto& one = findings[a];
        const auto& other = findings[b];
        const auto rank = [](const Finding& f) {
            return std::make_tuple(-static_cast<int>(f.severity), -static_cast<int>(f.confidence),
                                   -static_cast<long>(f.affected.size()));
        };
        if (rank(one) != rank(other)) return rank(one) < rank(other);
        return std::tie(one.root.object, one.mode->id, one.root.container) <
               std::tie(other.root.object, other.mode->id, other.root.container);
    };
    const auto found = std::min_element(among.begin(), among.end(), before);
    return found == among.end() ? std::nullopt : std::optional(*found);
}

bool is_echo(const Finding& finding) {
    return is_of(finding, {"deploy.unavailable", "deploy.progress-deadline", "deploy.stale-rollout", "ds.unavailable",
                           "svc.no-endpoints.none-ready", "svc.partial-endpoints", "ingress.backend-unready",
                           "pod.notready.node"});
}

Edge edge_between(std::span<const Finding> findings, std::size_t cause, std::size_t consequence) {
    return {cause, consequence, findings[cause].evidence.front(), is_echo(findings[consequence])};
}

}  // namespace salve::diagnose
