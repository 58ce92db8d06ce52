// Everything that the application of a plan asks of a cluster, a handful of verbs with one live implementation
// (io/kubectl_cluster.hpp) and a fake one in the tests. run() is the only function of salve that changes a cluster, and
// it takes nothing but an approved step.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/names.hpp"
#include "base/time.hpp"
#include "diagnose/finding.hpp"
#include "kube/pod.hpp"
#include "policy/approved_plan.hpp"

namespace salve::apply {

using nlohmann::json;

// What a child wrote: digest and size of all that was read of it, and its redacted beginning (64 KiB, S3.31).
struct Output {
    std::string sha256, excerpt;
    std::uint64_t bytes = 0;
    bool truncated = false;
};

// What became of a request. unknown: it may or may not have arrived, and nobody may say that it did or did not.
enum class Effect { applied, not_applied, unknown };
inline constexpr base::Names<Effect, 3> effect_names{
    {{Effect::applied, "applied"}, {Effect::not_applied, "not_applied"}, {Effect::unknown, "unknown"}}};

// One object as it is now. object is null where the server says that there is none.
struct Live {  // NOLINT(bugprone-exception-escape): only the assertions of nlohmann's noexcept move would throw
    bool read = false;  // false: nothing is known; why says what hindered, not escaped
    std::string why;
    json object;
};

// The pods of a namespace as they are now; a list that is not whole is none.
struct Pods {
    bool read = false;
    std::string why;
    std::vector<kube::Pod> list;
};

// What triage finds now.
struct Diagnosis {
    bool read = false;
    std::string why;
    std::vector<diagnose::Finding> findings;  // all of the scope, whatever their severity
    bool complete = false;                    // nothing that was asked for could not be read
};

// What came of one request.
struct Sent {  // NOLINT(bugprone-exception-escape): as Live
    base::Time started_at, ended_at;
    std::optional<int> rc, signal;
    bool timed_out = false;
    Output out, err;
    Effect effect = Effect::unknown;
    std::string reason;  // why it is that effect, one plain sentence, not escaped
    bool stale = false;  // the server found that a precondition does not hold any more
    Live after;          // the object as the server answered it, where it did
};

class Cluster {
public:
    virtual ~Cluster() = default;
    virtual base::Time now() = 0;
    // Lets time pass. false: whoever runs this wants it to end; no further step is begun then.
    virtual bool pause(base::Duration span) = 0;
    // Which cluster this is, as it says now: the uid of kube-system; empty where that cannot be read.
    virtual std::string uid() = 0;
    virtual Live read(const kube::ObjectRef& ref) = 0;
    virtual Pods pods(const std::string& ns) = 0;
    virtual Diagnosis diagnose() = 0;
    // Whether we have the right that the step needs (S3.57); nothing where that could not be asked.
    virtual std::optional<bool> may(const plan::Step& step) = 0;
    // "patch deployments.apps in ns demo".
    virtual std::string right_of(const plan::Step& step) = 0;
    // Sends the step's command once, and never again.
    virtual Sent run(const policy::ApprovedStep& step) = 0;
};

}  // namespace salve::apply
