#include "kube/proto/list_splitter.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <random>
#include <tuple>

#include "proto_bytes.hpp"
#include "proto_split.hpp"

using namespace salve;
using namespace salve::testing;
using kube::ListLimits;
using kube::proto::magic;
using kube::proto::Malformed;

namespace {

Split whole(std::string_view text, ListLimits limits = {}) { return split({text}, limits); }

Split in_two(std::string_view text, std::size_t at, ListLimits limits = {}) {
    return split({text.substr(0, at), text.substr(at)}, limits);
}

Split in_pieces(std::string_view text, std::size_t size, ListLimits limits = {}) {
    std::vector<std::string_view> pieces;
    for (; !text.empty(); text.remove_prefix(pieces.back().size())) pieces.push_back(text.substr(0, size));
    return split(pieces, limits);
}

// The bytes of a list in which fields stand that nobody knows, and its items before its metadata.
std::string strange_list() {
    const auto list = strange_fields() + list_items({"a", "", std::string(300, 'x')}) + strange_fields() +
                      list_meta("77", "next") + list_items({"last"});
    return std::string(magic) + strange_fields() + field(2, list) + strange_fields() +
           field(1, field(2, "PodList") + strange_fields() + field(1, "v1")) + end_of_unknown();
}

std::vector<std::string> good_lists() {
    return {proto_list("PodList", "v1", {}),
            proto_list("PodList", "v1", {"a"}),
            proto_list("EventList", "v1", {"a", "", std::string(127, 'b'), std::string(128, 'c'), "d"}, "next"),
            in_unknown("PodList", "v1", ""),
            in_unknown("PodList", "v1", list_items({"a", "b"})),
            strange_list()};
}

std::vector<std::string> broken_lists() {
    const auto list = proto_list("PodList", "v1", {"a"});
    return {"k8s",
            "k8t" + list.substr(3),
            R"({"kind":"PodList","apiVersion":"v1","items":[]})",
            std::string(magic),
            in_unknown("PodList", "v1", field(2, 7)),
            in_unknown("PodList", "v1", tag(2, 1) + "8 bytes."),
            in_unknown("PodList", "v1", tag(2, 5) + "four"),
            in_unknown("PodList", "v1", field(2, "a") + tag(2, 3)),
            in_unknown("PodList", "v1", tag(2, 2) + varint(2) + "a"),
            in_unknown("PodList", "v1", tag(2, 2) + varint(std::numeric_limits<std::uint64_t>::max()) + "a"),
            in_unknown("PodList", "v1", field(2, "a") + "\x12"),
            in_unknown("PodList", "v1", field(2, "a") + "\x92") + std::string("\x00\x00", 2),
            in_unknown("PodList", "v1", field(1, field(2, 7))),
            in_unknown("PodList", "v1", field(1, field(3, 7))),
            in_unknown("PodList", "v1", field(1, "\x12")),
            std::string(magic) + field(1, field(1, 7)),
            std::string(magic) + field(1, field(2, 7)),
            std::string(magic) + tag(0, 2) + "x",
            std::string(magic) + std::string(11, '\xff'),
            std::string(magic) + field(2, 7),
            list + list,
            list + field(2, ""),
            list + tag(1, 4),
            list + "x",
            list + std::string(11, '\xff')};
}

}  // namespace

TEST_CASE("a list of protocol buffers gives its items byte for byte") {
    const std::vector<std::string> items{"a", "", std::string(127, 'b'), std::string(128, 'c'),
                                         std::string(70'000, 'd')};
    const auto list = whole(proto_list("PodList", "v1", items));
    CHECK(list.items == items);
    CHECK(list.envelope.problem == "");
    CHECK(list.envelope.kind == "PodList");
    CHECK(list.envelope.api_version == "v1");
    CHECK(list.envelope.resource_version == "77");
    CHECK(list.envelope.items == 5);
    CHECK(list.envelope.complete());
    CHECK_FALSE(list.envelope.truncated);
}

TEST_CASE("the items and the envelope are the same wherever a list of protocol buffers is cut") {
    for (const auto& lists : {good_lists(), broken_lists()})
        for (const auto& text : lists) {
            CAPTURE(text);
            const auto expected = whole(text);
            for (std::size_t at = 0; at <= text.size(); ++at)
                if (in_two(text, at) != expected) FAIL("cut at " << at);
            for (std::size_t size = 1; size < 24; ++size) CHECK(in_pieces(text, size) == expected);
        }
}

TEST_CASE("what exceeds a limit does so wherever the text is cut") {
    const auto text = strange_list();
    ListLimits items, bytes, around;
    items.max_items = 2;
    bytes.max_item_bytes = 100;
    around.max_envelope_bytes = 60;
    for (const auto& limits : {items, bytes, around}) {
        const auto expected = whole(text, limits);
        CHECK_FALSE(expected.envelope.ok());
        for (std::size_t at = 0; at <= text.size(); ++at)
            if (in_two(text, at, limits) != expected) FAIL("cut at " << at);
        CHECK(in_pieces(text, 1, limits) == expected);
    }
}

TEST_CASE("an item is told of as soon as its last byte came") {
    std::size_t told = 0;
    kube::proto::ListSplitter splitter([&](std::string_view) { ++told; });
    const auto text = in_unknown("PodList", "v1", list_items({"first", "second"}));
    const std::string_view first = std::string_view(text).substr(0, text.size() - field(2, "second").size());
    splitter.feed(first.substr(0, first.size() - 1));
    CHECK(told == 0);
    splitter.feed(first.substr(first.size() - 1));
    CHECK(told == 1);
    splitter.feed(std::string_view(text).substr(first.size()));
    CHECK(told == 2);
    CHECK(splitter.finish().complete());
}

TEST_CASE("a list of protocol buffers may be empty") {
    for (const auto& text : {proto_list("PodList", "v1", {}), in_unknown("PodList", "v1", "")}) {
        const auto list = whole(text);
        CHECK(list.envelope.complete());
        CHECK(list.envelope.kind == "PodList");
        CHECK(list.items.empty());
    }
}

TEST_CASE("an empty answer is no list") {
    for (const auto& none : {split({}), whole(""), split({"", ""})}) {
        CHECK(none.envelope.problem == "the answer is empty");
        CHECK(none.envelope.truncated);
    }
}

// Where the text ends just behind the list, only the two empty fields are missing that end every answer: no byte says
// that they had to come, and they say nothing.
TEST_CASE("a list of protocol buffers that is cut at any byte is none") {
    const auto list = in_unknown("PodList", "v1", list_meta("77", "") + list_items({"a", std::string(200, 'b'), ""}));
    const auto text = list + end_of_unknown();
    for (std::size_t size = 0; size < text.size(); ++size) {
        CAPTURE(size);
        const auto cut = whole(std::string_view(text).substr(0, size));
        const bool is_between_the_last_fields = size >= list.size() && (size - list.size()) % 2 == 0;
        CHECK(cut.envelope.ok() == is_between_the_last_fields);
        if (size > list.size()) CHECK(cut.envelope.truncated != is_between_the_last_fields);
    }
}

TEST_CASE("a list of protocol buffers that is cut within says so") {
    const auto head = in_unknown("PodList", "v1", "");
    const auto text = proto_list("PodList", "v1", {"a", "b"});
    for (std::size_t size = head.size(); size + end_of_unknown().size() < text.size(); ++size) {
        CAPTURE(size);
        const auto cut = whole(std::string_view(text).substr(0, size));
        CHECK(cut.envelope.truncated);
        CHECK(cut.envelope.problem == "the list ends early, after " + std::to_string(cut.envelope.items) + " items");
    }
}

TEST_CASE("an answer without a list says what it is") {
    const auto text = std::string(magic) + field(1, field(1, "v1") + field(2, "Status")) + end_of_unknown();
    const auto none = whole(text);
    CHECK(none.envelope.problem == "the answer is no list (kind \"Status\")");
    CHECK_FALSE(none.envelope.truncated);
}

TEST_CASE("what is no list of protocol buffers is refused") {
    for (const auto& text : broken_lists()) {
        CAPTURE(text);
        const auto none = whole(text);
        CHECK_FALSE(none.envelope.ok());
        CHECK(none.items.size() == none.envelope.items);
        CHECK(none.items.size() <= 1);
    }
    const auto problem = [](const std::string& text) { return whole(text).envelope.problem; };
    const std::string none = "the answer is no protocol buffer: ";
    CHECK(problem("{\"kind\"") == none + "it does not begin as one");
    CHECK(problem(in_unknown("PodList", "v1", field(2, 7))) == none + "an item is none");
    CHECK(problem(in_unknown("PodList", "v1", tag(2, 2) + varint(9) + "a")) ==
          none + "an item is longer than its list");
    CHECK(problem(in_unknown("PodList", "v1", "") + field(2, "")) == none + "it holds two lists");
    CHECK(problem(std::string(magic) + tag(1, 3)) == none + "a field has no valid type");
}

TEST_CASE("a list that is encoded once more is refused") {
    const auto list = in_unknown("PodList", "v1", list_items({"a"}));
    CHECK(whole(list + field(3, "gzip")).envelope.problem ==
          "the answer is no protocol buffer: its list is encoded once more");
    CHECK(whole(std::string(magic) + field(3, "gzip") + list.substr(magic.size())).items.empty());
    CHECK(whole(list + field(3, "")).envelope.ok());
}

TEST_CASE("fields of every type that nobody knows are skipped, around the list and in it") {
    const auto list = whole(strange_list());
    CHECK(list.envelope.problem == "");
    CHECK(list.items == std::vector<std::string>{"a", "", std::string(300, 'x'), "last"});
    CHECK(list.envelope.kind == "PodList");
    CHECK(list.envelope.api_version == "v1");
    CHECK(list.envelope.resource_version == "77");
    CHECK(list.envelope.continue_token == "next");
}

TEST_CASE("a list of protocol buffers that goes on is not complete") {
    const auto page = whole(proto_list("PodList", "v1", {"a"}, "next"));
    CHECK(page.envelope.ok());
    CHECK(page.envelope.continue_token == "next");
    CHECK_FALSE(page.envelope.complete());
}

TEST_CASE("the words of the envelope are UTF-8") {
    const auto list = whole(proto_list("Pod\xff", "v\xc3", {}, "ne\x80xt"));
    CHECK(list.envelope.kind == "Pod\xef\xbf\xbd");
    CHECK(list.envelope.api_version == "v\xef\xbf\xbd");
    CHECK(list.envelope.continue_token == "ne\xef\xbf\xbdxt");
}

TEST_CASE("an item of a list may be as large as the limit and no larger") {
    ListLimits limits;
    limits.max_item_bytes = 200;
    CHECK(whole(proto_list("PodList", "v1", {std::string(200, 'x')}), limits).envelope.ok());
    const auto large = whole(proto_list("PodList", "v1", {"a", std::string(201, 'x')}), limits);
    CHECK(large.envelope.problem == "item 1 of the list is larger than 200 bytes");
    CHECK(large.items == std::vector<std::string>{"a"});
}

TEST_CASE("a length that is too large is refused before its bytes come") {
    kube::proto::ListSplitter splitter([](std::string_view) { FAIL("no item came"); });
    constexpr std::uint64_t much = 1ULL << 40;
    splitter.feed(magic);
    splitter.feed(tag(2, 2) + varint(much));
    splitter.feed(tag(2, 2) + varint(much / 2));
    CHECK(splitter.finish().problem == "item 0 of the list is larger than 8388608 bytes");
    CHECK(whole(std::string(magic) + tag(9, 2) + varint(much)).envelope.problem ==
          "the list has more than 262144 bytes around its items");
}

TEST_CASE("a list may have as many items as the limit and no more") {
    ListLimits limits;
    limits.max_items = 2;
    CHECK(whole(proto_list("PodList", "v1", {"a", ""}), limits).envelope.ok());
    for (const auto& last : {"", "c"}) {
        const auto many = whole(proto_list("PodList", "v1", {"a", "b", last}), limits);
        CHECK(many.envelope.problem == "the list has more than 2 items");
        CHECK(many.items == std::vector<std::string>{"a", "b"});
    }
}

TEST_CASE("a list may have as many bytes around its items as the limit and no more") {
    ListLimits limits;
    limits.max_envelope_bytes = 200;
    const auto with = [&](std::size_t before, std::size_t within) {
        const auto text = std::string(magic) + field(9, std::string(before, 'x')) +
                          field(2, field(2, std::string(500, 'i')) + field(9, std::string(within, 'y')));
        return whole(text, limits).envelope.problem;
    };
    const std::string too_many = "the list has more than 200 bytes around its items";
    // Tags and lengths are counted: 3 bytes of the list, and 2 or, from 128 bytes on, 3 of a field.
    CHECK(with(192, 0) == "");
    CHECK(with(100, 93) == "");
    CHECK(with(193, 0) == too_many);
    CHECK(with(100, 94) == too_many);
    CHECK(with(0, 193) == too_many);
}

TEST_CASE("what is fed after a problem is ignored") {
    Split result;
    kube::proto::ListSplitter splitter([&](std::string_view item) { result.items.emplace_back(item); });
    splitter.feed("{}");
    splitter.feed(proto_list("PodList", "v1", {"a"}));
    CHECK(splitter.finish().problem == "the answer is no protocol buffer: it does not begin as one");
    CHECK(result.items.empty());
}

TEST_CASE("what an item's reader throws comes out of feed") {
    const auto text = proto_list("PodList", "v1", {"a", ""});
    const auto feed_all = [&](std::size_t size, const auto& on_item) {
        kube::proto::ListSplitter splitter(on_item);
        for (std::size_t at = 0; at < text.size(); at += size) splitter.feed(std::string_view(text).substr(at, size));
    };
    for (const std::size_t size : {std::size_t{1}, text.size()}) {
        CHECK_THROWS_WITH_AS(feed_all(size, [](std::string_view) { throw std::out_of_range("mine"); }), "mine",
                             std::out_of_range);
        CHECK_THROWS_AS(feed_all(size,
                                 [](std::string_view item) {
                                     if (item.empty()) throw 7;
                                 }),
                        int);
    }
}

TEST_CASE("any bytes are taken apart in the same way, whatever the pieces, and give no more than they hold") {
    std::mt19937 random(23);
    const auto good = good_lists();
    int lists = 0;
    for (int round = 0; round < 4000; ++round) {
        std::string broken = good[random() % good.size()];
        if (random() % 4 == 0)
            for (auto& byte : broken) byte = static_cast<char>(random() & 0xff);
        for (int flips = 0; flips < 2; ++flips) flip(broken, random);
        const auto result = whole(broken);
        REQUIRE(in_pieces(broken, 1 + random() % 30) == result);
        REQUIRE(in_two(broken, random() % broken.size()) == result);
        REQUIRE(result.items.size() == result.envelope.items);
        for (const auto& item : result.items) REQUIRE(broken.find(item) != std::string::npos);
        lists += result.envelope.ok();
    }
    CHECK(lists > 100);
    CHECK(lists < 3900);
}

TEST_CASE("what the reader of an item throws comes out, also if it says that the bytes are malformed") {
    kube::proto::ListSplitter splitter([](std::string_view) { throw Malformed("mine"); });
    CHECK_THROWS_AS(splitter.feed(proto_list("PodList", "v1", {"a"})), Malformed);
}

TEST_CASE("numbers and empty fields count as bytes around the items") {
    std::string many;
    for (int i = 0; i < 100'000; ++i) many += field(9, 7) + field(10, "");
    for (const auto& text : {std::string(magic) + many, std::string(magic) + field(2, many)}) {
        kube::proto::ListSplitter splitter([](std::string_view) {});
        splitter.feed(text);
        CHECK(splitter.finish().problem == "the list has more than 262144 bytes around its items");
    }
}

TEST_CASE("an answer that is cut before its list is truncated, and one of another kind is none") {
    const std::string begin(magic);
    for (const auto& text : {begin, begin + field(1, field(1, "v1") + field(2, "PodList"))}) {
        kube::proto::ListSplitter splitter([](std::string_view) {});
        splitter.feed(text);
        const auto envelope = splitter.finish();
        CHECK(envelope.truncated);
        CHECK(envelope.problem == "the list ends early, after 0 items");
    }
    kube::proto::ListSplitter splitter([](std::string_view) {});
    splitter.feed(begin + field(1, field(1, "v1") + field(2, "Status")));
    const auto envelope = splitter.finish();
    CHECK_FALSE(envelope.truncated);
    CHECK(envelope.problem == "the answer is no list (kind \"Status\")");
}
