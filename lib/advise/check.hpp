// What of a model's answer may be shown and counted (SAFETY 6.4, 4). Everything else is dropped, each with its reason.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "advise/prompt.hpp"
#include "advise/reply.hpp"

namespace salve::advise {

// A note that may be shown: about that candidate of the case, in words for people.
struct CheckedNote {
    std::size_t candidate = 0;
    std::string text;                   // aliases are names again; one line of visible text
    std::vector<std::size_t> evidence;  // indices into Prompt::evidence; never empty
};

struct CheckedWarning {
    Warning code = Warning::conflict;
    std::vector<std::size_t> evidence;  // likewise
};

struct Checked {
    std::vector<std::size_t> ranking;      // candidates of the case, the best one first; each at most once
    std::vector<CheckedNote> notes;        // at most one for each candidate
    std::vector<CheckedWarning> warnings;  // each code once
    bool actionable = true, abstain = false;
    std::vector<Dropped> dropped;
};

// Why nothing of the answer counts: it does not know the nonce of the question.
std::optional<std::string> nonce_fault(const Reply& reply, const std::string& nonce);

// Item by item. Total; ids that were not sent, ranks given twice, notes and warnings without evidence that was sent,
// and notes that say more than their evidence does, are dropped.
Checked check(const Reply& reply, const Case& about, const Prompt& prompt);

// Why that text may not be shown: too long, something that is no plain prose, a name or number that is not in `seen`.
// Nothing where it may. `names` tells aliases.
std::optional<std::string> note_fault(const std::string& text, const std::string& seen, const Names& names);

inline constexpr std::size_t max_note = 240;

}  // namespace salve::advise
