// What need not be decoded of a workload's pod template changes no finding.
#include <doctest/doctest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "diagnose/diagnose.hpp"
#include "io/recording.hpp"
#include "kube/world.hpp"
#include "kube_data.hpp"
#include "recorded_facts.hpp"
#include "recordings.hpp"
#include "report/json.hpp"

using namespace salve;
using namespace salve::kube;
using nlohmann::json;

namespace {

// All objects of that kind in a recording, whole.
Snapshot all_of(Resource what, const json& recording) {
    Snapshot facts;
    Decoder decoder(testing::test_redactor());
    for (const auto& read : recording["reads"]) {
        const auto path = read.value("get", "");
        const auto end = path.find('?');
        if (!path.substr(0, end).ends_with("/" + std::string(info(what).plural)) || read["state"] != "ok") continue;
        for (const auto& item : read["body"]["items"])
            REQUIRE_FALSE(decoder.add({what, api_version(what), ""}, item.dump(), facts));
    }
    return facts;
}

// Each of the facts in the place of the one of its name.
template <typename Fact>
void replace(std::vector<Fact>& facts, const std::vector<Fact>& others) {
    std::map<std::pair<std::string, std::string>, const Fact*> by_name;
    for (const auto& one : others) by_name[{one.meta.ns, one.meta.name}] = &one;
    for (auto& fact : facts) fact = *by_name.at({fact.meta.ns, fact.meta.name});
}

std::string findings(const Snapshot& facts, std::size_t& changes) {
    const World world(facts);
    report::Triage triage;
    triage.reads = facts.reads;
    triage.findings =
        diagnose::conclude(world, diagnose::all_links(), diagnose::found_by_rules(world, diagnose::all_rules()))
            .findings;
    for (const auto& finding : triage.findings) changes += finding.change.empty() ? 0 : 1;
    return report::triage_json(triage);
}

}  // namespace

TEST_CASE("no finding of any scenario changes by what is left out of templates") {
    std::size_t changes = 0, left_out = 0;
    testing::each_recording_file([&](const std::string& file, const json& recording) {
        io::RecordedTransport transport(file);
        auto lean = testing::facts_of(transport, transport.head(), io::Lists::needed);
        // What a triage reads once a finding asks for it.
        lean.replica_sets = all_of(Resource::replicasets, recording).replica_sets;
        lean.revisions = all_of(Resource::controllerrevisions, recording).revisions;
        auto whole = lean;
        replace(whole.deployments, all_of(Resource::deployments, recording).deployments);
        replace(whole.stateful_sets, all_of(Resource::statefulsets, recording).stateful_sets);
        replace(whole.daemon_sets, all_of(Resource::daemonsets, recording).daemon_sets);
        replace(whole.jobs, all_of(Resource::jobs, recording).jobs);
        replace(whole.cron_jobs, all_of(Resource::cronjobs, recording).cron_jobs);
        if (lean != whole) ++left_out;
        CHECK(findings(lean, changes) == findings(whole, changes));
    });
    CHECK(left_out > 10);
    CHECK(changes > 10);
}
