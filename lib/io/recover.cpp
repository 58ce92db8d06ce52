#include "io/recover.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "audit/fields.hpp"
#include "audit/journal.hpp"
#include "base/error.hpp"
#include "io/file_lock.hpp"

namespace salve::io {
namespace {

using audit::Death;
using audit::Settled;
using audit::fields::member;
using audit::fields::text;
using nlohmann::json;

struct SealedAs {
    std::int64_t seq = 0;
    std::string journal_sha256;
};

// The record that was made of this run, if there is one. Only what came after the run began is looked at.
std::optional<SealedAs> sealed_record(const RunsFolder& runs, const std::string& run_id, std::int64_t after) {
    const auto names = runs.list().records;
    for (auto name = names.rbegin(); name != names.rend() && name->seq > after; ++name) {
        const auto document = json::parse(runs.read(*name).bytes, nullptr, false);
        if (text(document, "run_id") == run_id) return SealedAs{name->seq, text(member(document, "journal"), "sha256")};
    }
    return {};
}

// A boot that is not known is taken for another one: then the wall clock decides.
audit::Asked asked_of(const json& document, const audit::Journal& journal, const RecoverOptions& options) {
    audit::Asked asked{options.now, false, std::nullopt};
    asked.same_boot = !options.boot_id.empty() && text(member(document, "time"), "boot_id") == options.boot_id;
    if (const auto sent = last_intent_monotonic_us(journal)) asked.since_sent_us = options.monotonic_us - *sent;
    return asked;
}

// What became of the steps whose outcome is not known.
void ask_cluster(const json& document, const ReadTarget& read, const audit::Asked& asked, Recovered& into) {
    for (const auto& intent : audit::intents(document)) {
        if (intent.ended) continue;
        const auto found = read(document, intent.target.object);
        const audit::Observed observed{found.read, found.why, found.object.is_null() ? nullptr : &found.object};
        auto step = audit::reconcile(intent, observed, asked);
        const auto from = settled_from(intent, asked);
        if (step.effect == Settled::undetermined && found.read && from && asked.now < *from)
            into.retry = std::max(into.retry.value_or(*from), *from);
        into.facts.steps.push_back(std::move(step));
    }
}

bool all_settled(const Recovered& recovered) {
    const auto& steps = recovered.facts.steps;
    return !steps.empty() && std::none_of(steps.begin(), steps.end(), [](const audit::ReconciledStep& step) {
        return step.effect == Settled::undetermined;
    });
}

// What the record says of a run that could not say it itself.
std::optional<std::string> status_of(Death death) {
    if (death == Death::completed) return std::nullopt;
    return std::string(base::word(audit::death_names, death));
}

// No record can be made of it: kept under a name that is no journal's.
void set_aside(const RunsFolder& runs, const std::string& name, std::string_view why, Recovered& into) {
    const auto other = name + ".unreadable";
    const int folder = runs.journals_folder().fd.get();
    if (::renameat(folder, name.c_str(), folder, other.c_str()) != 0 && errno != ENOENT)
        throw base::Error(base::ErrorKind::audit_unwritable, fmt::format("{}: cannot be set aside", name));
    into.warnings.push_back(fmt::format("no record can be made of the journal {}: {}; it is kept as {}/{}", name, why,
                                        runs.journals_folder().path, other));
}

// Seals the journal unless that was done before, or its effect has still to be found out.
Recovered settle(const RunsFolder& runs, const std::string& run_id, const audit::Journal& journal,
                 const ReadTarget& read, const RecoverOptions& options) {
    Recovered result;
    const auto document = audit::fold(journal);
    const auto death = audit::death_of(journal);
    result.facts.run_id = run_id;
    result.facts.kind = text(document, "kind");
    result.facts.dead_class = base::word(audit::death_names, death);
    if (const auto before = sealed_record(runs, run_id, audit::seq_at_open(journal))) {
        result.facts.sealed_seq = before->seq;
        if (before->journal_sha256 != journal.sha256)
            result.kept = fmt::format("record {} was made of this run, but not of this journal", before->seq);
        return result;
    }
    if (death == Death::unknown) {
        ask_cluster(document, read, asked_of(document, journal, options), result);
        if (!all_settled(result) && !options.leave_unknown) {
            result.kept = "what became of a step is not known yet";
            return result;
        }
    }
    const auto sealed = seal_journal(runs, journal, {options.now, options.key, status_of(death), options.immutable});
    result.facts.sealed_seq = sealed.name.seq;
    result.warnings = sealed.warnings;
    return result;
}

}  // namespace

UniqueFd lock_recovery(const RunsFolder& runs) {
    if (auto lock = take_lock(runs.journals_folder(), "recover.lock")) return lock;
    throw base::Error(base::ErrorKind::locked, fmt::format("{}: another 'runs recover' is at work", runs.path()),
                      "wait until it has ended");
}

Recovered recover_journal(const RunsFolder& runs, const FoundJournal& found, const ReadTarget& read,
                          const RecoverOptions& options) {
    const auto journal = audit::parse_journal(read_journal(found));
    const auto document = audit::fold(journal);
    const auto death = journal.lines.empty() ? Death::unknown : audit::death_of(journal);
    Recovered aside;
    aside.facts = {found.run_id, text(document, "kind"), std::string(base::word(audit::death_names, death)), {}, {}};
    if (journal.lines.empty() || text(document, "run_id") != found.run_id) {
        set_aside(runs, found.name, journal.lines.empty() ? "it cannot be read" : "it is of another run", aside);
        return aside;
    }
    try {
        auto result = settle(runs, found.run_id, journal, read, options);
        if (result.kept.empty()) remove_file(runs.journals_folder(), found.name);
        return result;
    } catch (const base::Error& error) {
        if (error.kind() != base::ErrorKind::invalid_record) throw;
        set_aside(runs, found.name, error.what(), aside);
        return aside;
    }
}

Recovered recover_kept(const RunsFolder& runs, std::string_view bytes, const ReadTarget& read,
                       const RecoverOptions& options) {
    const auto journal = audit::parse_journal(bytes);
    const auto run_id = text(audit::fold(journal), "run_id");
    if (journal.lines.empty() || run_id.empty())
        throw base::Error(base::ErrorKind::invalid_record, "the file is no journal of a run");
    const auto journals = runs.find_journals();
    const auto mine = [&](const FoundJournal& found) { return found.run_id == run_id; };
    if (std::any_of(journals.begin(), journals.end(), [&](const auto& found) { return mine(found) && found.alive; }))
        throw base::Error(base::ErrorKind::locked, fmt::format("the run {} still goes on", run_id));
    auto result = settle(runs, run_id, journal, read, options);
    if (!result.kept.empty()) return result;
    for (const auto& found : journals) {
        if (!mine(found)) continue;
        if (bytes.starts_with(read_journal(found)))
            remove_file(runs.journals_folder(), found.name);
        else
            result.kept = "the journal of the same run in the folder says something else";
    }
    return result;
}

}  // namespace salve::io
