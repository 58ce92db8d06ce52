// F1: what runs is the file that was looked at.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.hpp"
#include "io/find_program.hpp"
#include "io_fakes.hpp"

using namespace salve;
using namespace salve::io;
using namespace salve::test;

namespace {

class Kubectl {
public:
    Kubectl() {
        write(folder_ / "kubectl", "#!/bin/sh\necho one\n");
        program_ = {folder_ / "kubectl", std::filesystem::canonical(folder_ / "kubectl").string()};
        identity_ = identify(program_);
    }
    void write(const std::string& path, std::string_view bytes) const {
        std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
        REQUIRE(::chmod(path.c_str(), 0755) == 0);
    }
    const std::string& path() const { return program_.resolved; }
    std::string other() const { return folder_ / "other"; }
    const Program& program() const { return program_; }
    const ProgramIdentity& identity() const { return identity_; }
    // Empty: it is the same.
    std::string difference() const {
        try {
            require_same(program_, identity_);
        } catch (const base::Error& error) {
            CHECK(error.kind() == base::ErrorKind::kubectl_unavailable);
            CHECK_FALSE(error.hint().empty());
            return error.what();
        }
        return "";
    }

private:
    TempFolder folder_;
    Program program_;
    ProgramIdentity identity_;
};

constexpr const char* another = "is another file than when this run began";

// Sets the time of the last change.
void set_changed(const std::string& path, std::int64_t us) {
    const timespec times[2] = {{us / 1'000'000, us % 1'000'000 * 1000}, {us / 1'000'000, us % 1'000'000 * 1000}};
    REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
}

}  // namespace

TEST_CASE("a program is known by its file, its time and its bytes") {
    const Kubectl one;
    struct stat facts {};
    REQUIRE(::stat(one.path().c_str(), &facts) == 0);
    CHECK(one.identity().device == facts.st_dev);
    CHECK(one.identity().inode == facts.st_ino);
    CHECK(one.identity().sha256 == base::sha256_hex("#!/bin/sh\necho one\n"));
    CHECK(one.difference().empty());
    CHECK(one.difference().empty());
}

TEST_CASE("a large program is read whole") {
    const Kubectl one;
    const std::string bytes(200'001, 'x');
    one.write(one.path(), bytes);
    CHECK(identify(one.program()).sha256 == base::sha256_hex(bytes));
    one.write(one.path(), "");
    CHECK(identify(one.program()).sha256 == base::sha256_hex(""));
}

TEST_CASE("F1: a program that was replaced, rewritten or removed is not run") {
    SUBCASE("another file has its name, with the same bytes and time") {
        const Kubectl one;
        one.write(one.other(), "#!/bin/sh\necho one\n");
        set_changed(one.other(), one.identity().changed_us);
        REQUIRE(::rename(one.other().c_str(), one.path().c_str()) == 0);
        CHECK(contains(one.difference(), another));
    }
    SUBCASE("the same file was written to") {
        const Kubectl one;
        one.write(one.path(), "#!/bin/sh\necho two\n");
        set_changed(one.path(), one.identity().changed_us + 1);
        CHECK(contains(one.difference(), another));
    }
    SUBCASE("it is gone") {
        const Kubectl one;
        REQUIRE(::unlink(one.path().c_str()) == 0);
        CHECK(contains(one.difference(), another));
        CHECK(error_of([&] { identify(one.program()); }).kind() == base::ErrorKind::kubectl_unavailable);
    }
    SUBCASE("a link to the very file has its name") {
        const Kubectl one;
        REQUIRE(::rename(one.path().c_str(), one.other().c_str()) == 0);
        REQUIRE(::symlink(one.other().c_str(), one.path().c_str()) == 0);
        CHECK(contains(one.difference(), "is not a regular file"));
    }
    SUBCASE("a folder has its name") {
        const Kubectl one;
        REQUIRE(::unlink(one.path().c_str()) == 0);
        REQUIRE(::mkdir(one.path().c_str(), 0755) == 0);
        CHECK(contains(one.difference(), another));
        CHECK(error_of([&] { identify(one.program()); }).kind() == base::ErrorKind::kubectl_unavailable);
    }
}

// Neither changes the time of the last change.
TEST_CASE("F1: a program that others may write now, or that cannot be run any more, is not run") {
    const Kubectl one;
    for (const mode_t mode : {0775, 0757}) {
        REQUIRE(::chmod(one.path().c_str(), mode) == 0);
        CHECK(contains(one.difference(), "can be changed by others"));
    }
    REQUIRE(::chmod(one.path().c_str(), 0644) == 0);
    CHECK(contains(one.difference(), "is not executable"));
    REQUIRE(::chmod(one.path().c_str(), 0755) == 0);
    CHECK(one.difference().empty());
}
