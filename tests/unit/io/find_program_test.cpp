#include "io/find_program.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/error.hpp"

using namespace salve;
using namespace salve::io;

namespace {

class Folder {
public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "salve-find-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = std::filesystem::canonical(name).string();
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path_); }
    std::string file(const std::string& name, mode_t mode) const {
        const std::string path = path_ + "/" + name;
        std::ofstream(path) << "#!/bin/sh\n";
        REQUIRE(::chmod(path.c_str(), mode) == 0);
        return path;
    }
    std::string path_;
};

std::string refusal(std::string_view word, std::string_view path_variable) {
    try {
        find_program(word, path_variable);
    } catch (const base::Error& error) {
        CHECK(error.kind() == base::ErrorKind::kubectl_unavailable);
        CHECK_FALSE(error.hint().empty());
        return error.what();
    }
    return "found";
}

}  // namespace

TEST_CASE("only absolute entries of PATH count") {
    CHECK(absolute_path_entries("/a:/b") == "/a:/b");
    CHECK(absolute_path_entries(":.:/a::bin:./x:~/bin:/b:") == "/a:/b");
    CHECK(absolute_path_entries("") == "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    CHECK(absolute_path_entries(".") == absolute_path_entries(""));
}

TEST_CASE("the first executable file on PATH is found") {
    const Folder first;
    const Folder second;
    first.file("kubectl", 0644);
    const std::string path = second.file("kubectl", 0755);
    CHECK(find_program("kubectl", first.path_ + ":" + second.path_).path == path);
    CHECK(find_program(path, "").path == path);
    std::filesystem::create_symlink(path, first.path_ + "/linked");
    const Program linked = find_program("linked", first.path_);
    CHECK(linked.path == first.path_ + "/linked");
    CHECK(linked.resolved == path);
    std::filesystem::create_directory(first.path_ + "/folder");
    CHECK(refusal("folder", first.path_) == "\"folder\" is not on PATH");
}

TEST_CASE("each refusal has its own words") {
    const Folder folder;
    CHECK(refusal("kubectl", folder.path_) == "\"kubectl\" is not on PATH");
    CHECK(refusal(folder.path_ + "/none", "") == "\"" + folder.path_ + "/none\" does not exist");
    CHECK(refusal("bin/kubectl", folder.path_) == "\"bin/kubectl\" is not an absolute path");
    CHECK(refusal("", folder.path_) == "kubectl has no valid name");
    CHECK(refusal(std::string_view("a\0b", 3), folder.path_) == "kubectl has no valid name");
    CHECK(refusal(folder.path_, "") == "\"" + folder.path_ + "\" is not a regular file");
    const std::string plain = folder.file("plain", 0644);
    CHECK(refusal(plain, "") == "\"" + plain + "\" is not executable");
    CHECK(refusal("plain", folder.path_) == "\"" + plain + "\" is not executable");
    for (const mode_t mode : {0777U, 0757U, 0775U}) {
        const std::string open = folder.file("open", mode);
        CHECK(refusal("open", folder.path_) == "\"" + open + "\" can be changed by others");
    }
}

TEST_CASE("the file behind a link is what is judged") {
    const Folder folder;
    const std::string open = folder.file("open", 0777);
    std::filesystem::create_symlink(open, folder.path_ + "/kubectl");
    CHECK(refusal("kubectl", folder.path_) == "\"" + open + "\" can be changed by others");
    std::filesystem::create_symlink("nowhere", folder.path_ + "/dangling");
    CHECK(refusal(folder.path_ + "/dangling", "") == "\"" + folder.path_ + "/dangling\" does not exist");
}

TEST_CASE("a program of another user is refused" * doctest::skip(::geteuid() != 0)) {
    const Folder folder;
    const std::string path = folder.file("kubectl", 0755);
    REQUIRE(::chown(path.c_str(), 12345, 12345) == 0);
    CHECK(refusal("kubectl", folder.path_) == "\"" + path + "\" belongs to user 12345, neither to root nor to you");
}
