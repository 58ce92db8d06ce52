#include "diagnose/image_text.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>

namespace salve::diagnose {
namespace {

struct CausePattern {
    PullCause cause;
    const char* pattern;
};

// Order matters: see pull_cause. Words that could stand in an image name are only taken with the punctuation or the
// words around them that a name cannot have.
constexpr CausePattern cause_patterns[] = {
    {PullCause::own_limit, R"(pull QPS exceeded)"},
    {PullCause::rate_limited,
     R"((?i)(?:^| )toomanyrequests: |429 Too Many Requests|Too Many Requests|pull rate limit|rate limit exceeded|(?:unexpected status|status code)[: ]+429\b)"},
    {PullCause::wrong_arch,
     R"(no match for platform in manifest|no matching manifest for |no image found in (?:manifest list|image index) for|cannot be used on this platform|does not match the specified platform)"},
    {PullCause::tls,
     R"(x509: |server gave HTTP response to HTTPS client|remote error: tls: |first record does not look like a TLS handshake|certificate signed by unknown authority|tls: failed to verify certificate)"},
    {PullCause::disk_full, R"((?i)no space left on device|disk quota exceeded)"},
    {PullCause::signature, R"(^SignatureValidationFailed|signature validation failed|Source image rejected)"},
    {PullCause::registry_unavailable, R"(^RegistryUnavailable|because the registry is unavailable)"},
    {PullCause::unauthorized,
     R"(401 Unauthorized|403 Forbidden|pull access denied|insufficient_scope|authorization failed|no basic auth credentials|(?:^| )(?:unauthorized|denied): |UNAUTHORIZED|authentication required|access to the resource is denied|unauthenticated)"},
    {PullCause::registry_unavailable,
     R"(50[0234] (?:Internal Server Error|Bad Gateway|Service Unavailable|Service Temporarily Unavailable|Gateway Time-?out)|(?:unexpected status code|unexpected status|status code)[: ]+50[0234]\b)"},
    {PullCause::network,
     R"(no such host|i/o timeout|connection refused|connection reset|context deadline exceeded|context canceled|TLS handshake timeout|Client\.Timeout exceeded|network is unreachable|no route to host|server misbehaving|name resolution|unexpected EOF|: EOF$|dial tcp )"},
    {PullCause::unauthorized, R"(failed to authorize|failed to fetch (?:oauth|anonymous) token)"},
    {PullCause::not_found,
     R"((?i)manifest unknown|code = NotFound\b|manifest for .* not found|name unknown|NAME_UNKNOWN|MANIFEST_UNKNOWN|404 Not Found|repository .* not found|: not found\b)"},
};

struct CompiledCause {
    PullCause cause;
    std::unique_ptr<re2::RE2> pattern;
};

const std::array<CompiledCause, std::size(cause_patterns)>& compiled_causes() {
    static const auto causes = [] {
        std::array<CompiledCause, std::size(cause_patterns)> all;
        for (std::size_t i = 0; i < all.size(); ++i)
            all[i] = {cause_patterns[i].cause, std::make_unique<re2::RE2>(cause_patterns[i].pattern)};
        return all;
    }();
    return causes;
}

bool is_host(std::string_view part) {
    return part == "localhost" || part.find('.') != std::string_view::npos || part.find(':') != std::string_view::npos;
}

}  // namespace

ImageVersion version_of(std::string_view image) {
    ImageVersion parts;
    if (const auto at = image.find('@'); at != std::string_view::npos) {
        parts.digest = image.substr(at + 1);
        image = image.substr(0, at);
    }
    const auto slash = image.rfind('/');
    const auto colon = image.find(':', slash == std::string_view::npos ? 0 : slash + 1);
    if (colon != std::string_view::npos) {
        parts.tag = image.substr(colon + 1);
        image = image.substr(0, colon);
    }
    parts.name = image;
    return parts;
}

ImageReference parse_image(std::string_view image) {
    const auto version = version_of(image);
    image = version.name;
    ImageReference parts;
    parts.name = version.name;
    parts.tag = version.tag;
    parts.digest = version.digest;
    const auto first = image.find('/');
    const bool has_host = first != std::string_view::npos && is_host(image.substr(0, first));
    parts.registry = has_host ? image.substr(0, first) : "docker.io";
    parts.repository = has_host ? image.substr(first + 1) : image;
    return parts;
}

std::string why_invalid(std::string_view image) {
    const auto holds = [&](std::string_view what) { return image.find(what) != std::string_view::npos; };
    const auto any = [](std::string_view text, int (*test)(int)) {
        return std::any_of(text.begin(), text.end(), [&](char c) { return test(static_cast<unsigned char>(c)) != 0; });
    };
    if (image.empty()) return "it is empty";
    if (any(image, std::isspace)) return "it contains a blank";
    if (holds("://")) return "it starts with a URL scheme; a reference has none";
    if (holds("//")) return "it has an empty path part (//)";
    if (holds("${") || holds("{{") || holds("$(")) return "it still contains a template variable";
    const auto parts = parse_image(image);
    if (any(parts.repository, std::isupper))
        return "its repository has an upper-case letter; only lower case is allowed";
    if (image.back() == ':') return "its tag is empty";
    if (image.back() == '@' || (!parts.digest.empty() && !parts.digest.starts_with("sha")))
        return "its digest is not valid";
    if (parts.tag.find(':') != std::string::npos) return "it has two tags";
    return "";
}

PullCause pull_cause(std::string_view text) {
    for (const auto& [cause, pattern] : compiled_causes())
        if (re2::RE2::PartialMatch(text, *pattern)) return cause;
    return PullCause::unknown;
}

std::string cause_text(std::string_view message) {
    static const re2::RE2 wrapper(R"(^(?:Back-off pulling image|Failed to pull image) "(?:[^"\\]|\\.)*"(?:: )?)");
    static const re2::RE2 reason(R"(^ErrImagePull: )");
    re2::StringPiece rest(message.data(), message.size());
    re2::RE2::Consume(&rest, wrapper);
    re2::RE2::Consume(&rest, reason);
    return {rest.data(), rest.size()};
}

std::string decisive_part(std::string_view cause) {
    static const re2::RE2 wrapper(
        R"(^(?:rpc error: code = \w+ desc = |Error response from daemon: |failed to (?:pull and unpack|resolve|pull) (?:image|reference) "[^"]*": |(?:Error )?initializing source \S+: |unable to pull image or OCI artifact: |pull image err: ))");
    re2::StringPiece rest(cause.data(), cause.size());
    while (re2::RE2::Consume(&rest, wrapper)) {
    }
    return {rest.data(), rest.size()};
}

}  // namespace salve::diagnose
