#include "io/kubectl_transport.hpp"

#include <algorithm>

#include "base/digest.hpp"
#include "io/run_kubectl.hpp"
#include "io/system.hpp"

namespace salve::io {
namespace {

constexpr std::uint64_t list_cap = std::uint64_t{2}
                                   << 30;  // streamed, never held: a bound against a server that does not stop
constexpr std::uint64_t log_cap = std::uint64_t{2} << 20;  // SAFETY 4

std::string digest_of(const std::vector<std::string>& argv) {
    base::Sha256 digest;
    for (const auto& word : argv) {
        digest.add(word);
        digest.add(std::string_view("\0", 1));
    }
    return digest.hex();
}

}  // namespace

kube::Outcome KubectlTransport::run(const kube::Command& command, const ByteSink& sink, base::Duration budget,
                                    std::uint64_t cap) {
    {
        const std::lock_guard lock(mutex_);
        calls_.push_back(command.args());
    }
    ProcessOptions options;
    options.budget = budget;
    options.out_cap = cap;
    options.cancel = settings_.cancel;
    kube::RawAnswer answer{digest_of(command.args()), "", 0, wall_clock()};
    base::Sha256 digest;
    const auto measured = [&](std::string_view bytes) {
        digest.add(bytes);
        answer.bytes += bytes.size();
        return sink(bytes);
    };
    auto end = outcome(run_kubectl(settings_.program, command, settings_.environment, measured, options));
    // A log may hold secrets, and a digest of few bytes gives them away (SAFETY 1.6).
    if (command.verb() != kube::Verb::logs) answer.sha256 = digest.hex();
    end.answer = std::move(answer);
    return end;
}

kube::Outcome KubectlTransport::get(const kube::RawPath& path, const ByteSink& sink) {
    return run(kube::Command::get_raw(settings_.target, path), sink, settings_.list_budget, list_cap);
}

kube::Outcome KubectlTransport::log(const LogQuery& query, const ByteSink& sink) {
    return run(kube::Command::logs(settings_.target, query.ns, query.pod, query.container, query.options), sink,
               settings_.log_budget, log_cap);
}

std::vector<std::vector<std::string>> KubectlTransport::calls() const {
    const std::lock_guard lock(mutex_);
    auto sorted = calls_;
    std::sort(sorted.begin(), sorted.end());
    return sorted;
}

}  // namespace salve::io
