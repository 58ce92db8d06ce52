#include "io/kubectl_cluster.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "apply/effect.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "io/list_read.hpp"
#include "io/read_object.hpp"
#include "io/run_kubectl.hpp"
#include "io/system.hpp"
#include "kube/can_i.hpp"
#include "kube/redact_json.hpp"

namespace salve::io {
namespace {

constexpr std::uint64_t answer_cap = std::uint64_t{4} << 20;
constexpr std::size_t excerpt_bytes = std::size_t{64} << 10;  // S3.31

KubectlSettings reading(const ClusterSettings& settings) {
    auto reads = settings.kubectl;
    reads.cancel = settings.abandon;  // a first signal must not blind the look at what was sent
    return reads;
}

// An object has values that only their place gives away: as JSON it is redacted field by field.
std::string excerpt_of(std::string_view text, const base::Redactor& redactor) try {
    return text.starts_with('{') ? kube::redact_json(text, redactor) : redactor.text(text);
} catch (const base::Error&) {
    return redactor.text(text);
}

apply::Output output_of(std::string_view text, std::uint64_t bytes, bool truncated, const base::Redactor& redactor) {
    apply::Output output;
    output.sha256 = base::sha256_hex(text);
    output.bytes = bytes;
    const auto clean = excerpt_of(text, redactor);
    output.excerpt = base::cut(clean, excerpt_bytes);
    output.truncated = truncated || clean.size() > excerpt_bytes;
    return output;
}

std::optional<apply::json> parsed(const std::string& answer) try {
    return base::parse_json(answer, "the answer", base::ErrorKind::cluster_unreadable);
} catch (const base::Error&) {
    return std::nullopt;
}

// Which right a step takes, and on what; a create has no name yet.
kube::Right right(const plan::Step& step) { return kube::right_of(step.request.verb, step.request.resource); }

}  // namespace

KubectlCluster::KubectlCluster(ClusterSettings settings, const base::Redactor& redactor)
    : settings_(std::move(settings)),
      redactor_(redactor),
      transport_(reading(settings_)),
      identity_(identify(settings_.kubectl.program)),
      begun_(wall_clock()),
      begun_us_(monotonic_us()) {}

// A clock that is set back while this runs makes nothing younger: no expiry comes later, and no check lasts longer.
base::Time KubectlCluster::now() { return std::max(wall_clock(), begun_ + base::Duration{monotonic_us() - begun_us_}); }

bool KubectlCluster::pause(base::Duration span) {
    const auto end = monotonic_us() + span.us;
    while (settings_.cancel && !settings_.cancel->requested()) {
        const auto left = end - monotonic_us();
        if (left <= 0) return true;
        pollfd entry{settings_.cancel->fd(), POLLIN, 0};
        ::poll(&entry, 1, static_cast<int>(std::min<std::int64_t>(left / 1000 + 1, 60'000)));
    }
    return !settings_.cancel;
}

std::string KubectlCluster::uid() { return read_cluster_uid(transport_, redactor_, nullptr).value; }

apply::Live KubectlCluster::read(const kube::ObjectRef& ref) {
    auto found = read_object(transport_, ref);
    // As when it was planned: what it is compared with, and whatever is told of it, has no secret in it.
    if (!found.object.is_null())
        found.object = base::parse_json(kube::redact_json(found.object.dump(), redactor_, ref.kind), "the object",
                                        base::ErrorKind::cluster_unreadable);
    return {found.read, redactor_.text(found.why), std::move(found.object)};
}

apply::Pods KubectlCluster::pods(const std::string& ns) {
    const ListQuery query{kube::Resource::pods, ns, false, kube::RawPath::list_in(kube::Resource::pods, ns)};
    auto read = read_list(transport_, redactor_, nullptr, query);
    if (read.state != kube::ReadState::ok) return {false, read.detail, {}};
    return {true, "", std::move(read.facts.pods)};
}

std::optional<bool> KubectlCluster::may(const plan::Step& step) {
    const auto wanted = right(step);
    std::optional<std::string> name;
    if (wanted.access != kube::Access::create) name = step.request.name;
    const auto command = kube::Command::can_i(settings_.kubectl.target, wanted, step.request.ns, name);
    std::string out;
    ProcessOptions options;
    options.budget = settings_.kubectl.list_budget;
    options.out_cap = answer_cap;
    options.cancel = settings_.abandon;
    const auto result =
        run_kubectl(settings_.kubectl.program, command, settings_.kubectl.environment, gather(out), options);
    switch (kube::parse_can_i(read_end(result), out, result.err).allowed) {
        case kube::Allowed::yes:
            return true;
        case kube::Allowed::no:
        case kube::Allowed::not_served:
            return false;
        case kube::Allowed::unknown:
            break;
    }
    return std::nullopt;
}

std::string KubectlCluster::right_of(const plan::Step& step) {
    return fmt::format("{} in namespace {}", kube::to_text(right(step)), step.request.ns);
}

apply::Sent KubectlCluster::run(const policy::ApprovedStep& step) {
    try {
        if (settings_.abandon && settings_.abandon->requested())
            throw base::Error(base::ErrorKind::kubectl_unavailable, "it was given up before anything was sent");
        require_same(settings_.kubectl.program, identity_);
        return send(step);
    } catch (const base::Error& error) {
        if (error.kind() != base::ErrorKind::kubectl_unavailable) throw;
        apply::Sent none;
        none.started_at = none.ended_at = now();
        none.effect = apply::Effect::not_applied;
        none.reason = error.what();
        return none;
    }
}

apply::Sent KubectlCluster::send(const policy::ApprovedStep& step) {
    apply::Sent sent;
    std::string answer;
    ProcessOptions options;
    options.budget = settings_.write_budget;
    options.out_cap = answer_cap;
    options.cancel = settings_.abandon;
    sent.started_at = wall_clock();
    const auto result = run_approved(settings_.kubectl.program, step, settings_.kubectl.target,
                                     settings_.kubectl.environment, gather(answer), options);
    sent.ended_at = wall_clock();
    apply::Answer what;
    what.end = read_end(result);
    what.outcome = outcome(result);
    if (what.end.how == kube::ReadEnd::How::exited) sent.rc = what.end.code;
    if (what.end.how == kube::ReadEnd::How::signalled) sent.signal = what.end.code;
    sent.timed_out = what.end.how == kube::ReadEnd::How::timed_out;
    auto body = what.end.truncated ? std::nullopt : parsed(answer);
    if (body) what.body = &*body;
    const auto verdict = apply::effect_of(step.step(), what);
    sent.effect = verdict.effect;
    sent.reason = redactor_.text(verdict.reason);
    sent.stale = verdict.stale;
    sent.out = output_of(answer, result.out_bytes, result.out_truncated, redactor_);
    sent.err = output_of(result.err, result.err.size(), result.err_truncated, redactor_);
    if (body && sent.effect == apply::Effect::applied && step.step().request.verb == kube::WriteVerb::patch)
        sent.after = {true, "", std::move(*body)};
    return sent;
}

}  // namespace salve::io
