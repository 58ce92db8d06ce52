#include "kube/write_command.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "base/error.hpp"
#include "kube/rights.hpp"
#include "unit/kube/write_checks.hpp"

using namespace salve;
using namespace salve::kube;

namespace {

const Target target{"ctx", {}, {}, 30};
const std::string body = R"([{"op":"test","path":"/metadata/uid","value":"u-1"}])";

base::Error refused(const std::function<void()>& act) {
    try {
        act();
    } catch (const base::Error& error) {
        return error;
    }
    FAIL("accepted");
    return base::Error(base::ErrorKind::internal, "accepted");
}

// A body of exactly so many bytes.
std::string body_of(std::size_t bytes) {
    const std::string head = R"([{"op":"add","path":"/a","value":")", tail = R"("}])";
    return head + std::string(bytes - head.size() - tail.size(), 'x') + tail;
}

}  // namespace

TEST_CASE("a patch: every word of it, and of its rehearsal") {
    const auto command = WriteCommand::patch(target, Resource::deployments, "shop", "web", body);
    CHECK(command.verb() == WriteVerb::patch);
    CHECK(command.args() == Args{"patch", "--context=ctx", "--request-timeout=30s", "--namespace=shop",
                                 "--field-manager=salve", "--type=json", "--patch=" + body, "--output=json", "--",
                                 "deployments.v1.apps", "web"});
    CHECK(command.rehearsal_args() == Args{"patch", "--context=ctx", "--request-timeout=30s", "--namespace=shop",
                                           "--field-manager=salve", "--type=json", "--patch=" + body, "--output=json",
                                           "--dry-run=server", "--", "deployments.v1.apps", "web"});
    CHECK(command.input().empty());
    CHECK(command.rehearsal_input().empty());
    CHECK(fault_of(command).empty());
}

TEST_CASE("an eviction: the rehearsal says so in the path and in the body") {
    const auto command = WriteCommand::evict(target, "shop", "web-0", "u-1");
    CHECK(command.verb() == WriteVerb::evict);
    CHECK(command.args() == Args{"create", "--context=ctx", "--request-timeout=30s",
                                 "--raw=/api/v1/namespaces/shop/pods/web-0/eviction", "--filename=-"});
    CHECK(command.input() == R"({"apiVersion":"policy/v1","deleteOptions":{"preconditions":{"uid":"u-1"}},)"
                             R"("kind":"Eviction","metadata":{"name":"web-0","namespace":"shop"}})");
    CHECK(command.rehearsal_args() == Args{"create", "--context=ctx", "--request-timeout=30s",
                                           "--raw=/api/v1/namespaces/shop/pods/web-0/eviction?dryRun=All",
                                           "--filename=-"});
    CHECK(command.rehearsal_input() ==
          R"({"apiVersion":"policy/v1","deleteOptions":{"dryRun":["All"],"preconditions":{"uid":"u-1"}},)"
          R"("kind":"Eviction","metadata":{"name":"web-0","namespace":"shop"}})");
    CHECK(fault_of(command).empty());
}

TEST_CASE("a deletion: of one pod with its uid, and its own grace") {
    const auto command = WriteCommand::delete_pod({"ctx", "/k", "/cache", 5}, "shop", "web-0", "u-1");
    CHECK(command.verb() == WriteVerb::delete_pod);
    CHECK(command.args() == Args{"delete", "--kubeconfig=/k", "--context=ctx", "--request-timeout=5s",
                                 "--raw=/api/v1/namespaces/shop/pods/web-0", "--filename=-"});
    CHECK(command.input() == R"({"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"uid":"u-1"},)"
                             R"("propagationPolicy":"Background"})");
    CHECK(command.rehearsal_args() == Args{"delete", "--kubeconfig=/k", "--context=ctx", "--request-timeout=5s",
                                           "--raw=/api/v1/namespaces/shop/pods/web-0?dryRun=All", "--filename=-"});
    CHECK(command.rehearsal_input() == R"({"apiVersion":"v1","dryRun":["All"],"kind":"DeleteOptions",)"
                                       R"("preconditions":{"uid":"u-1"},"propagationPolicy":"Background"})");
    CHECK(fault_of(command).empty());
}

TEST_CASE("a Job of a CronJob") {
    const auto command = WriteCommand::create_job({}, "shop", "nightly-1", "nightly");
    CHECK(command.verb() == WriteVerb::create_job);
    CHECK(command.args() == Args{"create", "job", "--namespace=shop", "--field-manager=salve", "--from=cronjob/nightly",
                                 "--output=json", "nightly-1"});
    CHECK(command.rehearsal_args() == Args{"create", "job", "--namespace=shop", "--field-manager=salve",
                                           "--from=cronjob/nightly", "--output=json", "--dry-run=server", "nightly-1"});
    CHECK(command.input().empty());
    CHECK(fault_of(command).empty());
}

TEST_CASE("six kinds may be patched, and never another one") {
    const std::set<std::string_view> expected{"deployments", "statefulsets", "daemonsets",
                                              "jobs",        "cronjobs",     "horizontalpodautoscalers"};
    std::size_t kinds = 0;
    const auto judge = [&](Resource resource) {
        const auto plural = info(resource).plural;
        CAPTURE(plural);
        ++kinds;
        CHECK(may_patch(resource) == expected.contains(plural));
        if (may_patch(resource)) {
            CHECK(fault_of(WriteCommand::patch(target, resource, "shop", "web", body)).empty());
        } else {
            const auto error = refused([&] { WriteCommand::patch(target, resource, "shop", "web", body); });
            CHECK(error.kind() == base::ErrorKind::usage);
            CHECK(std::string(error.what()).find(plural) != std::string::npos);
        }
    };
    for (const auto& kind : resources()) judge(kind.resource);
    judge(Resource::logs);
    CHECK(kinds == resources().size() + 1);
    CHECK(expected.size() == 6);
}

TEST_CASE("a body that nobody can review is refused") {
    const auto patch = [](const std::string& bytes) {
        return WriteCommand::patch(target, Resource::deployments, "shop", "web", bytes);
    };
    CHECK(patch(body_of(max_body)).args()[6].size() == max_body + 8);
    CHECK(refused([&] { patch(body_of(max_body + 1)); }).kind() == base::ErrorKind::usage);
    CHECK(max_body < std::size_t{128} << 10);
}

TEST_CASE("a body that is no JSON patch is refused") {
    using namespace std::string_literals;
    for (const auto& bytes :
         {""s, " "s, "null"s, "{}"s, "[]"s, "\"x\""s, "[1]"s, "[{}]"s, "[{\"op\":\"add\"}"s, body + body, body + "\0"s,
          "--server=https://evil"s, "\xef\xbb\xbf" + body, "[{\"op\":\"add\",\"op\":\"remove\",\"path\":\"/a\"}]"s,
          "[{\"op\":\"add\",\"path\":\"/a\",\"value\":\"\0\"}]"s,
          "[{\"op\":\"add\",\"path\":\"/a\",\"value\":\"\xff\"}]"s,
          "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/b\"}]"s,
          "[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/b\"}]"s}) {
        CAPTURE(bytes);
        CHECK(refused([&] { WriteCommand::patch(target, Resource::jobs, "shop", "web", bytes); }).kind() ==
              base::ErrorKind::usage);
    }
}

TEST_CASE("a pod goes only with a uid") {
    for (const std::string uid : {"", " ", "a b", "u\"", "u\n", "u\\", "{}", "u,v", "\xc3\xa4"}) {
        CAPTURE(uid);
        for (const auto& make : {WriteCommand::evict, WriteCommand::delete_pod})
            CHECK(refused([&] { make(target, "shop", "web-0", uid); }).kind() == base::ErrorKind::usage);
    }
    CHECK(refused([] { WriteCommand::evict(target, "shop", "web-0", std::string(129, 'a')); }).kind() ==
          base::ErrorKind::usage);
    CHECK(fault_of(WriteCommand::evict(target, "shop", "web-0", std::string(128, 'a'))).empty());
}

TEST_CASE("a time limit out of range is refused") {
    for (const std::uint32_t seconds : {0U, 3601U, 4294967295U})
        CHECK(refused([&] {
                  WriteCommand::evict({"c", {}, {}, seconds}, "shop", "web-0", "u-1");
              }).kind() == base::ErrorKind::usage);
}

TEST_CASE("S3.43: nothing is ever changed in a namespace of the system, whatever was planned") {
    const Target target{"c", {}, {}, 30};
    for (const char* ns : {"kube-system", "kube-public", "kube-node-lease"}) {
        const auto refusals = {refused([&] {
                                   WriteCommand::patch(target, Resource::deployments, ns, "web",
                                                       R"([{"op":"test","path":"/a","value":1}])");
                               }),
                               refused([&] { WriteCommand::evict(target, ns, "web-0", "u-1"); }),
                               refused([&] { WriteCommand::delete_pod(target, ns, "web-0", "u-1"); }),
                               refused([&] { WriteCommand::create_job(target, ns, "a", "b"); })};
        for (const auto& error : refusals)
            CHECK(std::string(error.what()).find("nothing is ever changed") != std::string::npos);
    }
}

TEST_CASE("which right a change takes") {
    CHECK(to_text(right_of(WriteVerb::evict, Resource::deployments)) == "create pods/eviction");
    CHECK(to_text(right_of(WriteVerb::delete_pod, Resource::deployments)) == "delete pods");
    CHECK(to_text(right_of(WriteVerb::create_job, Resource::cronjobs)) == "create jobs.batch");
    for (const auto resource : {Resource::deployments, Resource::jobs, Resource::horizontalpodautoscalers}) {
        const auto right = right_of(WriteVerb::patch, resource);
        CHECK(right.access == Access::patch);
        CHECK(right.resource == resource);
        CHECK(right.sub == Subresource::none);
    }
    CHECK(to_text(right_of(WriteVerb::patch, Resource::deployments)) == "patch deployments.apps");
}

// Who was given the remediator's role may do all that can be planned.
TEST_CASE("no change takes a right that the remediator's role does not give") {
    const auto rights = changing_rights(true);
    const auto granted = [&](const Right& right) {
        return std::find(rights.begin(), rights.end(), right) != rights.end();
    };
    for (const auto verb : {WriteVerb::evict, WriteVerb::delete_pod, WriteVerb::create_job})
        CHECK(granted(right_of(verb, Resource::pods)));
    for (const auto& known : resources())
        if (may_patch(known.resource)) {
            CAPTURE(known.plural);
            CHECK(granted(right_of(WriteVerb::patch, known.resource)));
        }
}
