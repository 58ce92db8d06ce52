#include "kube/slim.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/boxed.hpp"

using namespace salve::kube;

namespace {

Pod healthy() {
    Pod pod;
    pod.phase = "Running";
    pod.conditions = {{"Ready", "True", "", "", {}, {}}};
    ContainerStatus status;
    status.name = "app";
    status.ready = true;
    status.state.running.emplace();
    pod.statuses.push_back(status);
    return pod;
}

}  // namespace

TEST_CASE("a pod with anything to judge is not settled") {
    CHECK(is_settled(healthy()));
    const auto unsettled = [](auto change) {
        auto pod = healthy();
        change(pod);
        return !is_settled(pod);
    };
    CHECK(unsettled([](Pod& pod) { pod.statuses[0].restarts = 1; }));
    CHECK(unsettled([](Pod& pod) { pod.statuses[0].ready = false; }));
    CHECK(unsettled([](Pod& pod) { pod.statuses[0].last.terminated.emplace(); }));
    CHECK(unsettled([](Pod& pod) { pod.statuses[0].state.waiting.emplace(); }));
    CHECK(unsettled([](Pod& pod) { pod.conditions[0].status = "False"; }));
    CHECK(unsettled([](Pod& pod) { pod.phase = "Pending"; }));
    CHECK(unsettled([](Pod& pod) { pod.phase = "Failed"; }));
    CHECK(unsettled([](Pod& pod) { pod.meta.deleted = Time{1}; }));
}

TEST_CASE("an init container that is done is not kept, a sidecar and what runs are") {
    ContainerStatus status;
    status.state.terminated.emplace();
    CHECK(is_kept_status(status));
    status.list = ContainerStatus::List::init;
    CHECK_FALSE(is_kept_status(status));
    status.state.terminated.reset();
    status.state.running.emplace();
    CHECK(is_kept_status(status));
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
