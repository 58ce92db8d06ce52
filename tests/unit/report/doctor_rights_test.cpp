#include "doctor_builders.hpp"

using namespace salve;
using namespace salve::test;
using namespace salve::report::doctor;
using kube::Access;
using kube::Allowed;
using kube::Resource;

namespace {

void answer(std::vector<AskedRight>& rights, const std::string& right, Allowed allowed,
            const std::string& reason = "") {
    for (auto& one : rights)
        if (to_text(one.right) == right) {
            one.answer = {allowed, reason};
            return;
        }
    FAIL("no such right: " << right);
}

void answer_all(std::vector<AskedRight>& rights, Allowed allowed) {
    for (auto& one : rights) one.answer = {allowed, ""};
}

Facts enabled() {
    auto facts = well();
    facts.remediation = {true, {"shop"}};
    return facts;
}

constexpr auto grant_reader =
    "salve rbac reader -n shop | kubectl apply -f - && kubectl -n shop create rolebinding salve-reader-jane "
    "--role=salve-reader --user=jane --dry-run=client -o yaml | kubectl apply -f -";
constexpr auto grant_remediator =
    "salve rbac remediator -n shop | kubectl apply -f - && kubectl -n shop create rolebinding salve-remediator-jane "
    "--role=salve-remediator --user=jane --dry-run=client -o yaml | kubectl apply -f -";

constexpr auto cluster_reader =
    "salve rbac reader -n shop | kubectl apply -f - && kubectl create clusterrolebinding salve-reader-cluster-jane "
    "--clusterrole=salve-reader-cluster --user=jane --dry-run=client -o yaml | kubectl apply -f -";

// Of a mend that grants: the binding's name, and whom it binds.
std::string binding(const std::string& mend) {
    const auto begin = mend.find("create rolebinding ") + 19, end = mend.find(" --dry-run=client");
    REQUIRE(end != std::string::npos);
    return mend.substr(begin, end - begin);
}

}  // namespace

TEST_CASE("S3.57: a missing right is named, with the manifest that grants it") {
    auto facts = well();
    CHECK(said(facts, "read shop") == "ok: 20 of 20 rights");
    answer(facts.namespaces[0].reading, "list pods", Allowed::no);
    answer(facts.namespaces[0].reading, "list jobs.batch", Allowed::no);
    answer(facts.namespaces[0].reading, "get pods/log", Allowed::no);
    CHECK(said(facts, "read shop") ==
          std::string("warning: 17 of 20 rights; may not: list pods, jobs.batch; get pods/log; an administrator of the "
                      "cluster can grant it | ") +
              grant_reader);
    CHECK(exit_of(facts) == 0);
    facts.cluster->user = "system:serviceaccount:ops:salve";
    CHECK(binding(check_of(facts, "read shop").mend) ==
          "salve-reader-system:serviceaccount:ops:salve --role=salve-reader --serviceaccount=ops:salve");
    facts.cluster->user.clear();
    CHECK(binding(check_of(facts, "read shop").mend) == "salve-reader --role=salve-reader --user=NAME");
    facts.cluster->user = "arn:aws:iam::1:role/x%y";
    CHECK(binding(check_of(facts, "read shop").mend) ==
          "salve-reader-arn:aws:iam::1:role-x-y --role=salve-reader --user=arn:aws:iam::1:role/x%y");
    facts.cluster->user = "o'neil; rm x";
    CHECK(binding(check_of(facts, "read shop").mend) ==
          "'salve-reader-o'\\''neil; rm x' --role=salve-reader '--user=o'\\''neil; rm x'");
}

TEST_CASE("nothing of a namespace may be read: nothing can be said about it") {
    auto facts = well();
    answer_all(facts.namespaces[0].reading, Allowed::no);
    CHECK(check_of(facts, "read shop").state == State::failure);
    CHECK(check_of(facts, "read shop").mend == grant_reader);
    CHECK(exit_of(facts) == 83);
    // With an unanswered question it is not known.
    answer(facts.namespaces[0].reading, "list pods", Allowed::unknown, "slow");
    CHECK(check_of(facts, "read shop").state == State::warning);
    CHECK(exit_of(facts) == 0);
}

TEST_CASE("what need not be granted, or is not there, is no fault") {
    auto facts = well();
    answer(facts.namespaces[0].reading, "list controllerrevisions.apps", Allowed::no);
    answer(facts.namespaces[0].reading, "list horizontalpodautoscalers.autoscaling", Allowed::not_served);
    CHECK(said(facts, "read shop") == "ok: 18 of 20 rights; may not, and need not: list controllerrevisions.apps");
    answer_all(facts.cluster_reading, Allowed::no);
    CHECK(check_of(facts, "read cluster-wide").state == State::warning);
    CHECK(check_of(facts, "read cluster-wide").mend == cluster_reader);
    CHECK(exit_of(facts) == 0);
}

TEST_CASE("what was not answered, or not asked any more, is told, and is no right") {
    auto facts = well();
    answer(facts.namespaces[0].reading, "list pods", Allowed::unknown, "Unable to connect to the server: EOF");
    facts.namespaces[0].reading[1].asked = false;
    CHECK(
        said(facts, "read shop") ==
        "warning: 18 of 20 rights; not known: list pods (Unable to connect to the server: EOF); 1 not asked, for time "
        "was up | kubectl --context kind-demo auth can-i --list -n shop");
    facts = enabled();
    facts.namespaces[0].changing[0].asked = false;
    CHECK(check_of(facts, "change shop").state == State::warning);
    CHECK(check_of(facts, "change shop").mend == "kubectl --context kind-demo auth can-i --list -n shop");
}

TEST_CASE("a namespace that is not there is a failure, whatever the rights") {
    auto facts = well();
    facts.namespaces[0].found = kube::Failure::not_found;
    CHECK(said(facts, "read shop") ==
          "failure: namespace shop does not exist | kubectl --context kind-demo get namespaces");
    CHECK(exit_of(facts) == 83);
    facts.namespaces[0].found = kube::Failure::forbidden;  // who may not look it up is not told that it is missing
    CHECK(check_of(facts, "read shop").state == State::ok);
}

TEST_CASE("S3.49: what may be changed is told, and is missing only where changes are allowed") {
    auto facts = well();
    answer_all(facts.namespaces[0].changing, Allowed::no);
    CHECK(said(facts, "change shop") ==
          "ok: 0 of 14 rights; may not: get and patch deployments.apps, daemonsets.apps, cronjobs.batch, "
          "horizontalpodautoscalers.autoscaling; get and delete pods; create pods/eviction; get and patch and create "
          "jobs.batch; none is needed, for the configuration allows no change here");
    facts.remediation = {true, {"elsewhere"}};
    CHECK(check_of(facts, "change shop").state == State::ok);
    facts.remediation = {false, {"shop"}};
    CHECK(check_of(facts, "change shop").state == State::ok);
    facts.remediation = {true, {"shop"}};
    CHECK(check_of(facts, "change shop").state == State::warning);
    CHECK(check_of(facts, "change shop").mend == grant_remediator);
    CHECK(exit_of(facts) == 0);

    facts = enabled();
    CHECK(said(facts, "change shop") == "ok: 14 of 14 rights");
    answer(facts.namespaces[0].changing, "create pods/eviction", Allowed::no);
    CHECK(said(facts, "change shop") ==
          std::string("warning: 13 of 14 rights; may not: create pods/eviction; an administrator of the cluster can "
                      "grant it | ") +
              grant_remediator);
    answer(facts.namespaces[0].changing, "patch deployments.apps", Allowed::no);
    CHECK(check_of(facts, "change shop").detail.find("limited to names counts as no") != std::string::npos);
}

TEST_CASE("S3.43: nothing is asked for in a namespace of the system") {
    auto facts = enabled();
    facts.namespaces[0].name = "kube-system";
    CHECK(said(facts, "change kube-system") == "skipped: nothing is ever changed in a namespace of the system");
}

TEST_CASE("what the configuration lets us change") {
    auto facts = well();
    CHECK(said(facts, "remediation") == "ok: off: nothing can be changed");
    facts.remediation.namespaces = {"shop"};
    CHECK(said(facts, "remediation") == "ok: off: nothing can be changed (named: shop)");
    facts.remediation = {true, {}};
    facts.configuration.file = "/etc/salve.yaml";
    CHECK(said(facts, "remediation") ==
          "warning: enabled, but remediation.allowed_namespaces names none: nothing can be changed | ${EDITOR:-vi} "
          "/etc/salve.yaml");
    facts.remediation = {true, {"shop", "kube-public"}};
    CHECK(said(facts, "remediation") ==
          "warning: allowed in shop, kube-public; nothing is ever changed in kube-public | ${EDITOR:-vi} "
          "/etc/salve.yaml");
    facts.remediation = {true, {"shop", "prod"}};
    CHECK(said(facts, "remediation") == "ok: enabled in shop, prod");
}
