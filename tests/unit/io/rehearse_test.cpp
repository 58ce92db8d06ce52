#include "io/rehearse.hpp"

#include <sys/stat.h>

#include "base/digest.hpp"
#include "io/run_kubectl.hpp"
#include "io_fakes.hpp"
#include "unit/kube/write_checks.hpp"

using namespace salve;
using namespace salve::test;
using nlohmann::json;
using plan::DryRunState;

namespace {

// A kubectl that writes down what it was given and says what it was told to say.
class Fake {
public:
    Fake() {
        folder_.file("kubectl",
                     "#!/bin/sh\ncd \"${0%/*}\"\nfor word; do printf '%s\\0' \"$word\" >>args; done\n"
                     "cat >input\ncat err >&2\ncat out\nexit \"$(cat code)\"\n");
        REQUIRE(::chmod((folder_ / "kubectl").c_str(), 0700) == 0);
    }
    io::KubectlSettings settings() const {
        io::KubectlSettings settings;
        settings.program = {folder_ / "kubectl", folder_ / "kubectl"};
        settings.target = {"ctx", {}, {}, 30};
        settings.environment = {"PATH=/usr/bin:/bin"};
        settings.list_budget = base::seconds(20);
        return settings;
    }
    // Rehearses the step against that answer; checks that what arrived is a rehearsal.
    plan::Step rehearsed(const plan::Request& request, int code, const std::string& out, const std::string& err,
                         const json* live = nullptr) {
        folder_.file("args", "");
        folder_.file("out", out);
        folder_.file("err", err);
        folder_.file("code", std::to_string(code));
        plan::Step step;
        step.request = request;
        io::Rehearsal rehearsal(settings(), redactor_);
        rehearsal.rehearse(step, live);
        const auto command = plan::command_of(request, settings().target);
        REQUIRE(rehearsal.calls() == std::vector<kube::Args>{command.rehearsal_args()});
        kube::Args args;
        std::stringstream words(io::read_file(folder_ / "args", 1 << 20));
        for (std::string word; std::getline(words, word, '\0');) args.push_back(word);
        CHECK(args == command.rehearsal_args());
        const auto input = io::read_file(folder_ / "input", 1 << 20);
        CHECK(input == command.rehearsal_input());
        CHECK(kube::vector_fault(request.verb, args, input, true).empty());
        CHECK(io::is_rehearsal(args, input));
        return step;
    }

private:
    TempFolder folder_;
    base::Redactor redactor_{"key"};
};

plan::Request scale() {
    plan::Request one;
    one.ns = "shop";
    one.name = "web";
    one.patch = json::parse(R"([{"op": "test", "path": "/metadata/uid", "value": "u-1"},
                                {"op": "replace", "path": "/spec/replicas", "value": 3}])");
    return one;
}
plan::Request evict() { return {kube::WriteVerb::evict, kube::Resource::pods, "shop", "web-0", "", "u-1", {}}; }
plan::Request remove() { return {kube::WriteVerb::delete_pod, kube::Resource::pods, "shop", "web-0", "", "u-1", {}}; }
plan::Request run_now() {
    return {kube::WriteVerb::create_job, kube::Resource::jobs, "shop", "nightly-1", "nightly", "", {}};
}

const json web = {{"apiVersion", "apps/v1"},
                  {"kind", "Deployment"},
                  {"metadata", {{"name", "web"}, {"namespace", "shop"}, {"uid", "u-1"}, {"generation", 1}}},
                  {"spec", {{"replicas", 2}}}};

json scaled() {
    auto answer = web;
    answer["spec"]["replicas"] = 3;
    answer["metadata"]["generation"] = 2;
    answer["metadata"]["managedFields"] = json::array({1});
    return answer;
}

const std::string status = R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success","code":201})";

}  // namespace

TEST_CASE("what the server would keep is shown against what it has") {
    Fake fake;
    auto step = fake.rehearsed(scale(), 0, scaled().dump(), "Warning: would violate PodSecurity\nnoise\n", &web);
    CHECK(step.dry_run.state == DryRunState::ok);
    CHECK(step.dry_run.message.empty());
    CHECK(step.dry_run.diff == std::vector<plan::Change>{{"/spec/replicas", 2, 3}});
    CHECK(step.may == true);
    CHECK(step.risk_reasons == std::vector<std::string>{"would violate PodSecurity"});

    step = fake.rehearsed(evict(), 0, status, "");
    CHECK(step.dry_run.state == DryRunState::ok);
    CHECK(step.dry_run.diff == std::vector<plan::Change>{{"", "pod web-0", nullptr}});
    step = fake.rehearsed(remove(), 0, R"({"kind":"Pod","metadata":{"name":"web-0"}})", "");
    CHECK(step.dry_run.state == DryRunState::ok);
    step = fake.rehearsed(run_now(), 0,
                          R"({"kind":"Job","metadata":{"name":"nightly-1","namespace":"shop"},"spec":{}})", "");
    CHECK(step.dry_run.state == DryRunState::ok);
    CHECK(step.dry_run.diff == std::vector<plan::Change>{{"", nullptr, "job nightly-1"}});
}

TEST_CASE("a secret in the answer, in a warning or in an error is not shown") {
    Fake fake;
    auto answer = scaled();
    answer["spec"]["template"]["spec"]["containers"] =
        json::array({{{"name", "a"}, {"env", {{{"name", "DB_PASSWORD"}, {"value", "hunter2secret"}}}}}});
    auto step = fake.rehearsed(scale(), 0, answer.dump(), "Warning: password=hunter2secret is weak\n", &web);
    CHECK(step.dry_run.state == DryRunState::ok);
    CHECK_FALSE(contains(json(step.dry_run.diff[0].to).dump() + step.risk_reasons.at(0), "hunter2secret"));
    step = fake.rehearsed(scale(), 1, "", "Error from server (BadRequest): password=hunter2secret is weak\n");
    CHECK_FALSE(contains(step.dry_run.message, "hunter2secret"));
}

TEST_CASE("what the server says no to, and what says nothing") {
    struct Row {
        const char *name, *err;
        DryRunState state;
        std::optional<bool> may;
        const char* says;
    };
    const std::optional<bool> no{false}, unknown;
    for (
        const auto& row : std::vector<Row>{
            {"quota", "Error from server (Forbidden): pods \"x\" is forbidden: exceeded quota: q, requested: pods=1\n",
             DryRunState::refused, unknown, "exceeded quota"},
            {"right", "Error from server (Forbidden): deployments.apps \"web\" is forbidden: User \"u\" cannot patch\n",
             DryRunState::refused, no, "cannot patch"},
            {"security",
             "Error from server (Forbidden): pods \"x\" is forbidden: violates PodSecurity \"restricted:latest\"\n",
             DryRunState::refused, unknown, "violates PodSecurity"},
            {"webhook says no", "Error from server (Forbidden): admission webhook \"w.x\" denied the request: no\n",
             DryRunState::refused, unknown, "denied"},
            {"webhook with side effects",
             "Error from server (BadRequest): admission webhook \"w.x\" does not support dry run\n",
             DryRunState::not_possible, unknown, "nobody can say beforehand"},
            {"webhook is down",
             "Error from server (InternalError): Internal error occurred: failed calling webhook \"w.x\"\n",
             DryRunState::refused, unknown, "failed calling webhook"},
            {"test failed", "The request is invalid: the server rejected our request due to an error in our request\n",
             DryRunState::refused, unknown, "plan again"},
            {"test failed, 1.20", "The request is invalid\n", DryRunState::refused, unknown, "plan again"},
            {"not valid", "The Deployment \"web\" is invalid: spec.replicas: Invalid value: -1\n", DryRunState::refused,
             unknown, "Invalid value"},
            {"gone", "Error from server (NotFound): deployments.apps \"web\" not found\n", DryRunState::refused,
             unknown, "not found"},
            {"another pod", "Error from server (Conflict): the UID in the precondition (a) does not match (b)\n",
             DryRunState::refused, unknown, "UID"},
            {"budget",
             "Error from server (TooManyRequests): Cannot evict pod as it would violate the pod's disruption budget.\n",
             DryRunState::refused, unknown, "disruption budget"},
            {"throttled", "Error from server (TooManyRequests): the server has received too many requests\n",
             DryRunState::not_possible, unknown, "too many requests"},
            {"unreachable",
             "The connection to the server 10.0.0.1:6443 was refused - did you specify the right host?\n",
             DryRunState::not_possible, unknown, "refused"},
            {"login", "error: You must be logged in to the server (Unauthorized)\n", DryRunState::not_possible, unknown,
             "logged in"},
            {"silence", "", DryRunState::refused, unknown, "said nothing"}}) {
        CAPTURE(row.name);
        Fake fake;
        for (const auto& request : {scale(), evict(), remove(), run_now()}) {
            // Whatever stands on stdout: it does not count.
            const auto step = fake.rehearsed(request, 1, scaled().dump(), row.err, &web);
            CHECK(step.dry_run.state == row.state);
            CHECK(step.may == row.may);
            CHECK(contains(step.dry_run.message, row.says));
            CHECK(step.dry_run.diff.empty());
        }
    }
}

TEST_CASE("an answer that is none, or is about something else, is no rehearsal") {
    auto other = scaled(), elsewhere = scaled(), kind = scaled();
    other["metadata"]["name"] = "api";
    elsewhere["metadata"]["namespace"] = "other";
    kind["kind"] = "DeploymentList";
    std::string deep;
    for (int i = 0; i < 1000; ++i) deep += '[';
    Fake fake;
    for (const auto& answer :
         {std::string(), std::string("{}"), std::string("garbage"), std::string("[1]"), std::string("null"),
          std::string("{\"kind\":"), scaled().dump() + "x", scaled().dump() + scaled().dump(), other.dump(),
          elsewhere.dump(), kind.dump(), deep, std::string("\xff\xfe\0{", 4),
          "{\"kind\":\"Deployment\",\"x\":\"" + std::string(std::size_t{5} << 20, 'x') + "\"}"}) {
        CAPTURE(answer.substr(0, 60));
        const auto step = fake.rehearsed(scale(), 0, answer, "", &web);
        CHECK(step.dry_run.state == DryRunState::not_possible);
        CHECK_FALSE(step.dry_run.message.empty());
        CHECK(step.dry_run.diff.empty());
        if (answer == "{}") continue;  // as good as a Status
        for (const auto& request : {evict(), remove()})
            if (!answer.starts_with("{\"api") && !answer.starts_with("{\"kind\":\"D"))
                CHECK(fake.rehearsed(request, 0, answer, "").dry_run.state == DryRunState::not_possible);
    }
}

TEST_CASE("a kubectl that hangs, or that is not there") {
    Fake fake;
    auto settings = fake.settings();
    base::Redactor redactor("key");
    plan::Step step;
    step.request = scale();
    settings.program = {"/bin/sh", "/bin/sh"};  // "sh patch": no such script
    io::Rehearsal(settings, redactor).rehearse(step, &web);
    CHECK(step.dry_run.state == DryRunState::refused);
    settings.program = {"/nonexistent/kubectl", "/nonexistent/kubectl"};
    CHECK(error_of([&] { io::Rehearsal(settings, redactor).rehearse(step, &web); }).kind() ==
          base::ErrorKind::kubectl_unavailable);
}

TEST_CASE("arguments that would act are no rehearsal") {
    const std::string in_body = R"({"dryRun":["All"]})", in_options = R"({"deleteOptions":{"dryRun":["All"]}})";
    using io::is_rehearsal;
    CHECK(is_rehearsal({"patch", "--dry-run=server", "--", "x"}, ""));
    CHECK(is_rehearsal({"delete", "--raw=/a?dryRun=All"}, in_body));
    CHECK(is_rehearsal({"create", "--raw=/a?dryRun=All"}, in_options));
    struct Row {
        kube::Args args;
        std::string input;
    };
    for (const auto& row : std::vector<Row>{{{}, ""},
                                            {{"patch"}, ""},
                                            {{"patch", "--", "--dry-run=server"}, ""},
                                            {{"patch", "--dry-run=none"}, ""},
                                            {{"patch", "--dry-run=client"}, ""},
                                            {{"patch", "--dry-run"}, ""},
                                            {{"patch", "--dry-run=server", "--dry-run=none"}, ""},
                                            {{"patch", "--dry-run=server", "--dry_run=none"}, ""},
                                            {{"delete", "--raw=/a", "--dry-run=server"}, in_body},
                                            {{"delete", "--raw=/a?dryRun=All"}, ""},
                                            {{"delete", "--raw=/a?dryRun=All"}, "{}"},
                                            {{"delete", "--raw=/a?dryRun=All"}, R"({"x":{"dryRun":["All"]}})"},
                                            {{"delete", "--raw=/a?dryRun=All"}, R"({"x":"\"dryRun\":[\"All\"]"})"},
                                            {{"delete", "--raw=/a?dryRun=All"}, in_options},
                                            {{"create", "--raw=/a?dryRun=All"}, in_body},
                                            {{"delete", "--raw=/a?dryRun=None"}, in_body},
                                            {{"delete", "--raw=/a?dryRun=None?dryRun=All"}, in_body},
                                            {{"delete", "--raw", "/a?dryRun=All"}, in_body},
                                            {{"delete", "--raw=/a?dryRun=All", "--raw=/b"}, in_body},
                                            {{"delete", "--", "--raw=/a?dryRun=All"}, in_body}}) {
        CAPTURE(row.args);
        CAPTURE(row.input);
        CHECK_FALSE(is_rehearsal(row.args, row.input));
    }
}
