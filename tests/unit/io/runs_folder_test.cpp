#include "io/runs_folder.hpp"

#include <doctest/doctest.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "audit/record.hpp"
#include "chain_builders.hpp"
#include "io/find_run.hpp"

using namespace salve;
using namespace salve::test;
using base::ErrorKind;
using io::RunsFolder;

namespace {

unsigned mode_of(const std::string& path) {
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 07777;
}

audit::RecordName name_of(std::int64_t seq) { return {seq, chain_start, "triage", "0123456789ab"}; }

// A journal that nobody holds.
void leave_journal(const TempFolder& folder, const std::string& name, std::string_view bytes = "x") {
    std::filesystem::create_directories(folder / ".journal");
    folder.file(".journal/" + name, bytes);
}

std::string run_ids(const std::vector<io::FoundJournal>& found) {
    std::string text;
    for (const auto& one : found) text += one.run_id + (one.alive ? " alive\n" : " dead\n");
    return text;
}

}  // namespace

TEST_CASE("a runs folder is made with its parents, for its owner only") {
    const TempFolder folder;
    const auto path = folder / "a/b/runs";
    const auto runs = RunsFolder::open_or_make(path + "//");
    CHECK(runs.path() == path);
    CHECK(mode_of(path) == 0700);
    CHECK(mode_of(path + "/.journal") == 0700);
    CHECK(runs.journals_folder().path == path + "/.journal");
    CHECK(RunsFolder::open_or_make(path).list().records.empty());
    CHECK(RunsFolder::open(path + "/").path() == path);
}

TEST_CASE("a folder that is only read is not made") {
    const TempFolder folder;
    const auto missing = error_of([&] { RunsFolder::open(folder / "runs"); });
    CHECK(missing.kind() == ErrorKind::usage);
    CHECK(contains(missing.what(), "No such file"));
    CHECK(folder.names().empty());
    folder.file("file", "x");
    CHECK(contains(error_of([&] { RunsFolder::open(folder / "file"); }).what(), "is not a folder"));
    const auto runs = RunsFolder::open(folder.path());
    CHECK(error_of([&] { runs.journals_folder(); }).kind() == ErrorKind::internal);
    CHECK(folder.names() == std::vector<std::string>{"file"});
    CHECK(runs.find_journals().empty());
    CHECK_FALSE(runs.head());
}

TEST_CASE("F13: a folder whose records others could replace is refused") {
    const TempFolder folder;
    const auto refusal = [&](const std::string& path) {
        const auto error = error_of([&] { RunsFolder::open_or_make(path); });
        CHECK(error.kind() == ErrorKind::audit_unwritable);
        return std::string(error.what());
    };
    std::filesystem::create_directory(folder / "real");
    std::filesystem::create_directory_symlink("real", folder / "link");
    CHECK(contains(refusal(folder / "link"), "links are not followed"));
    CHECK(contains(refusal(folder / "link/"), "links are not followed"));
    CHECK(contains(refusal(folder / "link///"), "links are not followed"));
    CHECK(error_of([&] { RunsFolder::open(folder / "link/"); }).kind() == ErrorKind::usage);
    std::filesystem::create_directory(folder / "open");
    REQUIRE(::chmod((folder / "open").c_str(), 0777) == 0);
    CHECK(contains(refusal(folder / "open"), "everybody may write"));
    folder.file("file", "x");
    CHECK(contains(refusal(folder / "file"), "is not a folder"));
    CHECK(contains(refusal(folder / "file/runs"), "Not a directory"));
    CHECK(contains(refusal("/proc/salve/runs"), "cannot make the folder"));
    // The folder of the journals counts as well.
    std::filesystem::create_directories(folder / "one/.journal");
    REQUIRE(::chmod((folder / "one/.journal").c_str(), 0777) == 0);
    CHECK(contains(refusal(folder / "one"), "everybody may write"));
    std::filesystem::create_directory(folder / "two");
    std::filesystem::create_directory_symlink("../real", folder / "two/.journal");
    refusal(folder / "two");
    if (::geteuid() == 0) {
        std::filesystem::create_directory(folder / "other");
        REQUIRE(::chown((folder / "other").c_str(), 12345, 12345) == 0);
        CHECK(contains(refusal(folder / "other"), "belongs to another user"));
    }
}

TEST_CASE("records are listed in their order, and what is no part of the chain apart from them") {
    const TempFolder folder;
    for (const std::int64_t seq : {3, 100'000'000, 1, 2}) folder.file(to_text(name_of(seq)), "x");
    for (const auto* name : {"HEAD", ".lock", ".hidden", "notes.txt", "README", "0001.json"}) folder.file(name, "x");
    folder.file(signature_name(name_of(1)), "x");
    folder.file("other.sig", "x");
    std::filesystem::create_directories(folder / ".journal");
    const auto listing = RunsFolder::open(folder.path()).list();
    REQUIRE(listing.records.size() == 4);
    CHECK(listing.records.front() == name_of(1));
    CHECK(listing.records.back() == name_of(100'000'000));
    CHECK(listing.strays == std::vector<std::string>{"0001.json", "README", "notes.txt"});
}

TEST_CASE("a record is read with its mode and its signature") {
    const TempFolder folder;
    const auto runs = RunsFolder::open(folder.path());
    const auto name = name_of(1);
    const auto path = folder.file(to_text(name), "one\n");
    CHECK(contains(runs.read(name).mode_fault, "can be written to"));
    REQUIRE(::chmod(path.c_str(), 0444) == 0);
    auto found = runs.read(name);
    CHECK(found.mode_fault.empty());
    CHECK(found.bytes == "one\n");
    CHECK_FALSE(found.signature);
    folder.file(signature_name(name), "signature");
    CHECK(runs.read(name).signature == "signature");
    folder.file(signature_name(name), "");
    CHECK(runs.read(name).signature == "");
    CHECK(error_of([&] { runs.read(name_of(2)); }).kind() == ErrorKind::usage);
}

TEST_CASE("what is no regular file is not read (SAFETY 7.4)") {
    const TempFolder folder;
    const auto runs = RunsFolder::open(folder.path());
    folder.file("real", "x");
    std::filesystem::create_symlink("real", folder / to_text(name_of(1)));
    REQUIRE(::mkfifo((folder / to_text(name_of(2))).c_str(), 0444) == 0);
    std::filesystem::create_directory(folder / to_text(name_of(3)));
    std::filesystem::create_symlink("/dev/zero", folder / to_text(name_of(4)));
    for (const std::int64_t seq : {1, 2, 3, 4}) {
        CAPTURE(seq);
        const auto found = runs.read(name_of(seq));
        CHECK(found.mode_fault == "it is no regular file");
        CHECK(found.bytes.empty());
    }
    // Of a signature the same.
    const auto path = folder.file(to_text(name_of(5)), "x");
    REQUIRE(::chmod(path.c_str(), 0444) == 0);
    const auto sig = folder / signature_name(name_of(5));
    std::filesystem::create_symlink("real", sig);
    CHECK(runs.read(name_of(5)).mode_fault == "its .sig is no regular file");
    std::filesystem::remove(sig);
    REQUIRE(::mkfifo(sig.c_str(), 0444) == 0);
    CHECK(runs.read(name_of(5)).mode_fault == "its .sig is no regular file");
    std::filesystem::remove(sig);
    std::filesystem::create_directory(sig);
    CHECK(runs.read(name_of(5)).mode_fault == "its .sig is no regular file");
}

TEST_CASE("no more is read of a file than it may hold") {
    const TempFolder folder;
    const auto runs = RunsFolder::open(folder.path());
    for (const auto& name : {to_text(name_of(1)), signature_name(name_of(1)), std::string("HEAD")}) {
        folder.file(name, "x");
        std::filesystem::resize_file(folder / name, 100'000'000);
    }
    const auto found = runs.read(name_of(1));
    CHECK(found.bytes.size() == audit::max_record + 1);
    CHECK(found.signature->size() == audit::max_envelope_bytes + 1);
    CHECK(runs.head()->size() == 4096);
}

TEST_CASE("S2.12: a journal is alive as long as its owner holds it, and everybody who looks sees the same") {
    const TempFolder folder;
    leave_journal(folder, run_id_of(1) + ".jsonl");
    leave_journal(folder, run_id_of(3) + ".jsonl");
    const auto runs = RunsFolder::open_or_make(folder.path());
    {
        io::RunLog log(RunsFolder::open_or_make(folder.path()), run_record(2), {chain_start, 1});
        const auto expected = run_id_of(1) + " dead\n" + run_id_of(2) + " alive\n" + run_id_of(3) + " dead\n";
        // A second one that looks must not take the first one's look for life: it would let a run start.
        const auto first = runs.find_journals(), second = RunsFolder::open(folder.path()).find_journals();
        CHECK(run_ids(first) == expected);
        CHECK(run_ids(second) == expected);
        CHECK(first[0].fd);
        CHECK_FALSE(first[1].fd);
    }
    CHECK(run_ids(runs.find_journals()) ==
          run_id_of(1) + " dead\n" + run_id_of(2) + " dead\n" + run_id_of(3) + " dead\n");
}

TEST_CASE("only what is named like a journal is one") {
    const TempFolder folder;
    for (const auto* name :
         {".jsonl", "short.jsonl", "UPPER-CASE.jsonl", "-20261121.jsonl", "run one.jsonl", "20261121\x1b.jsonl",
          "run-0001.json", "run-0001.jsonl.unreadable", "target-0123.lock", ".run-0001.jsonl", "run-0001.jsonl~"})
        leave_journal(folder, name);
    leave_journal(folder, std::string(65, 'a') + ".jsonl");
    const auto runs = RunsFolder::open(folder.path());
    CHECK(runs.find_journals().empty());
    leave_journal(folder, "run-01.jsonl");
    leave_journal(folder, std::string(64, 'a') + ".jsonl");
    CHECK(run_ids(runs.find_journals()) == std::string(64, 'a') + " dead\nrun-01 dead\n");
}

TEST_CASE("a journal that is no file is an error, not a journal that is not there") {
    const TempFolder folder;
    leave_journal(folder, "run-01.jsonl");
    std::filesystem::create_symlink("run-01.jsonl", folder / ".journal/run-02.jsonl");
    const auto runs = RunsFolder::open(folder.path());
    CHECK(error_of([&] { runs.find_journals(); }).kind() == ErrorKind::usage);
    std::filesystem::remove(folder / ".journal/run-02.jsonl");
    std::filesystem::create_directory(folder / ".journal/run-02.jsonl");
    const auto found = runs.find_journals();
    REQUIRE(found.size() == 2);
    CHECK(error_of([&] { read_journal(found[1]); }).kind() == ErrorKind::usage);
    CHECK(read_journal(found[0]) == "x");
}

TEST_CASE("of a journal no more than 8 MiB and a byte are read") {
    const TempFolder folder;
    leave_journal(folder, "run-01.jsonl");
    std::filesystem::resize_file(folder / ".journal/run-01.jsonl", 100'000'000);
    const auto found = RunsFolder::open(folder.path()).find_journals();
    REQUIRE(found.size() == 1);
    CHECK(read_journal(found[0]).size() == audit::max_journal + 1);
}

TEST_CASE("F15: who reads records one after the other stops once that is asked for") {
    const TempFolder folder;
    add_runs(folder.path(), 1, 2);
    const io::Cancel cancel;
    const auto runs = RunsFolder::open(folder.path(), &cancel);
    const auto names = runs.list().records;
    CHECK_FALSE(runs.read(names.at(0)).bytes.empty());
    cancel.request();
    CHECK_THROWS_AS(runs.read(names.at(1)), io::Interrupted);
    CHECK_THROWS_AS(io::verify_runs(runs, {}), io::Interrupted);
    CHECK_THROWS_AS(io::find_run(runs, "ffffffffffff"), io::Interrupted);
    const auto never = [](const auto&...) { FAIL("there is nothing to tell"); };
    CHECK_THROWS_AS(io::each_record(
                        runs, [&](const io::ReadRecord&) { return never(), true; }, never),
                    io::Interrupted);
    CHECK(verdict(io::verify_runs(RunsFolder::open(folder.path()), {})) == "holds");
}
