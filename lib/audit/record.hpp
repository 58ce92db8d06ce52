// The record of one run: what was asked, by whom, what was read, found, approved, sent and seen afterwards, and how it
// ended. Field names and their meaning are those of run.schema.json (SAFETY 1.6); the place in the chain and the
// journal's digest are added when the record is sealed (seal.hpp).
#pragma once
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "apply/cluster.hpp"
#include "audit/model_run.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "diagnose/finding.hpp"
#include "kube/snapshot.hpp"
#include "plan/plan.hpp"
#include "policy/evaluate.hpp"

namespace salve::audit {

using base::Time;

struct Tool {
    std::string name, version, commit;
    std::string binary_sha256, catalog_sha256, rules_sha256, config_sha256;  // empty: not known, or there is none
};

// Who ran it, as the operating system says: self-reported, not proof.
struct Actor {
    std::string os_user, host;
    std::uint32_t uid = 0, euid = 0;
    std::string sudo_user, tty;
    std::string ssh_client_hmac;  // HMAC of the client's address: equal addresses stay recognisable within a run
    std::string kube_user, kube_groups_sha256;  // what the API server says; empty where it was not asked
    std::string reason, ticket;                 // as given on the command line
};

// The clocks of the machine. mono_us counts from the start of the process.
struct Clock {
    std::string boot_id;
    std::optional<bool> synced;  // as the kernel says
    bool went_back = false;      // the wall clock was set back while the run went on
};

// The child that reads or changes the cluster.
struct Kubectl {
    std::string path, sha256, version;  // empty: not used, or not asked
};

// What an object was at one moment.
struct ObjectState {
    std::string uid, resource_version, sha256;  // sha256 of its canonical JSON; each may be empty
    std::optional<std::int64_t> generation;
};

using apply::Effect;
using apply::effect_names;
using apply::Output;

// What must hold on the server for the change to be made, and what recovery compares with afterwards.
struct Precondition {
    std::string uid, resource_version;
    std::optional<std::int64_t> generation;
};

// One change. It is an intent, and its effect unknown, until ended_at is there: what was sent may have arrived.
struct Step {
    int ordinal = 1;
    std::string action_id;
    diagnose::Subject target;
    std::string plan_sha256;
    Time intent_at;
    std::vector<std::string> argv;       // the vector that runs
    std::vector<std::string> env_names;  // names only
    std::string stdin_sha256;
    std::string patch;  // the JSON patch that is sent, redacted, as JSON text; empty: none (a deletion)
    std::int64_t timeout_ms = 0;
    Precondition preconditions;
    std::string marker;  // the value of the annotation salve/run that the patch sets; empty: none
    std::optional<Time> started_at, ended_at;
    std::optional<int> rc, signal;
    bool timed_out = false;
    std::optional<Output> out, err;
    Effect effect = Effect::unknown;
    std::optional<ObjectState> before, after;
};

struct Approval {
    std::string decision;  // approved, rejected, snoozed
    std::string plan_sha256, finding_id;
    std::vector<int> steps;
    std::string method;  // typed, digest, signed_file
    std::string approver;
    Time at;
    std::optional<Time> expires_at;
    std::string reason, keyid, sig;
};

struct Verification {
    std::optional<int> ordinal;
    std::string check, expected, observed;
    std::optional<bool> passed;
    std::int64_t samples = 0, window_ms = 0;
    Time at;
};

// A plan or one of its steps changed its state (S3.59).
struct Transition {
    Time at;
    std::string plan_sha256;
    std::optional<int> ordinal;
    std::string from, to, reason;
};

// What recovery found out about one step of a dead run, by reading the cluster.
enum class Settled { applied, not_applied, undetermined };
inline constexpr base::Names<Settled, 3> settled_names{
    {{Settled::applied, "applied"}, {Settled::not_applied, "not_applied"}, {Settled::undetermined, "undetermined"}}};
struct ReconciledStep {
    int ordinal = 1;
    Settled effect = Settled::undetermined;
    std::string reason;
    std::optional<ObjectState> observed;
};
struct Reconciliation {
    std::string run_id, kind;
    std::string dead_class;  // abandoned, interrupted, unknown, completed
    std::optional<std::int64_t> sealed_seq;
    std::vector<ReconciledStep> steps;
};

struct Problem {
    int code = 0;  // exit code
    std::string message, where;
};

// The step of the plan that is held back the longest, because of what came of it before.
struct HeldBack {
    std::string fingerprint;  // policy::fingerprint()
    Time until;
    int failures = 0;  // consecutive
};

// What the policy said to the steps of the plan, in their order.
struct PolicyRun {
    std::string file, sha256;  // empty: there is none
    std::string input_sha256;  // of the canonical inputs of all steps
    std::vector<policy::Decision> decisions;
    std::string error;  // why the file could not be used
    std::optional<HeldBack> held;
};

struct Record {
    std::string run_id, kind;            // kind: triage, plan, approve, ..., recover
    std::string status = "interrupted";  // until the run says how it ended
    std::optional<int> exit_code;        // nothing until it ended
    std::vector<std::string> parent_run_ids;
    std::string trigger;  // what started it, where it was not a person
    bool automatic = false;
    Tool tool;
    Actor actor;
    Time started_at;
    std::optional<Time> ended_at;
    std::optional<std::int64_t> mono_us;
    Clock clock;
    std::vector<std::string> argv;  // salve's own, redacted
    kube::ClusterInfo cluster;
    std::string server, ca_sha256, ns, trust_level;
    Kubectl kubectl;
    kube::Scope scope;
    std::optional<std::string> recording_sha256;     // the recording that was read instead of a cluster
    std::vector<std::vector<std::string>> commands;  // every kubectl argv that read
    std::vector<kube::Read> reads;
    std::vector<diagnose::Finding> findings;                // the reported ones
    std::map<std::string, std::size_t> below_min_severity;  // mode -> how many were found and not reported
    std::optional<ModelRun> llm;                            // where a model was asked
    std::optional<plan::Plan> plan;
    std::optional<PolicyRun> policy;
    std::vector<Approval> approvals;
    std::vector<Step> steps;
    std::vector<Verification> verification;
    std::vector<Transition> transitions;
    std::vector<Reconciliation> reconciliations;
    std::string hmac_key_id;  // names the key of the redaction tags, without telling it
    std::size_t redactions = 0;
    std::vector<std::string> warnings;
    std::vector<Problem> errors;
};

// The major version of the schema; a reader of version 1 refuses any other.
inline constexpr std::string_view record_schema = "salve.run/v1";

// Version of the redaction rules: greater whenever they take out something else than before.
inline constexpr int redaction_rules_version = 1;

// A record is read by people and bounded (SAFETY 1.6): an excerpt, and all of a record.
inline constexpr std::size_t max_excerpt = 4096;
inline constexpr std::size_t max_record = std::size_t{2} << 20;
inline constexpr base::JsonLimits record_limits{32, max_record, 400'000};

// Every field of run.schema.json but `chain`, `journal` and time.sealed_at. Text is made visible (base::visible), since
// records are read in terminals too, and cut to what the schema allows. What would make the document larger than
// max_record is left out, the excerpts first, and counted in `limits`.
nlohmann::json to_document(const Record& record);

}  // namespace salve::audit
