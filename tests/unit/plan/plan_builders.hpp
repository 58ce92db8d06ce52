// A small shop for the tests of plans: one namespace "shop", workloads with their live objects, findings about them.
#pragma once
#include <doctest/doctest.h>

#include <map>

#include "diagnose_builders.hpp"
#include "plan/plan.hpp"
#include "unit/diagnose/workload_builders.hpp"

namespace salve::plan_test {

using namespace salve::test;
using namespace salve::plan;

inline diagnose::Mode mode_named(std::string_view id) {
    return {id, diagnose::Category::other, Severity::high, "It is bad.", "A field.", "It is good.", "Mend it."};
}

// The mode of that id; it stays where it is, as the modes of the rules do.
inline const diagnose::Mode* mode(const std::string& id) {
    static std::map<std::string, diagnose::Mode> modes;
    const auto at = modes.try_emplace(id).first;
    at->second = mode_named(at->first);
    return &at->second;
}

struct Scene : workload_test::Shop {
    std::vector<Finding> findings;
    Objects objects;
    PlanOptions options;

    Scene() {
        facts.cluster = {"shop-admin", "v1.32.2", "uid-cluster"};
        for (const auto what : {kube::Resource::namespaces, kube::Resource::poddisruptionbudgets,
                                kube::Resource::resourcequotas, kube::Resource::horizontalpodautoscalers})
            facts.reads.push_back(read_of(what));
        options.now = now;
        options.run = "20260101T000000Z-abcdef";
        options.connection.context = "shop-admin";
    }

    static json live(const kube::Meta& meta, int replicas) {
        return {{"apiVersion", meta.api_version},
                {"kind", meta.kind},
                {"metadata",
                 {{"name", meta.name},
                  {"namespace", meta.ns},
                  {"uid", meta.uid},
                  {"generation", meta.generation.value_or(1)}}},
                {"spec",
                 {{"replicas", replicas},
                  {"template",
                   {{"metadata", {{"labels", {{"app", meta.name}}}}},
                    {"spec", {{"containers", json::array({{{"name", "web"}, {"image", "web:2"}}})}}}}}}}};
    }

    // A Deployment in the middle of a rollout, two of its pods ready, with its live object.
    Workload& rolling(const std::string& name, int desired = 4) {
        auto& made = deployment(name, desired);
        made.ready = made.replicas = 2;
        made.updated = 1;
        objects.add(made.meta.ref(), live(made.meta, desired));
        return made;
    }

    // A finding on a Deployment for which those actions are right.
    Finding& finding(const std::string& name, const std::vector<std::string>& actions, const std::string& id,
                     const std::string& mode_id = "test.broken") {
        auto one = finding_of(*mode(mode_id), "Deployment", name);
        one.root.object.api_version = "apps/v1";
        one.actions = actions;
        one.suggested["replicas"] = "6";
        one.id = id;
        findings.push_back(one);
        return findings.back();
    }

    Plan plan() const { return make_plan(kube::World(facts), findings, objects, options); }
};

inline bool has_text(const std::vector<std::string>& lines, std::string_view part) {
    return std::any_of(lines.begin(), lines.end(), [&](const auto& line) { return line.find(part) != line.npos; });
}

}  // namespace salve::plan_test
