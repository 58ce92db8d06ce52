#include "diagnose/eviction_text.hpp"

#include <re2/re2.h>

namespace salve::diagnose {
namespace {

using re2::RE2;

// Resources as the manager names them, node conditions, and the signals that old kubelets printed.
std::optional<EvictedFor> resource_of(const std::string& word) {
    static const RE2 memory("(?i)memory.*"), pids("(?i)pids?.*");
    static const RE2 disk("(?i)(?:ephemeral-storage|disk|inodes|nodefs|imagefs|containerfs|storage).*");
    if (RE2::FullMatch(word, memory)) return EvictedFor::memory;
    if (RE2::FullMatch(word, pids)) return EvictedFor::pids;
    if (RE2::FullMatch(word, disk)) return EvictedFor::disk;
    return std::nullopt;
}

}  // namespace

std::optional<Eviction> parse_eviction(std::string_view message) {
    static const RE2 limit(
        "exceeded its local ephemeral storage limit|exceeds the total limit of containers|"
        "(?i)usage of emptydir volume .* exceeds the limit|exceeds its local ephemeral storage limit");
    static const RE2 low(R"(The node was low on resource: \[?([A-Za-z-]+))");
    static const RE2 condition(R"(The node had condition: \[?([A-Za-z-]+))");
    // "has larger consumption of R" since 1.27; "which exceeds its request of Y" before.
    static const RE2 use(
        R"(Container (\S+) was using ([^,]+), (?:request is|which exceeds its request of) ([^,]+?)(?:,|\. |\.?$))");
    const re2::StringPiece text(message.data(), message.size());
    Eviction found;
    std::string word;
    if (RE2::PartialMatch(text, limit)) {
        found.what = EvictedFor::limit;
        return found;
    }
    found.at_admission = RE2::PartialMatch(text, condition, &word);
    if (!found.at_admission && !RE2::PartialMatch(text, low, &word)) return std::nullopt;
    const auto what = resource_of(word);
    if (!what) return std::nullopt;
    found.what = *what;
    RE2::PartialMatch(text, use, &found.container, &found.usage, &found.request);
    return found;
}

}  // namespace salve::diagnose
