// The live cluster of an apply: reads through a transport, and the one way in which a change is sent.
#pragma once
#include <functional>
#include <string>

#include "apply/cluster.hpp"
#include "base/redact.hpp"
#include "io/kubectl_transport.hpp"

namespace salve::io {

struct ClusterSettings {
    KubectlSettings kubectl;                          // its target gives the very command that was approved
    base::Duration write_budget = base::seconds(60);  // of one change (SAFETY 4)
    const Cancel* cancel = nullptr;                   // no further step; what was sent is waited for
    const Cancel* abandon = nullptr;                  // ends even the kubectl that writes: its effect is unknown then
    std::function<apply::Diagnosis()> diagnose;
};

class KubectlCluster : public apply::Cluster {
public:
    // Error(kubectl_unavailable) if the program cannot be looked at. redactor: must outlive this.
    KubectlCluster(ClusterSettings settings, const base::Redactor& redactor);

    base::Time now() override;
    bool pause(base::Duration span) override;
    std::string uid() override;
    apply::Live read(const kube::ObjectRef& ref) override;
    apply::Pods pods(const std::string& ns) override;
    apply::Diagnosis diagnose() override { return settings_.diagnose(); }
    std::optional<bool> may(const plan::Step& step) override;
    std::string right_of(const plan::Step& step) override;
    // Not applied where the program cannot be started, or is not any more the file that it was: nothing was sent then.
    apply::Sent run(const policy::ApprovedStep& step) override;

    // SHA-256 of kubectl, for the record.
    const std::string& kubectl_sha256() const { return identity_.sha256; }
    std::vector<std::vector<std::string>> calls() const { return transport_.calls(); }

private:
    apply::Sent send(const policy::ApprovedStep& step);
    ClusterSettings settings_;
    const base::Redactor& redactor_;
    KubectlTransport transport_;
    ProgramIdentity identity_;
    base::Time begun_;
    std::int64_t begun_us_;
};

}  // namespace salve::io
