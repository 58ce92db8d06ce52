#include "diagnose/mount_text.hpp"

#include <re2/re2.h>

#include <algorithm>

namespace salve::diagnose {
namespace {

// "MountVolume.SetUp failed for volume "V" : TEXT", "Multi-Attach error for volume "V" TEXT".
struct Operation {
    std::string name, volume, text;
};

bool read_operation(std::string_view message, Operation& operation) {
    static const re2::RE2 pattern(
        R"re((?s)^(\w+\.\w+ failed|\w+\.\w+|Multi-Attach error) for volume "([^"]*)"\s*:?\s*(.*)$)re");
    return re2::RE2::FullMatch(message, pattern, &operation.name, &operation.volume, &operation.text);
}

bool is_name_byte(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; }

// The namespace in front of "/NAME", when the text spells the object so (CSI secrets are often elsewhere).
std::string namespace_before(std::string_view text, std::string_view name) {
    const auto at = text.find("/" + std::string(name));
    if (at == std::string_view::npos || at == 0) return "";
    auto from = at;
    while (from > 0 && is_name_byte(text[from - 1])) --from;
    // A longer path is no namespace.
    if (from > 0 && text[from - 1] == '/') return "";
    return std::string(text.substr(from, at - from));
}

void read_missing_objects(const Operation& operation, std::vector<MountFailure>& failures) {
    static const re2::RE2 pattern(R"re(\b(configmap|secret)s? "([^"]+)" not found)re");
    re2::StringPiece rest(operation.text);
    for (std::string kind, name; re2::RE2::FindAndConsume(&rest, pattern, &kind, &name);)
        failures.push_back({.fault = kind == "secret" ? MountFault::secret_missing : MountFault::config_map_missing,
                            .volume = operation.volume,
                            .object = name,
                            .object_ns = namespace_before(operation.text, name),
                            .detail = operation.text});
}

void read_missing_keys(const Operation& operation, std::vector<MountFailure>& failures) {
    static const re2::RE2 pattern(R"(references non-existent (config|secret) key: ([-._a-zA-Z0-9]+))");
    re2::StringPiece rest(operation.text);
    for (std::string kind, key; re2::RE2::FindAndConsume(&rest, pattern, &kind, &key);)
        failures.push_back(
            {.fault = kind == "secret" ? MountFault::secret_key_missing : MountFault::config_map_key_missing,
             .volume = operation.volume,
             .key = key,
             .detail = operation.text});
}

MountFailure read_other(const Operation& operation) {
    static const re2::RE2 host_path(R"((?s)hostPath type check failed: (.+) is not a)");
    MountFailure failure{.volume = operation.volume, .detail = operation.text};
    if (re2::RE2::PartialMatch(operation.text, host_path, &failure.path)) failure.fault = MountFault::host_path;
    if (operation.name.starts_with("Multi-Attach")) failure.fault = MountFault::multi_attach;
    if (operation.name.starts_with("AttachVolume")) failure.fault = MountFault::attach;
    return failure;
}

}  // namespace

bool is_start_up_noise(std::string_view message) {
    // "failed to sync configmap cache: timed out", "object "NS"/"NAME" not registered" (kubelet/util/manager).
    static const re2::RE2 pattern(R"(failed to sync (?:configmap|secret) cache|object "[^"]*"/"[^"]*" not registered)");
    return re2::RE2::PartialMatch(message, pattern);
}

std::vector<MountFailure> mount_failures(std::string_view reason, std::string_view message) {
    static const re2::RE2 timed_out(R"((?i)unable to (?:attach or )?mount volumes)");
    static const re2::RE2 unmounted(R"((?:unmounted|unattached/unmounted) volumes=\[([^\]]*)\])");
    if (reason != "FailedMount" && reason != "FailedMapVolume" && reason != "FailedAttachVolume") return {};
    if (is_start_up_noise(message)) return {};
    std::vector<MountFailure> failures;
    if (re2::RE2::PartialMatch(message, timed_out)) {
        MountFailure timeout{.fault = MountFault::timeout, .detail = std::string(message)};
        re2::RE2::PartialMatch(message, unmounted, &timeout.volume);
        failures.push_back(std::move(timeout));
        return failures;
    }
    Operation operation;
    if (!read_operation(message, operation)) return {};
    read_missing_objects(operation, failures);
    read_missing_keys(operation, failures);
    if (failures.empty()) failures.push_back(read_other(operation));
    return failures;
}

}  // namespace salve::diagnose
