#include "kube/decode.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "kube_data.hpp"

using namespace salve;
using kube::Resource;
using nlohmann::json;

namespace {

kube::Snapshot decode_text(Resource what, const std::string& text, std::size_t version = 0) {
    return testing::decode_items(what, {text}, version);
}

std::string decode_error(Resource what, const std::string& text) {
    kube::Snapshot world;
    kube::Decoder decoder(testing::test_redactor());
    try {
        decoder.add({what, kube::api_version(what), ""}, text, world);
    } catch (const base::Error& error) {
        CHECK(error.kind() == base::ErrorKind::cluster_unreadable);
        CHECK(world.pods.empty());
        return error.what();
    }
    return "no error";
}

}  // namespace

TEST_CASE("a wrong type is an error that names its path") {
    const json pod = json::parse(testing::items_of(testing::kube_list("pods-sidecar")).at(0));
    const std::string whose = "pods \"" + pod["metadata"]["name"].get<std::string>() + "\": ";
    struct Row {
        const char *pointer, *value, *message;
    };
    const Row rows[] = {
        {"/spec/containers/0/image", "1", "spec.containers[0].image is not a string"},
        {"/spec/containers", "{}", "spec.containers is not an array"},
        {"/spec/containers/0", "7", "spec.containers[0] is not an object"},
        {"/spec/containers/0/command", "\"sh\"", "spec.containers[0].command is not an array"},
        {"/spec/containers/0/command/0", "1", "spec.containers[0].command[0] is not a string"},
        {"/spec/containers/0/env", "[{\"name\":\"A\",\"value\":1}]", "spec.containers[0].env[0].value is not a string"},
        {"/spec/containers/0/ports", "[{\"containerPort\":\"x\"}]",
         "spec.containers[0].ports[0].containerPort is not an integer"},
        {"/spec/containers/0/resources", "{\"limits\":{\"cpu\":1}}",
         "spec.containers[0].resources.limits.cpu is not a string"},
        {"/spec/hostNetwork", "\"true\"", "spec.hostNetwork is not true or false"},
        {"/spec/nodeSelector", "{\"a.b/c\":1}", "spec.nodeSelector[\"a.b/c\"] is not a string"},
        {"/spec", "[]", "spec is not an object"},
        {"/metadata/labels", "[]", "metadata.labels is not an object"},
        {"/metadata/annotations", "{\"x\":{}}", "metadata.annotations.x is not a string"},
        {"/metadata/generation", "1.5", "metadata.generation is not an integer"},
        {"/metadata/generation", "18446744073709551615", "metadata.generation is out of range"},
        {"/metadata/creationTimestamp", "\"yesterday\"", "metadata.creationTimestamp is not a time"},
        {"/metadata/creationTimestamp", "5", "metadata.creationTimestamp is not a string"},
        {"/status/conditions/0/message", "[]", "status.conditions[0].message is not a string"},
        {"/status/initContainerStatuses/0/restartCount", "4294967296",
         "status.initContainerStatuses[0].restartCount is out of range"},
        {"/status/initContainerStatuses/0/state", "\"up\"", "status.initContainerStatuses[0].state is not an object"},
        {"/spec/initContainers/0/startupProbe", "{\"tcpSocket\":{\"port\":[]}}",
         "spec.initContainers[0].startupProbe.tcpSocket.port is neither an integer nor a string"},
    };
    for (const auto& row : rows) {
        json broken = pod;
        broken[json::json_pointer(row.pointer)] = json::parse(row.value);
        CHECK(decode_error(Resource::pods, broken.dump()) == whose + row.message);
    }
    json nameless = pod;
    nameless["metadata"]["name"] = 3;
    CHECK(decode_error(Resource::pods, nameless.dump()) == "pods: metadata.name is not a string");
    CHECK(decode_error(Resource::pods, "{").starts_with("pods: an object is not JSON"));
    CHECK(decode_error(Resource::pods, "[]") == "pods: the object is not an object");
    CHECK(decode_error(Resource::pods, "null") == "pods: the object is null");
}

TEST_CASE("null is not there: every member of a pod, in turn") {
    const json pod = json::parse(testing::items_of(testing::kube_list("pods-sidecar")).at(0));
    int checked = 0;
    for (const char* part : {"/spec", "/status", "/metadata", "/spec/containers/0", "/status/containerStatuses/0"})
        for (const auto& [key, value] : pod[json::json_pointer(part)].items()) {
            json with_null = pod, without = pod;
            with_null[json::json_pointer(part)][key] = nullptr;
            without[json::json_pointer(part)].erase(key);
            if (key == "name" || key == "namespace") continue;
            CAPTURE(key);
            CHECK((decode_text(Resource::pods, with_null.dump()) == decode_text(Resource::pods, without.dump())));
            ++checked;
        }
    CHECK(checked > 40);
}

TEST_CASE("an object that was not asked for is dropped, and said to be") {
    kube::Decoder decoder(testing::test_redactor());
    kube::Snapshot world;
    const auto add = [&](Resource what, const char* ns, const char* text) {
        return decoder.add({what, kube::api_version(what), ns}, text, world).value_or("kept");
    };
    CHECK(add(Resource::pods, "a", R"({"metadata":{"name":"p","namespace":"b"}})") ==
          "pods \"p\": namespace \"b\" instead of \"a\"");
    CHECK(add(Resource::pods, "", R"({"metadata":{"name":"p"}})") != "kept");
    CHECK(add(Resource::pods, "", R"({"metadata":{"namespace":"b"}})") != "kept");
    CHECK(add(Resource::pods, "", R"({"metadata":{"name":"--x","namespace":"b"}})") != "kept");
    CHECK(add(Resource::pods, "b", R"({"kind":"Secret","metadata":{"name":"p","namespace":"b"}})") != "kept");
    CHECK(add(Resource::pods, "b", R"({"apiVersion":"v2","metadata":{"name":"p","namespace":"b"}})") != "kept");
    CHECK(add(Resource::nodes, "", R"({"metadata":{"name":"n","namespace":"b"}})") != "kept");
    CHECK(world.pods.empty());
    CHECK(world.nodes.empty());
    CHECK(add(Resource::pods, "b", R"({"kind":"Pod","apiVersion":"v1","metadata":{"name":"p","namespace":"b"}})") ==
          "kept");
    CHECK(add(Resource::nodes, "b", R"({"metadata":{"name":"n"}})") == "kept");
}

TEST_CASE("events: the time and count of each generation of clients") {
    const auto event = [](const char* fields) {
        const auto text =
            std::string(R"({"metadata":{"name":"e","namespace":"n","creationTimestamp":"2026-01-01T00:00:00Z"})") +
            fields + "}";
        return decode_text(Resource::events, text).events.at(0);
    };
    const auto at = [](const char* text) { return *base::parse_time(text); };
    CHECK(event("").last == at("2026-01-01T00:00:00Z"));
    CHECK(event("").count == 1);
    const auto old = event(
        R"(,"count":4,"firstTimestamp":"2026-01-02T00:00:00Z","lastTimestamp":"2026-01-03T00:00:00Z","eventTime":null)");
    CHECK(old.first == at("2026-01-02T00:00:00Z"));
    CHECK(old.last == at("2026-01-03T00:00:00Z"));
    CHECK(old.count == 4);
    const auto fresh = event(R"(,"count":null,"firstTimestamp":null,"eventTime":"2026-01-04T00:00:00.000001Z",
        "series":{"count":9,"lastObservedTime":"2026-01-05T00:00:00Z"},"reportingComponent":"x",
        "message":"(combined from similar events): boom")");
    CHECK(fresh.first == at("2026-01-04T00:00:00.000001Z"));
    CHECK(fresh.last == at("2026-01-05T00:00:00Z"));
    CHECK(fresh.count == 9);
    CHECK(fresh.component == "x");
    CHECK(fresh.message == "boom");
    const auto real = testing::decode_list(Resource::events, "events");
    CHECK(real.events.size() == 58);
    const auto& pulled = *std::find_if(real.events.begin(), real.events.end(),
                                       [](const auto& e) { return e.reason == "ProvisioningFailed"; });
    CHECK(pulled.message == "storageclass.storage.k8s.io \"no-such-class\" not found");
    CHECK(pulled.component == "persistentvolume-controller");
    CHECK(pulled.about.kind == "PersistentVolumeClaim");
}

TEST_CASE("older API versions") {
    const auto hpa = testing::decode_list(Resource::horizontalpodautoscalers, "horizontalpodautoscalers-v1", 2);
    const auto newer = testing::decode_list(Resource::horizontalpodautoscalers, "horizontalpodautoscalers");
    CHECK((hpa.autoscalers.at(0).conditions == newer.autoscalers.at(0).conditions));
    CHECK(newer.autoscalers.at(0).conditions.at(1).reason == "FailedGetResourceMetric");
    const auto ingress = decode_text(Resource::ingresses, R"({"metadata":{"name":"i","namespace":"n"},"spec":{
        "backend":{"serviceName":"d","servicePort":80},
        "rules":[{"host":"h","http":{"paths":[{"path":"/x","backend":{"serviceName":"s","servicePort":"web"}}]}}]}})",
                                     1);
    const auto& backends = ingress.ingresses.at(0).backends;
    REQUIRE(backends.size() == 2);
    CHECK(backends[0].port == 80);
    CHECK(backends[1].port_name == "web");
    CHECK(backends[1].path == "/x");
    CHECK_FALSE(backends[1].port);
    const auto slice = decode_text(Resource::endpointslices, R"({"metadata":{"name":"s","namespace":"n"},"endpoints":[
        {"addresses":["10.0.0.1"],"topology":{"kubernetes.io/hostname":"node-1"}}],"ports":null})",
                                   1);
    CHECK(slice.endpoint_slices.at(0).endpoints.at(0).node_name == "node-1");
    CHECK_FALSE(slice.endpoint_slices.at(0).endpoints.at(0).ready);
}
