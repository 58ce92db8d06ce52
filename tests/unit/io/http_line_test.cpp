#include "io/http_line.hpp"

#include <doctest/doctest.h>
#include <poll.h>

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "fakes/http_server.hpp"
#include "io_fakes.hpp"
#include "variable.hpp"

using namespace salve;
using namespace salve::io;
using How = HttpEnd::How;

namespace {

// Answers every request with the same bytes, and keeps or ends the connection after that.
class RawServer {
public:
    RawServer(std::string answer, bool keeps, bool answers = true)
        : answer_(std::move(answer)), keeps_(keeps), answers_(answers), listener_(fakes::listen_at(socket())) {
        REQUIRE(listener_ >= 0);
        thread_ = std::thread([this] { accept_all(); });
    }
    ~RawServer() {
        ends_ = true;
        thread_.join();
        for (auto& connection : connections_) connection.join();
        ::close(listener_);
    }
    std::string socket() const { return folder_ / "api"; }
    int accepted() const { return accepted_; }
    std::vector<std::string> requests() {
        const std::lock_guard lock(mutex_);
        return requests_;
    }

private:
    void accept_all() {
        while (!ends_) {
            pollfd entry{listener_, POLLIN, 0};
            if (::poll(&entry, 1, 20) <= 0) continue;
            const int fd = ::accept(listener_, nullptr, nullptr);
            if (fd < 0) continue;
            ++accepted_;
            connections_.emplace_back([this, fd] { answer_all(fd); });
        }
    }
    void answer_all(int fd) {
        std::string unread;
        while (!ends_) {
            pollfd entry{fd, POLLIN, 0};
            if (::poll(&entry, 1, 20) <= 0) continue;
            const auto request = fakes::next_request(fd, unread);
            if (request.empty()) break;
            {
                const std::lock_guard lock(mutex_);
                requests_.push_back(request);
            }
            if (!answers_) continue;
            if (!fakes::send_all(fd, answer_) || !keeps_) break;
        }
        ::close(fd);
    }
    test::TempFolder folder_;
    std::string answer_;
    bool keeps_, answers_;
    int listener_;
    std::atomic<bool> ends_ = false;
    std::atomic<int> accepted_ = 0;
    std::mutex mutex_;
    std::vector<std::string> requests_;
    std::vector<std::thread> connections_;
    std::thread thread_;
};

std::string answer(const std::string& status, const std::string& body, const std::string& more = "") {
    return "HTTP/1.1 " + status + "\r\nContent-Type: application/json\r\n" + more +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

struct Got {
    HttpEnd end;
    std::string body;
};

Got get(HttpLine& line, const HttpBounds& bounds = {base::seconds(20), 1 << 20, nullptr}) {
    Got got;
    got.end = line.get({"/api/v1/pods?limit=1", "localhost", false}, gather(got.body), bounds);
    return got;
}

Got get(const std::string& socket, const HttpBounds& bounds = {base::seconds(20), 1 << 20, nullptr}) {
    HttpLine line(socket);
    return get(line, bounds);
}

}  // namespace

TEST_CASE("one connection serves many GETs, and asks for nothing else") {
    RawServer server(answer("200 OK", "{\"a\":1}"), true);
    HttpLine line(server.socket());
    for (int i = 0; i < 5; ++i) {
        const auto got = get(line);
        CHECK(got.end.how == How::answered);
        CHECK(got.end.answer.status == 200);
        CHECK(got.end.answer.content_type == "application/json");
        CHECK(got.end.answer.body.empty());
        CHECK(got.body == "{\"a\":1}");
    }
    CHECK(server.accepted() == 1);
    for (const auto& request : server.requests())
        CHECK(request ==
              "GET /api/v1/pods?limit=1 HTTP/1.1\r\nHost: localhost\r\nAccept: application/json, */*\r\n"
              "Accept-Encoding: identity\r\n");
}

TEST_CASE("a large list may end with its connection, and the next GET has one of its own") {
    RawServer server("HTTP/1.0 200 OK\r\nContent-Type: application/vnd.kubernetes.protobuf\r\n\r\nk8s...", false);
    HttpLine line(server.socket());
    for (int i = 0; i < 3; ++i) {
        std::string body;
        const auto end =
            line.get({"/api/v1/pods", "localhost", false, true}, gather(body), {base::seconds(20), 1 << 20});
        CHECK(end.how == How::answered);
        CHECK(end.answer.content_type == "application/vnd.kubernetes.protobuf");
        CHECK(body == "k8s...");
    }
    CHECK(server.accepted() == 3);
    for (const auto& request : server.requests())
        CHECK(request ==
              "GET /api/v1/pods HTTP/1.0\r\nHost: localhost\r\n"
              "Accept: application/vnd.kubernetes.protobuf, application/json\r\nAccept-Encoding: identity\r\n");
    RawServer cut("HTTP/1.0 200 OK\r\nContent-Length: 100\r\n\r\nk8s...", false);
    std::string body;
    CHECK(
        HttpLine(cut.socket()).get({"/x", "localhost", false, true}, gather(body), {base::seconds(20), 1 << 20}).how ==
        How::broken);
}

TEST_CASE("the environment sends it nowhere else") {
    const test::Variable lower("http_proxy", "http://127.0.0.1:1"), all("ALL_PROXY", "http://127.0.0.1:1");
    RawServer server(answer("200 OK", "x"), true);
    CHECK(get(server.socket()).body == "x");
}

TEST_CASE("a redirect is not followed") {
    RawServer server(answer("302 Found", "there", "Location: http://localhost/api/v1/secrets\r\n"), true);
    const auto got = get(server.socket());
    CHECK(got.end.how == How::answered);
    CHECK(got.end.answer.status == 302);
    CHECK(got.body.empty());
    CHECK(server.requests().size() == 1);
}

TEST_CASE("a refusal is kept and never reaches the sink") {
    RawServer small(answer("403 Forbidden", "no"), true);
    const auto got = get(small.socket());
    CHECK(got.end.answer.status == 403);
    CHECK(got.end.answer.body == "no");
    CHECK(got.body.empty());
    RawServer large(answer("500 X", std::string(300'000, 'x')), true);
    const auto cut = get(large.socket());
    CHECK(cut.end.how == How::answered);
    CHECK(cut.end.answer.status == 500);
    CHECK(cut.end.answer.body == std::string(65'536, 'x'));
}

TEST_CASE("what ends too early is told from what never began") {
    CHECK(get("/nowhere/at/all").end.how == How::silent);
    RawServer nothing("", false);
    CHECK(get(nothing.socket()).end.how == How::silent);
    RawServer cut("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", false);
    const auto got = get(cut.socket());
    CHECK(got.end.how == How::broken);
    CHECK(got.body == "abc");
    RawServer chunked("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", false);
    CHECK(get(chunked.socket()).end.how == How::broken);
    RawServer garbage("\x16\x03\x01 not http\r\n\r\n", false);
    CHECK(get(garbage.socket()).end.how == How::silent);
    RawServer old("abc", false);  // HTTP/0.9: a body without a head
    CHECK(get(old.socket()).end.how == How::silent);
}

TEST_CASE("S4: bytes, time and the wish to stop are bounds") {
    RawServer server(answer("200 OK", std::string(100'000, 'x')), true);
    const auto large = get(server.socket(), {base::seconds(20), 5000, nullptr});
    CHECK(large.end.how == How::too_large);
    CHECK(large.body.size() == 5000);
    CHECK(get(server.socket(), {base::seconds(20), 100'000, nullptr}).end.how == How::answered);

    HttpLine line(server.socket());
    const Sink stop = [](std::string_view) { return false; };
    CHECK(line.get({"/x", "localhost", false}, stop, {base::seconds(20), 1 << 20, nullptr}).how == How::stopped);
    const Sink fail = [](std::string_view) -> bool { throw 7; };
    CHECK_THROWS_AS(line.get({"/x", "localhost", false}, fail, {base::seconds(20), 1 << 20, nullptr}), int);
    // The line is of use after each of these.
    CHECK(get(line).body.size() == 100'000);

    RawServer mute("", true, false);
    CHECK(get(mute.socket(), {base::Duration{30'000}, 1 << 20, nullptr}).end.how == How::timed_out);
    const Cancel cancel;
    std::thread user([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
        cancel.request();
    });
    CHECK(get(mute.socket(), {base::seconds(3600), 1 << 20, &cancel}).end.how == How::cancelled);
    user.join();
    // One that is cancelled before it starts asks nothing.
    const auto before = server.requests().size();
    CHECK(get(server.socket(), {base::seconds(20), 1 << 20, &cancel}).end.how == How::cancelled);
    CHECK(server.requests().size() == before);
}

TEST_CASE("packed answers are unpacked only when they were asked for") {
    // gzip of "hello"
    const std::string packed(
        "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\x07\x00\x86\xa6\x10\x36\x05\x00\x00\x00", 25);
    RawServer server(answer("200 OK", packed, "Content-Encoding: gzip\r\n"), true);
    HttpLine line(server.socket());
    std::string body;
    CHECK(line.get({"/x", "localhost", true}, gather(body), {base::seconds(20), 1 << 20, nullptr}).how ==
          How::answered);
    CHECK(body == "hello");
    CHECK(get(line).body == packed);
    // A small answer may be a large one: the bound is for what is unpacked.
    body.clear();
    CHECK(line.get({"/x", "localhost", true}, gather(body), {base::seconds(20), 4, nullptr}).how == How::too_large);
    CHECK(body == "hell");
    CHECK(server.requests()[0].find("Accept-Encoding: gzip\r\n") != std::string::npos);
}

TEST_CASE("a protocol buffer is asked for only by who can read it, and JSON will do") {
    RawServer server(answer("200 OK", "x"), true);
    HttpLine line(server.socket());
    for (const bool proto : {true, false}) {
        std::string body;
        line.get({"/x", "localhost", false, proto}, gather(body), {base::seconds(20), 1 << 20, nullptr});
    }
    REQUIRE(server.requests().size() == 2);
    CHECK(server.requests()[0].find("\r\nAccept: application/vnd.kubernetes.protobuf, application/json\r\n") !=
          std::string::npos);
    CHECK(server.requests()[1].find("protobuf") == std::string::npos);
}
