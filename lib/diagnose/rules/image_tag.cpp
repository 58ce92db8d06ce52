// Image references that may mean another image tomorrow (TAXONOMY 1.4, image.mutable-tag).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

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
std::string_view digest_of(const ContainerStatus& status) {
    const auto at = status.image_id.find("@sha256:");
    return at == std::string::npos ? std::string_view() : std::string_view(status.image_id).substr(at + 1);
}

// Controller's uid, container, image as written: what should be one image.
struct Use {
    std::string_view controller, container, image;
    bool operator==(const Use&) const = default;
};

struct UseHash {
    std::size_t operator()(const Use& use) const {
        const std::hash<std::string_view> hash;
        return hash(use.controller) * 31 + hash(use.container);  // these nearly tell them apart
    }
};

struct Seen {
    const Pod* pod;
    const ContainerStatus* status;
    std::string_view digest;
};
Use use_of(const Pod& pod, const ContainerStatus& status) {
    const auto* controller = pod.meta.controller();
    return {controller ? controller->uid : pod.meta.uid, status.name, image_of(pod, status)};
}

// Whether the next pull may bring another image.
bool is_mutable(const std::string& image) {
    const auto version = version_of(image);
    return !image.empty() && version.digest.empty() && (version.tag.empty() || version.tag == "latest");
}

// What the pods of all owners run, read in one pass: most of them are of no interest.
class Images {
public:
    explicit Images(const World& world) {
        for (const auto* pod : world.candidates()) {
            const auto& spec = pod->spec;
            const auto is_open = [](const kube::Container& container) { return is_mutable(container.image); };
            if (std::any_of(spec.containers.begin(), spec.containers.end(), is_open) ||
                std::any_of(spec.init_containers.begin(), spec.init_containers.end(), is_open))
                judged_.insert(pod);
            add_digests(*pod);
        }
        for (const auto& [use, seen] : all_) {
            if (!use->differs) continue;
            use->seen.push_back(seen);
            judged_.insert(seen.pod);
        }
    }

    // Whether one of its images is mutable or is several.
    bool concern(const Pod& pod) const { return judged_.contains(&pod); }
    // The pods that share the image where it is several; else null.
    const std::vector<Seen>* several(const Use& use) const {
        const auto at = uses_.find(use);
        return at == uses_.end() || !at->second.differs ? nullptr : &at->second.seen;
    }

private:
    struct Known {
        std::string_view first;
        bool differs = false;
        std::vector<Seen> seen;  // only where they differ
    };
    void add_digests(const Pod& pod) {
        const auto* controller = pod.meta.controller();
        // Pods of one ReplicaSet share a template; those of other controllers may be of different revisions.
        if (!controller || controller->kind != "ReplicaSet") return;
        for (const auto& status : pod.statuses) {
            const auto digest = digest_of(status);
            if (digest.empty()) continue;
            auto& known = uses_[use_of(pod, status)];
            if (known.first.empty()) known.first = digest;
            known.differs |= known.first != digest;
            all_.push_back({&known, {&pod, &status, digest}});
        }
    }
    std::unordered_map<Use, Known, UseHash> uses_;
    std::vector<std::pair<Known*, Seen>> all_;
    std::unordered_set<const Pod*> judged_;
};

Finding tag_finding(const World& world, const Pod& pod, const kube::Container& container) {
    auto finding = pod_finding(world, mode_in(modes, "image.mutable-tag"), pod, container.name);
    finding.summary = fmt::format(
        "{}: the image {} {}, so what runs can change with the next pull", container_words(container.name),
        container.image,
        version_of(container.image).tag.empty() ? "has neither tag nor digest" : "is named by the tag latest");
    finding.evidence.push_back(
        from_field(pod.meta.ref(), Source::spec, spec_path(pod.spec, container.name) + ".image", container.image));
    return finding;
}

// The first three, and how many more.
std::string some_of(const std::set<std::string_view>& digests) {
    constexpr std::size_t shown = 3;
    std::string words;
    std::size_t count = 0;
    for (const auto& digest : digests)
        if (count++ < shown) words.append(words.empty() ? "" : ", ").append(digest);
    return digests.size() <= shown ? words : words + fmt::format(" and {} more", digests.size() - shown);
}

Finding digest_finding(const World& world, const Pod& pod, const ContainerStatus& status,
                       const std::vector<Seen>& seen) {
    std::set<std::string_view> digests;
    for (const auto& use : seen) digests.insert(use.digest);
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
    // make: the pod's finding, made only where it is the first of its owner.
    template <typename Make>
    void add(const World& world, const Pod& pod, const std::string& container, Make make) {
        const auto& root = world.owner(pod).ref;
        const auto [at, fresh] = by_root_.try_emplace({root.ns, root.kind, root.name, container});
        if (fresh)
            at->second = make();
        else
            at->second.affected.push_back({pod.meta.ref(), container});
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
    // Views into the facts and the World.
    std::map<std::tuple<std::string_view, std::string_view, std::string_view, std::string_view>, Finding> by_root_;
};

std::vector<Finding> match(const World& world) {
    const Images images(world);
    Housekeeping findings;
    for (const auto* pod : world.candidates()) {
        if (!images.concern(*pod)) continue;
        std::set<std::string_view> told;
        for (const auto& status : pod->statuses)
            if (const auto* seen = images.several(use_of(*pod, status))) {
                findings.add(world, *pod, status.name, [&] { return digest_finding(world, *pod, status, *seen); });
                told.insert(status.name);
            }
        for (const auto* list : {&pod->spec.init_containers, &pod->spec.containers})
            for (const auto& container : *list)
                if (is_mutable(container.image) && !told.contains(container.name))
                    findings.add(world, *pod, container.name, [&] { return tag_finding(world, *pod, container); });
    }
    return findings.take();
}

}  // namespace

extern const Rule image_tag;
const Rule image_tag = {.id = "image_tag", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
