#include "action_builders.hpp"

using namespace salve;
using namespace salve::test;

namespace {

const std::string id = "sts.replace-stuck-pod";

Pod& member(Shop& shop, const std::string& name, const std::string& revision, bool ready) {
    shop.running("unused", 1);
    auto& pod = ready ? shop.ready_pod("unused", name) : shop.unready_pod("unused", name);
    pod.meta.owners = {{"apps/v1", "StatefulSet", "db", "uid-db", true}};
    pod.meta.labels = {{"controller-revision-hash", revision}};
    shop.live(pod.meta)["metadata"]["labels"] = {{"controller-revision-hash", revision}};
    return pod;
}

// db-1 waits with the old revision, db-0 and db-2 are ready; db-2 has the new one.
Shop stuck() {
    Shop shop;
    Workload db;
    db.meta = meta("apps/v1", "StatefulSet", "shop", "db");
    db.desired = 3;
    db.current_revision = "old";
    db.update_revision = "new";
    shop.facts.stateful_sets.push_back(db);
    member(shop, "db-0", "old", true);
    auto& bad = member(shop, "db-1", "old", false);
    member(shop, "db-2", "new", true);
    kube::PersistentVolumeClaim claim;
    claim.meta = meta("v1", "PersistentVolumeClaim", "shop", "data-db-1");
    claim.phase = "Bound";
    shop.facts.claims.push_back(claim);
    Volume data;
    data.name = "data";
    data.source = Volume::Source::claim;
    data.object = "data-db-1";
    bad.spec.volumes.push_back(data);
    shop.found("sts.update-stuck", db.meta.ref()).affected = {{bad.meta.ref(), ""}};
    shop.options.enabled = {id};
    return shop;
}

}  // namespace

TEST_CASE("the pod that an update waits for is deleted, with its uid") {
    const auto step = stuck().step(id);
    CHECK(step.description == "Delete pod db-1 of StatefulSet db, so that it is made anew from revision new.");
    CHECK(step.request.verb == kube::WriteVerb::delete_pod);
    CHECK(step.request.uid == "uid-db-1");
    CHECK(step.preconditions.uid == "uid-db-1");
    CHECK(step.risk == plan::Risk::high);
    CHECK(step.destructive);
    CHECK(!step.reversible);
}

TEST_CASE("it is off until it is turned on") {
    auto shop = stuck();
    shop.options.enabled.clear();
    CHECK(shop.plan(id).steps.empty());
    CHECK(has(shop.plan().manual, "sts.replace-stuck-pod is off"));
}

TEST_CASE("its own fault is what it is deleted for; the namespace's is not") {
    auto shop = stuck();
    auto& image = shop.found("pod.image.not-found", shop.facts.stateful_sets[0].meta.ref());
    image.affected = {{shop.facts.pods[1].meta.ref(), ""}};
    shop.options.finding = shop.findings[0].id;
    CHECK(shop.plan(id).steps.size() == 1);
    image.affected.push_back({shop.facts.pods[2].meta.ref(), ""});
    CHECK(has(shop.refusal(id), "would not be replaced"));
    image.affected.pop_back();
    shop.found("webhook.backend-down", meta("v1", "Service", "", "hook").ref());
    CHECK(has(shop.refusal(id), "would not be replaced"));
}

TEST_CASE("everything else of the set has to be well") {
    const auto refusal = [](const auto& spoil) {
        auto shop = stuck();
        spoil(shop);
        return shop.refusal(id);
    };
    CHECK(has(refusal([](Shop& s) { s.facts.pods[0].conditions.clear(); }), "1 of its other 2 pods are ready"));
    CHECK(has(refusal([](Shop& s) { s.facts.pods[0].meta.deleted = now; }), "db-0 is being deleted"));
    CHECK(has(refusal([](Shop& s) { s.facts.pods[2].meta.labels["controller-revision-hash"] = "old"; }),
              "no ready pod shows that revision new works"));
    CHECK(has(refusal([](Shop& s) { s.facts.claims[0].phase = "Pending"; }), "claim data-db-1 is Pending"));
    CHECK(has(refusal([](Shop& s) { s.facts.claims.clear(); }), "claim data-db-1 could not be read"));
    CHECK(has(refusal([](Shop& s) { s.facts.stateful_sets[0].strategy = "OnDelete"; }), "OnDelete"));
    CHECK(has(refusal([](Shop& s) { s.live(s.facts.pods[1].meta, live_pod("db-1", "Running", "True")); }), "is ready"));
    CHECK(has(refusal([](Shop& s) {
                  s.live(s.facts.pods[1].meta)["metadata"]["labels"]["controller-revision-hash"] = "new";
              }),
              "has the present template already"));
    CHECK(has(refusal([](Shop& s) { s.findings[0].mode = &mode("sts.ordinal-blocked"); }), "only for a StatefulSet"));
    CHECK(has(refusal([](Shop& s) { s.unread(kube::Resource::pods); }), "peers could not be read"));
}
