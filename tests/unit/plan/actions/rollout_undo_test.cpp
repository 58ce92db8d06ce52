#include "action_builders.hpp"

using namespace salve;
using namespace salve::test;
using salve::plan::Risk;

namespace {

const std::string id = "rollout.undo";
const std::string at = "/spec/template/spec/containers/0";

// "web" at revision 2, whose image is wrong; revision 1 still serves with two pods.
Shop bad_revision(const json& now = {{"image", "registry.example/web:2"}}, const json& then = json::object()) {
    Shop shop;
    auto& web = shop.running("web", 3, {{"template", template_json(now)}});
    web.updated = 1;
    web.ready = 2;
    auto& newest = shop.facts.replica_sets[0];
    newest.meta.annotations["deployment.kubernetes.io/revision"] = "2";
    newest.ready = 0;
    auto older = newest;
    older.meta.name = "web-4c8";
    older.meta.uid = "uid-web-4c8";
    older.meta.annotations["deployment.kubernetes.io/revision"] = "1";
    older.ready = 2;
    shop.facts.replica_sets.push_back(older);
    auto set = live_json("apps/v1", "ReplicaSet", "web-4c8", {{"template", template_json(then)}});
    set["spec"]["template"]["metadata"]["labels"]["pod-template-hash"] = "4c8";
    shop.live(older.meta, set);
    auto& finding = shop.found("pod.image.not-found", web.meta.ref(), "web");
    finding.actions = {id};
    finding.change = "the image of container web became registry.example/web:2";
    return shop;
}

}  // namespace

TEST_CASE("the field that the newest revision changed is put back, and nothing else") {
    auto shop = bad_revision();
    const auto step = shop.step(id);
    CHECK(step.description ==
          "Put the pod template of Deployment web back to that of revision 1 (ReplicaSet web-4c8).");
    CHECK(has(step.why, "It began with the newest revision: the image of container web became"));
    CHECK(has(step.why, "Revision 1 still serves with 2 ready pods."));
    CHECK(step.request.patch ==
          patch_of("web", {op("test", at + "/name", "web"), op("test", at + "/image", "registry.example/web:2"),
                           op("replace", at + "/image", "registry.example/web:1")}));
    CHECK(step.inverse.request->patch ==
          json::array({op("test", "/metadata/uid", "uid-web"), op("test", at + "/name", "web"),
                       op("test", at + "/image", "registry.example/web:1"),
                       op("replace", at + "/image", "registry.example/web:2")}));
    CHECK(step.preconditions.uid == "uid-web");
    CHECK(step.preconditions.generation == 3);
    CHECK(step.risk == Risk::medium);
    CHECK(shop.plan().steps.size() == 1);
}

TEST_CASE("a revision that has no pods is proven by nothing") {
    auto shop = bad_revision();
    shop.facts.replica_sets[1].ready = 0;
    CHECK(shop.step(id).risk == Risk::high);
}

TEST_CASE("a list of another length is put back whole; annotations that are not read stay") {
    auto shop =
        bad_revision({{"image", "registry.example/web:2"}, {"args", {"a", "b"}}}, {{"args", json::array({"a"})}});
    auto& live = shop.live(shop.facts.deployments[0].meta);
    live["spec"]["template"]["metadata"]["annotations"] = {{"checksum/config", "2"}};
    auto& set = shop.live(shop.facts.replica_sets[1].meta);
    set["spec"]["template"]["metadata"]["annotations"] = {{"checksum/config", "1"}};
    const auto step = shop.step(id);
    auto whole = live;
    whole["spec"]["template"]["metadata"]["annotations"]["prometheus.io/scrape"] = "true";  // the server's, not ours
    const auto after = whole.patch(step.request.patch);
    CHECK(after["spec"]["template"]["spec"] == set["spec"]["template"]["spec"]);
    CHECK(after["spec"]["template"]["metadata"]["annotations"] ==
          json({{"checksum/config", "1"}, {"prometheus.io/scrape", "true"}}));
    CHECK(!after["spec"]["template"]["metadata"]["labels"].contains("pod-template-hash"));
}

TEST_CASE("not without a reason, a revision, a difference, or what it was") {
    auto unproven = bad_revision();
    unproven.findings[0].change.clear();
    CHECK(has(unproven.refusal(id), "nothing shows that the newest revision"));
    CHECK(unproven.step(id, {{"revision", "1"}}).risk == Risk::medium);
    CHECK(has(unproven.refusal(id, {{"revision", "7"}}), "no older revision"));
    for (const char* bad : {"0", "-1", "1.5", "one"})
        CHECK(has(unproven.usage_error(id, {{"revision", bad}}), "is not valid"));
    auto alone = bad_revision();
    alone.facts.replica_sets.pop_back();
    CHECK(has(alone.refusal(id), "no older revision"));
    auto unread = bad_revision();
    unread.lives.erase(unread.facts.replica_sets[1].meta.ref());
    CHECK(has(unread.refusal(id), "ReplicaSet web-4c8 could not be read"));
    CHECK(has(bad_revision(json::object()).refusal(id), "has the same template"));
    auto paused = bad_revision();
    paused.live(paused.facts.deployments[0].meta)["spec"]["paused"] = true;
    CHECK(has(paused.refusal(id), "Deployment web is paused"));
}

TEST_CASE("a value that is not known is never sent") {
    const json secret = {{"env", {{{"name", "TOKEN"}, {"value", "<redacted:env#0a1b>"}}}}};
    CHECK(has(bad_revision(json::object(), secret).refusal(id), "may be secret"));
    json other = secret;
    other["env"][0]["value"] = "<redacted:env#2c3d>";
    CHECK(has(bad_revision(other, secret).refusal(id), "may be secret"));
    auto same = secret;  // equal on both sides: it is not touched
    same["image"] = "registry.example/web:2";
    CHECK(bad_revision(same, secret).plan(id).steps.size() == 1);
}

TEST_CASE("what is kept elsewhere is to be changed there") {
    auto shop = bad_revision();
    shop.findings[0].managed_by = {"argocd"};
    const auto made = shop.plan(id);
    CHECK(made.steps.empty());
    CHECK(has(made.manual, "argocd would put the change back"));
    CHECK(has(made.manual, "registry.example/web:1"));
    shop.findings[0].managed_by = {"helm:web"};
    CHECK(has(shop.plan(id).warnings, "the next upgrade by helm:web undoes step 1"));
}

TEST_CASE("an older revision whose template is not one takes nothing away") {
    for (const json& bad : {json(), json("x"), json::object(), json{{"spec", nullptr}}, json{{"spec", "x"}},
                            json{{"metadata", {{"labels", {{"a", "b"}}}}}}, json{{"metadata", {{"labels", "x"}}}}}) {
        CAPTURE(bad.dump());
        auto older = bad_revision();
        older.live(older.facts.replica_sets[1].meta)["spec"]["template"] = bad;
        CHECK(has(older.refusal(id), "a pod template could not be read"));
        auto newest = bad_revision();
        newest.live(newest.facts.deployments[0].meta)["spec"]["template"] = bad;
        CHECK(has(newest.refusal(id), "a pod template could not be read"));
    }
    // Lists of other lengths are put back as a whole.
    auto longer = bad_revision();
    auto& set = longer.live(longer.facts.replica_sets[1].meta);
    set["spec"]["template"]["metadata"]["finalizers"] = json::array({"a"});
    longer.live(longer.facts.deployments[0].meta)["spec"]["template"]["metadata"]["finalizers"] = json::array();
    set["spec"]["template"].erase("spec");
    CHECK(has(longer.refusal(id), "a pod template could not be read"));
}
