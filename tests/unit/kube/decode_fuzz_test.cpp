// Foreign bytes give facts or an Error, never anything else.
#include <doctest/doctest.h>

#include <random>

#include "base/error.hpp"
#include "kube_data.hpp"

using namespace salve;

namespace {

// True if the object was decoded; an Error is the one other end.
bool decodes(kube::Decoder& decoder, std::string_view item) {
    kube::Snapshot world;
    try {
        decoder.add({kube::Resource::pods, "v1", ""}, item, world);
        return !world.pods.empty();
    } catch (const base::Error& error) {
        if (error.kind() != base::ErrorKind::cluster_unreadable) FAIL(error.what());
        return false;
    }
}

}  // namespace

TEST_CASE("a pod cut at any byte is no pod") {
    kube::Decoder decoder(testing::test_redactor());
    const std::string pod = testing::items_of(testing::kube_list("pods-sidecar")).at(0);
    REQUIRE(decodes(decoder, pod));
    for (std::size_t size = 0; size < pod.size(); ++size)
        if (decodes(decoder, std::string_view(pod).substr(0, size))) FAIL("cut at " << size);
}

TEST_CASE("flipped bytes of a pod are facts or an Error") {
    kube::Decoder decoder(testing::test_redactor());
    const std::string pod = testing::items_of(testing::kube_list("pods-sidecar")).at(0);
    std::mt19937 random(11);
    int decoded = 0, refused = 0;
    for (int round = 0; round < 2000; ++round) {
        std::string broken = pod;
        for (int flips = 0; flips < 2; ++flips)
            broken[random() % broken.size()] ^= static_cast<char>(1u << random() % 8);
        ++(decodes(decoder, broken) ? decoded : refused);
    }
    CHECK(decoded > 0);
    CHECK(refused > 0);
}
