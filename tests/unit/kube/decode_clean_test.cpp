#include <doctest/doctest.h>
#include <fmt/format.h>

#include "kube/decode.hpp"

using namespace salve;

namespace {

// A pod with that message, and that value of an annotation that is kept.
std::string pod(const char* message, const char* annotation) {
    return fmt::format(
        R"({{"metadata":{{"name":"web","namespace":"shop","annotations":{{"helm.sh/note":"{}"}}}},"spec":{{}},)"
        R"("status":{{"message":"{}"}}}})",
        annotation, message);
}

}  // namespace

TEST_CASE("a text that many objects have is redacted in each of them, and counted in each") {
    const base::Redactor redactor("key");
    kube::Decoder decoder(redactor);
    kube::Snapshot facts;
    const kube::Asked asked{kube::Resource::pods, "v1", ""};
    for (int i = 0; i < 3; ++i) {
        decoder.add(asked, pod("all is well", "plain"), facts);
        decoder.add(asked, pod("password=hunter2", "token=abc123xyz"), facts);
    }
    REQUIRE(facts.pods.size() == 6);
    for (std::size_t i = 0; i < 6; i += 2) {
        CHECK(facts.pods[i].message == "all is well");
        CHECK(facts.pods[i].meta.annotations.at("helm.sh/note") == "plain");
        CHECK(facts.pods[i + 1].message == redactor.text("password=hunter2"));
        CHECK(facts.pods[i + 1].meta.annotations.at("helm.sh/note") == redactor.text("token=abc123xyz"));
    }
    const auto before = redactor.count();
    decoder.add(asked, pod("password=hunter2", "token=abc123xyz"), facts);
    CHECK(redactor.count() == before + 2);
}
