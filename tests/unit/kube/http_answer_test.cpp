#include "kube/http_answer.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <random>

using namespace salve;
using namespace salve::kube;

namespace {

constexpr const char* json_type = "application/json";

HttpAnswer status(long code, const std::string& reason, const std::string& message) {
    return {code, json_type,
            nlohmann::json{{"kind", "Status"},
                           {"apiVersion", "v1"},
                           {"metadata", nlohmann::json::object()},
                           {"status", "Failure"},
                           {"message", message},
                           {"reason", reason},
                           {"code", code}}
                .dump()};
}

// What kubectl printed for the same answer (outcome_test.cpp has where it was seen).
struct Pair {
    HttpAnswer answer;
    const char* line;
};

const Pair lists[] = {
    {status(403, "Forbidden",
            "pods is forbidden: User \"nobody\" cannot list resource \"pods\" in API group \"\" at the cluster scope"),
     "Error from server (Forbidden): pods is forbidden: User \"nobody\" cannot list resource \"pods\" in API group "
     "\"\" at the cluster scope"},
    {status(404, "NotFound", "namespaces \"nope\" not found"),
     "Error from server (NotFound): namespaces \"nope\" not found"},
    {{404, "text/plain; charset=utf-8", "404 page not found\n"},
     "Error from server (NotFound): the server could not find the requested resource"},
    {status(400, "BadRequest", "field label not supported: foo"),
     "Error from server (BadRequest): field label not supported: foo"},
    {status(410, "Expired", "The provided continue parameter is too old"),
     "Error from server (Expired): The provided continue parameter is too old"},
    {status(500, "InternalError", "Internal error occurred: etcdserver: mvcc: database space exceeded"),
     "Error from server (InternalError): Internal error occurred: etcdserver: mvcc: database space exceeded"},
    {status(503, "ServiceUnavailable", "the server is currently unable to handle the request"),
     "Error from server (ServiceUnavailable): the server is currently unable to handle the request"},
    {status(504, "Timeout", "Timeout: request did not complete within the allotted timeout"),
     "Error from server (Timeout): Timeout: request did not complete within the allotted timeout"},
};

const Pair logs[] = {
    {status(400, "BadRequest", "previous terminated container \"api\" in pod \"web-1\" not found"),
     "Error from server (BadRequest): previous terminated container \"api\" in pod \"web-1\" not found"},
    {status(400, "BadRequest", "container \"app\" in pod \"web-0\" is waiting to start: trying and failing to pull"),
     "Error from server (BadRequest): container \"app\" in pod \"web-0\" is waiting to start: trying and failing to "
     "pull"},
    {status(500, "", "Get \"https://NODE:10250/containerLogs/n/p/c\": dial tcp: lookup NODE: network is unreachable"),
     "Error from server: Get \"https://NODE:10250/containerLogs/n/p/c\": dial tcp: lookup NODE: network is "
     "unreachable"},
};

void check_same(const Pair& pair, bool log) {
    CAPTURE(pair.line);
    const auto outcome = outcome_of_answer(pair.answer, log);
    REQUIRE(outcome);
    const auto spawned = classify({ReadEnd::How::exited, 1, false}, std::string(pair.line) + "\n");
    CHECK(outcome->state == spawned.state);
    CHECK(outcome->failure == spawned.failure);
    CHECK(outcome->detail == spawned.detail);
    CHECK(outcome->state != ReadState::ok);
}

}  // namespace

TEST_CASE("a refusal over HTTP is what kubectl would have made of it") {
    for (const auto& pair : lists) check_same(pair, false);
    for (const auto& pair : logs) {
        check_same(pair, true);
        check_same(pair, false);
    }
    CHECK(outcome_of_answer(logs[0].answer, true)->failure == Failure::not_found);
    CHECK(outcome_of_answer(lists[2].answer, false)->failure == Failure::missing_resource_type);
}

TEST_CASE("what only kubectl can word is left to it") {
    // The proxy itself: no connection, and its filter.
    CHECK_FALSE(outcome_of_answer({500, "text/plain; charset=utf-8", "dial tcp: connection refused"}, false));
    CHECK_FALSE(outcome_of_answer({403, "text/plain; charset=utf-8", "Forbidden\n"}, false));
    CHECK_FALSE(outcome_of_answer({502, "text/html", "<html>Bad Gateway</html>"}, false));
    // Credentials it may renew, throttling it waits out, faults it lists line by line.
    CHECK_FALSE(outcome_of_answer(status(401, "Unauthorized", "Unauthorized"), false));
    CHECK_FALSE(outcome_of_answer(status(429, "TooManyRequests", "too many requests"), false));
    CHECK_FALSE(outcome_of_answer(status(422, "Invalid", "spec: required"), false));
    CHECK_FALSE(outcome_of_answer({302, json_type, ""}, false));
    CHECK_FALSE(outcome_of_answer({404, "text/plain", "not here"}, false));
    // No Status, or one without the words.
    for (const char* body : {"", "{}", "[]", "null", "{\"kind\":\"Status\"", "{\"kind\":\"Pod\"}",
                             R"({"kind":"Status","apiVersion":"v1","status":"Failure","reason":7,"message":"x"})",
                             R"({"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden"})",
                             R"({"kind":"Status","apiVersion":"v1","status":"Success","message":"x"})"})
        CHECK_FALSE(outcome_of_answer({403, json_type, body}, false));
    CHECK_FALSE(outcome_of_answer({403, "application/vnd.kubernetes.protobuf", lists[0].answer.body}, false));
}

// kubectl asks for the pod first, and would speak of that.
TEST_CASE("of a log only what the kubelet says of it is taken over") {
    CHECK_FALSE(outcome_of_answer(status(404, "NotFound", "pods \"web-1\" not found"), true));
    CHECK_FALSE(outcome_of_answer(status(403, "Forbidden", "pods \"web-1\" is forbidden: cannot get pods/log"), true));
    CHECK_FALSE(outcome_of_answer(status(400, "BadRequest", "container x is not valid for pod web-1"), true));
    CHECK_FALSE(outcome_of_answer({404, "text/plain", "404 page not found\n"}, true));
}

TEST_CASE("an answer that is good has no outcome here, whatever it holds") {
    CHECK_FALSE(outcome_of_answer(status(200, "Forbidden", "x"), false));
    CHECK_FALSE(outcome_of_answer(status(299, "Forbidden", "x"), true));
}

TEST_CASE("any answer gives no outcome or one that is not ok, bounded and of one line") {
    std::mt19937 random(11);
    const std::string parts[] = {"{", "}", "\"", "kind", "Status", ":", ",", "\n", "\\n", "\xff", "Forbidden", "v1"};
    const std::string reasons[] = {"", "Forbidden", "NotFound", "x): y", "\n", "Timeout"};
    for (int i = 0; i < 20'000; ++i) {
        std::string text;
        for (auto left = random() % 12; left > 0; --left) text += parts[random() % std::size(parts)];
        const long code = static_cast<long>(random() % 600);
        const std::string valid = nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
        const HttpAnswer made{code, json_type,
                              R"({"kind":"Status","apiVersion":"v1","status":"Failure","reason":)" +
                                  nlohmann::json(reasons[random() % std::size(reasons)]).dump() +
                                  ",\"message\":" + valid + "}"};
        for (const auto& answer : {HttpAnswer{code, json_type, text}, made}) {
            const auto outcome = outcome_of_answer(answer, random() % 2 == 0);
            if (!outcome) continue;
            REQUIRE(outcome->state != ReadState::ok);
            REQUIRE(outcome->detail.size() <= 1000);
            REQUIRE(outcome->detail.find('\n') == std::string::npos);
        }
    }
}
