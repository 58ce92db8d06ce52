#include "audit/seal.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "audit/record.hpp"
#include "audit/schema.hpp"
#include "base/base64.hpp"
#include "base/error.hpp"
#include "base/json.hpp"

namespace salve::audit {
namespace {

using nlohmann::json;

constexpr std::size_t max_torn = 65536;  // of the torn bytes, what is kept (SAFETY 1.4)

json journal_facts(const Journal& journal) {
    return {{"lines", journal.lines.size()},
            {"sha256", journal.sha256},
            {"torn_bytes", journal.torn.size()},
            {"torn_base64", journal.torn.empty() ? json() : json(base::to_base64(journal.torn.substr(0, max_torn)))}};
}

json chain(const Place& place) {
    return {{"hash_alg", "sha256"},
            {"seq", place.seq},
            {"prev", place.prev ? json{{"seq", place.prev->seq}, {"sha256", place.prev->sha256}} : json()},
            {"signer", place.signer.empty() ? json() : json(place.signer)}};
}

}  // namespace

SealedBytes seal(Journal journal, const Place& place, const std::optional<std::string>& status) {
    const auto facts = journal_facts(journal);
    const bool went_back = clock_went_back(journal);
    auto document = fold(std::move(journal));
    if (!document.is_object() || !document.contains("time") || !document["time"].is_object())
        throw base::Error(base::ErrorKind::invalid_record, "the journal does not begin with what the run was");
    document["chain"] = chain(place);
    document["journal"] = facts;
    document["time"]["sealed_at"] = base::to_rfc3339(place.sealed_at);
    if (place.clock_went_back || went_back) document["time"]["clock_went_back"] = true;
    if (status) document["status"] = *status;
    if (const auto fault = record_fault(document))
        throw base::Error(base::ErrorKind::invalid_record, fmt::format("the record would not be valid: {}", *fault));
    SealedBytes sealed{base::canonical(document), document["kind"].get<std::string>()};
    const bool reads_back = base::is_canonical(sealed.bytes, record_limits);
    sealed.bytes += '\n';
    if (!reads_back || sealed.bytes.size() > record_limits.bytes) {
        base::parse_json(sealed.bytes, "the record", base::ErrorKind::invalid_record, record_limits);  // says why
        throw base::Error(base::ErrorKind::invalid_record, "the record: it could not be read back");
    }
    return sealed;
}

}  // namespace salve::audit
