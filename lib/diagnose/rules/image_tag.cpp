// Image references that may mean another image tomorrow (TAXONOMY 1.4, image.mutable-tag).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "diagnose/build.hpp"
#include "diagnose/image_facts.hpp"
#include "diagnose/image_text.hpp"
#include "diagnose/rule.hpp"

namespace salve::diagnose::rules {
namespace {

constexpr Mode modes[] = {
    {.id = "image.mutable-tag",
     .category = Category::image_pull,
     .severity = Severity::low,
     .summary = "An image is named without a digest by no tag or the tag latest, or one reference has become different "
                "images in the pods of one revision.",
     .needs = "the image in the pod's spec, or two digests in status.containerStatuses[].imageID",
     .not_when = "a digest is given; the pods are of different revisions",
     .advice = "Name the image by a version tag, better by its digest."},
};

// The digest that the registry knows it by; an id without one ("sha256:..." of the configuration) cannot be compared.
std::string digest_of(const ContainerStatus& status) {
    const auto at = status.image_id.find("@sha256:");
    return at == std::string::npos ? "" : status.image_id.substr(at + 1);
}

// Controller's uid, container, image as written: what should be one image.
using Use = std::tuple<std::string, std::string, std::string>;

struct Seen {
    const Pod* pod;
    const ContainerStatus* status;
    std::string digest;
};

Use use_of(const Pod& pod, const ContainerStatus& status) {
    const auto* controller = pod.meta.controller();
    return {controller ? controller->uid : pod.meta.uid, status.name, image_of(pod, status)};
}

std::map<Use, std::vector<Seen>> digests_in_use(const World& world) {
    std::map<Use, std::vector<Seen>> uses;
    for (const auto* pod : world.candidates()) {
        const auto* controller = pod->meta.controller();
        // Pods of one ReplicaSet share a template; those of other controllers may be of different revisions.
        if (!controller || controller->kind != "ReplicaSet") continue;
        for (const auto& status : pod->statuses)
            if (const auto digest = digest_of(status); !digest.empty())
                uses[use_of(*pod, status)].push_back({pod, &status, digest});
    }
    return uses;
}

std::optional<Finding> tag_finding(const World& world, const Pod& pod, const kube::Container& container) {
    const auto parts = parse_image(container.image);
    if (container.image.empty() || !parts.digest.empty() || (!parts.tag.empty() && parts.tag != "latest"))
        return std::nullopt;
    auto finding = pod_finding(world, mode_in(modes, "image.mutable-tag"), pod, container.name);
    finding.summary =
        fmt::format("{}: the image {} {}, so what runs can change with the next pull", container_words(container.name),
                    container.image, parts.tag.empty() ? "has neither tag nor digest" : "is named by the tag latest");
    finding.evidence.push_back(
        from_field(pod.meta.ref(), Source::spec, spec_path(pod.spec, container.name) + ".image", container.image));
    return finding;
}

// The first three, and how many more.
std::string some_of(const std::set<std::string>& digests) {
    constexpr std::size_t shown = 3;
    std::string words;
    std::size_t count = 0;
    for (const auto& digest : digests)
        if (count++ < shown) words += (words.empty() ? "" : ", ") + digest;
    return digests.size() <= shown ? words : words + fmt::format(" and {} more", digests.size() - shown);
}

std::optional<Finding> digest_finding(const World& world, const Pod& pod, const ContainerStatus& status,
                                      const std::vector<Seen>& seen) {
    std::set<std::string> digests;
    for (const auto& use : seen) digests.insert(use.digest);
    if (digests.size() < 2) return std::nullopt;
    auto finding = pod_finding(world, mode_in(modes, "image.mutable-tag"), pod, status.name);
    finding.summary = fmt::format(
        "{}: the image {} is {} different images in the pods of one revision ({}); replicas may behave differently",
        container_words(status.name), image_of(pod, status), digests.size(), some_of(digests));
    // This pod's own and one that differs; folding brings those of the other pods together.
    finding.evidence.push_back(from_status(pod, status, "imageID", status.image_id));
    const auto own = digest_of(status);
    const auto other = std::find_if(seen.begin(), seen.end(), [&](const Seen& use) { return use.digest != own; });
    if (other != seen.end())
        finding.evidence.push_back(from_status(*other->pod, *other->status, "imageID", other->status->image_id));
    return finding;
}

// Housekeeping must not bury what is broken, nor fill the memory of a large cluster: the pods of one owner are one
// finding from the start, and a namespace where many owners have it is one, too.
class Housekeeping {
public:
    void add(Finding&& finding) {
        const auto& root = finding.root;
        const auto [at, fresh] =
            by_root_.try_emplace({root.object.ns, root.object.kind, root.object.name, root.container});
        if (fresh)
            at->second = std::move(finding);
        else
            at->second.affected.push_back(std::move(finding.affected.front()));
    }
    std::vector<Finding> take() {
        constexpr std::size_t most_alone = 5;
        std::map<std::string, std::vector<Finding*>> by_namespace;
        for (auto& [key, finding] : by_root_) by_namespace[finding.root.object.ns].push_back(&finding);
        std::vector<Finding> result;
        for (auto& [ns, findings] : by_namespace)
            if (findings.size() > most_alone)
                result.push_back(of_namespace(ns, findings));
            else
                for (auto* finding : findings) result.push_back(std::move(*finding));
        return result;
    }

private:
    static Finding of_namespace(const std::string& ns, const std::vector<Finding*>& findings) {
        constexpr std::size_t named = 3;
        auto all = object_finding(mode_in(modes, "image.mutable-tag"), {"v1", "Namespace", "", ns, ""});
        std::set<std::string> owners;
        for (const auto* finding : findings) {
            owners.insert(finding->root.object.kind + " " + finding->root.object.name);
            all.affected.push_back(finding->root);
            if (all.evidence.size() < named) all.evidence.push_back(finding->evidence.front());
            all.first_seen = all.first_seen ? std::min(all.first_seen, finding->first_seen) : finding->first_seen;
        }
        const std::vector<std::string> words(owners.begin(), owners.end());
        all.summary = fmt::format(
            "{} workloads of namespace {} run images that can change with the next pull, or that are not one image: {} "
            "and {} more",
            owners.size(), ns,
            fmt::join(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(std::min(named, words.size())), ", "),
            words.size() - std::min(named, words.size()));
        return all;
    }
    std::map<std::tuple<std::string, std::string, std::string, std::string>, Finding> by_root_;
};

std::vector<Finding> match(const World& world) {
    const auto uses = digests_in_use(world);
    Housekeeping findings;
    for (const auto* pod : world.candidates()) {
        std::set<std::string> told;
        for (const auto& status : pod->statuses)
            if (const auto use = uses.find(use_of(*pod, status)); use != uses.end())
                if (auto finding = digest_finding(world, *pod, status, use->second)) {
                    findings.add(std::move(*finding));
                    told.insert(status.name);
                }
        for (const auto* list : {&pod->spec.init_containers, &pod->spec.containers})
            for (const auto& container : *list)
                if (!told.contains(container.name))
                    if (auto finding = tag_finding(world, *pod, container)) findings.add(std::move(*finding));
    }
    return findings.take();
}

}  // namespace

extern const Rule image_tag;
const Rule image_tag = {.id = "image_tag", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
