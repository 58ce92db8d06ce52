#include "audit/chain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "audit/record.hpp"
#include "audit/schema.hpp"
#include "audit/signature.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace salve::audit {
namespace {

using nlohmann::json;

Fault fault(const RecordName& name, Reason reason, std::string detail) {
    return {name.seq, to_text(name), reason, std::move(detail)};
}

const char* spelling = "it is not the one spelling of its content";

// The document, or why there is none.
std::optional<Fault> parse_record(const RecordName& name, std::string_view bytes, json& document) {
    try {
        document = base::parse_json(bytes, "record", base::ErrorKind::invalid_record, record_limits);
        if (base::canonical(document) + "\n" != bytes) return fault(name, Reason::not_canonical, spelling);
    } catch (const base::Error& error) {
        return fault(name, Reason::not_canonical, base::cut(base::visible(error.what()), 300));
    }
    return {};
}

bool continues(const json& chain, const Head& before) {
    const auto& prev = chain["prev"];
    if (before.seq == 0) return prev.is_null();
    return prev.is_object() && prev["seq"] == before.seq && prev["sha256"] == before.sha256;
}

}  // namespace

void sort_names(std::vector<RecordName>& names) {
    std::sort(names.begin(), names.end(), [](const RecordName& a, const RecordName& b) {
        return a.seq != b.seq ? a.seq < b.seq : to_text(a) < to_text(b);
    });
}

void leave_out_newer(std::vector<RecordName>& names, const std::optional<std::string>& head_before,
                     const std::optional<std::string>& head_after) {
    if (head_before == head_after) return;
    // A folder without records has no HEAD; one that cannot be read is a fault, and no reason to look at less.
    const auto head = head_before ? parse_head(*head_before) : Head{};
    if (!head) return;
    while (!names.empty() && names.back().seq > head->seq + 1) names.pop_back();
}

std::optional<Fault> ChainProof::expect(const RecordName& name, const RecordName* next) const {
    const auto wanted = newest_.seq + 1;
    if (name.seq > wanted)
        return Fault{wanted, "", Reason::missing, fmt::format("the next record that is there is {}", name.seq)};
    if (next && next->seq == name.seq)
        return fault(name, Reason::duplicate_seq, fmt::format("{} has the same number", to_text(*next)));
    return {};
}

std::optional<Fault> ChainProof::check(const RecordName& name, const FoundRecord& found) {
    if (!found.mode_fault.empty()) return fault(name, Reason::wrong_mode, found.mode_fault);
    const auto digest = base::sha256_hex(found.bytes);
    if (!digest.starts_with(name.digest12))
        return fault(name, Reason::edited, fmt::format("its bytes have the digest {}", digest));
    std::string signer;
    if (auto bad = check_content(name, found.bytes, signer)) return bad;
    if (auto bad = check_signature(name, found, signer)) {
        if (bad->reason != Reason::unsigned_record) return bad;
        if (!unsigned_) unsigned_ = std::move(bad);
    }
    before_newest_ = newest_;
    newest_ = {name.seq, digest};
    newest_name_ = to_text(name);
    if (name.seq == 1) first_sha256_ = digest;
    return {};
}

std::optional<Fault> ChainProof::check_content(const RecordName& name, std::string_view bytes,
                                               std::string& signer) const {
    json document;
    if (auto bad = parse_record(name, bytes, document)) return bad;
    if (const auto why = record_fault(document)) return fault(name, Reason::schema, *why);
    const auto& chain = document["chain"];
    if (!continues(chain, newest_))
        return fault(name, Reason::prev_mismatch,
                     newest_.seq == 0 ? "it names a record before the first"
                                      : fmt::format("record {} has the digest {}, not the one it names", newest_.seq,
                                                    newest_.sha256));
    const auto sealed = document["time"]["sealed_at"].get<std::string>();
    const bool named = chain["seq"] == name.seq && document["kind"] == name.kind &&
                       sealed.starts_with(base::to_rfc3339(name.sealed_at).substr(0, 19));
    if (!named) return fault(name, Reason::edited, "its name says another number, kind or time than its content");
    if (chain["signer"].is_string()) signer = chain["signer"].get<std::string>();
    return {};
}

std::optional<Fault> ChainProof::check_signature(const RecordName& name, const FoundRecord& found,
                                                 const std::string& signer) {
    const bool required = demand_.key && name.seq >= demand_.signed_from.value_or(1);
    if (!found.signature) {
        if (signer.empty() && !required) return {};
        return fault(name, Reason::unsigned_record,
                     signer.empty() ? "it has no signature" : "it says that it was signed, and its .sig is gone");
    }
    ++signed_;
    if (!demand_.key) return {};
    switch (check_envelope(*found.signature, found.bytes, *demand_.key)) {
        case SignatureState::good:
            return {};
        case SignatureState::wrong_key:
            if (!required) return {};
            return fault(name, Reason::bad_signature, "it is signed with another key");
        case SignatureState::bad:
            return fault(name, Reason::bad_signature, "the signature is not of these bytes");
        case SignatureState::malformed:
            break;
    }
    return fault(name, Reason::bad_signature, "its .sig is no signature that salve writes");
}

std::optional<Fault> ChainProof::finish(const std::optional<std::string>& text) const {
    if (!text) {
        if (newest_.seq <= 1) return {};  // the first record is sealed before there is a HEAD
        return Fault{newest_.seq, "HEAD", Reason::missing, "HEAD is not there"};
    }
    const auto head = parse_head(*text);
    if (!head) return Fault{newest_.seq, "HEAD", Reason::edited, "HEAD is not what salve writes"};
    if (head->seq > newest_.seq)
        return Fault{newest_.seq + 1, "", Reason::cut_tail,
                     fmt::format("HEAD knows of record {}, the newest that is there is {}", head->seq, newest_.seq)};
    if (*head == newest_ || *head == before_newest_) return {};
    const auto why = head->seq == newest_.seq || head->seq == before_newest_.seq
                         ? fmt::format("HEAD has another digest for record {}", head->seq)
                         : fmt::format("HEAD is at record {}, more than one behind", head->seq);
    return Fault{head->seq, head->seq == newest_.seq ? newest_name_ : "HEAD", Reason::edited, why};
}

}  // namespace salve::audit
