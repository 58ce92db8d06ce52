#include "io/find_program.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <optional>
#include <system_error>
#include <vector>

#include "base/error.hpp"
#include "io/file.hpp"
#include "io/unique_fd.hpp"

namespace salve::io {
namespace {

constexpr std::string_view usual_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr auto install_hint = "install kubectl, or name it in salve.yaml, as in 'kubectl: {path: /absolute/path}'";

[[noreturn]] void refuse(const std::string& message, const std::string& hint) {
    throw base::Error(base::ErrorKind::kubectl_unavailable, message, hint);
}

std::string in_quotes(std::string_view text) { return std::string("\"").append(text).append("\""); }

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> parts;
    while (true) {
        const auto colon = text.find(':');
        parts.emplace_back(text.substr(0, colon));
        if (colon == std::string_view::npos) return parts;
        text.remove_prefix(colon + 1);
    }
}

std::optional<std::string> resolve(const std::string& path) {
    const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), std::free);
    if (!real) return std::nullopt;
    return std::string(real.get());
}

// Looked at through one descriptor, so that every answer is about the same file.
void check(const Program& program) {
    const std::string shown = in_quotes(program.resolved);
    const UniqueFd file(::open(program.resolved.c_str(), O_PATH | O_CLOEXEC | O_NOFOLLOW));
    struct stat facts {};
    if (!file || ::fstat(file.get(), &facts) != 0)
        refuse("cannot look at " + shown + ": " + std::generic_category().message(errno), install_hint);
    if (!S_ISREG(facts.st_mode)) refuse(shown + " is not a regular file", install_hint);
    if (facts.st_uid != 0 && facts.st_uid != ::geteuid())
        refuse(shown + " belongs to user " + std::to_string(facts.st_uid) + ", neither to root nor to you",
               "use a kubectl that only you or root can change");
    if ((facts.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        refuse(shown + " can be changed by others", "chmod go-w " + program.resolved);
    if (::faccessat(AT_FDCWD, program.resolved.c_str(), X_OK, AT_EACCESS) != 0)
        refuse(shown + " is not executable", "chmod +x " + program.resolved);
}

bool is_executable_file(const std::string& path) {
    struct stat facts {};
    return ::stat(path.c_str(), &facts) == 0 && S_ISREG(facts.st_mode) &&
           ::faccessat(AT_FDCWD, path.c_str(), X_OK, AT_EACCESS) == 0;
}

// The first match; if none can be executed, the first file of that name, so that the message tells what is wrong with
// it.
std::optional<std::string> search(std::string_view name, std::string_view path_variable) {
    std::optional<std::string> flawed;
    for (const std::string& folder : split(absolute_path_entries(path_variable))) {
        std::string candidate = folder + "/" + std::string(name);
        if (is_executable_file(candidate)) return candidate;
        struct stat facts {};
        if (!flawed && ::stat(candidate.c_str(), &facts) == 0 && S_ISREG(facts.st_mode)) flawed = std::move(candidate);
    }
    return flawed;
}

}  // namespace

std::string absolute_path_entries(std::string_view path_variable) {
    std::string kept;
    for (const std::string& entry : split(path_variable)) {
        if (!entry.starts_with('/')) continue;
        if (!kept.empty()) kept += ':';
        kept += entry;
    }
    return kept.empty() ? std::string(usual_path) : kept;
}

ProgramIdentity identify(const Program& program) {
    ProgramIdentity identity;
    UniqueFd fd(::open(program.resolved.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat facts {};
    if (!fd || ::fstat(fd.get(), &facts) != 0) refuse(in_quotes(program.path) + " cannot be read", "");
    identity.device = facts.st_dev;
    identity.inode = facts.st_ino;
    identity.changed_us = std::int64_t{facts.st_mtim.tv_sec} * 1'000'000 + facts.st_mtim.tv_nsec / 1000;
    auto digest = digest_of_file(fd.get());
    if (!digest) refuse(in_quotes(program.path) + " cannot be read", "");
    identity.sha256 = *std::move(digest);
    return identity;
}

void require_same(const Program& program, const ProgramIdentity& identity) {
    struct stat facts {};
    const bool there = ::stat(program.resolved.c_str(), &facts) == 0;
    const auto changed_us = std::int64_t{facts.st_mtim.tv_sec} * 1'000'000 + facts.st_mtim.tv_nsec / 1000;
    if (!there || facts.st_dev != identity.device || facts.st_ino != identity.inode ||
        changed_us != identity.changed_us)
        refuse(in_quotes(program.path) + " is another file than when this run began", "find out who replaced it");
    check(program);
}

Program find_program(std::string_view word, std::string_view path_variable) {
    const std::string shown = in_quotes(word);
    if (word.empty() || word.find('\0') != std::string_view::npos) refuse("kubectl has no valid name", install_hint);
    std::string path(word);
    if (word.find('/') == std::string_view::npos) {
        auto found = search(word, path_variable);
        if (!found) refuse(shown + " is not on PATH", install_hint);
        path = *std::move(found);
    } else if (!word.starts_with('/')) {
        refuse(shown + " is not an absolute path", "write the whole path from /");
    }
    auto resolved = resolve(path);
    if (!resolved) refuse(shown + " does not exist", install_hint);
    Program program{std::move(path), *std::move(resolved)};
    check(program);
    return program;
}

}  // namespace salve::io
