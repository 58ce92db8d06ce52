#include "audit/seal.hpp"

#include <doctest/doctest.h>

#include "audit/chain.hpp"
#include "audit/record.hpp"
#include "audit/schema.hpp"
#include "audit_builders.hpp"
#include "base/base64.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/json.hpp"

using namespace salve;
using namespace salve::test;
using audit::Event;
using nlohmann::json;

namespace {

constexpr base::Time at{1'795'248'000'000'000};

// The fields that a run itself has; the seal adds the others.
json run_fields() {
    auto fields = minimal_record();
    fields.erase("chain");
    fields.erase("journal");
    fields["time"].erase("sealed_at");
    return fields;
}

std::string open_line(json fields = run_fields()) {
    fields["seq_at_open"] = 0;
    return to_text(audit::JournalLine{1, Event::open, at, 1, std::move(fields)});
}

audit::SealedBytes sealed(const std::string& text, const audit::Place& place = {1, std::nullopt, "", at},
                          const std::optional<std::string>& status = std::nullopt) {
    return audit::seal(audit::parse_journal(text), place, status);
}

std::string refusal(const std::string& text, const audit::Place& place = {1, std::nullopt, "", at},
                    const std::optional<std::string>& status = std::nullopt) {
    try {
        sealed(text, place, status);
    } catch (const base::Error& error) {
        CHECK(error.kind() == base::ErrorKind::invalid_record);
        return error.what();
    }
    return "sealed";
}

bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a sealed record is canonical, valid and proves itself") {
    const auto text = open_line();
    const auto record = sealed(text);
    CHECK(record.kind == "triage");
    const auto document = json::parse(record.bytes);
    CHECK(record.bytes == base::canonical(document) + "\n");
    CHECK_FALSE(audit::record_fault(document));
    CHECK_FALSE(document.contains("seq_at_open"));
    CHECK(document["chain"] == json{{"hash_alg", "sha256"}, {"seq", 1}, {"prev", nullptr}, {"signer", nullptr}});
    CHECK(document["journal"] ==
          json{{"lines", 1}, {"sha256", base::sha256_hex(text)}, {"torn_bytes", 0}, {"torn_base64", nullptr}});
    CHECK(document["time"]["sealed_at"] == "2026-11-21T08:00:00.000000Z");
    audit::ChainProof proof;
    const audit::RecordName name{1, at, record.kind, base::sha256_hex(record.bytes).substr(0, 12)};
    CHECK_FALSE(proof.expect(name, nullptr));
    CHECK_FALSE(proof.check(name, {"", record.bytes, std::nullopt}));
    CHECK_FALSE(proof.finish(std::nullopt));
    CHECK(sealed(text).bytes == record.bytes);
}

TEST_CASE("the place in the chain, the signer and the status of a dead run are in the record") {
    const audit::Place place{42, audit::Head{41, digest_of('a')}, digest_of('b'), at};
    const auto document = json::parse(sealed(open_line(), place, "abandoned").bytes);
    CHECK(document["chain"]["seq"] == 42);
    CHECK(document["chain"]["prev"] == json{{"seq", 41}, {"sha256", digest_of('a')}});
    CHECK(document["chain"]["signer"] == digest_of('b'));
    CHECK(document["status"] == "abandoned");
    CHECK(json::parse(sealed(open_line()).bytes)["status"] == "completed");
    // What a journal says of its own place does not count.
    auto fields = run_fields();
    fields["chain"] = {{"seq", 7}};
    fields["journal"] = 7;
    CHECK(sealed(open_line(fields)).bytes.find("\"seq\":1,") != std::string::npos);
}

TEST_CASE("torn bytes are kept and counted, the first 64 KiB of them") {
    const std::string torn("{\"at\xff\0\x1b", 7);
    auto facts = json::parse(sealed(open_line() + torn).bytes)["journal"];
    CHECK(facts["lines"] == 1);
    CHECK(facts["torn_bytes"] == 7);
    CHECK(base::from_base64(facts["torn_base64"].get<std::string>()) == torn);
    CHECK(facts["sha256"] == base::sha256_hex(open_line() + torn));
    facts = json::parse(sealed(open_line() + std::string(100'000, 'x')).bytes)["journal"];
    CHECK(facts["torn_bytes"] == 100'000);
    CHECK(base::from_base64(facts["torn_base64"].get<std::string>()) == std::string(65'536, 'x'));
}

TEST_CASE("what verify would refuse is never sealed") {
    CHECK(has(refusal(""), "does not begin with what the run was"));
    CHECK(has(refusal("garbage\n"), "does not begin with what the run was"));
    const auto with = [](const char* key, json value) {
        auto fields = run_fields();
        fields[key] = std::move(value);
        return open_line(fields);
    };
    const auto without = [](const char* key) {
        auto fields = run_fields();
        fields.erase(key);
        return open_line(fields);
    };
    CHECK(has(refusal(without("time")), "does not begin with what the run was"));
    CHECK(has(refusal(with("time", "now")), "does not begin with what the run was"));
    CHECK(has(refusal(without("run_id")), "would not be valid: .: missing \"run_id\""));
    CHECK(has(refusal(without("kind")), "missing \"kind\""));
    CHECK(has(refusal(with("kind", 7)), ".kind"));
    CHECK(has(refusal(with("kind", "mischief")), ".kind"));
    CHECK(has(refusal(with("secret", "x")), ".secret: unknown key"));
    CHECK(has(refusal(with("schema", "salve.run/v2")), ".schema"));
    CHECK(has(refusal(open_line(), {0, std::nullopt, "", at}), ".chain.seq"));
    CHECK(has(refusal(open_line(), {1, std::nullopt, "K", at}), ".chain.signer"));
    CHECK(has(refusal(open_line(), {1, std::nullopt, "", at}, "gone"), ".status"));
}

TEST_CASE("a record beyond what verify reads is not sealed, although each of its lines is within bounds") {
    const auto zeros = [](std::size_t count) {
        json list = json::array();
        for (std::size_t i = 0; i < count; ++i) list.push_back(0);
        return list;
    };
    auto step = record_step();
    step["patch"] = zeros(250'000);
    auto fields = run_fields();
    fields["steps"] = json::array({step});
    const auto first = open_line(fields);
    CHECK(refusal(first) == "sealed");
    auto plan = record_plan();
    plan["document"] = zeros(250'000);
    const auto both = first + to_text(audit::JournalLine{2, Event::plan, at, 2, {{"plan", plan}}});
    CHECK(audit::parse_journal(both).lines.size() == 2);
    CHECK(has(refusal(both), "more than 400000 elements"));
    // And by its size.
    plan["document"] = std::string(audit::max_record, 'x');
    const auto large = open_line() + to_text(audit::JournalLine{2, Event::plan, at, 2, {{"plan", plan}}});
    CHECK(audit::parse_journal(large).lines.size() == 2);
    CHECK(has(refusal(large), "larger than 2097152 bytes"));
    // To the byte, with the LF at its end.
    const auto with = [&](std::size_t bytes) {
        plan["document"] = std::string(bytes, 'x');
        return open_line() + to_text(audit::JournalLine{2, Event::plan, at, 2, {{"plan", plan}}});
    };
    const audit::Place place{1, std::nullopt, "", at};
    const auto around = sealed(with(0), place).bytes.size();
    CHECK(sealed(with(audit::max_record - around), place).bytes.size() == audit::max_record);
    CHECK(has(refusal(with(audit::max_record - around + 1)), "larger than 2097152 bytes"));
}
