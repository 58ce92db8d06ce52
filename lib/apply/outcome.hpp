// What came of it all (TAXONOMY 2.4, S0.37): the diagnosis before against the one after, and what the steps showed.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "apply/apply.hpp"
#include "base/names.hpp"

namespace salve::apply {

enum class Outcome { fixed, improved, unchanged, worse, reverted_by_other, unknown, failed, denied, stale, expired };
inline constexpr base::Names<Outcome, 10> outcome_names{{{Outcome::fixed, "fixed"},
                                                         {Outcome::improved, "improved"},
                                                         {Outcome::unchanged, "unchanged"},
                                                         {Outcome::worse, "worse"},
                                                         {Outcome::reverted_by_other, "reverted_by_other"},
                                                         {Outcome::unknown, "unknown"},
                                                         {Outcome::failed, "failed"},
                                                         {Outcome::denied, "denied"},
                                                         {Outcome::stale, "stale"},
                                                         {Outcome::expired, "expired"}}};

// A finding as far as it is compared: those of the plan's record come without the rest.
struct Known {
    std::string id;
    diagnose::Severity severity = diagnose::Severity::medium;
    kube::ObjectRef root;
    std::optional<std::string> caused_by = std::nullopt;
};
Known known(const diagnose::Finding& finding);

// Ids, sorted.
struct Comparison {
    std::vector<std::string> resolved, remaining, fresh;
};
// Only findings of at least that severity count, on both sides; and those that were treated, by their ids.
Comparison compare(const std::vector<Known>& before, const std::vector<Known>& after, diagnose::Severity least,
                   const std::set<std::string>& treated = {});

// How far it helped, in thousandths: of the targets' pods that are wanted, how many are ready; of the findings that the
// steps were for, how many are gone; of the fields that were set, how many still hold. Nothing where there is nothing
// to count; `score` is the mean of what there is. Usage metrics are not read: salve has no source for them.
struct Effectiveness {
    std::optional<int> health, findings, spec, score;
};

struct Judgement {
    Outcome outcome = Outcome::unknown;
    Comparison findings;
    Effectiveness effectiveness;
    std::optional<int> ready_before, ready_after;  // of all targets that have such a number
};

// before: the findings of the plan. after: nothing where the cluster could not be read afterwards.
// fixed: everything was verified, the findings that the steps were for are gone, and the targets show nothing new.
// undoing: what was wrong before comes back with it, so that what was verified is all that counts.
// worse: fewer pods are ready than before, or a target has a new finding that is worse than what it had.
Judgement judge(const std::vector<Known>& before, const std::optional<std::vector<Known>>& after,
                const Applied& applied, diagnose::Severity least, bool undoing = false);

}  // namespace salve::apply
