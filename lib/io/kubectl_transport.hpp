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

// Bytes of one answer (SAFETY 4). A list is streamed, never held: a bound against a server that does not stop.
constexpr std::uint64_t list_cap = std::uint64_t{2} << 30;
constexpr std::uint64_t log_cap = std::uint64_t{2} << 20;

class KubectlTransport : public Transport {
public:
    explicit KubectlTransport(KubectlSettings settings) : settings_(std::move(settings)) {}
    kube::Outcome get(const kube::RawPath& path, const ByteSink& sink) override;
    kube::Outcome log(const LogQuery& query, const ByteSink& sink) override;
    // The arguments of every kubectl that was started, sorted: for the record.
    std::vector<std::vector<std::string>> calls() const;

protected:
    const KubectlSettings& settings() const { return settings_; }
    void note_call(const std::vector<std::string>& args);

private:
    kube::Outcome run(const kube::Command& command, const ByteSink& sink, base::Duration budget, std::uint64_t cap);
    KubectlSettings settings_;
    mutable std::mutex mutex_;
    std::vector<std::vector<std::string>> calls_;
};

}  // namespace salve::io
