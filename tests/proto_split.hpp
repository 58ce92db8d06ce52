// What comes of a list of protocol buffers that is fed in pieces.
#pragma once
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "kube/proto/list_splitter.hpp"

namespace salve::testing {

struct Split {
    std::vector<std::string> items;
    kube::ListEnvelope envelope;

    auto told() const {
        const auto& e = envelope;
        return std::tie(items, e.kind, e.api_version, e.resource_version, e.continue_token, e.items, e.problem,
                        e.truncated);
    }
    bool operator==(const Split& other) const { return told() == other.told(); }
};

inline Split split(const std::vector<std::string_view>& pieces, kube::ListLimits limits = {}) {
    Split result;
    kube::proto::ListSplitter splitter([&](std::string_view item) { result.items.emplace_back(item); }, limits);
    for (const auto& piece : pieces) splitter.feed(piece);
    result.envelope = splitter.finish();
    return result;
}

}  // namespace salve::testing
