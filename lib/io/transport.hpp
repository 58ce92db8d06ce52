// The seam through which everything is read from a cluster: a live one through kubectl, or a recorded one.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "kube/command.hpp"
#include "kube/outcome.hpp"

namespace salve::io {

// Bytes of the answer as they arrive, cut anywhere. false: enough, stop reading.
using ByteSink = std::function<bool(std::string_view)>;

struct LogQuery {
    std::string ns, pod, container;
    kube::LogOptions options;
};

// GETs only: nothing here can change a cluster. All members may be called from several threads at once.
class Transport {
public:
    virtual ~Transport() = default;
    // One GET. What the sink was given may be used only if the outcome is ok.
    virtual kube::Outcome get(const kube::RawPath& path, const ByteSink& sink) = 0;
    // The same for one who can read a protocol buffer too (kube/proto): it is smaller, and costs the server less. Which
    // of both came is told by its first byte.
    virtual kube::Outcome get_either(const kube::RawPath& path, const ByteSink& sink) { return get(path, sink); }
    virtual kube::Outcome log(const LogQuery& query, const ByteSink& sink) = 0;
};

}  // namespace salve::io
