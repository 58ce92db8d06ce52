#include "diagnose/node_fit.hpp"

#include <doctest/doctest.h>

using namespace salve;
using namespace salve::diagnose;

namespace {

kube::Container container(const char* cpu, const char* memory, bool sidecar = false) {
    kube::Container made;
    made.resources.requests = {{"cpu", cpu}, {"memory", memory}};
    if (sidecar) made.restart_policy = "Always";
    return made;
}

kube::Node node(std::map<std::string, std::string> labels, std::vector<kube::Taint> taints = {}) {
    kube::Node made;
    made.meta.name = "n1";
    made.meta.labels = std::move(labels);
    made.taints = std::move(taints);
    made.allocatable = {{"cpu", "2"}, {"memory", "4Gi"}, {"pods", "110"}};
    return made;
}

}  // namespace

TEST_CASE("requests are the sum of containers and sidecars, or an init container's turn where that is more") {
    kube::PodSpec spec;
    spec.containers = {container("100m", "64Mi"), container("0.2", "64Mi")};
    CHECK(amount_words("cpu", pod_requests(spec).at("cpu")) == "300m");
    CHECK(amount_words("memory", pod_requests(spec).at("memory")) == "128Mi");
    spec.init_containers = {container("1", "16Mi"), container("50m", "32Mi", true), container("1", "16Mi")};
    CHECK(amount_words("cpu", pod_requests(spec).at("cpu")) == "1050m");        // the last one beside the sidecar
    CHECK(amount_words("memory", pod_requests(spec).at("memory")) == "160Mi");  // the containers beside the sidecar
    spec.containers = {container("9E", "9E"), container("9999999999999999999999999999E", "x")};
    CHECK(pod_requests(spec).at("cpu") > *base::parse_quantity("8E"));  // absurd, and no overflow
}

TEST_CASE("tolerations match as the scheduler matches them") {
    kube::PodSpec spec;
    const kube::Taint taint{"dedicated", "gpu", "NoSchedule"};
    CHECK_FALSE(tolerates(spec, taint));
    for (const kube::Toleration& right : {kube::Toleration{"", "Exists", "", ""},
                                          {"dedicated", "Exists", "", ""},
                                          {"dedicated", "", "gpu", ""},
                                          {"dedicated", "Equal", "gpu", "NoSchedule"}}) {
        spec.tolerations = {right};
        CHECK(tolerates(spec, taint));
    }
    for (const kube::Toleration& wrong : {kube::Toleration{"dedicated", "Equal", "cpu", ""},
                                          {"dedicated", "Exists", "", "NoExecute"},
                                          {"other", "Exists", "", ""}}) {
        spec.tolerations = {wrong};
        CHECK_FALSE(tolerates(spec, taint));
    }
    CHECK(untolerated(spec, node({}, {{"soft", "", "PreferNoSchedule"}})).empty());
    CHECK(untolerated(spec, node({}, {taint})).size() == 1);
}

TEST_CASE("node selector and affinity terms") {
    kube::PodSpec spec;
    CHECK(matches_node(spec, node({})));
    spec.node_selector = {{"disk", "fast"}};
    CHECK_FALSE(matches_node(spec, node({{"disk", "slow"}})));
    CHECK(matches_node(spec, node({{"disk", "fast"}})));
    spec.node_affinity = {{{{"cores", "Gt", {"8"}}}, {}}, {{}, {{"metadata.name", "In", {"n1"}}}}};
    CHECK(matches_node(spec, node({{"disk", "fast"}})));
    spec.node_affinity.pop_back();
    CHECK_FALSE(matches_node(spec, node({{"disk", "fast"}, {"cores", "8"}})));
    CHECK(matches_node(spec, node({{"disk", "fast"}, {"cores", "16"}})));
    CHECK_FALSE(matches_node(spec, node({{"disk", "fast"}, {"cores", "many"}})));
    spec.node_affinity = {{}};
    CHECK_FALSE(matches_node(spec, node({{"disk", "fast"}})));  // an empty term matches nothing
}

TEST_CASE("free room counts running pods of all namespaces, and says so when it could not") {
    kube::Snapshot facts;
    facts.nodes = {node({})};
    for (const char* phase : {"Running", "Succeeded", "Failed"}) {
        kube::Pod pod;
        pod.meta.ns = "a";
        pod.meta.name = pod.meta.uid = phase;
        pod.phase = phase;
        pod.spec.node_name = "n1";
        pod.spec.containers = {container("1500m", "1Gi")};
        facts.pods.push_back(pod);
    }
    facts.reads = {{kube::Resource::pods, "a", kube::ReadState::ok, 0, "", ""}};
    CHECK_FALSE(NodeRoom(kube::World(facts)).complete());
    facts.reads = {{kube::Resource::pods, "", kube::ReadState::ok, 0, "", ""}};
    const kube::World world(facts);
    const NodeRoom room(world);
    CHECK(room.complete());
    CHECK(amount_words("cpu", room.free(facts.nodes[0], "cpu")) == "500m");
    CHECK(amount_words("memory", room.free(facts.nodes[0], "memory")) == "3Gi");
    CHECK(amount_words("pods", room.free(facts.nodes[0], "pods")) == "109");
    CHECK(room.free(facts.nodes[0], "nvidia.com/gpu").nano == 0);
}
