#include "audit/head_note.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "base/text.hpp"
#include "hostile.hpp"
#include "key_builders.hpp"

using namespace salve;
using namespace salve::audit;
using namespace salve::test;

namespace {

const HeadNote plain{"0123456789ab", 42, std::string(64, 'a'), std::nullopt};

const SigningKey& signing() {
    static const SigningKey key(private_pem(rfc8032[0]), "a.pem");
    return key;
}

const VerifyKey& verifying() {
    static const VerifyKey key(public_pem(rfc8032[0]), "a.pub");
    return key;
}

const std::string plain_text = "salve.runs/0123456789ab\n42\n" + std::string(64, 'a') + "\n";

// Computed by the reference code of RFC 8032 section 6, not by libcrypto.
const std::string signed_text =
    plain_text +
    "\n— salve 06e3fd8fda29bb60ab59557de61edb0aecdb231134be30e75b455f8e1b792fa9 "
    "i1QBxZHkdG1s9zfv3tfMvhljj+G22kcjNzbBaigSoFoIj1s5refRuVrNhLr2fyf3Q9tIqXoT6hoO0S2+qIYCBw==\n";

std::string note_refusal(const std::string& text) {
    return refusal([&] { parse_head_note(text, "note"); });
}

std::string with_lines(const std::string& origin, const std::string& count, const std::string& sha256) {
    return origin + "\n" + count + "\n" + sha256 + "\n";
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    return text.replace(text.find(from), from.size(), to);
}

}  // namespace

TEST_CASE("a head note is this text, and comes back") {
    CHECK(to_text(plain) == plain_text);
    CHECK(parse_head_note(plain_text, "note") == plain);
    const auto note = sign(plain, signing());
    CHECK(to_text(note) == signed_text);
    CHECK(parse_head_note(signed_text, "note") == note);
    CHECK(note.signature->keyid == signing().keyid());
    CHECK(sign(note, signing()) == note);
}

TEST_CASE("the note of an empty chain is all zeros") {
    const auto text = with_lines("salve.runs/000000000000", "0", std::string(64, '0'));
    CHECK(to_text(HeadNote{}) == text);
    CHECK(parse_head_note(text, "note") == HeadNote{});
    CHECK(verify(parse_head_note(to_text(sign(HeadNote{}, signing())), "note"), verifying()));
    CHECK(note_refusal(replaced(text, "\n0\n", "\n1\n")).starts_with("note: line 3: expected zeros"));
    CHECK(note_refusal(replaced(plain_text, "\n42\n", "\n0\n")).starts_with("note: line 1: expected zeros"));
    CHECK(note_refusal(with_lines("salve.runs/000000000000", "0", std::string(64, 'a')))
              .starts_with("note: line 3: expected zeros"));
}

TEST_CASE("only the key that signed a note verifies it") {
    const auto note = sign(plain, signing());
    CHECK(verify(note, verifying()));
    CHECK_FALSE(verify(plain, verifying()));
    const VerifyKey other(public_pem(rfc8032[1]), "b.pub");
    CHECK_FALSE(verify(note, other));
    const SigningKey other_key(private_pem(rfc8032[1]), "b.pem");
    auto posing = sign(plain, other_key);
    CHECK(verify(posing, other));
    posing.signature->keyid = signing().keyid();
    CHECK_FALSE(verify(posing, verifying()));
    auto moved = note;
    moved.origin = "0123456789ac";
    CHECK_FALSE(verify(moved, verifying()));
    moved = note;
    moved.count = 41;
    CHECK_FALSE(verify(moved, verifying()));
    moved = note;
    moved.sha256.back() = 'b';
    CHECK_FALSE(verify(moved, verifying()));
}

TEST_CASE("the signature of a record with the text of a note is none of the note") {
    auto note = plain;
    note.signature = {signing().keyid(), signing().sign(run_payload_type, plain_text)};
    CHECK_FALSE(verify(note, verifying()));
    note.signature->bytes = signing().sign(head_payload_type, plain_text);
    CHECK(verify(note, verifying()));
}

// All 255 other values of every byte.
TEST_CASE("every changed byte of a signed note is refused or does not verify, but for a CR in place of the last one") {
    const auto note = parse_head_note(signed_text, "note");
    std::vector<std::string> harmless;
    for (std::size_t at = 0; at < signed_text.size(); ++at)
        for (int value = 0; value < 256; ++value) {
            auto changed = signed_text;
            changed[at] = static_cast<char>(value);
            if (changed == signed_text || !note_refusal(changed).empty()) continue;
            const auto read = parse_head_note(changed, "note");
            if (!verify(read, verifying())) continue;
            if (read != note) FAIL_CHECK(at);
            harmless.push_back(changed);
        }
    CHECK(harmless == std::vector{signed_text.substr(0, signed_text.size() - 1) + "\r"});
}

TEST_CASE("a note that ends early is refused, or reads as unsigned") {
    for (std::size_t bytes = 0; bytes < signed_text.size(); ++bytes) {
        const auto text = signed_text.substr(0, bytes);
        INFO(text);
        // Only the line end is missing.
        if (bytes + 1 == signed_text.size()) {
            CHECK(verify(parse_head_note(text, "note"), verifying()));
        } else if (bytes >= plain_text.size() - 1 && bytes <= plain_text.size() + 1) {
            CHECK(parse_head_note(text, "note") == plain);
            CHECK_FALSE(verify(parse_head_note(text, "note"), verifying()));
        } else {
            CHECK_FALSE(note_refusal(text).empty());
        }
    }
}

TEST_CASE("what a ticket adds is trimmed, and lines are counted as they stand") {
    for (const auto& text : {plain_text, signed_text}) {
        const auto note = parse_head_note(text, "note");
        std::string crlf;
        for (const char c : text) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
        for (const auto& pasted : {crlf, "\n\n" + text, text + "\n\n", "\r\n" + crlf + "\r\n\r\n", crlf + "\r",
                                   text.substr(0, text.size() - 1), crlf.substr(0, crlf.size() - 1)})
            CHECK(parse_head_note(pasted, "note") == note);
    }
    CHECK(note_refusal("\n\nx") ==
          "note: line 3: expected \"salve.runs/\" and 12 hex digits | give the note as \"salve runs head\" printed it");
    CHECK(note_refusal("\n" + replaced(plain_text, "42", "x")).starts_with("note: line 3: expected the count"));
}

TEST_CASE("what is no note is refused with line and reason") {
    const std::string sha(64, 'a');
    const auto refused = [](const std::string& text, const std::string& why) {
        INFO(base::visible(base::cut(text, 120)));
        CHECK(note_refusal(text).starts_with("note: " + why));
    };
    refused("", "line 1: expected \"salve.runs/\" and 12 hex digits, found the end");
    refused(" \n\t", "line 1: expected");
    refused("salve.runs/0123456789ab", "line 2: expected the count of records, found the end");
    refused("salve.runs/0123456789ab\n1\n", "line 3: expected a SHA-256 of 64 hex digits, found the end");
    for (const std::string origin :
         {"salve.runs/0123456789a", "salve.runs/0123456789abc", "salve.runs/0123456789AB", "salve.runs/0123456789ag",
          "salve.runs/", "Salve.runs/0123456789ab", " salve.runs/0123456789ab", "salve.runs/0123456789ab ",
          "salve.runs/../../../etc", "other.runs/0123456789ab", "> salve.runs/0123456789ab", "```"})
        refused(with_lines(origin, "42", sha), "line 1: expected \"salve.runs/\"");
    for (const std::string count :
         {"", " 42", "42 ", "+42", "-1", "042", "00", "0x2a", "4 2", "4,2", "1.0", "1e3", "-0", "9007199254740992",
          "9007199254740993", "18446744073709551616", "1e999", "null"})
        refused(with_lines("salve.runs/0123456789ab", count, sha), "line 2: expected the count");
    CHECK(parse_head_note(with_lines("salve.runs/0123456789ab", "9007199254740991", sha), "note").count ==
          9007199254740991U);
    CHECK(parse_head_note(with_lines("salve.runs/0123456789ab", "2147483648", sha), "note").count == 2147483648U);
    for (const std::string& digest :
         {sha + "a", sha.substr(1), std::string(64, 'A'), std::string(64, 'g'), sha + " ", " " + sha, "sha256:" + sha})
        refused(with_lines("salve.runs/0123456789ab", "42", digest), "line 3: expected a SHA-256");
    refused(plain_text + "x", "line 4: expected an empty line");
    refused(plain_text + " ", "line 4: expected an empty line");
    refused(plain_text + "\nx", "line 5: expected \"— salve KEYID SIGNATURE\"");
    refused(plain_text + "\n\n" + signed_text.substr(plain_text.size() + 1), "line 5: expected");
    refused(signed_text + "x", "line 6: expected the end");
    refused(signed_text + signed_text, "line 6: expected the end");
    refused(signed_text + signed_text.substr(plain_text.size() + 1), "line 6: expected the end");
    refused(replaced(signed_text, "—", "-"), "line 5: expected \"— salve");
    refused(replaced(signed_text, "salve 06", "other 06"), "line 5: expected \"— salve");
    refused(replaced(signed_text, "06e3", "06E3"), "line 5: expected a keyid");
    refused(replaced(signed_text, "06e3", "06e"), "line 5: expected a keyid");
    refused(replaced(signed_text, "a9 i1", "a9  i1"), "line 5: expected a signature");
    refused(replaced(signed_text, "w==", "w="), "line 5: expected a signature");
    refused(replaced(signed_text, "w==", "x=="), "line 5: expected a signature");
    refused(replaced(signed_text, "i1QB", ""), "line 5: expected a signature");
    refused(replaced(signed_text, "==\n", "== \n"), "line 5: expected a signature");
}

TEST_CASE("bad input of every kind is refused") {
    std::string utf16 = "\xff\xfe";
    for (const char c : plain_text) utf16 += {c, '\0'};
    const std::vector<std::string> bad{"\xEF\xBB\xBF" + plain_text,
                                       utf16,
                                       std::string(1, '\0'),
                                       plain_text + '\0',
                                       '\0' + plain_text,
                                       "\xc0\xaf",
                                       std::string("\xed\xa0\x80"),
                                       std::string("null"),
                                       std::string("{}"),
                                       std::string(1'000, '['),
                                       std::string("2147483648"),
                                       std::string("\x1b[2J"),
                                       replaced(plain_text, "\n", "\r"),
                                       replaced(plain_text, "\n", "\n\n"),
                                       replaced(plain_text, "\n", "\xE2\x80\xA8"),
                                       plain_text + plain_text};
    for (const auto& text : bad) CHECK(note_refusal(text).starts_with("note: line "));
    CHECK(note_refusal(std::string(4097, '\n')).starts_with("note: larger than 4096 bytes"));
    CHECK(note_refusal(plain_text + std::string(100 << 20, '\n')).starts_with("note: larger than 4096 bytes"));
    CHECK(parse_head_note(plain_text + std::string(4096 - plain_text.size(), '\n'), "note") == plain);
    tests::Hostile hostile(8);
    for (int round = 0; round < 3'000; ++round) {
        auto changed = signed_text;
        changed.insert(hostile.below(signed_text.size()), "\x01" + hostile.text());
        CHECK_FALSE(note_refusal(changed).empty());
        CHECK_FALSE(note_refusal(hostile.text()).empty());
    }
}
