// The record of a run: what was asked, what was read, what was found, how it ended. Written once, never changed.
// Field names are those of SAFETY 1.6; the chain (sequence, previous digest) is not part of this version.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "diagnose/finding.hpp"
#include "kube/snapshot.hpp"

namespace salve::audit {

struct Tool {
    std::string name, version, commit;
};

// Who ran it, as the operating system says: self-reported, not proof.
struct Actor {
    std::string os_user, host;
    std::uint32_t uid = 0, euid = 0;
};

struct Record {
    std::string run_id, kind;  // kind: triage
    std::string status;        // completed, failed, interrupted
    int exit_code = 0;
    Tool tool;
    Actor actor;
    base::Time started_at, ended_at;
    std::int64_t mono_us = 0;
    std::vector<std::string> argv;                   // salve's own, redacted
    std::optional<std::string> recording_sha256;     // the recording that was read instead of a cluster
    std::string kubectl_path;                        // empty with a recording
    std::vector<std::vector<std::string>> commands;  // every kubectl argv that ran
    kube::ClusterInfo cluster;
    kube::Scope scope;
    std::vector<kube::Read> reads;
    std::vector<diagnose::Finding> findings;                // the reported ones
    std::map<std::string, std::size_t> below_min_severity;  // mode -> how many were found and not reported
    std::size_t redactions = 0;
    std::vector<std::string> warnings;
    std::optional<std::string> error;  // the message the run ended with
};

// Canonical JSON (SAFETY 1.3: sorted keys, no spaces, integers only, valid UTF-8) and one LF.
std::string to_json(const Record& record);

}  // namespace salve::audit
