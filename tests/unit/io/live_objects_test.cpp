#include "io/live_objects.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "io_fakes.hpp"

using namespace salve;
using namespace salve::test;
using kube::ReadState;

namespace {

const base::Redactor redactor("key");
const kube::ObjectRef web{"apps/v1", "Deployment", "shop", "web", "u1"};

// Answers every request with the same bytes, and counts them.
struct OneAnswer : io::Transport {
    std::string body;
    kube::Outcome end;
    std::vector<std::string> asked;
    kube::Outcome get(const kube::RawPath& path, const io::ByteSink& sink) override {
        asked.push_back(path.str());
        if (end.state == ReadState::ok) sink(body);
        return end;
    }
    kube::Outcome log(const io::LogQuery&, const io::ByteSink&) override { return {}; }
};

}  // namespace

TEST_CASE("an object is read whole and redacted, with its line in the ledger") {
    OneAnswer server;
    server.body =
        R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"shop","uid":"u1"},)"
        R"("spec":{"template":{"spec":{"containers":[{"name":"a","env":[{"name":"DB_PASSWORD","value":"hunter2"}]}]}}}})";
    std::vector<kube::Read> ledger;
    const auto objects = io::read_live(server, redactor, nullptr, {web}, ledger);
    CHECK(server.asked == std::vector<std::string>{"/apis/apps/v1/namespaces/shop/deployments/web"});
    REQUIRE(objects.find(web));
    CHECK((*objects.find(web))["metadata"]["uid"] == "u1");
    CHECK(objects.find(web)->dump().find("hunter2") == std::string::npos);
    REQUIRE(ledger.size() == 1);
    CHECK(ledger[0].state == ReadState::ok);
    CHECK(ledger[0].object == "web");
}

TEST_CASE("what is not what was asked for, is no JSON or was refused is not there, and the ledger says why") {
    for (const char* body :
         {R"({"kind":"Deployment","metadata":{"name":"other","namespace":"shop"}})",
          R"({"kind":"Deployment","metadata":{"name":"web","namespace":"prod"}})",
          R"({"kind":"Secret","metadata":{"name":"web","namespace":"shop"}})", "{}", "[]", "", "null", "{\"kind\":"}) {
        CAPTURE(body);
        OneAnswer server;
        server.body = body;
        std::vector<kube::Read> ledger;
        const auto objects = io::read_live(server, redactor, nullptr, {web}, ledger);
        CHECK_FALSE(objects.find(web));
        REQUIRE(ledger.size() == 1);
        CHECK(ledger[0].state == ReadState::error);
        CHECK_FALSE(ledger[0].detail.empty());
    }
    OneAnswer server;
    server.end = forbidden();
    std::vector<kube::Read> ledger;
    CHECK_FALSE(io::read_live(server, redactor, nullptr, {web}, ledger).find(web));
    CHECK(ledger.at(0).state == ReadState::forbidden);
}

TEST_CASE("nothing cluster-wide and no unknown kind is asked for") {
    OneAnswer server;
    std::vector<kube::Read> ledger;
    io::read_live(
        server, redactor, nullptr,
        {{"v1", "Node", "", "n1", ""}, {"v1", "Secret", "shop", "s", ""}, {"a/v1", "Rollout", "shop", "r", ""}},
        ledger);
    CHECK(server.asked.empty());
    CHECK(ledger.empty());
}
