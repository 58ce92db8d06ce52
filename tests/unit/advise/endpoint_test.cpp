#include "advise/endpoint.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"

using namespace salve;
using namespace salve::advise;

namespace {

// What it is refused with; empty if it is taken.
std::string refusal(const std::string& text, bool allow_remote = false) {
    try {
        parse_endpoint(text, allow_remote);
        return "";
    } catch (const base::Error& error) {
        CHECK(error.kind() == base::ErrorKind::usage);
        return error.what();
    }
}

}  // namespace

TEST_CASE("endpoint: what is on this machine") {
    CHECK(parse_endpoint("http://127.0.0.1:11434", false) == Endpoint{false, "127.0.0.1", 11434, true});
    CHECK(parse_endpoint("http://127.0.0.1", false) == Endpoint{false, "127.0.0.1", 11434, true});
    CHECK(parse_endpoint("HTTP://LocalHost:80/", false) == Endpoint{false, "localhost", 80, true});
    CHECK(parse_endpoint("https://127.255.0.9:1", false) == Endpoint{true, "127.255.0.9", 1, true});
    CHECK(parse_endpoint("http://[::1]:65535", false) == Endpoint{false, "[::1]", 65535, true});
    CHECK(to_text(parse_endpoint("HTTPS://[::1]/", false)) == "https://[::1]:11434");
}

TEST_CASE("endpoint: elsewhere only if that is allowed") {
    for (const std::string host : {"10.0.0.7", "128.0.0.1", "0.0.0.0", "models.example.com", "localhost.example.com",
                                   "127.0.0.1.example.com", "[::]", "[::ffff:127.0.0.1]", "[fe80::1]", "x_1"}) {
        CAPTURE(host);
        const auto text = "http://" + host + ":11434";
        CHECK(refusal(text) == "the advisor's endpoint is not on this machine: " + host);
        CHECK(parse_endpoint(text, true) == Endpoint{false, host, 11434, false});
    }
}

TEST_CASE("endpoint: what is no endpoint, whatever is allowed") {
    for (const std::string text : {"",
                                   "127.0.0.1:11434",
                                   "localhost",
                                   "ftp://127.0.0.1",
                                   "file:///etc/passwd",
                                   "http:/127.0.0.1",
                                   "http://",
                                   "http:///",
                                   "http://:11434",
                                   "http://127.0.0.1:",
                                   "http://127.0.0.1:0",
                                   "http://127.0.0.1:65536",
                                   "http://127.0.0.1:99999999999",
                                   "http://127.0.0.1:-1",
                                   "http://127.0.0.1:+1",
                                   "http://127.0.0.1:011434",
                                   "http://127.0.0.1:11434:1",
                                   "http://127.0.0.1:11434//",
                                   "http://127.0.0.1:11434/api",
                                   "http://127.0.0.1:11434?x",
                                   "http://127.0.0.1:11434#x",
                                   "http://127.0.0.1\\x",
                                   "http://127.0.0.1 ",
                                   " http://127.0.0.1",
                                   "http://127.0.0.1\n",
                                   "http://127.1",
                                   "http://2130706433",
                                   "http://0x7f.0.0.1",
                                   "http://0x7f000001",
                                   "http://0177.0.0.1",
                                   "http://127.0.0.256",
                                   "http://127.0.0.1.",
                                   "http://.localhost",
                                   "http://-a",
                                   "http://a-",
                                   "http://a..b",
                                   "http://a%2eb",
                                   "http://[::1",
                                   "http://[]",
                                   "http://[::1]x",
                                   "http://[::1%25lo]",
                                   "http://[localhost]",
                                   "http://::1",
                                   "http://l\xc3\xb6"
                                   "calhost",
                                   "http://loc*lhost"}) {
        CAPTURE(text);
        CHECK_FALSE(refusal(text, true).empty());
        CHECK_FALSE(refusal(text, false).empty());
    }
    CHECK(refusal("http://" + std::string(64, 'a'), true) ==
          "the advisor's endpoint has a host that is no name and no address");
    const auto label = std::string(63, 'a') + ".";
    CHECK(refusal("http://" + label + label + label + std::string(61, 'a'), true).empty());
    CHECK_FALSE(refusal("http://" + label + label + label + std::string(62, 'a'), true).empty());
}

TEST_CASE("endpoint: a password is never repeated") {
    for (const std::string text : {"http://me:hunter2@127.0.0.1:11434", "hunter2@127.0.0.1", "http://hunter2@[::1]/",
                                   "http://x/hunter2@y", "ftp://a:hunter2@b", "http://a:hunter2@b c"}) {
        CAPTURE(text);
        const auto said = refusal(text, true);
        CHECK_FALSE(said.empty());
        CHECK(said.find("hunter2") == std::string::npos);
    }
}
