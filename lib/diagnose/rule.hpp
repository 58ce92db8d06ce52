// The two extension points of the diagnosis. A rule says what is wrong with one object; a link says what causes what.
// A file in lib/diagnose/rules or lib/diagnose/links that defines a value named as the file is picked up by the build.
#pragma once
#include <span>

#include "diagnose/finding.hpp"
#include "kube/world.hpp"

namespace salve::diagnose {

using kube::World;

// A log that a finding needs, to be fetched by the edge before the diagnosis runs again.
struct LogWanted {
    std::string ns, pod, container;
    bool previous = false;
    int rank = 0;  // lower is fetched first when there are more than may be fetched
    auto operator<=>(const LogWanted&) const = default;
};

// A read beyond the lists of the scope that a judgement needs, made by the edge before the diagnosis runs again. What
// could not be read stands in the ledger like every other read.
struct ReadWanted {
    enum class What {
        name_space,  // every list of namespace `ns`, which is outside of the scope: somebody in the scope depends on it
        node_events,  // the events about nodes; they lie in the namespace default
        revisions,    // the ControllerRevisions of namespace `ns`: what a rollout of a StatefulSet or DaemonSet changed
    };
    What what = What::name_space;
    std::string ns, name;
    int rank = 0;  // lower is read first when there are more than may be read
    auto operator<=>(const ReadWanted&) const = default;
};

// A rule covers one family of modes that read the same fields. Both functions are pure; rules know nothing of each
// other and their order means nothing.
struct Rule {
    std::string_view id;
    std::span<const Mode> modes;
    // One finding an instance (a pod, a container): the engine folds the instances of one owner (TAXONOMY 0.5).
    std::vector<Finding> (*match)(const World&);
    // The logs it would read if it had them; null if it reads none.
    std::vector<LogWanted> (*wants)(const World&) = nullptr;
    // The further reads that it would judge by if it had them; null if there are none.
    std::vector<ReadWanted> (*reads)(const World&) = nullptr;
};

// cause and consequence are indices into the findings; evidence is why one follows from the other. An echo says nothing
// that its cause does not say: there is nothing to repair about it.
struct Edge {
    std::size_t cause = 0, consequence = 0;
    Evidence evidence;
    bool echo = false;
};

struct Link {
    std::string_view id;
    std::vector<Edge> (*match)(const World&, std::span<const Finding>);
    // The further reads that would show a cause; null if there are none. The findings have no causes yet.
    std::vector<ReadWanted> (*reads)(const World&, std::span<const Finding>) = nullptr;
};

// The generated tables, in the order of the file names.
std::span<const Rule* const> all_rules();
std::span<const Link* const> all_links();

// Every mode of every rule, by id.
std::vector<const Mode*> all_modes();

// The mode with that id in a rule's table; the program stops if there is none, for that is a slip in the rule.
const Mode& mode_in(std::span<const Mode> modes, std::string_view id);

}  // namespace salve::diagnose
