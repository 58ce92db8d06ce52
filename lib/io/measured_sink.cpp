#include "io/measured_sink.hpp"

#include "io/system.hpp"

namespace salve::io {
namespace {

std::string digest_of(const std::vector<std::string>& argv) {
    base::Sha256 digest;
    for (const auto& word : argv) {
        digest.add(word);
        digest.add(std::string_view("\0", 1));
    }
    return digest.hex();
}

}  // namespace

MeasuredSink::MeasuredSink(const kube::Command& command, const Sink& sink)
    : sink_(sink),
      digested_(command.verb() != kube::Verb::logs),
      answer_{digest_of(command.args()), "", 0, wall_clock()} {}

bool MeasuredSink::operator()(std::string_view bytes) {
    if (digested_) digest_.add(bytes);
    answer_.bytes += bytes.size();
    return sink_(bytes);
}

kube::RawAnswer MeasuredSink::answer() {
    if (digested_) answer_.sha256 = digest_.hex();
    return std::move(answer_);
}

}  // namespace salve::io
