#include "io/kubectl_transport.hpp"

#include <algorithm>

#include "io/measured_sink.hpp"
#include "io/run_kubectl.hpp"

namespace salve::io {

void KubectlTransport::note_call(const std::vector<std::string>& args) {
    const std::lock_guard lock(mutex_);
    calls_.push_back(args);
}

kube::Outcome KubectlTransport::run(const kube::Command& command, const ByteSink& sink, base::Duration budget,
                                    std::uint64_t cap) {
    note_call(command.args());
    ProcessOptions options;
    options.budget = budget;
    options.out_cap = cap;
    options.cancel = settings_.cancel;
    MeasuredSink measured(command, sink);
    auto end = outcome(run_kubectl(settings_.program, command, settings_.environment, std::ref(measured), options));
    end.answer = measured.answer();
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
