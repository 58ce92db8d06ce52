// Takes secrets out of cluster text before it is stored, printed or sent on (TAXONOMY section 4). Default: values go,
// names stay.
#pragma once
#include <atomic>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace salve::base {

// E-mail addresses and payment-card numbers are kept unless asked otherwise: a card's check digit fits one number in
// ten.
enum class Personal { keep, redact };

// Safe to share between threads. A secret becomes `<redacted:KIND#a1b2>`; the four digits are the start of
// HMAC-SHA256(key, secret), so that equal secrets stay recognisable within a run and say nothing outside of it. Such
// tags are never redacted again: text(text(x)) == text(x) for all x.
class Redactor {
public:
    explicit Redactor(std::string key, Personal personal = Personal::keep)
        : key_(std::move(key)), personal_(personal) {}

    // Free text: event and status messages, webhook denials, kubectl's stderr, patch bodies. Linear time; bytes that
    // are no UTF-8 pass through. Stays visible: image references, digests, uids, git shas (40 hex), container ids (64
    // hex), names, paths, URLs without userinfo, and references to a value instead of the value, such as $(TOKEN). A
    // bare secret of exactly 40 or 64 hex digits, without a key word before it, cannot be told from those and stays
    // visible too.
    std::string text(std::string_view message) const;

    // env[].value: a tag, unless is_open_env(name); then text(value). Empty stays empty.
    std::string env(std::string_view name, std::string_view value) const;

    // command, args, exec probes, hooks: text() for each, and the element after a bare flag such as `--token`.
    std::vector<std::string> args(const std::vector<std::string>& arguments) const;

    // Nothing for kubectl.kubernetes.io/last-applied-configuration (it repeats the whole object); a tag for keys with
    // "token", "secret" or "password"; for the rest text(), at most 256 bytes.
    std::optional<std::string> annotation(std::string_view key, std::string_view value) const;

    // httpGet.httpHeaders[].value: always a tag. Empty stays empty.
    std::string header(std::string_view value) const;

    // Lines of one log in their order: text() for each, at most 2 KiB a line. A PEM block over several lines goes whole
    // (each of its lines becomes a tag), also when the log starts or ends within it.
    std::vector<std::string> log_lines(const std::vector<std::string>& lines) const;

    // The tag for a value that must go; an empty value and a tag are returned as they are.
    std::string drop(std::string_view kind, std::string_view value) const;

    // How many values have been replaced so far.
    std::size_t count() const { return count_.load(std::memory_order_relaxed); }

private:
    bool pass(std::string& message) const;
    std::string key_;
    Personal personal_;
    mutable std::atomic<std::size_t> count_{0};
};

// May the value of this variable be shown? Only if the name's last word is known to be harmless (HOST, PORT, ADDR,
// ADDRESS, ENDPOINT, URL, URI, SERVICE, MODE, LEVEL, ENV, REGION, ZONE, TZ, ...: the table is in redact_fields.cpp) and
// no part of the name is PASS, PWD, SECRET, TOKEN, KEY, CREDENTIAL, AUTH, DSN, CERT, PRIVATE, COOKIE, SESSION, SALT or
// CONNECTION.
bool is_open_env(std::string_view name);

// `<redacted:KIND#a1b2>` and nothing else.
bool is_redaction_tag(std::string_view text);

}  // namespace salve::base
