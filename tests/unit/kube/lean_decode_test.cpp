#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "kube/slim.hpp"
#include "kube_data.hpp"

using namespace salve;
using namespace salve::kube;
using nlohmann::json;

namespace {

// How many of the items were settled pods or owned ReplicaSets.
std::size_t check_same(Resource what, const std::vector<std::string>& items) {
    std::size_t slimmed = 0;
    Decoder decoder(testing::test_redactor());
    const auto decoded = [&](const std::string& item, bool lean) {
        Snapshot facts;
        REQUIRE_FALSE(decoder.add({what, api_version(what), "", lean}, item, facts));
        for (auto& pod : facts.pods) slim(pod);
        for (auto& set : facts.replica_sets) slim(set);
        return facts;
    };
    for (const auto& item : items) {
        CAPTURE(item.substr(0, 200));
        const auto full = decoded(item, false), lean = decoded(item, true);
        CHECK(full.pods == lean.pods);
        CHECK(full.replica_sets == lean.replica_sets);
        for (const auto& pod : full.pods) slimmed += is_settled(pod) ? 1 : 0;
        for (const auto& set : full.replica_sets) slimmed += set.meta.controller() ? 1 : 0;
    }
    return slimmed;
}

std::vector<std::string> recorded_items(const json& recording, const std::string& plural) {
    std::vector<std::string> items;
    for (const auto& read : recording["reads"]) {
        if (!read.value("get", "").ends_with("/" + plural) || read["state"] != "ok") continue;
        for (const auto& item : read["body"]["items"]) items.push_back(item.dump());
    }
    return items;
}

}  // namespace

TEST_CASE("what is decoded leanly is what is left of it whole") {
    CHECK(check_same(Resource::pods, testing::items_of(testing::kube_list("pods"))) > 0);
    check_same(Resource::pods, testing::items_of(testing::kube_list("pods-sidecar")));
    CHECK(check_same(Resource::replicasets, testing::items_of(testing::kube_list("replicasets"))) > 0);
}

TEST_CASE("no pod and no ReplicaSet of any scenario loses anything by it") {
    std::size_t pods = 0, sets = 0;
    for (const auto& entry : std::filesystem::directory_iterator(std::string(SALVE_SOURCE_DIR) + "/scenarios")) {
        std::ifstream file(entry.path() / "cluster.json");
        if (!file.good()) continue;
        CAPTURE(entry.path().string());
        const auto recording = json::parse(file);
        pods += check_same(Resource::pods, recorded_items(recording, "pods"));
        sets += check_same(Resource::replicasets, recorded_items(recording, "replicasets"));
    }
    CHECK(pods > 100);
    CHECK(sets > 100);
}
