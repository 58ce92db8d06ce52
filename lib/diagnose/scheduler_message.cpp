#include "diagnose/scheduler_message.hpp"

#include <algorithm>
#include <charconv>

namespace salve::diagnose {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t digits_at(std::string_view text, std::size_t at) {
    std::size_t end = at;
    while (end < text.size() && is_digit(text[end])) ++end;
    return end - at;
}

std::optional<int> to_int(std::string_view digits) {
    int value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return value;
}

// What stands between the first pair of these marks, or empty.
std::string between(std::string_view text, std::string_view open, std::string_view close) {
    const auto from = text.find(open);
    if (from == std::string_view::npos) return "";
    const auto rest = text.substr(from + open.size());
    const auto to = rest.find(close);
    return to == std::string_view::npos ? "" : std::string(rest.substr(0, to));
}

std::string taint_key(std::string_view text) {
    const auto inside = between(text, "{", "}");
    return inside.substr(0, inside.find(':'));
}

std::string resource_name(std::string_view text) {
    constexpr std::string_view word = "Insufficient ";
    const auto at = text.find(word);
    if (at == std::string_view::npos) return "";
    const auto rest = text.substr(at + word.size());
    return std::string(rest.substr(0, rest.find_first_of(" ,")));
}

struct Wording {
    std::string_view text;
    Blocker blocker;
};

// Words of 1.16 to 1.34, from the plugins' ErrReason constants; matched anywhere in a reason, first hit wins.
constexpr Wording wordings[] = {
    {"Too many pods", Blocker::too_many_pods},
    {"untolerated taint", Blocker::taint},
    {"that the pod didn't tolerate", Blocker::taint},
    {"taints that the pod didn't tolerate", Blocker::taint},
    {"were unschedulable", Blocker::cordoned},
    {"volume node affinity conflict", Blocker::volume_zone},
    {"PersistentVolume's node affinity", Blocker::volume_zone},
    {"no available volume zone", Blocker::volume_zone},
    {"didn't match Pod's node affinity", Blocker::node_affinity},  // from 1.22 "affinity/selector"
    {"didn't match node selector", Blocker::node_affinity},
    {"scheduler-enforced node affinity", Blocker::node_affinity},
    {"pod affinity terms conflict", Blocker::node_affinity},
    {"didn't satisfy plugin NodeAffinity", Blocker::node_affinity},
    {"didn't satisfy plugin [NodeAffinity]", Blocker::node_affinity},
    {"didn't satisfy plugin(s) [NodeAffinity]", Blocker::node_affinity},
    {"didn't match pod affinity", Blocker::pod_affinity},  // "affinity rules"; before 1.21 "affinity/anti-affinity"
    {"didn't match pod anti-affinity", Blocker::pod_affinity},
    {"existing pods anti-affinity", Blocker::pod_affinity},
    {"pod topology spread constraints", Blocker::topology_spread},
    {"free ports for the requested pod ports", Blocker::host_port},
    {"no nodes available to schedule pods", Blocker::no_nodes},
    {"unbound immediate PersistentVolumeClaims", Blocker::unbound_claim},
    {"waiting for ephemeral volume controller", Blocker::claim_awaited},
    {"find available persistent volumes to bind", Blocker::no_matching_volume},
    {"enough free storage", Blocker::no_matching_volume},
    {"bound to non-existent pv(s)", Blocker::no_matching_volume},
    {"exceed max volume count", Blocker::volume_limit},
    {"ReadWriteOncePod access mode", Blocker::read_write_once_pod},
};

Blocker resource_blocker(std::string_view resource) {
    if (resource == "cpu") return Blocker::insufficient_cpu;
    if (resource == "memory") return Blocker::insufficient_memory;
    return Blocker::insufficient_resource;
}

// persistentvolumeclaim "X" not found | is being deleted | bound to non-existent persistentvolume "Y"
std::optional<Blocker> claim_blocker(std::string_view text) {
    const auto at = text.find("persistentvolumeclaim \"");
    if (at == std::string_view::npos) return std::nullopt;
    const auto rest = text.substr(at);
    if (rest.find("\" not found") != std::string_view::npos) return Blocker::claim_missing;
    if (rest.find("is being deleted") != std::string_view::npos) return Blocker::claim_unusable;
    if (rest.find("non-existent persistentvolume") != std::string_view::npos) return Blocker::claim_unusable;
    return std::nullopt;
}

SchedulerReason read_reason(std::string_view text, int nodes) {
    SchedulerReason reason{Blocker::other, nodes, std::string(text), ""};
    if (reason.detail = resource_name(text); !reason.detail.empty()) {
        reason.blocker = resource_blocker(reason.detail);
        return reason;
    }
    for (const auto& wording : wordings)
        if (text.find(wording.text) != std::string_view::npos) {
            reason.blocker = wording.blocker;
            break;
        }
    if (reason.blocker == Blocker::taint) reason.detail = taint_key(text);
    if (reason.blocker == Blocker::other)
        if (const auto claim = claim_blocker(text)) reason.blocker = *claim;
    if (reason.blocker == Blocker::claim_missing || reason.blocker == Blocker::claim_unusable ||
        reason.blocker == Blocker::claim_awaited)
        reason.detail = between(text, "persistentvolumeclaim \"", "\"");
    return reason;
}

// Where the next ", COUNT " stands at or after from: reasons hold commas of their own ("{k: v}, that the pod ..."), but
// no comma before a number and a space.
std::size_t next_boundary(std::string_view body, std::size_t from) {
    for (auto at = body.find(", ", from); at != std::string_view::npos; at = body.find(", ", at + 1)) {
        const auto count = digits_at(body, at + 2);
        if (count > 0 && at + 2 + count < body.size() && body[at + 2 + count] == ' ') return at;
    }
    return std::string_view::npos;
}

void trim_end(std::string_view& text, std::string_view what) {
    const auto last = text.find_last_not_of(what);
    text = last == std::string_view::npos ? std::string_view() : text.substr(0, last + 1);
}

// The last reason ends at ". " if anything follows, for other postfilters than preemption say something too.
void cut_postfilter(std::string_view& body, SchedulerMessage& message) {
    if (const auto tail = body.find("preemption: "); tail != std::string_view::npos) {
        message.postfilter = body.substr(tail);
        body = body.substr(0, tail);
    }
    trim_end(body, " ,");
    std::size_t last = 0;
    for (auto at = next_boundary(body, 0); at != std::string_view::npos; at = next_boundary(body, at + 1)) last = at;
    if (const auto end = body.find(". ", last); end != std::string_view::npos) body = body.substr(0, end);
    trim_end(body, ". ");
}

// Reads the "0/N nodes are available" and returns what follows it, or nothing where the message does not start so.
std::optional<std::string_view> after_heading(std::string_view text, SchedulerMessage& message) {
    if (text.substr(0, 2) != "0/") return std::nullopt;
    const auto count = digits_at(text, 2);
    constexpr std::string_view words = " nodes are available";
    if (count == 0 || text.substr(2 + count, words.size()) != words) return std::nullopt;
    message.nodes = to_int(text.substr(2, count));
    auto rest = text.substr(2 + count + words.size());
    rest.remove_prefix(std::min(rest.find_first_not_of(":. "), rest.size()));
    return rest;
}

}  // namespace

bool SchedulerMessage::has(Blocker blocker) const {
    return std::any_of(reasons.begin(), reasons.end(), [&](const auto& reason) { return reason.blocker == blocker; });
}

SchedulerMessage parse_scheduler_message(std::string_view text) {
    SchedulerMessage message;
    const auto rest = after_heading(text, message);
    auto body = rest.value_or(text);
    if (message.nodes == 0) message.reasons.push_back({Blocker::no_nodes, 0, std::string(text), ""});
    if (rest) cut_postfilter(body, message);
    std::size_t from = 0;
    while (from < body.size()) {
        const auto boundary = next_boundary(body, from);
        auto part = body.substr(from, boundary == std::string_view::npos ? boundary : boundary - from);
        from = boundary == std::string_view::npos ? body.size() : boundary + 2;
        int nodes = 0;
        if (const auto count = digits_at(part, 0); rest && count > 0 && count < part.size() && part[count] == ' ') {
            nodes = to_int(part.substr(0, count)).value_or(0);
            part.remove_prefix(count + 1);
        }
        message.reasons.push_back(read_reason(part, nodes));
    }
    return message;
}

}  // namespace salve::diagnose
