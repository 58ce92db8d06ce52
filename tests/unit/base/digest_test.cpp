#include "base/digest.hpp"

#include <doctest/doctest.h>

using namespace salve::base;

TEST_CASE("SHA-256 of the FIPS 180-2 examples") {
    CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(sha256_hex(std::string(1'000'000, 'a')) ==
          "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("In pieces it is the same digest, and the object can be used again") {
    const std::string text("one\0two", 7);
    for (std::size_t split = 0; split <= text.size(); ++split) {
        Sha256 hash;
        hash.add(text.substr(0, split));
        hash.add("");
        hash.add(text.substr(split));
        CHECK(hash.hex() == sha256_hex(text));
        CHECK(hash.hex() == sha256_hex(""));
        Sha256 moved = std::move(hash);
        moved.add("abc");
        CHECK(moved.hex() == sha256_hex("abc"));
    }
}

TEST_CASE("HMAC-SHA256 of RFC 4231") {
    CHECK(hmac_sha256(std::string(20, '\x0b'), "Hi There") ==
          "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    CHECK(hmac_sha256("Jefe", "what do ya want for nothing?") ==
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    CHECK(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First") ==
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    CHECK(hmac_sha256("", "") == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
    CHECK(hmac_sha256("", "x") != hmac_sha256("k", "x"));
    // The key of before is kept for the next text, and for that alone.
    const auto k = hmac_sha256("k", "x"), empty = hmac_sha256("", "x");
    CHECK(hmac_sha256("", "x") == empty);
    CHECK(hmac_sha256("k", "y") != k);
    CHECK(hmac_sha256("k", "x") == k);
    CHECK(hmac_sha256("", "x") == empty);
}
