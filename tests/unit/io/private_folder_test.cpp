#include "io/private_folder.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <utime.h>

#include <ctime>
#include <filesystem>
#include <optional>

#include "base/error.hpp"
#include "io_fakes.hpp"

using namespace salve;
using namespace salve::io;
namespace fs = std::filesystem;

namespace {

unsigned mode_of(const std::string& path) {
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 07777U;
}

void make_old(const std::string& path) {
    const utimbuf times{std::time(nullptr) - 3600, std::time(nullptr) - 3600};
    REQUIRE(::utime(path.c_str(), &times) == 0);
}

}  // namespace

TEST_CASE("a private folder is ours alone, and goes with its object") {
    const test::TempFolder place;
    std::string path;
    {
        const PrivateFolder folder({place.path()});
        path = folder.path();
        CHECK(fs::path(path).parent_path() == place.path());
        CHECK(mode_of(path) == 0700);
        // Nothing can listen before it is let in.
        CHECK_FALSE(fs::exists(fs::path(folder.socket()).parent_path()));
        folder.admit();
        CHECK(mode_of(fs::path(folder.socket()).parent_path()) == 0700);
        std::ofstream(folder.socket()) << "x";
    }
    CHECK_FALSE(fs::exists(path));
    CHECK(place.names().empty());
}

TEST_CASE("a place in which others can replace what is ours is not used") {
    const test::TempFolder open, good;
    REQUIRE(::chmod(open.path().c_str(), 0777) == 0);
    CHECK(PrivateFolder({open.path(), good.path()}).path().starts_with(good.path()));
    CHECK(open.names().empty());
    // As /tmp is.
    REQUIRE(::chmod(open.path().c_str(), 01777) == 0);
    CHECK(PrivateFolder({open.path(), good.path()}).path().starts_with(open.path()));
    CHECK_THROWS_AS(PrivateFolder({"/nowhere/at/all"}), base::Error);
    CHECK_THROWS_AS(PrivateFolder(std::vector<std::string>{}), base::Error);
    // Too long for a socket.
    const auto deep = good / std::string(100, 'd');
    fs::create_directory(deep);
    CHECK_THROWS_AS(PrivateFolder({deep}), base::Error);
}

TEST_CASE("what a killed run left is swept, and what is held or young is not") {
    const test::TempFolder place;
    const auto left = [&](const std::string& name, bool lock) {
        fs::create_directories(place / name + "/s");
        std::ofstream(place / name + "/s/api") << "x";
        if (lock) std::ofstream(place / name + "/lock") << "";
        make_old(place / name);
    };
    left("salve-proxy.aaaaaa", true);
    left("salve-proxy.bbbbbb", false);
    left("other.cccccc", true);
    left("salve-proxy.dddddd", true);
    std::ofstream(place / "salve-proxy.dddddd/theirs") << "x";
    make_old(place / "salve-proxy.dddddd");
    fs::create_directory(place / "salve-proxy.eeeeee");
    std::optional<PrivateFolder> held(std::in_place, std::vector{place.path()});
    make_old(held->path());
    const auto name = fs::path(held->path()).filename().string();
    {
        const PrivateFolder folder({place.path()});
        const auto names = place.names();
        const auto has = [&](const std::string& one) {
            return std::find(names.begin(), names.end(), one) != names.end();
        };
        CHECK_FALSE(has("salve-proxy.aaaaaa"));
        CHECK_FALSE(has("salve-proxy.bbbbbb"));
        CHECK(has("other.cccccc"));
        CHECK(has("salve-proxy.dddddd"));  // holds something that is not ours
        CHECK(has("salve-proxy.eeeeee"));  // is just being made
        CHECK(has(name));
    }
    held.reset();
    CHECK_FALSE(fs::exists(place / name));
}
