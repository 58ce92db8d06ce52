#include "diagnose/image_failure.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <set>

#include "diagnose/build.hpp"
#include "diagnose/image_facts.hpp"
#include "diagnose/starting.hpp"

namespace salve::diagnose {
namespace {

using kube::Event;
using kube::World;

// Once its budget is spent the recorder lets one Warning in 5 minutes through for an object, of several kinds
// (TAXONOMY 3.2).
constexpr auto secret_event_gap = base::minutes(15);

bool is_pull_failure(std::string_view reason) {
    return reason == "ErrImagePull" || reason == "ImagePullBackOff" || reason == "RegistryUnavailable" ||
           reason == "SignatureValidationFailed";
}

// The event's image as the kubelet quotes it right after its first words.
bool quotes_image(std::string_view text, std::string_view words, const std::string& image) {
    if (!text.starts_with(words)) return false;
    text.remove_prefix(words.size());
    return text.starts_with(fmt::format("\"{}\"", image));
}

bool of_container(const Event& event, std::string_view container) {
    const auto named = event.container();
    return named.empty() || named == container;
}

void read_events(const World& world, ImageFailure& failure) {
    Time newest;
    for (const auto* event : world.events(*failure.pod)) {  // newest last
        const auto text = event_text(*event);
        newest = event->last;
        if (event->reason == "FailedToRetrieveImagePullSecret") failure.secret_event = event;
        if (!of_container(*event, failure.status->name)) continue;
        if (event->reason == "Failed" && quotes_image(text, "Failed to pull image ", failure.image))
            failure.event = event;
    }
    // Repeated with every try: one that stopped while others went on means that the Secret is there by now.
    if (failure.secret_event && newest - failure.secret_event->last > secret_event_gap) failure.secret_event = nullptr;
    if (failure.secret_event) failure.missing_secrets = named_secrets(*failure.secret_event);
}

void read_cause(ImageFailure& failure) {
    const auto& waiting = *failure.status->state.waiting;
    failure.text = cause_text(waiting.message);
    if (failure.text.empty() && failure.event) {
        failure.text = cause_text(event_text(*failure.event));
        failure.text_from_event = !failure.text.empty();
    }
    failure.cause = waiting.reason == "RegistryUnavailable"         ? PullCause::registry_unavailable
                    : waiting.reason == "SignatureValidationFailed" ? PullCause::signature
                                                                    : pull_cause(failure.text);
}

std::string not_found_words(const ImageFailure& failure) {
    static const re2::RE2 repository_gone(R"((?i)name unknown|NAME_UNKNOWN|repository .* not found)");
    const auto& reference = failure.reference;
    if (re2::RE2::PartialMatch(failure.text, repository_gone))
        return fmt::format("the repository {} of the image {} does not exist in registry {}", reference.repository,
                           failure.image, reference.registry);
    if (!reference.digest.empty())
        return fmt::format("the image digest {} of {} does not exist", reference.digest, reference.name);
    if (reference.tag.empty())
        return fmt::format("the image {} does not exist (no tag given, so \"latest\" was asked for)", reference.name);
    return fmt::format("the image tag \"{}\" of {} does not exist", reference.tag, reference.name);
}

std::string unauthorized_words(const ImageFailure& failure) {
    if (!failure.missing_secrets.empty())
        return fmt::format("the image {} cannot be pulled because the pull secret {} does not exist in namespace {}",
                           failure.image, fmt::join(failure.missing_secrets, ", "), failure.pod->meta.ns);
    const bool ambiguous = failure.text.find("does not exist or may require") != std::string::npos;
    return fmt::format("registry {} refuses to hand out the image {}{}", failure.reference.registry, failure.image,
                       ambiguous ? " (it wants a login, or there is no such repository: it does not tell which)" : "");
}

std::string arch_words(const World& world, const ImageFailure& failure) {
    const auto node = world.node(failure.pod->spec.node_name);
    return fmt::format("the image {} has no variant for node {}{}", failure.image, failure.pod->spec.node_name,
                       node && !node->architecture.empty()
                           ? fmt::format(" ({}/{})", node->os.empty() ? "linux" : node->os, node->architecture)
                           : "");
}

std::string cause_words(const World& world, const ImageFailure& failure) {
    const auto& image = failure.image;
    const auto& registry = failure.reference.registry;
    switch (failure.cause) {
        case PullCause::not_found:
            return not_found_words(failure);
        case PullCause::unauthorized:
            return unauthorized_words(failure);
        case PullCause::wrong_arch:
            return arch_words(world, failure);
        case PullCause::rate_limited:
            return fmt::format("registry {} limits the rate of pulls and refuses the image {} for now", registry,
                               image);
        case PullCause::own_limit:
            return fmt::format("node {} holds the pull of image {} back: its own limit on pulls is exceeded",
                               failure.pod->spec.node_name, image);
        case PullCause::tls:
            return fmt::format("the TLS connection to registry {} for the image {} is not trusted", registry, image);
        case PullCause::disk_full:
            return fmt::format("node {} has no space left for the image {}", failure.pod->spec.node_name, image);
        case PullCause::signature:
            return fmt::format("the signature of the image {} is rejected", image);
        case PullCause::registry_unavailable:
            return fmt::format("registry {} is unavailable, so the image {} cannot be pulled", registry, image);
        case PullCause::network:
            return fmt::format("node {} cannot reach registry {} to pull the image {}", failure.pod->spec.node_name,
                               registry, image);
        case PullCause::unknown:
            break;
    }
    if (failure.text.empty())
        return fmt::format("the image {} cannot be pulled ({}), and no message tells why", image,
                           failure.status->state.waiting->reason);
    return fmt::format("the image {} cannot be pulled", image);
}

bool is_shared(PullCause cause) {
    return cause == PullCause::network || cause == PullCause::tls || cause == PullCause::unauthorized ||
           cause == PullCause::rate_limited || cause == PullCause::registry_unavailable ||
           cause == PullCause::disk_full;
}

// Owners that fail for the same cause at the same registry or on the same node: then it is no single owner's fault.
std::string others_words(const World& world, const ImageFailure& failure, std::span<const ImageFailure> all) {
    if (!is_shared(failure.cause)) return "";
    std::set<ObjectRef> by_registry, by_node;
    for (const auto& other : all) {
        if (other.cause != failure.cause) continue;
        const auto& owner = world.owner(*other.pod).ref;
        if (other.reference.registry == failure.reference.registry) by_registry.insert(owner);
        if (other.pod->spec.node_name == failure.pod->spec.node_name) by_node.insert(owner);
    }
    if (failure.cause != PullCause::disk_full && by_registry.size() > 1)
        return fmt::format("; {} workloads fail alike with registry {}, so it is not this one's fault",
                           by_registry.size(), failure.reference.registry);
    if ((failure.cause == PullCause::network || failure.cause == PullCause::disk_full) && by_node.size() > 1)
        return fmt::format("; {} workloads fail alike on node {}, so it is not this one's fault", by_node.size(),
                           failure.pod->spec.node_name);
    return "";
}

}  // namespace

std::vector<ImageFailure> image_failures(const World& world) {
    std::vector<ImageFailure> failures;
    for (const auto* pod : world.unsettled())
        for (const auto& status : pod->statuses) {
            if (!status.state.waiting || !is_pull_failure(status.state.waiting->reason)) continue;
            ImageFailure failure;
            failure.pod = pod;
            failure.status = &status;
            failure.image = image_of(*pod, status);
            failure.reference = parse_image(failure.image);
            read_events(world, failure);
            read_cause(failure);
            failures.push_back(std::move(failure));
        }
    return failures;
}

const Event* missing_secret_event(const World& world, const kube::Pod& pod) {
    const Event* newest = nullptr;
    for (const auto* event : world.events(pod))
        if (event->reason == "FailedToRetrieveImagePullSecret") newest = event;
    return newest;
}

std::vector<std::string> named_secrets(const Event& event) {
    static const re2::RE2 list(R"(image pull secrets \(([^)]*)\))");
    static const re2::RE2 name(R"(([a-z0-9][a-z0-9.-]*))");
    std::string names;
    std::vector<std::string> secrets;
    if (!re2::RE2::PartialMatch(event_text(event), list, &names)) return secrets;
    re2::StringPiece rest(names);
    for (std::string secret; re2::RE2::FindAndConsume(&rest, name, &secret);) secrets.push_back(secret);
    return secrets;
}

std::string failure_summary(const World& world, const ImageFailure& failure, std::span<const ImageFailure> all) {
    auto summary =
        fmt::format("{}: {}", container_in_words(*failure.pod, *failure.status), cause_words(world, failure));
    if (!failure.text.empty()) summary += fmt::format(" ({})", tail_of(decisive_part(failure.text)));
    return summary + others_words(world, failure, all);
}

void add_failure_evidence(Finding& finding, const World& world, const ImageFailure& failure) {
    const auto& pod = *failure.pod;
    finding.evidence.push_back(waiting_evidence(pod, *failure.status));
    if (failure.event) finding.evidence.push_back(from_event(*failure.event));
    if (failure.secret_event && !failure.missing_secrets.empty())
        finding.evidence.push_back(from_event(*failure.secret_event));
    if (failure.text.empty())
        finding.missing_evidence.push_back(
            world.seen(kube::Resource::events, pod.meta.ns)
                ? "the cause: waiting.message has none and the event \"Failed to pull image\" is gone (events live 1 h)"
                : "the cause: waiting.message has none and the events could not be read");
    const auto node = world.node(pod.spec.node_name);
    if (failure.cause == PullCause::wrong_arch && node)
        finding.evidence.push_back(
            from_field(node->meta.ref(), Source::status, "status.nodeInfo.architecture", node->architecture));
    if (failure.cause == PullCause::wrong_arch && !node)
        finding.missing_evidence.push_back(
            fmt::format("the architecture of node {}: it could not be read", pod.spec.node_name));
    if (failure.cause != PullCause::disk_full || !node) return;
    if (const auto* pressure = kube::find_condition(node->conditions, "DiskPressure");
        pressure && pressure->status == "True")
        finding.evidence.push_back(from_condition(node->meta.ref(), *pressure));
    // The kubelet puts the node's name where other events have the uid.
    for (const auto& uid : {node->meta.uid, node->meta.name})
        for (const auto* event : world.events(uid))
            if (event->reason == "FreeDiskSpaceFailed" && event->about.kind == "Node")
                finding.evidence.push_back(from_event(*event));
}

void add_failure_advice(Finding& finding, const World& world, const ImageFailure& failure) {
    const auto& pod = *failure.pod;
    if (failure.cause == PullCause::unauthorized) {
        const auto& secrets = pod.spec.image_pull_secrets;
        auto advice = secrets.empty() ? std::string("The pod names no imagePullSecrets")
                                      : fmt::format("The pod pulls with imagePullSecrets {}", fmt::join(secrets, ", "));
        const auto account = world.service_account(pod.meta.ns, pod.spec.service_account);
        if (account && !account->image_pull_secrets.empty())
            advice += fmt::format("; its ServiceAccount {} has {}", pod.spec.service_account,
                                  fmt::join(account->image_pull_secrets, ", "));
        else if (account)
            advice += fmt::format("; its ServiceAccount {} has none", pod.spec.service_account);
        finding.advice.push_back(advice + ".");
    }
    if (failure.missing_secrets.empty()) return;
    if (failure.cause == PullCause::unauthorized)
        finding.advice.push_back(
            fmt::format("See which Secrets there are: kubectl -n {} get secrets --field-selector "
                        "type=kubernetes.io/dockerconfigjson",
                        pod.meta.ns));
    else
        finding.advice.push_back(
            fmt::format("The pull secret {} does not exist either: the image is pulled without a "
                        "login.",
                        fmt::join(failure.missing_secrets, ", ")));
}

}  // namespace salve::diagnose
