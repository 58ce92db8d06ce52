// The engine: runs every rule, folds instances, finds causes, adjusts severity, ranks. Pure and total.
#pragma once
#include <functional>

#include "diagnose/rule.hpp"

namespace salve::diagnose {

struct Diagnosis {
    std::vector<Finding> findings;  // ranked: roots before consequences, severity, confidence, affected, name
};

// Every finding of the facts, whatever its severity. The order of the tables does not matter.
Diagnosis diagnose(const World& world, std::span<const Rule* const> rules, std::span<const Link* const> links);
Diagnosis diagnose(const World& world);  // with the generated tables

// How tasks that do not know of each other are done: each once, whichever first, some at once. Returns when all have
// ended.
using DoAll = std::function<void(std::size_t count, const std::function<void(std::size_t)>& task)>;
void one_by_one(std::size_t count, const std::function<void(std::size_t)>& task);

// The first half of diagnose(), what the rules alone say, and its second half. For who also asks what is wanted: most
// of the work is in the first. The findings do not depend on do_all.
std::vector<Finding> found_by_rules(const World& world, std::span<const Rule* const> rules,
                                    const DoAll& do_all = one_by_one);
Diagnosis conclude(const World& world, std::span<const Link* const> links, std::vector<Finding> found);

// What the rules found, kept while the snapshot grows: of a World of what was read since, a rule is asked anew only if
// it looked at a kind of which something was read, or if it would be told anything else of the pods
// (World::standing). For one table of rules, and Worlds of one snapshot.
class RuleFindings {
public:
    // Asks the rules whose findings do not stand any more; at first, all.
    void find(const World& world, std::span<const Rule* const> rules, const DoAll& do_all);
    // Something of that kind was read, or was tried to.
    void was_read(kube::Resource what);
    // As found_by_rules() gives it. world: of which they were found last.
    std::vector<Finding> folded(const World& world, const DoAll& do_all) const;
    // Of how many rules the findings stand.
    std::size_t kept() const;

private:
    struct Found {
        bool stands = false;
        std::vector<Finding> found;
        kube::Kinds looked_at;
    };
    std::vector<Found> by_rule_;
    std::string standing_;
};

// The logs that the rules would read and that the facts do not hold yet, best first, at most `limit` (TAXONOMY 3.3: 20
// calls a run).
std::vector<LogWanted> wanted_logs(const World& world, std::span<const Rule* const> rules, std::size_t limit = 20);

// The reads beyond the scope that rules, links and the search for changes would judge by, best first and each once: at
// most 3 namespaces and the revisions of 3 namespaces, whether or not they were made already. found: by
// these rules, of this world.
std::vector<ReadWanted> wanted_reads(const World& world, std::span<const Rule* const> rules,
                                     std::span<const Link* const> links, const std::vector<Finding>& found);

}  // namespace salve::diagnose
