#include "audit/signature.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/base64.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace salve::audit {
namespace {

using nlohmann::json;

constexpr std::size_t signature_bytes = 64;
constexpr std::size_t max_pem_bytes = std::size_t{16} << 10;
// Each costs a verification over the whole record.
constexpr std::size_t max_signatures = 16;
constexpr std::size_t max_elements = 100;  // more than so many signatures need

constexpr const char* how_to_make = "make a key with: openssl genpkey -algorithm ed25519 -out KEY.pem";
constexpr const char* how_to_publish = "write its public key with: openssl pkey -in KEY.pem -pubout -out KEY.pub";

struct FreeBio {
    void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
struct FreePkcs8 {
    void operator()(PKCS8_PRIV_KEY_INFO* info) const { PKCS8_PRIV_KEY_INFO_free(info); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

[[noreturn]] void refuse(std::string_view source, std::string_view reason, const char* hint = "") {
    throw base::Error(base::ErrorKind::usage, fmt::format("{}: {}", source, reason), hint);
}

void require(bool done, const char* what) {
    if (!done) throw base::Error(base::ErrorKind::internal, std::string("libcrypto failed: ") + what);
}

const unsigned char* unsigned_bytes(std::string_view bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

// One block of a PEM text. Its key bytes are wiped when it goes.
struct PemBlock {
    char* label = nullptr;
    char* headers = nullptr;
    unsigned char* der = nullptr;
    long size = 0;

    PemBlock() = default;
    PemBlock(const PemBlock&) = delete;
    PemBlock& operator=(const PemBlock&) = delete;
    ~PemBlock() {
        OPENSSL_free(label);
        OPENSSL_free(headers);
        OPENSSL_clear_free(der, static_cast<std::size_t>(size));
    }
    bool read(BIO* bio) { return PEM_read_bio(bio, &label, &headers, &der, &size) == 1; }
};

// Only takes the armour off: the readers of libcrypto that also decode would take other keys, and ask for passphrases.
void read_only_block(std::string_view pem, std::string_view source, PemBlock& block) {
    if (pem.size() > max_pem_bytes) refuse(source, fmt::format("larger than {} bytes", max_pem_bytes), how_to_make);
    if (base::trim(pem).empty()) refuse(source, "empty", how_to_make);
    const std::unique_ptr<BIO, FreeBio> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    require(bio != nullptr, "BIO_new_mem_buf");
    if (!block.read(bio.get())) refuse(source, "no whole PEM block in it", how_to_make);
    if (PemBlock second; second.read(bio.get())) refuse(source, "more than one PEM block in it");
}

std::string unexpected(const PemBlock& block, std::string_view wanted) {
    return fmt::format("expected a PEM block {}, found {}", base::quoted(wanted),
                       base::quoted(base::cut(block.label, 80)));
}

// Takes what the DER gave, or null.
KeyHandle require_ed25519(EVP_PKEY* decoded, std::string_view source) {
    KeyHandle key(decoded);
    if (!key) refuse(source, "the PEM block holds no key that can be read", how_to_make);
    if (EVP_PKEY_is_a(key.get(), "ED25519") != 1) {
        const char* name = EVP_PKEY_get0_type_name(key.get());
        refuse(source, fmt::format("expected an Ed25519 key, found {}", name != nullptr ? name : "another"),
               how_to_make);
    }
    return key;
}

EVP_PKEY* decode_private(const PemBlock& block) {
    const unsigned char* at = block.der;
    const std::unique_ptr<PKCS8_PRIV_KEY_INFO, FreePkcs8> info(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, block.size));
    return info && at == block.der + block.size ? EVP_PKCS82PKEY(info.get()) : nullptr;
}

EVP_PKEY* decode_public(const PemBlock& block) {
    const unsigned char* at = block.der;
    KeyHandle key(d2i_PUBKEY(nullptr, &at, block.size));
    return at == block.der + block.size ? key.release() : nullptr;
}

std::string keyid_of(EVP_PKEY* key) {
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(key, &der);
    require(size > 0, "i2d_PUBKEY");
    const std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return base::sha256_hex(bytes);
}

struct Signature {
    std::string keyid, bytes;
};

struct Envelope {
    std::string payload;
    std::vector<Signature> signatures;  // at least one
};

std::string strict_base64(const base::JsonView& view) {
    auto bytes = base::from_base64(view.text());
    if (!bytes) view.fail("expected base64");
    return *std::move(bytes);
}

Signature read_signature(const base::JsonView& view) {
    constexpr std::array<std::string_view, 2> known{"keyid", "sig"};
    view.only(known);
    Signature signature{view.at("keyid").text(), strict_base64(view.at("sig"))};
    const bool is_hex = signature.keyid.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!is_hex || signature.keyid.size() != 64) view.fail("expected a keyid of 64 hex digits");
    if (signature.bytes.size() != signature_bytes) view.fail("expected a signature of 64 bytes");
    return signature;
}

std::optional<Envelope> read_envelope(std::string_view sig_bytes) {
    constexpr std::array<std::string_view, 3> known{"payload", "payloadType", "signatures"};
    try {
        const json document = base::parse_json(sig_bytes, "signature", base::ErrorKind::invalid_record,
                                               {8, max_envelope_bytes, max_elements});
        const base::JsonView view(document, "signature", base::ErrorKind::invalid_record);
        view.only(known);
        if (view.at("payloadType").text() != run_payload_type) view.fail("another payload type");
        const auto items = view.at("signatures").items();
        if (items.empty() || items.size() > max_signatures) view.fail("expected 1 to 16 signatures");
        Envelope envelope{strict_base64(view.at("payload")), {}};
        for (const auto& item : items) envelope.signatures.push_back(read_signature(item));
        return envelope;
    } catch (const base::Error&) {
        return std::nullopt;
    }
}

}  // namespace

void FreeKey::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

std::string pae(std::string_view type, std::string_view body) {
    std::string encoded = fmt::format("DSSEv1 {} {} {} ", type.size(), type, body.size());
    encoded += body;
    return encoded;
}

SigningKey::SigningKey(std::string_view pem, std::string_view source) {
    PemBlock block;
    read_only_block(pem, source, block);
    const std::string_view label = block.label;
    // The headers of a PEM block serve nothing but its encryption.
    if (label == "ENCRYPTED PRIVATE KEY" || *block.headers != '\0')
        refuse(source, "the key is encrypted, and salve never asks for a passphrase",
               "decrypt it into a file that only you can read: (umask 077; openssl pkey -in KEY.pem -out PLAIN.pem)");
    if (label == "PUBLIC KEY") refuse(source, "this is a public key, signing needs the private one", how_to_make);
    if (label != "PRIVATE KEY") refuse(source, unexpected(block, "PRIVATE KEY"), how_to_make);
    key_ = require_ed25519(decode_private(block), source);
    keyid_ = keyid_of(key_.get());
}

std::string SigningKey::sign(std::string_view payload_type, std::string_view bytes) const {
    const std::string message = pae(payload_type, bytes);
    const Context context(EVP_MD_CTX_new());
    require(context != nullptr, "EVP_MD_CTX_new");
    // No digest: Ed25519 has its own.
    require(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1, "EVP_DigestSignInit");
    std::array<unsigned char, signature_bytes> signature{};
    std::size_t size = signature.size();
    require(EVP_DigestSign(context.get(), signature.data(), &size, unsigned_bytes(message), message.size()) == 1 &&
                size == signature.size(),
            "EVP_DigestSign");
    return {signature.begin(), signature.end()};
}

VerifyKey::VerifyKey(std::string_view pem, std::string_view source) {
    PemBlock block;
    read_only_block(pem, source, block);
    const std::string_view label = block.label;
    if (label.ends_with("PRIVATE KEY"))
        refuse(source, "this is a private key, checking a signature needs the public one", how_to_publish);
    if (label != "PUBLIC KEY") refuse(source, unexpected(block, "PUBLIC KEY"), how_to_publish);
    key_ = require_ed25519(decode_public(block), source);
    keyid_ = keyid_of(key_.get());
}

bool VerifyKey::verify(std::string_view payload_type, std::string_view bytes, std::string_view signature) const {
    if (signature.size() != signature_bytes) return false;
    const std::string message = pae(payload_type, bytes);
    const Context context(EVP_MD_CTX_new());
    require(context != nullptr, "EVP_MD_CTX_new");
    require(EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1, "EVP_DigestVerifyInit");
    return EVP_DigestVerify(context.get(), unsigned_bytes(signature), signature.size(), unsigned_bytes(message),
                            message.size()) == 1;
}

std::string envelope(const SigningKey& key, std::string_view record_bytes) {
    const json signature = {{"keyid", key.keyid()}, {"sig", base::to_base64(key.sign(run_payload_type, record_bytes))}};
    const json document = {{"payload", base::to_base64(record_bytes)},
                           {"payloadType", run_payload_type},
                           {"signatures", json::array({signature})}};
    std::string text = base::canonical(document) + "\n";
    if (text.size() > max_envelope_bytes)
        throw base::Error(base::ErrorKind::internal,
                          fmt::format("a record of {} bytes is too large to be signed", record_bytes.size()));
    return text;
}

SignatureState check_envelope(std::string_view sig_bytes, std::string_view record_bytes, const VerifyKey& key) {
    const auto envelope = read_envelope(sig_bytes);
    if (!envelope) return SignatureState::malformed;
    std::vector<Signature> ours;
    for (const auto& one : envelope->signatures)
        if (one.keyid == key.keyid()) ours.push_back(one);
    if (ours.empty()) return SignatureState::wrong_key;
    if (envelope->payload != record_bytes) return SignatureState::bad;
    const bool good = std::any_of(ours.begin(), ours.end(), [&](const Signature& one) {
        return key.verify(run_payload_type, record_bytes, one.bytes);
    });
    return good ? SignatureState::good : SignatureState::bad;
}

std::optional<std::string> signer_of(std::string_view sig_bytes) {
    const auto envelope = read_envelope(sig_bytes);
    if (!envelope) return std::nullopt;
    return envelope->signatures.front().keyid;
}

}  // namespace salve::audit
