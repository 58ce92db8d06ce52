#include "base/digest.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <optional>

#include "base/error.hpp"
#include "base/hex.hpp"

namespace salve::base {
namespace {

constexpr std::size_t digest_bytes = 32;
using Digest = std::array<unsigned char, digest_bytes>;

void require(bool done, const char* what) {
    if (!done) throw Error(ErrorKind::internal, std::string("libcrypto failed: ") + what);
}

// Looked up once: EVP_sha256() is looked up for every text, which more than doubles the time of a short one.
const EVP_MD* algorithm() {
    static const EVP_MD* const once = EVP_MD_fetch(nullptr, "SHA256", nullptr);  // never freed
    require(once != nullptr, "EVP_MD_fetch");
    return once;
}

// HMAC() looks the algorithm up each time, which takes five times as long as the digest of a short text.
class Hmac {
public:
    Hmac() : context_(new_context()) { require(context_ != nullptr, "EVP_MAC_CTX_new"); }
    Hmac(const Hmac&) = delete;
    Hmac& operator=(const Hmac&) = delete;
    ~Hmac() { EVP_MAC_CTX_free(context_); }

    std::string of(std::string_view key, std::string_view bytes) {
        const bool same = key_ == key;
        if (!same) key_.reset();
        // A null key means "the key of before": an empty one still needs an address.
        const char* data = key.empty() ? "" : key.data();
        char name[] = "SHA256";
        const OSSL_PARAM digest_name[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                                          OSSL_PARAM_construct_end()};
        require(EVP_MAC_init(context_, same ? nullptr : as_bytes(data), same ? 0 : key.size(),
                             same ? nullptr : digest_name) == 1,
                "EVP_MAC_init");
        if (!same) key_ = key;
        Digest digest{};
        std::size_t size = 0;
        require(EVP_MAC_update(context_, as_bytes(bytes.data()), bytes.size()) == 1, "EVP_MAC_update");
        require(EVP_MAC_final(context_, digest.data(), &size, digest.size()) == 1 && size == digest.size(),
                "EVP_MAC_final");
        return to_hex(digest);
    }

private:
    static const unsigned char* as_bytes(const char* text) { return reinterpret_cast<const unsigned char*>(text); }
    static EVP_MAC_CTX* new_context() {
        EVP_MAC* mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
        require(mac != nullptr, "EVP_MAC_fetch");
        EVP_MAC_CTX* made = EVP_MAC_CTX_new(mac);
        EVP_MAC_free(mac);  // the context keeps it
        return made;
    }
    EVP_MAC_CTX* context_;
    std::optional<std::string> key_;  // of the last text
};

}  // namespace

struct Sha256::State {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    State() {
        require(context != nullptr, "EVP_MD_CTX_new");
        start();
    }
    ~State() { EVP_MD_CTX_free(context); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    void start() const { require(EVP_DigestInit_ex(context, algorithm(), nullptr) == 1, "EVP_DigestInit_ex"); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::add(std::string_view bytes) {
    require(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1, "EVP_DigestUpdate");
}

std::string Sha256::hex() {
    Digest digest{};
    require(EVP_DigestFinal_ex(state_->context, digest.data(), nullptr) == 1, "EVP_DigestFinal_ex");
    state_->start();
    return to_hex(digest);
}

std::string sha256_hex(std::string_view bytes) {
    Digest digest{};
    require(EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, algorithm(), nullptr) == 1, "EVP_Digest");
    return to_hex(digest);
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
    static thread_local Hmac hmac;
    return hmac.of(key, bytes);
}

}  // namespace salve::base
