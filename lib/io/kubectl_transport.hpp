// Reads a live cluster by one kubectl process a read.
#pragma once
#include <mutex>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "io/cancel.hpp"
#include "io/find_program.hpp"
#include "io/transport.hpp"

namespace salve::io {

struct KubectlSettings {
    Program program;
    kube::Target target;
    std::vector<std::string> environment;
    base::Duration list_budget = base::seconds(60), log_budget = base::seconds(30);  // TAXONOMY 3.7
    const Cancel* cancel = nullptr;
};

class KubectlTransport : public Transport {
public:
    explicit KubectlTransport(KubectlSettings settings) : settings_(std::move(settings)) {}
    kube::Outcome get(const kube::RawPath& path, const ByteSink& sink) override;
    kube::Outcome log(const LogQuery& query, const ByteSink& sink) override;
    // The arguments of every kubectl that was started, sorted: for the record.
    std::vector<std::vector<std::string>> calls() const;

private:
    kube::Outcome run(const kube::Command& command, const ByteSink& sink, base::Duration budget, std::uint64_t cap);
    KubectlSettings settings_;
    mutable std::mutex mutex_;
    std::vector<std::vector<std::string>> calls_;
};

}  // namespace salve::io
