// Volumes that keep a pod from starting (TAXONOMY 1.3): events about a pod none of whose containers has started.
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "diagnose/build.hpp"
#include "diagnose/pod_mounts.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/starting.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose::rules {
namespace {

constexpr Mode modes[] = {
    {.id = "pod.volume.configmap-missing",
     .category = Category::missing_configmap,
     .severity = Severity::high,
     .summary = "A volume names a ConfigMap that does not exist.",
     .needs = "event FailedMount with configmap \"N\" not found, and a pod that is still ContainerCreating",
     .not_when = "the reference is optional; the pod has started since; \"failed to sync configmap cache\" (kubelet "
                 "start-up)",
     .advice =
         "Create the ConfigMap in the pod's namespace, or correct the name in the template; the kubelet mounts it "
         "by itself within about 2 minutes, no restart is needed."},
    {.id = "pod.volume.secret-missing",
     .category = Category::missing_secret,
     .severity = Severity::high,
     .summary = "A volume names a Secret that does not exist.",
     .needs = "event FailedMount with secret \"N\" not found, and a pod that is still ContainerCreating",
     .not_when = "the reference is optional; the pod has started since; \"failed to sync secret cache\" (kubelet "
                 "start-up)",
     .advice =
         "Create the Secret in the pod's namespace, or correct the name in the template; the kubelet mounts it by "
         "itself within about 2 minutes, no restart is needed."},
    {.id = "pod.volume.key-missing",
     .category = Category::missing_key,
     .severity = Severity::high,
     .summary = "A volume names a key that its ConfigMap or Secret does not have.",
     .needs =
         "event FailedMount with \"references non-existent config key: K\" (or secret key), and a pod that is still "
         "ContainerCreating",
     .not_when = "the whole object is missing (pod.volume.configmap-missing, pod.volume.secret-missing)",
     .advice = "Add the key, or correct items[].key in the template; after adding the kubelet mounts it by itself, no "
               "restart is needed."},
    {.id = "pod.volume.multi-attach",
     .category = Category::storage_mount,
     .severity = Severity::high,
     .summary = "A volume that only one node may use at a time is still attached to another node.",
     .needs = "event FailedAttachVolume with \"Multi-Attach error\" for 2 minutes or more",
     .not_when = "the first 2 minutes after a pod moved; after the loss of a node it lasts about 6 minutes",
     .advice = "Find the pod that still uses the volume. A Deployment with a ReadWriteOnce claim needs strategy "
               "Recreate and one replica; after the loss of a node set the taint "
               "node.kubernetes.io/out-of-service once it is known to be off."},
    {.id = "pod.volume.attach-failed",
     .category = Category::storage_mount,
     .severity = Severity::high,
     .summary = "The storage system does not attach the volume to the node.",
     .needs = "event FailedAttachVolume with \"AttachVolume... failed\", repeated for 2 minutes or more",
     .not_when = "Multi-Attach error (pod.volume.multi-attach)",
     .advice = "Look at the log of the CSI controller (its external-attacher) and at the limits and the zone of the "
               "disk."},
    {.id = "pod.volume.mount-timeout",
     .category = Category::storage_mount,
     .severity = Severity::high,
     .summary = "A volume cannot be mounted on the node.",
     .needs = "event FailedMount that tells a failing mount or \"unmounted volumes=[...]\", and a pod that is still "
              "ContainerCreating",
     .not_when = "a more specific volume mode holds; a pod that has started since",
     .advice = "Look at the CSI node plugin or the mount helper on that node; the kubelet tries again by itself."},
    {.id = "pod.volume.hostpath",
     .category = Category::storage_mount,
     .severity = Severity::medium,
     .summary = "A hostPath volume demands a file or directory that the node does not have.",
     .needs = "event FailedMount with \"hostPath type check failed\"",
     .not_when = "the pod left ContainerCreating since: the path is there now",
     .advice = "Create the path on every node that may run the pod, or use hostPath type DirectoryOrCreate or "
               "FileOrCreate, or keep the pod on nodes that have it."},
};

std::string volume_words(const World& world, const Pod& pod, const MountFailure& failure) {
    const auto claim = claim_behind(world, pod, failure.volume);
    return fmt::format("volume \"{}\"{}", failure.volume, claim.empty() ? "" : fmt::format(" (claim {})", claim));
}

Finding missing_object(const World& world, const Pod& pod, const MountFailure& failure) {
    const bool secret = failure.fault == MountFault::secret_missing;
    const auto* kind = secret ? "Secret" : "ConfigMap";
    const auto& ns = failure.object_ns.empty() ? pod.meta.ns : failure.object_ns;
    const auto& mode = mode_in(modes, secret ? "pod.volume.secret-missing" : "pod.volume.configmap-missing");
    auto finding = pod_finding_on(world, mode, {"v1", kind, ns, failure.object, ""}, pod);
    finding.summary = fmt::format(
        "{} {} not found in namespace {}: volume \"{}\" of the pod needs it, so its containers "
        "are not created",
        kind, failure.object, ns, failure.volume);
    finding.advice.push_back(fmt::format("See what there is under a similar name: kubectl -n {} get {}", ns,
                                         secret ? "secrets" : "configmaps"));
    return finding;
}

Finding missing_key(const World& world, const Pod& pod, const MountFailure& failure) {
    const bool secret = failure.fault == MountFault::secret_key_missing;
    const auto* kind = secret ? "Secret" : "ConfigMap";
    const auto& mode = mode_in(modes, "pod.volume.key-missing");
    const auto names = objects_with_key(pod, failure);
    auto finding = names.size() == 1 ? pod_finding_on(world, mode, {"v1", kind, pod.meta.ns, names[0], ""}, pod)
                                     : pod_finding(world, mode, pod);
    const auto object = names.empty() ? fmt::format("a {} of volume \"{}\"", kind, failure.volume)
                                      : fmt::format("{} {}", kind, fmt::join(names, " or "));
    finding.summary = fmt::format("{} in namespace {} has no key \"{}\", which volume \"{}\" of the pod asks for",
                                  object, pod.meta.ns, failure.key, failure.volume);
    if (names.size() == 1)
        finding.advice.push_back(fmt::format("See the keys it has: kubectl -n {} describe {} {}", pod.meta.ns,
                                             secret ? "secret" : "configmap", names[0]));
    return finding;
}

Finding host_path(const World& world, const Pod& pod, const MountFailure& failure) {
    auto finding = pod_finding(world, mode_in(modes, "pod.volume.hostpath"), pod);
    finding.summary = fmt::format("hostPath {} of volume \"{}\" is not on node {} as its type demands ({})",
                                  failure.path, failure.volume, pod.spec.node_name, tail_of(failure.detail));
    const auto* volume = volume_of(pod, failure.volume);
    if (volume && volume->source == kube::Volume::Source::host_path && !volume->path_type.empty()) {
        finding.evidence.push_back(from_field(pod.meta.ref(), Source::spec,
                                              fmt::format("spec.volumes[{}].hostPath.type", failure.volume),
                                              volume->path_type));
    }
    return finding;
}

Finding multi_attach(const World& world, const Pod& pod, const MountFailure& failure) {
    auto finding = pod_finding(world, mode_in(modes, "pod.volume.multi-attach"), pod);
    finding.summary = fmt::format("{} cannot be attached to node {}: {}", volume_words(world, pod, failure),
                                  pod.spec.node_name, tail_of(failure.detail));
    for (const auto& user : pods_named_in(world, pod, failure.detail))
        finding.advice.push_back(fmt::format("Pod {} uses it on node {}.", user->meta.name,
                                             user->spec.node_name.empty() ? "(none)" : user->spec.node_name));
    return finding;
}

Finding attach_failed(const World& world, const Pod& pod, const MountFailure& failure) {
    auto finding = pod_finding(world, mode_in(modes, "pod.volume.attach-failed"), pod);
    finding.summary = fmt::format("{} is not attached to node {}: {}", volume_words(world, pod, failure),
                                  pod.spec.node_name, tail_of(failure.detail));
    return finding;
}

Finding mount_failed(const World& world, const Pod& pod, const MountFailure& failure) {
    static const re2::RE2 driver(R"(driver name (\S+) not found in the list of registered CSI drivers)");
    auto finding = pod_finding(world, mode_in(modes, "pod.volume.mount-timeout"), pod);
    std::string name;
    if (failure.fault == MountFault::timeout) {
        finding.summary = fmt::format("volumes [{}] are not mounted on node {} in time, and no event tells why",
                                      failure.volume, pod.spec.node_name);
        finding.missing_evidence.emplace_back(
            "the cause of the timeout: no event of a failing attach or mount is left");
        return finding;
    }
    finding.summary = fmt::format("{} cannot be mounted on node {}: {}", volume_words(world, pod, failure),
                                  pod.spec.node_name, tail_of(failure.detail));
    if (re2::RE2::PartialMatch(failure.detail, driver, &name))
        finding.advice.push_back(fmt::format(
            "The CSI driver {} is not registered on node {}: see whether its node plugin (a DaemonSet) runs there, and "
            "whether the driver's name is right: kubectl get csidrivers",
            name, pod.spec.node_name));
    return finding;
}

Finding finding_of(const World& world, const Pod& pod, const PodMountFailure& failure) {
    switch (failure.what.fault) {
        case MountFault::config_map_missing:
        case MountFault::secret_missing:
            return missing_object(world, pod, failure.what);
        case MountFault::config_map_key_missing:
        case MountFault::secret_key_missing:
            return missing_key(world, pod, failure.what);
        case MountFault::host_path:
            return host_path(world, pod, failure.what);
        case MountFault::multi_attach:
            return multi_attach(world, pod, failure.what);
        case MountFault::attach:
            return attach_failed(world, pod, failure.what);
        case MountFault::mount:
        case MountFault::timeout:
            break;
    }
    return mount_failed(world, pod, failure.what);
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> findings;
    for (const auto* pod : world.unsettled()) {
        if (!waits_whole(*pod) || world.now() - bound_at(*pod) < pending_grace) continue;
        for (const auto& failure : pod_mount_failures(world, *pod)) {
            auto finding = finding_of(world, *pod, failure);
            finding.confidence = Confidence::probable;
            finding.evidence.insert(finding.evidence.begin(), from_event(*failure.event));
            if (failure.timeout) finding.evidence.push_back(from_event(*failure.timeout));
            finding.evidence.push_back(starting_evidence(*pod));
            finding.last_seen = failure.event->last;
            findings.push_back(std::move(finding));
        }
    }
    return findings;
}

}  // namespace

extern const Rule volume;
const Rule volume = {.id = "volume", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
