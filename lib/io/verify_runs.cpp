#include "io/verify_runs.hpp"

#include <fmt/format.h>

namespace salve::io {
namespace {

using audit::Fault;
using audit::Reason;

// The note was taken when the chain had `count` records: they must still be the same.
class NoteCheck {
public:
    NoteCheck(const std::optional<audit::HeadNote>& note, const audit::VerifyKey* key) : note_(note), key_(key) {}

    std::optional<Fault> before() const {
        if (!note_ || !key_ || audit::verify(*note_, *key_)) return {};
        return Fault{static_cast<std::int64_t>(note_->count), "", Reason::bad_signature,
                     note_->signature ? "the head note is not signed with this key" : "the head note is not signed"};
    }
    std::optional<Fault> at(const audit::ChainProof& proof, const audit::RecordName& name) const {
        if (!note_) return {};
        std::string_view detail;
        if (name.seq == 1 && note_->count > 0 && !proof.first_sha256().starts_with(note_->origin))
            detail = "the head note is of a chain that began with another record";
        else if (name.seq == static_cast<std::int64_t>(note_->count) && proof.newest().sha256 != note_->sha256)
            detail = "the head note has another digest for it";
        else
            return {};
        return Fault{name.seq, to_text(name), Reason::edited, std::string(detail)};
    }
    std::optional<Fault> after(const audit::ChainProof& proof) const {
        if (!note_ || static_cast<std::int64_t>(note_->count) <= proof.count()) return {};
        return Fault{proof.count() + 1, "", Reason::cut_tail,
                     fmt::format("the head note knows of {} records, {} are there", note_->count, proof.count())};
    }

private:
    const std::optional<audit::HeadNote>& note_;
    const audit::VerifyKey* key_;
};

std::optional<Fault> first_fault(const RunsFolder& runs, const std::vector<audit::RecordName>& names,
                                 const NoteCheck& note, const FoundHead& head, audit::ChainProof& proof) {
    if (auto fault = note.before()) return fault;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (auto fault = proof.expect(names[i], i + 1 < names.size() ? &names[i + 1] : nullptr)) return fault;
        if (auto fault = proof.check(names[i], runs.read(names[i]))) return fault;
        if (auto fault = note.at(proof, names[i])) return fault;
    }
    // The note before HEAD: who cut the tail may have made HEAD fit, or taken it away.
    if (auto fault = note.after(proof)) return fault;
    if (!head.mode_fault.empty()) return Fault{proof.count(), "HEAD", Reason::wrong_mode, head.mode_fault};
    return proof.finish(head.bytes);
}

}  // namespace

RunsProof verify_runs(const RunsFolder& runs, const audit::Demand& demand,
                      const std::optional<audit::HeadNote>& expected) {
    // HEAD before the list: a run that seals in between makes the list longer, and HEAD at most one behind for each.
    const auto head = runs.find_head();
    auto listing = runs.list();
    const auto later = runs.find_head();
    // Of a HEAD that is none nothing follows, and no reason to look at less.
    if (head.mode_fault.empty() && later.mode_fault.empty())
        audit::leave_out_newer(listing.records, head.bytes, later.bytes);
    audit::ChainProof proof(demand);
    RunsProof result;
    result.fault = first_fault(runs, listing.records, NoteCheck(expected, demand.key), head, proof);
    result.first_unsigned = proof.first_unsigned();
    result.newest = proof.newest();
    result.first_sha256 = proof.first_sha256();
    result.signed_count = proof.signed_count();
    result.strays = std::move(listing.strays);
    for (const auto& journal : runs.find_journals())
        (journal.alive ? result.alive : result.dead).push_back(journal.run_id);
    return result;
}

}  // namespace salve::io
