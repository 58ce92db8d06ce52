// The engine: runs every rule, folds instances, finds causes, adjusts severity, ranks. Pure and total.
#pragma once
#include "diagnose/rule.hpp"

namespace salve::diagnose {

struct Diagnosis {
    std::vector<Finding> findings;  // ranked: roots before consequences, severity, confidence, affected, name
};

// Every finding of the facts, whatever its severity. The order of the tables does not matter.
Diagnosis diagnose(const World& world, std::span<const Rule* const> rules, std::span<const Link* const> links);
Diagnosis diagnose(const World& world);  // with the generated tables

// The logs that the rules would read and that the facts do not hold yet, best first, at most `limit` (TAXONOMY 3.3: 20
// calls a run).
std::vector<LogWanted> wanted_logs(const World& world, std::span<const Rule* const> rules, std::size_t limit = 20);

// The reads beyond the scope that rules, links and the search for changes would judge by, best first and each once: at
// most 3 namespaces, 10 ReplicaSets and the revisions of 3 namespaces, whether or not they were made already.
std::vector<ReadWanted> wanted_reads(const World& world, std::span<const Rule* const> rules,
                                     std::span<const Link* const> links);

}  // namespace salve::diagnose
