// What triage and plan have in common: where it is read from, reading and diagnosing in rounds, and what the record
// says of it.
#pragma once
#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audit/record.hpp"
#include "base/redact.hpp"
#include "diagnose/finding.hpp"
#include "diagnose/select.hpp"
#include "io/collect.hpp"
#include "io/kubectl_transport.hpp"

namespace salve::cmd {

class Context;
class ProgressLine;

// The flags that say what is looked at.
struct Reading {
    std::vector<std::string> targets, namespaces;
    bool all = false;
    std::string from, save;
    int kubectl_timeout_s = 0;
};

// -n, -A, --from, --save, --kubectl-timeout.
void add_reading(CLI::App& app, Reading& reading);
// Error(usage) for what does not go together; every name is checked.
void check(const Reading& reading);

// Where one investigation reads from, and as whom.
struct Source {
    std::unique_ptr<io::Transport> transport;
    io::KubectlTransport* live = nullptr;         // null: a recording
    std::optional<io::KubectlSettings> settings;  // of a live one
    kube::Target connection;                      // as its commands name it
    std::string context;
    std::string run;     // id of the run; of a recording the same each time, so that its output is
    std::string record;  // id of the record, each time another one
    std::string server, redaction_key;
    std::string kubectl_path;
    std::optional<std::string> recording_sha256;
    kube::Scope scope;
    base::Time now;
};

// salt: what else makes this run another one, for the id of a recorded run.
Source source_of(Context& context, const Reading& reading, const std::string& context_name,
                 const std::string& salt = "");

// How the cluster is read for that source. recorder: gets every answer, or null. progress: must outlive the reading.
io::CollectOptions collecting(const Context& context, const Source& source, io::Recorder* recorder,
                              ProgressLine& progress);

// What the lists alone say, while logs are still to be read: no causes yet, no order, and the logs may change it.
using SoFar = std::function<void(const std::vector<diagnose::Finding>&)>;

// Reads, diagnoses, reads the logs and whatever else the findings need, and diagnoses again. Error(cluster_unreadable)
// for a target that does not exist. so_far: called at most once, before the first log.
std::vector<diagnose::Finding> investigate(Source& source, const base::Redactor& redactor,
                                           const io::CollectOptions& how, const std::vector<diagnose::Target>& targets,
                                           kube::Snapshot& snapshot, const SoFar& so_far = {});

std::vector<std::string> clock_warnings(const kube::Snapshot& snapshot, base::Time now);

// What is known of the run before anything is read.
void announce(audit::Record& record, const Source& source, const base::Redactor& redactor);

// What was read and found, for the record. What is below the least severity is counted by mode.
void fill(audit::Record& record, const Source& source, const kube::Snapshot& snapshot, const base::Redactor& redactor,
          const std::vector<diagnose::Finding>& findings, diagnose::Severity min_severity);

}  // namespace salve::cmd
