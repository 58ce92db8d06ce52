// TAXONOMY 1.11: claims that get no volume. Texts: pkg/controller/volume/persistentvolume/pv_controller.go and
// sig-storage-lib-external-provisioner controller/controller.go ("failed to provision volume with StorageClass").
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "diagnose/claims.hpp"
#include "diagnose/containers.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose::rules {
namespace {

using kube::Event;
using re2::RE2;

constexpr Mode modes[] = {
    {.id = "pvc.pending.no-class",
     .category = Category::storage_class,
     .severity = Severity::high,
     .summary = "A claim names no storage class, no default class applies and no volume without a class fits.",
     .needs = "The claim is Pending, has no class (or storageClassName \"\"), and an event FailedBinding says that no "
              "storage class is set; without the event, that the claim has no class and the cluster no default.",
     .not_when = "A volume is named (spec.volumeName), or the claim has just been made.",
     .advice = "Give the claim a storageClassName that exists, make a class the default one, or create a volume "
               "without a class that fits; the class of a claim cannot be changed later, so it must be made anew."},
    {.id = "pvc.pending.class-missing",
     .category = Category::storage_class,
     .severity = Severity::high,
     .summary = "A claim names a StorageClass that does not exist.",
     .needs = "The claim is Pending, and an event ProvisioningFailed says that its class is not found or the list of "
              "classes was read whole and lacks it.",
     .not_when = "The class was made since, or a volume is named (spec.volumeName).",
     .advice = "Create the StorageClass, or make the claim anew with the name of one that exists: the class of a claim "
               "cannot be changed."},
    {.id = "pvc.pending.provisioner-failed",
     .category = Category::storage_claim,
     .severity = Severity::high,
     .summary = "The provisioner of the claim's class tried to make a volume and failed.",
     .needs = "The claim is Pending and a recent event ProvisioningFailed gives the provisioner's error.",
     .not_when = "The claim is bound by now, or the error is that its class is missing.",
     .advice = "Read the provisioner's error: quota, permissions and topology are those of the storage behind it; it "
               "tries again by itself."},
    {.id = "pvc.pending.external-wait",
     .category = Category::storage_claim,
     .severity = Severity::medium,
     .summary = "A claim waits for an external provisioner that does not answer.",
     .needs = "The claim is Pending, an event ExternalProvisioning repeats for more than five minutes, and the "
              "provisioner has said nothing.",
     .not_when = "The provisioner reports that it is provisioning, or why it failed.",
     .advice = "See whether the provisioner's controller pods run and know that name (kubectl get csidrivers); the "
               "claim is served when it does."},
    {.id = "pvc.pending.wait-consumer",
     .category = Category::storage_claim,
     .severity = Severity::info,
     .summary = "A claim has waited for its first pod for more than a week, and nothing names it.",
     .needs = "The claim is Pending, its class binds WaitForFirstConsumer, and no pod and no template names it.",
     .not_when = "A pod uses it: then what keeps the pod from being placed is the fault. Waiting is none by itself.",
     .advice = "It gets a volume as soon as a pod that names it is placed; ask its owner whether it is still wanted."},
};

constexpr auto provisioner_wait = base::minutes(5);
constexpr auto still_retried = base::minutes(15);  // retries and the recorder come at most five minutes apart
constexpr auto forgotten = base::hours(168);

// What is wrong with one claim. Problems with the same key are one finding.
struct Problem {
    const PersistentVolumeClaim* claim = nullptr;
    std::string_view mode;
    std::string key;
    std::string words;             // what the literal says, without the claim
    const Event* event = nullptr;  // its source, where there is one
    bool class_is_root = false;    // of several claims their class is to blame
};

bool is_recent(const World& world, const Event* event, base::Duration within) {
    return event && world.now() - event->last <= within;
}

// Claims of one StatefulSet are mended together, in its template.
std::string own_key(const World& world, const PersistentVolumeClaim& claim) {
    const auto* set = set_of_claim(world, claim);
    return set ? "set " + set->meta.uid : "claim " + claim.meta.uid;
}

std::optional<Problem> missing_class(const World& world, const PersistentVolumeClaim& claim) {
    const auto& name = claim.storage_class;
    if (!name || name->empty() || world.storage_class(*name)) return std::nullopt;
    static const RE2 text(R"((?i)storageclass(?:es)?(?:\.storage\.k8s\.io)? \\?"([^"\\]+)\\?" not found)");
    const auto* event = newest_event(world, claim, "ProvisioningFailed", &text);
    if (std::string named; event && (!RE2::PartialMatch(event->message, text, &named) || named != *name))
        event = nullptr;
    if (!event && !world.storage_class(*name).absent()) return std::nullopt;
    auto words = event ? event->message : fmt::format("StorageClass \"{}\" not found", *name);
    return Problem{&claim, "pvc.pending.class-missing", "class " + *name, std::move(words), event, true};
}

std::optional<Problem> no_class(const World& world, const PersistentVolumeClaim& claim) {
    if (!claim.storage_class.value_or("").empty()) return std::nullopt;
    static const RE2 text("no storage class is set");
    const auto* event = newest_event(world, claim, "FailedBinding", &text);
    const auto& classes = world.storage_classes();
    const bool no_default =
        world.seen(kube::Resource::storageclasses, "") &&
        std::none_of(classes.begin(), classes.end(), [](const auto& one) { return one.is_default; });
    if (!event && !claim.storage_class && !no_default) return std::nullopt;
    return Problem{&claim,
                   "pvc.pending.no-class",
                   own_key(world, claim),
                   event ? event->message : "no storage class is set",
                   event,
                   false};
}

// The provisioner's own failure; an old one counts while nobody else speaks.
std::optional<Problem> failed(const World& world, const PersistentVolumeClaim& claim) {
    static const RE2 other(R"((?i)storageclass\S* \\?"[^"]*\\?" not found)");
    static const RE2 code(R"(code = (\w+))");
    const Event* event = nullptr;
    for (const auto* one : world.events(claim.meta.uid))
        if (one->reason == "ProvisioningFailed" && !RE2::PartialMatch(one->message, other)) event = one;
    if (!event) return std::nullopt;
    const auto* waits = newest_event(world, claim, "ExternalProvisioning");
    if (!is_recent(world, event, still_retried) && is_recent(world, waits, still_retried)) return std::nullopt;
    std::string kind;
    RE2::PartialMatch(event->message, code, &kind);
    return Problem{&claim,
                   "pvc.pending.provisioner-failed",
                   "failed " + claim.storage_class.value_or("") + " " + kind,
                   event->message,
                   event,
                   true};
}

std::optional<Problem> waits_outside(const World& world, const PersistentVolumeClaim& claim) {
    const auto* event = newest_event(world, claim, "ExternalProvisioning");
    if (!is_recent(world, event, still_retried) || world.now() - event->first < provisioner_wait) return std::nullopt;
    if (is_recent(world, newest_event(world, claim, "Provisioning"), still_retried)) return std::nullopt;
    return Problem{
        &claim, "pvc.pending.external-wait", "wait " + claim.storage_class.value_or(""), event->message, event, true};
}

std::optional<Problem> judge(const World& world, const PersistentVolumeClaim& claim) {
    if (claim.phase != "Pending" || claim.meta.deleted || is_going(world, claim.meta.ns)) return std::nullopt;
    // A named volume is bound to whatever the class; its own troubles show on the pods that wait.
    if (!claim.volume.empty() || world.now() - claim.meta.created < pending_grace) return std::nullopt;
    if (auto problem = missing_class(world, claim)) return problem;
    if (auto problem = no_class(world, claim)) return problem;
    if (auto problem = failed(world, claim)) return problem;
    if (!waits_for_consumer(world, claim)) return waits_outside(world, claim);
    if (world.now() - claim.meta.created < forgotten || !world.seen(kube::Resource::pods, claim.meta.ns) ||
        !users_of_claim(world, claim).empty() || template_use(world, claim).named || !claim.meta.owners.empty())
        return std::nullopt;
    return Problem{&claim,
                   "pvc.pending.wait-consumer",
                   own_key(world, claim),
                   "its class binds WaitForFirstConsumer and nothing names it",
                   nullptr,
                   false};
}

ObjectRef root_of(const std::vector<Problem>& problems) {
    const auto& first = problems.front();
    if (problems.size() < 2 || !first.class_is_root || !first.claim->storage_class) return first.claim->meta.ref();
    return {"storage.k8s.io/v1", "StorageClass", "", *first.claim->storage_class, ""};
}

// Nobody waits for a claim that only sleeping workloads name.
bool is_asleep(const World& world, const PersistentVolumeClaim& claim) {
    const auto use = template_use(world, claim);
    return use.named && use.sleeps && users_of_claim(world, claim).empty();
}

std::string classes_words(const World& world) {
    std::string words;
    for (const auto& one : world.storage_classes())
        words += fmt::format("{}{}{}", words.empty() ? "" : ", ", one.meta.name, one.is_default ? " (default)" : "");
    return words;
}

void add_class_facts(const World& world, Finding& finding, const PersistentVolumeClaim& claim) {
    const auto& name = claim.storage_class;
    finding.evidence.push_back(from_field(
        claim.meta.ref(), Source::spec, "spec.storageClassName",
        !name ? "no storageClassName" : fmt::format("storageClassName: {}", name->empty() ? "\"\"" : *name)));
    const auto found = name ? world.storage_class(*name) : kube::Lookup<kube::StorageClass>{};
    if (found)
        finding.evidence.push_back(
            from_field(found->meta.ref(), Source::spec, "provisioner", "provisioner: " + found->provisioner));
}

void advise(const World& world, Finding& finding, const PersistentVolumeClaim& claim) {
    const auto id = finding.mode->id;
    const bool about_class = id == "pvc.pending.class-missing" || id == "pvc.pending.no-class";
    if (!about_class) return;
    if (world.seen(kube::Resource::storageclasses, "")) {
        const auto classes = classes_words(world);
        finding.advice.push_back(classes.empty() ? "The cluster has no StorageClass at all."
                                                 : "Classes that exist: " + classes + ".");
    }
    if (const auto* set = set_of_claim(world, claim))
        finding.advice.push_back(fmt::format(
            "The claim comes from a template of StatefulSet {}, which cannot be changed in place: the set is made anew "
            "with the right class, and the claim too.",
            set->meta.name));
}

Finding describe(const World& world, const std::vector<Problem>& problems) {
    const auto& first = problems.front();
    auto finding = object_finding(mode_in(modes, first.mode), root_of(problems));
    bool asleep = true;
    for (const auto& problem : problems) {
        const auto& claim = *problem.claim;
        if (!claim.meta.ref().same_name(finding.root.object)) finding.affected.push_back({claim.meta.ref(), ""});
        finding.evidence.push_back(from_field(claim.meta.ref(), Source::status, "status.phase",
                                              fmt::format("{}: {}", claim.meta.name, claim.phase)));
        if (problem.event) finding.evidence.push_back(from_event(*problem.event));
        finding.first_seen =
            finding.first_seen ? std::min(*finding.first_seen, claim.meta.created) : claim.meta.created;
        asleep = asleep && is_asleep(world, claim);
    }
    add_class_facts(world, finding, *first.claim);
    for (const auto& problem : problems) {
        const auto users = users_of_claim(world, *problem.claim);
        add_users(world, finding, users);
        if (const auto* set = set_of_claim(world, *problem.claim)) finding.affected.push_back({set->meta.ref(), ""});
    }
    std::sort(finding.affected.begin(), finding.affected.end());
    finding.affected.erase(std::unique(finding.affected.begin(), finding.affected.end()), finding.affected.end());
    auto who = claim_words(*first.claim);
    who[0] = 'C';
    if (problems.size() > 1) who += fmt::format(", and {} more like it", problems.size() - 1);
    const bool by_class = first.mode == "pvc.pending.class-missing" || first.mode == "pvc.pending.no-class";
    // A class of static volumes provisions nothing: what matters is which volumes there are.
    const bool no_plugin = first.words.find("no volume plugin matched") != std::string::npos;
    auto words = excerpt(first.words, 400);
    if (words.ends_with('.')) words.pop_back();
    finding.summary =
        fmt::format("{}: {}{}.", who, words, by_class || no_plugin ? volumes_words(world, *first.claim) : "");
    if (!first.event && by_class) finding.confidence = Confidence::probable;
    if (asleep) finding.severity = std::min(finding.severity, Severity::low);
    advise(world, finding, *first.claim);
    if (!world.seen(kube::Resource::pods, first.claim->meta.ns))
        finding.missing_evidence.emplace_back("pods (could not be read: who waits for the claim is unknown)");
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::map<std::pair<std::string_view, std::string>, std::vector<Problem>> groups;
    std::vector<const PersistentVolumeClaim*> claims;
    for (const auto& claim : world.facts().claims) claims.push_back(&claim);
    std::sort(claims.begin(), claims.end(), [](const auto* a, const auto* b) {
        return std::tie(a->meta.ns, a->meta.name) < std::tie(b->meta.ns, b->meta.name);
    });
    for (const auto* claim : claims)
        if (auto problem = judge(world, *claim)) {
            auto key = std::make_pair(problem->mode, problem->key);
            groups[std::move(key)].push_back(std::move(*problem));
        }
    std::vector<Finding> out;
    out.reserve(groups.size());
    for (const auto& [key, problems] : groups) out.push_back(describe(world, problems));
    return out;
}

}  // namespace

extern const Rule claim_pending;
const Rule claim_pending{.id = "claim_pending", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
