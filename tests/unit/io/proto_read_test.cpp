// Lists that come as protocol buffers: the same facts, and the same doubts, as those that come as JSON.
#include <doctest/doctest.h>

#include "io/list_read.hpp"
#include "io_fakes.hpp"
#include "list_query.hpp"
#include "proto_bytes.hpp"

using namespace salve;
using namespace salve::test;
using kube::ReadState;
using kube::Resource;
using testing::field;
using testing::proto_list;

namespace {

const base::Redactor redactor("key");

// Tells which lists were asked for in either form, and answers like any other.
class EitherTransport : public FakeTransport {
public:
    kube::Outcome get_either(const kube::RawPath& path, const io::ByteSink& sink) override {
        asked_either.push_back(path.str());
        return get(path, sink);
    }
    std::vector<std::string> asked_either;
};

io::ListRead read_of(FakeTransport::Answer answer, std::size_t piece = 61) {
    EitherTransport fake;
    fake.piece = piece;
    const auto query = query_of(Resource::pods, "shop");
    fake.gets[query.path.str()] = std::move(answer);
    return io::read_list(fake, redactor, nullptr, query);
}

std::string pod(const std::string& name, const std::string& ns) {
    return field(1, field(1, name) + field(3, ns) + field(5, "u-" + name)) + field(3, field(1, "Running"));
}

std::string pods(const std::vector<std::string>& items, const std::string& continue_token = "") {
    return proto_list("PodList", "v1", items, continue_token);
}

}  // namespace

TEST_CASE("a list in either form is read alike, however its bytes are cut") {
    const auto bytes = pods({pod("a", "shop"), pod("b", "shop")});
    const auto text = list_of(
        Resource::pods, R"({"metadata":{"name":"a","namespace":"shop","uid":"u-a"},"status":{"phase":"Running"}},)"
                        R"({"metadata":{"name":"b","namespace":"shop","uid":"u-b"},"status":{"phase":"Running"}})");
    for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{61}, std::size_t{1} << 20}) {
        CAPTURE(piece);
        const auto read = read_of({{}, bytes}, piece);
        CHECK(read.state == ReadState::ok);
        CHECK(read.detail.empty());
        CHECK(read.objects == 2);
        CHECK(read.facts == read_of({{}, text}, piece).facts);
    }
}

TEST_CASE("a list of protocol buffers that is cut at any byte is never taken for a whole one") {
    const auto whole = pods({pod("a", "shop"), pod("b", "shop")});
    const auto end = whole.size() - testing::end_of_unknown().size();
    for (std::size_t cut = 0; cut < end; ++cut) {
        CAPTURE(cut);
        const auto read = read_of({{}, whole.substr(0, cut)});
        CHECK(read.state != ReadState::ok);
        CHECK_FALSE(read.detail.empty());
    }
    CHECK(read_of({{}, whole.substr(0, end / 2)}).state == ReadState::truncated);
    CHECK(read_of({{}, whole}).state == ReadState::ok);
}

TEST_CASE("the doubts about a list are the same in either form") {
    const auto more = read_of({{}, pods({pod("a", "shop")}, "next")});
    CHECK(more.state == ReadState::truncated);
    CHECK(more.facts.pods.size() == 1);

    const auto elsewhere = read_of({{}, pods({pod("a", "shop"), pod("b", "other")})});
    CHECK(elsewhere.state == ReadState::error);
    CHECK(elsewhere.detail == "pods \"b\": namespace \"other\" instead of \"shop\"");
    CHECK(elsewhere.facts.pods.size() == 1);

    const auto another = read_of({{}, proto_list("SecretList", "v1", {})});
    CHECK(another.state == ReadState::error);
    CHECK(another.detail == "a list \"SecretList\" of \"v1\" instead of PodList of v1");

    const auto refused = read_of({forbidden(), pods({pod("a", "shop")})});
    CHECK(refused.state == ReadState::forbidden);
    CHECK(refused.facts == kube::Snapshot{});

    const auto broken = read_of({{}, pods({pod("a", "shop"), field(1, "\x0f")})});
    CHECK(broken.state == ReadState::error);
    CHECK(broken.detail.starts_with("pods: an object is no protocol buffer: "));
    CHECK(broken.facts.pods.size() == 1);
}

TEST_CASE("only JSON is asked for where a recording is kept, or where the numbers of the fields are not known") {
    const auto asked_either = [](const io::ListQuery& query, io::Recorder* recorder) {
        EitherTransport fake;
        fake.gets[query.path.str()] = {{}, list_of(query.what, "", query.version)};
        CHECK(io::read_list(fake, redactor, recorder, query).state == ReadState::ok);
        CHECK(fake.asked().size() == 1);
        return fake.asked_either.size() == 1;
    };
    io::Recorder recorder;
    CHECK(asked_either(query_of(Resource::pods, "shop"), nullptr));
    CHECK_FALSE(asked_either(query_of(Resource::pods, "shop"), &recorder));
    CHECK(asked_either(query_of(Resource::cronjobs, "shop"), nullptr));
    CHECK_FALSE(asked_either(query_of(Resource::cronjobs, "shop", 1), nullptr));
    CHECK_FALSE(asked_either(query_of(Resource::ingresses, "shop"), nullptr));
}

TEST_CASE("what nobody asked for as a protocol buffer is no JSON") {
    FakeTransport fake;
    const auto query = query_of(Resource::ingresses, "shop");
    fake.gets[query.path.str()] = {{}, proto_list("IngressList", "networking.k8s.io/v1", {})};
    const auto read = io::read_list(fake, redactor, nullptr, query);
    CHECK(read.state != ReadState::ok);
    CHECK(read.facts == kube::Snapshot{});
}

TEST_CASE("bounds of a list hold in either form") {
    constexpr std::size_t too_large = (std::size_t{8} << 20) + 1;
    const auto read = read_of({{}, pods({field(1, std::string(too_large, 'x'))})}, std::size_t{1} << 16);
    CHECK(read.state == ReadState::error);
    CHECK(read.detail == "item 0 of the list is larger than 8388608 bytes");
    CHECK(read.facts == kube::Snapshot{});
}
