#include "kube/can_i.hpp"

#include <doctest/doctest.h>

#include <set>

#include "kube/rights.hpp"

using namespace salve::kube;

namespace {

Answer answer(std::string_view out, int code, std::string_view err = "") {
    return parse_can_i({ReadEnd::How::exited, code, false}, out, err);
}

}  // namespace

TEST_CASE("TAXONOMY 3.6: yes and no, as kubectl 1.27 to 1.33 print them") {
    CHECK(answer("yes\n", 0).allowed == Allowed::yes);
    CHECK(answer("no\n", 1).allowed == Allowed::no);
    CHECK(answer("no\n", 1).reason.empty());
    const auto reasoned = answer("no - user \"x\" is\nnot in the list\n", 1);
    CHECK(reasoned.allowed == Allowed::no);
    CHECK(reasoned.reason == "user \"x\" is\nnot in the list");
}

TEST_CASE("warnings on stderr change nothing, but for a kind that is not there") {
    const auto* scope = "Warning: resource 'nodes' is not namespace scoped\n\n";
    CHECK(answer("yes\n", 0, scope).allowed == Allowed::yes);
    CHECK(answer("no\n", 1, scope).allowed == Allowed::no);
    const auto* gone = "Warning: the server doesn't have a resource type 'foo' in group 'bar'\n\n";
    CHECK(answer("no\n", 1, gone).allowed == Allowed::not_served);
    CHECK(answer("yes\n", 0, gone).allowed == Allowed::yes);  // who may do everything
}

TEST_CASE("exit code 1 is no no: an error is unknown, with its words") {
    const auto refused = answer("", 1, "error: context \"x\" does not exist\n");
    CHECK(refused.allowed == Allowed::unknown);
    CHECK(refused.reason == "error: context \"x\" does not exist");
    CHECK(answer("", 1, "Unable to connect to the server: dial tcp: i/o timeout\n").allowed == Allowed::unknown);
    CHECK(answer("no\n", 1, "error: You must be logged in to the server (Unauthorized)\n").allowed == Allowed::no);
}

TEST_CASE("whatever is neither is unknown and says why") {
    for (const auto* out :
         {"", "\n", "maybe", "yes\nyes", "YES", "yes!", "noyes", "no-", "no reason", "null", "true", "\0"})
        for (const int code : {0, 1, 2, 126}) {
            CAPTURE(out);
            CAPTURE(code);
            const auto got = answer(out, code);
            CHECK(got.allowed == Allowed::unknown);
            CHECK(!got.reason.empty());
        }
    // The word and the exit code must agree.
    CHECK(answer("yes\n", 1).allowed == Allowed::unknown);
    CHECK(answer("no\n", 0).allowed == Allowed::unknown);
    CHECK(answer("no\n", 2).allowed == Allowed::unknown);
}

TEST_CASE("a process that did not end by itself, or was cut, gives no answer") {
    using How = ReadEnd::How;
    for (const auto how : {How::signalled, How::timed_out, How::stopped})
        CHECK(parse_can_i({how, 0, false}, "yes\n", "").allowed == Allowed::unknown);
    CHECK(parse_can_i({How::exited, 0, true}, "yes\n", "").allowed == Allowed::unknown);
    CHECK(parse_can_i({How::exited, 1, true}, "no\n", "").allowed == Allowed::unknown);
}

TEST_CASE("a long reason is cut") { CHECK(answer("no - " + std::string(5000, 'x'), 1).reason.size() <= 1000); }

TEST_CASE("the rights of reading are those of the reader's manifest, each once") {
    auto rights = reading_in_namespace();
    const auto cluster = reading_of_cluster();
    rights.insert(rights.end(), cluster.begin(), cluster.end());
    CHECK(rights.size() == resources().size() + 1);
    std::set<std::string> words;
    for (const auto& right : rights) {
        words.insert(to_text(right));
        CHECK((right.access == Access::list || right.access == Access::get));
    }
    CHECK(words.size() == rights.size());
    for (const auto* word : {"list pods", "get pods/log", "get namespaces", "list deployments.apps", "list nodes",
                             "list horizontalpodautoscalers.autoscaling", "list leases.coordination.k8s.io"})
        CHECK(words.contains(word));
}

TEST_CASE("where a right is asked for") {
    CHECK(place_of({Access::list, Resource::pods}, "shop") == "shop");
    CHECK(place_of({Access::list, Resource::nodes}, "shop") == std::nullopt);
    CHECK(place_of({Access::list, Resource::leases}, "shop") == "kube-node-lease");
}
