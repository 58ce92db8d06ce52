// The recorded clusters of all scenarios.
#pragma once
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "test_paths.hpp"

namespace salve::testing {

// Calls use(file, recording) with the cluster.json of each scenario that has one: its path, and what it says.
template <typename Use>
void each_recording_file(Use use) {
    for (const auto& entry : std::filesystem::directory_iterator(std::string(SALVE_SOURCE_DIR) + "/scenarios")) {
        const auto path = entry.path() / "cluster.json";
        std::ifstream file(path);
        if (!file.good()) continue;
        CAPTURE(path.string());
        use(path.string(), nlohmann::json::parse(file));
    }
}

// The same without its path.
template <typename Use>
void each_recording(Use use) {
    each_recording_file([&](const std::string&, const nlohmann::json& recording) { use(recording); });
}

}  // namespace salve::testing
