#include "io/runs_folder.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "audit/record.hpp"
#include "audit/signature.hpp"
#include "base/error.hpp"
#include "base/text.hpp"

namespace salve::io {
namespace {

using base::Error;
using base::ErrorKind;

constexpr const char* journal_folder = ".journal";
constexpr const char* journal_end = ".jsonl";

[[noreturn]] void fail(ErrorKind kind, const std::string& path, const std::string& reason) {
    throw Error(kind, fmt::format("{}: {}", path, reason));
}
[[noreturn]] void fail_errno(ErrorKind kind, const std::string& path) { fail(kind, path, std::strerror(errno)); }

// "runs/" names what a link "runs" points to, and the check would look through it.
std::string without_slashes(std::string path) {
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    return path;
}

void make_folder(const std::string& path) {
    for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
        const auto part = path.substr(0, slash);
        if (!part.empty() && ::mkdir(part.c_str(), 0700) != 0 && errno != EEXIST)
            fail(ErrorKind::audit_unwritable, part, fmt::format("cannot make the folder: {}", std::strerror(errno)));
        if (slash == std::string::npos) return;
    }
}

void check_owner(const Folder& folder) {
    struct stat status {};
    if (::fstat(folder.fd.get(), &status) != 0) fail_errno(ErrorKind::audit_unwritable, folder.path);
    if (status.st_uid != ::geteuid()) fail(ErrorKind::audit_unwritable, folder.path, "belongs to another user");
    if (status.st_mode & S_IWOTH) fail(ErrorKind::audit_unwritable, folder.path, "everybody may write to it");
}

constexpr int folder_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

Folder open_folder(const std::string& path, ErrorKind kind) {
    Folder folder{path, UniqueFd(::open(path.c_str(), folder_flags))};
    if (folder.fd) return folder;
    if (errno == ELOOP || errno == ENOTDIR) fail(kind, path, "is not a folder (links are not followed)");
    fail_errno(kind, path);
}

// Names in a folder, "." and ".." aside, in no order.
std::vector<std::string> names_in(const Folder& folder, ErrorKind kind) {
    const int again = ::openat(folder.fd.get(), ".", folder_flags);
    if (again < 0) fail_errno(kind, folder.path);
    const std::unique_ptr<DIR, int (*)(DIR*)> dir(::fdopendir(again), ::closedir);
    if (!dir) fail_errno(kind, folder.path);
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(dir.get())) {
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") names.emplace_back(name);
    }
    if (errno != 0) fail_errno(kind, folder.path);
    return names;
}

// "RUN_ID.jsonl", with a run id as run.schema.json allows it; else empty: nothing that salve wrote.
std::string run_id_of(std::string_view name) {
    if (!name.ends_with(journal_end)) return "";
    name.remove_suffix(std::strlen(journal_end));
    constexpr std::string_view first = "0123456789abcdefghijklmnopqrstuvwxyz",
                               others = "0123456789abcdefghijklmnopqrstuvwxyz.-";
    const bool fits = name.size() >= 6 && name.size() <= 64 && first.find(name[0]) != std::string_view::npos &&
                      name.find_first_not_of(others) == std::string_view::npos;
    return fits ? std::string(name) : "";
}

std::string read_some(int fd, const std::string& path, std::size_t most, ErrorKind kind) {
    std::string bytes;
    char buffer[16384];  // more than most records have
    while (bytes.size() < most) {
        const auto count =
            ::pread(fd, buffer, std::min(sizeof buffer, most - bytes.size()), static_cast<off_t>(bytes.size()));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) fail_errno(kind, path);
        if (count == 0) break;
        bytes.append(buffer, static_cast<std::size_t>(count));
    }
    return bytes;
}

constexpr const char* irregular = "it is no regular file";

std::string mode_fault(const struct stat& status, uid_t owner) {
    if (!S_ISREG(status.st_mode)) return irregular;
    if (status.st_mode & (S_IWUSR | S_IWGRP | S_IWOTH))
        return fmt::format("its mode is {:04o}: it can be written to", status.st_mode & 07777);
    if (status.st_uid != owner) return "it belongs to another user than its folder";
    return "";
}

constexpr int read_flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;

// With read_flags a link, and a socket, cannot be opened at all.
bool is_irregular(int error) { return error == ELOOP || error == ENXIO; }

}  // namespace

RunsFolder RunsFolder::open(const std::string& path, const Cancel* cancel) {
    RunsFolder runs(open_folder(without_slashes(path), ErrorKind::usage));
    runs.cancel_ = cancel;
    return runs;
}

RunsFolder RunsFolder::open_or_make(const std::string& path) {
    const auto clean = without_slashes(path);
    make_folder(clean);
    RunsFolder runs(open_folder(clean, ErrorKind::audit_unwritable));
    check_owner(runs.folder_);
    if (::mkdirat(runs.folder_.fd.get(), journal_folder, 0700) != 0 && errno != EEXIST)
        fail_errno(ErrorKind::audit_unwritable, clean + "/" + journal_folder);
    Folder journals{clean + "/" + journal_folder,
                    UniqueFd(::openat(runs.folder_.fd.get(), journal_folder, folder_flags))};
    if (!journals.fd) fail_errno(ErrorKind::audit_unwritable, journals.path);
    check_owner(journals);
    runs.journals_ = std::move(journals);
    return runs;
}

const Folder& RunsFolder::journals_folder() const {
    if (!journals_) throw Error(ErrorKind::internal, folder_.path + ": was opened for reading only");
    return *journals_;
}

// Who is going to write is told that no record can be written.
ErrorKind RunsFolder::kind() const { return journals_ ? ErrorKind::audit_unwritable : ErrorKind::usage; }

Listing RunsFolder::list() const {
    Listing listing;
    for (auto& name : names_in(folder_, kind())) {
        if (auto record = audit::parse_record_name(name))
            listing.records.push_back(std::move(*record));
        else if (name.starts_with('.') && name.ends_with(".tmp"))
            listing.temporary.push_back(std::move(name));
        else if (!name.starts_with('.') && name != "HEAD" && !name.ends_with(".sig"))
            listing.strays.push_back(std::move(name));
    }
    audit::sort_names(listing.records);
    std::sort(listing.strays.begin(), listing.strays.end());
    return listing;
}

audit::FoundRecord RunsFolder::read(const audit::RecordName& name) const {
    if (cancel_ && cancel_->requested()) throw Interrupted();
    const auto text = to_text(name), path = folder_.path + "/" + text;
    audit::FoundRecord found;
    const UniqueFd fd(::openat(folder_.fd.get(), text.c_str(), read_flags));
    if (!fd && !is_irregular(errno)) fail_errno(kind(), path);
    if (!fd) {
        found.mode_fault = irregular;
        return found;
    }
    struct stat folder {
    }, status{};
    if (::fstat(folder_.fd.get(), &folder) != 0) fail_errno(kind(), folder_.path);
    if (::fstat(fd.get(), &status) != 0) fail_errno(kind(), path);
    found.mode_fault = mode_fault(status, folder.st_uid);
    if (!S_ISREG(status.st_mode)) return found;
    found.bytes = read_some(fd.get(), path, audit::max_record + 1, kind());
    read_signature(name, found);
    return found;
}

void RunsFolder::read_signature(const audit::RecordName& name, audit::FoundRecord& found) const {
    const auto text = audit::signature_name(name), path = folder_.path + "/" + text;
    const UniqueFd fd(::openat(folder_.fd.get(), text.c_str(), read_flags));
    if (!fd && errno == ENOENT) return;
    if (!fd && !is_irregular(errno)) fail_errno(kind(), path);
    struct stat status {};
    if (fd && ::fstat(fd.get(), &status) != 0) fail_errno(kind(), path);
    if (!fd || !S_ISREG(status.st_mode)) {
        if (found.mode_fault.empty()) found.mode_fault = "its .sig is no regular file";
        return;
    }
    found.signature = read_some(fd.get(), path, audit::max_envelope_bytes + 1, kind());
}

FoundHead RunsFolder::find_head() const {
    const auto path = folder_.path + "/HEAD";
    const UniqueFd fd(::openat(folder_.fd.get(), "HEAD", read_flags));
    if (!fd && errno == ENOENT) return {};
    if (!fd && !is_irregular(errno)) fail_errno(kind(), path);
    struct stat status {};
    if (fd && ::fstat(fd.get(), &status) != 0) fail_errno(kind(), path);
    if (!fd || !S_ISREG(status.st_mode)) return {irregular, std::nullopt};
    return {"", read_some(fd.get(), path, 4096, kind())};
}

std::optional<std::string> RunsFolder::head() const {
    auto found = find_head();
    if (!found.mode_fault.empty()) fail(kind(), folder_.path + "/HEAD", found.mode_fault);
    return std::move(found.bytes);
}

std::vector<FoundJournal> RunsFolder::find_journals() const {
    const int fd = ::openat(folder_.fd.get(), journal_folder, folder_flags);
    if (fd < 0 && errno == ENOENT) return {};
    if (fd < 0) fail_errno(kind(), folder_.path + "/" + journal_folder);
    const Folder journals{folder_.path + "/" + journal_folder, UniqueFd(fd)};
    auto names = names_in(journals, kind());
    std::sort(names.begin(), names.end());
    std::vector<FoundJournal> found;
    for (const auto& name : names) {
        const auto run_id = run_id_of(name);
        if (run_id.empty()) continue;
        FoundJournal journal{run_id, name, false, {}};
        journal.fd.reset(::openat(fd, name.c_str(), read_flags));
        if (!journal.fd && errno == ENOENT) continue;  // sealed in the meantime
        if (!journal.fd) fail_errno(kind(), journals.path + "/" + name);
        if (::flock(journal.fd.get(), LOCK_SH | LOCK_NB) != 0) {
            if (errno != EWOULDBLOCK) fail_errno(kind(), journals.path + "/" + name);
            journal.alive = true;
            journal.fd.reset();
        } else {
            struct stat status {};
            if (::fstat(journal.fd.get(), &status) != 0) fail_errno(kind(), journals.path + "/" + name);
            if (status.st_nlink == 0) continue;  // sealed between our look at the folder and the lock
        }
        found.push_back(std::move(journal));
    }
    return found;
}

std::string read_journal(const FoundJournal& journal) {
    return read_some(journal.fd.get(), journal.name, audit::max_journal + 1, ErrorKind::usage);
}

}  // namespace salve::io
