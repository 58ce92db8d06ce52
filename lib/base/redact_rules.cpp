#include "base/redact_rules.hpp"

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/text.hpp"

namespace salve::base::redaction {
namespace {

// TAXONOMY section 4, in its order but for one change: what carries a name (a header, a key, a flag) comes before what
// is known by its shape alone, so that a value is replaced whole. The value of a key is quoted (also with escaped
// quotes, in JSON inside JSON) or ends at white space, a quote, a comma, a semicolon or a closing brace.
constexpr auto table = std::to_array<Rule>({
    {"pem", R"~((?s)-----BEGIN [A-Z0-9 ]{1,64}-----.*?(?:-----END [A-Z0-9 ]{1,64}-----|\z))~", "-", "-----|-----begin ",
     17},
    {"header",
     R"~((?i)(?P<k>authorization)\\*["']?\s*[:=]\s*\\*["']?(?:(?:digest|aws4-hmac-sha256)\s+([^\r\n"'\\]+)|)~"
     R"~((?:bearer|basic|token|negotiate|ntlm|apikey)\s+([^\s"',;\\]+)|([^\s"',;\\]+)))~",
     ":=", "authorization", 14, is_value},
    {"header", R"~((?i)\bbearer\s+([a-z0-9._~+/-]{16,}=*))~", " \t\n\v\f\r", "bearer", 23, has_digit},
    {"header", R"~((?i)\bbasic\s+([a-z0-9+/]{8,}={0,2}))~", " \t\n\v\f\r", "basic", 14, is_basic},
    {"cookie", R"~((?i)(?:set-)?cookie\\*["']?\s*:\s*\\*["']?([^\r\n"'\\]+))~", ":", "cookie", 8, is_value},
    {"url", R"~((?i)\b[a-z][a-z0-9+.-]*://([^\s/:@"'<>\[]*:[^\s/"'@]*(?:@[^\s/"'@]+)*)@)~", "@", "://", 6},
    {"url", R"~((?i)\b[a-z][a-z0-9+.-]*://([^\s/:@"'<>\[]*:[0-9]*[^\s0-9/"'@][^\s"'@]*)@)~", "@", "://", 6},
    {"url", R"~((?i)\b[a-z][a-z0-9+.-]*://([^\s/:@"'<>\[]{20,})@)~", "@", "://", 25},
    {"url",
     R"~((?i)(?:hooks\.slack\.com/(?:services|workflows|triggers)|discord(?:app)?\.com/api/webhooks)/([^\s"']+))~", "/",
     ".com/api/webhooks|discord|hooks.slack.com/workflows|hooks.slack.com/triggers|hooks.slack.com/services", 24},
    {"kv", R"~((?i)"(?P<k>auth)\\*"\s*:\s*\\*"([^"\\]+))~", ":", "\"auth", 9, is_value},
    {"kv",
     R"~((?i)(?P<k>pass(?:word|wd|phrase|code)?|[_;-]\s*pwd|secret|token|credential|(?:^|[^a-z])(?:dsn|sas|sig)|)~"
     R"~((?:api|access|account|auth|client|encryption|license|master|private|secret|session|shared|signing|ssh|storage)[-_]?key|)~"
     R"~(client[-_]?secret|conn(?:ection)?[-_]?string|conn(?:ection)?[-_]?str)\\*["']?\s*[:=]\s*)~"
     R"~((?:\\+"([^"\\]+)|"((?:[^"\\]|\\.)+)"|'([^']+)'|["']?([^\s"',;}]+)))~",
     ":=",
     "str|string|onn|secret|lient|storage|ssh|signing|shared|session|private|master|license|encryption|client|auth|api|"
     "account|access|key|pwd|sig|sas|dsn|credential|token|pass",
     5, is_key_value},
    {"kv", R"~((?i)(?P<k>credentials)=["']?([^\s"',;}]+))~", "=", "credentials=", 13, is_value},
    {"flag",
     R"~((?i)(?:^|[\s"'\[,(])--?[a-z0-9_.-]*(?P<k>password|passwd|token|secret|api-?key|auth|credentials?|dsn|conn))~"
     R"~((?:=|["',\s]+)["']?([^-\s"',\]][^\s"',\]]*))~",
     "-", "key|uth|conn|dsn|credential|token|secret|password|passwd", 6, is_value},
    {"jwt", R"~(eyJ[\w-]{8,}\.(?:[\w-]{8,}\.[\w-]*|eyJ[\w-]{8,})(?:\.[\w-]+)*)~", ".", "eyj", 21},
    {"cloud", R"~(\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|AIza[\w-]{35}|\bya29\.[\w-]+)~", "A.", "asia|akia|ya29.|aiza", 6},
    {"vcs", R"~(\bgh[pousr]_\w{36,}|\bgithub_pat_\w+|\bglpat-[\w-]{20,})~", "_-",
     "lpat-|ithub_pat_|hu_|hs_|hr_|hp_|ho_", 12},
    {"service", R"~(\bxox[abeprs]-[\w-]+|\b[sr]k_(?:live|test)_\w+|\bnpm_\w{36}|\bdckr_pat_[\w-]+)~", "_-",
     "dckr_pat_|npm_|sk_test_|sk_live_|rk_test_|rk_live_|xoxs-|xoxr-|xoxp-|xoxe-|xoxb-|xoxa-", 6},
    {"service", R"~(\bsk-(?:proj-|ant-[a-z0-9]+-)?[A-Za-z0-9_]{32,}|\bhvs\.[\w-]{24,}|\bSG\.[\w-]{16,}\.[\w-]{16,})~",
     "-.", "sg.|hvs.|sk-", 19},
    {"random", R"~([A-Za-z0-9+/_-]{40,}={0,2})~", "", "", 40, is_random, false, 40},
    {"email", R"~((?i)\b[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}\b)~", "@", "", 5, nullptr, true},
    {"card", R"~(\b[3-6][0-9]{3}(?:[ -]?[0-9]{4}){2}[ -]?[0-9]{1,7}\b)~", "0123456789", "", 13, is_card, true},
    {"card", R"~(\b3[47][0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{5}\b)~", "0123456789", "", 15, is_card, true},
});

// Bytes, not UTF-8: what is no UTF-8 must not end a secret early.
RE2::Options byte_options() {
    RE2::Options options(RE2::Latin1);
    options.set_log_errors(false);
    return options;
}

// Of texts with '|' between them.
std::vector<Word> split(std::string_view texts) {
    std::vector<Word> words;
    while (!texts.empty()) {
        const auto end = std::min(texts.find('|'), texts.size());
        words.emplace_back(std::string(texts.substr(0, end)));
        texts.remove_prefix(std::min(end + 1, texts.size()));
    }
    return words;
}

// By its lower five bits. What is no letter is taken for one: a pair may seem to be there that is not.
std::uint16_t pair_of(char first, char second) {
    return static_cast<std::uint16_t>((static_cast<unsigned char>(first) & 31U) << 5 |
                                      (static_cast<unsigned char>(second) & 31U));
}

// For each byte, whether it is one of those that make a run.
constexpr std::array<bool, 256> in_run = [] {
    std::array<bool, 256> is{};
    for (unsigned char byte = 0; byte < 128; ++byte)
        is[byte] = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
                   byte == '+' || byte == '/' || byte == '_' || byte == '-';
    return is;
}();

}  // namespace

std::span<const Rule> rules() { return table; }

Word::Word(std::string word) : text(std::move(word)) {
    for (std::size_t at = 1; at < text.size(); ++at) pairs.push_back(pair_of(text[at - 1], text[at]));
}

Glance::Glance(std::string_view text) : text_(text) {
    char before = '\0';
    std::size_t run = 0;
    for (const char byte : text) {
        bytes_[static_cast<unsigned char>(byte)] = true;
        pairs_[pair_of(before, byte)] = true;
        before = byte;
        run = in_run[static_cast<unsigned char>(byte)] ? run + 1 : 0;
        longest_run_ = std::max(longest_run_, run);
    }
}

bool Glance::has(const Word& word) const {
    if (!std::all_of(word.pairs.begin(), word.pairs.end(), [&](std::uint16_t pair) { return pairs_[pair]; }))
        return false;
    if (lower_.empty()) lower_ = lower_ascii(text_);
    return lower_.find(word.text) != std::string::npos;
}

bool Glance::has_any(std::string_view bytes) const {
    return bytes.empty() ||
           std::any_of(bytes.begin(), bytes.end(), [&](char byte) { return bytes_[static_cast<unsigned char>(byte)]; });
}

bool Glance::allows(const CompiledRule& rule) const {
    return text_.size() >= rule.rule.shortest && longest_run_ >= rule.rule.run && has_any(rule.rule.needs) &&
           (rule.words.empty() ||
            std::any_of(rule.words.begin(), rule.words.end(), [&](const Word& word) { return has(word); }));
}

CompiledRule::CompiledRule(const Rule& its_rule) : rule(its_rule), words(split(its_rule.words)) {}

void CompiledRule::compile() const {
    std::call_once(once_, [this] {
        regex_ = std::make_unique<RE2>(re2::StringPiece(rule.pattern.data(), rule.pattern.size()), byte_options());
        if (!regex_->ok())
            throw Error(ErrorKind::internal, "redaction pattern does not compile: " + std::string(rule.pattern));
        const auto found = regex_->NamedCapturingGroups().find("k");
        if (found != regex_->NamedCapturingGroups().end()) keyword_group_ = found->second;
    });
}

const RE2& CompiledRule::regex() const {
    compile();
    return *regex_;
}

int CompiledRule::keyword_group() const {
    compile();
    return keyword_group_;
}

const std::deque<CompiledRule>& compiled() {
    static const std::deque<CompiledRule> once(table.begin(), table.end());
    return once;
}

}  // namespace salve::base::redaction
