#include "io/run_log.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/shell.hpp"
#include "base/text.hpp"
#include "io/file_lock.hpp"

namespace salve::io {
namespace {

using base::Error;
using base::ErrorKind;

constexpr off_t reserved = off_t{4} << 20;  // of disk space (SAFETY 1.4, W0)

[[noreturn]] void fail(const std::string& name, const char* what, int error) {
    throw Error(ErrorKind::audit_unwritable, fmt::format("{}: cannot {}: {}", name, what, std::strerror(error)));
}

// While the file has no name, so that nobody can take a journal that just began for one of a dead run.
void lock_and_reserve(int fd, const std::string& name) {
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) fail(name, "lock", errno);
    if (::fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, reserved) != 0 && errno != EOPNOTSUPP && errno != ENOSYS)
        fail(name, "reserve space", errno);
}

// An intent that recovery cannot read is none: then the step it is for must not begin.
audit::JournalLine read_back(std::string_view line, std::int64_t number, std::size_t journal, const std::string& name) {
    if (journal > audit::max_journal)
        throw Error(ErrorKind::audit_unwritable,
                    fmt::format("{}: the journal would be longer than {} bytes", name, audit::max_journal));
    auto read = audit::read_back(line, number);
    if (!read)
        throw Error(ErrorKind::audit_unwritable, fmt::format("{}: line {} could not be read back", name, number));
    return std::move(*read);
}

std::string journal_name(const std::string& run_id) { return run_id + ".jsonl"; }

}  // namespace

RunLog::RunLog(RunsFolder runs, const audit::Record& record, Moment now)
    : runs_(std::move(runs)), run_id_(record.run_id), document_(to_document(record)) {
    auto set = audit::at_open(document_, newest_seq(runs_), now.since_boot_us);
    text_ = to_text(audit::JournalLine{++lines_, audit::Event::open, now.at, now.mono_us, std::move(set)});
    journal_.lines.push_back(
        read_back(text_, lines_, text_.size(), runs_.journals_folder().path + "/" + journal_name(run_id_)));
    fd_ = publish_open(runs_.journals_folder(), journal_name(run_id_), text_, 0600, lock_and_reserve);
}

RunLog::~RunLog() {
    if (!fd_) return;
    const auto size = ::lseek(fd_.get(), 0, SEEK_END);
    if (size >= 0 && ::ftruncate(fd_.get(), size) != 0) return;  // only room: nothing is lost
}

void RunLog::write(audit::Event event, const audit::Record& record, Moment now) {
    audit::JournalLine line{++lines_, event, now.at, now.mono_us,
                            audit::changed_fields(document_, to_document(record))};
    const auto text = to_text(line);
    for (auto& [key, value] : line.set.items()) document_[key] = std::move(value);
    text_ += text;
    append(text);
    intent_written_ = intent_written_ || event == audit::Event::intent;
}

// After a failure nothing more is written: a later line must not stand where an earlier one is missing.
void RunLog::append(std::string_view line) {
    const auto name = runs_.journals_folder().path + "/" + journal_name(run_id_);
    if (failed_) fail(name, "write", EIO);
    failed_ = true;
    auto read = read_back(line, lines_, text_.size(), name);
    write_all(fd_.get(), line, name);
    if (::fdatasync(fd_.get()) != 0) fail(name, "flush to the disk", errno);
    journal_.lines.push_back(std::move(read));
    failed_ = false;
}

Sealed RunLog::seal(const SealOptions& options) {
    if (failed_) fail(runs_.path(), "seal", EIO);
    journal_.sha256 = base::sha256_hex(text_);
    journal_.lines.front().set = std::move(document_);  // what all of them set
    auto sealed = seal_journal(runs_, std::move(journal_), options);
    try {
        remove_file(runs_.journals_folder(), journal_name(run_id_));
    } catch (const Error& failure) {
        sealed.warnings.push_back(
            fmt::format("the record is sealed, but its journal is left for 'salve runs recover': {}", failure.what()));
    }
    fd_.reset();
    return sealed;
}

std::string keep_elsewhere(const std::string& folder, const std::string& run_id, std::string_view text) {
    const auto other = RunsFolder::open_or_make(folder);
    publish_file(other.folder(), journal_name(run_id), text, 0400);
    return other.path() + "/" + journal_name(run_id);
}

std::string between_markers(std::string_view text) {
    return fmt::format("----- BEGIN AUDIT RECORD -----\n{}----- END AUDIT RECORD -----\n", text);
}

base::Error after_failure(const RunLog& log, const std::string& fallback, const Error& failure,
                          const std::function<void(std::string_view)>& print) {
    if (!log.may_have_sent()) return failure;
    std::string where;
    try {
        where = fmt::format("kept as {}", keep_elsewhere(fallback, log.run_id(), log.text()));
    } catch (const Error&) {
        print(between_markers(log.text()));
        where = "printed between the two AUDIT RECORD lines";
    }
    return Error(ErrorKind::audit_degraded,
                 fmt::format("something was sent, and its record cannot be kept where it belongs: {}; it is {}",
                             failure.what(), where),
                 "mend the folder, then 'salve runs recover --from FILE' takes it");
}

UniqueFd lock_target(const RunsFolder& runs, const std::string& cluster_uid, const diagnose::Subject& target) {
    const auto& object = target.object;
    const auto key = fmt::format("{}\n{}\n{}\n{}", cluster_uid, object.ns, object.kind, object.name);
    const auto name = fmt::format("target-{}.lock", base::sha256_hex(key).substr(0, 16));
    if (auto lock = take_lock(runs.journals_folder(), name)) return lock;
    throw Error(ErrorKind::locked,
                fmt::format("another run is changing {} {}/{}", object.kind, object.ns, base::quoted(object.name)),
                "wait until it has ended, then plan anew");
}

void refuse_unsettled(const RunsFolder& runs) {
    for (const auto& journal : runs.find_journals())
        if (!journal.alive)
            throw Error(ErrorKind::locked,
                        fmt::format("{}: the run {} died and was not settled", runs.path(), journal.run_id),
                        "run 'salve runs recover'");
}

void refuse_shared(const RunsFolder& runs) {
    for (const auto* folder : {&runs.folder(), &runs.journals_folder()}) {
        struct stat status {};
        if (::fstat(folder->fd.get(), &status) != 0) fail(folder->path, "look at the folder", errno);
        if ((status.st_mode & S_IWGRP) == 0) continue;
        const std::vector<std::string> mend{"chmod", "g-w", "--", folder->path};
        throw Error(ErrorKind::audit_unwritable,
                    fmt::format("{}: its group may write to it: no change is recorded there", folder->path),
                    base::shell_line(mend));
    }
}

UniqueFd claim_target(const RunsFolder& runs, const std::string& cluster_uid, const diagnose::Subject& target) {
    refuse_shared(runs);
    // First the target: a run that has it now and dies after our look at the journals would be missed.
    auto lock = lock_target(runs, cluster_uid, target);
    refuse_unsettled(runs);
    require_sealable(runs);
    return lock;
}

}  // namespace salve::io
