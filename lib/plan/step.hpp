// One change to one object: what is shown, judged, run, verified and recorded (CLI.md section 6).
#pragma once
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/names.hpp"
#include "base/time.hpp"
#include "diagnose/finding.hpp"
#include "kube/write_command.hpp"
#include "plan/risk.hpp"

namespace salve::plan {

using nlohmann::json;

// A field that is not what it was. path is a JSON pointer; null: not there.
struct Change {
    std::string path;
    json from, to;
    bool operator==(const Change&) const = default;
};

// What the change is, apart from the connection that it is sent over.
struct Request {
    kube::WriteVerb verb = kube::WriteVerb::patch;
    kube::Resource resource = kube::Resource::deployments;  // of a patch; pods and jobs else
    std::string ns, name;                                   // of what is patched or removed, or of the new Job
    std::string from;                                       // the CronJob that a Job is made of
    std::string uid;                                        // of the pod that goes
    json patch = json::array();                             // RFC 6902; of a patch only
};

// The request as a command; the one place where the two meet. Errors: WriteCommand's.
kube::WriteCommand command_of(const Request& request, const kube::Target& target);

// What a request without a patch changes: one object, as a whole.
std::vector<Change> changes_of(const Request& request);

// What the server must find, else it changes nothing. tests are those of the patch, in its order.
struct Preconditions {
    std::string uid;
    std::optional<std::int64_t> generation;
    std::vector<Change> tests;  // path and, as from, the value
    bool operator==(const Preconditions&) const = default;
};

// What else is touched (TAXONOMY 2.5). What is not known counts as the worst, and stands in notes.
struct BlastRadius {
    std::optional<int> pods, ready;  // desired pods of the target, and how many of them are ready now
    std::vector<std::string> services, budgets;
    bool single_replica = false;
    bool unknown = false;  // something of it could not be read; counted into the risk, and no part of the document
    std::vector<std::string> notes;
};

enum class DryRunState { ok, refused, not_possible };
inline constexpr base::Names<DryRunState, 3> dry_run_state_names{
    {{DryRunState::ok, "ok"}, {DryRunState::refused, "refused"}, {DryRunState::not_possible, "not_possible"}}};

// What the server said to the rehearsal: diff is the object as it is against what the server would keep.
struct DryRun {
    DryRunState state = DryRunState::not_possible;
    std::string message;  // why not; empty when ok
    std::vector<Change> diff;
};

// How to get back. Without a request there is no command: the description says what to do, or that nothing is needed.
struct Inverse {
    std::string description;
    std::optional<Request> request;
};

// How it is proven that it worked, after the step (TAXONOMY 2.4, V1 to V3).
struct Check {
    std::string check;  // rollout_complete, restarts_flat, replicas_held, pod_replaced, field_is, finding_gone
    std::int64_t window_ms = 0;
    int samples = 0;
};

// What the policy says to it; filled by whoever asks the policy.
struct Verdict {
    std::string effect = "deny";  // allow, require_approval, deny
    std::vector<std::string> rules;
    std::string reason = "no policy was asked";
};

// What a policy may want to know of the step beside the step itself (SAFETY 3.2). Nothing: it could not be read.
struct Circumstances {
    std::string mode;  // of the finding
    diagnose::Confidence confidence = diagnose::Confidence::possible;
    int evidence = 0;  // pieces of it
    std::optional<std::map<std::string, std::string>> namespace_labels;
    std::optional<bool> autoscaler;  // one sets the target's replicas
};

struct Step {
    int ordinal = 1;
    std::string action_id;
    diagnose::Subject target;
    std::string finding_id;
    Circumstances around;
    std::string description;  // what is done, one plain sentence
    std::string why;          // why it should help, with the literal fact
    std::vector<Change> changes;
    Request request;
    std::vector<std::string> command;  // "kubectl" and the arguments
    std::string input;                 // its standard input; empty: none
    Preconditions preconditions;
    Risk risk = Risk::medium;
    std::vector<std::string> risk_reasons;
    bool destructive = false;  // something goes that does not come back by itself as it was
    bool reversible = true;    // the inverse restores what was
    BlastRadius blast;
    std::optional<bool> may;  // whether the server grants the right; nothing where it was not asked
    DryRun dry_run;
    std::vector<std::string> reverted_by;  // who would put it back
    Inverse inverse;
    std::vector<std::string> inverse_command;
    std::vector<Check> verify;
    bool continue_on_error = false;  // its failure does not halt the steps after it; of low risk only (S3.35)
    Verdict verdict;
};

}  // namespace salve::plan
