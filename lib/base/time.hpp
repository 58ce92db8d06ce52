// Points in time as microseconds since 1970-01-01T00:00:00Z, and their RFC 3339 spelling. There is no clock here: now
// is an argument.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace salve::base {

struct Time {
    std::int64_t us = 0;
    auto operator<=>(const Time&) const = default;
};

// A span of time in microseconds.
struct Duration {
    std::int64_t us = 0;
    auto operator<=>(const Duration&) const = default;
};

constexpr Duration seconds(std::int64_t n) { return {n * 1'000'000}; }
constexpr Duration minutes(std::int64_t n) { return seconds(n * 60); }
constexpr Duration hours(std::int64_t n) { return minutes(n * 60); }
constexpr Duration operator-(Time a, Time b) { return {a.us - b.us}; }
constexpr Time operator+(Time t, Duration d) { return {t.us + d.us}; }
constexpr Time operator-(Time t, Duration d) { return {t.us - d.us}; }
constexpr Duration operator*(Duration d, std::int64_t n) { return {d.us * n}; }

// Reads RFC 3339 as Kubernetes writes it ("2026-11-21T08:00:00Z", with or without a fraction of up to nine digits, or
// an offset such as "+01:00"). Anything else, an impossible date included, is nothing.
std::optional<Time> parse_time(std::string_view text);

// "2026-11-21T08:00:00.000000Z": UTC, always six digits.
std::string to_rfc3339(Time time);

// "45s", "4m", "2h13m", "3d4h": at most two units, rounded down; negative spans read as "0s".
std::string to_words(Duration span);

}  // namespace salve::base
