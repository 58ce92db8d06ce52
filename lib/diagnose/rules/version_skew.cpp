// TAXONOMY 1.13: versions that are too far apart. The version of kubectl is not among the facts (asking it would take
// another process), so only the kubelets are compared with the API server. The bounds: kubernetes.io/releases/
// version-skew-policy, a kubelet may be up to three minors older (two before 1.28) and never newer.
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "base/text.hpp"
#include "diagnose/build.hpp"
#include "diagnose/rule.hpp"

namespace salve::diagnose::rules {
namespace {

constexpr Mode modes[] = {
    {.id = "version.skew",
     .category = Category::node,
     .severity = Severity::low,
     .summary = "The kubelet of a node is newer than the API server, or more than three minor versions older.",
     .needs = "The server's version and a node's status.nodeInfo.kubeletVersion.",
     .not_when = "The kubelet is older by at most three minors (two, before 1.28): that is supported.",
     .advice = "Upgrade the nodes, or finish the upgrade of the control plane: fields that one side does not know are "
               "dropped without a word."},
};

struct Version {
    int major = 0, minor = 0;
};

std::optional<Version> parse_version(const std::string& text) {
    static const re2::RE2 pattern(R"(^v?(\d{1,4})\.(\d{1,4}))");
    Version made;
    if (!re2::RE2::PartialMatch(text, pattern, &made.major, &made.minor)) return std::nullopt;
    return made;
}

bool is_too_far(const Version& server, const Version& kubelet) {
    if (server.major != kubelet.major) return true;
    const int older = server.minor - kubelet.minor, most = server.minor >= 28 ? 3 : 2;
    return older < 0 || older > most;
}

std::vector<Finding> match(const World& world) {
    const auto& cluster = world.facts().cluster;
    const auto server = parse_version(cluster.server_version);
    if (!server) return {};
    std::vector<const kube::Node*> nodes;
    for (const auto& node : world.facts().nodes)
        if (const auto kubelet = parse_version(node.kubelet_version); kubelet && is_too_far(*server, *kubelet))
            nodes.push_back(&node);
    if (nodes.empty()) return {};
    std::sort(nodes.begin(), nodes.end(), [](auto* a, auto* b) { return a->meta.name < b->meta.name; });
    auto finding = object_finding(modes[0], {"v1", "Cluster", "", cluster.context, ""});
    std::vector<std::string> words;
    for (const auto* node : nodes) {
        words.push_back(fmt::format("{} ({})", node->meta.name, node->kubelet_version));
        finding.affected.push_back({node->meta.ref(), ""});
        finding.evidence.push_back(
            from_field(node->meta.ref(), Source::status, "status.nodeInfo.kubeletVersion", node->kubelet_version));
    }
    constexpr std::size_t most_named = 5;
    if (words.size() > most_named) {
        words.resize(most_named);
        words.push_back(fmt::format("{} more", nodes.size() - most_named));
    }
    finding.summary = fmt::format("The API server is {}, and that is too far from the kubelets of {}.",
                                  cluster.server_version, base::join(words, ", "));
    return {std::move(finding)};
}

}  // namespace

extern const Rule version_skew;
const Rule version_skew{.id = "version-skew", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
