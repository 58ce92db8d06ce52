#include "io/verify_newest.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "audit/fields.hpp"
#include "base/json.hpp"

namespace salve::io {
namespace {

// What the record names as the one before it; its own bytes are checked afterwards, like those of the others.
audit::Head named_by(const audit::RecordName& name, const audit::FoundRecord& found) {
    if (name.seq <= 1) return {};
    audit::Head before{name.seq - 1, ""};
    try {
        const auto document = base::parse_json(found.bytes, "record", base::ErrorKind::invalid_record);
        before.sha256 =
            audit::fields::text(audit::fields::member(audit::fields::member(document, "chain"), "prev"), "sha256");
    } catch (const base::Error&) {
        // Left empty: the check of the record says what is wrong with it.
    }
    return before;
}

}  // namespace

NewestProof verify_newest(const RunsFolder& runs, std::size_t most) {
    const auto head = runs.head();
    auto names = runs.list().records;
    audit::leave_out_newer(names, head, runs.head());
    NewestProof proof;
    proof.records = static_cast<std::int64_t>(names.size());
    const auto first = names.size() - std::min(std::max<std::size_t>(most, 1), names.size());
    // With all of them, the first must be number 1.
    audit::Head before;
    if (first > 0) before = named_by(names[first], runs.read(names[first]));
    audit::ChainProof chain({}, before);
    for (auto at = first; at < names.size() && !proof.fault; ++at) {
        proof.fault = chain.expect(names[at], at + 1 < names.size() ? &names[at + 1] : nullptr);
        if (!proof.fault) proof.fault = chain.check(names[at], runs.read(names[at]));
        if (!proof.fault) ++proof.proven;
    }
    if (!proof.fault) proof.fault = chain.finish(head);
    return proof;
}

}  // namespace salve::io
