// The keys of RFC 8032 section 7.1 as PEM, and small helpers around them.
#pragma once
#include <array>
#include <string>
#include <string_view>

#include "base/base64.hpp"
#include "base/error.hpp"

namespace salve::test {

inline std::string from_hex(std::string_view hex) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string bytes;
    for (std::size_t at = 0; at + 1 < hex.size(); at += 2)
        bytes += static_cast<char>(digits.find(hex[at]) << 4 | digits.find(hex[at + 1]));
    return bytes;
}

struct Rfc8032 {
    std::string_view seed, public_key, message, signature;
};

inline constexpr std::array<Rfc8032, 3> rfc8032{
    {{"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
      "655141438e7a100b"},
     {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
      "b00d291612bb0c00"},
     {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
      "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28d"
      "c027beceea1ec40a"}}};

inline std::string pem(const std::string& label, std::string_view der) {
    const std::string text = base::to_base64(der);
    std::string lines = "-----BEGIN " + label + "-----\n";
    for (std::size_t at = 0; at < text.size(); at += 64) lines += text.substr(at, 64) + "\n";
    return lines + "-----END " + label + "-----\n";
}

// RFC 8410: the fixed beginning of every Ed25519 key, and its 32 bytes.
inline std::string private_der(const Rfc8032& key) {
    return from_hex("302e020100300506032b657004220420") + from_hex(key.seed);
}
inline std::string public_der(const Rfc8032& key) {
    return from_hex("302a300506032b6570032100") + from_hex(key.public_key);
}
inline std::string private_pem(const Rfc8032& key) { return pem("PRIVATE KEY", private_der(key)); }
inline std::string public_pem(const Rfc8032& key) { return pem("PUBLIC KEY", public_der(key)); }

// What the call refuses, as "message | hint", and only as a mistake of the user; else nothing.
template <typename Call>
std::string refusal(const Call& call) {
    try {
        call();
    } catch (const base::Error& error) {
        if (error.kind() == base::ErrorKind::usage) return std::string(error.what()) + " | " + error.hint();
    }
    return "";
}

}  // namespace salve::test
