// YAML files that people write (configuration, policy, cases), read with nothing in them that could mislead or blow up.
#pragma once
#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace salve::io {

struct YamlLimits {
    std::size_t bytes = std::size_t{1} << 20;
    int depth = 16;
};

// What every such file must hold, else Error(usage) as in `salve.yaml:3: aliases are not allowed`: one document of YAML
// in UTF-8 without control, bidirectional or invisible characters (a rule that looks as if it matched must match); no
// anchors, aliases or tags; within the limits.
void check_yaml(std::string_view text, const std::string& file, const YamlLimits& limits = {});

// The document as JSON, after check_yaml(); JSON text comes out as it is. Plain words are what the core schema of YAML
// 1.2 says: null, booleans, numbers, else text (so yes, on and NO are text); what is quoted is text. Error(usage) with
// the line also for a key that is no word or stands there twice, and for a number that JSON does not have. An empty
// document is null.
nlohmann::json parse_yaml(std::string_view text, const std::string& file, const YamlLimits& limits = {});

}  // namespace salve::io
