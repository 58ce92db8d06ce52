// The recorded clusters of all scenarios.
#pragma once
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "test_paths.hpp"

namespace salve::testing {

// Calls use(recording) with the parsed cluster.json of each scenario that has one.
template <typename Use>
void each_recording(Use use) {
    for (const auto& entry : std::filesystem::directory_iterator(std::string(SALVE_SOURCE_DIR) + "/scenarios")) {
        std::ifstream file(entry.path() / "cluster.json");
        if (!file.good()) continue;
        CAPTURE(entry.path().string());
        use(nlohmann::json::parse(file));
    }
}

}  // namespace salve::testing
