// Foreign protocol buffers give facts or an Error, never anything else; and whatever they hold, texts are UTF-8.
#include <doctest/doctest.h>

#include <limits>
#include <random>

#include "base/error.hpp"
#include "base/utf8.hpp"
#include "kube/proto/wire.hpp"
#include "proto_bytes.hpp"
#include "unit/kube/proto/fixtures.hpp"

using namespace salve;
using namespace salve::kube;
using namespace salve::testing;

namespace {

constexpr const char* instead = "\xef\xbf\xbd";  // U+FFFD

// What the Error says; "" for facts, or for an object that is none of those that were asked for.
std::string refusal(Decoder& decoder, Resource what, std::string_view item, bool lean = false) {
    Snapshot facts;
    try {
        decoder.add({what, api_version(what), "", lean}, item, facts, Form::proto);
        return "";
    } catch (const base::Error& error) {
        if (error.kind() != base::ErrorKind::cluster_unreadable) FAIL(error.what());
        if (!base::is_valid_utf8(error.what())) FAIL("an Error that is not UTF-8");
        if (facts != Snapshot{}) FAIL("facts and an Error: " << error.what());
        return error.what();
    }
}

std::string refusal(Resource what, std::string_view item) {
    Decoder decoder(test_redactor());
    return refusal(decoder, what, item);
}

const std::string no_such_type = "pods: an object is no protocol buffer: a field has another type";

std::size_t fields_in(std::string_view message) {
    std::size_t fields = 0;
    for (proto::WireField one; proto::take_field(message, one);) ++fields;
    return fields;
}

// The members of ObjectMeta, with a valid name.
std::string named(const std::string& rest = "") { return field(1, "web-1") + field(3, "shop") + rest; }

std::string pod_with_meta(const std::string& rest) { return field(1, named(rest)); }
std::string pod_with_spec(const std::string& spec) { return field(1, named()) + field(2, spec); }
std::string pod_with_status(const std::string& status) { return field(1, named()) + field(3, status); }
std::string with_container_status(const std::string& status) { return pod_with_status(field(8, status)); }

Pod pod_of(const std::string& bytes) { return decoded(Resource::pods, bytes, Form::proto).pods.at(0); }

// Of a time.
std::string seconds(std::int64_t value) { return field(1, static_cast<std::uint64_t>(value)); }
std::string nanos(std::int64_t value) { return field(2, static_cast<std::uint64_t>(value)); }

std::string pod_created(std::int64_t at) { return pod_with_meta(field(8, seconds(at))); }
std::string event_at(const std::string& time) { return field(1, named()) + field(10, time); }

constexpr std::int64_t year_1 = -62'135'596'800, year_10000 = 253'402'300'800;

}  // namespace

// The places between its fields are the only ones where a message may end.
TEST_CASE("a protocol buffer that is cut at any byte is facts or an Error") {
    Decoder decoder(test_redactor());
    for (const auto& object : kubernetes_objects) {
        CAPTURE(std::string(object.file));
        const auto bytes = proto_object(object);
        std::size_t taken = 0;
        for (std::size_t size = 0; size < bytes.size(); ++size)
            taken += refusal(decoder, object.resource, std::string_view(bytes).substr(0, size)).empty();
        CHECK(taken == fields_in(bytes));
        CHECK(refusal(decoder, object.resource, bytes) == "");
    }
}

TEST_CASE("a pod whose spec or status is cut at any byte is facts or an Error") {
    Decoder decoder(test_redactor());
    const auto bytes = proto_object(kubernetes_objects[0]);
    const auto meta = field(1, proto::bytes_at(bytes, 1));
    for (const std::uint32_t number : {2u, 3u})
        for (const bool lean : {false, true}) {
            const auto whole = proto::bytes_at(bytes, number);
            std::size_t taken = 0;
            for (std::size_t size = 0; size < whole.size(); ++size)
                taken += refusal(decoder, Resource::pods, meta + field(number, whole.substr(0, size)), lean).empty();
            CHECK(taken == fields_in(whole));
            CHECK(refusal(decoder, Resource::pods, meta + field(number, whole), lean) == "");
        }
}

TEST_CASE("flipped bytes of protocol buffers are facts or an Error") {
    Decoder decoder(test_redactor());
    std::mt19937 random(31);
    for (const auto& object : kubernetes_objects) {
        CAPTURE(std::string(object.file));
        const auto bytes = proto_object(object);
        int given = 0, refused = 0;
        for (int round = 0; round < 500; ++round) {
            auto broken = bytes;
            for (auto flips = 1 + random() % 3; flips > 0; --flips) flip(broken, random);
            ++(refusal(decoder, object.resource, broken, random() % 2 == 0).empty() ? given : refused);
        }
        CHECK(given > 0);
        CHECK(refused > 0);
    }
}

TEST_CASE("bytes of a protocol buffer that are set, taken out or put in are facts or an Error") {
    Decoder decoder(test_redactor());
    std::mt19937 random(37);
    for (const auto& object : kubernetes_objects) {
        CAPTURE(std::string(object.file));
        const auto bytes = proto_object(object);
        for (int round = 0; round < 300; ++round) {
            auto broken = bytes;
            broken[random() % broken.size()] = static_cast<char>(random() & 0xff);
            broken.erase(random() % broken.size(), random() % 3);
            broken.insert(random() % broken.size(), random() % 3, static_cast<char>(random() & 0xff));
            CHECK_NOTHROW(refusal(decoder, object.resource, broken));
        }
    }
}

TEST_CASE("an object of one kind read as another is facts or an Error") {
    Decoder decoder(test_redactor());
    for (const auto& object : kubernetes_objects) {
        const auto bytes = proto_object(object);
        for (const auto& other : kubernetes_objects) CHECK_NOTHROW(refusal(decoder, other.resource, bytes));
    }
}

TEST_CASE("what was refused leaves nothing behind for the object after it") {
    Decoder decoder(test_redactor());
    const auto bytes = proto_object(kubernetes_objects[0]);
    const auto expected = decoded(Resource::pods, bytes, Form::proto);
    for (std::size_t size = 1; size < bytes.size(); size += 997) {
        CHECK(refusal(decoder, Resource::pods, std::string_view(bytes).substr(0, size)) != "");
        Snapshot facts;
        CHECK_FALSE(decoder.add({Resource::pods, "v1", ""}, bytes, facts, Form::proto));
        CHECK(facts == expected);
    }
}

TEST_CASE("a text that is not UTF-8 has U+FFFD for each byte that is none") {
    const auto said = [](const std::string& text) {
        const auto terminated = field(1, 137) + field(4, text);
        const auto pod = pod_of(with_container_status(field(1, "app") + field(3, field(3, terminated))));
        return pod.statuses.at(0).last.terminated->message;
    };
    CHECK(said("plain") == "plain");
    CHECK(said("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80") == "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
    CHECK(said("a\xff"
               "b") == std::string("a") + instead + "b");
    CHECK(said("cut \xe2\x82") == std::string("cut ") + instead + instead);
    CHECK(said("\xed\xa0\x80 is half") == std::string(instead) + instead + instead + " is half");
    CHECK(said("long, and only then \x80") == std::string("long, and only then ") + instead);
}

TEST_CASE("a name, key or value that is not UTF-8 is mended as well") {
    const auto label = field(11, field(1, "k\xff") + field(2, "v\xc3"));
    const auto pod = pod_of(pod_with_meta(label + field(5, "\xfeuid")) + field(3, field(1, "Run\x80ning")));
    CHECK(pod.meta.labels.at(std::string("k") + instead) == std::string("v") + instead);
    CHECK(pod.meta.labels.size() == 1);
    CHECK(pod.meta.uid == std::string(instead) + "uid");
    CHECK(pod.phase == std::string("Run") + instead + "ning");
}

TEST_CASE("an Error about an object whose name is not UTF-8 is UTF-8") {
    const auto bytes = field(1, field(1,
                                      "we\xff"
                                      "b") +
                                    field(3, "shop") + field(8, seconds(year_10000)));
    CHECK(refusal(Resource::pods, bytes) ==
          std::string("pods \"we") + instead + "b\": metadata.creationTimestamp is not a time");
}

TEST_CASE("an entry of a map may lack its key or its value") {
    const auto meta = field(11, field(1, "only")) + field(11, field(2, "value"));
    const auto labels = pod_of(pod_with_meta(meta)).meta.labels;
    CHECK(labels.at("only") == "");
    CHECK(labels.at("") == "value");
    CHECK(pod_of(pod_with_meta(field(11, ""))).meta.labels.at("") == "");
}

TEST_CASE("a time outside of the years 1 to 9999 is none") {
    constexpr auto least = std::numeric_limits<std::int64_t>::min(), most = std::numeric_limits<std::int64_t>::max();
    for (const auto at : {least, year_1 - 1, year_10000, most / 1'000'000, most}) {
        CAPTURE(at);
        CHECK(refusal(Resource::pods, pod_created(at)) == "pods \"web-1\": metadata.creationTimestamp is not a time");
        CHECK(refusal(Resource::events, event_at(seconds(at))) == "events \"web-1\": eventTime is not a time");
    }
    for (const auto at : {year_1, std::int64_t{-1}, std::int64_t{0}, year_10000 - 1}) {
        CAPTURE(at);
        CHECK(pod_of(pod_created(at)).meta.created == base::Time{at * 1'000'000});
    }
}

TEST_CASE("a time has less than a second besides its seconds, and only one of microseconds has any") {
    const auto at = [](std::int64_t more) {
        return decoded(Resource::events, event_at(seconds(7) + nanos(more)), Form::proto).events.at(0).first;
    };
    CHECK(at(0) == base::Time{7'000'000});
    CHECK(at(1'999) == base::Time{7'000'001});
    CHECK(at(999'999'999) == base::Time{7'999'999});
    for (const std::int64_t more : {std::int64_t{-1000}, std::int64_t{1'000'000'000},
                                    std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()})
        CHECK(refusal(Resource::events, event_at(seconds(7) + nanos(more))) ==
              "events \"web-1\": eventTime is not a time");
    CHECK(pod_of(pod_with_meta(field(8, seconds(7) + nanos(999'999'999)))).meta.created == base::Time{7'000'000});
}

TEST_CASE("a time of no bytes is not there, and one without its seconds begins in 1970") {
    CHECK_FALSE(pod_of(pod_with_meta(field(9, ""))).meta.deleted);
    CHECK(pod_of(pod_with_meta(field(9, nanos(5)))).meta.deleted == base::Time{0});
}

TEST_CASE("a number beyond what is kept of it is an Error") {
    const auto restarts = [](std::uint64_t count) { return with_container_status(field(5, count)); };
    CHECK(pod_of(restarts(2'147'483'647)).statuses.at(0).restarts == 2'147'483'647);
    CHECK(pod_of(restarts(static_cast<std::uint64_t>(-1))).statuses.at(0).restarts == -1);
    CHECK(refusal(Resource::pods, restarts(2'147'483'648)) ==
          "pods \"web-1\": status.containerStatuses[0].restartCount is out of range");
}

TEST_CASE("a known field of another wire type is an Error") {
    const auto fixed = [](std::uint32_t number) { return tag(number, 1) + "8 bytes."; };
    const std::vector<std::string> wrong{
        field(1, 7),                                                     // metadata
        fixed(1),                                                        //
        field(1, field(1, 7)),                                           // metadata.name
        field(1, tag(1, 5) + "four"),                                    //
        pod_with_meta(field(7, "generation")),                           //
        pod_with_meta(field(8, 7)),                                      // metadata.creationTimestamp
        pod_with_meta(field(8, field(1, "seconds"))),                    //
        pod_with_meta(field(11, 7)),                                     // metadata.labels
        pod_with_meta(field(11, field(1, 7))),                           //
        pod_with_meta(field(11, field(1, "key") + field(2, 7))),         //
        pod_with_meta(field(12, field(1, "key") + fixed(2))),            // metadata.annotations
        pod_with_meta(field(14, 7)),                                     // metadata.finalizers
        pod_with_meta(field(14, "text") + field(14, 7)),                 // the second of them
        field(1, named()) + field(2, 7),                                 // spec
        pod_with_spec(field(2, 7)),                                      // spec.containers
        pod_with_spec(field(2, field(1, "app")) + fixed(2)),             // the second of them
        pod_with_spec(field(11, "flag")),                                // spec.hostNetwork
        pod_with_spec(field(1, field(1, "v") + field(2, 7))),            // what stands inlined in spec.volumes[0]
        pod_with_spec(field(1, field(1, "v") + field(2, field(2, 7)))),  // spec.volumes[0].emptyDir
        with_container_status(field(4, "flag")),                         //
        with_container_status(field(5, "number")),                       //
        with_container_status(field(3, field(3, 7))),                    // lastState.terminated
        with_container_status(field(3, field(3, fixed(1)))),             // its exit code
    };
    for (const auto& bytes : wrong) {
        CAPTURE(bytes);
        CHECK(refusal(Resource::pods, bytes) == no_such_type);
    }
}

TEST_CASE("a quantity, or an int-or-string, of another wire type is an Error") {
    const auto limits = [](const std::string& quantity) {
        return pod_with_spec(field(2, field(1, "app") + field(8, field(1, field(1, "cpu") + quantity))));
    };
    CHECK(refusal(Resource::pods, limits(field(2, field(1, "1")))) == "");
    CHECK(refusal(Resource::pods, limits(field(2, 1))) == no_such_type);
    CHECK(refusal(Resource::pods, limits(field(2, field(1, 1)))) == no_such_type);
    const auto port = [](const std::string& target) {
        return field(1, named()) + field(2, field(1, field(3, 80) + target));
    };
    const std::string none = "services: an object is no protocol buffer: a field has another type";
    CHECK(refusal(Resource::services, port(field(4, field(1, 1) + field(3, "http")))) == "");
    CHECK(refusal(Resource::services, port(field(4, field(2, 8080)))) == "");
    CHECK(refusal(Resource::services, port(field(4, 8080))) == none);
    CHECK(refusal(Resource::services, port(field(4, field(1, "text")))) == none);
    CHECK(refusal(Resource::services, port(field(4, field(2, "8080")))) == none);
    CHECK(refusal(Resource::services, port(field(4, field(1, 1) + field(3, 7)))) == none);
}

TEST_CASE("fields of every type that nobody knows are skipped in an object") {
    const auto meta = strange_fields() + field(1, "web-1") + strange_fields() + field(3, "shop") +
                      field(11, strange_fields() + field(1, "app") + field(2, "web") + strange_fields());
    const auto status = strange_fields() + field(8, strange_fields() + field(1, "app") + field(5, 3));
    const auto pod = pod_of(strange_fields() + field(1, meta) + strange_fields() + field(3, status));
    CHECK(pod.meta.name == "web-1");
    CHECK(pod.meta.labels == base::TextMap{{"app", "web"}});
    CHECK(pod.statuses.at(0).restarts == 3);
}

TEST_CASE("the elements of a list may stand apart") {
    const auto first = field(8, field(1, "a")), second = field(8, field(1, "b"));
    const auto pod = pod_of(pod_with_status(first + field(1, "Running") + strange_fields() + second + field(3, "x")));
    CHECK(pod.statuses.size() == 2);
    CHECK(pod.statuses.at(0).name == "a");
    CHECK(pod.statuses.at(1).name == "b");
    CHECK(pod.phase == "Running");
}

TEST_CASE("a group of old, or a number of more than 64 bits, is an Error wherever it stands") {
    for (const auto& broken : {tag(1000, 3), tag(1000, 4), tag(0, 2), tag(1000, 0) + std::string(11, '\xff')})
        for (const auto& bytes : {pod_with_meta(broken), pod_with_spec(broken), with_container_status(broken),
                                  pod_with_meta("") + broken}) {
            CAPTURE(bytes);
            CHECK(refusal(Resource::pods, bytes).starts_with("pods: an object is no protocol buffer: "));
        }
}

TEST_CASE("JSON is no protocol buffer, and a protocol buffer no JSON") {
    const auto& pod = kubernetes_objects[0];
    CHECK(refusal(Resource::pods, json_object(pod)) != "");
    Snapshot facts;
    Decoder decoder(test_redactor());
    CHECK_THROWS_AS(decoder.add({Resource::pods, "v1", ""}, proto_object(pod), facts), base::Error);
}
