#include "io/file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "io_fakes.hpp"

using namespace salve;
using namespace salve::test;

namespace {

std::string reading(const std::string& path, std::size_t max = 1000) {
    const auto error = error_of([&] { io::read_file(path, max); });
    CHECK(error.kind() == base::ErrorKind::usage);
    CHECK(contains(error.what(), path));
    return error.what();
}

}  // namespace

TEST_CASE("a file is read whole, up to the bound and not beyond") {
    const TempFolder folder;
    const std::string bytes("a\0b\xff\n", 5);
    CHECK(io::read_file(folder.file("a", bytes), 5) == bytes);
    CHECK(contains(reading(folder / "a", 4), "larger than 4 bytes"));
    CHECK(io::read_file(folder.file("empty", ""), 0).empty());
    const std::string large(200'000, 'x');
    CHECK(io::read_file(folder.file("large", large), 200'000) == large);
    CHECK(contains(reading(folder / "large", 199'999), "larger than"));
}

TEST_CASE("what is no regular file is refused, and nothing waits") {
    const TempFolder folder;
    CHECK(contains(reading(folder / "none"), "No such file"));
    CHECK(contains(reading(folder.path()), "not a regular file"));
    REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
    CHECK(contains(reading(folder / "fifo"), "not a regular file"));
    CHECK(contains(reading("/dev/zero"), "not a regular file"));
}

TEST_CASE("a file takes its name only when it is published") {
    const TempFolder folder;
    {
        io::AtomicFile file(folder / "a");
        file.write("one");
        CHECK(folder.names().size() == 1);
        CHECK(folder.names()[0] != "a");
    }
    CHECK(folder.names().empty());
    folder.file("a", "old");
    {
        io::AtomicFile file(folder / "a");
        file.write("new");
        file.write("er");
        CHECK(io::read_file(folder / "a", 100) == "old");
        file.publish();
    }
    CHECK(io::read_file(folder / "a", 100) == "newer");
    CHECK(folder.names() == std::vector<std::string>{"a"});
}

TEST_CASE("a file that cannot be published leaves nothing behind") {
    const TempFolder folder;
    const auto missing = error_of([&] { io::AtomicFile(folder / "no/a"); });
    CHECK(missing.kind() == base::ErrorKind::usage);
    CHECK(contains(missing.what(), folder / "no/a"));
    std::filesystem::create_directory(folder / "taken");
    const auto taken = error_of([&] {
        io::AtomicFile file(folder / "taken");
        file.write("x");
        file.publish();
    });
    CHECK(contains(taken.what(), "taken"));
    CHECK(folder.names() == std::vector<std::string>{"taken"});
}
