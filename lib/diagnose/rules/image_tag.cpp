// Image references that may mean another image tomorrow (TAXONOMY 1.4, image.mutable-tag).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

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

struct Seen {
    const Pod* pod;
    const ContainerStatus* status;
    std::string digest;
};

// Pods of one ReplicaSet share a template; those of other controllers may be of different revisions. Empty: none.
std::string_view replica_set_of(const Pod& pod) {
    const auto* controller = pod.meta.controller();
    return controller && controller->kind == "ReplicaSet" ? std::string_view(controller->uid) : std::string_view();
}

bool run_the_same(const Pod& a, const Pod& b) {
    const auto same = [](const ContainerStatus& one, const ContainerStatus& other) {
        return one.image_id == other.image_id && one.name == other.name;
    };
    return std::equal(a.statuses.begin(), a.statuses.end(), b.statuses.begin(), b.statuses.end(), same);
}

// Whether the next pull may bring another image.
bool is_mutable(std::string_view image) {
    const auto version = version_of(image);
    return !image.empty() && version.digest.empty() && (version.tag.empty() || version.tag == "latest");
}

// References that are several images in the pods of one ReplicaSet. Most ReplicaSets run the same in all of theirs, and
// of those nothing is kept.
class Images {
public:
    explicit Images(const World& world) {
        struct Pods {
            std::vector<const Pod*> all;
            bool mixed = false;
        };
        std::unordered_map<std::string_view, Pods> sets;
        Pods* set = nullptr;  // most pods stand beside others of theirs
        std::string_view of_set;
        for (const auto* pod : world.candidates()) {
            const auto replica_set = replica_set_of(*pod);
            if (replica_set.empty()) continue;
            if (!set || of_set != replica_set) set = &sets[of_set = replica_set];
            set->mixed = set->mixed || (!set->all.empty() && !run_the_same(*set->all.front(), *pod));
            set->all.push_back(pod);
        }
        for (const auto& [replica_set, pods] : sets)
            if (pods.mixed) add(pods.all);
    }

    // The pods that share the image of that status where it is several; else null.
    const std::vector<Seen>* several(const ContainerStatus& status) const {
        if (several_.empty()) return nullptr;
        const auto at = several_.find(&status);
        return at == several_.end() ? nullptr : at->second;
    }

private:
    // A container and its image as written: what should be one image.
    struct Use {
        base::Symbol container;
        std::string_view image;
        std::vector<const ContainerStatus*> statuses;
        std::vector<Seen> seen;  // of those the ones with a digest

        bool differs() const {
            return std::any_of(seen.begin(), seen.end(),
                               [&](const Seen& one) { return one.digest != seen.front().digest; });
        }
    };
    void add(const std::vector<const Pod*>& pods) {
        std::vector<Use> uses;
        for (const auto* pod : pods)
            for (const auto& status : pod->statuses) {
                const std::string_view image = image_of(*pod, status);
                auto use = std::find_if(uses.begin(), uses.end(), [&](const Use& one) {
                    return one.container == status.name && one.image == image;
                });
                if (use == uses.end()) use = uses.insert(use, {status.name, image, {}, {}});
                use->statuses.push_back(&status);
                if (auto digest = status.image_id.digest(); !digest.empty())
                    use->seen.push_back({pod, &status, std::move(digest)});
            }
        for (auto& use : uses) {
            if (!use.differs()) continue;
            const auto& kept = kept_.emplace_back(std::move(use.seen));
            for (const auto* status : use.statuses) several_.emplace(status, &kept);
        }
    }
    std::deque<std::vector<Seen>> kept_;  // each stays where it is
    std::unordered_map<const ContainerStatus*, const std::vector<Seen>*> several_;
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
    finding.evidence.push_back(from_status(pod, status, "imageID", status.image_id.text()));
    const auto own = status.image_id.digest();
    const auto other = std::find_if(seen.begin(), seen.end(), [&](const Seen& use) { return use.digest != own; });
    if (other != seen.end())
        finding.evidence.push_back(from_status(*other->pod, *other->status, "imageID", other->status->image_id.text()));
    return finding;
}

// A container whose image is mutable, or is several.
struct Found {
    const Pod* pod;
    const kube::Container* container = nullptr;  // it is mutable
    const ContainerStatus* status = nullptr;     // it is several
    const std::vector<Seen>* seen = nullptr;

    const std::string& name() const { return container ? container->name : status->name; }
    Subject subject() const { return {pod->meta.ref(), name()}; }
    Finding finding(const World& world) const {
        return container ? tag_finding(world, *pod, *container) : digest_finding(world, *pod, *status, *seen);
    }
};

// Housekeeping must not bury what is broken, nor fill the memory of a large cluster: the pods of one owner are one
// finding from the start, and a namespace where many owners have it is one, too.
class Housekeeping {
public:
    explicit Housekeeping(const World& world) : world_(world) {}
    void add(const Found& found) {
        const auto* owner = &world_.owner(*found.pod);
        if (last_ && last_owner_ == owner && last_->front().name() == found.name()) return last_->push_back(found);
        last_owner_ = owner;
        const auto& root = owner->ref;
        last_ = &by_root_[{root.ns, root.kind, root.name, found.name()}];
        last_->push_back(found);
    }
    std::vector<Finding> take() const {
        constexpr std::size_t most_alone = 5;
        std::map<std::string_view, std::vector<const Group*>> by_namespace;
        for (const auto& [key, group] : by_root_) by_namespace[std::get<0>(key)].push_back(&group);
        std::vector<Finding> result;
        for (const auto& [ns, groups] : by_namespace)
            if (groups.size() > most_alone)
                result.push_back(of_namespace(ns, groups));
            else
                for (const auto* group : groups) result.push_back(of_owner(*group));
        return result;
    }

private:
    using Group = std::vector<Found>;  // of one owner's container
    Finding of_owner(const Group& group) const {
        auto finding = group.front().finding(world_);
        for (std::size_t i = 1; i < group.size(); ++i) finding.affected.push_back(group[i].subject());
        return finding;
    }
    Finding of_namespace(std::string_view ns, const std::vector<const Group*>& groups) const {
        constexpr std::size_t named = 3;
        auto all = object_finding(mode_in(modes, "image.mutable-tag"), {"v1", "Namespace", "", std::string(ns), ""});
        std::set<std::string> owners;
        for (const auto* group : groups) {
            const auto& first = group->front();
            const auto& root = world_.owner(*first.pod).ref;
            owners.insert(root.kind + " " + root.name);
            all.affected.push_back({root, first.name()});
            if (all.evidence.size() < named) all.evidence.push_back(std::move(first.finding(world_).evidence.front()));
            const auto created = first.pod->meta.created;
            all.first_seen = all.first_seen ? std::min(*all.first_seen, created) : created;
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
    const World& world_;
    const kube::Owner* last_owner_ = nullptr;
    Group* last_ = nullptr;  // most stand beside others of theirs
    // Views into the facts and the World.
    std::map<std::tuple<std::string_view, std::string_view, std::string_view, std::string_view>, Group> by_root_;
};

std::vector<Finding> match(const World& world) {
    const Images images(world);
    Housekeeping findings(world);
    for (const auto* pod : world.candidates()) {
        std::set<std::string_view> told;
        for (const auto& status : pod->statuses)
            if (const auto* seen = images.several(status)) {
                findings.add({.pod = pod, .status = &status, .seen = seen});
                told.insert(status.name);
            }
        for (const auto* list : {&pod->spec.init_containers, &pod->spec.containers})
            for (const auto& container : *list)
                if (is_mutable(container.image) && !told.contains(container.name))
                    findings.add({.pod = pod, .container = &container});
    }
    return findings.take();
}

}  // namespace

extern const Rule image_tag;
const Rule image_tag = {.id = "image_tag", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
