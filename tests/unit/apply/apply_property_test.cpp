// SAFETY 7.2 I1 and I2 under random faults, and the races of F10. The cluster itself checks that nothing is sent
// without an intent or twice, and that a request meets no object but the one that its plan was made for.
#include "apply_fakes.hpp"
#include "policy_builders.hpp"

using namespace salve;
using namespace salve::test;

namespace {

const std::vector<std::string> names{"web", "api", "db"};

void meddle(FakeCluster& cluster, Random& random, const std::string& name) {
    if (!cluster.objects.count(key_of("Deployment", name))) return;
    switch (random.below(5)) {
        case 0:
            return cluster.edit("Deployment", name, "/spec/replicas", 1 + random.below(9));
        case 1:
            return cluster.edit("Deployment", name, "/spec/paused", true);
        case 2:
            return cluster.recreate("Deployment", name);
        case 3:
            return cluster.remove("Deployment", name);
        default:
            cluster.at("Deployment", name)["metadata"]["deletionTimestamp"] = "2026-11-21T08:00:00Z";
            cluster.edit("Deployment", name, "/metadata/deletionGracePeriodSeconds", 0);
    }
}

// Something goes wrong now and then, with everything.
void disturb(FakeCluster& cluster, Random& random, const plan::Plan& plan) {
    static const std::vector<std::string> verbs{"read", "pods", "diagnose"};
    cluster.lag = static_cast<int>(random.below(5));
    for (const auto& step : plan.steps)
        if (random.one_in(2)) cluster.faults[step.ordinal] = static_cast<Fault>(random.below(fault_count));
    const auto found = plan.steps[random.below(plan.steps.size())].finding_id;
    if (random.one_in(4)) cluster.diagnoses = {{found}, {}};
    if (random.one_in(6)) cluster.diagnoses = {{found}};
    cluster.before = [&cluster, &random](const std::string& call) {
        if (random.one_in(60)) meddle(cluster, random, random.pick(names));
        if (random.one_in(40)) cluster.unreadable.insert(random.pick(verbs));
        if (random.one_in(20)) cluster.unreadable.clear();
        if (random.one_in(300)) cluster.stopped = true;
        if (random.one_in(300)) cluster.cluster_uid = random.one_in(2) ? "" : "uid-other";
        if (random.one_in(300)) cluster.clock = cluster.clock + base::minutes(20);
        if (call == "may" && random.one_in(30)) cluster.right = random.one_in(2) ? std::optional(false) : std::nullopt;
    };
}

bool goes_on(const apply::StepResult& result) {
    const bool harmless = result.end == End::failed || result.end == End::unverified || result.end == End::stale;
    return result.end == End::verified ||
           (harmless && result.step.continue_on_error && result.step.risk == plan::Risk::low);
}

void check_step(const apply::StepResult& one, const FakeCluster& cluster) {
    const auto ordinal = one.step.ordinal;
    const bool arrived = cluster.applied.count(ordinal) == 1;
    CHECK(one.sent.has_value() == (cluster.sent.count(ordinal) == 1));
    if (!one.sent) {
        CHECK_FALSE(arrived);
        CHECK(one.end != End::verified);
        return;
    }
    // What is said of the effect is so, or nothing is said.
    if (one.sent->effect == Effect::applied) CHECK(arrived);
    if (one.sent->effect == Effect::not_applied) CHECK_FALSE(arrived);
    CHECK((one.end == End::unknown) == (one.sent->effect == Effect::unknown));
    CHECK((one.end != End::stale || !arrived));
    CHECK((one.end != End::failed || !arrived));
    if (one.end != End::verified) return;
    CHECK(arrived);
    CHECK(one.checks.size() == one.step.verify.size());
    for (const auto& check : one.checks) CHECK(check.passed == true);
}

}  // namespace

TEST_CASE("I1, I2: whatever goes wrong, nothing is sent or claimed that must not be") {
    std::map<End, int> ends;
    for (std::uint64_t seed = 1; seed <= 600; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        FakeCluster cluster;
        Recorder watch(cluster);
        auto plan = scaling(cluster, names);
        const bool go_on = random.one_in(2);
        for (auto& step : plan.steps) {
            step.continue_on_error = go_on;
            if (random.one_in(4)) step.risk = plan::Risk::medium;
        }
        disturb(cluster, random, plan);
        const auto applied = apply::apply(approved(plan), cluster, watch, {});
        for (const auto& one : applied.steps) {
            check_step(one, cluster);
            ++ends[one.end];
        }
        // After a halt nothing more is begun, and nothing was sent that is not told.
        for (std::size_t i = 0; i + 1 < applied.steps.size(); ++i) CHECK(goes_on(applied.steps[i]));
        for (const int ordinal : cluster.sent) CHECK(ordinal <= applied.steps.back().step.ordinal);
        const bool all = applied.steps.size() == plan.steps.size() &&
                         std::all_of(applied.steps.begin(), applied.steps.end(),
                                     [](const auto& one) { return one.end == End::verified; });
        CHECK((applied.end == End::verified) == all);
    }
    // The faults reach every end.
    for (const auto& [end, word] : apply::end_names) {
        CAPTURE(std::string(word));
        CHECK(ends[end] > 0);
    }
}

TEST_CASE("F10: a thousand races, and no change of an object that is not the planned one any more") {
    static const std::vector<std::string> moments{"uid", "read", "may", "run"};
    int changes = 0, refused = 0;
    for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        FakeCluster cluster;
        Recorder watch(cluster);
        const auto plan = scaling(cluster, {"web"});
        cluster.converges = false;  // else a status that follows would pass for a change
        const auto moment = random.pick(moments);
        json then;
        cluster.before = [&](const std::string& call) {
            if (call != moment || !then.is_null()) return;
            meddle(cluster, random, "web");
            then = cluster.objects.count("Deployment/web") ? cluster.at("Deployment", "web") : json("gone");
        };
        const auto applied = apply::apply(approved(plan), cluster, watch, {});
        CHECK(applied.end == End::stale);
        changes += static_cast<int>(cluster.applied.size());
        refused += static_cast<int>(cluster.sent.size());
        const auto found = cluster.objects.find("Deployment/web");
        CHECK((found == cluster.objects.end() ? json("gone") : found->second) == then);
    }
    CHECK(changes == 0);
    CHECK(refused > 300);  // by the server: the look had seen nothing yet
}
