// Checks of the folder with the records: what a run needs of it is told before the run.
#include <fmt/format.h>

#include "base/text.hpp"
#include "report/doctor.hpp"
#include "report/doctor_mend.hpp"

namespace salve::report::doctor {
namespace {

Check failure(std::string name, std::string detail, std::string mend) {
    return {std::move(name), State::failure, std::move(detail), std::move(mend), base::ErrorKind::audit_unwritable};
}

constexpr auto elsewhere = "export SALVE_RUNS=\"$HOME/.local/state/salve/runs\"";

// The same conditions as RunsFolder::open_or_make has, in its order.
Check folder(const Runs& facts) {
    const auto say = [&](const std::string& what) { return facts.path + ": " + what; };
    if (!facts.exists && !facts.fault.empty()) return failure("runs folder", say(facts.fault), elsewhere);
    if (!facts.exists)
        return facts.parent_writable
                   ? ok("runs folder", say("is not there yet; the first run makes it"))
                   : failure("runs folder",
                             say(fmt::format("is not there, and nothing can be made in {}", facts.parent)), elsewhere);
    if (!facts.fault.empty()) return failure("runs folder", say(facts.fault), elsewhere);
    if (!facts.ours)
        return failure("runs folder", say("belongs to another user"),
                       "sudo chown -R \"$(id -un)\" " + command({facts.path}));
    if (facts.others_write)
        return failure("runs folder", say("everybody may write to it"), command({"chmod", "go-w", facts.path}));
    if (!facts.writable)
        return failure("runs folder", say(fmt::format("cannot be written to (mode {:04o}, or the disk)", facts.mode)),
                       command({"chmod", "u+rwx", facts.path}));
    if (!facts.journal_fault.empty())
        return failure("runs folder", facts.path + "/.journal: " + facts.journal_fault,
                       command({"chmod", "u+rwx,go-w", facts.path + "/.journal"}));
    if (facts.group_writes)
        return {
            "runs folder", State::warning, say("its group may write to it"), command({"chmod", "g-w", facts.path}), {}};
    return ok("runs folder", say(fmt::format("ours, mode {:04o}, {} record{}", facts.mode, facts.records,
                                             facts.records == 1 ? "" : "s")));
}

Check lock(const Runs& facts) {
    if (!facts.lock_tried) return skipped("runs lock", "there is no folder to try it in");
    if (facts.lock_fault.empty()) return ok("runs lock", "held against a second one");
    return failure("runs lock", facts.lock_fault, elsewhere);
}

Check journals(const Runs& facts) {
    if (!facts.journals_error.empty())
        return failure("runs journals", facts.journals_error, command({"ls", "-la", facts.path + "/.journal"}));
    if (!facts.dead.empty())
        return {"runs journals",
                State::warning,
                fmt::format("{} died unsettled: {}", facts.dead.size() == 1 ? "a run" : "runs",
                            base::join(facts.dead, ", ")),
                command({"salve", "runs", "recover", "--runs", facts.path}),
                {}};
    if (facts.alive.empty()) return ok("runs journals", "none: no run goes on, and none has died");
    return ok("runs journals", fmt::format("of {} that {} on", facts.alive.size() == 1 ? "a run" : "runs",
                                           facts.alive.size() == 1 ? "goes" : "go"));
}

Check chain(const Runs& facts) {
    const auto verify = command({"salve", "runs", "verify", "--runs", facts.path});
    if (!facts.chain_fault.empty()) return failure("runs chain", facts.chain_fault, verify);
    if (facts.records == 0) return ok("runs chain", "no records yet");
    if (facts.proven >= facts.records) return ok("runs chain", fmt::format("holds, all of {}", facts.records));
    return ok("runs chain",
              fmt::format("the newest {} of {} hold; all of it: {}", facts.proven, facts.records, verify));
}

Check signing(const Runs& facts) {
    if (facts.key_file.empty()) return skipped("signing key", "audit.sign_key names none: records are not signed");
    if (facts.key_error.empty()) return ok("signing key", facts.key_file);
    return failure("signing key", facts.key_error, command({"ls", "-l", facts.key_file}));
}

}  // namespace

std::vector<Check> runs(const Runs& facts) {
    std::vector<Check> all{folder(facts), lock(facts)};
    if (facts.exists && facts.fault.empty()) {
        all.push_back(journals(facts));
        all.push_back(chain(facts));
    }
    all.push_back(signing(facts));
    return all;
}

}  // namespace salve::report::doctor
