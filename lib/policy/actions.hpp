// The most that the catalog of actions may hold: the floor denies every other id, whoever came to plan it. An action is
// only added here together with a reason why its worst case is bearable (TAXONOMY 2.4 and 2.6).
#pragma once
#include <array>
#include <string_view>

namespace salve::policy {

inline constexpr std::array<std::string_view, 21> known_actions{
    "rollout.restart", "rollout.undo",   "rollout.pause",   "rollout.resume",     "scale.set",
    "image.set",       "memory.raise",   "resources.set",   "probe.relax",        "command.set",
    "env.set-literal", "pod.evict",      "pod.delete",      "pod.cleanup-failed", "sts.replace-stuck-pod",
    "job.resume",      "cronjob.resume", "cronjob.suspend", "cronjob.run-now",    "hpa.raise-max",
    "note.annotate"};

// The kinds whose objects they change: no Node, no claim, no Namespace, nothing of RBAC.
inline constexpr std::array<std::string_view, 8> known_kinds{
    "Pod", "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob", "HorizontalPodAutoscaler"};

}  // namespace salve::policy
