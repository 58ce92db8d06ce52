// F18 (SAFETY 7.3): bytes, spelling, fields and signatures of a chain of 20 records, and what verify says first.
#include <doctest/doctest.h>

#include <cstring>

#include "chain_attacks.hpp"

using namespace salve;
using namespace salve::test;

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
