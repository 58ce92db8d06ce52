// Images that cannot be pulled (TAXONOMY 1.4): the waiting reason proves the failure, its text (or the Failed event's)
// the cause.
#include <fmt/format.h>

#include "diagnose/build.hpp"
#include "diagnose/image_facts.hpp"
#include "diagnose/image_failure.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/starting.hpp"

namespace salve::diagnose::rules {
namespace {

constexpr Mode modes[] = {
    {.id = "pod.image.not-found",
     .category = Category::image_pull,
     .severity = Severity::high,
     .summary = "The registry does not have the image: the tag, the digest or the repository does not exist.",
     .needs = "a container waiting in ErrImagePull or ImagePullBackOff, and a cause such as \"manifest unknown\" or "
              "\": not found\"",
     .not_when = "\"pull access denied, repository does not exist or may require authorization\" (it may be there: "
                 "pod.image.unauthorized); \"no such host\" (pod.image.registry-network)",
     .advice = "Correct the image reference, or push that image; the kubelet tries again by itself (at most every "
               "5 minutes)."},
    {.id = "pod.image.unauthorized",
     .category = Category::image_auth,
     .severity = Severity::high,
     .summary = "The registry refuses the pull without a valid login, or does not admit that the repository exists.",
     .needs =
         "a container waiting in ErrImagePull or ImagePullBackOff, and a cause such as \"401 Unauthorized\", \"403 "
         "Forbidden\" or \"pull access denied\"",
     .not_when = "the login failed for want of network, DNS or trust",
     .advice =
         "Check the name of the repository first (registries answer alike for missing and private ones), then the "
         "pull secret: its registry host, and whether its login has expired (cloud tokens live 12 hours)."},
    {.id = "pod.image.pull-secret-missing",
     .category = Category::image_auth,
     .severity = Severity::high,
     .summary = "An imagePullSecret does not exist, so the image is pulled without a login.",
     .needs = "event FailedToRetrieveImagePullSecret that names it, and a pull that is refused; low when the pod runs "
              "all the same",
     .not_when = "the Secret exists and the registry refuses its login (pod.image.unauthorized)",
     .advice = "Create the Secret (type kubernetes.io/dockerconfigjson) in the pod's namespace, or correct its name; "
               "the kubelet tries again by itself."},
    {.id = "pod.image.registry-network",
     .category = Category::image_pull,
     .severity = Severity::high,
     .summary = "The node cannot reach the registry.",
     .needs = "a container waiting in ErrImagePull or ImagePullBackOff, and a cause such as \"no such host\", \"i/o "
              "timeout\" or \"connection refused\"",
     .not_when = "a slow pull that has not failed yet",
     .advice = "Check the registry host's name, and from the node its DNS, route, proxy and firewall."},
    {.id = "pod.image.registry-tls",
     .category = Category::image_pull,
     .severity = Severity::high,
     .summary = "The node does not trust the registry's certificate, or one side speaks plain HTTP.",
     .needs =
         "a container waiting in ErrImagePull or ImagePullBackOff, and \"x509: \" or \"server gave HTTP response to "
         "HTTPS client\"",
     .not_when = "TLS handshake timeout (pod.image.registry-network)",
     .advice = "Renew the registry's certificate, or give its authority to the container runtime of every node."},
    {.id = "pod.image.rate-limited",
     .category = Category::image_pull,
     .severity = Severity::medium,
     .summary = "The registry answers that too many pulls were made.",
     .needs = "a container waiting in ErrImagePull or ImagePullBackOff, and \"toomanyrequests\" or \"429 Too Many "
              "Requests\"",
     .not_when = "the registry refuses the credentials (401 or 403): pod.image.unauthorized",
     .advice = "Do not restart or recreate pods: every new pull makes it worse. Wait for the limit's window to pass, "
               "pull with a login, or use a mirror."},
    {.id = "pod.image.wrong-arch",
     .category = Category::image_pull,
     .severity = Severity::high,
     .summary = "The image has no variant for the node's architecture.",
     .needs = "a container waiting in ErrImagePull or ImagePullBackOff, and \"no match for platform in manifest\"",
     .not_when = "an image that starts and dies of \"exec format error\" (pod.crashloop.exec-format)",
     .advice = "Build the image for that platform too, or keep the pods on fitting nodes with a nodeSelector on "
               "kubernetes.io/arch."},
    {.id = "pod.image.registry-unavailable",
     .category = Category::image_pull,
     .severity = Severity::high,
     .summary = "The registry answers with an error of its own.",
     .needs = "waiting reason RegistryUnavailable, or a pull that fails with a 5xx status",
     .not_when = "the registry cannot be reached at all (pod.image.registry-network)",
     .advice = "Check the registry's own state; the kubelet tries again by itself."},
    {.id = "pod.image.signature-invalid",
     .category = Category::image_auth,
     .severity = Severity::high,
     .summary = "The node's policy rejects the signature of the image.",
     .needs = "waiting reason SignatureValidationFailed",
     .not_when = "the pull fails before a signature is looked at: then the reason is ErrImagePull",
     .advice = "Sign the image with a key that the node's policy trusts, or use one that is signed. Do not switch the "
               "check off to get going."},
    {.id = "pod.image.disk-full",
     .category = Category::disk_full,
     .severity = Severity::high,
     .summary = "The node has no room to store the image.",
     .needs = "a container waiting in ErrImagePull or ImagePullBackOff, and \"no space left on device\"",
     .not_when = "a process in a container that finds its volume full (pod.crashloop.disk-full)",
     .advice = "Free the image file system of the node (unused images, logs, leftover containers) or enlarge it."},
    {.id = "pod.image.pull-failed",
     .category = Category::image_pull,
     .severity = Severity::high,
     .summary = "The image cannot be pulled, for a cause that is unknown or of no known kind.",
     .needs = "a container waiting in ErrImagePull or ImagePullBackOff",
     .not_when = "the cause is known: the other pod.image modes",
     .advice = "Read the cause: kubectl describe pod, or `crictl pull` on the node."},
};

const Mode& mode_for(const ImageFailure& failure) {
    const auto id = [&]() -> std::string_view {
        switch (failure.cause) {
            case PullCause::rate_limited:
                return "pod.image.rate-limited";
            case PullCause::wrong_arch:
                return "pod.image.wrong-arch";
            case PullCause::tls:
                return "pod.image.registry-tls";
            case PullCause::disk_full:
                return "pod.image.disk-full";
            case PullCause::signature:
                return "pod.image.signature-invalid";
            case PullCause::registry_unavailable:
                return "pod.image.registry-unavailable";
            case PullCause::unauthorized:
                return failure.missing_secrets.empty() ? "pod.image.unauthorized" : "pod.image.pull-secret-missing";
            case PullCause::network:
                return "pod.image.registry-network";
            case PullCause::not_found:
                return "pod.image.not-found";
            case PullCause::unknown:
            case PullCause::own_limit:
                break;
        }
        return "pod.image.pull-failed";
    }();
    return mode_in(modes, id);
}

// Modes for which TAXONOMY 1.4 and 2.4 let the operator give another reference.
bool another_image_helps(PullCause cause) {
    return cause == PullCause::not_found || cause == PullCause::unauthorized || cause == PullCause::rate_limited;
}

Finding finding_of(const World& world, const ImageFailure& failure, std::span<const ImageFailure> all) {
    const auto& pod = *failure.pod;
    const auto& mode = mode_for(failure);
    auto finding = failure.cause == PullCause::disk_full && !pod.spec.node_name.empty()
                       ? pod_finding_on(world, mode, node_ref(world, pod), pod, failure.status->name)
                       : pod_finding(world, mode, pod, failure.status->name);
    finding.summary = failure_summary(world, failure, all);
    add_failure_evidence(finding, world, failure);
    add_failure_advice(finding, world, failure);
    if (failure.event) finding.last_seen = failure.event->last;
    if (failure.text_from_event) finding.confidence = Confidence::probable;
    if (another_image_helps(failure.cause)) offer_image_set(finding, world.owner(pod), failure.status->name);
    return finding;
}

// A pull secret that is missing while every container of the pod got its image: the kubelet repeats the event with
// each sync, so one that stopped is history.
std::optional<Finding> harmless_secret(const World& world, const Pod& pod) {
    const auto* event = missing_secret_event(world, pod);
    if (!event || world.now() - event->last > base::minutes(10)) return std::nullopt;
    for (const auto& status : pod.statuses)
        if (!status.state.running && !status.state.terminated) return std::nullopt;
    if (pod.statuses.empty()) return std::nullopt;
    auto finding = pod_finding(world, mode_in(modes, "pod.image.pull-secret-missing"), pod);
    finding.severity = Severity::low;
    finding.confidence = Confidence::probable;
    finding.summary = fmt::format(
        "the image pull secret {} does not exist in namespace {}; the images could be pulled without it so far",
        fmt::join(named_secrets(*event), ", "), pod.meta.ns);
    finding.evidence.push_back(from_event(*event));
    finding.last_seen = event->last;
    return finding;
}

std::vector<Finding> match(const World& world) {
    const auto failures = image_failures(world);
    std::vector<Finding> findings;
    findings.reserve(failures.size());
    for (const auto& failure : failures) findings.push_back(finding_of(world, failure, failures));
    for (const auto* pod : world.candidates())
        if (auto finding = harmless_secret(world, *pod)) findings.push_back(std::move(*finding));
    return findings;
}

}  // namespace

extern const Rule image_pull;
const Rule image_pull = {.id = "image_pull", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
