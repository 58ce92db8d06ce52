#include "audit/head_note.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>
#include <vector>

#include "base/base64.hpp"
#include "base/error.hpp"
#include "base/text.hpp"

namespace salve::audit {
namespace {

constexpr std::size_t max_note_bytes = 4096;
constexpr std::uint64_t greatest_count = (std::uint64_t{1} << 53) - 1;  // what a record can hold
constexpr std::string_view origin_prefix = "salve.runs/";
constexpr std::string_view signature_prefix = "\xE2\x80\x94 salve ";  // an em dash, as in signed notes

// The lines between the empty ones at both ends.
class NoteLines {
public:
    NoteLines(std::string_view text, std::string_view source) : source_(source) {
        // A CR may have lost the LF behind it when the text was copied.
        lines_ = base::split_lines(text.substr(0, text.find_last_not_of("\r\n") + 1));
        while (first_ < lines_.size() && lines_[first_].empty()) ++first_;
    }

    std::size_t size() const { return lines_.size() - first_; }

    // `expected` says what should be there if it is not.
    std::string_view at(std::size_t index, const char* expected) const {
        if (index >= size()) fail(index, fmt::format("expected {}, found the end", expected));
        return lines_[first_ + index];
    }

    [[noreturn]] void fail(std::size_t index, std::string_view reason) const {
        throw base::Error(base::ErrorKind::usage, fmt::format("{}: line {}: {}", source_, first_ + index + 1, reason),
                          "give the note as \"salve runs head\" printed it");
    }

private:
    std::string_view source_;
    std::vector<std::string_view> lines_;
    std::size_t first_ = 0;
};

bool is_hex(std::string_view text, std::size_t digits) {
    return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string parse_origin(const NoteLines& lines) {
    constexpr const char* expected = "\"salve.runs/\" and 12 hex digits";
    std::string_view line = lines.at(0, expected);
    if (!line.starts_with(origin_prefix) || !is_hex(line.substr(origin_prefix.size()), 12))
        lines.fail(0, fmt::format("expected {}", expected));
    return std::string(line.substr(origin_prefix.size()));
}

std::uint64_t parse_count(const NoteLines& lines) {
    constexpr const char* expected = "the count of records";
    const std::string_view line = lines.at(1, expected);
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), count);
    // Written back: no sign, no leading zero, nothing behind it.
    if (error != std::errc{} || count > greatest_count || fmt::format("{}", count) != line)
        lines.fail(1, fmt::format("expected {}, 0 to {}", expected, greatest_count));
    return count;
}

std::string parse_sha256(const NoteLines& lines) {
    constexpr const char* expected = "a SHA-256 of 64 hex digits";
    const std::string_view line = lines.at(2, expected);
    if (!is_hex(line, 64)) lines.fail(2, fmt::format("expected {}", expected));
    return std::string(line);
}

NoteSignature parse_signature(const NoteLines& lines) {
    constexpr const char* expected = "\"\xE2\x80\x94 salve KEYID SIGNATURE\"";
    if (!lines.at(3, "an empty line").empty()) lines.fail(3, "expected an empty line before the signature");
    std::string_view line = lines.at(4, expected);
    if (!line.starts_with(signature_prefix)) lines.fail(4, fmt::format("expected {}", expected));
    line.remove_prefix(signature_prefix.size());
    const std::string_view keyid = line.substr(0, 64);
    if (!is_hex(keyid, 64) || line.substr(64, 1) != " ") lines.fail(4, "expected a keyid of 64 hex digits");
    auto bytes = base::from_base64(line.substr(65));
    if (!bytes || bytes->size() != 64) lines.fail(4, "expected a signature of 64 bytes in base64");
    if (lines.size() > 5) lines.fail(5, "expected the end");
    return {std::string(keyid), *std::move(bytes)};
}

std::string signed_lines(const HeadNote& note) {
    return fmt::format("{}{}\n{}\n{}\n", origin_prefix, note.origin, note.count, note.sha256);
}

}  // namespace

std::string to_text(const HeadNote& note) {
    std::string text = signed_lines(note);
    if (note.signature)
        text +=
            fmt::format("\n{}{} {}\n", signature_prefix, note.signature->keyid, base::to_base64(note.signature->bytes));
    return text;
}

HeadNote parse_head_note(std::string_view text, std::string_view source) {
    if (text.size() > max_note_bytes)
        throw base::Error(base::ErrorKind::usage, fmt::format("{}: larger than {} bytes", source, max_note_bytes));
    const NoteLines lines(text, source);
    HeadNote note{parse_origin(lines), parse_count(lines), parse_sha256(lines), std::nullopt};
    const HeadNote empty;
    if (note.count == 0 && note.origin != empty.origin) lines.fail(0, "expected zeros for a chain without records");
    if ((note.count == 0) != (note.sha256 == empty.sha256))
        lines.fail(2, "expected zeros for a chain without records, and only for one");
    if (lines.size() > 3) note.signature = parse_signature(lines);
    return note;
}

HeadNote sign(HeadNote note, const SigningKey& key) {
    note.signature = {key.keyid(), key.sign(head_payload_type, signed_lines(note))};
    return note;
}

bool verify(const HeadNote& note, const VerifyKey& key) {
    return note.signature && note.signature->keyid == key.keyid() &&
           key.verify(head_payload_type, signed_lines(note), note.signature->bytes);
}

}  // namespace salve::audit
