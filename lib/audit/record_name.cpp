#include "audit/record_name.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

namespace salve::audit {
namespace {

// "20261120T084801Z"
std::string compact(base::Time at) {
    auto text = base::to_rfc3339(at).substr(0, 19);
    std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
    return text + "Z";
}

std::optional<base::Time> parse_compact(const std::string& text) {
    const auto part = [&](std::size_t at, std::size_t length) { return text.substr(at, length); };
    return base::parse_time(
        fmt::format("{}-{}-{}T{}:{}:{}Z", part(0, 4), part(4, 2), part(6, 2), part(9, 2), part(11, 2), part(13, 2)));
}

}  // namespace

std::string stem(const RecordName& name) {
    return fmt::format("{:08}-{}-{}-{}", name.seq, compact(name.sealed_at), name.kind, name.digest12);
}
std::string to_text(const RecordName& name) { return stem(name) + ".json"; }
std::string signature_name(const RecordName& name) { return stem(name) + ".sig"; }

std::optional<RecordName> parse_record_name(std::string_view text) {
    static const RE2 form(R"((\d{8,15})-(\d{8}T\d{6}Z)-([a-z]{4,8})-([0-9a-f]{12})\.json)");
    RecordName name;
    std::string at;
    if (!RE2::FullMatch(re2::StringPiece(text.data(), text.size()), form, &name.seq, &at, &name.kind, &name.digest12))
        return {};
    const auto time = parse_compact(at);
    if (!time) return {};
    name.sealed_at = *time;
    if (name.seq < 1 || to_text(name) != text) return {};  // one spelling a number
    return name;
}

}  // namespace salve::audit
