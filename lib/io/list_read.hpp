// Single reads through a transport: bytes in, facts and outcome out.
#pragma once
#include "base/redact.hpp"
#include "diagnose/rule.hpp"
#include "io/cancel.hpp"
#include "io/recording.hpp"
#include "io/transport.hpp"
#include "kube/snapshot.hpp"

namespace salve::io {

struct ListQuery {
    kube::Resource what;
    std::string ns;       // empty: cluster-wide
    bool single = false;  // one object (a namespace), not a list
    kube::RawPath path;
    std::size_t version = 0;
    base::Time now{};  // as kube::Asked
};

struct ListRead {
    kube::ReadState state = kube::ReadState::error;
    kube::Failure failure = kube::Failure::unknown;
    std::string detail;
    std::optional<kube::RawAnswer> answer;
    std::size_t objects = 0;
    kube::Snapshot facts;  // only this kind's vector is filled
};

// The list is decoded as its bytes arrive; only the facts are kept. An item that cannot be decoded, or that is not what
// was asked for, is left out and makes the read an error with the item's path: what was decoded stands, but nothing
// follows from absence.
ListRead read_list(Transport& transport, const base::Redactor& redactor, Recorder* recorder, const ListQuery& query);

// The bytes of a read that is small (at most 4 MiB), whole or not at all; the detail of a failure is redacted.
kube::Outcome small_get(Transport& transport, const base::Redactor& redactor, const kube::RawPath& path,
                        std::string& answer);

struct Identity {
    kube::Outcome outcome;
    std::string value;  // empty if it could not be read
};
Identity read_version(Transport& transport, const base::Redactor& redactor, Recorder* recorder);  // "v1.32.2"
// The uid of the namespace kube-system.
Identity read_cluster_uid(Transport& transport, const base::Redactor& redactor, Recorder* recorder);

struct LogRead {
    kube::Outcome outcome;
    kube::Log log;
};
// A log that never was, or is gone, is `absent`, also where kubelet says so inside the log with exit code 0.
LogRead read_log(Transport& transport, const base::Redactor& redactor, Recorder* recorder,
                 const diagnose::LogWanted& wanted);

}  // namespace salve::io
