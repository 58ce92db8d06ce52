// The proof of the chain, one record after the other, in memory for one record (SAFETY 1.2, 1.5). Tamper-evident, not
// tamper-proof: somebody with the same uid who rewrites all of it is found out only by a key or a head note that was
// kept elsewhere.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/head.hpp"
#include "audit/record_name.hpp"
#include "base/names.hpp"

namespace salve::audit {

class VerifyKey;

// The one reason that is told of the first bad record.
enum class Reason {
    edited,           // its bytes are not those that its name, or HEAD, stands for
    missing,          // a number of the sequence has no record
    duplicate_seq,    // a number has two
    prev_mismatch,    // it does not continue the record before it
    not_canonical,    // not the one spelling of its content
    cut_tail,         // HEAD or a head note knows of a later record
    bad_signature,    // there is a signature, and it is wrong
    unsigned_record,  // there is none where one is required
    wrong_mode,       // it can be written to, is no regular file, or belongs to somebody else
    schema,           // not what run.schema.json allows
};
inline constexpr base::Names<Reason, 10> reason_names{{{Reason::edited, "edited"},
                                                       {Reason::missing, "missing"},
                                                       {Reason::duplicate_seq, "duplicate_seq"},
                                                       {Reason::prev_mismatch, "prev_mismatch"},
                                                       {Reason::not_canonical, "not_canonical"},
                                                       {Reason::cut_tail, "cut_tail"},
                                                       {Reason::bad_signature, "bad_signature"},
                                                       {Reason::unsigned_record, "unsigned"},
                                                       {Reason::wrong_mode, "wrong_mode"},
                                                       {Reason::schema, "schema"}}};

struct Fault {
    std::int64_t seq = 0;
    std::string file;  // where it was seen; empty for a record that is not there
    Reason reason = Reason::edited;
    std::string detail;  // one sentence, visible text
};

// One file as it was found.
struct FoundRecord {
    std::string mode_fault;  // why its mode, type or owner is wrong, or empty
    std::string bytes;
    std::optional<std::string> signature;  // bytes of the .sig beside it
};

struct Demand {
    const VerifyKey* key = nullptr;  // null: signatures are not checked, but one that is announced must be there
    std::optional<std::int64_t> signed_from;  // with a key: from this record on each must be signed; default 1
};

// Names in the order of their numbers, then of their text.
void sort_names(std::vector<RecordName>& names);

// For a proof during which others seal: content of HEAD before the folder was listed, and after. If it has moved, what
// was sealed since the first look is left out, but for the one record by which HEAD may lag.
void leave_out_newer(std::vector<RecordName>& names, const std::optional<std::string>& head_before,
                     const std::optional<std::string>& head_after);

class ChainProof {
public:
    // before: the record before the first one that is going to be checked, for a proof of the newest ones only; it is
    // believed. Without it the chain begins with record 1.
    explicit ChainProof(Demand demand = {}, Head before = {}) : demand_(demand), newest_(std::move(before)) {}

    // What the names alone tell of the next record: null if it is in its place. Call before check().
    std::optional<Fault> expect(const RecordName& name, const RecordName* next) const;
    // The content of the record that expect() let pass. A missing signature is kept for first_unsigned(): the rest of
    // the chain is still to be proven.
    std::optional<Fault> check(const RecordName& name, const FoundRecord& found);
    // After the last one. head: content of HEAD, nothing where there is none.
    std::optional<Fault> finish(const std::optional<std::string>& head) const;

    std::int64_t count() const { return newest_.seq; }
    const Head& newest() const { return newest_; }  // seq 0 before the first one
    const std::string& first_sha256() const { return first_sha256_; }
    std::int64_t signed_count() const { return signed_; }
    const std::optional<Fault>& first_unsigned() const { return unsigned_; }

private:
    std::optional<Fault> check_content(const RecordName& name, std::string_view bytes, std::string& signer) const;
    std::optional<Fault> check_signature(const RecordName& name, const FoundRecord& found, const std::string& signer);
    Demand demand_;
    Head newest_, before_newest_;
    std::optional<Fault> unsigned_;
    std::string first_sha256_, newest_name_;
    std::int64_t signed_ = 0;
};

}  // namespace salve::audit
