// What the attacks on a chain share (F18): a list of them, each with the verdict that verify must give.
#pragma once
#include "audit/record.hpp"
#include "chain_builders.hpp"

namespace salve::test {

using nlohmann::json;

struct Attack {
    const char* what;
    std::function<void(const Tampered&)> act;
    std::string verdict;
};

// Each on a chain of its own.
inline void check_all(const std::vector<Attack>& attacks, bool is_signed = false,
                      const audit::VerifyKey* key = nullptr) {
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
inline std::vector<Found> in_memory(const ChainFiles& files) {
    std::vector<Found> found;
    for (const auto& [name, bytes] : files)
        if (const auto parsed = audit::parse_record_name(name)) found.push_back({*parsed, {"", bytes, std::nullopt}});
    return found;
}

// The proof as it stands before each record, and at last after all of them.
inline std::vector<audit::ChainProof> proofs_before(const std::vector<Found>& chain) {
    std::vector<audit::ChainProof> proofs(1);
    for (const auto& one : chain) {
        proofs.push_back(proofs.back());
        REQUIRE_FALSE(proofs.back().check(one.name, one.record));
    }
    return proofs;
}

inline audit::RecordName renumbered(audit::RecordName name, std::int64_t seq) {
    name.seq = seq;
    return name;
}

inline void rename_record(const Tampered& chain, const audit::RecordName& from, const audit::RecordName& to) {
    std::filesystem::rename(chain.path(to_text(from)), chain.path(to_text(to)));
}

// Renames 'from' and all after it to numbers that are one greater.
inline void make_room(const Tampered& chain, std::int64_t from) {
    for (auto seq = chain.newest(); seq >= from; --seq) {
        const auto name = chain.name(seq);
        rename_record(chain, name, renumbered(name, seq + 1));
    }
}

// A new record that continues the one before it, as somebody without the key would write it.
inline void forge(const Tampered& chain, std::int64_t seq) {
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

inline std::string at(std::int64_t seq, const char* reason) { return fmt::format("{} {}", seq, reason); }

}  // namespace salve::test
