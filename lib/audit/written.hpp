// Texts as a record holds them: visible, because records are read in terminals as well, and within the lengths that
// run.schema.json allows (bytes here, code points there, so these are the stricter ones).
#pragma once
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace salve::audit::written {

inline constexpr std::size_t max_word = 256, max_line = 4096;

nlohmann::json text(std::string_view value, std::size_t most);
nlohmann::json word(std::string_view value);
nlohmann::json line(std::string_view value);
// null for what is empty
nlohmann::json word_or_null(std::string_view value);
nlohmann::json line_or_null(std::string_view value);
nlohmann::json digest_or_null(const std::string& value);

}  // namespace salve::audit::written
