#include "apply/rollout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "plan/patch.hpp"

namespace salve::apply {
namespace {

using plan::text_at;

std::int64_t count_at(const json& object, const char* path, std::int64_t otherwise = 0) {
    return plan::number_at(object, path).value_or(otherwise);
}

const json* condition(const json& object, std::string_view type) {
    const auto* list = plan::value_at(object, "/status/conditions");
    if (!list || !list->is_array()) return nullptr;
    for (const auto& one : *list)
        if (text_at(one, "/type") == type) return &one;
    return nullptr;
}

bool is_seen(const json& object) {
    return count_at(object, "/status/observedGeneration", -1) >= count_at(object, "/metadata/generation");
}

struct Numbers {
    std::int64_t desired, updated, ready, available;
};

Rollout with(const json& object, Numbers n) {
    Rollout rollout;
    rollout.desired = static_cast<int>(n.desired);
    rollout.ready = static_cast<int>(n.ready);
    rollout.done = is_seen(object) && n.updated >= n.desired && n.available >= n.desired;
    rollout.words = fmt::format("{} of {} pods are new, {} of {} available{}", n.updated, n.desired, n.available,
                                n.desired, is_seen(object) ? "" : ", and its controller has not seen the change yet");
    return rollout;
}

Rollout of_deployment(const json& object) {
    const auto replicas = count_at(object, "/spec/replicas", 1);
    auto rollout =
        with(object, {replicas, count_at(object, "/status/updatedReplicas"), count_at(object, "/status/readyReplicas"),
                      count_at(object, "/status/availableReplicas")});
    // Pods of the old template that still end are not counted among the new ones.
    rollout.done = rollout.done && count_at(object, "/status/replicas") <= replicas &&
                   count_at(object, "/status/unavailableReplicas") == 0;
    const auto* paused = plan::value_at(object, "/spec/paused");
    if (paused && *paused == true) {
        rollout.done = false;
        rollout.words += ", and it is paused";
    }
    const auto* progressing = progress_of(object);
    if (is_seen(object) && progressing && text_at(*progressing, "/reason") == "ProgressDeadlineExceeded" &&
        text_at(*progressing, "/status") == "False")
        rollout.failed = text_at(*progressing, "/message");
    return rollout;
}

Rollout of_stateful_set(const json& object) {
    const auto replicas = count_at(object, "/spec/replicas", 1);
    // availableReplicas counts by minReadySeconds since 1.22; where it is missing, ready is what there is.
    const auto ready = count_at(object, "/status/readyReplicas");
    auto rollout = with(object, {replicas, count_at(object, "/status/updatedReplicas"), ready,
                                 count_at(object, "/status/availableReplicas", ready)});
    rollout.done =
        rollout.done && text_at(object, "/status/currentRevision") == text_at(object, "/status/updateRevision");
    return rollout;
}

Rollout of_daemon_set(const json& object) {
    return with(object,
                {count_at(object, "/status/desiredNumberScheduled"), count_at(object, "/status/updatedNumberScheduled"),
                 count_at(object, "/status/numberReady"), count_at(object, "/status/numberAvailable")});
}

Rollout of_replica_set(const json& object) {
    const auto replicas = count_at(object, "/spec/replicas", 1);
    return with(object, {replicas, count_at(object, "/status/replicas"), count_at(object, "/status/readyReplicas"),
                         count_at(object, "/status/availableReplicas")});
}

// States that nothing but another change ends (TAXONOMY 1.4, 1.5); CrashLoopBackOff has tried several times already.
constexpr auto hopeless = std::to_array<std::string_view>({"ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName",
                                                           "CreateContainerConfigError", "CreateContainerError",
                                                           "RunContainerError", "CrashLoopBackOff"});

}  // namespace

Rollout rollout_of(const json& object) {
    const auto kind = text_at(object, "/kind");
    if (kind == "Deployment") return of_deployment(object);
    if (kind == "StatefulSet") return of_stateful_set(object);
    if (kind == "DaemonSet") return of_daemon_set(object);
    if (kind == "ReplicaSet") return of_replica_set(object);
    Rollout rollout;
    rollout.done = true;
    rollout.words = "nothing is rolled out";
    return rollout;
}

const json* progress_of(const json& object) { return condition(object, "Progressing"); }

base::Duration deadline_of(const json& object) {
    constexpr std::int64_t longest = 86'400;
    return base::seconds(std::clamp<std::int64_t>(count_at(object, "/spec/progressDeadlineSeconds", 600), 1, longest));
}

std::optional<kube::LabelSelector> selector_of(const json& object) {
    const auto* from = plan::value_at(object, "/spec/selector");
    if (!from || !from->is_object()) return std::nullopt;
    kube::LabelSelector selector;
    if (const auto* labels = plan::value_at(*from, "/matchLabels"); labels && labels->is_object())
        for (const auto& [key, value] : labels->items())
            if (value.is_string()) selector.match_labels[key] = value.get<std::string>();
    if (const auto* list = plan::value_at(*from, "/matchExpressions"); list && list->is_array())
        for (const auto& one : *list) {
            kube::SelectorRequirement requirement{text_at(one, "/key"), text_at(one, "/operator"), {}};
            if (const auto* values = plan::value_at(one, "/values"); values && values->is_array())
                for (const auto& value : *values)
                    if (value.is_string()) requirement.values.push_back(value.get<std::string>());
            selector.match_expressions.push_back(std::move(requirement));
        }
    return selector;
}

std::string stuck(const kube::Pod& pod, base::Time since) {
    if (pod.meta.created < since || pod.meta.deleted) return "";
    for (const auto& status : pod.statuses) {
        if (!status.state.waiting) continue;
        const auto& reason = status.state.waiting->reason;
        if (std::find(hopeless.begin(), hopeless.end(), reason) != hopeless.end())
            return fmt::format("container {} of pod {} waits in {}", status.name, pod.meta.name, reason);
    }
    return "";
}

}  // namespace salve::apply
