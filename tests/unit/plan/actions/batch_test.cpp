// job.resume, cronjob.resume, cronjob.suspend, cronjob.run-now.
#include "action_builders.hpp"

using namespace salve;
using namespace salve::test;
using salve::plan::Risk;

namespace {

Shop held_job(json spec = {{"suspend", true}, {"parallelism", 4}}) {
    Shop shop;
    kube::Job job;
    job.meta = meta("batch/v1", "Job", "shop", "import");
    shop.facts.jobs.push_back(job);
    shop.live(job.meta, live_json("batch/v1", "Job", "import", std::move(spec)));
    shop.found("job.suspended", job.meta.ref());
    return shop;
}

Shop cron(const char* mode_id, json spec, const std::string& name = "nightly") {
    Shop shop;
    kube::CronJob one;
    one.meta = meta("batch/v1", "CronJob", "shop", name);
    shop.facts.cron_jobs.push_back(one);
    spec["schedule"] = "0 3 * * *";
    shop.live(one.meta, live_json("batch/v1", "CronJob", name, std::move(spec)));
    shop.found(mode_id, one.meta.ref());
    return shop;
}

json switched(bool from, bool to, const std::string& name) {
    return patch_of(name, {op("test", "/spec/suspend", from), op("replace", "/spec/suspend", to)});
}

json switched_back(bool from, bool to, const std::string& name) {
    return json::array({op("test", "/metadata/uid", "uid-" + name), op("test", "/spec/suspend", from),
                        op("replace", "/spec/suspend", to)});
}

}  // namespace

TEST_CASE("a suspended Job is resumed on request, and its switch is tested") {
    auto shop = held_job();
    CHECK(shop.plan().steps.empty());
    const auto step = shop.step("job.resume");
    CHECK(step.description == "Resume Job import.");
    CHECK(step.request.patch == switched(true, false, "import"));
    CHECK(step.inverse.request->patch == switched_back(false, true, "import"));
    CHECK(step.preconditions.generation == 3);
    CHECK(step.preconditions.tests == std::vector<plan::Change>{{"/spec/suspend", true, nullptr}});
    CHECK(step.risk == Risk::low);
    CHECK(has(step.risk_reasons, "up to 4 pods"));
}

TEST_CASE("a Job of a CronJob is found behind its owner") {
    auto shop = held_job();
    shop.findings[0].root = {meta("batch/v1", "CronJob", "shop", "nightly").ref(), ""};
    shop.findings[0].affected = {{shop.facts.jobs[0].meta.ref(), ""}};
    const auto step = shop.step("job.resume");
    CHECK(step.target.object.kind == "Job");
    CHECK(step.request.resource == kube::Resource::jobs);
    CHECK(step.request.name == "import");
    shop.findings[0].affected.push_back({meta("batch/v1", "Job", "shop", "other").ref(), ""});
    CHECK(has(shop.refusal("job.resume"), "which Job is meant is not clear"));
}

TEST_CASE("a Job is not resumed that runs, has finished, or waits for its turn") {
    CHECK(has(held_job(json::object()).refusal("job.resume"), "not suspended"));
    CHECK(has(held_job({{"suspend", false}}).refusal("job.resume"), "not suspended"));
    auto queued = held_job();
    queued.live(queued.facts.jobs[0].meta)["metadata"]["labels"] = {{"kueue.x-k8s.io/queue-name", "batch"}};
    CHECK(has(queued.refusal("job.resume"), "queue batch holds it"));
    CHECK(has(held_job({{"suspend", true}, {"managedBy", "kueue.x-k8s.io/multikueue"}}).refusal("job.resume"),
              "kueue.x-k8s.io/multikueue runs it"));
    auto done = held_job();
    done.live(done.facts.jobs[0].meta)["status"]["conditions"] = {{{"type", "Failed"}, {"status", "True"}}};
    CHECK(has(done.refusal("job.resume"), "has finished"));
    auto unread = held_job();
    unread.lives.clear();
    CHECK(has(unread.refusal("job.resume"), "could not be read"));
    auto operated = held_job();
    operated.live(operated.facts.jobs[0].meta)["metadata"]["ownerReferences"] = {
        {{"kind", "JobSet"}, {"name", "train"}, {"controller", true}}};
    CHECK(has(operated.plan("job.resume").manual, "jobset:train would put the change back"));
}

TEST_CASE("a CronJob is resumed with a warning of the run that it missed") {
    auto shop = cron("cronjob.suspended", {{"suspend", true}});
    CHECK(shop.plan().steps.empty());
    const auto made = shop.plan("cronjob.resume");
    REQUIRE(made.steps.size() == 1);
    CHECK(made.steps[0].description == "Resume CronJob nightly.");
    CHECK(made.steps[0].request.patch == switched(true, false, "nightly"));
    CHECK(made.steps[0].inverse.request->patch == switched_back(false, true, "nightly"));
    CHECK(made.steps[0].risk == Risk::medium);
    CHECK(has(made.warnings, "a run that it missed may start at once"));
    auto deadline = cron("cronjob.suspended", {{"suspend", true}, {"startingDeadlineSeconds", 60}});
    CHECK(deadline.plan("cronjob.resume").warnings.empty());
    CHECK(has(cron("cronjob.missed", {{"suspend", false}}).refusal("cronjob.resume"), "not suspended"));
}

TEST_CASE("a CronJob is suspended; what is not there is no value to test") {
    const auto step = cron("cronjob.last-failed", {{"suspend", false}}).step("cronjob.suspend");
    CHECK(step.description == "Suspend CronJob nightly: it starts no further runs.");
    CHECK(step.request.patch == switched(false, true, "nightly"));
    CHECK(step.risk == Risk::low);
    CHECK(has(step.inverse.description, "may then start at once"));
    const auto absent = cron("cronjob.last-failed", json::object()).step("cronjob.suspend");
    CHECK(absent.request.patch == patch_of("nightly", {op("add", "/spec/suspend", true)}));
    CHECK(absent.inverse.request->patch ==
          json::array({op("test", "/metadata/uid", "uid-nightly"), op("test", "/spec/suspend", true),
                       op("remove", "/spec/suspend")}));
    CHECK(has(cron("cronjob.suspended", {{"suspend", true}}).refusal("cronjob.suspend"), "suspended already"));
}

TEST_CASE("a run at once is a Job of the second, so that it is not made twice") {
    auto shop = cron("cronjob.last-failed", json::object());
    CHECK(shop.plan().steps.empty());
    const auto step = shop.step("cronjob.run-now");
    CHECK(step.description == "Run CronJob nightly once now, as Job nightly-manual-1790000000.");
    CHECK(step.target.object.kind == "CronJob");
    CHECK(step.request.verb == kube::WriteVerb::create_job);
    CHECK(step.request.name == "nightly-manual-1790000000");
    CHECK(step.request.from == "nightly");
    CHECK(has(step.command, "--from=cronjob/nightly"));
    CHECK(step.preconditions.uid == "uid-nightly");
    CHECK(step.risk == Risk::medium);
    CHECK(!step.reversible);
    CHECK(has(step.inverse.description, "suspend Job nightly-manual-1790000000"));
}

TEST_CASE("the name of the Job has at most 63 characters and ends well") {
    const std::string name = std::string(44, 'a') + "-" + std::string(7, 'b');
    const auto step = cron("cronjob.last-failed", json::object(), name).step("cronjob.run-now");
    CHECK(step.request.name == std::string(44, 'a') + "-manual-1790000000");
    const auto longest = cron("cronjob.last-failed", json::object(), std::string(52, 'c')).step("cronjob.run-now");
    CHECK(longest.request.name.size() == 63);
}

TEST_CASE("no run at once beside one that forbids it, nor of what is suspended") {
    const json active = {{{"name", "nightly-1"}}};
    auto shop = cron("cronjob.blocked-forbid", {{"concurrencyPolicy", "Forbid"}});
    CHECK(shop.plan("cronjob.run-now").steps.size() == 1);
    shop.live(shop.facts.cron_jobs[0].meta)["status"]["active"] = active;
    CHECK(has(shop.refusal("cronjob.run-now"), "Forbid and Job nightly-1 is active"));
    auto allowed = cron("cronjob.last-failed", {{"concurrencyPolicy", "Allow"}});
    allowed.live(allowed.facts.cron_jobs[0].meta)["status"]["active"] = active;
    CHECK(has(allowed.step("cronjob.run-now").risk_reasons, "both work at the same time"));
    CHECK(has(cron("cronjob.suspended", {{"suspend", true}}).refusal("cronjob.run-now"), "is suspended"));
}
