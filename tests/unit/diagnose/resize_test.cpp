#include <doctest/doctest.h>

#include "all_rules.hpp"
#include "unit/diagnose/config_builders.hpp"

using namespace salve::config_test;
using salve::diagnose::rules::resize;

namespace {

Cluster resizing(std::string type, std::string reason, salve::base::Time at, std::string status = "True") {
    Cluster cluster;
    cluster.container("main");
    cluster.condition(std::move(type), std::move(status), std::move(reason), "Node didn't have enough capacity: cpu",
                      at);
    return cluster;
}

}  // namespace

TEST_CASE("resizes that cannot be done") {
    const auto found = resizing("PodResizePending", "Infeasible", ago(5)).run(resize);
    REQUIRE(found.size() == 1);
    CHECK(found[0].mode->id == "pod.resize.infeasible");
    CHECK(has(found[0].summary, "Node didn't have enough capacity: cpu"));
    CHECK(resizing("PodResizeInProgress", "Error", ago(5)).run(resize).size() == 1);
    CHECK(resizing("PodResizePending", "Deferred", ago(90)).run(resize)[0].mode->id == "pod.resize.deferred");
}

TEST_CASE("resizes under way") {
    CHECK(resizing("PodResizePending", "Deferred", ago(10)).run(resize).empty());
    CHECK(resizing("PodResizeInProgress", "", ago(300)).run(resize).empty());
    CHECK(resizing("PodResizePending", "Infeasible", ago(300), "False").run(resize).empty());
    CHECK(resizing("Ready", "Error", ago(300)).run(resize).empty());
}
