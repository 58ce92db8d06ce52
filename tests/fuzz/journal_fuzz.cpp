#include <nlohmann/json.hpp>

#include "audit/chain.hpp"
#include "audit/journal.hpp"
#include "audit/reconcile.hpp"
#include "audit/seal.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "targets.hpp"

namespace salve::fuzz {
namespace {

constexpr base::Time sealed_at{1'795'248'000'000'000};

void lines_are_those_of_the_bytes(const audit::Journal& journal, std::string_view bytes) {
    std::string again;
    for (const auto& line : journal.lines) again += to_text(line);
    again += journal.torn;
    require(again == bytes, "the lines and the torn bytes are what was read");
    require(journal.sha256 == base::sha256_hex(bytes), "the digest is that of all bytes");
    require(journal.lines.empty() || journal.lines[0].event == audit::Event::open, "the first line opens");
    for (std::size_t i = 0; i < journal.lines.size(); ++i) {
        require(journal.lines[i].number == static_cast<std::int64_t>(i) + 1, "the lines have their numbers");
        require(audit::read_back(to_text(journal.lines[i]), journal.lines[i].number).has_value(), "a line reads back");
    }
}

// Also of an object that the journal's own author made up.
void nothing_is_concluded_of_nothing(const audit::Journal& journal, const nlohmann::json& document,
                                     audit::Death death) {
    const auto all = audit::intents(document);
    for (const auto& intent : all) {
        require(intent.ordinal >= 1, "a step has a number");
        require(intent.ended || death != audit::Death::interrupted, "a run whose steps have ended is interrupted");
        const auto sealed = settled_from(intent, {sealed_at, false, std::nullopt});
        require(!sealed || (intent.at && *sealed > *intent.at), "a request settles after it was sent");
        const audit::Asked here{sealed_at, true, last_intent_monotonic_us(journal)};
        const auto later = settled_from(intent, here);
        require(!later || (sealed && *later >= *sealed), "one more clock never concludes earlier");
        for (const auto time : {base::Time{0}, sealed_at, sealed.value_or(sealed_at)}) {
            const audit::Asked now{time, false, std::nullopt};
            const auto unread = reconcile(intent, {false, "x", nullptr}, now);
            require(unread.effect == audit::Settled::undetermined, "what was not read settles nothing");
            const auto gone = reconcile(intent, {true, "", nullptr}, now);
            require(gone.effect != audit::Settled::not_applied, "of what is gone nobody knows that it was not applied");
            reconcile(intent, {true, "", &document}, now);
        }
    }
}

void what_is_sealed_is_proven(const audit::Journal& journal, audit::Death death) try {
    const auto status = std::string(base::word(audit::death_names, death));
    const auto record = audit::seal(journal, {1, std::nullopt, "", sealed_at}, status);
    audit::ChainProof proof;
    const audit::RecordName name{1, sealed_at, record.kind, base::sha256_hex(record.bytes).substr(0, 12)};
    const auto fault = proof.check(name, {"", record.bytes, std::nullopt});
    require(!fault, "what is sealed is what verify accepts");
} catch (const base::Error& error) {
    require(error.kind() == base::ErrorKind::invalid_record, "what cannot be sealed is no record");
}

}  // namespace

void journal(std::string_view bytes) {
    const auto journal = audit::parse_journal(bytes);
    lines_are_those_of_the_bytes(journal, bytes);
    const auto document = audit::fold(journal);
    require(document.is_null() == journal.lines.empty(), "lines make a document");
    const auto death = audit::death_of(journal);
    for (const auto& line : journal.lines) {
        if (line.event == audit::Event::close) require(death == audit::Death::completed, "a closed run is completed");
        if (line.event == audit::Event::intent)
            require(death != audit::Death::abandoned, "an intent may have been sent");
    }
    audit::seq_at_open(journal);
    nothing_is_concluded_of_nothing(journal, document, death);
    what_is_sealed_is_proven(journal, death);
}

}  // namespace salve::fuzz

SALVE_FUZZ_TARGET(journal)
