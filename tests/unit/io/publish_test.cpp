#include "io/publish.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "io_fakes.hpp"
#include "limit_file_size.hpp"

using namespace salve;
using namespace salve::test;

namespace {

io::Folder opened(const TempFolder& folder) {
    return {folder.path(), io::UniqueFd(::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC))};
}

std::string bytes_of(const TempFolder& folder, const std::string& name) {
    return io::read_file(folder / name, 1 << 20);
}

unsigned mode_of(const TempFolder& folder, const std::string& name) {
    struct stat status {};
    REQUIRE(::lstat((folder / name).c_str(), &status) == 0);
    return status.st_mode & 07777;
}

template <typename Call>
std::string refused(const Call& call) {
    const auto error = error_of(call);
    CHECK(error.kind() == base::ErrorKind::audit_unwritable);
    return error.what();
}

}  // namespace

TEST_CASE("a file is published whole, with its mode, under a name that is free") {
    const TempFolder folder;
    const auto where = opened(folder);
    io::publish_file(where, "a", "one\n", 0444);
    CHECK(bytes_of(folder, "a") == "one\n");
    CHECK(mode_of(folder, "a") == 0444);
    io::publish_file(where, "empty", "", 0400);
    CHECK(bytes_of(folder, "empty").empty());
    const std::string large(3'000'000, 'x');
    io::publish_file(where, "large", large, 0444);
    CHECK(io::read_file(folder / "large", 4'000'000) == large);
    CHECK(folder.names() == std::vector<std::string>{"a", "empty", "large"});
}

TEST_CASE("S2.12: nothing is ever published over a file that is there") {
    const TempFolder folder;
    const auto where = opened(folder);
    folder.file("a", "old");
    CHECK(contains(refused([&] { io::publish_file(where, "a", "new", 0444); }), folder / "a"));
    CHECK(bytes_of(folder, "a") == "old");
    std::filesystem::create_symlink("nowhere", folder / "link");
    refused([&] { io::publish_file(where, "link", "new", 0444); });
    std::filesystem::create_directory(folder / "folder");
    refused([&] { io::publish_file(where, "folder", "new", 0444); });
    CHECK(folder.names() == std::vector<std::string>{"a", "folder", "link"});
}

TEST_CASE("a file that cannot be made leaves nothing behind") {
    const TempFolder folder;
    const auto where = opened(folder);
    CHECK(contains(refused([&] { io::publish_file(where, "no/a", "x", 0444); }), "no/a"));
    CHECK(contains(refused([&] { io::publish_file(where, std::string(300, 'n'), "x", 0444); }), "File name too long"));
    {
        const LimitFileSize limit(10);
        CHECK(contains(refused([&] { io::publish_file(where, "a", std::string(11, 'x'), 0444); }), "cannot write"));
        CHECK(contains(refused([&] { io::replace_file(where, "a", std::string(11, 'x'), 0444); }), "cannot write"));
    }
    CHECK(folder.names().empty());
    std::filesystem::remove(folder.path());
    refused([&] { io::publish_file(where, "a", "x", 0444); });
    refused([&] { io::replace_file(where, "a", "x", 0444); });
    std::filesystem::create_directory(folder.path());
}

TEST_CASE("a file that stays open is prepared before it has a name, and is written at its end") {
    const TempFolder folder;
    const auto where = opened(folder);
    static std::string prepared;
    prepared.clear();
    const auto fd = io::publish_open(where, "a", "one\n", 0600, [](int, const std::string& name) {
        prepared = name + (std::filesystem::exists(name) ? " exists" : " is not there");
    });
    CHECK(prepared == folder / "a" + " is not there");
    io::write_all(fd.get(), "two\n", "a");
    CHECK(bytes_of(folder, "a") == "one\ntwo\n");
    CHECK(mode_of(folder, "a") == 0600);
    CHECK((::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC) != 0);
    refused([&] {
        io::publish_open(where, "b", "x", 0600, [](int, const std::string&) {
            throw base::Error(base::ErrorKind::audit_unwritable, "no room");
        });
    });
    CHECK(folder.names() == std::vector<std::string>{"a"});
}

TEST_CASE("a file is replaced whole, and a left-over of a run that died is no hindrance") {
    const TempFolder folder;
    const auto where = opened(folder);
    folder.file(".HEAD.tmp", "left over");
    io::replace_file(where, "HEAD", "one", 0644);
    CHECK(bytes_of(folder, "HEAD") == "one");
    io::replace_file(where, "HEAD", "two", 0644);
    CHECK(bytes_of(folder, "HEAD") == "two");
    CHECK(mode_of(folder, "HEAD") == 0644);
    CHECK(folder.names() == std::vector<std::string>{"HEAD"});
    // A link is replaced, not followed.
    folder.file("kept", "kept");
    std::filesystem::remove(folder / "HEAD");
    std::filesystem::create_symlink("kept", folder / "HEAD");
    io::replace_file(where, "HEAD", "three", 0644);
    CHECK(bytes_of(folder, "kept") == "kept");
    CHECK(std::filesystem::is_regular_file(std::filesystem::symlink_status(folder / "HEAD")));
    std::filesystem::create_directory(folder / "taken");
    CHECK(contains(refused([&] { io::replace_file(where, "taken", "x", 0644); }), "cannot name the file"));
    CHECK(folder.names() == std::vector<std::string>{"HEAD", "kept", "taken"});
}

TEST_CASE("a file is removed, and one that is not there is no error") {
    const TempFolder folder;
    const auto where = opened(folder);
    folder.file("a", "x");
    io::remove_file(where, "a");
    CHECK(folder.names().empty());
    io::remove_file(where, "a");
    std::filesystem::create_directory(folder / "folder");
    CHECK(contains(refused([&] { io::remove_file(where, "folder"); }), "cannot remove"));
}

TEST_CASE("all bytes are written or it is an error") {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    io::UniqueFd reader(ends[0]);
    const io::UniqueFd writer(ends[1]);
    io::write_all(writer.get(), "", "pipe");
    io::write_all(writer.get(), "abc", "pipe");
    reader.reset();
    const auto before = std::signal(SIGPIPE, SIG_IGN);
    CHECK(contains(refused([&] { io::write_all(writer.get(), "abc", "the pipe"); }), "the pipe: cannot write"));
    std::signal(SIGPIPE, before);
    CHECK(contains(refused([] { io::write_all(-1, "abc", "nothing"); }), "Bad file descriptor"));
}
