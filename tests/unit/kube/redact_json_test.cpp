#include "kube/redact_json.hpp"

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "kube_data.hpp"

using namespace salve;
using nlohmann::json;

namespace {

std::string redact(const std::string& text, std::string_view kind = "") {
    return kube::redact_json(text, testing::test_redactor(), kind);
}

}  // namespace

TEST_CASE("a redacted object decodes to the same facts, and is redacted for good, for every kind") {
    for (const auto& row : kube::resources()) {
        const std::string name(row.plural);
        CAPTURE(name);
        const auto items = testing::items_of(testing::kube_list(name));
        REQUIRE(!items.empty());
        std::vector<std::string> redacted;
        for (const auto& item : items) redacted.push_back(redact(item, row.kind));
        CHECK((testing::decode_items(row.resource, items) == testing::decode_items(row.resource, redacted)));
        for (const auto& item : redacted) CHECK(redact(item, row.kind) == item);
    }
}

TEST_CASE("autoscaling/v1 keeps its conditions through redaction") {
    const auto item = testing::items_of(testing::kube_list("horizontalpodautoscalers-v1")).at(0);
    const auto raw = testing::decode_items(kube::Resource::horizontalpodautoscalers, {item}, 2);
    const auto redacted = testing::decode_items(kube::Resource::horizontalpodautoscalers, {redact(item)}, 2);
    CHECK(raw.autoscalers.at(0).conditions.size() == 2);
    CHECK((raw == redacted));
}

TEST_CASE("no planted secret and no bulk survives") {
    for (const char* name : {"pods", "deployments", "replicasets", "events", "validatingwebhookconfigurations"}) {
        CAPTURE(name);
        const std::string redacted = redact(testing::kube_list(name));
        for (const char* gone : {"hunter2secret", "sup3r-s3cret-pw", "abcdef0123456789", "abcdefghijkl0123456789",
                                 "letmein99", "fieldsV1", "last-applied-configuration", "caBundle", "Cg=="})
            CHECK_MESSAGE(redacted.find(gone) == std::string::npos, gone);
    }
    const std::string raw = testing::kube_list("deployments");  // or else the check above proves nothing
    for (const char* there : {"hunter2secret", "sup3r-s3cret-pw", "abcdef0123456789", "fieldsV1"})
        CHECK(raw.find(there) != std::string::npos);
}

TEST_CASE("the contents of Secrets and ConfigMaps are dropped, alone, in a list, and by the kind of the list") {
    const std::string secret =
        R"({"kind":"Secret","metadata":{"name":"a"},"data":{"k":"dmFsdWU="},"stringData":{"x":"y"}})";
    CHECK(redact(secret) == R"({"kind":"Secret","metadata":{"name":"a"}})");
    CHECK(redact(R"({"kind":"List","items":[)" + secret + "]}").find("dmFsdWU") == std::string::npos);
    CHECK(redact(R"({"data":{"k":"v"},"binaryData":{"b":"AA=="}})", "ConfigMap") == "{}");
    CHECK(redact(R"({"data":{"k":"v"}})", "Other") == R"({"data":{"k":"v"}})");
}

TEST_CASE("the contents of lists go by the kind of the list") {
    CHECK(redact(R"({"kind":"SecretList","items":[{"data":{"k":"dmFsdWU="}}]})").find("dmFsdWU") == std::string::npos);
    CHECK(redact(R"({"kind":"ConfigMapList","items":[{"data":{"k":"v1"}}]})").find("v1") == std::string::npos);
}

TEST_CASE("what is not JSON, or hides a second key, is refused") {
    for (const char* text : {"", "{", "{\"a\":1}x", "{\"a\":1,\"a\":2}"}) CHECK_THROWS_AS(redact(text), base::Error);
}

TEST_CASE("B4: of what a plan may change the names of its writers stay, of the rest nothing") {
    const std::string fields =
        R"("metadata":{"managedFields":[{"manager":"kubectl","fieldsV1":{"f:spec":{}}},{"manager":"argocd-controller"},)"
        R"({"manager":"kubectl"},{"manager":7},"x"],"name":"a"}})";
    CHECK(
        redact(R"({"kind":"Deployment",)" + fields) ==
        R"({"kind":"Deployment","metadata":{"managedFields":[{"manager":"argocd-controller"},{"manager":"kubectl"}],"name":"a"}})");
    CHECK(redact(R"({"kind":"Pod",)" + fields) == R"({"kind":"Pod","metadata":{"name":"a"}})");
    CHECK(
        redact(
            R"({"kind":"Job","metadata":{"managedFields":[{"manager":"a","fieldsV1":{},"subresource":"status","time":"2026-11-21T09:00:00Z"}]}})") ==
        R"({"kind":"Job","metadata":{"managedFields":[{"manager":"a","subresource":"status","time":"2026-11-21T09:00:00Z"}]}})");
    const auto once = redact(R"({"kind":"Deployment",)" + fields);
    CHECK(redact(once) == once);
}

TEST_CASE("a pod template keeps its annotations, redacted; the object itself only those that are asked for") {
    const std::string object =
        R"({"kind":"Deployment","metadata":{"annotations":{"a.example/x":"1"},"name":"a"},"spec":{"template":{"metadata":)"
        R"({"annotations":{"a.example/x":"1","b.example/api-token":"tok-4711-abcdef"}}}}})";
    const auto redacted = redact(object);
    CHECK(redacted.find(R"("annotations":{},"name":"a")") != std::string::npos);
    CHECK(redacted.find(R"("a.example/x":"1")") != std::string::npos);
    CHECK(redacted.find("4711") == std::string::npos);
    CHECK(redact(redacted) == redacted);
}
