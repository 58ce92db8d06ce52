#include "io/recover.hpp"

#include <doctest/doctest.h>

#include "chain_builders.hpp"

using namespace salve;
using namespace salve::test;
using audit::Event;
using audit::Settled;
using base::ErrorKind;
using io::Recovered;
using io::RunsFolder;
using nlohmann::json;

namespace {

constexpr base::Time late = chain_start + base::hours(1);
constexpr std::int64_t chain_boot_us = 700'000'000;  // since the boot, when a run begins

json web_object() {
    return {{"apiVersion", "apps/v1"},
            {"kind", "Deployment"},
            {"metadata", {{"name", "web"}, {"uid", "uid-web"}, {"generation", 7}, {"resourceVersion", "41"}}}};
}

// A cluster in memory that counts how often it is asked.
struct FakeCluster {
    io::ObjectRead answer{true, "", web_object()};
    std::vector<std::string> asked;

    io::ReadTarget reader() {
        return [this](const json& document, const kube::ObjectRef& target) {
            CHECK(document["run_id"] == run_id_of(1));
            asked.push_back(target.kind + " " + target.ns + "/" + target.name);
            return answer;
        };
    }
};

// A folder in which runs die.
struct Place {
    TempFolder folder;
    FakeCluster cluster;
    io::RecoverOptions options{late, nullptr, false, false, "", 0};
    std::string boot_id;  // of the runs that die

    RunsFolder runs() const { return RunsFolder::open_or_make(folder.path()); }

    // The journal of an apply that came so far: open, approval, intent, outcome, close.
    std::string die(std::size_t lines, const std::string& torn = "", bool on_disk = true) const {
        auto record = run_record(1, "apply");
        record.status = "interrupted";
        record.exit_code.reset();
        record.clock.boot_id = boot_id;
        std::string text;
        {
            const TempFolder elsewhere;
            io::RunLog log(RunsFolder::open_or_make((on_disk ? folder : elsewhere).path()), record,
                           {chain_start, 1, chain_boot_us});
            if (lines > 1) {
                audit::Approval approval;
                approval.decision = "approved";
                approval.method = "typed";
                approval.at = chain_start;
                record.approvals = {approval};
                log.write(Event::approval, record, {chain_start, 2});
            }
            if (lines > 2) {
                record.steps = {open_step()};
                log.write(Event::intent, record, {chain_start, 3});
            }
            if (lines > 3) {
                record.steps[0].ended_at = chain_start + base::seconds(1);
                record.steps[0].rc = 0;
                record.steps[0].effect = audit::Effect::applied;
                log.write(Event::outcome, record, {chain_start, 4});
            }
            if (lines > 4) {
                record.status = "completed";
                log.write(Event::close, record, {chain_start, 5});
            }
            text = log.text() + torn;
        }
        if (on_disk && !torn.empty()) leave(run_id_of(1), text);
        return text;
    }

    void leave(const std::string& run_id, const std::string& text) const {
        runs();
        folder.file(".journal/" + run_id + ".jsonl", text);
    }

    Recovered recover() {
        const auto place = runs();
        const auto found = place.find_journals();
        REQUIRE(found.size() == 1);
        REQUIRE_FALSE(found[0].alive);
        return io::recover_journal(place, found[0], cluster.reader(), options);
    }

    Recovered recover_kept(const std::string& text) {
        return io::recover_kept(runs(), text, cluster.reader(), options);
    }

    std::vector<json> records() const {
        std::vector<json> all;
        const auto place = runs();
        for (const auto& name : place.list().records) all.push_back(json::parse(place.read(name).bytes));
        return all;
    }
    // The one record that there must be.
    json record() const {
        const auto all = records();
        REQUIRE(all.size() == 1);
        return all[0];
    }
    std::string proof() const { return verdict(io::verify_runs(RunsFolder::open(folder.path()), {})); }
    std::size_t journals() const { return runs().find_journals().size(); }
};

}  // namespace

TEST_CASE("S2.12: each class of death is sealed once, and the journal is gone") {
    struct Row {
        std::size_t lines;
        const char *death, *status;
    };
    for (const auto& row : {Row{1, "abandoned", "abandoned"}, Row{2, "abandoned", "abandoned"},
                            Row{4, "interrupted", "interrupted"}, Row{5, "completed", "completed"}}) {
        CAPTURE(row.lines);
        Place place;
        const auto text = place.die(row.lines);
        const auto result = place.recover();
        CHECK(result.facts.run_id == run_id_of(1));
        CHECK(result.facts.kind == "apply");
        CHECK(result.facts.dead_class == row.death);
        CHECK(result.facts.sealed_seq == 1);
        CHECK(result.facts.steps.empty());
        CHECK(result.kept.empty());
        CHECK_FALSE(result.retry);
        CHECK(place.cluster.asked.empty());
        CHECK(place.journals() == 0);
        CHECK(place.record()["status"] == row.status);
        CHECK(place.record()["journal"]["sha256"] == base::sha256_hex(text));
        CHECK(place.proof() == "holds");
        io::refuse_unsettled(place.runs());
    }
}

TEST_CASE("S2.12: a torn tail is kept in the record") {
    Place place;
    const auto text = place.die(2, "{\"at\":\"2026");
    CHECK(place.recover().facts.dead_class == "abandoned");
    CHECK(place.record()["journal"]["torn_bytes"] == 11);
    CHECK(place.record()["journal"]["sha256"] == base::sha256_hex(text));
}

TEST_CASE("S2.12: an intent without an outcome is settled by reading the object") {
    Place place;
    place.die(3);
    place.cluster.answer.object["metadata"]["annotations"]["salve/run"] = open_step().marker;
    const auto result = place.recover();
    CHECK(place.cluster.asked == std::vector<std::string>{"Deployment shop/web"});
    CHECK(result.facts.dead_class == "unknown");
    REQUIRE(result.facts.steps.size() == 1);
    CHECK(result.facts.steps[0].effect == Settled::applied);
    CHECK(result.facts.steps[0].observed->uid == "uid-web");
    CHECK(result.facts.sealed_seq == 1);
    CHECK(place.record()["status"] == "unknown");
    CHECK(place.journals() == 0);

    Place other;
    other.die(3);
    CHECK(other.recover().facts.steps.at(0).effect == Settled::not_applied);
    CHECK(other.record()["status"] == "unknown");
}

TEST_CASE("S2.12: what is not known yet keeps the journal, and says when to ask again") {
    Place place;
    const auto text = place.die(3);
    place.options.now = chain_start + base::seconds(10);
    auto result = place.recover();
    CHECK(result.kept == "what became of a step is not known yet");
    CHECK(result.retry == chain_start + base::seconds(60));
    CHECK_FALSE(result.facts.sealed_seq);
    CHECK(result.facts.steps.at(0).effect == Settled::undetermined);
    CHECK(place.records().empty());
    CHECK(place.journals() == 1);
    CHECK(error_of([&] { io::refuse_unsettled(place.runs()); }).kind() == ErrorKind::locked);
    // Somebody else changed it: waiting does not help.
    place.options.now = late;
    place.cluster.answer.object["metadata"]["generation"] = 8;
    result = place.recover();
    CHECK_FALSE(result.kept.empty());
    CHECK_FALSE(result.retry);
    // Nor when it cannot be read.
    place.options.now = chain_start;
    place.cluster.answer = {false, "it is forbidden", {}};
    result = place.recover();
    CHECK_FALSE(result.retry);
    CHECK(result.facts.steps.at(0).reason == "it is forbidden");
    CHECK(io::read_file(place.folder / ".journal/" + run_id_of(1) + ".jsonl", 1 << 20) == text);
    // At last it can.
    place.options.now = late;
    place.cluster.answer = {true, "", web_object()};
    CHECK(place.recover().facts.sealed_seq == 1);
    CHECK(place.journals() == 0);
}

TEST_CASE("F17: a wall clock that was set forward since the death concludes nothing in the same boot") {
    Place place;
    place.boot_id = "boot-1";
    const auto text = place.die(3);
    place.options.boot_id = "boot-1";
    place.options.monotonic_us = chain_boot_us + 2;  // no time has passed, and the wall clock says that an hour has
    auto result = place.recover();
    CHECK(result.facts.steps.at(0).effect == Settled::undetermined);
    CHECK_FALSE(result.kept.empty());
    CHECK(result.retry == late + base::seconds(60));
    CHECK(place.journals() == 1);
    // The same of a journal that does not tell when it began; then there is no time to ask again either.
    auto silent = text;
    silent.replace(silent.find("monotonic_us_at_open"), 20, "monotonic_us_at_xxxx");
    const auto kept = place.recover_kept(silent);
    CHECK(kept.facts.steps.at(0).effect == Settled::undetermined);
    CHECK_FALSE(kept.retry);
    // A minute later by both clocks, and a microsecond before.
    place.options.monotonic_us += 60'000'000 - 1;
    CHECK(place.recover().facts.steps.at(0).effect == Settled::undetermined);
    place.options.monotonic_us += 1;
    CHECK(place.recover().facts.steps.at(0).effect == Settled::not_applied);
}

TEST_CASE("F17: after a boot, or where none is known, the wall clock decides") {
    for (const auto* boot : {"boot-2", ""}) {
        Place place;
        place.boot_id = "boot-1";
        place.die(3);
        place.options.boot_id = boot;
        place.options.monotonic_us = 1;
        CHECK(place.recover().facts.steps.at(0).effect == Settled::not_applied);
    }
    Place place;  // of a run that could not find out
    place.die(3);
    place.options.boot_id = "boot-1";
    CHECK(place.recover().facts.steps.at(0).effect == Settled::not_applied);
}

TEST_CASE("S2.12: a run is sealed as unknown although nothing tells, if that is asked for") {
    Place place;
    place.die(3);
    place.cluster.answer = {false, "there is no cluster any more", {}};
    place.options.leave_unknown = true;
    const auto result = place.recover();
    CHECK(result.kept.empty());
    CHECK(result.facts.sealed_seq == 1);
    CHECK(place.record()["status"] == "unknown");
    CHECK(place.record()["steps"][0]["effect"] == "unknown");
    CHECK(place.journals() == 0);
}

TEST_CASE("S2.12: a line that is lost may have been an intent, and there is nothing to ask about") {
    Place place;
    place.die(2, "garbage\n");
    const auto result = place.recover();
    CHECK(result.facts.dead_class == "unknown");
    CHECK_FALSE(result.kept.empty());
    CHECK(place.cluster.asked.empty());
    place.options.leave_unknown = true;
    CHECK(place.recover().facts.sealed_seq == 1);
}

TEST_CASE("S2.12: a run that was sealed before it died is not sealed again") {
    Place place;
    const auto text = place.die(4);
    CHECK(place.recover().facts.sealed_seq == 1);
    add_runs(place.folder.path(), 2, 3);
    for (int i = 0; i < 2; ++i) {
        place.leave(run_id_of(1), text);
        const auto again = place.recover();
        CHECK(again.facts.sealed_seq == 1);
        CHECK(again.kept.empty());
        CHECK(place.journals() == 0);
        CHECK(place.records().size() == 3);
    }
    // A journal that says something else than the one that was sealed is kept: one of the two is a lie.
    place.leave(run_id_of(1), text + "x");
    const auto other = place.recover();
    CHECK(other.facts.sealed_seq == 1);
    CHECK(other.kept == "record 1 was made of this run, but not of this journal");
    CHECK(place.journals() == 1);
    CHECK(place.records().size() == 3);
}

TEST_CASE("S2.12: recovery that died between its seal and the end is begun again") {
    Place place;
    const auto text = place.die(4);
    place.recover();
    place.leave(run_id_of(1), text);
    std::filesystem::remove(place.folder / "HEAD");  // the seal died before it
    CHECK(place.recover().facts.sealed_seq == 1);
    CHECK(place.records().size() == 1);
    CHECK(place.proof() == "holds");
}

TEST_CASE("a journal of which no record can be made is set aside, and the folder can be used again") {
    const auto set_aside = [](const std::string& text, const char* death, const char* why) {
        Place place;
        place.leave(run_id_of(1), text);
        const auto result = place.recover();
        CHECK(result.kept.empty());
        CHECK(result.facts.run_id == run_id_of(1));
        CHECK(result.facts.dead_class == death);
        CHECK_FALSE(result.facts.sealed_seq);
        REQUIRE(result.warnings.size() == 1);
        CHECK(contains(result.warnings[0], why));
        CHECK(contains(result.warnings[0], run_id_of(1) + ".jsonl.unreadable"));
        CHECK(io::read_file(place.folder / ".journal/" + run_id_of(1) + ".jsonl.unreadable", 1 << 20) == text);
        CHECK(place.journals() == 0);
        CHECK(place.records().empty());
        io::refuse_unsettled(place.runs());
    };
    set_aside("", "unknown", "cannot be read");
    set_aside("garbage", "unknown", "cannot be read");
    set_aside(std::string(10'000, '\0'), "unknown", "cannot be read");
    const auto open = [](json set) {
        return to_text(audit::JournalLine{1, Event::open, chain_start, 1, std::move(set)});
    };
    set_aside(open(json::object()), "abandoned", "is of another run");
    set_aside(open({{"run_id", run_id_of(7)}}), "abandoned", "is of another run");
    set_aside(open({{"run_id", run_id_of(1)}}), "abandoned", "does not begin with what the run was");
    set_aside(open({{"run_id", run_id_of(1)}, {"time", json::object()}, {"kind", "\x1b"}}), "abandoned",
              "would not be valid");
}

TEST_CASE("a copy of a journal under the name of another run does not become a second record") {
    Place place;
    const auto text = place.die(4);
    place.recover();
    place.leave(run_id_of(9), text);
    const auto result = place.recover();
    CHECK(contains(result.warnings.at(0), "is of another run"));
    CHECK(place.records().size() == 1);
}

TEST_CASE("a recovery that cannot write changes nothing") {
    Place place;
    place.die(4);
    place.folder.file("HEAD", "x");
    const auto error = error_of([&] { place.recover(); });
    CHECK(error.kind() == ErrorKind::audit_unwritable);
    CHECK(place.journals() == 1);
    CHECK(place.records().empty());
}

TEST_CASE("S3.54: one recovery at a time is at it in a folder") {
    Place place;
    place.die(3);
    const auto reader = place.cluster.reader();
    bool tried = false;
    const auto second_try = [&](const json& document, const kube::ObjectRef& target) {
        const auto found = place.runs().find_journals();
        REQUIRE(found.size() == 1);
        CHECK_FALSE(found[0].alive);
        CHECK(error_of([&] { io::lock_recovery(place.runs()); }).kind() == ErrorKind::locked);
        CHECK(error_of([&] { io::refuse_unsettled(place.runs()); }).kind() == ErrorKind::locked);
        tried = true;
        return reader(document, target);
    };
    const auto runs = place.runs();
    const auto alone = io::lock_recovery(runs);
    const auto found = runs.find_journals(), stale = runs.find_journals();
    CHECK(io::recover_journal(runs, found.at(0), second_try, place.options).facts.sealed_seq == 1);
    CHECK(tried);
    // Who found the journal before, and comes after, finds it settled.
    CHECK(io::recover_journal(runs, stale.at(0), reader, place.options).facts.sealed_seq == 1);
    CHECK(place.records().size() == 1);
}

TEST_CASE("S2.12: a dead run is sealed with the key, and each step is asked about on its own") {
    Place place;
    auto record = run_record(1, "apply");
    {
        io::RunLog log(place.runs(), record, {chain_start, 1});
        record.steps = {open_step(1), open_step(2), open_step(3)};
        record.steps[0].ended_at = chain_start;
        record.steps[1].patch.clear();  // a deletion
        log.write(Event::intent, record, {chain_start, 2});
    }
    place.options.key = &chain_key();
    place.cluster.answer.object["metadata"]["deletionTimestamp"] = "2026-11-21T08:00:01Z";
    const auto result = place.recover();
    REQUIRE(result.facts.steps.size() == 2);
    CHECK(result.facts.steps[0].ordinal == 2);
    CHECK(result.facts.steps[0].effect == Settled::applied);
    CHECK(result.facts.steps[1].ordinal == 3);
    CHECK(result.facts.steps[1].effect == Settled::not_applied);
    CHECK(verdict(io::verify_runs(place.runs(), {&chain_public(), {}})) == "holds");
}

TEST_CASE("F12: a journal that was kept elsewhere is sealed, and the shorter one in the folder dropped") {
    for (const std::size_t on_disk : {1, 2, 3, 4}) {
        CAPTURE(on_disk);
        Place place;
        place.die(on_disk);
        const auto text = place.die(4, "", false);
        const auto result = place.recover_kept(text);
        CHECK(result.facts.run_id == run_id_of(1));
        CHECK(result.facts.dead_class == "interrupted");
        CHECK(result.facts.sealed_seq == 1);
        CHECK(result.kept.empty());
        CHECK(place.journals() == 0);
        CHECK(place.record()["journal"]["sha256"] == base::sha256_hex(text));
        // Again, it is known already.
        CHECK(place.recover_kept(text).facts.sealed_seq == 1);
        CHECK(place.recover_kept(text).kept.empty());
        CHECK(place.records().size() == 1);
    }
    Place place;
    const auto text = place.die(4, "", false);
    place.die(2, text.substr(place.die(2, "", false).size(), 20));  // the disk took a part of the line
    CHECK(place.recover_kept(text).kept.empty());
    CHECK(place.journals() == 0);
}

TEST_CASE("a journal in the folder that contradicts the kept one is kept as well") {
    Place place;
    const auto text = place.die(4, "", false);
    place.die(2, "garbage");
    const auto result = place.recover_kept(text);
    CHECK(result.facts.sealed_seq == 1);
    CHECK(result.kept == "the journal of the same run in the folder says something else");
    CHECK(place.journals() == 1);
    // A longer one is none that the disk refused.
    Place longer;
    longer.die(5);
    CHECK_FALSE(longer.recover_kept(longer.die(4, "", false)).kept.empty());
    CHECK(longer.journals() == 1);
    // That of another run is no business of this one.
    Place other;
    other.leave(run_id_of(9), "x");
    CHECK(other.recover_kept(text).kept.empty());
    CHECK(other.journals() == 1);
}

TEST_CASE("a kept journal whose effect is not known is not sealed") {
    Place place;
    const auto text = place.die(3, "", false);
    place.die(2);
    place.options.now = chain_start;
    const auto result = place.recover_kept(text);
    CHECK(result.kept == "what became of a step is not known yet");
    CHECK(place.journals() == 1);
    CHECK(place.records().empty());
}

TEST_CASE("what is no journal of a run is refused, and a run that goes on is left alone") {
    Place place;
    for (const auto& text : std::vector<std::string>{
             "", "garbage", "{}\n", std::string(10'000, '\0'),
             to_text(audit::JournalLine{1, Event::open, chain_start, 1, json::object()}),
             to_text(audit::JournalLine{1, Event::open, chain_start, 1, {{"run_id", 7}}}),
             to_text(audit::JournalLine{1, Event::open, chain_start, 1, {{"run_id", run_id_of(1)}}})})
        CHECK(error_of([&] { place.recover_kept(text); }).kind() == ErrorKind::invalid_record);
    CHECK(place.records().empty());
    const io::RunLog alive(place.runs(), run_record(1, "apply"), {chain_start, 1});
    CHECK(error_of([&] { place.recover_kept(alive.text()); }).kind() == ErrorKind::locked);
    CHECK(place.records().empty());
}
