#include "kube/managed_fields.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "kube_data.hpp"

using namespace salve;
using nlohmann::json;

namespace {

std::string left_of(std::string_view object) {
    std::string out = "[";
    kube::append_without_managed_fields(object, out);
    return out.substr(1);
}

bool stays(std::string_view object) { return left_of(object) == object; }

}  // namespace

TEST_CASE("managedFields go, and nothing else does") {
    CHECK(left_of(R"({"metadata":{"name":"a","managedFields":[{"fieldsV1":{"f:a":{}}}]},"spec":{}})") ==
          R"({"metadata":{"name":"a"},"spec":{}})");
    CHECK(left_of(R"({"metadata":{"name":"a","managedFields":[],"uid":"b"}})") ==
          R"({"metadata":{"name":"a","uid":"b"}})");
    CHECK(left_of(R"({"a":"","managedFields":[{"k:{\"type\":\"]}\\\"}":"]\\"}],"b":"]"})") == R"({"a":"","b":"]"})");
}

TEST_CASE("objects without them, and texts that only look so, are left as they are") {
    CHECK(stays(""));
    CHECK(stays(R"({"metadata":{"name":"a"},"spec":{}})"));
    CHECK(stays(R"({"metadata":{"managedFields":null,"name":"a"}})"));
    CHECK(stays(R"({"a":",\"managedFields\":[1]"})"));
    CHECK(stays(R"({"a":1,"\"managedFields":[1]})"));
    CHECK(stays(R"({"a":1,"x,managedFields":[1]})"));
    CHECK(stays(R"({"a":1,"managedFields":{"b":[1]}})"));
}

TEST_CASE("what has no end is left to who parses it") {
    CHECK(stays(R"({"a":1,"managedFields":[)"));
    CHECK(stays(R"({"a":1,"managedFields":[{"b":"]"})"));
    CHECK(stays(R"({"a":1,"managedFields":)" + std::string(100, '[') + std::string(100, ']') + "}"));
}

TEST_CASE("real objects lose that one member") {
    std::size_t had = 0;
    for (const char* list : {"pods", "pods-sidecar", "deployments"})
        for (const auto& item : testing::items_of(testing::kube_list(list))) {
            auto object = json::parse(item);
            had += object["metadata"].erase("managedFields");
            CHECK(json::parse(left_of(item)) == object);
        }
    CHECK(had > 0);
}
