// What the chain of records tells of earlier attempts, and what follows from it: cooldown, escalation, earned trust,
// holds. There is no other state (SAFETY 1.3). Pure: who reads the records fills it (audit/history.hpp).
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/names.hpp"
#include "base/time.hpp"
#include "kube/meta.hpp"
#include "plan/step.hpp"

namespace salve::policy {

// rejected: a person said no. not_sent: it was stopped before anything was sent, or nobody waited to see whether it
// helped; that says nothing of the change.
enum class Result { verified, unverified, failed, unknown, rejected, not_sent };
inline constexpr base::Names<Result, 6> result_names{{{Result::verified, "verified"},
                                                      {Result::unverified, "unverified"},
                                                      {Result::failed, "failed"},
                                                      {Result::unknown, "unknown"},
                                                      {Result::rejected, "rejected"},
                                                      {Result::not_sent, "not_sent"}}};

// One attempt of one action on one object.
struct Attempt {
    std::string cluster_uid, action_id;
    kube::ObjectRef target;
    base::Time at;
    Result result = Result::not_sent;
    std::string by, reason;
};

// What was decided of a plan as a whole.
struct Decided {
    std::string decision;  // approved, rejected
    base::Time at;
    std::string by, reason;
};

struct Snooze {
    base::Time at, until;
    std::string by, reason;
};

// A plan that was made: for which findings, and whether it held anything to do.
struct Planned {
    base::Time at;
    std::string outcome;  // Planned, DryRun, NoAction, ManualOnly
    std::vector<std::string> findings;
};

struct History {
    std::vector<Attempt> attempts;           // from the oldest to the newest
    std::map<std::string, Decided> decided;  // by the plan's digest: the first that counts, for a plan is used once
    std::map<std::string, Snooze> snoozes;   // by finding, the newest
    std::vector<Planned> plans;              // from the oldest to the newest
    // What each plan proposed, by its digest, `at` when it was made: becomes an attempt when the plan is rejected.
    std::map<std::string, std::vector<Attempt>> proposed;
    std::set<std::string> undoing;  // digests of the plans that take something back: no attempt to repair
};

struct Cooldown {
    base::Time until;
    int failures = 0;       // consecutive, of this action on this object
    std::string why;        // "it failed twice in a row, last at ...", "ops rejected it at ...: ..."; not escaped
    std::size_t asked = 0;  // plans for the same since the last attempt (S1.29)
};

// After the first failure in a row a minute, after the second two, after the third and each further one an hour; after
// a rejection a quarter of an hour; the later of the two where there were both. Nothing: it may be tried.
std::optional<Cooldown> cooldown(const History& history, const std::string& cluster_uid, const plan::Step& step,
                                 base::Time now);

// The same for the same action on the same object of the same cluster, whatever else changes: 64 hex digits.
std::string fingerprint(const std::string& cluster_uid, const plan::Step& step);

// The last attempt of this action on this object, if it was sent and did not help: it is not to be repeated blindly.
const Attempt* last_failure(const History& history, const std::string& cluster_uid, const plan::Step& step);

// Why it is held back, and until when. One sentence, not escaped.
std::string words_of(const Cooldown& held);

// What a person should know of earlier attempts before they approve the step again: who rejected it or how often it
// failed, and until when it is held back. One sentence, not escaped; empty where there is nothing to tell.
std::string earlier_words(const History& history, const std::string& cluster_uid, const plan::Step& step,
                          base::Time now);

// How often in a row, until now, the action was verified on this object.
int verified_successes(const History& history, const std::string& cluster_uid, const plan::Step& step);

// Whoever asks again for what was decided a moment ago is counted, and told when it is looked at anew: NoAction holds
// for 24 h, a dry run for `dry_run_hold`, an action of a rejected or failed one for its cooldown.
struct Hold {
    std::string why;
    base::Time until, first_seen, last_seen;
    std::size_t count = 0;  // plans for it since then
};
inline constexpr auto no_action_hold = base::hours(24);
std::optional<Hold> hold_of(const History& history, const std::string& finding_id, base::Time now,
                            base::Duration dry_run_hold);

// The snooze that mutes the finding now, or null.
const Snooze* snoozed(const History& history, const std::string& finding_id, base::Time now);

}  // namespace salve::policy
