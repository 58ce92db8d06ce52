#include "base/redact.hpp"

#include <doctest/doctest.h>

#include <random>

#include "base/digest.hpp"

using namespace salve::base;

namespace {

const Redactor redactor("key of this run");

std::string tag(const std::string& kind, const std::string& secret) {
    return "<redacted:" + kind + "#" + hmac_sha256("key of this run", secret).substr(0, 4) + ">";
}

// "before [[kind|secret]] after": what goes in, and what must come out.
struct Case {
    std::string in;
    std::string out;
};
Case marked(std::string_view text) {
    Case c;
    while (true) {
        const std::size_t open = text.find("[[");
        c.in += text.substr(0, open);
        c.out += text.substr(0, open);
        if (open == std::string_view::npos) return c;
        const std::size_t bar = text.find('|', open);
        const std::size_t close = text.find("]]", open);
        const std::string kind(text.substr(open + 2, bar - open - 2));
        const std::string secret(text.substr(bar + 1, close - bar - 1));
        c.in += secret;
        c.out += tag(kind, secret);
        text = text.substr(close + 2);
    }
}

const std::string jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";
const std::string sha1 = "5f3a1c0d2e4b6a7988f7e6d5c4b3a29180716253";
const std::string sha256 = "3b4c2f7de0a1985c6d7e8f90123456789abcdef0fedcba98765432100a1b2c3d";

}  // namespace

TEST_CASE("Each kind of secret is taken out and its surroundings stay") {
    const std::string pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----";
    const std::string cases[] = {
        "key [[pem|" + pem + "]] read",
        "cut off [[pem|-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE]]",
        "x [[jwt|" + jwt + "]] y",
        "cut [[jwt|eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0]] y",
        "Authorization: Bearer [[header|abc.def-123]] failed with 401",
        "authorization: basic [[header|dXNlcjpwYXNz]]",
        "\"Authorization\": \"Bearer [[header|abcdef]]\", \"x\": 1",
        "Proxy-Authorization=[[header|s3cr3t]] x",
        "Authorization: Digest [[header|username=a, response=b]]",
        "sent bearer [[header|0123456789abcdef0123]] to it",
        "sent Basic [[header|dXNlcjpwYXNzd29yZA==]] to it",
        "Post \"https://[[url|app:hunter2]]@db.example/x\": refused",
        "postgres://[[url|app:p@ss]]@db:5432/x?sslmode=off",
        "amqp://[[url|app:pa/ss]]@mq:5672",
        "https://[[url|x0123456789abcdefghij]]@git.example/x.git",
        "https://hooks.slack.com/services/[[url|T00/B00/xyz]] gave 404",
        "Set-Cookie: [[cookie|sid=abc; Path=/]]",
        "cookie: [[cookie|a=b; c=d]]",
        "{\"auths\":{\"r.example\":{\"auth\":\"[[kv|dXNlcjpwYXNz]]\"}}}",
        "password=[[kv|hunter2]], user=x",
        "DB_PASSWORD=[[kv|hunter2]] x",
        "MYSQL_PWD=[[kv|hunter2]]",
        "Server=db;Uid=sa;Pwd=[[kv|x9]];Encrypt=yes",
        "passphrase: [[kv|tr0ub4dor]]",
        "{\"password\": \"[[kv|my pass phrase]]\", \"user\": \"x\"}",
        "{\\\"password\\\":\\\"[[kv|hunter2]]\\\",\\\"msg\\\":\\\"hello\\\"}",
        "password='[[kv|with space]]' x",
        "api_key=[[kv|k1]] api-key: [[kv|k2]] apikey=[[kv|k3]]",
        "access_key=[[kv|k]] clientSecret: [[kv|k]] private-key=[[kv|k]]",
        "AWS_SECRET_ACCESS_KEY=[[kv|wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY]]",
        "connection_string=\"[[kv|Server=db;Password=x]]\"",
        "DSN=[[kv|app@tcp(db:3306)/x]]",
        "sas=[[kv|sv1]] sig: [[kv|abc%3D]]",
        "token: [[kv|abc123def]] rejected",
        "token=[[kv|server]] \"secret\": \"[[kv|required]]\"",
        "credential=[[kv|abc]] credentials=[[kv|def]]",
        "mysql --password=[[kv|hunter2]] -u root",
        "mysql --password [[flag|hunter2]] -u root",
        "[\"--token\",\"[[flag|hunter2]]\",\"--verbose\"]",
        "curl --auth=[[flag|u:p]] x",
        "id [[cloud|AKIAIOSFODNN7EXAMPLE]] [[cloud|ASIAIOSFODNN7EXAMPLE]]",
        "g [[cloud|AIzaSyA1234567890abcdefghijklmnopqrstuv]] x [[cloud|ya29.a0Af_x-y]]",
        "AccountName=x;AccountKey=[[kv|Zm9vYmFy==]];EndpointSuffix=y",
        "[[vcs|ghp_0123456789abcdefghijABCDEFGHIJ012345]]",
        "[[vcs|github_pat_11ABC_def]] [[vcs|glpat-abcdefghij0123456789]]",
        "[[service|xoxb-123-abc]] [[service|sk_live_abc123]] [[service|npm_0123456789abcdefghijABCDEFGHIJ012345]] "
        "[[service|dckr_pat_a-b]]",
        "random [[random|q3Jx7LmZ0pVtR8sKcN2wYbH5uEoD1fGaT6iXvM9e]] here",
        "random [[random|q3Jx7LmZ0pVtR8sKcN2w/YbH5uEoD1fGaT6iXvM9eA+Q3Jx7==]] here",
        "hex [[random|00f1e2d3c4b5a69788796a5b4c3d2e1f00112233445566778899aabb]] here",
        "base36 [[random|q3jx7lmz0pvtr8skcn2wybh5ueod1fgat6ixvm9e]] here",
    };
    for (const std::string& text : cases) {
        const Case c = marked(text);
        CHECK(redactor.text(c.in) == c.out);
        CHECK(redactor.text(c.out) == c.out);
    }
}

TEST_CASE("Where two kinds overlap the secret goes, whichever takes it") {
    for (const char* text :
         {"https://x/y?sig=SECRETSECRET&z=1", "Endpoint=sb://x/;SharedAccessKey=SECRETSECRET;x", "token=a.SECRETSECRET",
          "Authorization: SECRETSECRET", "password = \"SECRETSECRET", "PASSWORD:SECRETSECRET",
          "password=\xff\xfe"
          "SECRETSECRET"
          "\xff",
          "redis://:SECRETSECRET@cache:6379", "{\"auth\":\"SECRETSECRET\"}", "--from-literal=token=SECRETSECRET",
          "<redacted:kv#0000>https://u:SECRETSECRET@h", "password=<redacted:kv#0000>SECRETSECRET"}) {
        CAPTURE(text);
        CHECK(redactor.text(text).find("SECRETSECRET") == std::string::npos);
    }
}

TEST_CASE("Look-alikes stay as they are") {
    const std::string texts[] = {
        "",
        "Back-off restarting failed container sync in pod "
        "gauge-sync-644c49cfd4-l9f4b_injection-log(0b7a1c2d-3e4f-4a5b-8c6d-7e8f90a1b2c3)",
        "back-off 20s restarting failed container=import "
        "pod=manifest-import-5c8dfd48cc-rr7n8_pod-crashloop-exit0(<uid>)",
        "MountVolume.SetUp failed for volume \"tls\" : secret \"radar-tls\" not found",
        "Error: couldn't find key api-token in Secret pod-config-key-missing-secret/weather-login",
        "references non-existent secret key: password",
        "Unable to retrieve some image pull secrets (ais-registry-login); attempting to pull the image may not "
        "succeed.",
        "MountVolume.SetUp failed for volume \"kube-api-access-x\" : failed to fetch token: serviceaccounts \"x\" is "
        "forbidden",
        "invalid bearer token: expired",
        "pull access denied, repository does not exist or may require authorization: server message: "
        "insufficient_scope: authorization failed",
        "error mounting \"/x/kubernetes.io~configmap/conf\" to rootfs at \"/etc/passwd\": mount src=/x, "
        "dst=/etc/passwd: not a directory",
        "open /var/run/secrets/kubernetes.io/serviceaccount/token: input/output error",
        "failed to get secret: Get \"https://10.96.0.1:443/api/v1/namespaces/a/secrets/b\": dial tcp 10.96.0.1:443: "
        "connect: connection refused",
        "\"token\":null, \"secret\": false",
        "bearer authentication-configuration is wrong",
        "basic authentication failed",
        "SyntaxError: Unexpected token: } in JSON",
        "WWW-Authenticate: Bearer realm=\"https://auth.docker.io/token\",service=\"registry.docker.io\"",
        "failed to pull and unpack image \"docker.io/library/nginx:8.8\": failed to resolve reference: not found",
        "Pulling image \"registry.example.com:5000/team-a/very-long-service-name-for-tests/Api2Gateway@sha256:" +
            sha256 + "\"",
        "containerd://" + sha256,
        "failed to create task for container " + sha256,
        "sha256:" + sha256 +
            " sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
        "SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8",
        "commit " + sha1,
        "pod uid 0b7a1c2d-3e4f-4a5b-8c6d-7e8f90a1b2c3",
        "/var/lib/kubelet/pods/0b7a1c2d-3e4f-4a5b-8c6d-7e8f90a1b2c3/volumes/kubernetes.io~projected/"
        "kube-api-access-7xk2p/token",
        "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/Very/Long/Path/With/Many/Parts2/And/More",
        "com/example/shipping/OrderProcessingServiceImplementation2Factory",
        "Get "
        "\"http://very-long-service-name.some-namespace-here.svc.cluster.local:8080/api/v1/namespaces/"
        "some-namespace-here/things\": dial tcp",
        "http://registry:4873/@scope/package",
        "https://[fd00::1]:6443/api@x",
        "ssh://git@github.com/x/y",
        "mailto: see someone@example.com",
        "deployment-with-a-very-long-name-0123456789-that-goes-on-and-on-7d4b9c6f5-abcde",
        "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "sig=11 exit SIG: 9",
        "design: a config: b kansas: c",
        "--token=$(TOKEN) --password=${DB_PASSWORD}",
        "password=**** token: <none>",
        "--tls-private-key=/etc/tls/tls.key",
        "PWD=/app",
        "0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available",
        "pods \"x\" is forbidden: exceeded quota: pier-pods, requested: pods=1, used: pods=3, limited: pods=3",
        "disk-pressure-monitoring-task-0123456789",
        std::string(300, '-'),
        std::string(64, '0') + std::string(30, '0'),
        "====================================================",
        "a3f1 <redacted:kv#12ab> password=<redacted:kv#12ab> https://<redacted:url#0000>@x Authorization: Bearer "
        "<redacted:header#0000>",
        "--token <redacted:flag#12ab> \"password\": \"<redacted:kv#12ab>\" Cookie: <redacted:cookie#0a0a>",
    };
    const Redactor fresh("k");
    for (const std::string& text : texts) CHECK(fresh.text(text) == text);
    CHECK(fresh.count() == 0);
}

TEST_CASE("Tags compare within a run and not across runs") {
    const Redactor one("1");
    const Redactor two("2");
    CHECK(one.text("password=abc") == one.text("password=abc"));
    CHECK(one.drop("kv", "abc") == one.drop("kv", "abc"));
    CHECK(one.drop("kv", "abc") != one.drop("kv", "abd"));
    CHECK(one.drop("kv", "abc") != two.drop("kv", "abc"));
    CHECK(is_redaction_tag(one.drop("kv", "abc")));
    CHECK_FALSE(is_redaction_tag("<redacted:kv#12ab> "));
    CHECK_FALSE(is_redaction_tag("<redacted:kv#12AB>"));
    CHECK(one.count() == 8);
    CHECK(one.text("nothing here") == "nothing here");
    CHECK(one.count() == 8);
}

TEST_CASE("E-mail and card numbers only when asked") {
    const std::string text = "mail a.b@example.com card 4111 1111 1111 1111 not 4111 1111 1111 1112";
    CHECK(redactor.text(text) == text);
    const Redactor strict("key of this run", Personal::redact);
    CHECK(strict.text(text) == "mail " + tag("email", "a.b@example.com") + " card " +
                                   tag("card", "4111 1111 1111 1111") + " not 4111 1111 1111 1112");
    CHECK(strict.text("378282246310005") == tag("card", "378282246310005"));
}

TEST_CASE("Long hostile text takes linear time") {
    for (const char* piece : {"password=", "-----BEGIN A-----", "eyJaaaaaaaa.", "a://b:", "token: token: ", "\"",
                              "\\\"", "Aa0", "cookie:", "--token "}) {
        std::string text;
        while (text.size() < 200'000) text += piece;
        const std::string once = redactor.text(text);
        CHECK(redactor.text(once) == once);
    }
}

// What is seen at a glance of a digest that stands alone must be what the rules say of one beside a space.
TEST_CASE("a digest alone is left as one in a sentence is, and as many digits more or fewer are not") {
    std::mt19937 random(20261127);
    for (const auto personal : {Personal::keep, Personal::redact}) {
        const Redactor own("key", personal);
        for (int round = 0; round < 2000; ++round) {
            std::string digits;
            for (const std::size_t size : {40U, 64U}) {
                while (digits.size() < size) digits += "0123456789abcdef"[random() % (round % 2 == 0 ? 16 : 10)];
                CHECK(own.text(digits) == digits);
                CHECK(own.text(digits + " ") == digits + " ");
            }
        }
        for (const std::size_t size : {41U, 63U, 65U}) {
            std::string digits;
            while (digits.size() < size) digits += "0123456789abcdef"[random() % 16];
            CHECK(own.text(digits) != digits);
        }
    }
}
