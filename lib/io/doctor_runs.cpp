#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.hpp"
#include "io/doctor.hpp"
#include "io/file_lock.hpp"
#include "io/runs_folder.hpp"
#include "io/verify_newest.hpp"

namespace salve::io {
namespace {

using report::doctor::Runs;

constexpr std::size_t looked_at = 1000;  // records: a tenth of a second
constexpr int patience_ms = 2000;        // for a run that seals meanwhile

bool may_write(const std::string& path) {
    return ::faccessat(AT_FDCWD, path.c_str(), R_OK | W_OK | X_OK, AT_EACCESS) == 0;
}

// The nearest folder above that is there.
std::string parent_of(std::string path) {
    struct stat status {};
    do {
        const auto slash = path.rfind('/');
        if (slash == std::string::npos) return ".";
        path = slash == 0 ? "/" : path.substr(0, slash);
    } while (path != "/" && ::stat(path.c_str(), &status) != 0);
    return path;
}

// Why nothing can be written in .journal; empty where it can, or where it is going to be made.
std::string journal_fault(const std::string& path) {
    struct stat status {};
    const auto journals = path + "/.journal";
    if (::lstat(journals.c_str(), &status) != 0) return errno == ENOENT ? "" : std::strerror(errno);
    if (!S_ISDIR(status.st_mode)) return "is no folder (links are not followed)";
    if (status.st_uid != ::geteuid()) return "belongs to another user";
    if ((status.st_mode & S_IWOTH) != 0) return "everybody may write to it";
    return may_write(journals) ? "" : "cannot be written to";
}

// False where there is nothing more to look at.
bool look_at_folder(Runs& facts) {
    struct stat status {};
    if (::lstat(facts.path.c_str(), &status) != 0) {
        if (errno != ENOENT) facts.fault = std::strerror(errno);
        facts.parent = parent_of(facts.path);
        facts.parent_writable = may_write(facts.parent);
        return false;
    }
    facts.exists = true;
    if (S_ISLNK(status.st_mode)) facts.fault = "is a link, and links are not followed";
    if (facts.fault.empty() && !S_ISDIR(status.st_mode)) facts.fault = "is no folder";
    if (!facts.fault.empty()) return false;
    facts.mode = status.st_mode & 07777;
    facts.ours = status.st_uid == ::geteuid();
    facts.others_write = (status.st_mode & S_IWOTH) != 0;
    facts.group_writes = (status.st_mode & S_IWGRP) != 0;
    facts.writable = may_write(facts.path);
    facts.journal_fault = journal_fault(facts.path);
    return true;
}

// The lock with which records are sealed. Some network file systems grant it twice.
void try_lock(const RunsFolder& runs, Runs& facts) try {
    facts.lock_tried = true;
    const auto first = take_lock(runs.folder(), ".lock", patience_ms);
    if (!first) return;  // somebody seals, and keeps us out: it works
    if (take_lock(runs.folder(), ".lock"))
        facts.lock_fault = facts.path + "/.lock: this file system gives one lock to two holders";
} catch (const base::Error& error) {
    facts.lock_fault = error.what();
}

void look_at_journals(const RunsFolder& runs, Runs& facts) try {
    for (const auto& journal : runs.find_journals())
        (journal.alive ? facts.alive : facts.dead).push_back(journal.run_id);
} catch (const base::Error& error) {
    facts.journals_error = error.what();
}

void look_at_chain(const RunsFolder& runs, Runs& facts) try {
    const auto proof = verify_newest(runs, looked_at);
    facts.records = proof.records;
    facts.proven = proof.proven;
    if (!proof.fault) return;
    facts.chain_fault = "broken at record " + std::to_string(proof.fault->seq) + ": " +
                        std::string(base::word(audit::reason_names, proof.fault->reason)) + ": " + proof.fault->detail;
} catch (const base::Error& error) {
    facts.chain_fault = error.what();
}

}  // namespace

Runs look_at_runs(const std::string& path) {
    Runs facts;
    facts.path = path;
    while (facts.path.size() > 1 && facts.path.back() == '/') facts.path.pop_back();
    if (!look_at_folder(facts)) return facts;
    try {
        const auto runs = RunsFolder::open(facts.path);
        // In a folder that is not ours, or that cannot be written to, not even a lock is left.
        if (facts.ours && facts.writable && !facts.others_write) try_lock(runs, facts);
        look_at_journals(runs, facts);
        look_at_chain(runs, facts);
    } catch (const base::Error& error) {
        facts.fault = error.what();
    }
    return facts;
}

}  // namespace salve::io
