// The closed world of the catalog (TAXONOMY 2.4 and 2.6): what it names is there, and nothing else is.
#include <filesystem>
#include <set>

#include "action_builders.hpp"
#include "kube/write_command.hpp"
#include "test_paths.hpp"

using namespace salve;
using namespace salve::test;

namespace {

// TAXONOMY 2.4, and command.set, which only whoever turns it on has.
const std::set<std::string> known = {
    "rollout.restart", "rollout.undo",    "rollout.pause",      "rollout.resume",        "scale.set",
    "image.set",       "memory.raise",    "resources.set",      "probe.relax",           "env.set-literal",
    "pod.evict",       "pod.delete",      "pod.cleanup-failed", "sts.replace-stuck-pod", "job.resume",
    "cronjob.resume",  "cronjob.suspend", "cronjob.run-now",    "hpa.raise-max",         "note.annotate",
    "command.set"};

template <typename Choose>
std::set<std::string> ids(Choose choose) {
    std::set<std::string> found;
    for (const auto* action : plan::all_actions())
        if (choose(*action)) found.emplace(action->id);
    return found;
}

std::string stem_of(std::string_view id) {
    std::string stem(id);
    for (char& c : stem)
        if (c == '.' || c == '-') c = '_';
    return stem;
}

}  // namespace

TEST_CASE("every action of the taxonomy exists, and no other") {
    CHECK(ids([](const auto&) { return true; }) == known);
    CHECK(plan::all_actions().size() == known.size());
    for (const auto& id : known) CHECK(plan::find_action(id)->id == id);
    CHECK(plan::find_action("pod.kill") == nullptr);
}

TEST_CASE("a file is named as its action") {
    std::set<std::string> files, stems;
    for (const auto& entry : std::filesystem::directory_iterator(SALVE_SOURCE_DIR "/lib/plan/actions"))
        files.insert(entry.path().filename());
    for (const auto& id : known) stems.insert(stem_of(id) + ".cpp");
    CHECK(files == stems);
}

TEST_CASE("every action that a mode names exists, and may be made without being asked for") {
    std::size_t named = 0;
    for (const auto* rule : diagnose::all_rules())
        for (const auto& mode : rule->modes)
            for (const auto id : mode.actions) {
                if (id.empty()) continue;
                ++named;
                const auto* action = plan::find_action(id);
                REQUIRE_MESSAGE(action, mode.id << " names " << id);
                CHECK_MESSAGE(!action->on_request, mode.id << " names " << id);
            }
    CHECK(named > 10);
}

TEST_CASE("what is off, what is made on request only, and what asks for a value") {
    CHECK(ids([](const auto& one) { return one.off; }) ==
          std::set<std::string>{"command.set", "env.set-literal", "sts.replace-stuck-pod"});
    CHECK(ids([](const auto& one) { return one.on_request; }) ==
          std::set<std::string>{"cronjob.resume", "cronjob.run-now", "cronjob.suspend", "job.resume", "note.annotate",
                                "pod.delete", "pod.evict", "rollout.restart"});
    CHECK(ids([](const auto& one) { return one.asks_value; }) ==
          std::set<std::string>{"command.set", "env.set-literal", "image.set", "note.annotate"});
}

TEST_CASE("what goes back is tried before what goes on") {
    CHECK(ids([](const auto& one) { return one.restores; }) == std::set<std::string>{"rollout.undo"});
}

TEST_CASE("an action is whole: words, kinds that may be changed, a value to ask for, a way to propose") {
    for (const auto* action : plan::all_actions()) {
        CAPTURE(action->id);
        CHECK(action->summary.ends_with('.'));
        CHECK(!action->reverses.empty());
        CHECK((action->propose != nullptr));
        CHECK(!action->kinds.empty());
        CHECK((!action->asks_value || !action->values.empty()));
        for (const auto kind : action->kinds) {
            const auto known_kind = std::find_if(kube::resources().begin(), kube::resources().end(),
                                                 [&](const auto& one) { return one.kind == kind; });
            REQUIRE(known_kind != kube::resources().end());
            if (action->verb == kube::WriteVerb::patch) CHECK(kube::may_patch(known_kind->resource));
        }
    }
}

// TAXONOMY 2.6: no kind that is never changed, no verb beside the four, and of removals only that of one pod.
TEST_CASE("nothing of the never-list has an action") {
    const std::set<std::string_view> allowed = {
        "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "HorizontalPodAutoscaler", "Pod"};
    for (const auto* action : plan::all_actions()) {
        CAPTURE(action->id);
        for (const auto kind : action->kinds) CHECK(allowed.count(kind) == 1);
        const bool of_pod = action->kinds.size() == 1 && action->kinds[0] == "Pod";
        CHECK((action->verb == kube::WriteVerb::evict || action->verb == kube::WriteVerb::delete_pod) == of_pod);
        for (const std::string_view word : {"force", "finalizer", "cordon", "drain", "taint", "exec", "namespace",
                                            "secret", "rbac", "node.", "pvc", "security"})
            CHECK(action->id.find(word) == std::string_view::npos);
    }
    for (const auto& known_kind : kube::resources())
        CHECK(kube::may_patch(known_kind.resource) ==
              (allowed.count(known_kind.kind) == 1 && known_kind.kind != "Pod"));
}

TEST_CASE("the digest of the catalog is over all that it says of an action") {
    constexpr std::string_view pods[] = {"Pod"}, sets[] = {"Pod", "StatefulSet"}, keys[] = {"pod"};
    const plan::Action base{
        .id = "a.b", .summary = "It.", .risk = plan::Risk::low, .reverses = "nothing", .kinds = pods};
    const auto digest = [](const plan::Action& one) {
        const plan::Action* list[] = {&one};
        return plan::catalog_sha256(list);
    };
    std::vector<plan::Action> others(12, base);
    others[0].id = "a.c";
    others[1].summary = "That.";
    others[2].risk = plan::Risk::high;
    others[3].reverses = "all";
    others[4].kinds = sets;
    others[5].verb = kube::WriteVerb::evict;
    others[6].values = keys;
    others[7].asks_value = true;
    others[8].off = true;
    others[9].on_request = true;
    others[10].most_steps = 1;
    others[11].restores = true;
    std::set<std::string> digests{digest(base)};
    for (const auto& other : others) digests.insert(digest(other));
    CHECK(digests.size() == others.size() + 1);
    CHECK(digest(base) == digest(plan::Action(base)));
    const plan::Action* twice[] = {&base, &base};
    CHECK(plan::catalog_sha256(twice) != digest(base));
    CHECK(plan::catalog_sha256() == plan::catalog_sha256(plan::all_actions()));
}

TEST_CASE("nothing is ever changed in the namespaces of the system") {
    for (const char* ns : {"kube-system", "kube-public", "kube-node-lease"}) {
        Shop shop;
        auto& web = shop.running("web");
        shop.lives.clear();
        web.meta.ns = ns;
        auto live = live_deployment("web");
        live["metadata"]["namespace"] = ns;
        shop.live(web.meta, live);
        shop.found("pod.image.not-found", web.meta.ref(), "web");
        CHECK(has(shop.plan("image.set", {{"image", "web:2"}}).manual, "nothing is ever changed in"));
    }
}
