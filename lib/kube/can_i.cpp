#include "kube/can_i.hpp"

#include "base/text.hpp"

namespace salve::kube {
namespace {

constexpr std::size_t most = 1000;

// "no", or "no - reason"; the reason may have line ends of its own.
bool says_no(std::string_view word, std::string& reason) {
    if (word == "no") return true;
    constexpr std::string_view dash = "no - ";
    if (!word.starts_with(dash)) return false;
    reason = base::cut(word.substr(dash.size()), most);
    return true;
}

bool not_served(std::string_view err) {
    for (const auto line : base::split_lines(err))
        if (line.starts_with("Warning: the server doesn't have a resource type ")) return true;
    return false;
}

Answer unknown(const ReadEnd& end, std::string_view word, std::string_view err) {
    const auto outcome = classify(end, err);
    if (outcome.state != ReadState::ok && !outcome.detail.empty()) return {Allowed::unknown, outcome.detail};
    return {Allowed::unknown,
            word.empty() ? "kubectl printed no answer" : "kubectl answered " + base::quoted(base::cut(word, 200))};
}

}  // namespace

Answer parse_can_i(const ReadEnd& end, std::string_view out, std::string_view err) {
    const auto word = base::trim(out);
    const bool whole = end.how == ReadEnd::How::exited && !end.truncated;
    std::string reason;
    if (whole && end.code == 0 && word == "yes") return {Allowed::yes, ""};
    if (whole && end.code == 1 && says_no(word, reason))
        return {not_served(err) ? Allowed::not_served : Allowed::no, reason};
    return unknown(end, word, err);
}

}  // namespace salve::kube
