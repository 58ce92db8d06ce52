// A note of how far the chain of records has come, small enough for a ticket: whoever kept one can show later that the
// chain was neither cut nor rewritten before that point.
//
//     salve.runs/3f9a0c1d2e4b
//     42
//     <sha256 of the newest record>
//
//     — salve <keyid> <base64 of the signature>
//
// The empty line and the last one are only there if it is signed. What is signed is the first three lines with their
// LFs, under a payload type of its own: no signature of a record can pass for one of a note.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "audit/signature.hpp"

namespace salve::audit {

inline constexpr std::string_view head_payload_type = "application/vnd.salve.head.v1";

struct NoteSignature {
    std::string keyid, bytes;  // 64 hex digits, 64 raw bytes
    bool operator==(const NoteSignature&) const = default;
};

// As it starts, the note of an empty chain.
struct HeadNote {
    std::string origin = std::string(12, '0');  // the first 12 hex digits of the digest of the chain's first record
    std::uint64_t count = 0;                    // of records, at most 2^53-1
    std::string sha256 = std::string(64, '0');  // of the newest record
    std::optional<NoteSignature> signature;
    bool operator==(const HeadNote&) const = default;
};

// Ends with an LF. parse_head_note() gives the same note back.
std::string to_text(const HeadNote& note);

// Takes CRLF for LF and leaves out empty lines at both ends, as a ticket may add them; else the text must be exactly
// what to_text() writes, and have at most 4 KiB. Error(usage) names `source`, line and reason. The signature is only
// read, not checked; a note whose last lines were cut off reads as an unsigned one.
HeadNote parse_head_note(std::string_view text, std::string_view source);

// The note with this key's signature in place of any other.
HeadNote sign(HeadNote note, const SigningKey& key);

// False for an unsigned note and for one of another key.
bool verify(const HeadNote& note, const VerifyKey& key);

}  // namespace salve::audit
