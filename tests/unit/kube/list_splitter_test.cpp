#include "kube/list_splitter.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "kube_data.hpp"

using namespace salve;
using kube::ListEnvelope;
using kube::ListLimits;

namespace {

struct Split {
    std::vector<std::string> items;
    ListEnvelope envelope;
};

Split split(std::string_view text, std::size_t chunk = 1'000'000, ListLimits limits = {}) {
    Split result;
    kube::ListSplitter splitter([&](std::string_view item) { result.items.emplace_back(item); }, limits);
    for (std::size_t at = 0; at < text.size(); at += chunk) splitter.feed(text.substr(at, chunk));
    result.envelope = splitter.finish();
    return result;
}

std::string list_of(const std::string& items) {
    return R"({"kind":"PodList","apiVersion":"v1","metadata":{},"items":)" + items + "}";
}

std::string nested(int depth) {
    std::string text = "{\"a\":";
    for (int i = 1; i < depth; ++i) text += '[';
    for (int i = 1; i < depth; ++i) text += ']';
    return text + "}";
}

}  // namespace

TEST_CASE("a real list gives its items byte for byte, whatever the chunks") {
    const std::string text = testing::kube_list("pods");
    const auto whole = split(text);
    REQUIRE(whole.envelope.ok());
    CHECK(whole.envelope.kind == "PodList");
    CHECK(whole.envelope.api_version == "v1");
    CHECK(whole.envelope.items == 8);
    CHECK(whole.envelope.complete());
    const auto document = nlohmann::json::parse(text);
    CHECK(whole.envelope.resource_version == document["metadata"]["resourceVersion"]);
    REQUIRE(whole.items.size() == document["items"].size());
    for (std::size_t i = 0; i < whole.items.size(); ++i) {
        CHECK(nlohmann::json::parse(whole.items[i]) == document["items"][i]);
        CHECK(text.find(whole.items[i]) != std::string::npos);
    }
    for (const std::size_t chunk : {1u, 2u, 3u, 7u, 63u, 64u, 65u, 4096u}) {
        CAPTURE(chunk);
        CHECK(split(text, chunk).items == whole.items);
    }
}

TEST_CASE("a list cut at any byte is never a list") {
    const std::string text = testing::kube_list("pods-sidecar");
    for (std::size_t size = 0; size + 1 < text.size(); ++size) {
        if (text.find_first_not_of(" \n", size) == std::string::npos) break;  // only the final line end is missing
        const auto cut = split(std::string_view(text).substr(0, size), 997);
        if (cut.envelope.ok() || !cut.envelope.truncated) {
            CAPTURE(size);
            CHECK(!cut.envelope.ok());
            CHECK(cut.envelope.truncated);
        }
    }
    const std::string many = testing::kube_list("events");
    for (std::size_t size = 0; size + 1 < many.size(); size += 3)
        if (split(std::string_view(many).substr(0, size), 4096).envelope.ok()) FAIL("cut at " << size);
}

TEST_CASE("a pretty-printed list, its items first and its kind last") {
    const std::string text = testing::kube_list("pods");
    const auto sorted = split(nlohmann::json::parse(text).dump(2), 5);
    REQUIRE_MESSAGE(sorted.envelope.ok(), sorted.envelope.problem);
    CHECK(sorted.envelope.kind == "PodList");
    CHECK(sorted.items.size() == 8);
}

TEST_CASE("strings hide brackets, quotes and backslashes") {
    const std::vector<std::string> items{R"({"a":"}]\"{[\\"})", R"({"b\\\"]":"\\\\\\"})",
                                         R"({"c":"\u007d\u0022","d":["]"]})", R"({"e":"\"items\":[{"})"};
    std::string joined = "[";
    for (const auto& item : items) joined += (joined.size() > 1 ? " ,\n" : "") + item;
    for (std::size_t chunk = 1; chunk < 80; ++chunk) CHECK(split(list_of(joined + "]"), chunk).items == items);
}

TEST_CASE("runs of backslashes of every length and place, against a parser") {
    for (int before = 0; before < 66; ++before)
        for (int run = 0; run < 9; ++run) {
            const std::string item =
                nlohmann::json{{"k", std::string(before, 'x') + std::string(run, '\\') + "\"}]"}}.dump();
            const auto result = split(list_of("[" + item + "," + item + "]"));
            if (result.items != std::vector<std::string>{item, item}) FAIL("before " << before << ", run " << run);
        }
}

TEST_CASE("empty lists") {
    CHECK(split(list_of("[]")).envelope.complete());
    CHECK(split(list_of(" [ ] ")).envelope.complete());
    CHECK(split(list_of("null")).envelope.complete());
}

TEST_CASE("a list that goes on is not complete") {
    const auto page = split(R"({"kind":"PodList","apiVersion":"v1","metadata":{"continue":"abc"},"items":[{}]})");
    CHECK(page.envelope.ok());
    CHECK(page.envelope.continue_token == "abc");
    CHECK_FALSE(page.envelope.complete());
}

TEST_CASE("what is no list is refused") {
    const std::vector<std::string> wrong{"[]",
                                         "null",
                                         "\"x\"",
                                         "{}",
                                         R"({"kind":"Status"})",
                                         list_of("[{}]") + "x",
                                         list_of("[{}]") + list_of("[]"),
                                         list_of("{}"),
                                         list_of("\"x\""),
                                         list_of("[1]"),
                                         list_of("[null]"),
                                         list_of("[[]]"),
                                         list_of("[{},]"),
                                         list_of("[,{}]"),
                                         list_of("[{}{}]"),
                                         list_of("[{}:{}]"),
                                         R"({"items":[],"items":[]})",
                                         R"({"items":[{}],"\u0069tems":[]})",
                                         R"({"\u0069tems":[{}]})",
                                         R"({"a":{"items":[{}]}})",
                                         R"({"items":[{}])",
                                         R"({"items":[]]})",
                                         R"({"items" []})",
                                         R"({items:[]})",
                                         R"({"kind":"A" "items":[]})",
                                         "}",
                                         "]",
                                         R"({"items":null,"items":[{}]})",
                                         std::string("{\"items\":[]\0}", 13)};
    for (const auto& text : wrong) {
        CAPTURE(text);
        for (const std::size_t chunk : {1u, 1000u}) CHECK_FALSE(split(text, chunk).envelope.ok());
    }
    CHECK(split(R"({"kind":"Status"})").envelope.problem ==
          "the answer is no list: it has no \"items\" (kind \"Status\")");
    CHECK(split("").envelope.problem == "the answer is empty");
}

TEST_CASE("limits hold at the limit and not beyond") {
    ListLimits limits;
    limits.max_depth = 10;
    CHECK(split(list_of("[" + nested(10) + "]"), 3, limits).envelope.ok());
    CHECK_FALSE(split(list_of("[" + nested(11) + "]"), 3, limits).envelope.ok());
    CHECK_FALSE(split(list_of("[" + nested(500) + "]"), 1000, limits).envelope.ok());
    CHECK_FALSE(split(std::string(100'000, '['), 1000, limits).envelope.ok());
    CHECK_FALSE(split("{\"a\":" + std::string(100'000, '['), 1000, limits).envelope.ok());
    limits = {};
    limits.max_items = 2;
    CHECK(split(list_of("[{},{}]"), 100, limits).envelope.ok());
    CHECK_FALSE(split(list_of("[{},{},{}]"), 100, limits).envelope.ok());
    limits = {};
    limits.max_item_bytes = 9;
    CHECK(split(list_of(R"([{"a":123}])"), 4, limits).envelope.ok());
    CHECK_FALSE(split(list_of(R"([{"a":1234}])"), 4, limits).envelope.ok());
    CHECK_FALSE(split(list_of(R"([{"a":1234}])"), 400, limits).envelope.ok());
    limits = {};
    limits.max_envelope_bytes = 100;
    CHECK_FALSE(split("{\"a\":\"" + std::string(200, 'x'), 7, limits).envelope.ok());
}

TEST_CASE("flipped bytes never crash, and what is emitted lies within the text") {
    const std::string text = testing::kube_list("pods-sidecar");
    std::mt19937 random(7);
    for (int round = 0; round < 3000; ++round) {
        std::string broken = text;
        for (int flips = 0; flips < 3; ++flips) broken[random() % broken.size()] = static_cast<char>(random() & 0xff);
        const auto result = split(broken, 1 + random() % 500);
        for (const auto& item : result.items)
            if (broken.find(item) == std::string::npos) FAIL("round " << round);
    }
}
