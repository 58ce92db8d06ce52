#include "io/kubeconfig_files.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>

#include "io/system.hpp"
#include "io_fakes.hpp"
#include "variable.hpp"

using namespace salve;
using namespace salve::test;
using io::KubeconfigFiles;

namespace {

kube::Target target_of(const std::string& file) {
    kube::Target target;
    target.kubeconfig = file;
    return target;
}

KubeconfigFiles look(const std::string& file) { return KubeconfigFiles::look(target_of(file)); }

}  // namespace

TEST_CASE("a kubeconfig that was written, replaced, made or removed is another one") {
    const TempFolder folder;
    const auto file = folder.file("config", "a: 1");
    auto before = look(file);
    CHECK(look(file) == before);

    folder.file("config", "a: 22");
    CHECK(look(file) != before);
    before = look(file);
    std::filesystem::rename(folder.file("other", "a: 22"), file);
    CHECK(look(file) != before);
    before = look(file);
    std::filesystem::remove(file);
    CHECK(look(file) != before);
    before = look(file);
    CHECK(look(file) == before);
    folder.file("config", "");
    CHECK(look(file) != before);
}

TEST_CASE("the files are those that kubectl would read: the flag's, those of KUBECONFIG, the one at home") {
    const TempFolder folder;
    std::filesystem::create_directory(folder / ".kube");
    const auto a = folder.file("a", "1"), b = folder.file("b", "1"), home = folder.file(".kube/config", "1");
    const Variable at_home("HOME", folder.path());
    const auto changes = [&](const char* name) {
        const auto before = KubeconfigFiles::look({});
        folder.file(name, "a longer text than before" + std::string(io::random_hex(4)) + name);
        const bool changed = KubeconfigFiles::look({}) != before;
        return changed;
    };
    {
        const Variable named("KUBECONFIG", a + "::" + b);
        CHECK(changes("a"));
        CHECK(changes("b"));
        CHECK_FALSE(changes(".kube/config"));
        const auto flag = look(home);
        folder.file("a", "yet another text");
        CHECK(look(home) == flag);
    }
    const Variable none("KUBECONFIG", "");
    CHECK_FALSE(changes("a"));
    CHECK(changes(".kube/config"));
}

TEST_CASE("only plain files that nobody wrote within the last second are at rest") {
    const TempFolder folder;
    const auto file = folder.file("config", "a: 1");
    struct stat status {};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    const base::Time written{status.st_ctim.tv_sec * 1'000'000};
    CHECK_FALSE(look(file).at_rest(written + base::seconds(1)));
    CHECK(look(file).at_rest(written + base::seconds(3)));
    CHECK(look(folder / "nothing").at_rest(written));

    // As of a shell's <(...): who reads it first has it.
    const auto pipe = folder / "pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    CHECK_FALSE(look(pipe).at_rest(written + base::hours(1)));
}
