#include <doctest/doctest.h>

#include "all_rules.hpp"
#include "unit/diagnose/config_builders.hpp"

using namespace salve::config_test;
using salve::diagnose::rules::container_create;
using salve::diagnose::rules::container_start;

namespace {

Cluster waiting(std::string reason, std::string message) {
    Cluster cluster;
    cluster.container("main");
    cluster.status("main").state.waiting = Waiting{std::move(reason), std::move(message)};
    return cluster;
}

}  // namespace

TEST_CASE("an image without a command") {
    const auto found =
        waiting("CreateContainerError",
                "failed to generate container \"a1\" spec: failed to generate spec: no command specified")
            .run(container_create);
    REQUIRE(found.size() == 1);
    CHECK(found[0].mode->id == "pod.create.error");
    CHECK(found[0].root.object.kind == "Deployment");
    CHECK(has(found[0].summary, "no command specified"));
    CHECK(has(found[0].advice[0], "ENTRYPOINT"));
    CHECK(has(said(found[0]), "CreateContainerError"));
}

TEST_CASE("a runtime that hangs is the node's fault, and only after a minute") {
    const auto text =
        "failed to reserve container name main_web-1_shop_u_0: name \"main_web-1_shop_u_0\" is reserved for \"f00\"";
    auto cluster = waiting("CreateContainerError", text);
    const auto found = cluster.run(container_create);
    REQUIRE(found.size() == 1);
    CHECK(found[0].root.object.kind == "Node");
    CHECK(found[0].root.object.name == "node-a");
    CHECK(affects(found[0], "Deployment", "web"));
    cluster.pod().meta.created = ago(20);
    CHECK(cluster.run(container_create).empty());
}

TEST_CASE("CRI-O's missing executable belongs to container_start") {
    auto cluster =
        waiting("CreateContainerError",
                "container create failed: executable file `serve` not found in $PATH: No such file or directory");
    CHECK(cluster.run(container_create).empty());
    const auto found = cluster.run(container_start);
    REQUIRE(found.size() == 1);
    CHECK(found[0].mode->id == "pod.run.command-not-found");
    CHECK(has(found[0].summary, "\"serve\""));
}

TEST_CASE("any CreateContainerError belongs to exactly one of the two rules") {
    for (const char* text :
         {"", "context deadline exceeded", "failed to mkdir \"/x\": mkdir /x: not a directory",
          "error mounting \"/a\" to rootfs at \"/b\": not a directory", "boom",
          "failed to generate container \"c\" spec: failed to apply OCI options: no such file or directory"}) {
        CAPTURE(text);
        auto cluster = waiting("CreateContainerError", text);
        CHECK(cluster.run(container_create).size() + cluster.run(container_start).size() == 1);
    }
}

TEST_CASE("resource managers that refuse") {
    const auto found =
        waiting("PreCreateHookError", "not enough cpus available to satisfy request").run(container_create);
    REQUIRE(found.size() == 1);
    CHECK(found[0].mode->id == "pod.hook.precreate");
    CHECK(waiting("PreStartHookError", "x").run(container_create).size() == 1);
    CHECK(waiting("PostStartHookError", "x").run(container_create).empty());
    CHECK(waiting("ContainerCreating", "").run(container_create).empty());
}
