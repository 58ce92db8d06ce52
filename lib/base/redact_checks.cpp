// Second thoughts about a match: prose, placeholders and paths that stand where a secret would.
#include <algorithm>
#include <string>

#include "base/redact_rules.hpp"
#include "base/text.hpp"

namespace salve::base::redaction {
namespace {

constexpr std::string_view digits = "0123456789";

// No secrets wherever they stand.
constexpr std::string_view literals = " empty false nil none null true undefined unset ";

// What stands after "token: " in prose and tells why something failed. Only after a space: "token=server" is a value.
constexpr std::string_view prose =
    " a an and at authentication authorization bad can can't cannot claims configmap connection context could "
    "couldn't denied dial does error expected expired failed failure file flag for forbidden from get has "
    "have illegal in incorrect insufficient internal invalid is it key length lookup malformed mismatch "
    "missing must namespaces no not open option optional or permission pod pods post put read refused "
    "required rpc secret secrets server serviceaccount serviceaccounts should signature stat that the this "
    "timeout to token too unable unauthorized unexpected unknown unsupported verification was will with write "
    "wrong x509 ";

// Lists of words are separated by spaces, with one at both ends.
bool is_among(std::string_view list, const std::string& word) {
    return word.find(' ') == std::string::npos && list.find(" " + word + " ") != std::string_view::npos;
}

bool is_prose(const Match& match) {
    std::string_view value = match.value();
    while (!value.empty() && std::string_view(".:)").find(value.back()) != std::string_view::npos)
        value.remove_suffix(1);
    const std::string word = lower_ascii(value);
    if (is_among(literals, word)) return true;
    const bool after_space = match.at > 0 && match.text[match.at - 1] == ' ';
    return after_space && is_among(prose, word);
}

// `open "/etc/passwd": input/output error`: a file of that name, and why it could not be used.
bool ends_path(const Match& match) {
    if (match.keyword.empty()) return false;
    const auto begin = static_cast<std::size_t>(match.keyword.data() - match.text.data());
    if (begin == 0 || match.text[begin - 1] != '/') return false;
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

}  // namespace

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

}  // namespace salve::base::redaction
