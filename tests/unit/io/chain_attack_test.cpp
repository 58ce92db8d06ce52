// F18 (SAFETY 7.3): what somebody with write access may do to a chain of 20 records, and what verify says first.
#include <doctest/doctest.h>

#include <cstring>

#include "audit/record.hpp"
#include "chain_builders.hpp"

using namespace salve;
using namespace salve::test;
using nlohmann::json;

namespace {

struct Attack {
    const char* what;
    std::function<void(const Tampered&)> act;
    std::string verdict;
};

// Each on a chain of its own.
void check_all(const std::vector<Attack>& attacks, bool is_signed = false, const audit::VerifyKey* key = nullptr) {
    for (const auto& attack : attacks) {
        CAPTURE(attack.what);
        const Tampered chain(made_chain(is_signed));
        attack.act(chain);
        const auto proof = chain.verify(key);
        CHECK(verdict(proof) == attack.verdict);
        if (const auto& fault = proof.fault ? proof.fault : proof.first_unsigned) {
            CHECK_FALSE(fault->detail.empty());
            CHECK((fault->file.empty() || fault->file == "HEAD" ||
                   std::filesystem::exists(std::filesystem::symlink_status(chain.path(fault->file)))));
        }
    }
}

struct Found {
    audit::RecordName name;
    audit::FoundRecord record;
};

// The chain in memory, for attacks that are too many for a folder.
std::vector<Found> in_memory(const ChainFiles& files) {
    std::vector<Found> found;
    for (const auto& [name, bytes] : files)
        if (const auto parsed = audit::parse_record_name(name)) found.push_back({*parsed, {"", bytes, std::nullopt}});
    return found;
}

// The proof as it stands before each record, and at last after all of them.
std::vector<audit::ChainProof> proofs_before(const std::vector<Found>& chain) {
    std::vector<audit::ChainProof> proofs(1);
    for (const auto& one : chain) {
        proofs.push_back(proofs.back());
        REQUIRE_FALSE(proofs.back().check(one.name, one.record));
    }
    return proofs;
}

audit::RecordName renumbered(audit::RecordName name, std::int64_t seq) {
    name.seq = seq;
    return name;
}

void rename_record(const Tampered& chain, const audit::RecordName& from, const audit::RecordName& to) {
    std::filesystem::rename(chain.path(to_text(from)), chain.path(to_text(to)));
}

// Renames 'from' and all after it to numbers that are one greater.
void make_room(const Tampered& chain, std::int64_t from) {
    for (auto seq = chain.newest(); seq >= from; --seq) {
        const auto name = chain.name(seq);
        rename_record(chain, name, renumbered(name, seq + 1));
    }
}

// A new record that continues the one before it, as somebody without the key would write it.
void forge(const Tampered& chain, std::int64_t seq) {
    auto document = chain.document(seq - 1);
    document["run_id"] = "20261121t080000z-forged";
    document["chain"] = {{"hash_alg", "sha256"},
                         {"seq", seq},
                         {"prev", {{"seq", seq - 1}, {"sha256", base::sha256_hex(chain.record(seq - 1))}}},
                         {"signer", nullptr}};
    const auto text = base::canonical(document) + "\n";
    auto name = renumbered(chain.name(seq - 1), seq);
    name.digest12 = base::sha256_hex(text).substr(0, 12);
    chain.write(to_text(name), text);
}

std::string at(std::int64_t seq, const char* reason) { return fmt::format("{} {}", seq, reason); }

}  // namespace

TEST_CASE("F18: the chain that is attacked holds, signed or not") {
    const Tampered plain, signed_one(made_chain(true));
    CHECK(made_chain().size() == chain_length + 1);
    CHECK(made_chain(true).size() == 2 * chain_length + 1);
    const auto proof = plain.verify();
    CHECK(verdict(proof) == "holds");
    CHECK(proof.newest == plain.head(chain_length));
    CHECK(proof.first_sha256 == base::sha256_hex(plain.record(1)));
    CHECK(proof.signed_count == 0);
    CHECK(verdict(signed_one.verify()) == "holds");
    CHECK(verdict(signed_one.verify(&chain_public())) == "holds");
    CHECK(signed_one.verify().signed_count == chain_length);
    for (const std::int64_t count : {0, 1, 10, 20}) CHECK(verdict(plain.verify(nullptr, plain.note(count))) == "holds");
}

// Every byte of every record, in memory; and on the disk every byte of the first, the tenth and the last record, and of
// the others every 37th.
TEST_CASE("F18: a byte of any record changed is found at that record") {
    const auto chain = in_memory(made_chain());
    REQUIRE(chain.size() == chain_length);
    const auto proofs = proofs_before(chain);
    std::size_t flips = 0, missed = 0;
    for (std::size_t i = 0; i < chain.size(); ++i)
        for (std::size_t byte = 0; byte < chain[i].record.bytes.size(); ++byte)
            for (const int mask : {0x01, 0x20, 0x80}) {
                auto changed = chain[i].record;
                changed.bytes[byte] = static_cast<char>(changed.bytes[byte] ^ mask);
                auto proof = proofs[i];
                const auto fault = proof.check(chain[i].name, changed);
                ++flips;
                if (!fault || fault->reason != audit::Reason::edited || fault->seq != chain[i].name.seq) ++missed;
            }
    CHECK(flips > 20 * 1500 * 3);
    CHECK(missed == 0);
}

TEST_CASE("F18: a byte changed on the disk is found at that record") {
    const Tampered chain;
    const auto runs = io::RunsFolder::open(chain.folder().path());
    std::size_t missed = 0;
    for (std::int64_t seq = 1; seq <= chain_length; ++seq) {
        const auto name = to_text(chain.name(seq)), bytes = chain.bytes(name);
        const bool whole = seq == 1 || seq == 10 || seq == chain_length;
        chain.write(name, bytes, 0644);
        std::fstream file(chain.path(name), std::ios::in | std::ios::out | std::ios::binary);
        REQUIRE(::chmod(chain.path(name).c_str(), 0444) == 0);
        const auto put = [&](std::size_t byte, char value) {
            file.seekp(static_cast<std::streamoff>(byte));
            file.put(value).flush();
        };
        for (std::size_t byte = 0; byte < bytes.size(); byte += whole ? 1 : 37) {
            put(byte, static_cast<char>(bytes[byte] ^ 0x04));
            if (verdict(io::verify_runs(runs, {})) != at(seq, "edited")) ++missed;
            put(byte, bytes[byte]);
        }
    }
    CHECK(missed == 0);
    CHECK(verdict(chain.verify()) == "holds");
}

// Whoever changes a byte may also make the name fit: then it is found there, or at the next record, or at HEAD.
TEST_CASE("F18: a byte changed and the name made to fit is found there or at the next record") {
    const auto chain = in_memory(made_chain());
    const auto proofs = proofs_before(chain);
    const auto head = made_chain().at("HEAD");
    std::map<audit::Reason, int> reasons;
    std::size_t missed = 0;
    for (const std::size_t i : {std::size_t{0}, std::size_t{9}, chain.size() - 1}) {
        for (std::size_t byte = 0; byte < chain[i].record.bytes.size(); ++byte) {
            auto changed = chain[i];
            changed.record.bytes[byte] = static_cast<char>(changed.record.bytes[byte] ^ 0x01);
            changed.name.digest12 = base::sha256_hex(changed.record.bytes).substr(0, 12);
            auto proof = proofs[i];
            auto fault = proof.check(changed.name, changed.record);
            if (!fault)
                fault = i + 1 < chain.size() ? proof.check(chain[i + 1].name, chain[i + 1].record) : proof.finish(head);
            if (fault) ++reasons[fault->reason];
            if (!fault || fault->seq < chain[i].name.seq || fault->seq > chain[i].name.seq + 1) ++missed;
        }
    }
    CHECK(missed == 0);
    for (const auto reason :
         {audit::Reason::not_canonical, audit::Reason::schema, audit::Reason::prev_mismatch, audit::Reason::edited})
        CHECK(reasons[reason] > 0);
}

TEST_CASE("F18: a record that was dropped is missing, and the last one is a cut tail") {
    for (std::int64_t seq = 1; seq <= chain_length; ++seq) {
        CAPTURE(seq);
        const Tampered chain;
        chain.drop(seq);
        CHECK(verdict(chain.verify()) == at(seq, seq == chain_length ? "cut_tail" : "missing"));
    }
}

TEST_CASE("F18: two records that were swapped are found, whatever was made to fit") {
    const std::pair<std::int64_t, std::int64_t> pairs[] = {{1, 2}, {1, 20}, {5, 6}, {5, 9}, {19, 20}};
    for (const auto& [a, b] : pairs) {
        CAPTURE(a);
        CAPTURE(b);
        const Tampered renamed;
        const auto first = renamed.name(a), second = renamed.name(b);
        rename_record(renamed, first, renumbered(first, 99));
        rename_record(renamed, second, renumbered(second, a));
        rename_record(renamed, renumbered(first, 99), renumbered(first, b));
        CHECK(verdict(renamed.verify()) == at(a, "prev_mismatch"));

        const Tampered contents;
        const auto bytes = contents.record(a);
        const auto name = to_text(contents.name(a));
        contents.write(name, contents.record(b));
        contents.write(to_text(contents.name(b)), bytes);
        CHECK(verdict(contents.verify()) == at(a, "edited"));

        // As they would have been, had the runs ended the other way round; all after them is as it was.
        const Tampered rewritten;
        const auto one = rewritten.document(a), other = rewritten.document(b);
        const auto swap = [&](std::int64_t seq, json content) {
            content["chain"] = rewritten.document(seq)["chain"];
            content["time"]["sealed_at"] = rewritten.document(seq)["time"]["sealed_at"];
            if (seq > 1) content["chain"]["prev"]["sha256"] = base::sha256_hex(rewritten.record(seq - 1));
            rewritten.replace(seq, base::canonical(content) + "\n");
        };
        swap(a, other);
        swap(b, one);
        const auto next = b == a + 1 ? b + 1 : a + 1;
        CHECK(verdict(rewritten.verify()) == (next > chain_length ? at(b, "edited") : at(next, "prev_mismatch")));
    }
}

TEST_CASE("F18: a record twice is found at its number") {
    for (const std::int64_t seq : {1, 7, 20}) {
        CAPTURE(seq);
        const Tampered same;
        auto other = same.name(seq);
        other.sealed_at = other.sealed_at + base::seconds(1);
        same.write(to_text(other), same.record(seq));
        CHECK(verdict(same.verify()) == at(seq, "duplicate_seq"));

        const Tampered next;
        next.write(to_text(renumbered(next.name(seq), seq + 1)), next.record(seq));
        CHECK(verdict(next.verify()) == (seq == 20 ? at(21, "prev_mismatch") : at(seq + 1, "duplicate_seq")));
    }
}

TEST_CASE("F18: a record that was put in is found") {
    check_all({
        {"a forged record beside the one of its number", [](auto& chain) { forge(chain, 6); }, "6 duplicate_seq"},
        {"the others renamed to make room",
         [](auto& chain) {
             make_room(chain, 6);
             forge(chain, 6);
         },
         "7 prev_mismatch"},
        {"a gap left for it", [](auto& chain) { make_room(chain, 6); }, "6 missing"},
        {"at the front", [](auto& chain) { make_room(chain, 1); }, "1 missing"},
        {"an old one again at the end",
         [](auto& chain) { chain.write(to_text(renumbered(chain.name(3), 21)), chain.record(3)); }, "21 prev_mismatch"},
        {"one far behind the end",
         [](auto& chain) { chain.write(to_text(renumbered(chain.name(20), 1'000'000)), chain.record(20)); },
         "21 missing"},
    });
    // Without a key it takes nothing to append; with one it takes the key.
    const Tampered chain(made_chain(true));
    forge(chain, 21);
    CHECK(verdict(chain.verify()) == "holds");
    CHECK(verdict(chain.verify(&chain_public())) == "21 unsigned");
}

TEST_CASE("F18: a tail that was cut is missed by HEAD, and by a head note even if HEAD was made to fit") {
    for (const std::int64_t count : {1, 5, 19, 20}) {
        CAPTURE(count);
        const auto left = chain_length - count;
        const Tampered chain;
        const auto note = chain.note(chain_length), earlier = chain.note(1);
        chain.cut_tail(count);
        CHECK(verdict(chain.verify()) == at(left + 1, "cut_tail"));
        CHECK(verdict(chain.verify(nullptr, note)) == at(left + 1, "cut_tail"));
        chain.remove("HEAD");
        CHECK(verdict(chain.verify(nullptr, note)) == at(left + 1, "cut_tail"));
        // A folder with one record, or none, may have no HEAD yet.
        CHECK(verdict(chain.verify()) == (left > 1 ? at(left, "missing") : "holds"));
        if (left == 0) continue;
        chain.write_head(left);
        CHECK(verdict(chain.verify(nullptr, note)) == at(left + 1, "cut_tail"));
        CHECK(verdict(chain.verify(nullptr, earlier)) == "holds");
        CHECK(verdict(chain.verify()) == "holds");  // rolled back together: see the claim in SAFETY 1.2
    }
}

TEST_CASE("F18: HEAD that was edited is found, and may lag by one record") {
    const auto set = [](std::int64_t seq, std::int64_t digest_of) {
        return [=](const Tampered& chain) {
            chain.write("HEAD", to_text(audit::Head{seq, chain.head(digest_of).sha256}), 0644);
        };
    };
    const auto text = [](std::string bytes) {
        return [=](const Tampered& chain) { chain.write("HEAD", bytes, 0644); };
    };
    check_all({
        {"one further", set(21, 20), "21 cut_tail"},
        {"one back", set(19, 20), "19 edited"},
        {"five back", set(15, 20), "15 edited"},
        {"five back with the right digest", set(15, 15), "15 edited"},
        {"another digest", set(20, 19), "20 edited"},
        {"the greatest number", set((std::int64_t{1} << 53) - 1, 20), "21 cut_tail"},
        {"one back with the right digest, as a crash leaves it", set(19, 19), "holds"},
        {"garbage", text("garbage\n"), "20 edited"},
        {"empty", text(""), "20 edited"},
        {"NUL bytes", text(std::string(64, '\0')), "20 edited"},
        {"not as salve writes it", [](auto& chain) { chain.write("HEAD", " " + chain.bytes("HEAD"), 0644); },
         "20 edited"},
        {"too long", [](auto& chain) { chain.write("HEAD", chain.bytes("HEAD") + std::string(5000, '\n'), 0644); },
         "20 edited"},
        {"removed", [](auto& chain) { chain.remove("HEAD"); }, "20 missing"},
    });
    const Tampered chain;
    chain.remove("HEAD");
    std::filesystem::create_symlink("/dev/null", chain.path("HEAD"));
    CHECK(error_of([&] { chain.verify(); }).kind() == base::ErrorKind::usage);
    chain.remove("HEAD");
    std::filesystem::create_directory(chain.path("HEAD"));
    CHECK(error_of([&] { chain.verify(); }).kind() == base::ErrorKind::usage);
}

TEST_CASE("F18: a signature that was taken, exchanged or spoilt is found") {
    const auto sig = [](const Tampered& chain, std::int64_t seq) { return signature_name(chain.name(seq)); };
    const auto put = [sig](std::int64_t seq, const std::string& bytes) {
        return [=](const Tampered& chain) { chain.write(sig(chain, seq), bytes); };
    };
    std::vector<Attack> attacks{
        {"of another record", [sig](auto& chain) { chain.write(sig(chain, 7), chain.bytes(sig(chain, 8))); },
         "7 bad_signature"},
        {"by another key", [sig](auto& chain) { chain.write(sig(chain, 7), envelope(other_key(), chain.record(7))); },
         "7 bad_signature"},
        {"by another key that takes our name",
         [sig](auto& chain) {
             auto forged = json::parse(envelope(other_key(), chain.record(7)));
             forged["signatures"][0]["keyid"] = chain_key().keyid();
             chain.write(sig(chain, 7), base::canonical(forged) + "\n");
         },
         "7 bad_signature"},
        {"empty", put(7, ""), "7 bad_signature"},
        {"garbage", put(7, "garbage"), "7 bad_signature"},
        {"100 MB",
         [sig](auto& chain) {
             chain.write(sig(chain, 7), "{", 0644);
             std::filesystem::resize_file(chain.path(sig(chain, 7)), 100'000'000);
         },
         "7 bad_signature"},
        {"a link",
         [sig](auto& chain) {
             const auto name = sig(chain, 7);
             chain.write("kept", chain.bytes(name));
             chain.remove(name);
             std::filesystem::create_symlink("kept", chain.path(name));
         },
         "7 wrong_mode"},
    };
    for (const std::int64_t seq : {1, 7, 20})
        attacks.push_back({"stripped", [=](auto& chain) { chain.remove(sig(chain, seq)); }, at(seq, "unsigned")});
    check_all(attacks, true, &chain_public());
    // What is announced is missed even without a key.
    const Tampered stripped(made_chain(true));
    stripped.remove(sig(stripped, 3));
    CHECK(verdict(stripped.verify()) == "3 unsigned");
    // An unsigned record is told only after the whole chain: a break weighs more.
    stripped.drop(12);
    CHECK(verdict(stripped.verify(&chain_public())) == "12 missing");
    // Of the signed chain every record must be signed, from the first or from the named one.
    const Tampered plain;
    CHECK(verdict(plain.verify(&chain_public())) == "1 unsigned");
    CHECK(verdict(plain.verify(&chain_public(), {}, 15)) == "15 unsigned");
    CHECK(verdict(plain.verify(&chain_public(), {}, 21)) == "holds");
}

TEST_CASE("F18: a byte of a signature changed is found") {
    const auto chain = in_memory(made_chain(true));
    const auto& last = chain.back();
    const auto envelope = made_chain(true).at(signature_name(last.name));
    audit::ChainProof before({&chain_public(), chain_length});
    for (const auto& one : chain)
        if (one.name.seq < chain_length) REQUIRE_FALSE(before.check(one.name, one.record));
    std::size_t missed = 0;
    for (std::size_t byte = 0; byte < envelope.size(); ++byte) {
        auto found = last.record;
        found.signature = envelope;
        (*found.signature)[byte] = static_cast<char>(envelope[byte] ^ 0x01);
        auto proof = before;
        const auto fault = proof.check(last.name, found);
        // The last LF is white space, which is free.
        const bool free = byte + 1 == envelope.size() && (*found.signature)[byte] <= ' ';
        if (!free && (!fault || fault->reason != audit::Reason::bad_signature)) ++missed;
    }
    CHECK(missed == 0);
}

TEST_CASE("F18: an algorithm that was downgraded is found with everything else made to fit") {
    for (const char* algorithm : {"sha1", "md5", "none", "SHA256", ""}) {
        CAPTURE(algorithm);
        const Tampered chain;
        chain.edit(8, [&](json& record) { record["chain"]["hash_alg"] = algorithm; });
        chain.chain_anew(9);
        CHECK(verdict(chain.verify()) == "8 schema");
    }
    // Without its signer a record says that it was never signed: only the key tells.
    const Tampered chain(made_chain(true));
    chain.edit(8, [](json& record) { record["chain"]["signer"] = nullptr; });
    chain.chain_anew(8, true);
    CHECK(verdict(chain.verify()) == "holds");
    CHECK(verdict(chain.verify(&chain_public())) == "8 unsigned");
    const Tampered kept(made_chain(true));
    kept.edit(8, [](json& record) { record["chain"]["signer"] = nullptr; });
    kept.chain_anew(9);
    CHECK(verdict(kept.verify(&chain_public())) == "8 bad_signature");
}

TEST_CASE("F18: a record that is no file of its own, or that can be written to, is found") {
    std::vector<Attack> attacks;
    for (const unsigned mode : {0644U, 0464U, 0446U, 0600U, 0777U})
        attacks.push_back(
            {"mode", [=](auto& chain) { REQUIRE(::chmod(chain.path(to_text(chain.name(4))).c_str(), mode) == 0); },
             "4 wrong_mode"});
    attacks.push_back({"a link to the same bytes",
                       [](auto& chain) {
                           const auto name = to_text(chain.name(4));
                           chain.write("kept", chain.record(4));
                           chain.remove(name);
                           std::filesystem::create_symlink("kept", chain.path(name));
                       },
                       "4 wrong_mode"});
    attacks.push_back({"a link to nothing",
                       [](auto& chain) {
                           const auto name = to_text(chain.name(4));
                           chain.remove(name);
                           std::filesystem::create_symlink("nowhere", chain.path(name));
                       },
                       "4 wrong_mode"});
    attacks.push_back({"a pipe",
                       [](auto& chain) {
                           const auto path = chain.path(to_text(chain.name(4)));
                           std::filesystem::remove(path);
                           REQUIRE(::mkfifo(path.c_str(), 0444) == 0);
                       },
                       "4 wrong_mode"});
    attacks.push_back({"a folder",
                       [](auto& chain) {
                           const auto path = chain.path(to_text(chain.name(4)));
                           std::filesystem::remove(path);
                           std::filesystem::create_directory(path);
                       },
                       "4 wrong_mode"});
    if (::geteuid() == 0)
        attacks.push_back(
            {"of another owner",
             [](auto& chain) { REQUIRE(::chown(chain.path(to_text(chain.name(4))).c_str(), 12345, 12345) == 0); },
             "4 wrong_mode"});
    attacks.push_back({"0400 is enough",
                       [](auto& chain) { REQUIRE(::chmod(chain.path(to_text(chain.name(4))).c_str(), 0400) == 0); },
                       "holds"});
    check_all(attacks);
}

TEST_CASE("F18: a record has one spelling") {
    const auto respelled = [](const std::function<std::string(const std::string&)>& spell) {
        return [=](const Tampered& chain) { chain.replace(9, spell(chain.record(9))); };
    };
    const auto swapped = [](const std::string& from, const std::string& to) {
        return [=](const std::string& text) {
            auto changed = text;
            const auto found = changed.find(from);
            REQUIRE(found != std::string::npos);
            return changed.replace(found, from.size(), to);
        };
    };
    const auto deep = [&](std::size_t levels) {
        return swapped("\"plan\":null", "\"plan\":" + std::string(levels, '[') + std::string(levels, ']'));
    };
    const std::vector<std::pair<const char*, std::function<std::string(const std::string&)>>> spellings{
        {"a space", [](auto& text) { return "{ " + text.substr(1); }},
        {"pretty", [](auto& text) { return json::parse(text).dump(2) + "\n"; }},
        {"another order of the keys",
         [](auto& text) {
             auto record = json::parse(text);
             const auto run_id = record["run_id"].dump();
             record.erase("run_id");
             return "{\"run_id\":" + run_id + "," + record.dump().substr(1) + "\n";
         }},
        {"no LF", [](auto& text) { return text.substr(0, text.size() - 1); }},
        {"two LFs", [](auto& text) { return text + "\n"; }},
        {"CRLF", [](auto& text) { return text.substr(0, text.size() - 1) + "\r\n"; }},
        {"a byte order mark", [](auto& text) { return "\xEF\xBB\xBF" + text; }},
        {"UTF-16",
         [](auto& text) {
             std::string wide;
             for (const char c : text) (wide += c) += '\0';
             return wide;
         }},
        {"a NUL behind it", [](auto& text) { return text + '\0'; }},
        {"two documents", [](auto& text) { return text + text; }},
        {"garbage behind it", [](auto& text) { return text + "x"; }},
        {"empty", [](auto&) { return std::string(); }},
        {"white space", [](auto&) { return std::string(" \n"); }},
        {"cut", [](auto& text) { return text.substr(0, text.size() / 2); }},
        {"a key twice", [](auto& text) { return "{\"run_id\":\"other-run\"," + text.substr(1); }},
        {"an escape that is not needed", swapped("\"triage\"", "\"\\u0074riage\"")},
        {"a lone surrogate", swapped("\"triage\"", "\"\\ud800\"")},
        {"bytes that are no UTF-8", swapped("\"triage\"", "\"\xff\"")},
        {"an overlong spelling", swapped("\"triage\"", "\"\xc0\xaf\"")},
        {"a fraction", swapped("\"exit_code\":0", "\"exit_code\":0.0")},
        {"an exponent", swapped("\"exit_code\":0", "\"exit_code\":1e999")},
        {"minus nothing", swapped("\"exit_code\":0", "\"exit_code\":-0")},
        {"beyond 2^53-1", swapped("\"exit_code\":0", "\"exit_code\":9007199254740992")},
        {"beyond 2^64", swapped("\"exit_code\":0", "\"exit_code\":99999999999999999999")},
        {"33 levels", deep(32)},
        {"100,000 levels", deep(100'000)},
        {"500,000 elements",
         [&](auto& text) {
             std::string many = "[0";
             for (int i = 0; i < 500'000; ++i) many += ",0";
             return swapped("\"plan\":null", "\"plan\":" + many + "]")(text);
         }},
    };
    std::vector<Attack> attacks;
    attacks.reserve(spellings.size() + 2);
    for (const auto& [what, spell] : spellings) attacks.push_back({what, respelled(spell), "9 not_canonical"});
    attacks.push_back({"32 levels are few enough, and no plan", respelled(deep(31)), "9 schema"});
    // Only its beginning is read, so no name fits.
    attacks.push_back({"larger than a record may be",
                       respelled([](auto& text) { return text + std::string(audit::max_record, ' '); }), "9 edited"});
    check_all(attacks);
}

TEST_CASE("F18: a record says only what its schema allows; a newer minor version may say more") {
    const auto edited = [](const std::function<void(json&)>& change) {
        return [=](const Tampered& chain) {
            chain.edit(9, change);
            chain.chain_anew(10);
        };
    };
    check_all({
        {"an unknown key", edited([](json& record) { record["note"] = "x"; }), "9 schema"},
        {"an unknown key further in", edited([](json& record) { record["chain"]["nonce"] = 1; }), "9 schema"},
        {"a missing key", edited([](json& record) { record.erase("status"); }), "9 schema"},
        {"null", edited([](json& record) { record["kind"] = nullptr; }), "9 schema"},
        {"another type", edited([](json& record) { record["exit_code"] = "0"; }), "9 schema"},
        {"no object", [](auto& chain) { chain.replace(9, "[]\n"); }, "9 schema"},
        {"version 0", edited([](json& record) { record["schema"] = "salve.run/v0"; }), "9 schema"},
        {"version 2", edited([](json& record) { record["schema"] = "salve.run/v2"; }), "9 schema"},
        {"version \"1 \"", edited([](json& record) { record["schema"] = "salve.run/v1 "; }), "9 schema"},
        {"another number", edited([](json& record) { record["chain"]["seq"] = 10; }), "9 edited"},
        {"another kind", edited([](json& record) { record["kind"] = "plan"; }), "9 edited"},
        {"another time", edited([](json& record) { record["time"]["sealed_at"] = record["time"]["started_at"]; }),
         "9 edited"},
        {"no record before it", edited([](json& record) { record["chain"]["prev"] = nullptr; }), "9 prev_mismatch"},
        {"another record before it",
         edited([](json& record) { record["chain"]["prev"]["sha256"] = std::string(64, '0'); }), "9 prev_mismatch"},
        {"a number before it that is not there", edited([](json& record) { record["chain"]["prev"]["seq"] = 7; }),
         "9 prev_mismatch"},
        {"a record before the first",
         [](auto& chain) {
             chain.edit(1, [](json& record) {
                 record["chain"]["prev"] = {{"seq", 1}, {"sha256", std::string(64, '0')}};
             });
         },
         "1 prev_mismatch"},
        {"a newer minor version with a key that we do not know", edited([](json& record) {
             record["schema_minor"] = 1;
             record["note"] = "x";
         }),
         "holds"},
    });
}

TEST_CASE("F18: a head note of another chain, count, digest or key is found") {
    const Tampered chain(made_chain(true)), other(made_chain());
    const auto right = chain.note(10);
    CHECK(verdict(chain.verify(nullptr, other.note(10))) == "1 edited");
    auto changed = right;
    changed.sha256 = chain.note(11).sha256;
    CHECK(verdict(chain.verify(nullptr, changed)) == "10 edited");
    changed = right;
    changed.origin = std::string(12, 'f');
    CHECK(verdict(chain.verify(nullptr, changed)) == "1 edited");
    changed = chain.note(20);
    changed.count = 21;
    CHECK(verdict(chain.verify(nullptr, changed)) == "21 cut_tail");
    // With a key, a note is worth what its signature is worth.
    CHECK(verdict(chain.verify(&chain_public(), sign(right, chain_key()))) == "holds");
    CHECK(verdict(chain.verify(&chain_public(), right)) == "10 bad_signature");
    CHECK(verdict(chain.verify(&chain_public(), sign(right, other_key()))) == "10 bad_signature");
    changed = sign(right, chain_key());
    changed.count = 9;
    CHECK(verdict(chain.verify(&chain_public(), changed)) == "9 bad_signature");
}

// The closed world: a reason that no attack has is one that nobody can rely on.
TEST_CASE("F18: every reason is the right one for some attack") {
    using audit::Reason;
    const std::map<Reason, std::function<void(const Tampered&)>> attacks{
        {Reason::edited, [](auto& chain) { chain.write(to_text(chain.name(5)), "x"); }},
        {Reason::missing, [](auto& chain) { chain.drop(5); }},
        {Reason::duplicate_seq, [](auto& chain) { forge(chain, 5); }},
        {Reason::prev_mismatch, [](auto& chain) { chain.edit(4, [](json& record) { record["exit_code"] = 1; }); }},
        {Reason::not_canonical, [](auto& chain) { chain.replace(5, " " + chain.record(5)); }},
        {Reason::cut_tail, [](auto& chain) { chain.cut_tail(16); }},
        {Reason::bad_signature, [](auto& chain) { chain.write(signature_name(chain.name(5)), "x"); }},
        {Reason::unsigned_record, [](auto& chain) { chain.remove(signature_name(chain.name(5))); }},
        {Reason::wrong_mode, [](auto& chain) { chain.write(to_text(chain.name(5)), chain.record(5), 0644); }},
        {Reason::schema, [](auto& chain) { chain.edit(5, [](json& record) { record["x"] = 1; }); }}};
    CHECK(attacks.size() == audit::reason_names.size());
    for (const auto& [reason, word] : audit::reason_names) {
        CAPTURE(word);
        REQUIRE(attacks.contains(reason));
        const Tampered chain(made_chain(true));
        attacks.at(reason)(chain);
        // Without the key where it would tell of record 4 first: its signature is of other bytes.
        const auto* key = reason == Reason::prev_mismatch ? nullptr : &chain_public();
        CHECK(verdict(chain.verify(key)) == at(5, std::string(word).c_str()));
    }
}

// The limit that SAFETY 1.2 states, and that 'salve runs verify --help' prints.
TEST_CASE("F18: who rewrites everything is found out by a key or a note, and by nothing else") {
    for (const std::int64_t from : {1, 8, 20}) {
        CAPTURE(from);
        const Tampered chain(made_chain(true));
        const auto note = chain.note(chain_length), before = chain.note(from - 1);
        chain.edit(from, [](json& record) { record["exit_code"] = 1; });
        chain.chain_anew(from, true);
        CHECK(verdict(chain.verify()) == "holds");
        CHECK(verdict(chain.verify(nullptr, before)) == "holds");  // a note says nothing of what came after it
        CHECK(verdict(chain.verify(nullptr, note)) == at(from == 1 ? 1 : chain_length, "edited"));
        CHECK(verdict(chain.verify(&chain_public())) == at(from, "unsigned"));
        CHECK(verdict(chain.verify(&chain_public(), {}, 21)) == "holds");
    }
    const Tampered empty;
    const auto note = empty.note(chain_length);
    for (const auto& name : empty.folder().names()) empty.remove(name);
    CHECK(verdict(empty.verify()) == "holds");
    CHECK(verdict(empty.verify(nullptr, note)) == "1 cut_tail");
}

TEST_CASE("files that are no part of the chain are named and change nothing") {
    const Tampered chain;
    chain.write("notes.txt", "x");
    chain.write(to_text(chain.name(3)) + ".bak", "x");
    chain.write("0000021-20261121T080000Z-triage-000000000000.json", "x");
    const auto proof = chain.verify();
    CHECK(verdict(proof) == "holds");
    CHECK(proof.strays.size() == 3);
}
