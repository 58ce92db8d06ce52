#include "audit/head.hpp"
#include "audit/head_note.hpp"
#include "audit/record_name.hpp"
#include "audit/signature.hpp"
#include "base/error.hpp"
#include "targets.hpp"
#include "unit/audit/key_builders.hpp"

namespace salve::fuzz {
namespace {

constexpr std::string_view record_bytes = "{}\n";  // what the envelope of the corpus is over

const audit::VerifyKey& public_key() {
    static const audit::VerifyKey key(test::public_pem(test::rfc8032[0]), "key");
    return key;
}

void a_note_reads_back(std::string_view bytes) try {
    const auto note = audit::parse_head_note(bytes, "fuzz");
    require(audit::parse_head_note(to_text(note), "again") == note, "a note reads back");
    const bool good = verify(note, public_key());
    require(!good || note.signature->keyid == public_key().keyid(), "a good note is signed with the key");
} catch (const base::Error& error) {
    require(error.kind() == base::ErrorKind::usage, "what is no note is a mistake of the user");
}

void an_envelope_is_over_the_record(std::string_view bytes) {
    using State = audit::SignatureState;
    const auto state = check_envelope(bytes, record_bytes, public_key());
    require((state == State::malformed) == !audit::signer_of(bytes).has_value(), "an envelope has a signer");
    if (state != State::good) return;
    require(check_envelope(bytes, "{} \n", public_key()) == State::bad, "a signature is over these bytes only");
}

}  // namespace

// All that is read from small files and from names.
void head_note(std::string_view bytes) {
    a_note_reads_back(bytes);
    an_envelope_is_over_the_record(bytes);
    if (const auto head = audit::parse_head(bytes)) require(to_text(*head) == bytes, "HEAD has one spelling");
    if (const auto name = audit::parse_record_name(bytes)) require(to_text(*name) == bytes, "a name has one spelling");
}

}  // namespace salve::fuzz

SALVE_FUZZ_TARGET(head_note)
