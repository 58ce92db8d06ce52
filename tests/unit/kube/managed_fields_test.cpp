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

void check_whole(std::string_view object) { CHECK(left_of(object) == object); }

}  // namespace

TEST_CASE("managedFields go, and nothing else does") {
    CHECK(left_of(R"({"metadata":{"name":"a","managedFields":[{"fieldsV1":{"f:a":{}}}]},"spec":{}})") ==
          R"({"metadata":{"name":"a"},"spec":{}})");
    CHECK(left_of(R"({"metadata":{"name":"a","managedFields":[],"uid":"b"}})") ==
          R"({"metadata":{"name":"a","uid":"b"}})");
    CHECK(left_of(R"({"a":"","managedFields":[{"k:{\"type\":\"]}\\\"}":"]\\"}],"b":"]"})") == R"({"a":"","b":"]"})");
}

TEST_CASE("objects without them, and texts that only look so, are left as they are") {
    check_whole("");
    check_whole(R"({"metadata":{"name":"a"},"spec":{}})");
    check_whole(R"({"metadata":{"managedFields":null,"name":"a"}})");
    check_whole(R"({"a":",\"managedFields\":[1]"})");
    check_whole(R"({"a":1,"\"managedFields":[1]})");
    check_whole(R"({"a":1,"x,managedFields":[1]})");
    check_whole(R"({"a":1,"managedFields":{"b":[1]}})");
}

TEST_CASE("what has no end is left to who parses it") {
    check_whole(R"({"a":1,"managedFields":[)");
    check_whole(R"({"a":1,"managedFields":[{"b":"]"})");
    check_whole(R"({"a":1,"managedFields":)" + std::string(100, '[') + std::string(100, ']') + "}");
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
