#include "kube/http_answer.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "base/utf8.hpp"
#include "proto_bytes.hpp"

using namespace salve;
using namespace salve::kube;

namespace {

constexpr const char* json_type = "application/json";
constexpr const char* proto_type = "application/vnd.kubernetes.protobuf";

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

// A metav1.Status as the API server writes it, with the empty metadata and details that nobody reads.
std::string proto_status(const std::string& outcome, const std::string& message, const std::string& reason) {
    using testing::field;
    return field(1, field(1, "") + field(2, "")) + field(2, outcome) + field(3, message) + field(4, reason) +
           field(5, field(1, "")) + field(6, 403);
}

// The same refusal in the other form.
HttpAnswer as_proto(const HttpAnswer& answer) {
    const auto body = nlohmann::json::parse(answer.body);
    const auto object = proto_status(body["status"], body["message"], body["reason"]);
    return {answer.status, proto_type, testing::in_unknown("Status", "v1", object) + testing::end_of_unknown()};
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

TEST_CASE("a refusal as a protocol buffer is the one that it is as JSON") {
    int refusals = 0;
    for (const auto& pair : lists) {
        if (pair.answer.content_type != json_type) continue;  // it came from no API
        check_same({as_proto(pair.answer), pair.line}, false);
        ++refusals;
    }
    for (const auto& pair : logs) check_same({as_proto(pair.answer), pair.line}, true);
    CHECK(refusals == 7);
    CHECK(outcome_of_answer(as_proto(lists[0].answer), false)->failure == Failure::forbidden);
    CHECK(outcome_of_answer(as_proto(lists[4].answer), false)->failure == Failure::expired);
}

TEST_CASE("what only kubectl can word is left to it as a protocol buffer too") {
    CHECK_FALSE(outcome_of_answer(as_proto(status(401, "Unauthorized", "Unauthorized")), false));
    CHECK_FALSE(outcome_of_answer(as_proto(status(429, "TooManyRequests", "too many requests")), false));
    CHECK_FALSE(outcome_of_answer(as_proto(status(422, "Invalid", "spec: required")), false));
    CHECK_FALSE(outcome_of_answer(as_proto(status(404, "NotFound", "pods \"web-1\" not found")), true));
    CHECK_FALSE(outcome_of_answer(as_proto(status(200, "Forbidden", "x")), false));
}

TEST_CASE("a protocol buffer that is no refusal gives nothing") {
    using testing::field, testing::in_unknown;
    const auto refused = [](const std::string& body) { return outcome_of_answer({403, proto_type, body}, false); };
    const auto good = proto_status("Failure", "no", "Forbidden");
    const auto whole = in_unknown("Status", "v1", good);
    CHECK(refused(whole));
    CHECK(refused(in_unknown("Status", "v1", field(2, "Failure") + field(3, "no"))));
    for (std::size_t size = 0; size < whole.size(); ++size) CHECK_FALSE(refused(whole.substr(0, size)));
    CHECK_FALSE(refused(whole.substr(4)));
    CHECK_FALSE(refused("k8t" + whole.substr(3)));
    CHECK_FALSE(refused(lists[0].answer.body));
    CHECK_FALSE(refused(whole + field(3, "gzip")));
    CHECK_FALSE(refused(in_unknown("Pod", "v1", good)));
    CHECK_FALSE(refused(in_unknown("Status", "v2", good)));
    CHECK_FALSE(refused(in_unknown("Status", "", good)));
    CHECK_FALSE(refused(in_unknown("Status", "v1", proto_status("Success", "yes", ""))));
    CHECK_FALSE(refused(in_unknown("Status", "v1", proto_status("Failure", "", "Forbidden"))));
    CHECK_FALSE(refused(in_unknown("Status", "v1", field(2, "Failure") + field(3, 7))));
    CHECK_FALSE(refused(in_unknown("Status", "v1", field(2, 1) + field(3, "no"))));
    CHECK_FALSE(refused(in_unknown("Status", "v1", field(2, "Failure") + field(3, "no") + field(4, 7))));
    CHECK_FALSE(refused(in_unknown("Status", "v1", "\x0b" + good)));
    CHECK_FALSE(outcome_of_answer({403, json_type, whole}, false));
}

TEST_CASE("a refusal as a protocol buffer may name the parameters of its type, and say what is not UTF-8") {
    auto answer = as_proto(status(404, "NotFound", "nope"));
    answer.content_type += ";stream=watch";
    CHECK(outcome_of_answer(answer, false)->failure == Failure::not_found);
    answer.body = testing::in_unknown("Status", "v1", proto_status("Failure", "no\xffpe", "NotFound"));
    CHECK(outcome_of_answer(answer, false)->detail == "Error from server (NotFound): no\xef\xbf\xbdpe");
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
        const auto object = proto_status("Failure", text, reasons[random() % std::size(reasons)]);
        HttpAnswer proto{code, proto_type, testing::in_unknown("Status", "v1", object)};
        if (random() % 4 == 0) testing::flip(proto.body, random);
        for (const auto& answer : {HttpAnswer{code, json_type, text}, made, proto}) {
            const auto outcome = outcome_of_answer(answer, random() % 2 == 0);
            if (!outcome) continue;
            REQUIRE(outcome->state != ReadState::ok);
            REQUIRE(outcome->detail.size() <= 1000);
            REQUIRE(outcome->detail.find('\n') == std::string::npos);
            REQUIRE(base::is_valid_utf8(outcome->detail));
        }
    }
}
