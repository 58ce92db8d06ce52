#include "io/audit_store.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io_fakes.hpp"

using namespace salve;
using namespace salve::test;

namespace {

const base::Time at = *base::parse_time("2026-11-21T08:00:00.5Z");

std::string publish(const std::string& folder, const std::string& record = "{}\n") {
    return io::publish_record(folder, at, "triage", "0123456789ab", record);
}

std::string refusal(const std::string& folder) {
    const auto error = error_of([&] { publish(folder); });
    CHECK(error.kind() == base::ErrorKind::internal);
    CHECK(contains(error.what(), folder.substr(0, folder.find_last_not_of('/') + 1)));
    return error.what();
}

}  // namespace

TEST_CASE("a record gets a name of its own, is read-only, and its folder is private") {
    const TempFolder folder;
    const auto path = publish(folder / "a/runs", "{\"a\":1}\n");
    CHECK(path == folder / "a/runs/20261121T080000.500000Z-triage-0123456789ab.json");
    CHECK(io::read_file(path, 100) == "{\"a\":1}\n");
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0444);
    REQUIRE(::stat((folder / "a/runs").c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0700);
}

TEST_CASE("a name that is taken gets a number, and the first record stays") {
    const TempFolder folder;
    const auto first = publish(folder / "runs", "first\n"), second = publish(folder / "runs", "second\n"),
               third = publish(folder / "runs", "third\n");
    CHECK(second.ends_with("-0123456789ab-2.json"));
    CHECK(third.ends_with("-0123456789ab-3.json"));
    CHECK(io::read_file(first, 100) == "first\n");
    CHECK(io::read_file(second, 100) == "second\n");
}

TEST_CASE("a folder that others could change is refused") {
    const TempFolder folder;
    std::filesystem::create_directory(folder / "real");
    std::filesystem::create_directory_symlink(folder / "real", folder / "link");
    CHECK(contains(refusal(folder / "link"), "links are not followed"));
    CHECK(contains(refusal(folder / "link/"), "links are not followed"));
    CHECK(contains(refusal(folder / "link//"), "links are not followed"));
    folder.file("file", "");
    CHECK(contains(refusal(folder / "file"), "not a folder"));
    std::filesystem::create_directory(folder / "open");
    REQUIRE(::chmod((folder / "open").c_str(), 0777) == 0);
    CHECK(contains(refusal(folder / "open"), "everybody may write"));
    REQUIRE(::chmod((folder / "open").c_str(), 01777) == 0);
    CHECK(contains(refusal(folder / "open"), "everybody may write"));
    CHECK(std::filesystem::is_empty(folder / "real"));
    CHECK(std::filesystem::is_empty(folder / "open"));
    CHECK(publish(folder / "real/").starts_with(folder / "real/2026"));
    if (::geteuid() == 0) {
        std::filesystem::create_directory(folder / "theirs");
        REQUIRE(::chown((folder / "theirs").c_str(), 65534, 65534) == 0);
        CHECK(contains(refusal(folder / "theirs"), "belongs to another user"));
    }
}

TEST_CASE("a folder that cannot be made is an error with its name") {
    const TempFolder folder;
    folder.file("file", "");
    CHECK(contains(refusal(folder / "file/runs"), "file/runs"));
    CHECK(error_of([] { publish(""); }).kind() == base::ErrorKind::internal);
}
