// Where an object may have one of several members, the decoder reads the first that is there. The objects with every
// field set have all of them: each is taken out in turn, so that the next one is read.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "kube/proto/wire.hpp"
#include "proto_bytes.hpp"
#include "unit/kube/proto/fixtures.hpp"

using namespace salve;
using namespace salve::kube;
using namespace salve::testing;
using nlohmann::json;

namespace {

// Where the choice is, by the names and by the numbers of the fields on the way; then each choice.
struct Choice {
    std::string name;
    std::uint32_t number;
};
struct Place {
    std::vector<std::string> names;
    std::vector<std::uint32_t> numbers;  // one more where JSON has no name for a message
    std::vector<Choice> choices;         // in the order in which the decoder looks
};

// Of every element of the lists on the way.
void take_out(json& value, std::span<const std::string> way, const std::string& name) {
    if (value.is_array()) {
        for (auto& element : value) take_out(element, way, name);
    } else if (way.empty()) {
        REQUIRE(value.erase(name) == 1);
    } else {
        take_out(value.at(way[0]), way.subspan(1), name);
    }
}

std::string take_out(std::string_view message, std::span<const std::uint32_t> way, std::uint32_t number) {
    std::string left;
    proto::WireField field;
    for (const char* from = message.data(); proto::take_field(message, field); from = message.data()) {
        if (way.empty() && field.number == number) continue;
        if (!way.empty() && field.number == way[0])
            left += testing::field(field.number, take_out(field.bytes, way.subspan(1), number));
        else
            left.append(from, message.data());
    }
    return left;
}

const std::vector<Choice> handlers = {{"exec", 1}, {"httpGet", 2}, {"tcpSocket", 3}};
const std::vector<Choice> probes = {{"exec", 1}, {"httpGet", 2}, {"tcpSocket", 3}, {"grpc", 4}};

// Numbers as in k8s.io/api, core/v1/generated.proto.
const std::vector<Place> places = {
    {{"spec", "volumes", "projected", "sources"},
     {2, 1, 2, 26, 1},
     {{"configMap", 3}, {"secret", 1}, {"downwardAPI", 2}}},
    {{"spec", "volumes"},
     {2, 1, 2},
     {{"configMap", 19},
      {"secret", 6},
      {"persistentVolumeClaim", 10},
      {"emptyDir", 2},
      {"hostPath", 1},
      {"projected", 26},
      {"csi", 28},
      {"ephemeral", 29},
      {"nfs", 7},
      {"downwardAPI", 16}}},
    {{"spec", "containers", "livenessProbe"}, {2, 2, 10, 1}, probes},
    {{"spec", "containers", "readinessProbe"}, {2, 2, 11, 1}, probes},
    {{"spec", "containers", "startupProbe"}, {2, 2, 22, 1}, probes},
    {{"spec", "containers", "lifecycle", "postStart"}, {2, 2, 12, 1}, handlers},
    {{"spec", "containers", "lifecycle", "preStop"}, {2, 2, 12, 2}, handlers},
};

}  // namespace

TEST_CASE("each of several choices gives the same facts in both forms") {
    const auto& pod = kubernetes_objects[0];
    for (const auto& [names, numbers, choices] : places) {
        auto object = json::parse(json_object(pod));
        auto bytes = proto_object(pod);
        if (names.back() == "sources") {  // only seen where it is the volume's first choice
            for (const auto* name : {"configMap", "secret", "persistentVolumeClaim", "emptyDir", "hostPath"})
                take_out(object, std::span(names).first(2), name);
            for (const auto number : {19U, 6U, 10U, 2U, 1U})
                bytes = take_out(bytes, std::span(numbers).first(3), number);
        }
        auto before = decoded(pod.resource, object.dump(), Form::json);
        for (const auto& choice : choices) {
            CAPTURE(choice.name);
            take_out(object, names, choice.name);
            bytes = take_out(bytes, numbers, choice.number);
            const auto facts = decoded(pod.resource, object.dump(), Form::json);
            CHECK(facts == decoded(pod.resource, bytes, Form::proto));
            CHECK(facts != before);
            before = facts;
        }
    }
}

TEST_CASE("a number or a text is the same in both forms, whichever it is") {
    const auto both = [](const std::string& port, const std::string& bytes) {
        const auto text =
            R"({"metadata":{"name":"a","namespace":"b"},"spec":{"ports":[{"port":80,"targetPort":)" + port + "}]}}";
        const auto object =
            field(1, field(1, "a") + field(3, "b")) + field(2, field(1, field(3, 80) + field(4, bytes)));
        const auto facts = decoded(Resource::services, text, Form::json);
        REQUIRE(facts.services.size() == 1);
        CHECK(facts == decoded(Resource::services, object, Form::proto));
        return facts.services[0].ports.at(0).target_port;
    };
    constexpr std::uint64_t a_number = 0, a_text = 1, minus_one = ~std::uint64_t{0};
    CHECK(both("8080", field(1, a_number) + field(2, 8080) + field(3, "")) == "8080");
    CHECK(both("\"http\"", field(1, a_text) + field(2, 0) + field(3, "http")) == "http");
    CHECK(both("-1", field(1, a_number) + field(2, minus_one) + field(3, "")) == "-1");
    CHECK(both("\"\"", field(1, a_text) + field(2, 0) + field(3, "")) == "");
}

TEST_CASE("what JSON leaves out when it is zero is not there") {
    // As the API server writes a Deployment that was never looked at: numbers of 0, texts of "", times of no bytes.
    const auto bytes = field(1, field(1, "a") + field(2, "") + field(3, "b") + field(7, 0) + field(8, "")) +
                       field(2, field(1, 0) + field(5, 0) + field(7, 0)) + field(3, field(1, 0) + field(7, 0));
    const auto facts = decoded(Resource::deployments, bytes, Form::proto);
    CHECK(facts == decoded(Resource::deployments,
                           R"({"metadata":{"name":"a","namespace":"b","creationTimestamp":null},)"
                           R"("spec":{"replicas":0},"status":{}})",
                           Form::json));
    REQUIRE(facts.deployments.size() == 1);
    CHECK(facts.deployments[0].desired == 0);
    CHECK_FALSE(facts.deployments[0].meta.generation);
    CHECK_FALSE(facts.deployments[0].observed_generation);
    CHECK_FALSE(facts.deployments[0].min_ready_s);
}
