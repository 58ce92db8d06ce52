#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/json_canonical_bounds.hpp"
#include "base/utf8.hpp"

namespace salve::base {

using nlohmann::json;

namespace {

using canonical_bounds::deepest;
using canonical_bounds::greatest;

[[noreturn]] void refuse(const char* why) {
    throw Error(ErrorKind::internal, std::string("no canonical JSON for ") + why);
}

// Takes what std::string takes, and keeps how much it was.
struct Size {
    std::size_t bytes = 0;
    void operator+=(char) { ++bytes; }
    void operator+=(std::string_view text) { bytes += text.size(); }
    void append(const std::string& text, std::size_t from, std::size_t count = std::string::npos) {
        bytes += std::min(count, text.size() - from);
    }
};

template <typename Out>
void write_text(Out& out, const std::string& text) {
    if (!is_valid_utf8(text)) refuse("text that is not UTF-8");
    out += '"';
    std::size_t plain = 0;  // where what needs no escape begins
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\') continue;
        out.append(text, plain, i - plain);
        plain = i + 1;
        switch (c) {
            case '"':
                out += "\\\"";
                break;
            case '\\':
                out += "\\\\";
                break;
            case '\b':
                out += "\\b";
                break;
            case '\t':
                out += "\\t";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\f':
                out += "\\f";
                break;
            case '\r':
                out += "\\r";
                break;
            default:
                out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        }
    }
    out.append(text, plain, std::string::npos);
    out += '"';
}

template <typename Out>
void write_integer(Out& out, const json& value) {
    const bool fits = value.is_number_unsigned()
                          ? value.get<std::uint64_t>() <= static_cast<std::uint64_t>(greatest)
                          : value.get<std::int64_t>() >= -greatest && value.get<std::int64_t>() <= greatest;
    if (!fits) refuse("an integer beyond 2^53-1");
    out += fmt::format("{}", value.get<std::int64_t>());
}

// The recursion is as deep as the value, which is bounded here.
template <typename Out>
void write(Out& out, const json& value, std::size_t level) {
    if ((value.is_object() || value.is_array()) && level >= deepest) refuse("a value of more than 64 levels");
    const char* separator = "";
    switch (value.type()) {
        case json::value_t::object:
            out += '{';
            // nlohmann's object is a std::map: its order is that of the bytes, which for ASCII is also that of RFC
            // 8785.
            for (auto it = value.begin(); it != value.end(); ++it) {
                const auto ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
                if (!std::all_of(it.key().begin(), it.key().end(), ascii)) refuse("a key that is not ASCII");
                out += separator;
                write_text(out, it.key());
                out += ':';
                write(out, it.value(), level + 1);
                separator = ",";
            }
            out += '}';
            return;
        case json::value_t::array:
            out += '[';
            for (const json& item : value) {
                out += separator;
                write(out, item, level + 1);
                separator = ",";
            }
            out += ']';
            return;
        case json::value_t::string:
            return write_text(out, value.get_ref<const std::string&>());
        case json::value_t::boolean:
            out += value.get<bool>() ? "true" : "false";
            return;
        case json::value_t::number_integer:
        case json::value_t::number_unsigned:
            return write_integer(out, value);
        case json::value_t::null:
            out += "null";
            return;
        case json::value_t::number_float:
            refuse("a float");
        case json::value_t::binary:
        case json::value_t::discarded:
            break;
    }
    refuse("a value that JSON does not know");
}

}  // namespace

std::string canonical(const json& value) {
    std::string out;
    write(out, value, 0);
    return out;
}

std::size_t canonical_size(const json& value) {
    Size size;
    write(size, value, 0);
    return size.bytes;
}

}  // namespace salve::base
