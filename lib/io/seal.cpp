#include "io/seal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "audit/fields.hpp"
#include "audit/head.hpp"
#include "audit/record.hpp"
#include "audit/seal.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "io/file_lock.hpp"

namespace salve::io {
namespace {

using audit::fields::member;
using audit::fields::text;
using base::Error;
using base::ErrorKind;

[[noreturn]] void broken(const std::string& path, const std::string& reason) {
    throw Error(ErrorKind::audit_unwritable, fmt::format("{}: {}", path, reason),
                "see 'salve runs verify'; to go on, keep this folder as evidence and name a new one with --runs");
}

UniqueFd lock_seal(const RunsFolder& runs) {
    constexpr int longest_wait_ms = 30'000;
    if (auto lock = take_lock(runs.folder(), ".lock", longest_wait_ms)) return lock;
    throw Error(ErrorKind::locked,
                fmt::format("{}/.lock: another run has been sealing for thirty seconds", runs.path()));
}

// The newest record, whose bytes must be what its name says.
struct Tail {
    audit::Head head;
    base::Time sealed_at;
};
Tail tail_of(const RunsFolder& runs) {
    const auto listing = runs.list();
    // The lock is ours: whoever made them is dead.
    for (const auto& name : listing.temporary) ::unlinkat(runs.folder().fd.get(), name.c_str(), 0);
    if (listing.records.empty()) return {};
    const auto& name = listing.records.back();
    const auto digest = base::sha256_hex(runs.read(name).bytes);
    if (!digest.starts_with(name.digest12)) broken(runs.path() + "/" + to_text(name), "was edited");
    return {{name.seq, digest}, name.sealed_at};
}

// The digest that the record of this number names as the one before it; empty where it cannot be told.
std::string prev_of(const RunsFolder& runs, std::int64_t seq) {
    for (const auto& name : runs.list().records) {
        if (name.seq != seq) continue;
        const auto document = nlohmann::json::parse(runs.read(name).bytes, nullptr, false);
        return text(member(member(document, "chain"), "prev"), "sha256");
    }
    return "";
}

// HEAD may lag by one record: the seal before ours died between its two steps. Anything else is an alarm.
void bring_head_up(const RunsFolder& runs, const audit::Head& newest) {
    const auto content = runs.head();
    const auto head = content ? audit::parse_head(*content) : std::nullopt;
    if (content && !head) broken(runs.path() + "/HEAD", "is not what salve writes");
    if (!head && newest.seq == 0) return;
    if (head && *head == newest) return;
    const auto at = head ? head->seq : 0;
    if (at > newest.seq)
        broken(runs.path(), fmt::format("HEAD knows of record {}, the newest that is there is {}", at, newest.seq));
    if (at + 1 != newest.seq) broken(runs.path() + "/HEAD", fmt::format("stands at {} instead of {}", at, newest.seq));
    if (head && prev_of(runs, newest.seq) != head->sha256)
        broken(runs.path() + "/HEAD", fmt::format("has another digest for record {}", at));
    replace_file(runs.folder(), "HEAD", to_text(newest), 0644);
}

bool is_there(const RunsFolder& runs, const std::string& name) {
    return ::faccessat(runs.folder().fd.get(), name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

// Needs a right (CAP_LINUX_IMMUTABLE) and a file system that few have.
bool make_immutable(const RunsFolder& runs, const std::string& name) {
    const UniqueFd fd(::openat(runs.folder().fd.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    int flags = 0;
    if (!fd || ::ioctl(fd.get(), FS_IOC_GETFLAGS, &flags) != 0) return false;
    flags |= FS_IMMUTABLE_FL;
    return ::ioctl(fd.get(), FS_IOC_SETFLAGS, &flags) == 0;
}

}  // namespace

std::int64_t newest_seq(const RunsFolder& runs) {
    const auto listing = runs.list();
    return listing.records.empty() ? 0 : listing.records.back().seq;
}

void require_sealable(const RunsFolder& runs) {
    const auto lock = lock_seal(runs);
    bring_head_up(runs, tail_of(runs).head);
}

Sealed seal_journal(const RunsFolder& runs, audit::Journal journal, const SealOptions& options) {
    const auto lock = lock_seal(runs);
    const auto [newest, newest_at] = tail_of(runs);
    bring_head_up(runs, newest);
    audit::Place place{newest.seq + 1, std::nullopt, options.key ? options.key->keyid() : "", options.now};
    place.clock_went_back = newest_at > options.now;
    if (newest.seq > 0) place.prev = newest;
    const auto record = audit::seal(std::move(journal), place, options.status);
    Sealed sealed;
    sealed.digest = base::sha256_hex(record.bytes);
    sealed.name = {place.seq, options.now, record.kind, sealed.digest.substr(0, 12)};
    const auto name = to_text(sealed.name);
    sealed.path = runs.path() + "/" + name;
    // The signature first: a record that says it is signed and has no .sig is then always a theft, never a crash.
    if (options.key) {
        ::unlinkat(runs.folder().fd.get(), audit::signature_name(sealed.name).c_str(), 0);  // of a seal that died here
        publish_file(runs.folder(), audit::signature_name(sealed.name), envelope(*options.key, record.bytes), 0444);
    }
    try {
        publish_file(runs.folder(), name, record.bytes, 0444);
    } catch (const Error& failure) {
        if (options.must_last || !is_there(runs, name)) throw;
        sealed.warnings.push_back(
            fmt::format("the record is sealed, but a loss of power may take it: {}", failure.what()));
    }
    if (options.immutable && !make_immutable(runs, name))
        sealed.warnings.push_back(fmt::format("{}: cannot be made immutable here", sealed.path));
    try {
        replace_file(runs.folder(), "HEAD", to_text(audit::Head{place.seq, sealed.digest}), 0644);
    } catch (const Error& failure) {
        // The record is in the chain, and HEAD may lag by one: the next seal brings it up, or is refused.
        sealed.warnings.push_back(fmt::format("the record is sealed, but HEAD was not moved: {}", failure.what()));
    }
    return sealed;
}

}  // namespace salve::io
