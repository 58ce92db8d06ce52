#include "kube/names.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "base/error.hpp"

namespace salve::kube {
namespace {

bool is_lower_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

// A label without its length limit.
bool is_label(std::string_view word) {
    if (word.empty() || !is_lower_alnum(word.front()) || !is_lower_alnum(word.back())) return false;
    return std::all_of(word.begin(), word.end(), [](char c) { return is_lower_alnum(c) || c == '-'; });
}

// One code point from the front of the text, which loses it; nothing for malformed, overlong, surrogate or too large.
std::optional<std::uint32_t> take_code_point(std::string_view& text) {
    const auto lead = static_cast<unsigned char>(text.front());
    const std::size_t size = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0;
    if (size == 0 || lead > 0xf4 || text.size() < size) return std::nullopt;
    std::uint32_t value = size == 1 ? lead : lead & (0xffU >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) {
        const auto next = static_cast<unsigned char>(text[i]);
        if ((next & 0xc0) != 0x80) return std::nullopt;
        value = (value << 6) | (next & 0x3fU);
    }
    constexpr std::array<std::uint32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
    if (value < smallest[size] || (value >= 0xd800 && value <= 0xdfff) || value > 0x10ffff) return std::nullopt;
    text.remove_prefix(size);
    return value;
}

// Control (C0, DEL, C1), invisible and bidirectional characters, line separators, the byte order mark, non-characters
// and tags: what makes a shown command differ from the one that runs.
bool is_deceptive(std::uint32_t c) {
    struct Range {
        std::uint32_t first, last;
    };
    constexpr std::array<Range, 15> ranges{{{0x00, 0x1f},
                                            {0x7f, 0x9f},
                                            {0xad, 0xad},
                                            {0x34f, 0x34f},
                                            {0x61c, 0x61c},
                                            {0x115f, 0x1160},
                                            {0x17b4, 0x17b5},
                                            {0x180b, 0x180f},
                                            {0x200b, 0x200f},
                                            {0x2028, 0x202e},
                                            {0x2060, 0x206f},
                                            {0x3164, 0x3164},
                                            {0xfeff, 0xfeff},
                                            {0xfff0, 0xffff},
                                            {0xe0000, 0xe0fff}}};
    return std::any_of(ranges.begin(), ranges.end(), [c](const Range& r) { return c >= r.first && c <= r.last; });
}

bool is_plain_text(std::string_view word, std::size_t limit) {
    if (word.empty() || word.size() > limit || word.front() == '-') return false;
    while (!word.empty()) {
        const auto c = take_code_point(word);
        if (!c || is_deceptive(*c)) return false;
    }
    return true;
}

bool is_alnum(char c) { return is_lower_alnum(c) || (c >= 'A' && c <= 'Z'); }

// apimachinery, validation: qualifiedNameFmt.
bool is_qualified_part(std::string_view word) {
    if (word.empty() || word.size() > 63 || !is_alnum(word.front()) || !is_alnum(word.back())) return false;
    return std::all_of(word.begin(), word.end(),
                       [](char c) { return is_alnum(c) || c == '-' || c == '_' || c == '.'; });
}

std::string checked(bool valid, std::string_view what, std::string_view word, const char* rule) {
    if (valid) return std::string(word);
    std::string message(what);
    if (word.empty()) throw base::Error(base::ErrorKind::usage, message + " is empty", rule);
    constexpr std::size_t shown = 300;  // longer than any valid name, short enough to print
    message += " \"" + std::string(word.substr(0, shown)) + (word.size() > shown ? "...\"" : "\"") + " is not valid";
    throw base::Error(base::ErrorKind::usage, message, rule);
}

constexpr auto label_rule = "1 to 63 of a-z, 0-9 and '-', starting and ending with a letter or digit";
constexpr auto subdomain_rule =
    "1 to 253 of a-z, 0-9, '-' and '.', each part starting and ending with a letter or digit";
constexpr auto context_rule = "printable text that does not start with '-'; see: kubectl config get-contexts";
constexpr auto path_rule = "printable text that does not start with '-'; write ./-name for such a file";
constexpr auto label_key_rule = "[PREFIX/]NAME as Kubernetes allows it for labels";
constexpr auto label_value_rule =
    "at most 63 of letters, digits, '.', '_' and '-', starting and ending with a letter or digit";
constexpr auto selector_rule = "at most 253 of letters, digits, '.', '_', ':' and '-'";

}  // namespace

bool is_namespace(std::string_view word) { return word.size() <= 63 && is_label(word); }

bool is_system_namespace(std::string_view ns) {
    return ns == "kube-system" || ns == "kube-public" || ns == "kube-node-lease";
}

bool is_object_name(std::string_view word) {
    if (word.size() > 253) return false;
    while (true) {
        const auto dot = word.find('.');
        if (!is_label(word.substr(0, dot))) return false;
        if (dot == std::string_view::npos) return true;
        word.remove_prefix(dot + 1);
    }
}

bool is_container_name(std::string_view word) { return word.size() <= 63 && is_label(word); }

bool is_context_name(std::string_view word) { return is_plain_text(word, 1024); }

bool is_file_path(std::string_view word) { return is_plain_text(word, 4096); }

bool is_selector_value(std::string_view word) {
    return word.size() <= 253 && std::all_of(word.begin(), word.end(), [](char c) {
               return is_lower_alnum(c) || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == ':' || c == '-';
           });
}

bool is_label_key(std::string_view word) {
    const auto slash = word.find('/');
    if (slash == std::string_view::npos) return is_qualified_part(word);
    return is_object_name(word.substr(0, slash)) && is_qualified_part(word.substr(slash + 1));
}

bool is_label_value(std::string_view word) { return word.empty() || is_qualified_part(word); }

std::string checked_namespace(std::string_view word) {
    return checked(is_namespace(word), "namespace", word, label_rule);
}
std::string checked_object_name(std::string_view word) {
    return checked(is_object_name(word), "name", word, subdomain_rule);
}
std::string checked_container_name(std::string_view word) {
    return checked(is_container_name(word), "container", word, label_rule);
}
std::string checked_context_name(std::string_view word) {
    return checked(is_context_name(word), "context", word, context_rule);
}
std::string checked_file_path(std::string_view word) {
    return checked(is_file_path(word), "file name", word, path_rule);
}
std::string checked_selector_value(std::string_view word) {
    return checked(is_selector_value(word), "selector value", word, selector_rule);
}
std::string checked_label_key(std::string_view word) {
    return checked(is_label_key(word), "label key", word, label_key_rule);
}
// "value in (,b)" cannot be told from a slip.
std::string checked_label_value(std::string_view word) {
    return checked(!word.empty() && is_label_value(word), "label value", word, label_value_rule);
}

}  // namespace salve::kube
