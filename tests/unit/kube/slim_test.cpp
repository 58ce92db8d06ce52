#include "kube/slim.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/boxed.hpp"

using namespace salve::kube;

namespace {

Pod healthy() {
    Pod pod;
    pod.phase = "Running";
    pod.meta.labels = {{"app", "web"}};
    pod.meta.annotations = {{"kubernetes.io/config.mirror", "x"}};
    pod.conditions = {{"Ready", "True", "", "", {}, {}}, {"Initialized", "True", "", "", {}, {}}};
    Container container;
    container.name = "app";
    container.image = "nginx:1.25";
    container.env.push_back({"DB_HOST", "db", {}, {}});
    container.liveness.emplace();
    container.resources.requests = {{"cpu", "1"}};
    pod.spec.containers.push_back(container);
    Volume claim, scratch;
    claim.source = Volume::Source::claim;
    claim.object = "data";
    scratch.source = Volume::Source::empty_dir;
    pod.spec.volumes = {claim, scratch};
    ContainerStatus status;
    status.name = "app";
    status.ready = true;
    status.state.running.emplace();
    pod.statuses.push_back(status);
    return pod;
}

}  // namespace

TEST_CASE("a healthy pod keeps what others are judged by, and loses the rest") {
    auto pod = healthy();
    slim(pod);
    const auto& container = pod.spec.containers.at(0);
    CHECK(container.image == "nginx:1.25");
    CHECK(container.resources.requests.at("cpu") == "1");
    CHECK(container.env.empty());
    CHECK_FALSE(container.liveness);
    REQUIRE(pod.spec.volumes.size() == 1);
    CHECK(pod.spec.volumes[0].object == "data");
    CHECK(pod.meta.labels.at("app") == "web");
    CHECK(find_condition(pod.conditions, "Ready") != nullptr);
    CHECK(pod.statuses.size() == 1);
}

TEST_CASE("a pod with anything to judge stays whole") {
    const auto stays = [](auto change) {
        auto pod = healthy();
        change(pod);
        const auto before = pod;
        slim(pod);
        return pod == before;
    };
    CHECK(stays([](Pod& pod) { pod.statuses[0].restarts = 1; }));
    CHECK(stays([](Pod& pod) { pod.statuses[0].ready = false; }));
    CHECK(stays([](Pod& pod) { pod.statuses[0].last.terminated.emplace(); }));
    CHECK(stays([](Pod& pod) { pod.statuses[0].state.waiting.emplace(); }));
    CHECK(stays([](Pod& pod) { pod.conditions[0].status = "False"; }));
    CHECK(stays([](Pod& pod) { pod.phase = "Pending"; }));
    CHECK(stays([](Pod& pod) { pod.phase = "Failed"; }));
    CHECK(stays([](Pod& pod) { pod.meta.deleted = Time{1}; }));
}

TEST_CASE("routine events are not kept") {
    Event event;
    event.type = "Normal";
    event.reason = "Started";
    CHECK_FALSE(is_kept(event));
    event.reason = "Killing";
    CHECK(is_kept(event));
    event.reason = "";
    CHECK(is_kept(event));
}

TEST_CASE("the selector of events lets pass exactly what is kept") {
    const std::string start = "/api/v1/events?fieldSelector=";
    const auto path = kept_events().str();
    REQUIRE(path.starts_with(start));
    std::vector<std::string> left_out;
    std::string selector = path.substr(start.size()) + "%2C";
    const std::string term = "reason%21%3D";
    while (!selector.empty()) {
        REQUIRE(selector.starts_with(term));
        const auto end = selector.find("%2C");
        left_out.push_back(selector.substr(term.size(), end - term.size()));
        selector.erase(0, end + 3);
    }
    CHECK(left_out.size() == 8);
    for (const char* reason :
         {"Scheduled", "Pulled", "Created", "Started", "SuccessfulCreate", "SuccessfulDelete", "Completed",
          "SawCompletedJob", "Killing", "BackOff", "Failed", "FailedScheduling", ""}) {
        Event event;
        event.reason = reason;
        CAPTURE(reason);
        CHECK(is_kept(event) == (std::find(left_out.begin(), left_out.end(), reason) == left_out.end()));
    }
}

TEST_CASE("a boxed value copies deeply and compares by value") {
    using salve::base::Boxed;
    Boxed<int> a = 7, b = a, none;
    *b = 8;
    CHECK(*a == 7);
    CHECK_FALSE(a == b);
    b = a;
    CHECK(a == b);
    CHECK_FALSE(none.has_value());
    CHECK(Boxed<int>(std::nullopt) == none);
    a = none;
    CHECK(a == none);
}
