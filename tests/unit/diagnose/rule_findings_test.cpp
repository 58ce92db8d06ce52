// A rule that looked at nothing which was read since is not asked anew: it would find the same.
#include <doctest/doctest.h>

#include <filesystem>
#include <set>

#include "base/error.hpp"
#include "diagnose/diagnose.hpp"
#include "finding_words.hpp"
#include "io/collect.hpp"
#include "io/drill_down.hpp"
#include "io/recording.hpp"
#include "kube/watch.hpp"
#include "test_paths.hpp"

using namespace salve;
using kube::Resource;
using kube::World;
using test::words_of;

namespace {

// The recording with all logs and further reads that rules want of it.
kube::Snapshot whole(const std::string& file) {
    static const base::Redactor redactor("key");
    io::RecordedTransport transport(file);
    io::CollectOptions how;
    how.scope = transport.head().scope;
    how.now = transport.head().taken_at;
    how.parallel = 1;
    auto facts = io::collect(transport, redactor, how);
    for (int round = 0; round < 3; ++round) {
        std::vector<diagnose::LogWanted> logs;
        std::vector<diagnose::ReadWanted> reads;
        {
            const World world(facts);
            logs = diagnose::wanted_logs(world, diagnose::all_rules());
            const auto found = diagnose::found_by_rules(world, diagnose::all_rules());
            reads = diagnose::wanted_reads(world, diagnose::all_rules(), diagnose::all_links(), found);
        }
        std::erase_if(logs, [&](const auto& one) { return io::was_read(facts, one); });
        std::erase_if(reads, [&](const auto& one) { return io::was_read(facts, one); });
        if (logs.empty() && reads.empty()) break;
        io::collect_logs(transport, redactor, how, logs, facts);
        io::drill_down(transport, redactor, how, reads, facts);
    }
    return facts;
}

void forget_line(kube::Snapshot& facts, Resource what) {
    std::erase_if(facts.reads, [&](const kube::Read& read) { return read.what == what; });
}

// As before anybody asked for the ReplicaSets of Deployments.
void forget_replica_sets(kube::Snapshot& facts) {
    std::set<std::string> deployments;
    for (const auto& deployment : facts.deployments) deployments.insert(deployment.meta.uid);
    std::erase_if(facts.replica_sets, [&](const kube::Workload& set) {
        const auto* controller = set.meta.controller();
        return controller && deployments.contains(controller->uid);
    });
    for (auto& read : facts.reads)
        if (read.what == Resource::replicasets) read.object = kube::of_no_deployment;
}

kube::Snapshot without(kube::Snapshot facts, Resource what) {
    if (what == Resource::replicasets) {
        forget_replica_sets(facts);
        return facts;
    }
    forget_line(facts, what);
    if (what == Resource::logs) facts.logs.clear();
    if (what == Resource::controllerrevisions) facts.revisions.clear();
    if (what == Resource::storageclasses) facts.storage_classes.clear();
    if (what == Resource::ingressclasses) facts.ingress_classes.clear();
    if (what == Resource::leases) facts.leases.clear();
    if (what == Resource::limitranges) facts.limit_ranges.clear();
    if (what == Resource::networkpolicies) facts.network_policies.clear();
    if (what == Resource::serviceaccounts) facts.service_accounts.clear();
    return facts;
}

// How many rules would not be asked anew once that kind was read, and how many would find something else.
struct Counts {
    std::size_t stood = 0, changed = 0;
};

Counts check(const kube::Snapshot& facts, Resource what) {
    const auto before = without(facts, what);
    const World world(facts), early(before);
    Counts counts;
    if (world.standing() != early.standing()) return counts;
    for (const auto* rule : diagnose::all_rules()) {
        CAPTURE(rule->id);
        kube::Kinds looked_at;
        std::string first;
        {
            const kube::Watch watch;
            first = words_of(rule->match(early));
            looked_at = watch.kinds();
        }
        const bool same = words_of(rule->match(world)) == first;
        CHECK((same || looked_at.contains(what)));
        counts.stood += looked_at.contains(what) ? 0 : 1;
        counts.changed += same ? 0 : 1;
    }
    return counts;
}

// Whether the rules find the same by the indexes of a World of before ReplicaSets and logs were read.
void check_indexes(const kube::Snapshot& facts) {
    auto growing = without(without(facts, Resource::replicasets), Resource::logs);
    const auto steady = World(growing).steady();
    growing.replica_sets = facts.replica_sets;
    growing.logs = facts.logs;
    growing.reads = facts.reads;
    const World later(growing, steady), fresh(growing);
    CHECK(later.steady() == steady);
    for (const auto* rule : diagnose::all_rules()) {
        CAPTURE(rule->id);
        CHECK(words_of(rule->match(later)) == words_of(rule->match(fresh)));
    }
}

const diagnose::Rule& rule_of(std::string_view id) {
    for (const auto* rule : diagnose::all_rules())
        if (rule->id == id) return *rule;
    FAIL("no such rule");
    std::abort();
}

}  // namespace

TEST_CASE("a rule that did not look at a kind finds the same when it was read") {
    std::map<Resource, Counts> all;
    std::size_t scenarios = 0;
    for (const auto& entry : std::filesystem::directory_iterator(std::string(SALVE_SOURCE_DIR) + "/scenarios")) {
        const auto file = entry.path() / "cluster.json";
        if (!std::filesystem::exists(file)) continue;
        CAPTURE(file.string());
        kube::Snapshot facts;
        try {
            facts = whole(file);
        } catch (const base::Error&) {
            continue;  // of a cluster that cannot be read
        }
        ++scenarios;
        check_indexes(facts);
        for (const auto what : {Resource::logs, Resource::controllerrevisions, Resource::replicasets,
                                Resource::storageclasses, Resource::serviceaccounts, Resource::leases}) {
            const auto counts = check(facts, what);
            all[what].stood += counts.stood;
            all[what].changed += counts.changed;
        }
    }
    CHECK(scenarios > 100);
    for (const auto& [what, counts] : all) {
        CAPTURE(kube::info(what).plural);
        CHECK(counts.stood > 0);
    }
    // Else the recordings would not show it.
    CHECK(all[Resource::logs].changed > 20);
    CHECK(all[Resource::replicasets].changed > 0);
}

TEST_CASE("kinds that are read late are those that nobody lists at first") {
    CHECK(kube::is_read_late(Resource::logs));
    CHECK(kube::is_read_late(Resource::replicasets));
    CHECK(kube::is_read_late(Resource::controllerrevisions));
    CHECK(kube::is_read_late(Resource::leases));
    CHECK_FALSE(kube::is_read_late(Resource::pods));
    CHECK_FALSE(kube::is_read_late(Resource::events));
    CHECK(kube::late_kinds().contains(Resource::storageclasses));
    CHECK_FALSE(kube::late_kinds().contains(Resource::nodes));
}

TEST_CASE("who watches hears what is looked at within, also what was found before") {
    const kube::Snapshot facts;
    const World world(facts);
    const auto find = +[](const World& of) { return of.logs().size(); };
    kube::Kinds inner;
    const kube::Watch watch;
    CHECK_FALSE(watch.kinds().contains(Resource::logs));
    {
        const kube::Watch within;
        world.once(find);
        inner = within.kinds();
    }
    CHECK(inner.contains(Resource::logs));
    CHECK(watch.kinds().contains(Resource::logs));
    const kube::Watch later;
    CHECK_FALSE(later.kinds().contains(Resource::logs));
    world.once(find);
    CHECK(later.kinds().contains(Resource::logs));
}

TEST_CASE("rules are asked anew for what they looked at, and all for what is listed at first") {
    const kube::Snapshot facts;
    const diagnose::Rule* const rules[] = {&rule_of("image_tag"), &rule_of("crash"), &rule_of("access")};
    diagnose::RuleFindings found;
    const auto asked_after = [&](Resource what) {
        const World world(facts);
        found.find(world, rules, diagnose::one_by_one);
        CHECK(found.kept() == 3);
        found.was_read(what);
        return 3 - found.kept();
    };
    CHECK(asked_after(Resource::logs) == 1);  // access reads the ledger
    CHECK(asked_after(Resource::serviceaccounts) == 1);
    CHECK(asked_after(Resource::pods) == 3);
}

TEST_CASE("all rules are asked anew when a pod has become another's, or time has gone on") {
    kube::Snapshot facts;
    const diagnose::Rule* const rules[] = {&rule_of("image_tag")};
    kube::Pod pod;
    pod.meta.kind = "Pod";
    pod.meta.name = "web-0";
    pod.meta.uid = "uid-web-0";
    kube::Container container;
    container.name = "web";
    container.image = "nginx:latest";
    pod.spec.containers.push_back(container);
    facts.pods = {pod};
    const auto standing = World(facts).standing();
    CHECK(World(facts).standing() == standing);
    facts.taken_at = facts.taken_at + base::seconds(1);
    const auto later = World(facts).standing();
    CHECK(later != standing);
    facts.pods[0].meta.owners = {{"apps/v1", "ReplicaSet", "web", "uid-web", true}};
    CHECK(World(facts).standing() != later);
    diagnose::RuleFindings found;
    const World world(facts);
    found.find(world, rules, diagnose::one_by_one);
    CHECK(found.folded(world, diagnose::one_by_one).size() == 1);
    facts.pods[0].meta.deleted = facts.taken_at;
    const World gone(facts);
    CHECK(gone.candidates().empty());
    found.find(gone, rules, diagnose::one_by_one);
    CHECK(found.folded(gone, diagnose::one_by_one).empty());
}
