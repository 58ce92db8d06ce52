// The runs folder: sealed records, HEAD, and the journals of runs that go on or died (SAFETY 1.3). Opened once; all
// access is through its descriptor, and links are never followed.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "audit/chain.hpp"
#include "audit/journal.hpp"
#include "audit/record_name.hpp"
#include "base/error.hpp"
#include "io/cancel.hpp"
#include "io/publish.hpp"

namespace salve::io {

struct Listing {
    std::vector<audit::RecordName> records;  // in their order
    std::vector<std::string> strays;         // other files of the folder, sorted: no part of the chain
    std::vector<std::string> temporary;      // of a run that seals now, or died while it did
};

// A journal, and who has it: alive while its owner holds the lock, which the kernel gives back when the owner dies.
// Who only looks takes a shared one: two that look at a dead run must not each take the other for its owner.
struct FoundJournal {
    std::string run_id, name;
    bool alive = false;
    UniqueFd fd;  // not of one that is alive
};

struct FoundHead {
    std::string mode_fault;            // why its type is wrong, or empty
    std::optional<std::string> bytes;  // nothing when it is not there, or is no regular file
};

class RunsFolder {
public:
    // For reading. Error(usage) when it is not there or no folder. `cancel`, if given, outlives it.
    static RunsFolder open(const std::string& path, const Cancel* cancel = nullptr);
    // For writing: made (0700, with its parents) where it is missing. Error(audit_unwritable) with the reason; a folder
    // that is a link, belongs to somebody else, or that everybody may write to is refused: records that others could
    // replace would prove nothing (SAFETY 1.4, W0).
    static RunsFolder open_or_make(const std::string& path);

    const std::string& path() const { return folder_.path; }
    const Folder& folder() const { return folder_; }
    const Folder& journals_folder() const;  // of a folder that was opened for writing

    // What cannot be read is Error(usage), and in a folder that was opened for writing Error(audit_unwritable).
    Listing list() const;
    // Error(usage) when it cannot be read; larger than a record may be: its beginning, which no digest fits. A .sig
    // that is no regular file is a fault of the record's mode. Throws Interrupted once cancel is requested: whoever
    // goes through a long chain comes by here for each record.
    audit::FoundRecord read(const audit::RecordName& name) const;
    // HEAD as it was found. What is no regular file is a fault of its mode, and not followed or read; Error as list()
    // when it cannot be read.
    FoundHead find_head() const;
    // Content of HEAD, for who goes on from it; nothing when it is not there. Error as list(), also for what is no
    // regular file.
    std::optional<std::string> head() const;

    // What is named like the journal of a run. Empty where there is no .journal.
    std::vector<FoundJournal> find_journals() const;

private:
    explicit RunsFolder(Folder folder) : folder_(std::move(folder)) {}
    base::ErrorKind kind() const;
    void read_signature(const audit::RecordName& name, audit::FoundRecord& found) const;
    Folder folder_;
    std::optional<Folder> journals_;
    const Cancel* cancel_ = nullptr;
};

// At most 8 MiB and a bit: what is beyond is seen to be too long. Error(usage).
std::string read_journal(const FoundJournal& journal);

}  // namespace salve::io
