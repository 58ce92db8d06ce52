#include "io/run_log.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "audit/schema.hpp"
#include "chain_builders.hpp"
#include "limit_file_size.hpp"

using namespace salve;
using namespace salve::test;
using audit::Event;
using base::ErrorKind;
using io::RunLog;
using io::RunsFolder;
using nlohmann::json;

namespace {

io::Moment moment(std::int64_t second = 0) { return {chain_start + base::seconds(second), 1'000 * second}; }

RunLog begin(const TempFolder& folder, const audit::Record& record) {
    return RunLog(RunsFolder::open_or_make(folder.path()), record, moment());
}

std::string journal_path(const TempFolder& folder, std::int64_t number) {
    return folder / ".journal/" + run_id_of(number) + ".jsonl";
}

std::string on_disk(const TempFolder& folder, std::int64_t number) {
    return io::read_file(journal_path(folder, number), 16 << 20);
}

std::vector<std::string> journals_in(const std::string& runs) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(runs + "/.journal"))
        names.push_back(entry.path().filename().string());
    return names;
}
std::vector<std::string> journals(const TempFolder& folder) { return journals_in(folder.path()); }

}  // namespace

TEST_CASE("S2.12: every line is on the disk when the call returns, and sets only what has changed") {
    const TempFolder folder;
    auto record = run_record(1);
    auto log = begin(folder, record);
    auto journal = audit::parse_journal(on_disk(folder, 1));
    REQUIRE(journal.lines.size() == 1);
    CHECK(journal.lines[0].event == Event::open);
    CHECK(journal.lines[0].at == chain_start);
    CHECK(audit::seq_at_open(journal) == 0);
    CHECK(audit::fold(journal) == audit::to_document(record));
    struct stat status {};
    REQUIRE(::stat(journal_path(folder, 1).c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);
    CHECK(status.st_size == static_cast<off_t>(log.text().size()));
    record.warnings = {"slow"};
    log.write(Event::note, record, moment(1));
    CHECK(on_disk(folder, 1) == log.text());
    journal = audit::parse_journal(log.text());
    REQUIRE(journal.lines.size() == 2);
    CHECK(journal.lines[1].set == json{{"warnings", {"slow"}}});
    CHECK(journal.lines[1].mono_us == 1'000);
    log.write(Event::close, record, moment(2));
    CHECK(audit::parse_journal(log.text()).lines[2].set == json::object());
    CHECK(audit::fold(audit::parse_journal(log.text())) == audit::to_document(record));
}

TEST_CASE("S2.12: a seal makes the record and drops the journal") {
    const TempFolder folder;
    for (std::int64_t number = 1; number <= 3; ++number) {
        const auto record = run_record(number);
        auto log = begin(folder, record);
        CHECK(audit::seq_at_open(audit::parse_journal(log.text())) == number - 1);
        log.write(Event::close, record, moment(1));
        const auto sealed = log.seal({chain_start + base::seconds(2), nullptr, std::nullopt, false});
        CHECK(sealed.name.seq == number);
        CHECK(sealed.path == folder / to_text(sealed.name));
        const auto bytes = io::read_file(sealed.path, 1 << 20);
        CHECK(sealed.digest == base::sha256_hex(bytes));
        CHECK(io::newest_seq(log.runs()) == number);
        const auto document = json::parse(bytes);
        CHECK(document["run_id"] == run_id_of(number));
        CHECK(document["journal"]["lines"] == 2);
        CHECK(document["journal"]["sha256"] == base::sha256_hex(log.text()));
        CHECK(journals(folder).empty());
    }
    const auto proof = io::verify_runs(RunsFolder::open(folder.path()), {});
    CHECK(verdict(proof) == "holds");
    CHECK(proof.newest.seq == 3);
    CHECK(io::read_file(folder / "HEAD", 4096) == to_text(proof.newest));
    for (const auto& name : folder.names()) CHECK_FALSE(contains(name, ".tmp"));
}

TEST_CASE("a run id is used once") {
    const TempFolder folder;
    auto log = begin(folder, run_record(1));
    CHECK(error_of([&] { begin(folder, run_record(1)); }).kind() == ErrorKind::audit_unwritable);
    log.write(Event::note, run_record(1), moment(1));
    CHECK(on_disk(folder, 1) == log.text());
}

TEST_CASE("F12: after a line that the disk refused nothing is written any more, and no line is lost") {
    const TempFolder folder;
    auto record = run_record(1, "apply");
    auto log = begin(folder, record);
    const auto before = log.text();
    record.steps = {open_step()};
    {
        const LimitFileSize limit(before.size() + 10);
        const auto error = error_of([&] { log.write(Event::intent, record, moment(1)); });
        CHECK(error.kind() == ErrorKind::audit_unwritable);
        CHECK(contains(error.what(), run_id_of(1)));
    }
    // There is room again, but a line is missing.
    CHECK(error_of([&] { log.write(Event::note, record, moment(2)); }).kind() == ErrorKind::audit_unwritable);
    CHECK(error_of([&] {
              log.seal({moment(3).at, nullptr, std::nullopt, false});
          }).kind() == ErrorKind::audit_unwritable);
    CHECK(on_disk(folder, 1).size() == before.size() + 10);
    const auto kept = audit::parse_journal(log.text());
    CHECK(kept.lines.size() == 3);
    CHECK(kept.lines[1].event == Event::intent);
    CHECK(kept.torn.empty());
    // On the disk the line is torn: the step had no durable intent, so it was never sent.
    CHECK(audit::death_of(audit::parse_journal(on_disk(folder, 1))) == audit::Death::abandoned);
    CHECK(RunsFolder::open(folder.path()).list().records.empty());
}

TEST_CASE("F12: no room for the journal is met before the run begins") {
    const TempFolder folder;
    RunsFolder::open_or_make(folder.path());
    const LimitFileSize limit(1000);
    CHECK(error_of([&] { begin(folder, run_record(1)); }).kind() == ErrorKind::audit_unwritable);
    CHECK(journals(folder).empty());
}

// Recovery would take it for a torn line, or not look at it, and the step for one that was never begun.
TEST_CASE("a line that could not be read back is refused before it is written") {
    const TempFolder folder;
    auto record = run_record(1, "apply");
    auto log = begin(folder, record);
    const auto before = on_disk(folder, 1);
    record.steps = {open_step()};
    record.steps[0].patch = std::string(40, '[') + std::string(40, ']');
    auto error = error_of([&] { log.write(Event::intent, record, moment(1)); });
    CHECK(error.kind() == ErrorKind::audit_unwritable);
    CHECK(contains(error.what(), "line 2 could not be read back"));
    CHECK(on_disk(folder, 1) == before);
    CHECK(error_of([&] { log.write(Event::note, record, moment(1)); }).kind() == ErrorKind::audit_unwritable);
    CHECK(error_of([&] {
              log.seal({moment(3).at, nullptr, std::nullopt, false});
          }).kind() == ErrorKind::audit_unwritable);
}

TEST_CASE("a journal does not grow beyond what recovery looks at") {
    const TempFolder folder;
    auto record = run_record(1, "apply");
    auto log = begin(folder, record);
    std::size_t lines = 0;
    std::string refusal;
    for (int i = 0; i < 20 && refusal.empty(); ++i, ++lines) {
        record.warnings.assign(400, std::string(4000, static_cast<char>('a' + i)));  // 1.6 MB
        try {
            log.write(Event::note, record, moment(1));
        } catch (const base::Error& error) {
            CHECK(error.kind() == ErrorKind::audit_unwritable);
            refusal = error.what();
        }
    }
    CHECK(contains(refusal, "the journal would be longer than 8388608 bytes"));
    CHECK(lines > 4);
    CHECK(on_disk(folder, 1).size() <= audit::max_journal);
    CHECK(audit::parse_journal(on_disk(folder, 1)).torn.empty());
}

TEST_CASE("S2.12: a live journal is not taken for a dead one, and a dead one is seen") {
    const TempFolder folder;
    const auto runs = RunsFolder::open_or_make(folder.path());
    io::refuse_unsettled(runs);
    {
        const auto log = begin(folder, run_record(1));
        io::refuse_unsettled(runs);
        CHECK(runs.find_journals().at(0).alive);
    }
    const auto error = error_of([&] { io::refuse_unsettled(runs); });
    CHECK(error.kind() == ErrorKind::locked);
    CHECK(contains(error.what(), run_id_of(1)));
    CHECK(contains(error.hint(), "runs recover"));
    // Also while somebody else looks at it.
    const auto looking = RunsFolder::open(folder.path()).find_journals();
    CHECK(error_of([&] { io::refuse_unsettled(runs); }).kind() == ErrorKind::locked);
}

TEST_CASE("F13: nothing is changed from a folder to which the group may write, and the hint mends it") {
    const TempFolder folder;
    const diagnose::Subject web{{"apps/v1", "Deployment", "shop", "web", "uid-web"}, ""};
    const auto path = folder / "it's runs";
    const auto runs = RunsFolder::open_or_make(path);
    io::claim_target(runs, "uid-cluster", web);
    for (const std::string& shared : {path, path + "/.journal"}) {
        REQUIRE(::chmod(shared.c_str(), 0770) == 0);
        RunsFolder::open_or_make(path);  // for who only reads
        io::require_sealable(runs);
        const auto before = journals_in(path);
        auto other = web;
        other.object.name = "other";
        const auto error = error_of([&] { io::claim_target(runs, "uid-cluster", other); });
        CHECK(error.kind() == ErrorKind::audit_unwritable);
        CHECK(contains(error.what(), shared + ": its group may write"));
        CHECK(journals_in(path) == before);  // no lock was taken
        REQUIRE(std::system(error.hint().c_str()) == 0);
        io::claim_target(runs, "uid-cluster", web);
    }
}

TEST_CASE("one run at a time changes an object") {
    const TempFolder folder;
    const auto runs = RunsFolder::open_or_make(folder.path());
    const diagnose::Subject web{{"apps/v1", "Deployment", "shop", "web", "uid-web"}, ""};
    auto held = io::lock_target(runs, "uid-cluster", web);
    const auto locked = [&](const std::string& cluster, const diagnose::Subject& target) {
        try {
            io::lock_target(RunsFolder::open_or_make(folder.path()), cluster, target);
        } catch (const base::Error& error) {
            CHECK(error.kind() == ErrorKind::locked);
            CHECK(contains(error.what(), "Deployment shop/\"web\""));
            return true;
        }
        return false;
    };
    CHECK(locked("uid-cluster", web));
    auto other = web;
    other.object.uid = "uid-new";  // recreated: still the same name
    other.container = "app";
    CHECK(locked("uid-cluster", other));
    CHECK_FALSE(locked("uid-other", web));
    for (auto member : {&kube::ObjectRef::ns, &kube::ObjectRef::kind, &kube::ObjectRef::name}) {
        other = web;
        other.object.*member += "2";
        CHECK_FALSE(locked("uid-cluster", other));
    }
    held.reset();
    CHECK_FALSE(locked("uid-cluster", web));
    CHECK(runs.find_journals().empty());  // a lock is no journal
    other = web;
    other.object.name = "../../../tmp/x\n\x1b";
    CHECK_FALSE(locked("uid-cluster", other));
    for (const auto& name : journals(folder)) CHECK(name.size() == std::string("target-0123456789abcdef.lock").size());
}

TEST_CASE("F12: a journal that cannot be sealed where it belongs is kept elsewhere, or shown") {
    const TempFolder folder, other;
    auto log = begin(folder, run_record(1));
    const auto path = io::keep_elsewhere(other / "kept", run_id_of(1), log.text());
    CHECK(path == other / "kept/" + run_id_of(1) + ".jsonl");
    CHECK(io::read_file(path, 1 << 20) == log.text());
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0400);
    CHECK(error_of([&] { io::keep_elsewhere(other / "kept", run_id_of(1), "other"); }).kind() ==
          ErrorKind::audit_unwritable);
    CHECK(error_of([&] { io::keep_elsewhere("/proc/salve", run_id_of(1), "x"); }).kind() ==
          ErrorKind::audit_unwritable);
    CHECK(io::between_markers(log.text()) ==
          "----- BEGIN AUDIT RECORD -----\n" + log.text() + "----- END AUDIT RECORD -----\n");
}
