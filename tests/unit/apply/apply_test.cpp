#include "apply/apply.hpp"

#include "apply_fakes.hpp"
#include "io_fakes.hpp"

using namespace salve;
using namespace salve::test;
using apply::Applied;
using starting_test::now;

namespace {

struct Case {
    FakeCluster cluster;
    Recorder watch{cluster};
    plan::Plan plan;
    apply::ApplyOptions options;

    explicit Case(const std::vector<std::string>& names = {"web"}) : plan(scaling(cluster, names)) {}
    Applied run() { return apply::apply(approved(plan), cluster, watch, options); }
    std::string end() { return std::string(base::word(apply::end_names, run().end)); }
    void meanwhile(const std::string& call, std::function<void()> what) {
        cluster.before = [call, what = std::move(what)](const std::string& now) {
            if (now == call) what();
        };
    }
    std::string log() const { return base::join(cluster.log, ", "); }
};

}  // namespace

TEST_CASE("a step is looked at, told, sent, told again, checked and ended; then comes the next") {
    Case one({"web", "api"});
    const auto applied = one.run();
    CHECK(one.log() ==
          "begins 1, intent 1, run 1, applied 1, verified 1, begins 2, intent 2, run 2, applied 2, verified 2");
    CHECK(applied.end == End::verified);
    REQUIRE(applied.steps.size() == 2);
    for (const auto& step : applied.steps) {
        CHECK(step.end == End::verified);
        CHECK(step.reason.empty());
        REQUIRE(step.sent);
        CHECK(step.sent->effect == Effect::applied);
        CHECK(step.before.object["spec"]["replicas"] == 3);
        CHECK(step.after.object["spec"]["replicas"] == 5);
        CHECK(step.checks.size() == step.step.verify.size());
        CHECK(apply::all_passed(step.checks));
    }
    CHECK_FALSE(one.watch.seen.empty());
    CHECK(one.cluster.clock - now > base::seconds(120));  // it was soaked as planned
}

TEST_CASE("F9, F11: nothing is sent when the plan has expired, or to another cluster") {
    Case one;
    one.cluster.clock = one.plan.expires_at;
    auto applied = one.run();
    CHECK(applied.end == End::expired);
    CHECK_FALSE(applied.steps.at(0).sent);
    one.cluster.clock = one.plan.expires_at - base::Duration{1};
    CHECK(one.end() == "verified");
    for (const char* uid : {"", "uid-other"}) {
        Case other;
        other.cluster.cluster_uid = uid;
        applied = other.run();
        CHECK(applied.end == End::wrong_cluster);
        CHECK_FALSE(applied.steps.at(0).reason.empty());
        CHECK(other.cluster.sent.empty());
    }
}

TEST_CASE("the time of the plan is looked at before each step") {
    Case one({"web", "api"});
    one.cluster.before = [&](const std::string& call) {
        if (call == "diagnose") one.cluster.clock = one.plan.expires_at;
    };
    const auto applied = one.run();
    CHECK(applied.end == End::expired);
    CHECK(applied.steps.size() == 2);
    CHECK(applied.steps[0].end == End::verified);
    CHECK(one.cluster.sent == std::set<int>{1});
}

TEST_CASE("the cluster is looked at before each step") {
    Case one({"web", "api"});
    one.meanwhile("diagnose", [&] { one.cluster.cluster_uid = "uid-other"; });
    CHECK(one.end() == "wrong_cluster");
    CHECK(one.cluster.sent == std::set<int>{1});
}

TEST_CASE("nothing is sent without the right to it; a right that nobody could ask for is left to the server") {
    Case one;
    one.cluster.right = false;
    const auto applied = one.run();
    CHECK(applied.end == End::no_right);
    CHECK(applied.steps.at(0).reason == "the server says that you may not patch deployments.apps in namespace shop");
    CHECK(one.log() == "begins 1, no_right 1");
    Case other;
    other.cluster.right.reset();
    CHECK(other.end() == "verified");
}

TEST_CASE("F10: an object that is another one at the look is stale, and nothing is sent") {
    const auto with = [](auto change) {
        Case one;
        one.meanwhile("uid", [&] { change(one.cluster); });
        CHECK(one.end() == "stale");
        CHECK(one.log() == "begins 1, stale 1");
    };
    with([](FakeCluster& cluster) { cluster.edit("Deployment", "web", "/spec/replicas", 4); });
    with([](FakeCluster& cluster) { cluster.edit("Deployment", "web", "/spec/paused", true); });
    with([](FakeCluster& cluster) { cluster.recreate("Deployment", "web"); });
    with([](FakeCluster& cluster) { cluster.remove("Deployment", "web"); });
    with([](FakeCluster& cluster) { cluster.unreadable = {"read"}; });
}

TEST_CASE("F10: an object that is changed between the look and the request is not changed by it") {
    const auto with = [](auto change) {
        Case one;
        one.meanwhile("run", [&] { change(one.cluster); });
        const auto applied = one.run();
        CHECK(applied.end == End::stale);
        CHECK(applied.steps.at(0).sent->effect == Effect::not_applied);
        CHECK(one.cluster.applied.empty());
        CHECK(one.log() == "begins 1, intent 1, run 1, not_applied 1, stale 1");
    };
    with([](FakeCluster& cluster) { cluster.edit("Deployment", "web", "/spec/replicas", 4); });
    with([](FakeCluster& cluster) { cluster.edit("Deployment", "web", "/spec/paused", true); });
    with([](FakeCluster& cluster) { cluster.recreate("Deployment", "web"); });
    with([](FakeCluster& cluster) { cluster.remove("Deployment", "web"); });
}

TEST_CASE("a step that the server refuses has failed") {
    for (const auto fault : {Fault::forbidden, Fault::webhook, Fault::throttled, Fault::unauthorized}) {
        Case one;
        one.cluster.faults[1] = fault;
        const auto applied = one.run();
        CHECK(applied.end == End::failed);
        CHECK_FALSE(applied.steps.at(0).reason.empty());
        CHECK(applied.steps.at(0).checks.empty());
        CHECK(one.log() == "begins 1, intent 1, run 1, not_applied 1, failed 1");
    }
}

TEST_CASE("F7: a lost answer is applied only where the cluster shows it, and nothing is sent again") {
    for (const auto fault : {Fault::timed_out_sent, Fault::killed_sent, Fault::reset_sent, Fault::server_timeout_sent,
                             Fault::silent_sent, Fault::garbled_sent}) {
        Case one;
        one.cluster.faults[1] = fault;
        const auto applied = one.run();
        CHECK(applied.end == End::verified);
        CHECK(contains(applied.steps.at(0).sent->reason, "the answer was lost, and the cluster shows"));
        CHECK(applied.steps.at(0).sent->after.object["metadata"]["annotations"]["salve/run"] == "r1.1");
        CHECK(one.log() == "begins 1, intent 1, run 1, applied 1, verified 1");
    }
    for (const auto fault : {Fault::timed_out_unsent, Fault::reset_unsent}) {
        Case one({"web", "api"});
        one.cluster.faults[1] = fault;
        const auto began = one.cluster.clock;
        const auto applied = one.run();
        CHECK(applied.end == End::unknown);
        CHECK(applied.steps.size() == 1);
        CHECK(applied.steps[0].sent->effect == Effect::unknown);
        CHECK(applied.steps[0].checks.empty());
        CHECK(one.cluster.clock - began >= base::seconds(6));  // it was looked at more than once
        CHECK(one.log() == "begins 1, intent 1, run 1, unknown 1");
    }
}

TEST_CASE("what was sent and cannot be read afterwards stays unknown") {
    Case one;
    one.cluster.faults[1] = Fault::timed_out_sent;
    one.meanwhile("run", [&] { one.cluster.unreadable = {"read"}; });
    CHECK(one.end() == "unknown");
    CHECK(one.cluster.applied.size() == 1);
}

TEST_CASE("a mark of another step, or on another object, shows nothing") {
    for (const char* mark : {"", "r1.2", "r1.11", "r2.1", "r1"}) {
        Case one;
        one.cluster.faults[1] = Fault::timed_out_unsent;
        one.meanwhile("run",
                      [&] { one.cluster.at("Deployment", "web")["metadata"]["annotations"]["salve/run"] = mark; });
        CHECK(one.end() == "unknown");
    }
}

TEST_CASE("a change that arrives late is seen") {
    Case one;
    one.cluster.faults[1] = Fault::timed_out_unsent;
    one.meanwhile("pause", [&] {
        if (one.cluster.pauses == 2) {
            auto& web = one.cluster.at("Deployment", "web");
            web = web.patch(one.plan.steps[0].request.patch);
        }
    });
    CHECK(one.end() == "verified");
}

// kubectl repeats nothing, but a proxy may: the second copy meets the object that the first one changed.
TEST_CASE("a refusal of what our own request changed before is no refusal") {
    Case one;
    one.meanwhile("run", [&] {
        auto& web = one.cluster.at("Deployment", "web");
        web = web.patch(one.plan.steps[0].request.patch);
        web["metadata"]["generation"] = 4;
    });
    const auto applied = one.run();
    CHECK(applied.end == End::verified);
    CHECK_FALSE(applied.steps.at(0).sent->stale);
}

TEST_CASE("I1: a step whose intent cannot be written is not sent") {
    Case one;
    one.watch.disk_full = true;
    CHECK(std::string(error_of([&] { one.run(); }).what()) == "the disk is full");
    CHECK(one.cluster.sent.empty());
}

TEST_CASE("after a step that did not end well nothing more is sent") {
    for (const auto fault : {Fault::forbidden, Fault::timed_out_unsent}) {
        Case one({"web", "api"});
        one.cluster.faults[1] = fault;
        CHECK(one.run().steps.size() == 1);
        CHECK(one.cluster.sent == std::set<int>{1});
    }
    Case one({"web", "api"});
    one.cluster.diagnoses = {{one.plan.steps[0].finding_id}};
    CHECK(one.end() == "unverified");
    CHECK(one.cluster.sent == std::set<int>{1});
}

TEST_CASE("S3.35: a low-risk step may fail without the others; one whose effect is unknown may not") {
    const auto sent = [](auto prepare) {
        Case one({"web", "api"});
        for (auto& step : one.plan.steps) step.continue_on_error = true;
        prepare(one);
        const auto applied = one.run();
        CHECK(applied.end != End::verified);  // it is told all the same
        return one.cluster.sent.size();
    };
    CHECK(sent([](Case& one) { one.cluster.faults[1] = Fault::forbidden; }) == 2);
    CHECK(sent([](Case& one) { one.cluster.diagnoses = {{one.plan.steps[0].finding_id}}; }) == 2);
    CHECK(sent([](Case& one) { one.cluster.edit("Deployment", "web", "/spec/paused", true); }) == 1);
    CHECK(sent([](Case& one) { one.cluster.faults[1] = Fault::timed_out_unsent; }) == 1);
    CHECK(sent([](Case& one) { one.cluster.right = false; }) == 0);
    CHECK(sent([](Case& one) { one.cluster.cluster_uid = "uid-other"; }) == 0);
    CHECK(sent([](Case& one) {
              one.cluster.faults[1] = Fault::forbidden;
              one.plan.steps[0].risk = plan::Risk::medium;
          }) == 1);
}

TEST_CASE("F15: who wants it to end gets no further step, and none that was not sent yet") {
    Case one({"web", "api"});
    one.meanwhile("diagnose", [&] { one.cluster.stopped = true; });
    auto applied = one.run();
    CHECK(applied.end == End::interrupted);
    CHECK(one.cluster.sent == std::set<int>{1});
    Case early;
    early.meanwhile("may", [&] { early.cluster.stopped = true; });
    applied = early.run();
    CHECK(applied.end == End::interrupted);
    CHECK(early.cluster.sent.empty());
    CHECK(early.log() == "begins 1, interrupted 1");
    Case soaking;
    soaking.meanwhile("pause", [&] { soaking.cluster.stopped = soaking.cluster.pauses > 3; });
    applied = soaking.run();
    CHECK(applied.end == End::interrupted);
    CHECK(applied.steps.at(0).sent->effect == Effect::applied);
    CHECK_FALSE(apply::all_passed(applied.steps.at(0).checks));
}

TEST_CASE("what cannot be checked is not verified, and nobody interrupted it") {
    Case one;
    one.meanwhile("pause", [&] { one.cluster.unreadable = {"read"}; });
    const auto applied = one.run();
    CHECK(applied.end == End::unverified);
    CHECK(contains(applied.steps.at(0).reason, "replicas_held: it cannot be read"));
    Case unknown;
    unknown.plan.steps[0].verify = {{"moon_is_full", 1000, 1}};
    CHECK(unknown.end() == "unverified");
}

TEST_CASE("somebody who puts it back while it soaks is seen") {
    Case one;
    one.meanwhile("pause", [&] {
        if (one.cluster.pauses == 3) one.cluster.edit("Deployment", "web", "/spec/replicas", 3);
    });
    const auto applied = one.run();
    CHECK(applied.end == End::unverified);
    CHECK(contains(applied.steps.at(0).reason, "replicas_held: spec.replicas is 3 now"));
}
