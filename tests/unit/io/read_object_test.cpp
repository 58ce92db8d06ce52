#include "io/read_object.hpp"

#include <doctest/doctest.h>

#include "io_fakes.hpp"

using namespace salve;
using namespace salve::test;

namespace {

const kube::ObjectRef web{"apps/v1", "Deployment", "shop", "web", "uid-web"};
constexpr const char* path = "/apis/apps/v1/namespaces/shop/deployments/web";
const std::string body =
    R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"shop","uid":"uid-web"}})";

io::ObjectRead answer(const FakeTransport::Answer& given, const kube::ObjectRef& ref = web) {
    FakeTransport fake;
    fake.gets[path] = given;
    return io::read_object(fake, ref);
}

std::string why(const FakeTransport::Answer& given, const kube::ObjectRef& ref = web) {
    const auto found = answer(given, ref);
    CHECK_FALSE(found.read);
    CHECK(found.object.is_null());
    return found.why;
}

}  // namespace

TEST_CASE("an object is read by its kind, namespace and name") {
    FakeTransport fake;
    fake.gets[path] = {{}, body};
    const auto found = io::read_object(fake, web);
    CHECK(found.read);
    CHECK(found.why.empty());
    CHECK(found.object == nlohmann::json::parse(body));
    CHECK(fake.asked() == std::vector<std::string>{path});
    fake.gets["/api/v1/nodes/n1"] = {{}, R"({"kind":"Node","metadata":{"name":"n1"}})"};
    CHECK(io::read_object(fake, {"v1", "Node", "", "n1", ""}).read);
    // In the version of the record, where salve knows several.
    fake.gets["/apis/batch/v1beta1/namespaces/shop/cronjobs/c"] = {{}, R"({"kind":"CronJob","metadata":{"name":"c"}})"};
    io::read_object(fake, {"batch/v1beta1", "CronJob", "shop", "c", ""});
}

TEST_CASE("that there is no such object is an answer") {
    const auto gone = answer({failed(kube::ReadState::absent, kube::Failure::not_found, "NotFound"), ""});
    CHECK(gone.read);
    CHECK(gone.object.is_null());
    CHECK(gone.why.empty());
    // That the server does not know the kind is none: the object may be there.
    CHECK_FALSE(why({missing_type(), ""}).empty());
}

TEST_CASE("F7: whatever goes wrong, nothing is known of the object") {
    CHECK(contains(why({forbidden(), body}), "Forbidden"));
    for (const auto failure : {kube::Failure::unreachable, kube::Failure::unauthorized, kube::Failure::timeout,
                               kube::Failure::server_error, kube::Failure::throttled, kube::Failure::unknown})
        CHECK(why({failed(kube::state_of(failure), failure, "it failed"), body}) == "it failed");
}

TEST_CASE("F3: what is no such object is not taken for it") {
    const auto other = [](const std::string& from, const std::string& to) {
        auto changed = body;
        return changed.replace(changed.find(from), from.size(), to);
    };
    for (const auto& text :
         std::vector<std::string>{"",
                                  " ",
                                  "{",
                                  "[]",
                                  "null",
                                  "7",
                                  "\"x\"",
                                  "{}",
                                  body.substr(0, body.size() - 1),
                                  body + "x",
                                  body + body,
                                  "\xEF\xBB\xBF" + body,
                                  body + std::string(1, '\0'),
                                  std::string(100'000, '['),
                                  "<html></html>",
                                  R"({"kind":"Status","apiVersion":"v1","status":"Failure","code":404})",
                                  other("\"Deployment\"", "\"DeploymentList\""),
                                  other("\"Deployment\"", "null"),
                                  other("\"web\"", "\"web2\""),
                                  other("\"web\"", "7"),
                                  other("\"metadata\"", "\"meta\""),
                                  other("\"kind\":", "\"kind\":\"Pod\",\"kind\":")}) {
        CAPTURE(text.substr(0, 100));
        CHECK_FALSE(why({{}, text}).empty());
    }
    for (std::size_t cut = 0; cut < body.size(); ++cut) why({{}, body.substr(0, cut)});
}

TEST_CASE("F5: no more than 4 MiB are read") {
    std::string large = body;
    large.insert(1, "\"x\":\"" + std::string(5 << 20, 'x') + "\",");
    FakeTransport fake;
    fake.piece = 1 << 16;
    fake.gets[path] = {{}, large};
    CHECK_FALSE(io::read_object(fake, web).read);
}

TEST_CASE("what salve does not read, and names that are none, are not asked for") {
    FakeTransport fake;
    for (const kube::ObjectRef& ref :
         std::vector<kube::ObjectRef>{{"v1", "Widget", "shop", "web", ""},
                                      {"apps/v9", "Deployment", "shop", "web", ""},
                                      {"", "", "", "", ""},
                                      {"apps/v1", "Deployment", "", "web", ""},
                                      {"apps/v1", "Deployment", "shop", "", ""},
                                      {"apps/v1", "Deployment", "../..", "web", ""},
                                      {"apps/v1", "Deployment", "shop", "../secrets/x", ""},
                                      {"apps/v1", "Deployment", "shop", "--raw", ""},
                                      {"apps/v1", "Deployment", "shop", "a?watch=1", ""},
                                      {"v1", "Node", "", "\x1b[2J", ""}}) {
        CAPTURE(ref.name);
        const auto found = io::read_object(fake, ref);
        CHECK_FALSE(found.read);
        CHECK_FALSE(found.why.empty());
    }
    CHECK(fake.asked().empty());
}
