// The proof in memory; what is done to a folder of records is in io/chain_attack_test.cpp.
#include "audit/chain.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "audit/signature.hpp"
#include "audit_builders.hpp"
#include "base/digest.hpp"
#include "base/json.hpp"
#include "key_builders.hpp"

using namespace salve;
using namespace salve::test;
using audit::ChainProof;
using audit::Reason;
using audit::RecordName;
using nlohmann::json;

namespace {

constexpr base::Time at{1'795'248'000'000'000};  // as record_time

struct Made {
    RecordName name;
    std::string bytes;
};

Made make(const json& record, std::int64_t seq) {
    Made made{{}, base::canonical(record) + "\n"};
    made.name = {seq, at, record["kind"].get<std::string>(), base::sha256_hex(made.bytes).substr(0, 12)};
    return made;
}

json record_of(std::int64_t seq, const Made* before, const std::string& signer = "") {
    auto record = minimal_record();
    record["chain"]["seq"] = seq;
    if (before) record["chain"]["prev"] = {{"seq", seq - 1}, {"sha256", base::sha256_hex(before->bytes)}};
    if (!signer.empty()) record["chain"]["signer"] = signer;
    return record;
}

std::vector<Made> chain_of(std::int64_t count) {
    std::vector<Made> chain;
    for (std::int64_t seq = 1; seq <= count; ++seq)
        chain.push_back(make(record_of(seq, chain.empty() ? nullptr : &chain.back()), seq));
    return chain;
}

std::string told(const std::optional<audit::Fault>& fault) {
    return fault ? std::to_string(fault->seq) + " " + std::string(base::word(audit::reason_names, fault->reason)) : "";
}

std::string check(ChainProof& proof, const Made& made, const std::optional<std::string>& signature = std::nullopt,
                  const std::string& mode_fault = "") {
    return told(proof.check(made.name, {mode_fault, made.bytes, signature}));
}

ChainProof proof_of(const std::vector<Made>& chain) {
    ChainProof proof;
    for (const auto& made : chain) REQUIRE(check(proof, made).empty());
    return proof;
}

}  // namespace

TEST_CASE("S2.12: a chain of records proves itself, one after the other") {
    const auto chain = chain_of(3);
    ChainProof proof;
    CHECK(proof.count() == 0);
    CHECK(proof.first_sha256().empty());
    CHECK(told(proof.finish(std::nullopt)).empty());
    for (std::size_t i = 0; i < chain.size(); ++i) {
        CHECK(told(proof.expect(chain[i].name, i + 1 < chain.size() ? &chain[i + 1].name : nullptr)).empty());
        CHECK(check(proof, chain[i]).empty());
        CHECK(proof.newest() == audit::Head{static_cast<std::int64_t>(i) + 1, base::sha256_hex(chain[i].bytes)});
    }
    CHECK(proof.count() == 3);
    CHECK(proof.first_sha256() == base::sha256_hex(chain[0].bytes));
    CHECK(told(proof.finish(to_text(proof.newest()))).empty());
    CHECK(told(proof.finish(to_text(audit::Head{2, base::sha256_hex(chain[1].bytes)}))).empty());
}

TEST_CASE("S2.12: names alone tell a gap and a fork") {
    const auto chain = chain_of(4);
    auto proof = proof_of({chain[0], chain[1]});
    CHECK(told(proof.expect(chain[2].name, &chain[3].name)).empty());
    CHECK(told(proof.expect(chain[2].name, nullptr)).empty());
    CHECK(told(proof.expect(chain[3].name, nullptr)) == "3 missing");
    CHECK(proof.expect(chain[3].name, nullptr)->file.empty());
    CHECK(told(proof.expect(chain[2].name, &chain[2].name)) == "3 duplicate_seq");
    CHECK(proof.expect(chain[2].name, &chain[2].name)->file == to_text(chain[2].name));
    // A gap is told before what stands behind it.
    CHECK(told(proof.expect(chain[3].name, &chain[3].name)) == "3 missing");
}

TEST_CASE("S2.12: of several faults of a record the one is told that makes the others meaningless") {
    const auto chain = chain_of(2);
    auto proof = proof_of({chain[0]});
    auto made = chain[1];
    CHECK(check(proof, made, std::nullopt, "its mode is 0644") == "2 wrong_mode");
    made.bytes = "{}\n";
    CHECK(check(proof, made, std::nullopt, "its mode is 0644") == "2 wrong_mode");
    CHECK(check(proof, made) == "2 edited");
    const auto named = [&](const std::string& bytes) {
        return Made{{2, at, "triage", base::sha256_hex(bytes).substr(0, 12)}, bytes};
    };
    CHECK(check(proof, named("{} \n")) == "2 not_canonical");
    CHECK(check(proof, named("")) == "2 not_canonical");
    CHECK(check(proof, named("{}\n")) == "2 schema");
    auto record = record_of(2, nullptr);
    CHECK(check(proof, make(record, 2)) == "2 prev_mismatch");
    record = record_of(3, &chain[0]);
    CHECK(check(proof, make(record, 2)) == "2 prev_mismatch");  // names record 2 before itself
    record["chain"]["prev"]["seq"] = 1;
    CHECK(check(proof, make(record, 2)) == "2 edited");
    // Nothing of a bad record is kept.
    CHECK(proof.count() == 1);
    CHECK(proof.newest().sha256 == base::sha256_hex(chain[0].bytes));
    CHECK(check(proof, chain[1]).empty());
}

TEST_CASE("S2.12: a name says what its record says") {
    const auto chain = chain_of(1);
    const auto check_name = [&](RecordName name) {
        ChainProof proof;
        return told(proof.check(name, {"", chain[0].bytes, std::nullopt}));
    };
    auto name = chain[0].name;
    CHECK(check_name(name).empty());
    name.kind = "apply";
    CHECK(check_name(name) == "1 edited");
    name = chain[0].name;
    name.sealed_at = at + base::seconds(1);
    CHECK(check_name(name) == "1 edited");
    name.sealed_at = at - base::seconds(1);
    CHECK(check_name(name) == "1 edited");
    name = chain[0].name;
    name.seq = 2;
    CHECK(check_name(name) == "2 edited");
    name = chain[0].name;
    name.digest12 = "000000000000";
    CHECK(check_name(name) == "1 edited");
}

TEST_CASE("S2.12: HEAD is the newest record or the one before it") {
    const auto chain = chain_of(3);
    const auto proof = proof_of(chain);
    const auto head = [&](std::int64_t seq, std::size_t digest_of_record) {
        return told(proof.finish(to_text(audit::Head{seq, base::sha256_hex(chain[digest_of_record].bytes)})));
    };
    CHECK(head(3, 2).empty());
    CHECK(head(2, 1).empty());
    CHECK(head(1, 0) == "1 edited");
    CHECK(head(3, 1) == "3 edited");
    CHECK(head(2, 2) == "2 edited");
    CHECK(head(4, 2) == "4 cut_tail");
    CHECK(head(1000, 2) == "4 cut_tail");
    CHECK(told(proof.finish(std::nullopt)) == "3 missing");
    CHECK(told(proof.finish("")) == "3 edited");
    CHECK(told(proof.finish("x")) == "3 edited");
    CHECK(proof.finish("x")->file == "HEAD");
    // The first record is sealed before there is a HEAD.
    CHECK(told(proof_of({chain[0]}).finish(std::nullopt)).empty());
    CHECK(told(proof_of({chain[0], chain[1]}).finish(std::nullopt)) == "2 missing");
    CHECK(told(ChainProof().finish(to_text(audit::Head{1, digest_of('a')}))) == "1 cut_tail");
    CHECK(told(ChainProof().finish("x")) == "0 edited");
}

TEST_CASE("S2.12: a signature that is announced must be there, and with a key it must be right") {
    const audit::SigningKey key(private_pem(rfc8032[0]), "key"), other(private_pem(rfc8032[1]), "key");
    const audit::VerifyKey verify(public_pem(rfc8032[0]), "key");
    const auto plain = make(record_of(1, nullptr), 1), announced = make(record_of(1, nullptr, key.keyid()), 1);
    const auto by = [](const audit::SigningKey& one, const Made& made) { return envelope(one, made.bytes); };
    const auto run = [](const Made& made, audit::Demand demand, const std::optional<std::string>& signature) {
        ChainProof proof(demand);
        const auto fault = check(proof, made, signature);
        CHECK(proof.count() == (fault.empty() ? 1 : 0));
        return fault.empty() ? told(proof.first_unsigned()) : fault;
    };
    CHECK(run(plain, {}, std::nullopt).empty());
    CHECK(run(announced, {}, std::nullopt) == "1 unsigned");
    CHECK(run(announced, {}, "anything").empty());  // without a key nothing is checked
    CHECK(run(announced, {&verify, {}}, by(key, announced)).empty());
    CHECK(run(plain, {&verify, {}}, by(key, plain)).empty());
    CHECK(run(plain, {&verify, {}}, std::nullopt) == "1 unsigned");
    CHECK(run(announced, {&verify, {}}, by(other, announced)) == "1 bad_signature");
    CHECK(run(announced, {&verify, {}}, by(key, plain)) == "1 bad_signature");
    CHECK(run(announced, {&verify, {}}, "garbage") == "1 bad_signature");
    // Before the first record that must be signed another key is allowed, garbage and lies are not.
    CHECK(run(plain, {&verify, 2}, std::nullopt).empty());
    CHECK(run(announced, {&verify, 2}, std::nullopt) == "1 unsigned");
    CHECK(run(announced, {&verify, 2}, by(other, announced)).empty());
    CHECK(run(announced, {&verify, 2}, by(key, plain)) == "1 bad_signature");
    CHECK(run(announced, {&verify, 2}, "garbage") == "1 bad_signature");
}

TEST_CASE("S2.12: the first unsigned record is kept, and the chain is proven to its end") {
    const audit::SigningKey key(private_pem(rfc8032[0]), "key");
    const audit::VerifyKey verify(public_pem(rfc8032[0]), "key");
    const auto chain = chain_of(4);
    ChainProof proof({&verify, 2});
    CHECK(check(proof, chain[0]).empty());
    CHECK(check(proof, chain[1], envelope(key, chain[1].bytes)).empty());
    CHECK(check(proof, chain[2]).empty());
    CHECK(check(proof, chain[3]).empty());
    CHECK(told(proof.first_unsigned()) == "3 unsigned");
    CHECK(proof.signed_count() == 1);
    CHECK(proof.count() == 4);
}

TEST_CASE("a fault is told in one visible sentence, whatever the record says") {
    const std::string hostile = "{\"\x1b[2J\n\xff";
    const Made made{{1, at, "triage", base::sha256_hex(hostile).substr(0, 12)}, hostile};
    const auto fault = ChainProof().check(made.name, {"", made.bytes, std::nullopt});
    REQUIRE(fault);
    CHECK(fault->reason == Reason::not_canonical);
    CHECK(fault->detail.size() < 400);
    for (const char c : fault->detail) CHECK(static_cast<unsigned char>(c) >= 0x20);
}

TEST_CASE("F16: what is sealed while a proof begins is left out, but for the record by which HEAD may lag") {
    const auto left = [](std::int64_t count, const std::optional<std::string>& before,
                         const std::optional<std::string>& after) {
        std::vector<RecordName> names;
        for (std::int64_t seq = 1; seq <= count; ++seq) names.push_back({seq, at, "triage", "000000000000"});
        audit::leave_out_newer(names, before, after);
        return names.size();
    };
    const auto head = [](std::int64_t seq) { return to_text(audit::Head{seq, digest_of('a')}); };
    CHECK(left(9, head(5), head(9)) == 6);
    CHECK(left(6, head(5), head(6)) == 6);
    CHECK(left(5, head(5), head(6)) == 5);
    CHECK(left(3, head(5), head(6)) == 3);
    // It began with an empty folder.
    CHECK(left(9, std::nullopt, head(8)) == 1);
    CHECK(left(1, std::nullopt, head(1)) == 1);
    CHECK(left(0, std::nullopt, head(1)) == 0);
    // HEAD has not moved: what is beyond it is looked at.
    CHECK(left(9, head(5), head(5)) == 9);
    CHECK(left(9, std::nullopt, std::nullopt) == 9);
    CHECK(left(9, "x", "x") == 9);
    CHECK(left(9, "x", head(9)) == 9);
    CHECK(left(9, head(8), std::nullopt) == 9);
}

TEST_CASE("every reason has its own word") {
    std::vector<std::string_view> words;
    for (const auto& [reason, word] : audit::reason_names) {
        CHECK(base::parse(audit::reason_names, word) == reason);
        CHECK(std::find(words.begin(), words.end(), word) == words.end());
        words.push_back(word);
    }
}
