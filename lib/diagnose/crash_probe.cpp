// Rows 3 and 4 of TAXONOMY 1.6: the kubelet killed the container because a probe failed.
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "diagnose/crash_life.hpp"
#include "diagnose/crash_modes.hpp"
#include "diagnose/log_class.hpp"
#include "diagnose/probe_text.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose {
namespace {

using Kind = ProbeText::Kind;

struct Kill {
    const Life& life;
    ProbeText::Probe which;
    const kube::Probe* spec;            // null when the template no longer has it
    const kube::Event* killing;         // null when it has expired or was not recorded
    std::optional<ProbeEvent> failure;  // the newest failure in that life
};

std::string_view name_of(ProbeText::Probe which) {
    return which == ProbeText::Probe::liveness ? "liveness" : "startup";
}

// kuberuntime_manager.go: "Container NAME failed liveness probe, will be restarted"; sidecars: "Init container ...".
// In this life, or of any life of this container in this pod.
const kube::Event* killing_event(const Life& life, ProbeText::Probe which, bool any_life) {
    const auto words = fmt::format("failed {} probe", name_of(which));
    const kube::Event* newest = nullptr;
    for (const auto* event : life.world.events(life.pod))
        if (event->reason == "Killing" && event->message.find(words) != std::string::npos &&
            (any_life ? event->container() == life.status.name : event_in(life, *event)))
            newest = event;
    return newest;
}

// The event recorder lets 25 events of an object through and then one in five minutes (client-go events_cache.go), so
// in a loop that is minutes old the BackOff events use that up and the later kills are not recorded: seen on a cluster
// after the sixth restart. An earlier kill of the same container by the same probe then stands for this one, where this
// life ended as a kill does and lasted long enough for the probe to fail that often.
bool earlier_kill_proves_it(const Kill& kill) {
    const int code = kill.life.end.exit_code;
    const auto length = length_of(kill.life);
    if (!kill.killing || !kill.spec || !length || (code != 0 && code != 137 && code != 143)) return false;
    const auto shortest = kill.spec->initial_delay_s + kill.spec->period_s * (kill.spec->failure_threshold - 1);
    return *length >= base::seconds(shortest);
}

// Events are rate-limited and expire: without the Killing event, failures up to the end of a life that ended as a kill
// does are as good (TAXONOMY 6.7).
bool failures_prove_it(const Kill& kill) {
    const int code = kill.life.end.exit_code;
    if (!kill.failure || !kill.spec || (code != 0 && code != 137 && code != 143)) return false;
    if (kill.failure->text.kind == Kind::error || kill.failure->event->count < kill.spec->failure_threshold)
        return false;
    const base::Duration reach{base::seconds(kill.spec->period_s + kill.spec->timeout_s).us + probe_slack.us +
                               base::seconds(kill.life.pod.spec.termination_grace_s.value_or(30)).us};
    return !kill.life.end.finished || kill.failure->event->last >= *kill.life.end.finished - reach;
}

std::string target_words(const kube::Probe* spec) {
    if (!spec) return "";
    switch (spec->handler) {
        case kube::Probe::Handler::http:
            return fmt::format("{} on port {}", spec->path.empty() ? "/" : spec->path, spec->port);
        case kube::Probe::Handler::tcp:
        case kube::Probe::Handler::grpc:
            return fmt::format("port {}", spec->port);
        default:
            return "";
    }
}

// Why it failed, in words that name the port or the path.
std::string cause_words(const Kill& kill) {
    if (!kill.failure) return "";
    const auto& text = kill.failure->text;
    const auto target = target_words(kill.spec);
    const auto port = !text.port.empty() ? text.port : kill.spec ? kill.spec->port : std::string();
    switch (text.kind) {
        case Kind::refused:
            return port.empty() ? "nobody listens on its port" : fmt::format("nobody listens on port {}", port);
        case Kind::status:
            return fmt::format("{} answers {}", target.empty() ? "the probe's path" : target, text.status.value_or(0));
        case Kind::timeout:
            return fmt::format("no answer within its timeout of {}s", kill.spec ? kill.spec->timeout_s : 1);
        case Kind::unreachable:
            return fmt::format("{} cannot be reached", target.empty() ? "its target" : target);
        case Kind::grpc:
            return "the gRPC health service does not answer SERVING";
        case Kind::tls:
            return "HTTP and HTTPS do not match, or the handshake fails";
        case Kind::output:
            return "its check reports a failure";
        case Kind::error:
            return "it could not be run";
    }
    return "";
}

std::string advice_for(const Kill& kill) {
    if (!kill.failure) return "";
    const auto& text = kill.failure->text;
    const auto target = target_words(kill.spec);
    const auto probe = name_of(kill.which);
    if (text.kind == Kind::timeout)
        return fmt::format(
            "Either the check is slower than timeoutSeconds of the {} probe allows (the default is 1 s) or "
            "the program hangs: see whether its log goes on while the probe fails.",
            probe);
    if (text.kind == Kind::refused)
        return fmt::format("Compare the port of the {} probe with the port that the program listens on{}.", probe,
                           kill.which == ProbeText::Probe::liveness
                               ? "; if it only listens late, a startup probe is what protects the start"
                               : "");
    if (text.kind == Kind::status && text.status.value_or(0) < 500)
        return fmt::format("The program answers, but not at {}: correct the path of the {} probe.", target, probe);
    if (text.kind == Kind::status)
        return "The program answers that it is not well: if that check asks other services, it belongs into the "
               "readiness "
               "probe, because a restart does not cure them.";
    return "";
}

// The program says, or its template declares, that it listens on other ports than the one that the probe asks.
bool listens_elsewhere(const Kill& kill) {
    static const re2::RE2 said(
        R"((?i)\b(?:listen(?:ing|s)?|serving|running|started|accepting connections)\b.{0,60}?(?::|\bport(?:\(s\))?:? ?)(\d{2,5})\b)");
    const auto& wanted = kill.spec->port;
    const auto& ports = kill.life.spec->ports;
    const bool declared = std::any_of(ports.begin(), ports.end(), [&](const kube::ContainerPort& port) {
        return port.name == wanted || std::to_string(port.port) == wanted;
    });
    if (!ports.empty() && !declared) return true;
    bool elsewhere = false;
    for (const auto* line : life_log(kill.life.world, kill.life.pod, kill.life.status).lines) {
        std::string port;
        if (!re2::RE2::PartialMatch(line->text, said, &port)) continue;
        if (port == wanted) return false;
        elsewhere = true;
    }
    return elsewhere;
}

// A looser probe helps only where the program is slow, not where the probe asks the wrong place.
bool relaxing_helps(const Kill& kill) {
    if (!kill.spec || !kill.failure || !owner_is_deployment(kill.life)) return false;
    const auto& text = kill.failure->text;
    if (kill.which == ProbeText::Probe::startup)
        return text.kind != Kind::error && !(text.kind == Kind::refused && listens_elsewhere(kill)) &&
               text.kind != Kind::tls && !(text.kind == Kind::status && text.status.value_or(0) < 500);
    if (text.kind != Kind::timeout) return false;
    const auto log = life_log(kill.life.world, kill.life.pod, kill.life.status);
    return !classify_log(log.lines).found;  // and the program's own log shows no fault
}

std::string budget_words(const kube::Probe& probe) {
    const auto budget = probe.initial_delay_s + probe.period_s * probe.failure_threshold;
    return fmt::format(
        "{}s (periodSeconds {} x failureThreshold {}{})", budget, probe.period_s, probe.failure_threshold,
        probe.initial_delay_s > 0 ? fmt::format(" + initialDelaySeconds {}", probe.initial_delay_s) : "");
}

std::string what_words(const Kill& kill) {
    const auto cause = cause_words(kill);
    const auto literal = kill.failure ? quoted(kill.failure->text.literal, 160) : std::string();
    std::string what =
        kill.which == ProbeText::Probe::startup && kill.spec
            ? fmt::format("was killed by the kubelet: it failed its startup probe for {}, its whole budget",
                          budget_words(*kill.spec))
            : fmt::format("was killed by the kubelet because it failed its {} probe", name_of(kill.which));
    if (!cause.empty()) what += ": " + cause;
    what += fmt::format(" ({})", end_words(kill.life));
    if (!literal.empty()) what += fmt::format(": \"{}\"", literal);
    return what;
}

CrashVerdict verdict_on(const Kill& kill) {
    const auto& mode = mode_in(
        crash_modes,
        fmt::format("pod.crashloop.{}", kill.which == ProbeText::Probe::liveness ? "liveness" : "startup-probe"));
    auto verdict = verdict_of(kill.life, mode, Confidence::probable, what_words(kill));
    std::vector<Evidence> first;
    if (kill.killing) first.push_back(from_event(*kill.killing));
    if (kill.failure) first.push_back(from_event(*kill.failure->event));
    if (const auto target = target_words(kill.spec); !target.empty()) {
        auto spec = from_field(kill.life.pod.meta.ref(), Source::spec,
                               fmt::format("spec.containers[{}].{}Probe", kill.life.status.name, name_of(kill.which)),
                               fmt::format("{} probe of {}", name_of(kill.which), target));
        spec.container = kill.life.status.name;
        verdict.evidence.push_back(std::move(spec));
    }
    verdict.evidence.insert(verdict.evidence.begin(), first.begin(), first.end());
    if (!kill.failure)
        verdict.missing_evidence.push_back(
            fmt::format("no event Unhealthy of the {} probe is left: how it failed is not known", name_of(kill.which)));
    if (auto advice = advice_for(kill); !advice.empty())
        verdict.advice.insert(verdict.advice.begin(), std::move(advice));
    if (relaxing_helps(kill)) verdict.actions.emplace_back("probe.relax");
    return verdict;
}

}  // namespace

std::optional<CrashVerdict> probe_kill(const Life& life) {
    for (const auto which : {ProbeText::Probe::liveness, ProbeText::Probe::startup}) {
        Kill kill{life, which, nullptr, killing_event(life, which, false), std::nullopt};
        if (life.spec) {
            const auto& probe = which == ProbeText::Probe::liveness ? life.spec->liveness : life.spec->startup;
            if (probe) kill.spec = &*probe;
        }
        std::optional<base::Time> until;
        if (life.end.finished) until = *life.end.finished + base::seconds(5);
        kill.failure = newest_probe_event(life.world, life.pod, life.status.name, which, life.end.started, until);
        if (kill.killing || failures_prove_it(kill)) return verdict_on(kill);
        kill.killing = killing_event(life, which, true);
        if (!earlier_kill_proves_it(kill)) continue;
        kill.failure = newest_probe_event(life.world, life.pod, life.status.name, which, std::nullopt, until);
        return verdict_on(kill);
    }
    return std::nullopt;
}

}  // namespace salve::diagnose
