#include "audit/written.hpp"

#include "base/text.hpp"

namespace salve::audit::written {

using nlohmann::json;

json text(std::string_view value, std::size_t most) { return base::cut(base::visible(value), most); }
json word(std::string_view value) { return text(value, max_word); }
json line(std::string_view value) { return text(value, max_line); }
json word_or_null(std::string_view value) { return value.empty() ? json() : word(value); }
json line_or_null(std::string_view value) { return value.empty() ? json() : line(value); }
json digest_or_null(const std::string& value) { return value.empty() ? json() : json(value); }

}  // namespace salve::audit::written
