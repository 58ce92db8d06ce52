#include "io/kubeconfig.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "io_fakes.hpp"

using namespace salve;
using namespace salve::test;

namespace {

// A kubectl that prints these bytes and ends with that code.
struct FakeKubectl {
    TempFolder folder;
    io::Program program;

    FakeKubectl(const std::string& out, const std::string& err = "", int code = 0) {
        folder.file("out", out);
        folder.file("err", err);
        const auto script =
            folder.file("kubectl", fmt::format("#!/bin/sh\nprintf '%s\\n' \"$@\" > {0}/args\ncat {0}/out\n"
                                               "cat {0}/err >&2\nexit {1}\n",
                                               folder.path(), code));
        REQUIRE(::chmod(script.c_str(), 0755) == 0);
        program = io::find_program(script, "");
    }
    io::Chosen choose(kube::Target target = {}) const {
        return io::choose_context(program, {"PATH=/usr/bin:/bin"}, std::move(target));
    }
    std::string args() const { return io::read_file(folder / "args", 10'000); }
};

std::string config_of(const std::string& context, const std::string& inner) {
    return fmt::format(R"({{"kind":"Config","current-context":"{0}","contexts":[{{"name":"{0}","context":{1}}}]}})",
                       context, inner);
}

}  // namespace

TEST_CASE("the current context and its namespace are what kubectl says") {
    const FakeKubectl kubectl(config_of("kind-demo", R"({"cluster":"c","user":"u","namespace":"shop"})"));
    const auto chosen = kubectl.choose();
    CHECK(chosen.context == "kind-demo");
    CHECK(chosen.ns == "shop");
    CHECK(chosen.target.context == "kind-demo");  // a later change of the current context does not move the run
    CHECK(contains(kubectl.args(), "config\nview\n"));
    CHECK(contains(kubectl.args(), "--minify"));
}

TEST_CASE("a context without a namespace uses kubectl's own default") {
    for (const auto* inner : {"{}", R"({"namespace":""})", R"({"namespace":null})"}) {
        CAPTURE(inner);
        CHECK(FakeKubectl(config_of("demo", inner)).choose().ns == "default");
    }
}

TEST_CASE("a context that does not exist is a slip of the user") {
    const FakeKubectl kubectl("", "error: cannot locate context \"nope\"\n", 1);
    kube::Target target;
    target.context = "nope";
    const auto error = error_of([&] { kubectl.choose(target); });
    CHECK(error.kind() == base::ErrorKind::usage);
    CHECK(contains(error.what(), "context \"nope\" does not exist"));
    CHECK(contains(error.hint(), "get-contexts"));
}

TEST_CASE("without a usable kubeconfig there is no cluster to read") {
    const FakeKubectl kubectl("{}", "error: error loading config file \"/x\": yaml: line 1\n", 1);
    const auto error = error_of([&] { kubectl.choose(); });
    CHECK(error.kind() == base::ErrorKind::cluster_unreadable);
    CHECK(contains(error.hint(), "KUBECONFIG"));
}

TEST_CASE("an answer that is no configuration is refused") {
    for (const std::string answer :
         {"", "text", "[]", "{}", R"({"current-context":7})", R"({"current-context":"a","contexts":7})",
          R"({"current-context":"a","current-context":"b","contexts":[]})"}) {
        CAPTURE(answer);
        CHECK(error_of([&] { FakeKubectl(answer).choose(); }).kind() == base::ErrorKind::cluster_unreadable);
    }
}

TEST_CASE("hostile words in a kubeconfig do not reach an argument") {
    for (const auto* ns : {"--all-namespaces", "-n", "a b", "../x", "UPPER"}) {
        CAPTURE(ns);
        const auto error =
            error_of([&] { FakeKubectl(config_of("demo", fmt::format(R"({{"namespace":"{}"}})", ns))).choose(); });
        CHECK(error.kind() == base::ErrorKind::usage);
    }
    const auto context = error_of([] { FakeKubectl(config_of("--server=https://evil", "{}")).choose(); });
    CHECK(context.kind() == base::ErrorKind::usage);
}
