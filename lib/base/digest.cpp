#include "base/digest.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <climits>

#include "base/error.hpp"

namespace salve::base {
namespace {

constexpr std::size_t digest_bytes = 32;
using Digest = std::array<unsigned char, digest_bytes>;

std::string to_hex(const Digest& digest) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    hex.reserve(2 * digest.size());
    for (unsigned char byte : digest) {
        hex += digits[byte >> 4];
        hex += digits[byte & 0xF];
    }
    return hex;
}

void require(bool done, const char* what) {
    if (!done) throw Error(ErrorKind::internal, std::string("libcrypto failed: ") + what);
}

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
    void start() const { require(EVP_DigestInit_ex(context, EVP_sha256(), nullptr) == 1, "EVP_DigestInit_ex"); }
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
    Sha256 hash;
    hash.add(bytes);
    return hash.hex();
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
    Digest digest{};
    unsigned int size = 0;
    // A null key means "the key of before" to HMAC(): an empty one still needs an address.
    const char* key_data = key.empty() ? "" : key.data();
    require(key.size() <= INT_MAX, "key too long");
    require(HMAC(EVP_sha256(), key_data, static_cast<int>(key.size()),
                 reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data(), &size) != nullptr &&
                size == digest.size(),
            "HMAC");
    return to_hex(digest);
}

}  // namespace salve::base
