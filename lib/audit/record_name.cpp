#include "audit/record_name.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <charconv>

namespace salve::audit {
namespace {

constexpr std::size_t number_digits = 8;  // at least: more only of a greater number

// "20261120T084801Z"
std::string compact(base::Time at) {
    auto text = base::to_rfc3339(at);
    text.resize(std::string_view("2026-11-20T08:48:01").size());
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
    return fmt::format("{:0{}}-{}-{}-{}", name.seq, number_digits, compact(name.sealed_at), name.kind, name.digest12);
}
std::string to_text(const RecordName& name) { return stem(name) + ".json"; }
std::string signature_name(const RecordName& name) { return stem(name) + ".sig"; }

std::optional<RecordName> parse_record_name(std::string_view text) {
    static const RE2 form(R"((\d{8,15})-(\d{8}T\d{6}Z)-([a-z]{4,8})-([0-9a-f]{12})\.json)");
    RecordName name;
    std::string number, at;
    if (!RE2::FullMatch(re2::StringPiece(text.data(), text.size()), form, &number, &at, &name.kind, &name.digest12))
        return {};
    const auto time = parse_compact(at);
    if (!time || compact(*time) != at) return {};
    name.sealed_at = *time;
    std::from_chars(number.data(), number.data() + number.size(), name.seq);  // 15 digits fit
    const bool one_spelling = number.size() == number_digits || number.front() != '0';
    if (name.seq < 1 || !one_spelling) return {};
    return name;
}

}  // namespace salve::audit
