// SHA-256 and HMAC-SHA256 by OpenSSL's libcrypto. Digests are 64 lower-case hex digits.
#pragma once
#include <memory>
#include <string>
#include <string_view>

namespace salve::base {

// All three throw Error(internal) when libcrypto refuses, which it does only out of memory or with a broken provider.
std::string sha256_hex(std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);

// The same digest over bytes that arrive in pieces.
class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;
    void add(std::string_view bytes);
    // The digest of everything added; afterwards the object is as new.
    std::string hex();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace salve::base
