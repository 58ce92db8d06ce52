// Signatures over the exact bytes of a record: DSSE v1 with Ed25519, in a file beside the record. The algorithm is
// fixed here and never read from a file, so that a file cannot ask for a weaker one.
#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace salve::audit {

inline constexpr std::string_view run_payload_type = "application/vnd.salve.run.v1+json";

// A larger envelope is neither written nor read.
inline constexpr std::size_t max_envelope_bytes = std::size_t{4} << 20;

// What is signed: "DSSEv1" SP LEN(type) SP type SP LEN(body) SP body, lengths in decimal bytes. No two pairs of type
// and body have the same one.
std::string pae(std::string_view type, std::string_view body);

struct FreeKey {
    void operator()(evp_pkey_st* key) const;
};
using KeyHandle = std::unique_ptr<evp_pkey_st, FreeKey>;

// An Ed25519 private key.
class SigningKey {
public:
    // Takes a text with one unencrypted PKCS#8 block; what stands around the block is passed over. Anything else is
    // Error(usage) with `source` and the reason. Never asks for a passphrase.
    SigningKey(std::string_view pem, std::string_view source);
    // The SHA-256, in hex, of the public key as SubjectPublicKeyInfo DER.
    const std::string& keyid() const { return keyid_; }
    // 64 raw bytes over pae(payload_type, bytes); Error(internal) when libcrypto refuses.
    std::string sign(std::string_view payload_type, std::string_view bytes) const;

private:
    KeyHandle key_;
    std::string keyid_;
};

// An Ed25519 public key.
class VerifyKey {
public:
    // Takes a text with one SubjectPublicKeyInfo block, else Error(usage) as above. A private key is refused as well:
    // who only verifies should not hold it.
    VerifyKey(std::string_view pem, std::string_view source);
    const std::string& keyid() const { return keyid_; }
    // False for everything that is not such a signature by this key.
    bool verify(std::string_view payload_type, std::string_view bytes, std::string_view signature) const;

private:
    KeyHandle key_;
    std::string keyid_;
};

// A whole DSSE envelope with the record inside, so that any DSSE library can check it alone: canonical JSON and one
// LF. Error(internal) if it would be larger than max_envelope_bytes.
std::string envelope(const SigningKey& key, std::string_view record_bytes);

enum class SignatureState {
    good,       // a signature with the key's id verifies over exactly these bytes
    bad,        // there is one with the key's id, but none verifies or the envelope is about other bytes
    wrong_key,  // none has the key's id, whatever the envelope is about
    malformed,  // not an envelope of ours
};

// An envelope of ours is JSON with exactly the keys of envelope(), our payload type, strict base64, and 1 to 16
// signatures of 64 bytes, each with a keyid of 64 hex digits. White space and the order of keys are free. Hostile bytes
// give a state, never an exception.
SignatureState check_envelope(std::string_view sig_bytes, std::string_view record_bytes, const VerifyKey& key);

// The keyid of the first signature, as the file claims it; nothing if the envelope is malformed.
std::optional<std::string> signer_of(std::string_view sig_bytes);

}  // namespace salve::audit
