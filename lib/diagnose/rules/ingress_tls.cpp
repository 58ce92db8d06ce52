// TAXONOMY 1.12: certificates of Ingresses. Secrets are never read: only what controllers write about them counts.
// Texts: ingress-nginx internal/ingress/controller/controller.go ("Error getting SSL certificate %q: %v. Using default
// certificate"), ingress-gce ("could not find TLS certificates"), Go crypto/x509/verify.go ("certificate has expired or
// is not yet valid").
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "diagnose/build.hpp"
#include "diagnose/containers.hpp"
#include "diagnose/crash.hpp"
#include "diagnose/log_class.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/starting.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose::rules {
namespace {

using kube::Ingress;
using re2::RE2;

constexpr Mode modes[] = {
    {.id = "ingress.tls-secret-missing",
     .category = Category::ingress,
     .severity = Severity::high,
     .summary = "A controller says that the Secret with the Ingress' certificate does not exist or cannot be used.",
     .needs =
         "A present Warning event of a controller about the Ingress, or a line in a controller's log, that names a "
         "Secret of spec.tls and says that it is missing.",
     .not_when = "Nobody says so: Secrets are never read. An event that a later one of the same controller contradicts "
                 "does not count.",
     .advice =
         "Create the TLS Secret (keys tls.crt and tls.key) in the Ingress' namespace, or correct secretName; until "
         "then clients get the controller's own certificate or none."},
    {.id = "tls.expired",
     .category = Category::other,
     .severity = Severity::high,
     .summary = "A certificate has expired.",
     .needs = "A present event about an Ingress, a certificate or a Service that says so, or a running container whose "
              "last log lines say so at least twice.",
     .not_when = "The container crashes (then it is pod.crashloop.tls), or a client's certificate was refused.",
     .advice = "Renew the certificate and see why its renewal did not happen; compare the clock of the node too."},
};

bool has(std::string_view text, const RE2& pattern) {
    return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), pattern);
}

bool says_missing(std::string_view text) {
    static const RE2 pattern(
        R"((?i)not found|does not exist|doesn't exist|no such|could not find|couldn't find|cannot find|missing|not exist|(?:failed|unable) to (?:get|fetch|load|find|retrieve|read))");
    return has(text, pattern);
}

bool says_expired(std::string_view text) {
    static const RE2 pattern(
        R"((?i)certificate (?:has|is) expired|certificate has expired or is not yet valid|CERT_HAS_EXPIRED|certificate expired on|expired certificate)");
    static const RE2 remote(R"((?i)remote error|client certificate|TLS handshake error from)");
    return has(text, pattern) && !has(text, remote);
}

// The name as a word of its own: "shop-tls" in `secret "shop/shop-tls"`, not in "shop-tls-old".
bool names(std::string_view text, std::string_view name) {
    for (auto at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
        const auto inside = [](char c) {
            return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.';
        };
        const auto end = at + name.size();
        const bool ends = end >= text.size() || !inside(text[end]) || (text[end] == '.' && end + 1 >= text.size()) ||
                          (text[end] == '.' && text[end + 1] == ' ');
        if ((at == 0 || !inside(text[at - 1])) && ends) return true;
    }
    return false;
}

bool may_be_present(const World& world, const kube::Event& event) {
    return event.type == "Warning" && world.now() - event.last < controller_fresh;
}

// The newest Warning event whose text it is, unless its author has written since that all is well.
template <typename Wanted>
const kube::Event* present_event(const World& world, const std::string& uid, Wanted wanted) {
    const auto events = world.events(uid);
    const kube::Event* found = nullptr;
    for (const auto* event : events)
        if (may_be_present(world, *event) && wanted(event->message)) found = event;
    if (!found) return nullptr;
    const bool contradicted = std::any_of(events.begin(), events.end(), [&](const kube::Event* event) {
        return event->type == "Normal" && event->component == found->component &&
               event->last - found->last > base::minutes(2);
    });
    return contradicted ? nullptr : found;
}

// A line of a controller's log, of any namespace that was read: it names the Secret as NAMESPACE/NAME.
std::optional<Evidence> line_about(const World& world, const Ingress& ingress, const std::string& secret) {
    const auto full = ingress.meta.ns + "/" + secret;
    for (const auto& log : world.logs()) {
        const auto pod = world.pod(log.ns, log.pod);
        if (!pod) continue;
        for (auto line = log.lines.rbegin(); line != log.lines.rend(); ++line)
            if (line->at.value_or(world.now()) > world.now() - controller_fresh && names(line->text, full) &&
                says_missing(line->text))
                return from_log(*pod, log.container, log.previous, *line);
    }
    return std::nullopt;
}

std::optional<Finding> missing_secret(const World& world, const Ingress& ingress, const std::string& secret) {
    auto finding = object_finding(modes[0], ingress.meta.ref());
    const auto wanted = [&](const std::string& text) { return names(text, secret) && says_missing(text); };
    if (const auto* event = present_event(world, ingress.meta.uid, wanted)) {
        finding.confidence = Confidence::probable;
        finding.evidence.push_back(from_event(*event));
    } else if (auto line = line_about(world, ingress, secret)) {
        finding.confidence = Confidence::possible;
        finding.evidence.push_back(std::move(*line));
    } else {
        return std::nullopt;
    }
    finding.summary = fmt::format("Ingress {} wants the TLS Secret {} of namespace {}, and its controller says: {}.",
                                  ingress.meta.name, secret, ingress.meta.ns, excerpt(finding.evidence.front().text));
    finding.evidence.push_back(
        from_field(ingress.meta.ref(), Source::spec, "spec.tls.secretName", "secretName: " + secret));
    return finding;
}

bool is_about_certificates(const kube::ObjectRef& about) {
    for (const std::string_view kind :
         {"Ingress", "Certificate", "CertificateRequest", "Issuer", "ClusterIssuer", "Gateway", "Service", "Secret"})
        if (about.kind == kind) return true;
    return false;
}

void expired_events(const World& world, std::vector<Finding>& found) {
    for (const auto& event : world.facts().events) {
        if (!is_about_certificates(event.about) || !may_be_present(world, event)) continue;
        if (!says_expired(event.message)) continue;
        if (present_event(world, event.about.uid, says_expired) != &event) continue;
        auto finding = object_finding(modes[1], event.about);
        finding.confidence = Confidence::probable;
        finding.evidence.push_back(from_event(event));
        finding.summary = fmt::format("{} {}: {}.", event.about.kind, event.about.name, excerpt(event_text(event)));
        finding.last_seen = event.last;
        found.push_back(std::move(finding));
    }
}

void expired_logs(const World& world, std::vector<Finding>& found) {
    for (const auto* pod : world.unsettled())
        for (const auto& status : pod->statuses) {
            const auto* log = world.log(pod->meta.ns, pod->meta.name, status.name, false);
            if (!log || !status.state.running || is_crashing(world, *pod, status)) continue;
            const auto last = std::min<std::size_t>(log->lines.size(), log_tail_lines);
            const kube::LogLine* line = nullptr;
            int count = 0;
            for (auto at = log->lines.end() - static_cast<std::ptrdiff_t>(last); at != log->lines.end(); ++at)
                if (says_expired(at->text) && weight_of_line(at->text) >= LineWeight::end) {
                    ++count;
                    line = &*at;
                }
            if (count < 2) continue;
            auto finding = pod_finding(world, modes[1], *pod, status.name);
            finding.confidence = Confidence::possible;
            finding.severity = Severity::medium;
            finding.evidence.push_back(from_log(*pod, status.name, false, *line));
            finding.summary = fmt::format("{} meets an expired certificate: {}.",
                                          container_of_owner(world, *pod, status.name), quoted(line->text));
            found.push_back(std::move(finding));
        }
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> found;
    for (const auto& ingress : world.facts().ingresses) {
        if (ingress.meta.deleted) continue;
        for (const auto& secret : ingress.tls_secrets)
            if (auto finding = missing_secret(world, ingress, secret)) found.push_back(std::move(*finding));
    }
    expired_events(world, found);
    expired_logs(world, found);
    return found;
}

}  // namespace

extern const Rule ingress_tls;
const Rule ingress_tls{.id = "ingress_tls", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
