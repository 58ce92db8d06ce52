#include "diagnose/next_command.hpp"

#include <doctest/doctest.h>

#include "base/shell.hpp"
#include "report_builders.hpp"

using namespace salve;
using namespace salve::diagnose;
namespace builders = salve::report::builders;
using salve::base::shell_quoted;

namespace {

const kube::ClusterInfo cluster{"kind-demo", "", ""};

diagnose::Finding about(const kube::ObjectRef& object) {
    auto finding = builders::service_finding();
    finding.evidence.front().object = object;
    return finding;
}

}  // namespace

TEST_CASE("describes the object of the best evidence") {
    CHECK(next_command(cluster, builders::image_finding()) ==
          "kubectl --context kind-demo -n demo describe pod web-7b84-x");
    CHECK(next_command({}, about({"v1", "Node", "", "n1.example", ""})) == "kubectl describe node n1.example");
    CHECK(next_command({}, about({"networking.k8s.io/v1", "Ingress", "a", "b", ""})) ==
          "kubectl -n a describe ingress b");
    CHECK(next_command({}, about({"argoproj.io/v1alpha1", "Rollout", "a", "b", ""})) ==
          "kubectl -n a describe rollout.argoproj.io b");
}

TEST_CASE("shows the log of a container that ended, before its restart where there was one") {
    auto finding = builders::oom_finding();
    CHECK(next_command(cluster, finding) ==
          "kubectl --context kind-demo -n demo logs worker-5d-k -c main --tail=100 --previous");
    finding.evidence.front().path = "status.containerStatuses[0].state.terminated.exitCode";
    CHECK(next_command(cluster, finding) == "kubectl --context kind-demo -n demo logs worker-5d-k -c main --tail=100");
    finding.evidence.push_back(finding.evidence.front());
    finding.evidence.back().source = Source::log;
    finding.evidence.back().path = "log.previous";
    CHECK(next_command(cluster, finding)->ends_with("--previous"));
    // Another container's restart says nothing about this one.
    finding.evidence.back().container = "sidecar";
    CHECK_FALSE(next_command(cluster, finding)->ends_with("--previous"));
    // A container that waits has no log.
    finding.evidence.resize(1);
    finding.evidence.front().path = "status.containerStatuses[0].state.waiting.reason";
    CHECK(next_command(cluster, finding) == "kubectl --context kind-demo -n demo describe pod worker-5d-k");
}

TEST_CASE("no command from a name that Kubernetes does not allow") {
    for (const char* name :
         {"", "a b", "a;reboot", "$(reboot)", "-n", "--all", "A", "a/b", "a\n", "`id`", "a'", "\x1b[2J"}) {
        CAPTURE(name);
        CHECK_FALSE(next_command(cluster, about({"v1", "Pod", "demo", name, ""})));
        if (*name != '\0') CHECK_FALSE(next_command(cluster, about({"v1", "Pod", name, "web", ""})));
        CHECK_FALSE(next_command(cluster, about({"v1", *name == 'A' ? "" : name, "demo", "web", ""})));
        auto finding = builders::oom_finding();
        finding.evidence.front().object.name = name;
        CHECK_FALSE(next_command(cluster, finding));
    }
    CHECK_FALSE(next_command(cluster, about({"a;b/v1", "Foo", "demo", "web", ""})));
    CHECK_FALSE(next_command({"evil\x1b[2J", "", ""}, builders::oom_finding()));
    CHECK_FALSE(next_command({"two\nlines", "", ""}, builders::oom_finding()));
    auto bare = builders::oom_finding();
    bare.evidence.clear();
    CHECK_FALSE(next_command(cluster, bare));
}

TEST_CASE("a context of any spelling is one shell word") {
    CHECK(next_command({"my cluster's $HOME", "", ""}, about(builders::pod("web"))) ==
          "kubectl --context 'my cluster'\\''s $HOME' -n demo describe pod web");
    CHECK(shell_quoted("arn:aws:eks:eu-1:1234:cluster/a") == "arn:aws:eks:eu-1:1234:cluster/a");
    CHECK(shell_quoted("admin@demo") == "admin@demo");
    CHECK(shell_quoted("") == "''");
    CHECK(shell_quoted("~") == "'~'");
    CHECK(shell_quoted("a!b") == "'a!b'");
}
