// The third extension point. An action is one kind of repair: a file in lib/plan/actions that defines a value named as
// the file is picked up by the build.
#pragma once
#include <map>
#include <span>
#include <string_view>
#include <variant>

#include "kube/world.hpp"
#include "plan/step.hpp"

namespace salve::plan {

using diagnose::Finding;

// The objects that the plan is made for, whole and as they are now: read after the diagnosis, one by one, redacted.
class Objects {
public:
    void add(const kube::ObjectRef& ref, json object) { objects_[key(ref)] = std::move(object); }
    // Null where it could not be read or is not there.
    const json* find(const kube::ObjectRef& ref) const {
        const auto at = objects_.find(key(ref));
        return at == objects_.end() ? nullptr : &at->second;
    }

private:
    static std::string key(const kube::ObjectRef& ref) { return ref.kind + " " + ref.ns + "/" + ref.name; }
    std::map<std::string, json> objects_;
};

// What the operator asked for beside the finding.
struct Ask {
    std::string action;                         // only this one; empty: whatever is right
    std::map<std::string, std::string> values;  // --set KEY=VALUE
};

// What an action judges by. Pure: `now` is an argument.
struct Situation {
    const kube::World& world;
    const Finding& finding;
    std::span<const Finding> findings;  // all of the diagnosis: what else is wrong there
    const Objects& objects;
    const Ask& ask;
    base::Time now;
    std::string run;  // of the plan: goes into the marker of each change
};

// What an action proposes. Ordinal, command, blast radius, dry run and verdict are the planner's.
struct Draft {
    diagnose::Subject target;
    std::string description, why;
    Request request;
    std::vector<Change> changes;
    Preconditions preconditions;
    Risk risk = Risk::medium;
    std::vector<std::string> risk_reasons;
    bool destructive = false, reversible = true;
    bool ends_pods = false;    // running pods end: replacements must be possible (TAXONOMY 2.1, 5)
    bool cures = false;        // new pods lack what the finding is about: it does not tell how they would fare
    bool writes_spec = false;  // Argo CD, Flux or an operator would put it back (TAXONOMY 2.3)
    Inverse inverse;
    std::vector<Check> verify;
    std::vector<std::string> warnings;
};

// Why it is not right here, in plain words: a valid answer.
struct Declined {
    std::string reason;
};
// Several objects of the same finding, each a step of its own; `left` more would do and were not looked at.
struct Several {
    std::vector<Draft> drafts;
    std::size_t left = 0;
};
using Proposal = std::variant<Draft, Several, Declined>;

struct Action {
    std::string_view id;                      // "rollout.undo"
    std::string_view summary;                 // what it does, one sentence
    Risk risk;                                // the least that it has
    std::string_view reverses;                // how to get back, in words
    std::span<const std::string_view> kinds;  // of the target
    kube::WriteVerb verb = kube::WriteVerb::patch;
    std::span<const std::string_view> values = {};  // the keys of --set that it takes
    bool asks_value = false;                        // only with a value from the operator: it is never inferred
    bool off = false;                               // off until the configuration turns it on
    bool restores = false;                          // puts back what was known to be good: the smallest step there is
    bool on_request = false;                        // never proposed by itself, only for --action
    std::size_t most_steps = 0;                     // in one plan; 0: one for each finding
    // The further objects that it has to read; the root of the finding is always read. Null: none.
    std::vector<kube::ObjectRef> (*reads)(const Situation&) = nullptr;
    Proposal (*propose)(const Situation&) = nullptr;
};

// The generated table, in the order of the file names.
std::span<const Action* const> all_actions();
// The action of that id, or null.
const Action* find_action(std::string_view id);
// Digest of all that the catalog says of its actions: which there are and what they may do.
std::string catalog_sha256(std::span<const Action* const> catalog = all_actions());

}  // namespace salve::plan
