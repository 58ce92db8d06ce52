#include "base/redact_rules.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "base/error.hpp"
#include "base/text.hpp"

namespace salve::base::redaction {
namespace {

constexpr std::string_view digits = "0123456789";

// No secrets wherever they stand.
constexpr auto literals =
    std::to_array<std::string_view>({"empty", "false", "nil", "none", "null", "true", "undefined", "unset"});

// What stands after "token: " in prose and tells why something failed. Only after a space: "token=server" is a value.
constexpr auto prose = std::to_array<std::string_view>({"a",
                                                        "an",
                                                        "and",
                                                        "at",
                                                        "authentication",
                                                        "authorization",
                                                        "bad",
                                                        "can",
                                                        "can't",
                                                        "cannot",
                                                        "claims",
                                                        "configmap",
                                                        "connection",
                                                        "context",
                                                        "could",
                                                        "couldn't",
                                                        "denied",
                                                        "dial",
                                                        "does",
                                                        "error",
                                                        "expected",
                                                        "expired",
                                                        "failed",
                                                        "failure",
                                                        "file",
                                                        "flag",
                                                        "for",
                                                        "forbidden",
                                                        "from",
                                                        "get",
                                                        "has",
                                                        "have",
                                                        "illegal",
                                                        "in",
                                                        "incorrect",
                                                        "insufficient",
                                                        "internal",
                                                        "invalid",
                                                        "is",
                                                        "it",
                                                        "key",
                                                        "length",
                                                        "lookup",
                                                        "malformed",
                                                        "mismatch",
                                                        "missing",
                                                        "must",
                                                        "namespaces",
                                                        "no",
                                                        "not",
                                                        "open",
                                                        "option",
                                                        "optional",
                                                        "or",
                                                        "permission",
                                                        "pod",
                                                        "pods",
                                                        "post",
                                                        "put",
                                                        "read",
                                                        "refused",
                                                        "required",
                                                        "rpc",
                                                        "secret",
                                                        "secrets",
                                                        "server",
                                                        "serviceaccount",
                                                        "serviceaccounts",
                                                        "should",
                                                        "signature",
                                                        "stat",
                                                        "that",
                                                        "the",
                                                        "this",
                                                        "timeout",
                                                        "to",
                                                        "token",
                                                        "too",
                                                        "unable",
                                                        "unauthorized",
                                                        "unexpected",
                                                        "unknown",
                                                        "unsupported",
                                                        "verification",
                                                        "was",
                                                        "will",
                                                        "with",
                                                        "write",
                                                        "wrong",
                                                        "x509"});

bool is_prose(const Match& match) {
    std::string_view value = match.value();
    while (!value.empty() && std::string_view(".:)").find(value.back()) != std::string_view::npos)
        value.remove_suffix(1);
    const std::string word = lower_ascii(value);
    if (std::find(literals.begin(), literals.end(), word) != literals.end()) return true;
    const bool after_space = match.at > 0 && match.text[match.at - 1] == ' ';
    return after_space && std::find(prose.begin(), prose.end(), word) != prose.end();
}

// `open "/etc/passwd": input/output error`: a file of that name, and why it could not be used.
bool ends_path(const Match& match) {
    const auto begin = static_cast<std::size_t>(match.keyword.data() - match.text.data());
    if (match.keyword.empty() || begin == 0 || match.text[begin - 1] != '/') return false;
    const std::string_view between =
        match.text.substr(begin + match.keyword.size(), match.at - begin - match.keyword.size());
    return between == ": " || between == "\": " || between == "': ";
}

// "$(TOKEN)", "${TOKEN}", "****", "<none>", "…": stands for a value and is none.
bool is_placeholder(std::string_view value) {
    static const RE2 placeholder(
        R"(\$\([A-Z_][A-Z0-9_]*\)|\$\{[A-Z_][A-Z0-9_]*\}?|\*+|\.{3}|…|[<({\[\])}>|]+|<none>|<nil>)", RE2::Latin1);
    return RE2::FullMatch(re2::StringPiece(value.data(), value.size()), placeholder);
}

// "/etc/tls/tls.key": where the secret is, not what it is. Only under well-known roots, for base64 may begin with a
// slash.
bool is_path(std::string_view value) {
    static const RE2 path(
        R"(/(?:app|certs?|config|data|etc|home|mnt|opt|root|run|secrets|srv|tmp|usr|var)(?:/[A-Za-z0-9._-]{1,64})+)",
        RE2::Latin1);
    return RE2::FullMatch(re2::StringPiece(value.data(), value.size()), path);
}

bool is_value(const Match& match) {
    const std::string_view value = match.value();
    return !is_prose(match) && !is_placeholder(value) && !is_path(value) && !ends_path(match);
}

// "sig=11" and "sig: 9" are signals.
bool is_key_value(const Match& match) {
    const bool number = match.size <= 2 && match.value().find_first_not_of(digits) == std::string_view::npos;
    if (number && lower_ascii(match.keyword).ends_with("sig")) return false;
    return is_value(match);
}

// "bearer authentication" is prose; tokens have digits.
bool has_digit(const Match& match) { return match.value().find_first_of(digits) != std::string_view::npos; }

// "basic" is followed by credentials if they decode to printable text with a colon.
bool is_basic(const Match& match) {
    std::string decoded;
    unsigned bits = 0;
    int have = 0;
    for (char c : match.value()) {
        constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        const std::size_t digit = alphabet.find(c);
        if (digit == std::string_view::npos) break;
        bits = (bits << 6 | static_cast<unsigned>(digit)) & 0xFFFFU;
        have += 6;
        if (have < 8) continue;
        have -= 8;
        decoded += static_cast<char>(bits >> have & 0xFFU);
    }
    const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
    return decoded.find(':') != std::string::npos && std::all_of(decoded.begin(), decoded.end(), printable);
}

// Luhn: every second digit from the right counts double.
bool is_card(const Match& match) {
    int sum = 0;
    int place = 0;
    const std::string_view value = match.value();
    for (auto it = value.rbegin(); it != value.rend(); ++it) {
        if (*it < '0' || *it > '9') continue;
        const int digit = (*it - '0') * (place % 2 == 0 ? 1 : 2);
        sum += digit > 9 ? digit - 9 : digit;
        ++place;
    }
    return sum % 10 == 0;
}

// TAXONOMY section 4, in its order but for one change: what carries a name (a header, a key, a flag) comes before what
// is known by its shape alone, so that a value is replaced whole. The value of a key is quoted (also with escaped
// quotes, in JSON inside JSON) or ends at white space, a quote, a comma, a semicolon or a closing brace.
constexpr auto table = std::to_array<Rule>({
    {"pem", R"~((?s)-----BEGIN [A-Z0-9 ]{1,64}-----.*?(?:-----END [A-Z0-9 ]{1,64}-----|\z))~"},
    {"header",
     R"~((?i)(?P<k>authorization)\\*["']?\s*[:=]\s*\\*["']?(?:(?:digest|aws4-hmac-sha256)\s+([^\r\n"'\\]+)|)~"
     R"~((?:bearer|basic|token|negotiate|ntlm|apikey)\s+([^\s"',;\\]+)|([^\s"',;\\]+)))~",
     is_value},
    {"header", R"~((?i)\bbearer\s+([a-z0-9._~+/-]{16,}=*))~", has_digit},
    {"header", R"~((?i)\bbasic\s+([a-z0-9+/]{8,}={0,2}))~", is_basic},
    {"cookie", R"~((?i)(?:set-)?cookie\\*["']?\s*:\s*\\*["']?([^\r\n"'\\]+))~", is_value},
    {"url", R"~((?i)\b[a-z][a-z0-9+.-]*://([^\s/:@"'<>\[]*:[^\s/"'@]*(?:@[^\s/"'@]+)*)@)~"},
    {"url", R"~((?i)\b[a-z][a-z0-9+.-]*://([^\s/:@"'<>\[]*:[0-9]*[^\s0-9/"'@][^\s"'@]*)@)~"},
    {"url", R"~((?i)\b[a-z][a-z0-9+.-]*://([^\s/:@"'<>\[]{20,})@)~"},
    {"url",
     R"~((?i)(?:hooks\.slack\.com/(?:services|workflows|triggers)|discord(?:app)?\.com/api/webhooks)/([^\s"']+))~"},
    {"kv", R"~((?i)"(?P<k>auth)\\*"\s*:\s*\\*"([^"\\]+))~", is_value},
    {"kv",
     R"~((?i)(?P<k>pass(?:word|wd|phrase|code)?|[_;-]\s*pwd|secret|token|credential|(?:^|[^a-z])(?:dsn|sas|sig)|)~"
     R"~((?:api|access|account|auth|client|encryption|license|master|private|secret|session|shared|signing|ssh|storage)[-_]?key|)~"
     R"~(client[-_]?secret|conn(?:ection)?[-_]?string|conn(?:ection)?[-_]?str)\\*["']?\s*[:=]\s*)~"
     R"~((?:\\+"([^"\\]+)|"((?:[^"\\]|\\.)+)"|'([^']+)'|["']?([^\s"',;}]+)))~",
     is_key_value},
    {"kv", R"~((?i)(?P<k>credentials)=["']?([^\s"',;}]+))~", is_value},
    {"flag",
     R"~((?i)(?:^|[\s"'\[,(])--?[a-z0-9_.-]*(?P<k>password|passwd|token|secret|api-?key|auth|credentials?|dsn|conn))~"
     R"~((?:=|["',\s]+)["']?([^-\s"',\]][^\s"',\]]*))~",
     is_value},
    {"jwt", R"~(eyJ[\w-]{8,}\.(?:[\w-]{8,}\.[\w-]*|eyJ[\w-]{8,})(?:\.[\w-]+)*)~"},
    {"cloud", R"~(\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|AIza[\w-]{35}|\bya29\.[\w-]+)~"},
    {"vcs", R"~(\bgh[pousr]_\w{36,}|\bgithub_pat_\w+|\bglpat-[\w-]{20,})~"},
    {"service", R"~(\bxox[abeprs]-[\w-]+|\b[sr]k_(?:live|test)_\w+|\bnpm_\w{36}|\bdckr_pat_[\w-]+)~"},
    {"service", R"~(\bsk-(?:proj-|ant-[a-z0-9]+-)?[A-Za-z0-9_]{32,}|\bhvs\.[\w-]{24,}|\bSG\.[\w-]{16,}\.[\w-]{16,})~"},
    {"random", R"~([A-Za-z0-9+/_-]{40,}={0,2})~", is_random},
    {"email", R"~((?i)\b[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}\b)~", nullptr, true},
    {"card", R"~(\b[3-6][0-9]{3}(?:[ -]?[0-9]{4}){2}[ -]?[0-9]{1,7}\b)~", is_card, true},
    {"card", R"~(\b3[47][0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{5}\b)~", is_card, true},
});

// Bytes, not UTF-8: what is no UTF-8 must not end a secret early.
RE2::Options byte_options() {
    RE2::Options options(RE2::Latin1);
    options.set_log_errors(false);
    return options;
}

RE2::Options set_options() {
    RE2::Options options = byte_options();
    options.set_max_mem(64 << 20);
    return options;
}

}  // namespace

std::span<const Rule> rules() { return table; }

CompiledRules::CompiledRules() : set(set_options(), RE2::UNANCHORED) {
    const RE2::Options options = byte_options();
    for (const Rule& rule : table) {
        const re2::StringPiece pattern(rule.pattern.data(), rule.pattern.size());
        CompiledRule made{rule, std::make_unique<RE2>(pattern, options), 0};
        const auto found = made.regex->NamedCapturingGroups().find("k");
        if (found != made.regex->NamedCapturingGroups().end()) made.keyword_group = found->second;
        if (!made.regex->ok() || set.Add(pattern, nullptr) < 0)
            throw Error(ErrorKind::internal, "redaction pattern does not compile: " + std::string(rule.pattern));
        rules.push_back(std::move(made));
    }
    if (!set.Compile()) throw Error(ErrorKind::internal, "redaction patterns do not compile together");
}

const CompiledRules& compiled() {
    static const CompiledRules once;
    return once;
}

}  // namespace salve::base::redaction
