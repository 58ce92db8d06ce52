#include "kube/image_id.hpp"

#include <algorithm>

#include "base/hex.hpp"

namespace salve::kube {
namespace {

constexpr std::string_view algorithm = "sha256:";

}  // namespace

ImageId::ImageId(std::string_view text) {
    constexpr auto tail = 1 + algorithm.size() + 2 * std::tuple_size_v<Bytes>;
    const auto at = text.size() - std::min(text.size(), tail);
    if (text.substr(at).starts_with('@') && text.substr(at + 1).starts_with(algorithm) &&
        base::from_hex(text.substr(at + 1 + algorithm.size()), digest_)) {
        has_digest_ = true;
        before_ = text.substr(0, at + 1);
    } else {
        digest_ = {};
        before_ = text;
    }
}

std::string ImageId::digest() const { return has_digest_ ? std::string(algorithm).append(base::to_hex(digest_)) : ""; }

std::string ImageId::text() const { return before_.str() + digest(); }

}  // namespace salve::kube
