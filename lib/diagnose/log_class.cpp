#include "diagnose/log_class.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <utility>

#include "diagnose/thresholds.hpp"

namespace salve::diagnose {
namespace {

bool has(std::string_view text, const re2::RE2& pattern) {
    return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), pattern);
}

bool is_exec_format(std::string_view line) {
    static const re2::RE2 pattern(
        R"((?i)^(?:.*standard_init_linux\.go:\d+: )?exec (?:user process caused|\S+)(?: "[^"]*")?: exec format error|)"
        R"(^\S*(?:sh|env|exec|tini|dumb-init)\b.*: exec format error|cannot execute binary file)");
    return has(line, pattern);
}

bool is_port_in_use(std::string_view line) {
    static const re2::RE2 pattern(
        R"((?i)address (?:is )?already in use|\bEADDRINUSE\b|\baddress in use\b|port \d+ (?:is |was )?already (?:in use|allocated|being used)|)"
        R"(port \d+ is (?:in use|not available)|only one usage of each socket address)");
    return has(line, pattern);
}

bool is_rbac(std::string_view line) {
    static const re2::RE2 pattern(R"(is forbidden: User \\?"system:serviceaccount:[^"]+" cannot )");
    return has(line, pattern);
}

bool is_tls(std::string_view line) {
    static const re2::RE2 pattern(
        R"((?i)x509: |certificate verify failed|CERTIFICATE_VERIFY_FAILED|certificate (?:has|is) expired|CERT_HAS_EXPIRED|)"
        R"(PKIX path (?:building|validation) failed|SSLHandshakeException|CertificateException|remote error: tls|tls: (?:bad|expired|failed|unknown|unsupported|first record|handshake|private key|certificate|no |protocol|invalid|illegal|received|internal error|access denied|unrecognized|server|client|cannot|could)|)"
        R"(self[- ]signed certificate|SELF_SIGNED_CERT|unable to get (?:local )?issuer cert|UNABLE_TO_(?:VERIFY|GET_ISSUER)|)"
        R"(unable to verify the first certificate|signed by unknown authority|SSL certificate problem|)"
        R"((?:tls|ssl) handshake (?:failed|error)|handshake[_ ]failure|wrong version number|certificate is not (?:yet )?valid|)"
        R"(certificate is valid for|ERR_TLS_CERT|SSLCertVerificationError|invalid peer certificate)");
    return has(line, pattern);
}

// An access log line carries other people's status codes.
bool is_access_log(std::string_view line) {
    static const re2::RE2 pattern(R"re("(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|CONNECT) \S+ HTTP/\d)re");
    return has(line, pattern);
}

bool is_auth(std::string_view line) {
    static const re2::RE2 pattern(
        R"((?i)password authentication failed|access denied for user|permission denied for (?:table|relation|schema|database|sequence|function|view|column|type|language|tablespace|foreign)|)"
        R"(permission denied to |role "[^"]*" does not exist|no pg_hba\.conf entry|\bNOAUTH\b|\bWRONGPASS\b|\bNOPERM\b|)"
        R"(SASL.{0,60}fail|invalid_client|invalid_grant|unauthorized_client|authentication (?:failed|failure|error|required)|)"
        R"(AuthenticationFailed|AuthenticationException|authentication unsuccessful|login failed for user|ACCESS_REFUSED|)"
        R"(bad credentials|invalid credentials|credentials? (?:are |is |has |have )?(?:invalid|expired|rejected)|)"
        R"(invalid (?:api[ _-]?key|access[ _-]?key|token|password|username or password)|incorrect (?:api key|password|username)|)"
        R"(InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidClientTokenId|AccessDenied|UnrecognizedClientException|)"
        R"(code = (?:Unauthenticated|PermissionDenied)|StatusCode\.(?:UNAUTHENTICATED|PERMISSION_DENIED)|not authorized (?:on|to|for)|)"
        R"(permission denied \(publickey|\b401\b.{0,4}unauthorized|unauthorized.{0,4}\b401\b|\b403\b.{0,4}forbidden|)"
        R"(http (?:error |status )?40[13]\b|^\s*code: 40[13]\b|status(?:[ _-]?code)?["']?\s*[:=]?\s*40[13]\b|returned error: 40[13]\b|\bunauthorized\b|)"
        R"(TOPIC_AUTHORIZATION_FAILED|topic authorization failed|not authorized to access)");
    // Java's exception for a refused path has the name of AWS' error for a refused call.
    return !is_access_log(line) && line.find("nio.file.AccessDenied") == std::string_view::npos && has(line, pattern);
}

bool is_disk(std::string_view line) {
    static const re2::RE2 pattern(
        R"((?i)no space left on device|\bENOSPC\b|disk quota exceeded|\bEDQUOT\b|not enough (?:free )?(?:disk )?space|)"
        R"(insufficient disk space|out of disk space|(?:disk|device|filesystem|database or disk) is full)");
    return has(line, pattern);
}

bool is_file_descriptors(std::string_view line) {
    static const re2::RE2 pattern(
        R"((?i)too many open files|\bEMFILE\b|\bENFILE\b|inotify.{0,60}(?:limit|instances|watches|failed)|user limit on .{0,40}inotify)");
    return has(line, pattern);
}

bool is_fs_permission(std::string_view line) {
    static const re2::RE2 refusal(
        R"((?i)permission denied|\bEACCES\b|read-only file ?system|\bEROFS\b|operation not permitted|\bEPERM\b|AccessDeniedException|PermissionError)");
    static const re2::RE2 where(
        R"re((?:^|[\s'"`:=(\[])(?:[A-Za-z]:)?(?:\.{0,2}/[\w.@-][^\s'":,)]*|/(?:[\s'":,)]|$))|bind|\b(?:file|directory) ["'`][^"'`]+["'`])re");
    static const re2::RE2 read_only(R"((?i)read-only file ?system|\bEROFS\b)");
    return has(line, read_only) || (has(line, refusal) && has(line, where));
}

bool is_dns(std::string_view line) {
    static const re2::RE2 pattern(
        R"((?i)no such host|\bENOTFOUND\b|\bEAI_(?:AGAIN|NONAME|NODATA|FAIL)\b|getaddrinfo|name or service not known|)"
        R"(name does not resolve|(?:failure|failed) in name resolution|name resolution (?:failure|failed|error)|NameResolutionError|)"
        R"(could(?: not|n't) (?:translate host name|resolve (?:host|address|proxy))|bad address '|nodename nor servname|UnknownHostException|)"
        R"(unknown host\b|unknown mysql server host|NXDOMAIN|SERVFAIL|failed to resolve (?:host|address|name|'|")|cannot resolve (?:host|address|name)|unable to resolve (?:host|address|name)|)"
        R"(host not found|no address associated with hostname|failed to lookup address|dns (?:resolution|lookup|error|query).{0,30}(?:fail|error|timeout)|)"
        R"(server misbehaving|lookup \S+ on \S+:53: |name resolver error|NameNotFound)");
    return has(line, pattern);
}

bool is_dependency(std::string_view line) {
    static const re2::RE2 pattern(
        R"((?i)connection ?refused|\bECONNREFUSED\b|connection timed ?out|\bETIMEDOUT\b|i/o timeout|dial (?:tcp|udp|unix).*(?:timeout|refused)|)"
        R"(context deadline exceeded|deadline[ _]?exceeded|DEADLINE_EXCEEDED|(?:failed|unable|could ?n[o']t|could not|can(?:no|')t|error) (?:to )?(?:(?:re)?connect(?:ing)?|reach(?:ing)?|dial(?:ing)?|ping) |)"
        R"(connect(?:ion)? ?time(?:d )?out|ConnectTimeout|no route to host|\bEHOSTUNREACH\b|\bENETUNREACH\b|network is unreachable|)"
        R"(host is unreachable|\bUNAVAILABLE\b|code = Unavailable|connection (?:was )?reset|\bECONNRESET\b|\bEPIPE\b|broken pipe|)"
        R"(connection (?:closed|aborted|lost|failed|error)|connection to \S+ (?:was )?refused|\bConnectException\b|failed to connect|lost connection|server closed the connection|)"
        R"(communications link failure|no ?brokers ?available|brokers? (?:are |is )?(?:down|not available)|transport failure|)"
        R"(ServerSelection(?:Timeout)?Error|MongoNetworkError|AMQPConnection|NewConnectionError|max retries exceeded|)"
        R"(database system is (?:starting up|shutting down|not yet accepting)|LOADING Redis|CLUSTERDOWN|MASTERDOWN|)"
        R"(50[234]:? (?:service unavailable|bad gateway|gateway time-?out)|status(?: code)?:? 50[234]\b|broker may not be available|time(?:d )?out\b.{0,40}\bwaiting .*\S:\d{2,5}\b|upstream connect error|actively refused|)"
        R"((?:host|network|server|service|endpoint|destination|broker|database|peer|is|are|currently) unreachable|\bunreachable$|(?:is )?not reachable|remote end closed connection|too many connections|remaining connection slots)");
    return has(line, pattern);
}

bool is_config(std::string_view line) {
    static const re2::RE2 words(
        R"((?i)(?:missing|required?|undefined|not set|unset|must be set|must set|please set|not defined|not configured|must provide|must specify|not provided|empty|no value).{0,40}\b(?:env(?:ironment)?|variables?|config\w*|settings?|flags?|options?|propert(?:y|ies)|parameters?|arguments?)\b|)"
        R"(\b(?:env(?:ironment)?(?: var\w*)?|variables?|config\w*|settings?|flags?|options?|propert(?:y|ies)|parameters?|arguments?)\b.{0,80}(?:missing|required|undefined|not set|unset|must be|not provided|not defined|not found|is empty|is invalid|is not valid|not one of|cannot be (?:empty|null|blank))|)"
        R"((?:invalid|unknown|unrecogni[sz]ed|unsupported|illegal|malformed|bad|unexpected) (?:(?:command[- ]line|long|short) )?(?:flag|option|argument|config\w*|setting|log ?level|parameter|directive|property|port|url|dsn|environment|value for)|)"
        R"(flag provided but not defined|flag needs an argument|no such option|unrecogni[sz]ed command|unknown (?:shorthand|command)|)"
        R"(config(?:uration)? (?:file )?(?:error|invalid|failed|problem|not found|is invalid)|(?:invalid|bad|broken|wrong|load(?:ing)?|read(?:ing)?|pars(?:e|ing)|open(?:ing)?).{0,20} config(?:uration)?\b.{0,60}(?:fail|error|invalid|no such|not found|denied)|)"
        R"(misconfigur|\bfailed to configure\b|\battribute is not specified|field required \[|validation errors? for \w*(?:settings|config\w*)\b|ImproperlyConfigured|ConfigurationException|ConfigException|InvalidConfiguration|could not resolve placeholder|\[emerg\]|unbound variable|parameter (?:not set|null or not set)|panic: .*(?:config|\benv)\b)");
    static const re2::RE2 formats(
        R"((?i)\b(?:ya?ml|json|toml|ini|hcl|xml|properties)\b.{0,30}(?:pars(?:e|ing)|syntax|unmarshal|decod|invalid)|)"
        R"((?:pars(?:e|ing)|unmarshal\w*|decod(?:e|ing)|syntax error|invalid).{0,30}\b(?:ya?ml|json|toml|ini|hcl|config)\b|ya?ml: line \d+)");
    static const re2::RE2 files(
        R"((?i)(?:no such file or directory|file ?not ?found|ENOENT|cannot (?:open|find|read|load)|can't (?:open|find|read|load)|could not (?:open|find|read|load)|unable to (?:open|find|read|load)|does not exist).*\.(?:ya?ml|json|conf|cfg|cnf|toml|properties|env|ini|xml|pem|crt|key)\b|)"
        R"(\.(?:ya?ml|json|conf|cfg|cnf|toml|properties|env|ini|xml|pem|crt|key)\b.{0,20}(?:no such file or directory|not found|does not exist|is missing|cannot be (?:read|found|opened)))");
    static const re2::RE2 names(
        R"(KeyError: ['"][A-Z][A-Z0-9_]+['"]|\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*['"]? ?(?:(?:is|was|must be|env\w*|variable) )*(?:not set|set|required|missing|unset|undefined|not defined|not provided|empty|cannot be empty|invalid)\b|)"
        R"((?i:missing|required|requires|expected|set|provide|define|undefined|unset) (?:\w+ )?['"$]?[A-Z][A-Z0-9]*_[A-Z0-9_]+\b|\b[A-Z][A-Z0-9]*_[A-Z0-9_]+['"]?\s?[=:].{0,60}(?:invalid|is not|must be|unknown|unsupported|expected|not one of))");
    // A fault of the code: "Cannot read properties of undefined (reading 'split')".
    static const re2::RE2 code(R"((?i)cannot (?:read|set) propert(?:y|ies)\b.{0,40}\bof (?:undefined|null))");
    if (has(line, code)) return false;
    return has(line, words) || has(line, formats) || has(line, files) || has(line, names);
}

bool is_stack_frame(std::string_view line) {
    static const re2::RE2 pattern(
        R"(^\s*(?:at [\w$.<>/\[\] ]+[\s(]|at .*:\d+|File ".*", line \d+|\.{3} \d+ (?:more|common frames)|goroutine \d+ \[|\^+\s*$|~*\^+~*\s*$|[})\]{(]+,?\s*$|#\d+ |exit status \d+\s*$|from .*:\d+:in )|)"
        R"(^\t|^\[signal SIG|^\s{2,}[\w$]+: .*[,{\[]$|^\s{4,}\S.*[;)]\s*$|^created by |^[\w./*()]+\([^)]*\)\s*$|^\s+raise |^Node\.js v\d|^node:internal|^\s+(?:errno|code|syscall|address|port|hostname): )");
    return has(line, pattern);
}

}  // namespace

std::optional<LogClass> class_of_line(std::string_view line) {
    static constexpr std::pair<bool (*)(std::string_view), LogClass> table[] = {
        {is_exec_format, LogClass::exec_format},
        {is_port_in_use, LogClass::port_in_use},
        {is_rbac, LogClass::rbac},
        {is_tls, LogClass::tls},
        {is_auth, LogClass::auth},
        {is_disk, LogClass::disk},
        {is_file_descriptors, LogClass::file_descriptors},
        {is_fs_permission, LogClass::fs_permission},
        {is_dns, LogClass::dns},
        {is_dependency, LogClass::dependency},
        {is_config, LogClass::config},
    };
    for (const auto& [test, found] : table)
        if (test(line)) return found;
    return std::nullopt;
}

LineWeight weight_of_line(std::string_view line) {
    static const re2::RE2 calm(
        R"(\b(?:INFO|DEBUG|TRACE|NOTICE|WARN|WARNING)\b|\[(?:info|debug|notice|warn|warning)\]|(?i:level"?[=:]\s?"?(?:info|debug|trace|notice|warn))|^[IW]\d{4} \d|(?i:\bretry(?:ing)?\b|will try again|trying again|attempt \d+)|^(?i:info|debug|warning|warn|notice)\b)");
    static const re2::RE2 exception(
        R"(^\s*(?:Traceback \(most recent call last\)|panic: |fatal error: |Exception in thread|Unhandled |Uncaught |thread '.*' panicked|PANIC\b|terminate called|(?:[\w$]+[.:]{1,2})*[\w$]*(?:Error|Exception|Panic|Fault)(?: \[\w+\])?(?::|$)|[a-z][\w.]+\.[A-Z]\w+: )|^\S+:\d+:in .*\((?:\w|::)+\))");
    static const re2::RE2 end(
        R"((?i)giv(?:e|ing) up|exit(?:ing|ed)?\b|shutting down|shut ?down|abort(?:ing|ed)\b|terminating|stopping|stopped|quit(?:ting)?\b|application run failed|startup failed|failed to start\b|unable to start|could not start|see (?:above|log)|bye\b|cleanup|closing)");
    static const re2::RE2 error(
        R"((?i)\b(?:fatal|panic|errors?|exception|fail(?:ed|ure|s)?|can ?not|can't|could ?n[o']t|could not|unable|abort|critical|emerg|crit|invalid|corrupt\w*|segfault|missing|denied|refused|not found|out of range|unexpected|undefined|violat\w+)\b|^[EF]\d{4} \d)");
    if (is_stack_frame(line)) return LineWeight::trace;
    if (has(line, calm)) return LineWeight::calm;
    if (has(line, exception)) return LineWeight::exception;
    if (has(line, end)) return LineWeight::end;
    return has(line, error) ? LineWeight::error : LineWeight::plain;
}

namespace {

using Lines = std::vector<const kube::LogLine*>;

Lines tail_of(const Lines& lines) {
    // Frames do not count, or a deep stack would hide the line that says what happened; the edge bounds the log.
    Lines tail;
    int counted = 0;
    for (auto it = lines.rbegin(); it != lines.rend() && counted < log_tail_lines; ++it) {
        if (weight_of_line((*it)->text) != LineWeight::trace) ++counted;
        tail.push_back(*it);
    }
    std::reverse(tail.begin(), tail.end());
    return tail;
}

bool is_traceback_head(std::string_view line) {
    static const re2::RE2 pattern(
        R"(^\s*(?:Traceback \(most|Exception in thread|panic: |fatal error: |thread '.*' (?:\(\d+\) )?panicked|Uncaught |Unhandled |FATAL))");
    return has(line, pattern);
}

// Python and Java say that one exception came of another.
bool is_chain_mark(std::string_view line) {
    static const re2::RE2 pattern(
        R"(^The above exception was the direct cause|^During handling of the above exception|^\s*Caused by: |^\s*\[cause\]:)");
    return has(line, pattern);
}

// The endpoint of the decisive line; else of the nearest line of the tail that names one.
std::optional<Endpoint> endpoint_near(const Lines& tail, std::size_t at) {
    if (auto found = endpoint_in(tail[at]->text)) return found;
    static const re2::RE2 speaks_of_connecting(R"((?i)connect|dial|reach|host|address|port|://|resolv|lookup)");
    for (std::size_t step = 1; step < tail.size(); ++step) {
        for (const auto candidate : {at - step, at + step}) {  // at - step wraps around to a huge number
            if (candidate >= tail.size() || !has(tail[candidate]->text, speaks_of_connecting)) continue;
            if (is_stack_frame(tail[candidate]->text)) continue;
            if (auto found = endpoint_in(tail[candidate]->text)) return found;
        }
    }
    return std::nullopt;
}

// Rust says where it panicked, and what happened in the line below.
bool is_panic_message(const Lines& tail, std::size_t at) {
    static const re2::RE2 head(R"(^thread '.*' (?:\(\d+\) )?panicked at \S+:\d+:\d+:$)");
    return at > 0 && has(tail[at - 1]->text, head);
}

const kube::LogLine* head_above(const Lines& tail, std::size_t at) {
    for (auto i = at; i-- > 0;)
        if (is_traceback_head(tail[i]->text)) return tail[i];
    return nullptr;
}

// What was seen below the line under scrutiny.
struct Below {
    std::optional<std::size_t> error;  // the last line that states an error of no class
    bool exception = false;  // and it names an exception: that one is the cause, unless it says it came of another
};

// An error of no class below outweighs what stands above it, unless it only says that the program gives up.
bool outweighed(const Below& below, LineWeight weight, std::size_t at) {
    constexpr std::size_t near = 5;  // lines: what stands further up has been survived
    if (below.exception) return true;
    return below.error && (weight == LineWeight::calm || *below.error - at > near);
}

}  // namespace

LogVerdict classify_log(const Lines& lines) {
    LogVerdict verdict;
    verdict.tail = tail_of(lines);
    const auto& tail = verdict.tail;
    if (tail.empty()) return verdict;
    Below below;
    for (auto i = tail.size(); i-- > 0;) {
        const std::string_view text = tail[i]->text;
        const auto weight = is_panic_message(tail, i) ? LineWeight::exception : weight_of_line(text);
        const auto found = class_of_line(text);
        // A frame may quote source code; Node.js prints the error's fields (code: 'ECONNREFUSED') as frames do.
        if (found && weight != LineWeight::trace && !outweighed(below, weight, i)) {
            verdict.found = found;
            verdict.line = tail[i];
            verdict.head = head_above(tail, i);
            if (*found == LogClass::dns || *found == LogClass::dependency || *found == LogClass::tls ||
                *found == LogClass::auth)
                verdict.endpoint = endpoint_near(tail, i);
            return verdict;
        }
        if (is_chain_mark(text)) below.exception = false;
        if (found || (weight != LineWeight::error && weight != LineWeight::exception)) continue;
        if (is_traceback_head(text) && below.error) continue;  // its last line has been seen
        below.exception = below.exception || weight == LineWeight::exception;
        if (!below.error) below.error = i;
    }
    const auto at = below.error.value_or(tail.size() - 1);
    verdict.line = tail[at];
    verdict.head = head_above(tail, at);
    return verdict;
}

}  // namespace salve::diagnose
