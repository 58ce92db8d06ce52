// Counts and digests an answer on its way, for the ledger: the same whichever way it came.
#pragma once
#include <string>
#include <vector>

#include "base/digest.hpp"
#include "io/process.hpp"
#include "kube/command.hpp"
#include "kube/read_state.hpp"

namespace salve::io {

class MeasuredSink {
public:
    // command: with which kubectl asks for it. The answer's time is now.
    MeasuredSink(const kube::Command& command, const Sink& sink);
    bool operator()(std::string_view bytes);
    // To be asked once. A log may hold secrets, and a digest of few bytes gives them away (SAFETY 1.6): it has none.
    kube::RawAnswer answer();

private:
    const Sink& sink_;
    bool digested_;
    kube::RawAnswer answer_;
    base::Sha256 digest_;
};

}  // namespace salve::io
