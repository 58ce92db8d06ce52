#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "kube/slim.hpp"
#include "kube_data.hpp"
#include "recordings.hpp"

using namespace salve;
using namespace salve::kube;
using nlohmann::json;

namespace {

// What kube/slim.hpp says is kept, of a pod that was decoded whole.
Pod kept_of(Pod pod) {
    if (!is_settled(pod)) return pod;
    for (auto* containers : {&pod.spec.init_containers, &pod.spec.containers})
        for (auto& one : *containers) {
            Container outside;
            outside.name = one.name;
            outside.image = one.image;
            outside.ports = one.ports;
            outside.resources = one.resources;
            outside.restart_policy = one.restart_policy;
            one = outside;
        }
    PodSpec kept;
    kept.node_name = pod.spec.node_name;
    kept.scheduler_name = pod.spec.scheduler_name;
    kept.restart_policy = pod.spec.restart_policy;
    kept.host_network = pod.spec.host_network;
    kept.init_containers = pod.spec.init_containers;
    kept.containers = pod.spec.containers;
    std::vector<Volume> volumes = pod.spec.volumes;
    std::erase_if(volumes, [](const Volume& volume) { return !is_kept_volume(volume); });
    kept.volumes = volumes;
    pod.spec = kept;
    pod.meta.annotations.clear();
    std::erase_if(pod.conditions, [](const Condition& condition) { return !is_kept_condition(condition.type); });
    std::erase_if(pod.statuses, [](const ContainerStatus& status) { return !is_kept_status(status); });
    return pod;
}

// How many of the items were settled pods.
std::size_t check_same(const std::vector<std::string>& items) {
    std::size_t settled = 0;
    Decoder decoder(testing::test_redactor());
    const auto decoded = [&](const std::string& item, bool lean) {
        Snapshot facts;
        REQUIRE_FALSE(decoder.add({Resource::pods, "v1", "", lean}, item, facts));
        return facts;
    };
    for (const auto& item : items) {
        CAPTURE(item.substr(0, 200));
        const auto full = decoded(item, false), lean = decoded(item, true);
        REQUIRE(full.pods.size() == 1);
        REQUIRE(lean.pods.size() == 1);
        CHECK(lean.pods[0] == kept_of(full.pods[0]));
        settled += is_settled(full.pods[0]) ? 1 : 0;
    }
    return settled;
}

std::vector<std::string> recorded_pods(const json& recording) {
    std::vector<std::string> items;
    for (const auto& read : recording["reads"]) {
        if (!read.value("get", "").ends_with("/pods") || read["state"] != "ok") continue;
        for (const auto& item : read["body"]["items"]) items.push_back(item.dump());
    }
    return items;
}

}  // namespace

TEST_CASE("what is decoded leanly is what is left of it whole") {
    CHECK(check_same(testing::items_of(testing::kube_list("pods"))) > 0);
    check_same(testing::items_of(testing::kube_list("pods-sidecar")));
}

TEST_CASE("no pod of any scenario loses anything by it") {
    std::size_t pods = 0;
    testing::each_recording([&](const json& recording) { pods += check_same(recorded_pods(recording)); });
    CHECK(pods > 100);
}
