#include "audit/head.hpp"

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/json.hpp"

namespace salve::audit {

std::string to_text(const Head& head) {
    return base::canonical({{"schema", "salve.head/v1"}, {"seq", head.seq}, {"sha256", head.sha256}}) + "\n";
}

std::optional<Head> parse_head(std::string_view text) {
    try {
        const auto document = base::parse_json(text, "HEAD", base::ErrorKind::invalid_record, {4, 1024, 16});
        const base::JsonView view(document, "HEAD", base::ErrorKind::invalid_record);
        Head head{view.at("seq").integer(), view.at("sha256").text()};
        const bool digest =
            head.sha256.size() == 64 && head.sha256.find_first_not_of("0123456789abcdef") == std::string::npos;
        if (head.seq < 1 || !digest || to_text(head) != text) return {};
        return head;
    } catch (const base::Error&) {
        return {};
    }
}

}  // namespace salve::audit
