#include <nlohmann/json.hpp>

#include "audit/chain.hpp"
#include "audit/record.hpp"
#include "audit/schema.hpp"
#include "base/digest.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "targets.hpp"

namespace salve::fuzz {
namespace {

// The name that fits the bytes as far as they say anything: what a forger would choose.
audit::RecordName fitting_name(std::string_view bytes) {
    audit::RecordName name{1, {}, "triage", base::sha256_hex(bytes).substr(0, 12)};
    const auto document = nlohmann::json::parse(bytes, nullptr, false);
    const auto text = [&](const char* pointer) {
        const nlohmann::json::json_pointer at(pointer);
        return document.is_object() && document.contains(at) && document.at(at).is_string()
                   ? document.at(at).get<std::string>()
                   : std::string();
    };
    name.kind = text("/kind");
    name.sealed_at = base::parse_time(text("/time/sealed_at")).value_or(base::Time{});
    return name;
}

}  // namespace

// Only canonical bytes that the schema allows, in their place, are a record; a signature that is none is none.
void record(std::string_view bytes) {
    const auto name = fitting_name(bytes);
    audit::ChainProof proof;
    const auto fault = proof.check(name, {"", std::string(bytes), std::nullopt});
    require(proof.count() == (fault ? 0 : 1), "a record counts if it has no fault");
    if (fault) {
        require(!fault->detail.empty() && fault->detail.size() < 2000, "a fault is told in a sentence");
        for (const char c : fault->detail)
            require(static_cast<unsigned char>(c) >= 0x20, "a fault is told in visible text");
        require(fault->reason != audit::Reason::missing && fault->reason != audit::Reason::wrong_mode,
                "the reason is one of the content");
        return;
    }
    const auto document = base::parse_json(bytes, "fuzz", base::ErrorKind::invalid_record, audit::record_limits);
    require(base::canonical(document) + "\n" == bytes, "a record is canonical");
    require(!audit::record_fault(document), "a record is what the schema allows");
    require(document["chain"]["prev"].is_null(), "the first record has none before it");
    require(proof.newest().sha256 == base::sha256_hex(bytes), "the digest is that of the bytes");
}

}  // namespace salve::fuzz

SALVE_FUZZ_TARGET(record)
