// A recorded cluster: what kubectl answered, redacted, in one file (requirement B5). `--save` writes it, `--from` reads
// it, a scenario folder holds it, and the fake kubectl of the tests answers from it. The one format:
//
//   {"schema": "salve.recording/v1", "salve": "0.1.0", "taken_at": "...", "context": "kind-demo", "scope":
//   {"namespaces": ["demo"], "all": false},
//    "reads": [{"get": "/api/v1/namespaces/demo/pods", "state": "ok", "failure": "none", "detail": null, "body":
//    {...}},
//              {"log": "demo/web-1/app", "previous": true, "state": "ok", "failure": "none", "detail": null, "body":
//              "text"}]}
//
// A read that failed has body null.
#pragma once
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "io/transport.hpp"
#include "kube/snapshot.hpp"

namespace salve::io {

struct RecordedRead {
    kube::Outcome outcome;
    std::string body;  // JSON text of a GET, plain text of a log; empty when the read failed
};

// What stands in a recording beside the reads.
struct RecordingHead {
    base::Time taken_at;
    std::string context;
    kube::Scope scope;  // without targets
};

// Collects the answers of a run. Thread-safe.
class Recorder {
public:
    void add_get(const std::string& path, RecordedRead read);
    void add_log(const LogQuery& query, RecordedRead read);
    // Writes the file under a temporary name and renames it, so that a half-written recording never stands under the
    // name. Error(usage) names the file and the reason.
    void save(const std::string& file, const RecordingHead& head, const std::string& version) const;

private:
    mutable std::mutex mutex_;
    std::map<std::string, RecordedRead> gets_;
    std::map<std::pair<std::string, bool>, RecordedRead> logs_;  // "ns/pod/container", previous
};

// Answers from a recording, without a cluster and without kubectl. What was not recorded is an error of its own, never
// an empty list.
class RecordedTransport : public Transport {
public:
    // Error(usage) with the file's name, the place and the reason when it is no recording.
    explicit RecordedTransport(const std::string& file);
    kube::Outcome get(const kube::RawPath& path, const ByteSink& sink) override;
    kube::Outcome log(const LogQuery& query, const ByteSink& sink) override;
    const RecordingHead& head() const { return head_; }
    // sha256 of the file: two runs over the same recording have the same id.
    const std::string& digest() const { return digest_; }

private:
    RecordingHead head_;
    std::string digest_;
    std::map<std::string, RecordedRead> gets_;
    std::map<std::pair<std::string, bool>, RecordedRead> logs_;
};

}  // namespace salve::io
