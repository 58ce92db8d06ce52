#include "diagnose/undo.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "diagnose/impact.hpp"
#include "kube/names.hpp"

namespace salve::diagnose {
namespace {

// A family of modes, and the fields of a template that can bring it about. Paths begin in the container that the
// finding names ("image"), or in the pod ("spec." in front).
struct Explained {
    std::string_view mode;  // prefix of ids
    std::array<std::string_view, 8> fields;
    bool names_root = false;  // the change must name the object that is missing
};

constexpr Explained program[] = {
    {"", {"image", "command", "args", "env", "envFrom", "volumeMounts", "securityContext", "workingDir"}},
};

constexpr Explained table[] = {
    {"pod.image.not-found", {"image"}},
    {"pod.image.invalid-name", {"image"}},
    {"pod.image.never-present", {"image", "imagePullPolicy"}},
    {"pod.image.unauthorized", {"image", "spec.imagePullSecrets"}},
    {"pod.image.pull-secret-missing", {"image", "spec.imagePullSecrets"}},
    {"pod.image.signature-invalid", {"image"}},
    {"pod.image.wrong-arch", {"image"}},
    {"pod.config.configmap-missing", {"env", "envFrom"}, true},
    {"pod.config.secret-missing", {"env", "envFrom"}, true},
    {"pod.config.key-missing", {"env"}},
    {"pod.config.run-as-nonroot", {"image", "securityContext", "spec.securityContext"}},
    {"pod.volume.configmap-missing", {"spec.volumes"}, true},
    {"pod.volume.secret-missing", {"spec.volumes"}, true},
    {"pod.volume.key-missing", {"spec.volumes"}},
    {"pod.volume.hostpath", {"spec.volumes"}},
    {"pod.run.", {"image", "command", "args", "workingDir", "volumeMounts", "spec.volumes"}},
    {"pod.crashloop.oom", {"resources.limits.memory", "image", "command", "args"}},
    {"pod.crashloop.liveness", {"livenessProbe", "image", "command", "args"}},
    {"pod.crashloop.startup-probe", {"startupProbe", "image", "command", "args"}},
    {"pod.notready.readiness", {"readinessProbe", "image", "command", "args"}},
    {"pod.hook.poststart", {"lifecycle", "image", "command"}},
    {"pod.pending.insufficient-", {"resources.requests"}},
    {"pod.pending.node-affinity", {"spec.nodeSelector", "spec.affinity"}},
};

// Ends of the program itself: whatever of it changed may be why.
constexpr auto own_ends = std::to_array<std::string_view>(
    {"pod.crashloop.app-error", "pod.crashloop.unknown", "pod.crashloop.config-error", "pod.crashloop.exec-format",
     "pod.crashloop.exit0", "pod.crashloop.signal", "pod.crashloop.port-in-use", "pod.crashloop.fs-permission"});

// "image" of "spec.containers[web].image" for that container, "spec.volumes[a]..." for fields of the pod.
std::string_view field_of(std::string_view path, std::string_view container) {
    for (const std::string_view list : {"spec.containers[", "spec.initContainers[", "containers[", "initContainers["}) {
        if (!path.starts_with(list)) continue;
        const auto end = path.find(']');
        if (end == std::string_view::npos || end + 2 > path.size()) return {};
        const auto name = path.substr(list.size(), end - list.size());
        return container.empty() || name == container ? path.substr(end + 2) : std::string_view{};
    }
    return path;
}

bool begins(std::string_view field, std::string_view with) {
    if (with.empty() || !field.starts_with(with)) return false;
    const auto rest = field.substr(with.size());
    return rest.empty() || rest.front() == '.' || rest.front() == '[';
}

bool fits(const Explained& row, const TemplateChange& change, const Finding& finding) {
    const auto field = field_of(change.path, finding.root.container);
    const bool right = std::any_of(row.fields.begin(), row.fields.end(),
                                   [&](std::string_view wanted) { return begins(field, wanted); });
    if (!right || !row.names_root) return right;
    const auto& name = finding.root.object.name;
    return change.path.find("[" + name + "]") != std::string::npos || change.after.find(name) != std::string::npos;
}

}  // namespace

bool explains(const std::vector<TemplateChange>& changes, const Finding& finding) {
    const auto id = finding.mode->id;
    const auto any = [&](const Explained& row) {
        return std::any_of(changes.begin(), changes.end(),
                           [&](const auto& change) { return fits(row, change, finding); });
    };
    if (std::find(own_ends.begin(), own_ends.end(), id) != own_ends.end()) return any(program[0]);
    return std::any_of(std::begin(table), std::end(table),
                       [&](const Explained& row) { return id.starts_with(row.mode) && any(row); });
}

void offer_undo(const kube::Workload& workload, const std::vector<TemplateChange>& changes, Finding& finding) {
    if (workload.meta.kind != "Deployment" || workload.paused || workload.meta.deleted) return;
    if (kube::is_system_namespace(workload.meta.ns)) return;
    if (!explains(changes, finding)) return;
    const auto managers = managers_of(workload.meta);
    const bool reverted = std::any_of(managers.begin(), managers.end(), [](const std::string& manager) {
        return manager != "helm" && !manager.starts_with("helm:");
    });
    auto& list = reverted ? finding.actions_elsewhere : finding.actions;
    if (std::find(list.begin(), list.end(), "rollout.undo") == list.end()) list.insert(list.begin(), "rollout.undo");
}

}  // namespace salve::diagnose
