// The fields whose place says more than their text (TAXONOMY section 4, the table).
#include <algorithm>
#include <array>

#include "base/redact.hpp"
#include "base/redact_rules.hpp"
#include "base/text.hpp"

namespace salve::base {
namespace {

constexpr std::size_t annotation_bytes = 256;
constexpr std::size_t log_line_bytes = 2048;

// Last words of a variable's name whose values help a triage and are no secrets. Sorted.
constexpr auto open_words = std::to_array<std::string_view>(
    {"ADDR",     "ADDRESS",     "ADDRESSES", "BROKER",    "BROKERS",  "CLUSTER", "CONCURRENCY", "COUNT",
     "DATABASE", "DB",          "DEBUG",     "DIR",       "DOMAIN",   "ENABLED", "ENDPOINT",    "ENDPOINTS",
     "ENV",      "ENVIRONMENT", "FORMAT",    "HOST",      "HOSTNAME", "HOSTS",   "INTERVAL",    "LANG",
     "LEVEL",    "LIMIT",       "MODE",      "NAMESPACE", "PATH",     "PORT",    "PORTS",       "PROTOCOL",
     "REGION",   "REPLICAS",    "RETRIES",   "SCHEME",    "SERVER",   "SERVERS", "SERVICE",     "SIZE",
     "THREADS",  "TIMEOUT",     "TZ",        "VERSION",   "WORKERS",  "ZONE"});
static_assert(std::is_sorted(open_words.begin(), open_words.end()));
constexpr std::size_t longest_open_word =
    std::max_element(open_words.begin(), open_words.end(), [](auto a, auto b) { return a.size() < b.size(); })
        -> size();
// The same, but the value is a URL: userinfo and keys in it go.
constexpr auto url_words = std::to_array<std::string_view>({"URI", "URIS", "URL", "URLS"});
constexpr auto secret_parts =
    std::to_array<std::string_view>({"PASS", "PWD", "SECRET", "TOKEN", "KEY", "CREDENTIAL", "AUTH", "DSN", "CERT",
                                     "PRIVATE", "COOKIE", "SESSION", "SALT", "CONNECTION"});

// A cut that falls into a tag would leave half of one, which is then neither a tag nor the text.
std::string cut_between_tags(std::string text, std::size_t max_bytes) {
    if (text.size() <= max_bytes) return text;
    static const RE2 tag("(<redacted:[a-z]{1,16}#[0-9a-f]{4}>)", RE2::Latin1);
    constexpr std::size_t mark_bytes = 3;
    const std::size_t keep = max_bytes - mark_bytes;
    re2::StringPiece found;
    for (std::size_t from = 0; tag.Match(re2::StringPiece(text), from, text.size(), RE2::UNANCHORED, &found, 1);) {
        const auto begin = static_cast<std::size_t>(found.data() - text.data());
        from = begin + found.size();
        if (begin < keep && from >= keep) return text.substr(0, begin) + "…";
        if (begin >= keep) break;
    }
    return cut(text, max_bytes);
}

bool is_secret_flag(std::string_view argument) {
    static const RE2 flag("(?i)--?[a-z0-9_.-]*(?:pass(?:word|wd)?|token|secret|api-?key|auth|credentials?|dsn|conn)",
                          RE2::Latin1);
    return RE2::FullMatch(re2::StringPiece(argument.data(), argument.size()), flag);
}

// Where a PEM block begins, ends, and what its inside looks like (a log may put a prefix of its own before each line).
bool begins_pem(std::string_view line) {
    static const RE2 begin("-----BEGIN [A-Z0-9 ]{1,64}-----", RE2::Latin1);
    return RE2::PartialMatch(re2::StringPiece(line.data(), line.size()), begin);
}
bool ends_pem(std::string_view line) {
    static const RE2 end("-----END [A-Z0-9 ]{1,64}-----", RE2::Latin1);
    return RE2::PartialMatch(re2::StringPiece(line.data(), line.size()), end);
}
bool like_pem(std::string_view line) {
    static const RE2 base64(R"((?:.*[\s|"'])?[A-Za-z0-9+/]{16,}={0,2}["',\s]*|[A-Za-z0-9+/]{1,64}={1,2})", RE2::Latin1);
    return RE2::FullMatch(re2::StringPiece(line.data(), line.size()), base64);
}
// The last line of a block may be short and without padding.
bool like_last_of_pem(std::string_view line) {
    static const RE2 base64("[A-Za-z0-9+/]{1,64}={0,2}", RE2::Latin1);
    return like_pem(line) || RE2::FullMatch(re2::StringPiece(line.data(), line.size()), base64);
}

// Which lines belong to a PEM block over several lines: all from BEGIN to END; where one of the two was cut away, the
// lines next to the other that look like base64.
std::vector<bool> pem_lines(const std::vector<std::string>& lines) {
    constexpr std::size_t longest_block = 400;
    std::vector<bool> pem(lines.size(), false);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (ends_pem(lines[i])) {  // without a BEGIN, or it would have been passed already
            if (i > 0) pem[i - 1] = pem[i - 1] || like_last_of_pem(lines[i - 1]);
            for (std::size_t back = i; back > 1 && pem[back - 1] && like_pem(lines[back - 2]); --back)
                pem[back - 2] = true;
            pem[i] = !begins_pem(lines[i]);  // a block on one line is text()'s business
        } else if (begins_pem(lines[i])) {
            std::size_t end = i + 1;
            const std::size_t limit = std::min(lines.size(), i + longest_block);
            while (end < limit && !ends_pem(lines[end]) && !begins_pem(lines[end])) ++end;
            const bool whole = end < limit && ends_pem(lines[end]) && !begins_pem(lines[end]);
            if (!whole)
                for (end = i; end + 1 < lines.size() && like_pem(lines[end + 1]); ++end) {
                }
            std::fill(pem.begin() + static_cast<std::ptrdiff_t>(i), pem.begin() + static_cast<std::ptrdiff_t>(end) + 1,
                      true);
            i = end;
        }
    }
    return pem;
}

}  // namespace

// The last word first: most names fail by it.
bool is_open_env(std::string_view name) {
    const std::size_t separator = name.find_last_of("_.-");
    const auto last = separator == std::string_view::npos ? name : name.substr(separator + 1);
    std::array<char, longest_open_word> buffer{};
    if (last.size() > buffer.size()) return false;
    const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; };
    std::transform(last.begin(), last.end(), buffer.begin(), upper);
    const std::string_view word(buffer.data(), last.size());
    if (!std::binary_search(open_words.begin(), open_words.end(), word) &&
        std::find(url_words.begin(), url_words.end(), word) == url_words.end())
        return false;
    std::string whole(name);
    std::transform(whole.begin(), whole.end(), whole.begin(), upper);
    return std::none_of(secret_parts.begin(), secret_parts.end(),
                        [&](std::string_view part) { return whole.find(part) != std::string::npos; });
}

std::string Redactor::env(std::string_view name, std::string_view value) const {
    return is_open_env(name) ? text(value) : drop("env", value);
}

std::vector<std::string> Redactor::args(const std::vector<std::string>& arguments) const {
    std::vector<std::string> shown;
    bool value_next = false;
    for (const std::string& argument : arguments) {
        const bool is_value = value_next && !argument.starts_with('-');
        shown.push_back(is_value && !text(argument).empty() ? drop("flag", argument) : text(argument));
        value_next = is_secret_flag(argument);
    }
    return shown;
}

std::optional<std::string> Redactor::annotation(std::string_view key, std::string_view value) const {
    if (key == "kubectl.kubernetes.io/last-applied-configuration") return std::nullopt;
    for (const std::string_view part : {"token", "secret", "password"})
        if (icontains(key, part)) return drop("annotation", value);
    return cut_between_tags(text(value), annotation_bytes);
}

std::string Redactor::header(std::string_view value) const { return drop("header", value); }

std::vector<std::string> Redactor::log_lines(const std::vector<std::string>& lines) const {
    const std::vector<bool> pem = pem_lines(lines);
    std::vector<std::string> shown;
    shown.reserve(lines.size());
    for (std::size_t i = 0; i < lines.size(); ++i)
        shown.push_back(pem[i] ? drop("pem", lines[i]) : cut_between_tags(text(lines[i]), log_line_bytes));
    return shown;
}

}  // namespace salve::base
