// The write-ahead log of one run, and its seal: what is about to happen is on the disk before it happens (SAFETY 1.4).
// A run that changes the cluster writes an intent before each step and starts no child when that fails.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "audit/record.hpp"
#include "base/error.hpp"
#include "io/seal.hpp"

namespace salve::io {

// When something was written: the wall clock, and microseconds since the process began. Of a journal's first line also
// the monotonic clock itself, by which a recovery in the same boot tells how long ago a step was sent; without it, it
// waits for ever.
struct Moment {
    base::Time at;
    std::int64_t mono_us = 0;
    std::optional<std::int64_t> since_boot_us = std::nullopt;
};

class RunLog {
public:
    // Publishes the journal "<run_id>.jsonl" with its open line, locked for as long as this object or its process
    // lives, with room reserved so that a full disk is met here and not later. Error(audit_unwritable), also for what
    // could not be read back.
    RunLog(RunsFolder runs, const audit::Record& record, Moment now);
    // Gives back the reserved room of a journal that could not be sealed.
    ~RunLog();
    RunLog(const RunLog&) = delete;
    RunLog& operator=(const RunLog&) = delete;

    // Appends what the record has and the last line had not, and returns when it is on the disk.
    // Error(audit_unwritable), also for a line that could not be read back or that makes the journal longer than what
    // recovery looks at; afterwards nothing can be written any more, but text() has the line.
    void write(audit::Event event, const audit::Record& record, Moment now);

    // Publishes the sealed record and drops the journal; that it could not be dropped is a warning. Once. Errors as
    // seal_journal.
    Sealed seal(const SealOptions& options);

    // Every line that was to be written, whether or not the disk took it.
    const std::string& text() const { return text_; }
    const RunsFolder& runs() const { return runs_; }
    const std::string& run_id() const { return run_id_; }
    // An intent is on the disk: from then on something may have been sent.
    bool may_have_sent() const { return intent_written_; }

private:
    void append(std::string_view line);
    RunsFolder runs_;
    std::string run_id_, text_;
    nlohmann::json document_;  // what all lines so far set
    audit::Journal journal_;   // its lines as they were read back, each before it was written, without what they set
    std::int64_t lines_ = 0;   // in text_: those too that the disk refused
    UniqueFd fd_;
    bool failed_ = false, intent_written_ = false;
};

// A journal that cannot be sealed where it belongs, after something was sent: in another folder, for 'salve runs
// recover --from'. Returns the path; Error(audit_unwritable).
std::string keep_elsewhere(const std::string& folder, const std::string& run_id, std::string_view text);

// The last resort, for stderr: the journal between two lines that a script can find.
std::string between_markers(std::string_view text);

// How a run that changes the cluster ends when it fails with its journal open (SAFETY 1.4): the error to end with.
// As long as nothing can have been sent it is `failure` itself, and what is left is for 'salve runs recover'. After
// that, where the journal cannot be written or sealed, all its lines are kept in the folder `fallback`, or, where that
// fails too, given to `print` between markers; then it is Error(audit_degraded), which says where they are. No further
// step may be begun.
base::Error after_failure(const RunLog& log, const std::string& fallback, const base::Error& failure,
                          const std::function<void(std::string_view)>& print);

// One run at a time changes an object. Error(locked) names the target when another one is at it.
UniqueFd lock_target(const RunsFolder& runs, const std::string& cluster_uid, const diagnose::Subject& target);

// Error(locked) when a run died in this folder and was not settled: what it sent is not known.
void refuse_unsettled(const RunsFolder& runs);

// Error(audit_unwritable), whose hint is the command that mends it, when the group may write to the folder or to its
// journals (SAFETY 1.4, W0): others could put something else in the place of what says what was changed. A run that
// only reads goes on there.
void refuse_shared(const RunsFolder& runs);

// What a run needs before it asks anybody whether to change `target`, and keeps as long as it lives: a folder of its
// user alone, the target for itself, no dead run, and an end of the chain at which its record can be sealed. Errors of
// the three above, and of require_sealable.
UniqueFd claim_target(const RunsFolder& runs, const std::string& cluster_uid, const diagnose::Subject& target);

}  // namespace salve::io
