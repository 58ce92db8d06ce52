#include <doctest/doctest.h>

#include "base/redact.hpp"
#include "base/utf8.hpp"

using namespace salve::base;

namespace {
const Redactor redactor("k");
bool gone(const std::string& shown) { return is_redaction_tag(shown); }
}  // namespace

TEST_CASE("Values of variables go unless the name is known to be harmless") {
    for (const char* name : {"DB_HOST", "HOST", "PORT", "QUEUE_ADDR", "QUEUE_ADDRESS", "S3_ENDPOINT", "OTEL_SERVICE",
                             "RUN_MODE", "LOG_LEVEL", "APP_ENV", "AWS_REGION", "ZONE", "TZ", "log_level", "db.host"}) {
        CAPTURE(name);
        CHECK(redactor.env(name, "value") == "value");
    }
    for (const char* name : {"DB_PASSWORD", "PASSWORD_HOST", "SECRET_PATH", "TOKEN_URL", "API_KEY", "KEY_PORT",
                             "AWS_CREDENTIALS_PATH", "AUTH_MODE", "DB_DSN", "DSN_URL", "FOO", "", "GHOST", "SUPPORT",
                             "MQ", "DATA", "TLS_CERT", "SESSION_ENDPOINT"}) {
        CAPTURE(name);
        CHECK(gone(redactor.env(name, "value")));
    }
    CHECK(redactor.env("FOO", "") == "");
    CHECK(redactor.env("DATABASE_URL", "postgres://db:5432/x") == "postgres://db:5432/x");
    CHECK(redactor.env("DATABASE_URL", "postgres://app:pw@db:5432/x") ==
          "postgres://" + redactor.drop("url", "app:pw") + "@db:5432/x");
    CHECK(redactor.env("API_URI", "http://x/?token=abc") == "http://x/?token=" + redactor.drop("kv", "abc"));
    CHECK(redactor.env("FOO", redactor.env("FOO", "value")) == redactor.env("FOO", "value"));
}

TEST_CASE("Arguments lose the values of secret flags, joined or apart") {
    using Args = std::vector<std::string>;
    CHECK(redactor.args({"serve", "--port", "80", "--password=x1", "--token", "t1", "--db-password", "--verbose",
                         "-secret", "s1", "--api-key", "$(KEY)"}) ==
          Args{"serve", "--port", "80", "--password=" + redactor.drop("kv", "x1"), "--token",
               redactor.drop("flag", "t1"), "--db-password", "--verbose", "-secret", redactor.drop("flag", "s1"),
               "--api-key", redactor.drop("flag", "$(KEY)")});
    CHECK(redactor.args({"sh", "-c", "mysql --password hunter2 -h db"}) ==
          Args{"sh", "-c", "mysql --password " + redactor.drop("flag", "hunter2") + " -h db"});
    CHECK(redactor.args({"--token"}) == Args{"--token"});
    CHECK(redactor.args({"--token", ""}) == Args{"--token", ""});
    CHECK(redactor.args({}).empty());
    const Args once = redactor.args({"--token", "t1", "--password=x1"});
    CHECK(redactor.args(once) == once);
}

TEST_CASE("Annotations are dropped, tagged, or cleaned and capped") {
    CHECK_FALSE(redactor.annotation("kubectl.kubernetes.io/last-applied-configuration", "{}"));
    CHECK(gone(*redactor.annotation("example.com/Access-Token", "abc")));
    CHECK(gone(*redactor.annotation("nginx.ingress.kubernetes.io/auth-secret", "ns/name")));
    CHECK(redactor.annotation("a/b", "password=x") == "password=" + redactor.drop("kv", "x"));
    CHECK(redactor.annotation("kubernetes.io/change-cause", "release 12") == "release 12");
    CHECK(redactor.annotation("a/b", std::string(256, 'x'))->size() == 256);
    // The cap never leaves half a tag behind.
    for (std::size_t lead = 200; lead < 260; ++lead) {
        const std::string shown =
            *redactor.annotation("a/b", std::string(lead, '.') + "password=secret1 " + std::string(100, '.'));
        CAPTURE(lead);
        CHECK(shown.size() <= 256);
        CHECK(shown.find("secret1") == std::string::npos);
        CHECK(redactor.text(shown) == shown);
        const std::size_t tag = shown.find("<redacted");
        if (tag != std::string::npos) CHECK(shown.find('>', tag) != std::string::npos);
    }
    CHECK(gone(redactor.header("Bearer x")));
    CHECK(redactor.header("").empty());
}

TEST_CASE("Log lines are cleaned, capped, and lose PEM blocks over several lines") {
    const std::vector<std::string> block{"-----BEGIN PRIVATE KEY-----",
                                         "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ",
                                         "c2hvcnQ=", "-----END PRIVATE KEY-----"};
    const auto shown_of = [&](std::vector<std::string> lines) { return redactor.log_lines(lines); };

    auto shown = shown_of({"start", block[0], block[1], block[2], block[3], "after password=x"});
    CHECK(shown[0] == "start");
    for (std::size_t i = 1; i <= 4; ++i) CHECK(gone(shown[i]));
    CHECK(shown[5] == "after password=" + redactor.drop("kv", "x"));

    shown = shown_of({"ready", block[1], block[2], block[3], "after"});  // the log starts within the block
    CHECK(shown[0] == "ready");
    CHECK((gone(shown[1]) && gone(shown[2]) && gone(shown[3])));
    CHECK(shown[4] == "after");

    shown = shown_of({"start", block[0], block[1], block[2]});  // and ends within it
    CHECK((gone(shown[1]) && gone(shown[2]) && gone(shown[3])));

    shown = shown_of({block[0], block[1], "fatal: cannot parse key"});
    CHECK((gone(shown[0]) && gone(shown[1])));
    CHECK(shown[2] == "fatal: cannot parse key");

    // Prefixes of the log, headers within the block, and a block on one line.
    shown = shown_of({"t1 | " + block[0], "t1 | Proc-Type: 4,ENCRYPTED", "t1 | ", "t1 | " + block[1],
                      "t1 | " + block[2], "t1 | " + block[3], "end"});
    for (std::size_t i = 0; i < 6; ++i) CHECK(gone(shown[i]));
    CHECK(shown[6] == "end");
    CHECK(shown_of({"k -----BEGIN X-----\\nabc\\n-----END X----- v"})[0] ==
          "k " + redactor.drop("pem", "-----BEGIN X-----\\nabc\\n-----END X-----") + " v");

    shown = shown_of({std::string(5000, 'x'), std::string(5000, '\xff'), ""});
    CHECK(shown[0].size() == 2048);
    CHECK(shown[0].ends_with("…"));
    CHECK(shown[1].size() <= 2048);
    CHECK(shown[2].empty());
    CHECK(redactor.log_lines(shown) == shown);
}
