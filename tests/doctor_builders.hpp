// What the tests of `salve doctor` begin with: facts of which every check is ok.
#pragma once
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "report/doctor.hpp"

namespace salve::test {

inline std::vector<report::doctor::AskedRight> granted(const std::vector<kube::Right>& rights) {
    std::vector<report::doctor::AskedRight> all;
    for (const auto& right : rights) all.push_back({right, {kube::Allowed::yes, ""}, true});
    return all;
}

inline constexpr base::Time doctor_now{1'795'248'000'000'000};

inline report::doctor::Facts well() {
    report::doctor::Facts facts;
    facts.kubectl.path = facts.kubectl.resolved = "/usr/bin/kubectl";
    facts.kubectl.sha256 = std::string(64, 'a');
    facts.kubectl.platform = "linux/amd64";
    facts.kubectl.mode = 0755;
    facts.kubectl.version = "v1.32.4";
    auto& config = facts.kubeconfig.emplace();
    config.context = "kind-demo";
    config.ns = "shop";
    config.server = "https://127.0.0.1:6443";
    auto& cluster = facts.cluster.emplace();
    cluster.version = "v1.32.2";
    cluster.uid = "uid-1";
    cluster.user = "jane";
    cluster.server_time = cluster.asked = cluster.answered = doctor_now;
    facts.namespaces.push_back(
        {"shop", kube::Failure::none, granted(kube::reading_in_namespace()), granted(kube::changing_rights(false))});
    facts.cluster_reading = granted(kube::reading_of_cluster());
    auto& runs = facts.runs.emplace();
    runs.path = "./runs";
    runs.exists = runs.lock_tried = true;
    runs.mode = 0700;
    return facts;
}

// The check of that name, which must be there once.
inline report::doctor::Check check_of(const report::doctor::Facts& facts, const std::string& name) {
    report::doctor::Check found;
    int count = 0;
    for (const auto& check : report::doctor::checks(facts))
        if (check.name == name) {
            found = check;
            ++count;
        }
    CAPTURE(name);
    CHECK(count == 1);
    return found;
}

// "warning: detail | mend".
inline std::string said(const report::doctor::Facts& facts, const std::string& name) {
    const auto check = check_of(facts, name);
    auto text = std::string(base::word(report::doctor::state_names, check.state)) + ": " + check.detail;
    // What goes on badly has a mend, and what goes well needs none.
    using report::doctor::State;
    CHECK(check.mend.empty() == (check.state == State::ok || check.state == State::skipped));
    return check.mend.empty() ? text : text + " | " + check.mend;
}

inline int exit_of(const report::doctor::Facts& facts) {
    return report::doctor::exit_code(report::doctor::checks(facts));
}

}  // namespace salve::test
