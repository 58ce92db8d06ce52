#include <functional>

#include "doctor_builders.hpp"

using namespace salve;
using namespace salve::test;
using namespace salve::report::doctor;

namespace {

Facts with(const std::function<void(Runs&)>& change) {
    auto facts = well();
    change(*facts.runs);
    return facts;
}

constexpr auto elsewhere = "export SALVE_RUNS=\"$HOME/.local/state/salve/runs\"";

}  // namespace

TEST_CASE("the runs folder as it would be used") {
    CHECK(said(well(), "runs folder") == "ok: ./runs: ours, mode 0700, 0 records");
    CHECK(said(well(), "runs lock") == "ok: held against a second one");
    CHECK(said(well(), "runs journals") == "ok: none: no run goes on, and none has died");
    CHECK(said(well(), "runs chain") == "ok: no records yet");
}

TEST_CASE("each thing that keeps records from being written is a failure of its own, and ends with 73") {
    struct Trial {
        std::function<void(Runs&)> change;
        std::string said;
    };
    const std::vector<Trial> trials{
        {[](Runs& runs) { runs.fault = "is a link, and links are not followed"; },
         std::string("./runs: is a link, and links are not followed | ") + elsewhere},
        {[](Runs& runs) { runs.ours = false; }, "./runs: belongs to another user | sudo chown -R \"$(id -un)\" ./runs"},
        {[](Runs& runs) { runs.others_write = true; }, "./runs: everybody may write to it | chmod go-w ./runs"},
        {[](Runs& runs) { runs.writable = false; },
         "./runs: cannot be written to (mode 0700, or the disk) | chmod u+rwx ./runs"},
        {[](Runs& runs) { runs.journal_fault = "everybody may write to it"; },
         "./runs/.journal: everybody may write to it | chmod u+rwx,go-w ./runs/.journal"},
        {[](Runs& runs) {
             runs.exists = runs.lock_tried = false;
             runs.parent = "/proc";
             runs.parent_writable = false;
         },
         std::string("./runs: is not there, and nothing can be made in /proc | ") + elsewhere},
        {[](Runs& runs) {
             runs.exists = runs.lock_tried = false;
             runs.fault = "Permission denied";
         },
         std::string("./runs: Permission denied | ") + elsewhere},
    };
    for (const auto& trial : trials) {
        const auto facts = with(trial.change);
        CHECK(said(facts, "runs folder") == "failure: " + trial.said);
        CHECK(exit_of(facts) == 73);
    }
}

TEST_CASE("a folder that is not there yet is made by the first run") {
    const auto facts = with([](Runs& runs) { runs.exists = runs.lock_tried = false; });
    CHECK(said(facts, "runs folder") == "ok: ./runs: is not there yet; the first run makes it");
    CHECK(said(facts, "runs lock") == "skipped: there is no folder to try it in");
    CHECK(exit_of(facts) == 0);
}

TEST_CASE("who shares a group may write to it: told, and no failure") {
    const auto facts = with([](Runs& runs) { runs.group_writes = true; });
    CHECK(said(facts, "runs folder") == "warning: ./runs: its group may write to it | chmod g-w ./runs");
    CHECK(exit_of(facts) == 0);
}

TEST_CASE("a file system without locks") {
    const auto facts = with([](Runs& runs) { runs.lock_fault = "./runs/.lock: cannot lock: No locks available"; });
    CHECK(said(facts, "runs lock") ==
          std::string("failure: ./runs/.lock: cannot lock: No locks available | ") + elsewhere);
    CHECK(exit_of(facts) == 73);
}

TEST_CASE("runs that go on and runs that died") {
    CHECK(said(with([](Runs& runs) { runs.alive = {"a"}; }), "runs journals") == "ok: of a run that goes on");
    CHECK(said(with([](Runs& runs) { runs.alive = {"a", "b"}; }), "runs journals") == "ok: of runs that go on");
    const auto facts = with([](Runs& runs) {
        runs.path = "/srv/my runs";
        runs.alive = {"a"};
        runs.dead = {"b", "c"};
    });
    CHECK(said(facts, "runs journals") ==
          "warning: runs died unsettled: b, c | salve runs recover --runs '/srv/my runs'");
    CHECK(exit_of(facts) == 0);
    const auto unread = with([](Runs& runs) { runs.journals_error = "./runs/.journal: Permission denied"; });
    CHECK(said(unread, "runs journals") == "failure: ./runs/.journal: Permission denied | ls -la ./runs/.journal");
}

TEST_CASE("the chain: how much of it was looked at is said") {
    CHECK(said(with([](Runs& runs) { runs.records = runs.proven = 7; }), "runs chain") == "ok: holds, all of 7");
    const auto part = with([](Runs& runs) {
        runs.records = 5000;
        runs.proven = 1000;
    });
    CHECK(said(part, "runs chain") == "ok: the newest 1000 of 5000 hold; all of it: salve runs verify --runs ./runs");
    const auto broken = with([](Runs& runs) { runs.chain_fault = "broken at record 3: edited: its bytes"; });
    CHECK(said(broken, "runs chain") ==
          "failure: broken at record 3: edited: its bytes | salve runs verify --runs ./runs");
    CHECK(exit_of(broken) == 73);
}

TEST_CASE("the key that signs") {
    CHECK(said(well(), "signing key") == "skipped: audit.sign_key names none: records are not signed");
    CHECK(said(with([](Runs& runs) { runs.key_file = "/k.pem"; }), "signing key") == "ok: /k.pem");
    const auto bad = with([](Runs& runs) {
        runs.key_file = "/k.pem";
        runs.key_error = "/k.pem: no Ed25519 key";
    });
    CHECK(said(bad, "signing key") == "failure: /k.pem: no Ed25519 key | ls -l /k.pem");
    CHECK(exit_of(bad) == 73);
}
