// Objects with every field set, in both forms (tests/data/kubernetes), and ways to decode one.
#pragma once
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "kube/proto/unknown.hpp"
#include "kube_data.hpp"

namespace salve::testing {

struct KubernetesObject {
    kube::Resource resource;
    const char* file;
};
inline constexpr KubernetesObject kubernetes_objects[] = {
    {kube::Resource::pods, "core.v1.Pod"},
    {kube::Resource::events, "core.v1.Event"},
    {kube::Resource::nodes, "core.v1.Node"},
    {kube::Resource::services, "core.v1.Service"},
    {kube::Resource::persistentvolumeclaims, "core.v1.PersistentVolumeClaim"},
    {kube::Resource::deployments, "apps.v1.Deployment"},
    {kube::Resource::replicasets, "apps.v1.ReplicaSet"},
    {kube::Resource::statefulsets, "apps.v1.StatefulSet"},
    {kube::Resource::daemonsets, "apps.v1.DaemonSet"},
    {kube::Resource::jobs, "batch.v1.Job"},
    {kube::Resource::cronjobs, "batch.v1.CronJob"},
    {kube::Resource::endpointslices, "discovery.k8s.io.v1.EndpointSlice"},
    {kube::Resource::poddisruptionbudgets, "policy.v1.PodDisruptionBudget"},
};

// The names in them are none that the API server would take: others of the same length, which a protocol buffer says.
inline std::string read_kubernetes(const std::string& name) {
    std::ifstream file(std::string(SALVE_SOURCE_DIR) + "/tests/data/kubernetes/" + name, std::ios::binary);
    REQUIRE_MESSAGE(file.good(), name);
    std::string bytes{std::istreambuf_iterator<char>(file), {}};
    for (const std::string invalid : {"nameValue", "namespaceValue"})
        for (auto at = bytes.find(invalid); at != std::string::npos; at = bytes.find(invalid, at))
            bytes.replace(at, invalid.size(), invalid.substr(0, invalid.size() - 5) + "-valu");
    return bytes;
}

// A node has no namespace: there it is given as a selfLink, which nobody reads.
inline std::string json_object(const KubernetesObject& object) {
    auto text = read_kubernetes(std::string(object.file) + ".json");
    if (kube::info(object.resource).namespaced) return text;
    constexpr std::string_view name = "\"namespace\"";
    return text.replace(text.find(name), name.size(), "\"otherLink\"");
}
inline std::string proto_object(const KubernetesObject& object) {
    std::string bytes(kube::proto::unknown_of(read_kubernetes(std::string(object.file) + ".pb")).raw);
    if (kube::info(object.resource).namespaced) return bytes;
    constexpr char self_link = 4 << 3 | 2;
    bytes.at(bytes.find("namespace-valu") - 2) = self_link;
    return bytes;
}

// The facts of one object. Of a namespaced kind and no namespace: where the object says it is.
inline kube::Snapshot decoded(kube::Resource what, std::string_view item, kube::Form form, bool lean = false) {
    kube::Snapshot facts;
    kube::Decoder decoder(test_redactor());
    const auto mismatch = decoder.add({what, kube::api_version(what), "", lean}, item, facts, form);
    REQUIRE_MESSAGE(!mismatch, *mismatch);
    return facts;
}

}  // namespace salve::testing
