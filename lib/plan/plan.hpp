// From a diagnosis to a plan: ordered steps of the catalog, each on one object, or the manual steps where the catalog
// has nothing. Pure; nothing is read, judged or sent here.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plan/action.hpp"
#include "plan/judgement.hpp"
#include "plan/step.hpp"

namespace salve::plan {

enum class Outcome { planned, dry_run, no_action, manual_only };
inline constexpr base::Names<Outcome, 4> outcome_names{{{Outcome::planned, "Planned"},
                                                        {Outcome::dry_run, "DryRun"},
                                                        {Outcome::no_action, "NoAction"},
                                                        {Outcome::manual_only, "ManualOnly"}}};

// Another step that would do as well for the same object (S1.36): shown beside the one that was chosen.
struct Alternative {
    std::string action_id, finding_id;
    diagnose::Subject target;
    std::string description, why;
    Risk risk = Risk::medium;
    std::string instead_of;  // the action that was chosen
};

// Where and for what the plan was made: any change of it makes the plan another one (SAFETY 2.2).
struct Bound {
    kube::ClusterInfo cluster;
    std::string server;  // redacted
    std::string catalog_sha256, policy_sha256;
    std::vector<std::string> evidence_sha256;  // of each treated finding's evidence, in the order of `findings`
    bool recorded = false;                     // from a recording: it can never be applied
};

struct Plan {
    std::string run;     // of the record
    std::string undoes;  // the run whose changes it takes back; empty: it is no such plan
    Outcome outcome = Outcome::no_action;
    base::Time created_at, expires_at;
    std::vector<std::string> findings;  // ids, those that a step treats or that are left to a person
    diagnose::Confidence confidence = diagnose::Confidence::confirmed;  // the least of the findings that steps treat
    Risk risk = Risk::low;                                              // the greatest of its steps
    std::vector<std::string> risk_reasons;
    std::vector<Step> steps;
    std::vector<Alternative> alternatives;
    std::vector<std::string> manual;  // numbered by whoever prints them; never executed
    std::vector<std::string> warnings;
    Judgement judgement;  // of a model that was asked about this plan; no part of the document where none spoke
    Bound bound;
};

// Actions in the order that somebody would rather see them tried.
struct Preferred {
    kube::ObjectRef object;
    std::string action_id;
    Risk risk = Risk::medium;
};
using Order = std::vector<Preferred>;

struct PlanOptions {
    base::Time now;
    base::Duration ttl = base::seconds(900);
    std::string run;
    kube::Target connection;
    Ask ask;
    std::vector<std::string> enabled;  // actions that are off by default and were turned on
    diagnose::Severity min_severity = diagnose::Severity::medium;
    std::optional<std::string> finding;       // only the finding whose id begins so
    std::map<std::string, std::string> held;  // findings that are not planned anew now -> why, in words
    bool continue_on_error = false;           // a low-risk step that fails does not halt the others
    // Among actions for the same object and of the same risk the first of these is chosen; else the rules decide.
    Order order;
    bool narrow = false;  // a target or a finding was named: what is below min_severity counts too
};

// The objects that make_plan will look at, to be read whole first. Each once, sorted.
std::vector<kube::ObjectRef> wanted_objects(const kube::World& world, const std::vector<Finding>& findings,
                                            const PlanOptions& options);

// Steps without verdict, right and dry run: those are the edge's to fill. Error(usage): no such finding or action, a
// --set that the action does not take. The same arguments give the same plan.
Plan make_plan(const kube::World& world, const std::vector<Finding>& findings, const Objects& objects,
               const PlanOptions& options);

}  // namespace salve::plan
