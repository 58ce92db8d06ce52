// status.containerStatuses[].imageID: "REPOSITORY@sha256:" and 64 digits, as the runtime pulled it, or another text.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/symbol.hpp"

namespace salve::kube {

// Most have a digest, and a cluster may have as many as containers: it is kept as its 32 bytes, and only what stands
// before it among the symbols.
class ImageId {
public:
    ImageId() = default;
    ImageId(std::string_view text);
    ImageId(const std::string& text) : ImageId(std::string_view(text)) {}
    ImageId(const char* text) : ImageId(std::string_view(text)) {}

    std::string text() const;
    // "sha256:" and 64 digits, by which the registry knows the image. Empty where the text has no such: an id of
    // another kind ("sha256:..." of the configuration) cannot be compared.
    std::string digest() const;
    // The bytes of the digest, which compare as its text does; null where there is none.
    using Bytes = std::array<std::uint8_t, 32>;
    const Bytes* digest_bytes() const { return has_digest_ ? &digest_ : nullptr; }

    bool operator==(const ImageId&) const = default;

private:
    base::Symbol before_;  // the digest, with its "@"; or the whole text
    bool has_digest_ = false;
    Bytes digest_{};
};

}  // namespace salve::kube
