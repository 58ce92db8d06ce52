#include "kube/image_id.hpp"

#include <doctest/doctest.h>

using salve::kube::ImageId;

namespace {

const std::string digest = "sha256:438fd02d512d3516aa7ff2e65b238f7be09323397608dc2a0fa8c5854b58eb77";

}  // namespace

TEST_CASE("an image id comes out as it went in, whatever it is") {
    const std::vector<std::string> texts = {
        "",
        "docker.io/library/postgres@" + digest,
        "docker-pullable://reg.example:5000/a/b@" + digest,
        digest,
        "@" + digest,
        "a@b@" + digest,
        "a@" + digest + "0",
        "a@" + digest.substr(0, digest.size() - 1),
        "a@" + digest.substr(0, digest.size() - 1) + "F",
        "a@" + digest.substr(0, digest.size() - 1) + "g",
        "a@sha512:" + digest.substr(7),
        "a@SHA256:" + digest.substr(7),
        "a@",
        "@",
        "a@sha256:",
        std::string("a\0b@", 4) + digest,
    };
    for (const auto& text : texts) {
        CAPTURE(text);
        CHECK(ImageId(text).text() == text);
        for (const auto& other : texts) CHECK((ImageId(text) == ImageId(other)) == (text == other));
    }
}

TEST_CASE("an image id has a digest where the registry's stands at its end") {
    CHECK(ImageId("docker.io/library/postgres@" + digest).digest() == digest);
    CHECK(ImageId("a@b@" + digest).digest() == digest);
    for (const std::string& text : {std::string(), digest, "a@" + digest + "0", "a@sha512:" + digest.substr(7)}) {
        CAPTURE(text);
        CHECK(ImageId(text).digest().empty());
    }
}
