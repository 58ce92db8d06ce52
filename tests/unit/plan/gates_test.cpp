#include "plan/gates.hpp"

#include <functional>

#include "kube/names.hpp"
#include "unit/plan/plan_builders.hpp"

using namespace salve;
using namespace salve::plan_test;

namespace {

constexpr std::string_view kinds[] = {"Deployment", "Pod"};
constexpr Action action{.id = "test.action", .summary = "", .risk = Risk::low, .reverses = "", .kinds = kinds};

struct Gate : Scene {
    Gate() { finding("web", {}, "f1"), rolling("web"); }

    Draft draft() const {
        Draft made;
        made.target = findings[0].root;
        made.request.ns = "shop";
        made.request.name = "web";
        made.request.patch = json::array({{{"op", "remove"}, {"path", "/a"}}});
        return made;
    }
    // Why the draft may not become a step, or empty.
    std::string refused(const Draft& made) const {
        const kube::World world(facts);
        const Situation situation{world, findings[0], findings, objects, options.ask, now, "r"};
        return refusal(situation, action, made).value_or("");
    }
    // The same with the live object changed.
    std::string refused(const std::function<void(json&)>& change) {
        auto changed = *objects.find(findings[0].root.object);
        change(changed);
        objects.add(findings[0].root.object, changed);
        return refused(draft());
    }
};

bool starts(const std::string& text, std::string_view start) { return text.starts_with(start); }

}  // namespace

TEST_CASE("a draft that nothing speaks against passes") {
    Gate gate;
    CHECK(gate.refused(gate.draft()).empty());
    CHECK(gate.refused([](json&) {}).empty());
}

TEST_CASE("the namespaces of the system are never changed, whoever names them") {
    for (const char* ns : {"kube-system", "kube-public", "kube-node-lease"}) {
        CHECK(kube::is_system_namespace(ns));
        Gate gate;
        auto draft = gate.draft();
        draft.target.object.ns = ns;
        CHECK(starts(gate.refused(draft), "nothing is ever changed in"));
        draft = gate.draft();
        draft.request.ns = ns;
        CHECK(starts(gate.refused(draft), "nothing is ever changed in"));
    }
    for (const char* ns : {"kube", "kube-system-2", "KUBE-SYSTEM", "", "my-kube-system", "default"})
        CHECK_FALSE(kube::is_system_namespace(ns));
}

TEST_CASE("another kind, another object, one that is going or gone") {
    Gate gate;
    auto draft = gate.draft();
    draft.target.object.kind = "StatefulSet";
    CHECK(gate.refused(draft) == "test.action is not for a StatefulSet");
    draft = gate.draft();
    draft.target.object.name = "other";
    CHECK(starts(gate.refused(draft), "Deployment other could not be read whole"));
    CHECK(starts(Gate().refused([](json& live) { live["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"; }),
                 "Deployment web is being deleted"));
    CHECK(starts(Gate().refused([](json& live) { live["metadata"]["uid"] = "uid-new"; }),
                 "Deployment web was made anew"));
    CHECK(starts(Gate().refused([](json& live) { live["metadata"].erase("uid"); }), "Deployment web was made anew"));
    kube::Namespace ns;
    ns.meta = meta("v1", "Namespace", "", "shop");
    ns.phase = "Terminating";
    Gate going;
    going.facts.namespaces = {ns};
    CHECK(going.refused(going.draft()) == "the namespace shop is being deleted");
}

TEST_CASE("a static pod belongs to its node") {
    Gate gate;
    auto draft = gate.draft();
    draft.target.object = meta("v1", "Pod", "shop", "etcd").ref();
    json pod = {{"metadata", {{"uid", "uid-etcd"}, {"annotations", json::object()}}}};
    gate.objects.add(draft.target.object, pod);
    CHECK(gate.refused(draft).empty());
    pod["metadata"]["annotations"]["kubernetes.io/config.mirror"] = "x";
    gate.objects.add(draft.target.object, pod);
    CHECK(gate.refused(draft) == "pod etcd belongs to its node");
}

TEST_CASE("a value that is redacted is never sent") {
    Gate gate;
    auto draft = gate.draft();
    draft.request.patch[0]["value"] = {{"a", json::array({"<redacted:env#a1b2>"})}};
    CHECK(gate.refused(draft).find("may be secret") != std::string::npos);
}

TEST_CASE("what could not be sent or reviewed is no step") {
    Gate gate;
    auto draft = gate.draft();
    draft.request.patch[0] = {{"op", "add"}, {"path", "/a"}, {"value", std::string(kube::max_body, 'x')}};
    CHECK(gate.refused(draft).find("more than") != std::string::npos);
    draft = gate.draft();
    draft.request.patch[0] = {{"op", "add"}, {"path", "/a"}, {"value", 1.5}};
    CHECK_FALSE(gate.refused(draft).empty());
    draft = gate.draft();
    draft.request.name = "--all";
    CHECK_FALSE(gate.refused(draft).empty());
    draft = gate.draft();
    draft.inverse.request = draft.request;
    CHECK(gate.refused(draft).empty());
    draft.inverse.request->resource = kube::Resource::nodes;
    CHECK_FALSE(gate.refused(draft).empty());
}

TEST_CASE("a pod that ends is replaced only where new pods come up") {
    struct Row {
        const char *mode, *kind, *ns, *name;
        bool blocks;
    };
    for (const auto& row : std::vector<Row>{{"quota.exhausted", "ResourceQuota", "shop", "q", true},
                                            {"quota.exhausted", "ResourceQuota", "other", "q", false},
                                            {"quota.near", "ResourceQuota", "shop", "q", false},
                                            {"ctrl.failed-create.psa", "ReplicaSet", "shop", "x", true},
                                            {"webhook.backend-down", "ValidatingWebhookConfiguration", "", "h", true},
                                            {"dns.cluster-down", "Deployment", "", "coredns", true},
                                            {"pod.image.not-found", "Deployment", "shop", "web", true},
                                            {"pod.image.not-found", "Deployment", "shop", "other", false},
                                            {"pod.pending.taint", "Deployment", "shop", "web", true},
                                            {"pod.crashloop.oom", "Deployment", "shop", "web", false}}) {
        CAPTURE(row.mode);
        CAPTURE(row.ns);
        Gate gate;
        auto other = finding_of(*plan_test::mode(row.mode), row.kind, row.name);
        other.root.object.ns = row.ns;
        gate.findings.push_back(other);
        auto draft = gate.draft();
        CHECK(gate.refused(draft).empty());
        draft.ends_pods = true;
        CHECK(starts(gate.refused(draft), "a pod that ends now would not be replaced") == row.blocks);
    }
    Gate gate;
    auto other = finding_of(*plan_test::mode("quota.exhausted"), "ResourceQuota", "q");
    other.root.object.ns = "other";
    other.affected = {gate.findings[0].root};
    gate.findings.push_back(other);
    auto draft = gate.draft();
    draft.ends_pods = true;
    CHECK_FALSE(gate.refused(draft).empty());
}

TEST_CASE("who would put it back") {
    Finding finding;
    finding.managed_by = {"helm:web", "argocd:web", "helm:web"};
    CHECK(reverted_by(finding, nullptr) == std::vector<std::string>{"argocd:web", "helm:web"});
    finding.managed_by.clear();
    const auto owned = [&](const char* owners) {
        const json live = {{"metadata", {{"ownerReferences", json::parse(owners)}}}};
        return reverted_by(finding, &live);
    };
    CHECK(owned(R"([{"kind": "Rollout", "name": "web", "controller": true}])") ==
          std::vector<std::string>{"rollout:web"});
    CHECK(owned(R"([{"kind": "Rollout", "name": "web", "controller": false}, {"kind": "Shop", "name": "x"}])").empty());
    CHECK(owned(R"([{"kind": "ReplicaSet", "name": "web-1", "controller": true}])").empty());
    CHECK(owned("{}").empty());
    // Out of a recording anything may come.
    CHECK(owned(R"([1, null, "x", [], {"controller": "yes", "kind": "A"}])").empty());
    CHECK(owned(R"([{"controller": true, "kind": 1, "name": null}])").size() == 1);
}

TEST_CASE("Helm alone is told apart") {
    CHECK(only_helm({}));
    CHECK(only_helm({"helm", "helm:web"}));
    CHECK_FALSE(only_helm({"helm:web", "argocd:web"}));
    CHECK_FALSE(only_helm({"helmfile"}));
    CHECK_FALSE(only_helm({"flux"}));
}
