#include "io/http.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "http_server.hpp"
#include "io_fakes.hpp"
#include "variable.hpp"

using namespace salve;
using namespace salve::io;
using namespace salve::test;

namespace {

using End = HttpResult::End;

constexpr base::Duration ms(std::int64_t n) { return {n * 1000}; }

struct Got {
    HttpResult result;
    std::string body;
};

Got send(HttpRequest request) {
    Got got;
    got.result = send_http(request, [&](std::string_view bytes) {
        got.body += bytes;
        return true;
    });
    CHECK(got.result.reason.empty() == (got.result.end == End::answered));
    return got;
}

Got get(const std::string& url) {
    HttpRequest request;
    request.url = url;
    return send(request);
}

// How a script ends for a client that waits for `budget`.
Got against(HttpServer::Script script, base::Duration budget = base::seconds(60)) {
    const HttpServer server(std::move(script));
    HttpRequest request;
    request.url = server.url("/x");
    request.budget = budget;
    return send(request);
}

}  // namespace

TEST_CASE("http: a question and its answer") {
    std::string head, body;
    const HttpServer server([&](Peer& peer) {
        head = peer.head;
        body = peer.body;
        peer.send(http_answer("{\"a\":1}"));
    });
    const auto got = get(server.url("/api/tags?x=1"));
    CHECK(got.result.end == End::answered);
    CHECK(got.result.status == 200);
    CHECK(got.body == "{\"a\":1}");
    CHECK(head == "GET /api/tags?x=1 HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
                      "\r\nUser-Agent: salve\r\nAccept: application/json\r\n");
    CHECK(body == "");

    HttpRequest post;
    post.url = server.url("/api/chat");
    post.json = std::string("{\"b\":\"\0\"}", 9);
    CHECK(send(post).result.end == End::answered);
    CHECK(body == *post.json);
    CHECK(head.find("POST /api/chat HTTP/1.1\r\n") == 0);
    CHECK(head.find("\r\nContent-Type: application/json\r\n") != std::string::npos);
    CHECK(head.find("Expect") == std::string::npos);

    post.json = "";
    CHECK(send(post).result.end == End::answered);
    CHECK(head.find("POST ") == 0);
    CHECK(body == "");
}

TEST_CASE("http: a large question arrives whole") {
    const std::string large(3 << 20, 'q');
    bool same = false;
    const HttpServer server([&](Peer& peer) {
        same = peer.body == large;
        peer.send(http_answer("{}"));
    });
    HttpRequest request;
    request.url = server.url();
    request.json = large;
    CHECK(send(request).result.end == End::answered);
    CHECK(same);
}

TEST_CASE("http: an answer in chunks, and one without a length") {
    const auto chunks = against([](Peer& peer) {
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    });
    CHECK(chunks.result.end == End::answered);
    CHECK(chunks.body == "abcde");
    const auto plain = against([](Peer& peer) { peer.send("HTTP/1.0 503 Busy\r\n\r\nlater"); });
    CHECK(plain.result.end == End::answered);
    CHECK(plain.result.status == 503);
    CHECK(plain.body == "later");
}

TEST_CASE("http: over a unix socket") {
    const TempFolder folder;
    const HttpServer server([](Peer& peer) { peer.send(http_answer("here")); }, folder / "s");
    HttpRequest request;
    request.url = "http://localhost/version";
    request.unix_socket = folder / "s";
    request.loopback_only = true;
    const auto got = send(request);
    CHECK(got.result.end == End::answered);
    CHECK(got.body == "here");
    CHECK(server.asked() == std::vector<std::string>{"GET /version"});
    request.unix_socket = folder / "none";
    CHECK(send(request).result.end == End::unreachable);
}

TEST_CASE("http: no redirect is followed") {
    const HttpServer elsewhere([](Peer& peer) { peer.send(http_answer("stolen")); });
    for (const std::string status : {"301 Moved", "302 Found", "307 Temporary", "308 Permanent"}) {
        const auto got = against([&](Peer& peer) {
            peer.send("HTTP/1.1 " + status + "\r\nLocation: " + elsewhere.url("/") + "\r\nContent-Length: 0\r\n\r\n");
        });
        CHECK(got.result.end == End::answered);
        CHECK(got.result.status / 100 == 3);
        CHECK(got.body == "");
    }
    CHECK(elsewhere.asked().empty());
}

TEST_CASE("http: no proxy of the environment") {
    const HttpServer proxy([](Peer& peer) { peer.send(http_answer("stolen")); });
    const Variable lower("http_proxy", proxy.url()), all("ALL_PROXY", proxy.url()), none("no_proxy", "example.com");
    const HttpServer server([](Peer& peer) { peer.send(http_answer("mine")); });
    CHECK(get(server.url()).body == "mine");
    CHECK(proxy.asked().empty());
}

TEST_CASE("http: no cookie, no password of a netrc file") {
    const TempFolder home;
    home.file(".netrc", "default login me password hunter2\n");
    const Variable variable("HOME", home.path());
    std::vector<std::string> heads;
    const HttpServer server([&](Peer& peer) {
        heads.push_back(peer.head);
        peer.send("HTTP/1.1 401 No\r\nSet-Cookie: a=b; Path=/\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n");
    });
    CHECK(get(server.url()).result.status == 401);
    CHECK(get(server.url()).result.status == 401);
    REQUIRE(heads.size() == 2);  // and no third with a password
    CHECK(heads[0] == heads[1]);
    CHECK(heads[1].find("ookie") == std::string::npos);
    CHECK(heads[1].find("uthor") == std::string::npos);
}

TEST_CASE("http: nobody there") {
    const auto refused = get("http://127.0.0.1:" + std::to_string(closed_port()) + "/");
    CHECK(refused.result.end == End::unreachable);
    CHECK(refused.result.reason == "Connection refused");
    CHECK(refused.result.status == 0);

    HttpRequest unknown;
    unknown.url = "http://no-such-host.invalid/";
    unknown.connect = ms(2000);
    const auto lost = send(unknown);
    // Where no server for names answers, the time is up first.
    CHECK((lost.result.end == End::no_such_host || lost.result.end == End::timed_out));
}

TEST_CASE("http: what must stay on this machine") {
    const HttpServer server([](Peer& peer) { peer.send(http_answer("here")); });
    HttpRequest request;
    request.loopback_only = true;
    for (const std::string host : {"127.0.0.1", "localhost", "127.1.2.3"}) {
        CAPTURE(host);
        request.url = "http://" + host + ":" + std::to_string(server.port());
        const auto end = send(request).result.end;
        CHECK(end == (host == "127.1.2.3" ? End::unreachable : End::answered));  // the server has one address
    }
    for (const std::string host : {"0.0.0.0", "192.0.2.1", "[::ffff:127.0.0.1]", "[2001:db8::1]"}) {
        CAPTURE(host);
        request.url = "http://" + host + ":" + std::to_string(server.port());
        const auto got = send(request);
        CHECK(got.result.end == End::not_here);
        CHECK(got.result.reason == "its address is not one of this machine");
    }
}

TEST_CASE("http: a server that is slow is not waited for") {
    const auto silent = against([](Peer& peer) { peer.stall(); }, ms(150));
    CHECK(silent.result.end == End::timed_out);
    CHECK(silent.result.reason == "time was up");
    CHECK(silent.result.status == 0);
    CHECK(silent.result.took >= ms(150));
    const auto stalled = against(
        [](Peer& peer) {
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"a\"");
            peer.stall();
        },
        ms(1000));
    CHECK(stalled.result.end == End::timed_out);
    CHECK(stalled.body == "{\"a\"");
    const auto body_drips = against(
        [](Peer& peer) {
            peer.send("HTTP/1.1 200 OK\r\n\r\n");
            peer.drip(" ", 5);
        },
        ms(150));
    CHECK(body_drips.result.end == End::timed_out);
    const auto head_drips = against(
        [](Peer& peer) {
            peer.send("HTTP/1.1 200 OK\r\n");
            peer.drip("X-A: b\r\n", 5);
        },
        ms(150));
    CHECK(head_drips.result.end == End::timed_out);
}

TEST_CASE("http: what is too large is cut off") {
    const std::string block(1 << 16, 'x');
    const auto endless = against([&](Peer& peer) {
        peer.send("HTTP/1.1 200 OK\r\n\r\n");
        while (peer.send(block)) {
        }
    });
    CHECK(endless.result.end == End::too_large);
    CHECK(endless.body.size() == 2 << 20);
    const auto announced = against([&](Peer& peer) {
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n");
        for (int i = 0; i < 1600 && peer.send(block); ++i) {
        }
    });
    CHECK(announced.result.end == End::too_large);
    const auto headers = against([](Peer& peer) {
        peer.send("HTTP/1.1 200 OK\r\n");
        while (peer.send("X-A: " + std::string(1000, 'x') + "\r\n")) {
        }
    });
    CHECK(headers.result.end == End::too_large);
    const auto hints = against([](Peer& peer) {
        while (peer.send("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n")) {
        }
    });
    CHECK(hints.result.end == End::too_large);
}

TEST_CASE("http: the cap itself is not too large") {
    HttpRequest request;
    for (const std::size_t size : {9U, 10U, 11U}) {
        const HttpServer server([&](Peer& peer) { peer.send(http_answer(std::string(size, 'x'))); });
        request.url = server.url();
        request.body_cap = 10;
        const auto got = send(request);
        CHECK(got.result.end == (size > 10 ? End::too_large : End::answered));
        CHECK(got.body.size() == std::min<std::size_t>(size, 10));
    }
}

TEST_CASE("http: what is no whole answer") {
    const auto end_of = [](const std::string& bytes) {
        return against([&](Peer& peer) { peer.send(bytes); }).result.end;
    };
    CHECK(end_of("") == End::broken);
    CHECK(end_of("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":1}") == End::broken);
    CHECK(end_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab") == End::broken);
    CHECK(end_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab") == End::broken);
    CHECK(end_of("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nab") == End::broken);
    CHECK(end_of("Ollama is running") == End::broken);
    CHECK(end_of(std::string(100, '\0')) == End::broken);
    CHECK(end_of("SSH-2.0-OpenSSH_9.2\r\n") == End::broken);
    CHECK(get("ftp://127.0.0.1/x").result.end == End::broken);
    CHECK(get("file:///etc/passwd").result.end == End::broken);
    CHECK(get("").result.end == End::broken);
    // More than was announced: what is beyond is dropped.
    const auto longer = against([](Peer& peer) { peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}x"); });
    CHECK(longer.result.end == End::answered);
    CHECK(longer.body == "{}");
}

TEST_CASE("http: no TLS where it was asked for") {
    const HttpServer server([](Peer& peer) { peer.send(http_answer("{}")); });  // in reply to the hello
    CHECK(get("https://127.0.0.1:" + std::to_string(server.port())).result.end == End::unreachable);
}

TEST_CASE("http: the user wants no more") {
    const Cancel cancel;
    HttpRequest request;
    request.cancel = &cancel;
    const HttpServer server([&](Peer& peer) {
        cancel.request();
        peer.stall();
    });
    request.url = server.url();
    CHECK(send(request).result.end == End::cancelled);
    CHECK(send(request).result.end == End::cancelled);
    CHECK(server.asked().size() == 1);  // the second was not begun
}

TEST_CASE("http: a sink that stops, and one that throws") {
    const HttpServer server([](Peer& peer) {
        peer.send("HTTP/1.1 200 OK\r\n\r\nfirst");
        peer.stall();
    });
    HttpRequest request;
    request.url = server.url();
    const auto stopped = send_http(request, [](std::string_view) { return false; });
    CHECK(stopped.end == End::stopped);
    CHECK_THROWS_AS(send_http(request, [](std::string_view) -> bool { throw Interrupted(); }), Interrupted);
}

TEST_CASE("http: who waits is told") {
    const HttpServer server([](Peer& peer) { peer.stall(); });
    HttpRequest request;
    std::vector<base::Duration> told;
    request.url = server.url();
    request.budget = ms(1200);
    request.waiting = [&](base::Duration so_far) { told.push_back(so_far); };
    CHECK(send(request).result.end == End::timed_out);
    REQUIRE_FALSE(told.empty());
    CHECK(told.front() >= base::seconds(1));
}

TEST_CASE("http: every connection is closed") {
    get("http://127.0.0.1:" + std::to_string(closed_port()));  // libcurl keeps what it opens once
    const auto before = open_descriptors();
    {
        const HttpServer server([](Peer& peer) { peer.send(http_answer("{}")); });
        const auto with_server = open_descriptors();
        for (int i = 0; i < 50; ++i) get(server.url());
        CHECK(open_descriptors() <= with_server + 1);  // the server may not have closed its end yet
    }
    for (int i = 0; i < 5; ++i) {
        against([](Peer& peer) { peer.stall(); }, ms(5));
        against([](Peer& peer) { peer.send("x"); });
        get("http://127.0.0.1:" + std::to_string(closed_port()));
    }
    CHECK(open_descriptors() == before);
}
