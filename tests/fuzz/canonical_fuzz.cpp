#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "targets.hpp"

namespace salve::fuzz {

// What has a canonical spelling is the same value when that is read, and is spelled in the same way again.
void canonical(std::string_view bytes) {
    nlohmann::json value;
    std::string text;
    try {
        value = base::parse_json(bytes, "fuzz");
        text = base::canonical(value);
    } catch (const base::Error&) {
        require(!base::is_canonical(bytes), "what has no canonical spelling is not spelled so");
        return;
    }
    require(base::is_canonical(bytes) == (text == bytes), "a text is canonical if it is that of its value");
    const auto again = base::parse_json(text, "fuzz");
    require(again == value, "the canonical spelling is of the same value");
    require(base::canonical(again) == text, "the canonical spelling is the only one");
    require(text.find('\n') == std::string::npos, "the canonical spelling is one line");
}

}  // namespace salve::fuzz

SALVE_FUZZ_TARGET(canonical)
