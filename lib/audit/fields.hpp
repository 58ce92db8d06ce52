// The fields of JSON whose shape is not certain (a record of another minor version, a journal, an object of the
// cluster) as plain values: what is absent, null or of another type reads as nothing. Never throws.
#pragma once
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace salve::audit::fields {

const nlohmann::json& member(const nlohmann::json& object, std::string_view key);  // a null where there is none
const nlohmann::json& items(const nlohmann::json& object, std::string_view key);   // an array; empty where it is none
std::string text(const nlohmann::json& object, std::string_view key);
std::vector<std::string> texts(const nlohmann::json& object, std::string_view key);
std::optional<std::int64_t> integer(const nlohmann::json& object, std::string_view key);
std::optional<bool> boolean(const nlohmann::json& object, std::string_view key);
std::optional<base::Time> time(const nlohmann::json& object, std::string_view key);

}  // namespace salve::audit::fields
