#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "kube/slim.hpp"
#include "kube_data.hpp"
#include "recordings.hpp"

using namespace salve;
using namespace salve::kube;
using nlohmann::json;

namespace {

// How many of the items were settled pods.
std::size_t check_same(const std::vector<std::string>& items) {
    std::size_t slimmed = 0;
    Decoder decoder(testing::test_redactor());
    const auto decoded = [&](const std::string& item, bool lean) {
        Snapshot facts;
        REQUIRE_FALSE(decoder.add({Resource::pods, "v1", "", lean}, item, facts));
        for (auto& pod : facts.pods) slim(pod);
        return facts;
    };
    for (const auto& item : items) {
        CAPTURE(item.substr(0, 200));
        const auto full = decoded(item, false), lean = decoded(item, true);
        CHECK(full.pods == lean.pods);
        for (const auto& pod : full.pods) slimmed += is_settled(pod) ? 1 : 0;
    }
    return slimmed;
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
