#include "audit/signature.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <nlohmann/json.hpp>
#include <set>

#include "base/digest.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "hostile.hpp"
#include "key_builders.hpp"

using namespace salve;
using namespace salve::audit;
using namespace salve::test;
using nlohmann::json;

// Failed checks name the state.
namespace salve::audit {
doctest::String toString(SignatureState state) {
    constexpr std::array<const char*, 4> words{"good", "bad", "wrong_key", "malformed"};
    return words[static_cast<std::size_t>(state)];
}
}  // namespace salve::audit

namespace {

constexpr std::string_view record = "{\"kind\":\"triage\"}\n";

const SigningKey& signing(std::size_t n = 0) {
    static const std::array<SigningKey, 2> keys{SigningKey(private_pem(rfc8032[0]), "a.pem"),
                                                SigningKey(private_pem(rfc8032[1]), "b.pem")};
    return keys[n];
}

const VerifyKey& verifying(std::size_t n = 0) {
    static const std::array<VerifyKey, 2> keys{VerifyKey(public_pem(rfc8032[0]), "a.pub"),
                                               VerifyKey(public_pem(rfc8032[1]), "b.pub")};
    return keys[n];
}

SignatureState check(const std::string& sig_bytes) { return check_envelope(sig_bytes, record, verifying()); }

json good_envelope() { return base::parse_json(envelope(signing(), record), "envelope"); }

SignatureState check(const json& document) { return check(document.dump()); }

json signature_of(std::size_t key, std::string_view type = run_payload_type, std::string_view bytes = record) {
    return {{"keyid", signing(key).keyid()}, {"sig", base::to_base64(signing(key).sign(type, bytes))}};
}

// The key's private half as PEM: PKCS#8, encrypted with a passphrase if there is one.
std::string to_private_pem(EVP_PKEY* key, const char* passphrase = nullptr) {
    BIO* bio = BIO_new(BIO_s_mem());
    const auto* cipher = passphrase != nullptr ? EVP_aes_256_cbc() : nullptr;
    const int size = passphrase != nullptr ? static_cast<int>(std::string_view(passphrase).size()) : 0;
    PEM_write_bio_PKCS8PrivateKey(bio, key, cipher, passphrase, size, nullptr, nullptr);
    char* data = nullptr;
    const long bytes = BIO_get_mem_data(bio, &data);
    std::string text(data, static_cast<std::size_t>(bytes));
    BIO_free(bio);
    return text;
}

std::string to_public_pem(EVP_PKEY* key) {
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PUBKEY(bio, key);
    char* data = nullptr;
    const long bytes = BIO_get_mem_data(bio, &data);
    std::string text(data, static_cast<std::size_t>(bytes));
    BIO_free(bio);
    return text;
}

// Ed25519 without DSSE around it: what RFC 8032 has vectors for.
std::string plain_signature(const Rfc8032& vector, std::string_view message) {
    const std::string seed = from_hex(vector.seed);
    EVP_PKEY* key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr,
                                                 reinterpret_cast<const unsigned char*>(seed.data()), seed.size());
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    std::string signature(64, '\0');
    std::size_t size = signature.size();
    EVP_DigestSignInit(context, nullptr, nullptr, nullptr, key);
    EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size,
                   reinterpret_cast<const unsigned char*>(message.data()), message.size());
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return signature;
}

std::string signing_refusal(const std::string& text) {
    return refusal([&] { SigningKey(text, "my.pem"); });
}
std::string verify_refusal(const std::string& text) {
    return refusal([&] { VerifyKey(text, "my.pub"); });
}

// Every document that is the good one with one value changed.
std::vector<json> with_each_value(const json& replacement) {
    std::vector<json> documents;
    for (const char* path :
         {"", "/payload", "/payloadType", "/signatures", "/signatures/0", "/signatures/0/keyid", "/signatures/0/sig"}) {
        auto document = good_envelope();
        document[json::json_pointer(path)] = replacement;
        documents.push_back(document);
    }
    return documents;
}

}  // namespace

TEST_CASE("the bytes that are signed are those of the DSSE protocol") {
    CHECK(pae("http://example.com/HelloWorld", "hello world") ==
          "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    CHECK(pae("", "") == "DSSEv1 0  0 ");
    CHECK(pae("t", std::string_view("\0\n", 2)) == std::string("DSSEv1 1 t 2 \0\n", 15));
    CHECK(pae("a b", "c") != pae("a", "b c"));
}

TEST_CASE("keys and signatures are those of RFC 8032") {
    for (const auto& vector : rfc8032) {
        CHECK(plain_signature(vector, from_hex(vector.message)) == from_hex(vector.signature));
        const SigningKey key(private_pem(vector), "k.pem");
        const VerifyKey other_half(public_pem(vector), "k.pub");
        CHECK(key.keyid() == base::sha256_hex(public_der(vector)));
        CHECK(other_half.keyid() == key.keyid());
        for (const std::string& body : {std::string(), from_hex(vector.message), std::string(100'000, 'x')}) {
            const auto signature = key.sign("type", body);
            CHECK(signature.size() == 64);
            CHECK(signature == plain_signature(vector, pae("type", body)));
            CHECK(other_half.verify("type", body, signature));
            CHECK_FALSE(other_half.verify("type", body + " ", signature));
            CHECK_FALSE(other_half.verify("typ", body, signature));
            CHECK_FALSE(other_half.verify("", pae("type", body), signature));
        }
        // A signature without DSSE around it is none of ours.
        CHECK_FALSE(other_half.verify("", from_hex(vector.message), from_hex(vector.signature)));
    }
}

TEST_CASE("a signature of another shape does not verify") {
    const auto signature = signing().sign("type", "body");
    for (std::size_t bytes = 0; bytes < 64; ++bytes)
        CHECK_FALSE(verifying().verify("type", "body", signature.substr(0, bytes)));
    CHECK_FALSE(verifying().verify("type", "body", signature + '\0'));
    CHECK_FALSE(verifying().verify("type", "body", std::string(64, '\0')));
    CHECK_FALSE(verifying(1).verify("type", "body", signature));
    for (std::size_t at = 0; at < 64 * 8; ++at) {
        auto flipped = signature;
        flipped[at / 8] = static_cast<char>(flipped[at / 8] ^ (1 << at % 8));
        CHECK_FALSE(verifying().verify("type", "body", flipped));
    }
}

TEST_CASE("S + L for S, the other spelling of the same signature, does not verify") {
    auto signature = signing().sign("type", "body");
    const auto order = from_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    unsigned carry = 0;
    for (std::size_t at = 0; at < order.size(); ++at) {
        carry += static_cast<unsigned char>(signature[32 + at]) + static_cast<unsigned char>(order[at]);
        signature[32 + at] = static_cast<char>(carry & 0xFF);
        carry >>= 8;
    }
    CHECK_FALSE(verifying().verify("type", "body", signature));
}

// Computed by the reference code of RFC 8032 section 6, not by libcrypto.
TEST_CASE("an envelope is this text, and good") {
    const auto text = envelope(signing(), record);
    CHECK(text ==
          "{\"payload\":\"eyJraW5kIjoidHJpYWdlIn0K\",\"payloadType\":\"application/vnd.salve.run.v1+json\","
          "\"signatures\":[{\"keyid\":\"06e3fd8fda29bb60ab59557de61edb0aecdb231134be30e75b455f8e1b792fa9\","
          "\"sig\":\"4Q36lnQjzEW05zb/o8+UqI1zEcucRUgO38BQf2rY8ba5aD1Vom+NGTFTGyly0d9Tbx9Z9VkNifJV61jgvpMUCg==\"}]}\n");
    CHECK(base::canonical(base::parse_json(text, "envelope")) + "\n" == text);
    CHECK(check(text) == SignatureState::good);
    CHECK(signer_of(text) == signing().keyid());
    for (const std::string& body : {std::string(), std::string("\0\xff\n", 3), std::string(1'000'000, '\xff')})
        CHECK(check_envelope(envelope(signing(), body), body, verifying()) == SignatureState::good);
}

TEST_CASE("an envelope that would be too large to be read is not written") {
    const std::string large(max_envelope_bytes / 4 * 3, 'x');
    CHECK_THROWS_AS(envelope(signing(), large), base::Error);
    const auto fits = large.substr(1000);
    CHECK(check_envelope(envelope(signing(), fits), fits, verifying()) == SignatureState::good);
}

TEST_CASE("another record or another key") {
    const auto text = envelope(signing(), record);
    CHECK(check_envelope(text, "{\"kind\":\"triagE\"}\n", verifying()) == SignatureState::bad);
    CHECK(check_envelope(text, record.substr(0, record.size() - 1), verifying()) == SignatureState::bad);
    CHECK(check_envelope(text, "", verifying()) == SignatureState::bad);
    CHECK(check_envelope(text, record, verifying(1)) == SignatureState::wrong_key);
    CHECK(check_envelope(text, "other", verifying(1)) == SignatureState::wrong_key);
    // A key that takes the name of ours is still not ours.
    auto posing = good_envelope();
    posing["signatures"][0]["sig"] = signature_of(1)["sig"];
    CHECK(check(posing) == SignatureState::bad);
}

// All 255 other values of every byte. Whatever is not detected must leave every value of the JSON as it was.
TEST_CASE("every changed byte of an envelope is detected, but for white space in place of the last one") {
    const auto text = envelope(signing(), record);
    const auto document = good_envelope();
    const auto keyid_at = text.find(signing().keyid());
    std::set<std::string> harmless;
    std::size_t wrong_keys = 0;
    for (std::size_t at = 0; at < text.size(); ++at)
        for (int value = 0; value < 256; ++value) {
            auto changed = text;
            changed[at] = static_cast<char>(value);
            if (changed == text) continue;
            const auto state = check(changed);
            if (state == SignatureState::wrong_key) ++wrong_keys;
            if (state == SignatureState::wrong_key && (at < keyid_at || at >= keyid_at + 64)) FAIL_CHECK(at);
            if (state != SignatureState::good) continue;
            if (base::parse_json(changed, "envelope") != document) FAIL_CHECK(at);
            harmless.insert(fmt::format("{} of {}: {}", at + 1, text.size(), value));
        }
    const auto last = fmt::format("{0} of {0}: ", text.size());
    CHECK(harmless == std::set<std::string>{last + "9", last + "13", last + "32"});
    CHECK(wrong_keys == 64 * 15);
}

TEST_CASE("an envelope that ends early is malformed") {
    const auto text = envelope(signing(), record);
    CHECK(check(text.substr(0, text.size() - 1)) == SignatureState::good);
    for (std::size_t bytes = 0; bytes + 1 < text.size(); ++bytes) {
        CHECK(check(text.substr(0, bytes)) == SignatureState::malformed);
        CHECK_FALSE(signer_of(text.substr(0, bytes)));
    }
}

TEST_CASE("the type of the payload cannot be swapped") {
    auto document = good_envelope();
    for (const char* type : {"application/vnd.salve.head.v1", "application/vnd.in-toto+json", "",
                             "application/vnd.salve.run.v1+json ", "Application/vnd.salve.run.v1+json"}) {
        document["payloadType"] = type;
        CHECK(check(document) == SignatureState::malformed);
        auto relabelled = good_envelope();
        relabelled["signatures"][0] = signature_of(0, type);
        CHECK(check(relabelled) == SignatureState::bad);
        // Truly signed by us, but as something else.
        relabelled["payloadType"] = type;
        CHECK(check(relabelled) == SignatureState::malformed);
    }
}

TEST_CASE("an envelope cannot choose the algorithm") {
    for (const char* key : {"alg", "algorithm", "cert", "x5c", "publicKey"}) {
        auto document = good_envelope();
        document["signatures"][0][key] = "none";
        CHECK(check(document) == SignatureState::malformed);
        document = good_envelope();
        document[key] = "none";
        CHECK(check(document) == SignatureState::malformed);
    }
    // The digest of the record, keyed with the public key, in place of a signature.
    auto document = good_envelope();
    const auto mac = from_hex(base::hmac_sha256(public_pem(rfc8032[0]), pae(run_payload_type, record)));
    document["signatures"][0]["sig"] = base::to_base64(mac);
    CHECK(check(document) == SignatureState::malformed);
    document["signatures"][0]["sig"] = base::to_base64(mac + mac);
    CHECK(check(document) == SignatureState::bad);
}

TEST_CASE("the list of signatures") {
    const auto with = [](json signatures) {
        auto document = good_envelope();
        document["signatures"] = std::move(signatures);
        return document;
    };
    const json ours = signature_of(0), other = signature_of(1), broken = signature_of(0, run_payload_type, "x");
    CHECK(check(with(json::array())) == SignatureState::malformed);
    CHECK(check(with({other})) == SignatureState::wrong_key);
    CHECK(check(with({other, ours})) == SignatureState::good);
    CHECK(check(with({ours, other})) == SignatureState::good);
    CHECK(check(with({broken, ours})) == SignatureState::good);
    CHECK(check(with({broken, other})) == SignatureState::bad);
    CHECK(signer_of(with({other, ours}).dump()) == signing(1).keyid());
    CHECK(check(with(std::vector<json>(16, ours))) == SignatureState::good);
    CHECK(check(with(std::vector<json>(17, ours))) == SignatureState::malformed);
    CHECK(check(with(std::vector<json>(30'000, ours))) == SignatureState::malformed);
    CHECK(check(with({ours, "text"})) == SignatureState::malformed);
    for (const char* key : {"keyid", "sig"}) {
        auto stripped = ours;
        stripped.erase(key);
        CHECK(check(with({stripped})) == SignatureState::malformed);
        CHECK(check(with({ours, stripped})) == SignatureState::malformed);
    }
    for (const char* key : {"payload", "payloadType", "signatures"}) {
        auto stripped = good_envelope();
        stripped.erase(key);
        CHECK(check(stripped) == SignatureState::malformed);
    }
}

TEST_CASE("a keyid or base64 that is not spelled our way is malformed") {
    auto upper = good_envelope();
    upper["signatures"][0]["keyid"] = "06E3" + signing().keyid().substr(4);
    CHECK(check(upper) == SignatureState::malformed);
    for (const std::string& keyid :
         {std::string(), std::string("06e3"), signing().keyid() + "0", " " + signing().keyid()}) {
        auto document = good_envelope();
        document["signatures"][0]["keyid"] = keyid;
        CHECK(check(document) == SignatureState::malformed);
    }
    for (const char* path : {"/payload", "/signatures/0/sig"})
        for (const auto& change : {std::pair("$", "\n"), std::pair("$", "="), std::pair("$", "AAAA"),
                                   std::pair("^", " "), std::pair("^", "A")}) {
            auto document = good_envelope();
            auto& text = document[json::json_pointer(path)].get_ref<std::string&>();
            text.insert(*change.first == '^' ? 0 : text.size(), change.second);
            CHECK(check(document) != SignatureState::good);
        }
    auto loose = good_envelope();
    loose["signatures"][0]["sig"].get_ref<std::string&>()[85] = 'h';  // "g==" ends the same bytes as "h=="
    CHECK(check(loose) == SignatureState::malformed);
}

TEST_CASE("duplicate keys are malformed, whichever of them is right") {
    const auto text = envelope(signing(), record);
    const auto document = good_envelope();
    for (const char* key : {"payload", "payloadType", "signatures"})
        for (const json& value : {document[key], json("x"), json()}) {
            const auto pair = json(key).dump() + ":" + value.dump();
            CHECK(check("{" + pair + "," + text.substr(1)) == SignatureState::malformed);
            CHECK(check(text.substr(0, text.size() - 2) + "," + pair + "}\n") == SignatureState::malformed);
        }
    auto twice = text;
    twice.insert(twice.find("{\"keyid\"") + 1, "\"keyid\":\"x\",");
    CHECK(check(twice) == SignatureState::malformed);
    twice = text;
    twice.insert(1, "\"p\\u0061yload\":\"\",");
    CHECK(check(twice) == SignatureState::malformed);
}

TEST_CASE("bad input of every kind is malformed") {
    const auto text = envelope(signing(), record);
    const auto utf16 = [&] {
        std::string wide = "\xff\xfe";
        for (const char c : text) wide += {c, '\0'};
        return wide;
    };
    std::vector<std::string> bad{"",
                                 " ",
                                 "\n",
                                 "\xEF\xBB\xBF" + text,
                                 utf16(),
                                 std::string(1, '\0'),
                                 text + '\0',
                                 text + "x",
                                 text + text,
                                 "null",
                                 "true",
                                 "[]",
                                 "{}",
                                 "\"\"",
                                 "0",
                                 "-1",
                                 "2147483648",
                                 "9007199254740992",
                                 "9007199254740993",
                                 "1e999",
                                 "-0",
                                 "1.0",
                                 "\"\\ud800\"",
                                 "\"\xff\"",
                                 "\"\xc0\xaf\"",
                                 "{\"\\ud800\":0}",
                                 "\r\n",
                                 "NaN",
                                 "{'payload':1}",
                                 "[" + text + "]",
                                 "// c\n" + text,
                                 std::string(100 << 20, ' '),
                                 "\"" + std::string(100 << 20, 'x') + "\"",
                                 text + std::string(4 << 20, ' ')};
    for (const std::size_t depth : {8, 9, 33, 1'000, 100'000}) {
        bad.push_back(std::string(depth, '['));
        bad.push_back(std::string(depth, '[') + std::string(depth, ']'));
        std::string objects;
        for (std::size_t level = 0; level < depth; ++level) objects += "{\"payload\":";
        bad.push_back(objects + "0" + std::string(depth, '}'));
    }
    std::string elements = "[0";
    for (int n = 1; n < 1'000'000; ++n) elements += ",0";
    bad.push_back(elements + "]");
    for (const auto& one : bad) {
        INFO(base::visible(base::cut(one, 80)));
        CHECK(check(one) == SignatureState::malformed);
        CHECK_FALSE(signer_of(one));
    }
    for (const json& value : {json(), json(true), json(0), json(-1), json(2147483648), json(9007199254740993),
                              json(1.0), json("v1 "), json("../../etc/passwd"), json("/etc/passwd"), json::array(),
                              json::object(), json(std::string("\0\x1b[2J", 5))})
        for (const auto& document : with_each_value(value)) CHECK(check(document) == SignatureState::malformed);
}

TEST_CASE("white space and the order of keys are free, line ends as well") {
    auto text = good_envelope().dump(4);
    CHECK(check(text) == SignatureState::good);
    for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2) text.insert(at, "\r");
    CHECK(check("\r\n" + text) == SignatureState::good);
    const auto document = good_envelope();
    CHECK(check("{\"signatures\":" + document["signatures"].dump() +
                ",\"payloadType\":" + document["payloadType"].dump() + ",\"payload\":" + document["payload"].dump() +
                "}") == SignatureState::good);
}

TEST_CASE("hostile bytes in an envelope never throw and are never good") {
    tests::Hostile hostile(7);
    const auto text = envelope(signing(), record);
    for (int round = 0; round < 3'000; ++round) {
        auto changed = text;
        changed.insert(hostile.below(text.size()), "\x01" + hostile.text());
        CHECK(check(changed) == SignatureState::malformed);
        CHECK(check(hostile.text()) == SignatureState::malformed);
    }
}

TEST_CASE("other keys than Ed25519 are refused by name") {
    const auto refused_as = [](EVP_PKEY* key, const std::string& name) {
        CHECK(
            signing_refusal(to_private_pem(key)).starts_with("my.pem: expected an Ed25519 key, found " + name + " |"));
        CHECK(verify_refusal(to_public_pem(key)).starts_with("my.pub: expected an Ed25519 key, found " + name + " |"));
        EVP_PKEY_free(key);
    };
    refused_as(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{1024}), "RSA");
    refused_as(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), "EC");
    refused_as(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED448"), "ED448");
    refused_as(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519"), "X25519");
}

TEST_CASE("a key that libcrypto wrote is taken, an encrypted one refused without a question") {
    EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    const SigningKey made(to_private_pem(key), "my.pem");
    const VerifyKey other_half(to_public_pem(key), "my.pub");
    CHECK(made.keyid() == other_half.keyid());
    CHECK(check_envelope(envelope(made, record), record, other_half) == SignatureState::good);
    const auto encrypted = to_private_pem(key, "secret");
    CHECK(encrypted.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
    CHECK(
        signing_refusal(encrypted).starts_with("my.pem: the key is encrypted, and salve never asks for a passphrase | "
                                               "decrypt it"));
    CHECK(verify_refusal(encrypted).starts_with("my.pub: this is a private key"));
    EVP_PKEY_free(key);
    auto old_style = private_pem(rfc8032[0]);
    old_style.insert(old_style.find('\n') + 1, "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n");
    CHECK(signing_refusal(old_style).starts_with("my.pem: the key is encrypted"));
}

TEST_CASE("the wrong half of a key is refused") {
    CHECK(signing_refusal(public_pem(rfc8032[0])).starts_with("my.pem: this is a public key"));
    CHECK(verify_refusal(private_pem(rfc8032[0])) ==
          "my.pub: this is a private key, checking a signature needs the public one | write its public key with: "
          "openssl pkey -in KEY.pem -pubout -out KEY.pub");
}

TEST_CASE("what is no key is refused, and says why") {
    const auto both = [](const std::string& text, const std::string& why) {
        INFO(base::visible(base::cut(text, 80)));
        CHECK(signing_refusal(text).starts_with("my.pem: " + why));
        CHECK(verify_refusal(text).starts_with("my.pub: " + why));
    };
    const auto good = private_pem(rfc8032[0]);
    both("", "empty");
    both(" \n", "empty");
    both("{}", "no whole PEM block in it");
    both(std::string(3, '\0'), "no whole PEM block in it");
    both("\xEF\xBB\xBF", "no whole PEM block in it");
    both("-----BEGIN PRIVATE KEY-----\n!!!!\n-----END PRIVATE KEY-----\n", "no whole PEM block in it");
    both("-----BEGIN PRIVATE KEY-----\n-----END PUBLIC KEY-----\n", "no whole PEM block in it");
    both(std::string(16'385, 'x'), "larger than 16384 bytes");
    both(good + good, "more than one PEM block in it");
    both(good + public_pem(rfc8032[0]), "more than one PEM block in it");
    both(pem("CERTIFICATE", "x"), "expected a PEM block \"");
    CHECK(signing_refusal(pem("OPENSSH PRIVATE KEY", "x"))
              .starts_with("my.pem: expected a PEM block \"PRIVATE KEY\", found \"OPENSSH PRIVATE KEY\""));
    CHECK(signing_refusal(pem("PRIVATE KEY", "garbage")).starts_with("my.pem: the PEM block holds no key"));
    CHECK(verify_refusal(pem("PUBLIC KEY", "garbage")).starts_with("my.pub: the PEM block holds no key"));
    // One byte too many or too few.
    const auto secret = private_der(rfc8032[0]), open = public_der(rfc8032[0]);
    CHECK(signing_refusal(pem("PRIVATE KEY", secret + "x")).starts_with("my.pem: the PEM block holds no key"));
    CHECK(verify_refusal(pem("PUBLIC KEY", open + "x")).starts_with("my.pub: the PEM block holds no key"));
    for (std::size_t bytes = 0; bytes < secret.size(); ++bytes)
        CHECK_FALSE(signing_refusal(pem("PRIVATE KEY", secret.substr(0, bytes))).empty());
    for (std::size_t bytes = 0; bytes < open.size(); ++bytes)
        CHECK_FALSE(verify_refusal(pem("PUBLIC KEY", open.substr(0, bytes))).empty());
    // Cut anywhere before the mark that ends the block.
    for (std::size_t bytes = 0; bytes + 2 < good.size(); ++bytes)
        CHECK_FALSE(signing_refusal(good.substr(0, bytes)).empty());
}
