// Image references that may mean another image tomorrow (TAXONOMY 1.4, image.mutable-tag).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <span>
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

// A status that has a digest.
struct Seen {
    const Pod* pod;
    const ContainerStatus* status;

    const kube::ImageId::Bytes& digest() const { return *status->image_id.digest_bytes(); }
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
    explicit Images(const World& world) : pods_(world.candidates()) {
        struct Pods {
            std::vector<std::size_t> all;
            bool mixed = false;
        };
        std::unordered_map<std::string_view, Pods> sets;
        Pods* set = nullptr;  // most pods stand beside others of theirs
        std::string_view of_set;
        std::size_t statuses = 0;
        for (std::size_t at = 0; at < pods_.size(); ++at) {
            const auto& pod = *pods_[at];
            first_.push_back(statuses);
            statuses += pod.statuses.size();
            const auto replica_set = replica_set_of(pod);
            if (replica_set.empty()) continue;
            if (!set || of_set != replica_set) set = &sets[of_set = replica_set];
            set->mixed = set->mixed || (!set->all.empty() && !run_the_same(*pods_[set->all.front()], pod));
            set->all.push_back(at);
        }
        several_.resize(statuses);
        for (const auto& [replica_set, pods] : sets)
            if (pods.mixed) add(pods.all);
    }

    // The pods that share the image of that status where it is several; else null. Both by their place: of the pod
    // among the candidates, of the status among the pod's.
    const std::vector<Seen>* several(std::size_t pod, std::size_t status) const {
        return several_[first_[pod] + status];
    }

private:
    // A container and its image as written: what should be one image.
    struct Use {
        base::Symbol container;
        std::string_view image;
        std::vector<std::size_t> statuses;  // places in several_
        std::vector<Seen> seen;             // of those the ones with a digest

        bool is(const ContainerStatus& status, std::string_view its_image) const {
            return container == status.name && image == its_image;
        }
        bool differs() const {
            return std::any_of(seen.begin(), seen.end(),
                               [&](const Seen& one) { return one.digest() != seen.front().digest(); });
        }
    };
    void add(const std::vector<std::size_t>& pods) {
        std::vector<Use> uses;
        for (const auto at : pods) {
            const auto& pod = *pods_[at];
            for (std::size_t i = 0; i < pod.statuses.size(); ++i) {
                const auto& status = pod.statuses[i];
                auto& use = use_of(uses, status, image_of(pod, status), i);
                use.statuses.push_back(first_[at] + i);
                if (status.image_id.digest_bytes()) use.seen.push_back({&pod, &status});
            }
        }
        for (auto& use : uses) {
            if (!use.differs()) continue;
            const auto& kept = kept_.emplace_back(std::move(use.seen));
            for (const auto status : use.statuses) several_[status] = &kept;
        }
    }
    // likely: where it is, if the pods have their containers in the same order.
    static Use& use_of(std::vector<Use>& uses, const ContainerStatus& status, std::string_view image,
                       std::size_t likely) {
        if (likely < uses.size() && uses[likely].is(status, image)) return uses[likely];
        for (auto& use : uses)
            if (use.is(status, image)) return use;
        return uses.emplace_back(Use{status.name, image, {}, {}});
    }

    std::span<const Pod* const> pods_;
    std::vector<std::size_t> first_;                 // by pod: its first status in several_
    std::vector<const std::vector<Seen>*> several_;  // by status
    std::deque<std::vector<Seen>> kept_;             // each stays where it is
};

Evidence tag_evidence(const Pod& pod, const kube::Container& container) {
    return from_field(pod.meta.ref(), Source::spec, spec_path(pod.spec, container.name) + ".image", container.image);
}

Evidence digest_evidence(const Pod& pod, const ContainerStatus& status) {
    return from_status(pod, status, "imageID", status.image_id.text());
}

Finding tag_finding(const World& world, const Pod& pod, const kube::Container& container) {
    auto finding = pod_finding(world, mode_in(modes, "image.mutable-tag"), pod, container.name);
    finding.summary = fmt::format(
        "{}: the image {} {}, so what runs can change with the next pull", container_words(container.name),
        container.image,
        version_of(container.image).tag.empty() ? "has neither tag nor digest" : "is named by the tag latest");
    finding.evidence.push_back(tag_evidence(pod, container));
    return finding;
}

// One status of each digest, by digest.
std::vector<Seen> distinct(std::vector<Seen> seen) {
    std::sort(seen.begin(), seen.end(), [](const Seen& a, const Seen& b) { return a.digest() < b.digest(); });
    const auto same = [](const Seen& a, const Seen& b) { return a.digest() == b.digest(); };
    seen.erase(std::unique(seen.begin(), seen.end(), same), seen.end());
    return seen;
}

// The first three, and how many more.
std::string some_of(const std::vector<Seen>& digests) {
    constexpr std::size_t shown = 3;
    std::string words;
    for (std::size_t i = 0; i < std::min(shown, digests.size()); ++i)
        words.append(words.empty() ? "" : ", ").append(digests[i].status->image_id.digest());
    return digests.size() <= shown ? words : words + fmt::format(" and {} more", digests.size() - shown);
}

Finding digest_finding(const World& world, const Pod& pod, const ContainerStatus& status,
                       const std::vector<Seen>& seen) {
    const auto digests = distinct(seen);
    auto finding = pod_finding(world, mode_in(modes, "image.mutable-tag"), pod, status.name);
    finding.summary = fmt::format(
        "{}: the image {} is {} different images in the pods of one revision ({}); replicas may behave differently",
        container_words(status.name), image_of(pod, status), digests.size(), some_of(digests));
    // This pod's own and one that differs; folding brings those of the other pods together.
    finding.evidence.push_back(digest_evidence(pod, status));
    const auto* own = status.image_id.digest_bytes();
    const auto other =
        std::find_if(seen.begin(), seen.end(), [&](const Seen& use) { return !own || use.digest() != *own; });
    if (other != seen.end()) finding.evidence.push_back(digest_evidence(*other->pod, *other->status));
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
    // Of the pod itself: the first of its finding.
    Evidence evidence() const { return container ? tag_evidence(*pod, *container) : digest_evidence(*pod, *status); }
    Finding finding(const World& world) const {
        return container ? tag_finding(world, *pod, *container) : digest_finding(world, *pod, *status, *seen);
    }
};

// Housekeeping must not bury what is broken, nor fill the memory of a large cluster: the pods of one owner are one
// finding from the start, and a namespace where many owners have it is one, too.
class Housekeeping {
public:
    explicit Housekeeping(const World& world) : world_(world) {}
    void add(const Found& found) { group_of(world_.owner(*found.pod), found.name()).push_back(found); }
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
    Group& group_of(const kube::Owner& owner, std::string_view container) {
        if (last_owner_ != &owner) of_last_.clear();
        last_owner_ = &owner;
        const auto known = std::find_if(of_last_.begin(), of_last_.end(),
                                        [&](const Group* group) { return group->front().name() == container; });
        if (known != of_last_.end()) return **known;
        const auto& root = owner.ref;
        of_last_.push_back(&by_root_[{root.ns, root.kind, root.name, container}]);
        return *of_last_.back();
    }
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
            if (all.evidence.size() < named) all.evidence.push_back(first.evidence());
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
    std::vector<Group*> of_last_;  // most stand beside others of theirs
    // Views into the facts and the World.
    std::map<std::tuple<std::string_view, std::string_view, std::string_view, std::string_view>, Group> by_root_;
};

std::vector<Finding> match(const World& world) {
    const Images images(world);
    Housekeeping findings(world);
    const auto pods = world.candidates();
    for (std::size_t at = 0; at < pods.size(); ++at) {
        const auto& pod = *pods[at];
        for (std::size_t i = 0; i < pod.statuses.size(); ++i)
            if (const auto* seen = images.several(at, i))
                findings.add({.pod = &pod, .status = &pod.statuses[i], .seen = seen});
        const auto told = [&](const kube::Container& container) {
            for (std::size_t i = 0; i < pod.statuses.size(); ++i)
                if (pod.statuses[i].name == container.name && images.several(at, i)) return true;
            return false;
        };
        for (const auto* list : {&pod.spec.init_containers, &pod.spec.containers})
            for (const auto& container : *list)
                if (is_mutable(container.image) && !told(container))
                    findings.add({.pod = &pod, .container = &container});
    }
    return findings.take();
}

}  // namespace

extern const Rule image_tag;
const Rule image_tag = {.id = "image_tag", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
