// Rows 9 and 10 of TAXONOMY 1.6: a non-zero end that only the exit code and the log explain.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "diagnose/calls.hpp"
#include "diagnose/crash_life.hpp"
#include "diagnose/crash_modes.hpp"
#include "diagnose/exit_log.hpp"
#include "diagnose/log_class.hpp"
#include "diagnose/probe_text.hpp"

namespace salve::diagnose {
namespace {

constexpr int exit_config = 78;                  // EX_CONFIG, sysexits.h
constexpr auto exec_at_once = base::seconds(5);  // TAXONOMY says 2 s; statuses are rounded, nodes are busy

const Mode& mode(std::string_view id) { return mode_in(crash_modes, id); }

// What there is to read about the end: the log, else the termination message.
struct Text {
    LifeLog log;
    std::vector<kube::LogLine> message;  // lines of terminated.message
    std::vector<const kube::LogLine*> lines;
};

void read_text(const Life& life, Text& text) {
    text.log = life_log(life.world, life.pod, life.status);
    text.lines = text.log.lines;
    if (!text.lines.empty() || life.end.message.empty()) return;
    std::string_view rest = life.end.message;
    while (!rest.empty()) {
        const auto end = rest.find('\n');
        if (const auto line = rest.substr(0, end); line.find_first_not_of(" \t\r") != std::string_view::npos)
            text.message.push_back({std::nullopt, std::string(line)});
        rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    }
    for (const auto& line : text.message) text.lines.push_back(&line);
}

Evidence line_evidence(const Life& life, const Text& text, const kube::LogLine& line) {
    if (!text.message.empty())
        return from_status(life.pod, life.status, fmt::format("{}.message", end_path(life)), quoted(line.text));
    auto evidence = from_log(life.pod, life.status.name, text.log.log->previous, line);
    evidence.text = quoted(line.text);
    return evidence;
}

// The decisive line first, then the head of its stack trace, then the end of the container.
CrashVerdict verdict_by_line(const Life& life, const Text& text, const Mode& found, Confidence confidence,
                             const std::string& why, const kube::LogLine* line, const kube::LogLine* head = nullptr) {
    auto what = fmt::format("{} ({})", why, end_words(life));
    if (line) what += fmt::format(": \"{}\"", quoted(line->text));
    auto verdict = verdict_of(life, found, confidence, std::move(what));
    std::vector<Evidence> first;
    if (line) first.push_back(line_evidence(life, text, *line));
    if (head && head != line) first.push_back(line_evidence(life, text, *head));
    verdict.evidence.insert(verdict.evidence.begin(), first.begin(), first.end());
    if (text.log.stale)
        verdict.missing_evidence.emplace_back(
            "the log of the run that failed could not be read: the lines are those of the present run");
    return verdict;
}

bool was_asked_for(const Life& life) {
    const auto name = life.pod.meta.name + "/" + life.status.name;
    const auto& reads = life.world.reads();
    return std::any_of(reads.begin(), reads.end(), [&](const kube::Read& read) {
        return read.what == kube::Resource::logs && read.ns == life.pod.meta.ns && read.object.rfind(name, 0) == 0;
    });
}

// How its log's read ended, from the ledger; empty if it was never asked for.
std::string read_detail(const Life& life) {
    const auto name = life.pod.meta.name + "/" + life.status.name;
    for (const auto& read : life.world.reads())
        if (read.what == kube::Resource::logs && read.ns == life.pod.meta.ns && read.object.rfind(name, 0) == 0 &&
            read.state != kube::ReadState::ok)
            return read.detail.empty() ? std::string(base::word(kube::read_state_names, read.state)) : read.detail;
    return "";
}

CrashVerdict unknown_end(const Life& life) {
    auto verdict =
        verdict_of(life, mode("pod.crashloop.unknown"), Confidence::confirmed,
                   fmt::format("ends with an error, and {} ({})",
                               was_asked_for(life) ? "no log says why" : "its log was not read", end_words(life)));
    const auto detail = read_detail(life);
    verdict.missing_evidence.push_back(
        fmt::format("the log of {} in pod {} is empty or could not be read{}: it would tell why the program ends",
                    container_words(life.status.name), life.pod.meta.name, detail.empty() ? "" : " (" + detail + ")"));
    return verdict;
}

std::string address_of(const Endpoint& endpoint) {
    return endpoint.port.empty() ? endpoint.host : endpoint.host + ":" + endpoint.port;
}

// Why the pods behind the Service do not serve, in the words of the newest failed readiness probe of one of them.
void add_probe_of_dependency(const Life& life, const kube::Service& service, CrashVerdict& verdict) {
    if (service.selector.empty()) return;
    for (const auto* pod : life.world.candidates()) {
        if (pod->meta.ns != service.meta.ns || !kube::matches(service.selector, pod->meta.labels)) continue;
        for (const auto& status : pod->statuses) {
            if (status.ready) continue;
            const auto failure = newest_probe_event(life.world, *pod, status.name, ProbeText::Probe::readiness);
            if (!failure) continue;
            verdict.evidence.push_back(from_event(*failure->event));
            return;
        }
    }
}

std::string offered_ports(const kube::Service& service) {
    std::vector<std::string> ports;
    for (const auto& port : service.ports) ports.push_back(std::to_string(port.port));
    return fmt::format("{}", fmt::join(ports, ", "));
}

// Where else there is a Service of that name, of what was read: the first namespace by name.
std::string same_name_elsewhere(const World& world, const ServiceName& name) {
    std::string found;
    for (const auto& service : world.facts().services)
        if (service.meta.name == name.name && service.meta.ns != name.ns && (found.empty() || service.meta.ns < found))
            found = service.meta.ns;
    return found;
}

// What the facts say about the Service that the program called.
std::string service_words(const Life& life, const Endpoint& endpoint, const ServiceName& name, CrashVerdict& verdict) {
    const auto where = name.ns == life.pod.meta.ns ? "" : fmt::format(" in namespace {}", name.ns);
    if (name.service.absent()) {
        auto words = fmt::format("there is no Service {}{}", name.name, where);
        const auto similar = similar_services(life.world, name.ns, name.name);
        if (!similar.empty()) {
            words += fmt::format(", only {}", fmt::join(similar, ", "));
            verdict.advice.insert(verdict.advice.begin(),
                                  fmt::format("Is {} meant? Correct the name that the program is configured with.",
                                              fmt::join(similar, " or ")));
        } else if (const auto elsewhere = same_name_elsewhere(life.world, name); !elsewhere.empty()) {
            words += fmt::format(", but there is one in namespace {}", elsewhere);
            verdict.advice.insert(verdict.advice.begin(),
                                  fmt::format("Is {}.{} meant? Correct the name that the program is configured with.",
                                              name.name, elsewhere));
        }
        return words;
    }
    if (!name.service) return "";
    const auto& service = *name.service;
    auto fact = [&](std::string path, std::string text) {
        verdict.evidence.push_back(from_field(service.meta.ref(), Source::spec, std::move(path), std::move(text)));
    };
    const bool offered = endpoint.port.empty() || service.ports.empty() || service.cluster_ip == "None" ||
                         std::any_of(service.ports.begin(), service.ports.end(), [&](const kube::ServicePort& port) {
                             return std::to_string(port.port) == endpoint.port;
                         });
    if (!offered) {
        fact("spec.ports", fmt::format("ports: {}", offered_ports(service)));
        return fmt::format("Service {}{} has no port {}, only {}", service.meta.name, where, endpoint.port,
                           offered_ports(service));
    }
    const auto ready = ready_addresses(life.world, service);
    if (!ready || service.type == "ExternalName") return fmt::format("it is Service {}{}", service.meta.name, where);
    fact("endpoints", fmt::format("{} ready endpoints", *ready));
    if (*ready > 0) return fmt::format("Service {}{} has {} ready endpoints now", service.meta.name, where, *ready);
    add_probe_of_dependency(life, service, verdict);
    return fmt::format("Service {}{} has no ready endpoint", service.meta.name, where);
}

// Whom a program calls that does not say it: of the addresses of its template the only one that explains the failure (a
// name that is no Service, a Service without a ready endpoint), else the only Service among them.
std::optional<TemplateAddress> suspect_of(const Life& life, bool dns) {
    std::vector<TemplateAddress> explaining, known;
    const auto add = [](std::vector<TemplateAddress>& list, const TemplateAddress& address) {
        const auto same = [&](const TemplateAddress& other) { return other.endpoint.host == address.endpoint.host; };
        if (std::none_of(list.begin(), list.end(), same)) list.push_back(address);
    };
    if (!life.spec) return std::nullopt;
    for (const auto& address : addresses_of(*life.spec)) {
        const auto name = service_of(life.world, life.pod.meta.ns, address.endpoint);
        if (!address.sure || !name) continue;
        if (!dns && name->service) add(known, address);
        const bool missing = dns && name->service.absent();
        if (missing || (!dns && name->service && ready_addresses(life.world, *name->service) == 0))
            add(explaining, address);
    }
    if (explaining.size() == 1) return explaining.front();
    return explaining.empty() && known.size() == 1 ? std::optional(known.front()) : std::nullopt;
}

CrashVerdict dependency_end(const Life& life, const Text& text, const LogVerdict& log) {
    const bool dns = log.found == LogClass::dns;
    const auto suspect = log.endpoint ? std::nullopt : suspect_of(life, dns);
    const auto endpoint = suspect ? suspect->endpoint : log.endpoint;
    const auto target = endpoint ? address_of(*endpoint) : std::string("a service it needs");
    auto verdict =
        verdict_by_line(life, text, mode("pod.crashloop.dependency"), Confidence::possible, "", log.line, log.head);
    if (dns) verdict.category = Category::dns;
    if (suspect)
        verdict.evidence.push_back(from_field(life.pod.meta.ref(), Source::spec, suspect->path, suspect->text));
    std::string facts;
    if (endpoint)
        if (const auto name = service_of(life.world, life.pod.meta.ns, *endpoint))
            facts = service_words(life, *endpoint, *name, verdict);
    if (suspect) facts = fmt::format("its template says {}{}{}", suspect->text, facts.empty() ? "" : "; ", facts);
    const auto why = dns ? fmt::format("ends because the name {} does not resolve",
                                       endpoint ? endpoint->host : "of a service it needs")
                         : fmt::format("ends because it cannot reach {}", target);
    verdict.what = fmt::format("{}{}{}{}; restarting this pod cures nothing", why, facts.empty() ? "" : " (", facts,
                               facts.empty() ? "" : ")") +
                   verdict.what;
    if (dns && facts.rfind("Service ", 0) == 0)
        verdict.advice.insert(verdict.advice.begin(),
                              "The Service exists: look at the cluster's DNS (kube-system) and at "
                              "network policies that forbid port 53.");
    return verdict;
}

std::string config_words(const kube::LogLine* line) {
    return line ? "ends because it refuses its configuration" : "ends with the exit code for a configuration error";
}

// Sentences, modes and categories of the classes that need no look at other objects.
struct ClassRow {
    LogClass found;
    std::string_view mode, why;
};
constexpr ClassRow class_rows[] = {
    {LogClass::exec_format, "pod.crashloop.exec-format", "cannot be executed by the kernel"},
    {LogClass::port_in_use, "pod.crashloop.port-in-use", "ends because its port is taken"},
    {LogClass::rbac, "pod.crashloop.rbac", "ends because its ServiceAccount lacks a permission"},
    {LogClass::tls, "pod.crashloop.tls", "ends because a TLS certificate or handshake is refused"},
    {LogClass::auth, "pod.crashloop.auth-dependency", "ends because its credentials are refused by a service it calls"},
    {LogClass::disk, "pod.crashloop.disk-or-fd", "ends because a volume is full"},
    {LogClass::file_descriptors, "pod.crashloop.disk-or-fd", "ends because it runs out of file handles"},
    {LogClass::fs_permission, "pod.crashloop.fs-permission", "ends because it may not read or write a path"},
    {LogClass::config, "pod.crashloop.config-error", "ends because it refuses its configuration"},
};

std::string class_advice(const Life& life, LogClass found) {
    if (found == LogClass::port_in_use && life.pod.spec.host_network)
        return "The pod uses hostNetwork: another process of the node may have the port, also an old pod of the same "
               "owner.";
    if (found == LogClass::rbac)
        return fmt::format(
            "See what it may do: kubectl auth can-i --list --as=system:serviceaccount:{}:{} -n {}", life.pod.meta.ns,
            life.pod.spec.service_account.empty() ? "default" : life.pod.spec.service_account, life.pod.meta.ns);
    if (found == LogClass::fs_permission && life.spec && life.spec->security.read_only_root_filesystem.value_or(false))
        return "The container has readOnlyRootFilesystem: only its volumes can be written.";
    return "";
}

CrashVerdict class_end(const Life& life, const Text& text, const LogVerdict& log) {
    if (*log.found == LogClass::dns || *log.found == LogClass::dependency) return dependency_end(life, text, log);
    const auto* row = std::find_if(std::begin(class_rows), std::end(class_rows),
                                   [&](const ClassRow& candidate) { return candidate.found == *log.found; });
    std::string why(row->why);
    if (log.endpoint) why += fmt::format(" ({})", address_of(*log.endpoint));
    auto verdict = verdict_by_line(life, text, mode(row->mode), Confidence::possible, why, log.line, log.head);
    if (*log.found == LogClass::file_descriptors) verdict.category = Category::crash_app;
    if (auto advice = class_advice(life, *log.found); !advice.empty())
        verdict.advice.insert(verdict.advice.begin(), std::move(advice));
    return verdict;
}

CrashVerdict shell_end(const Life& life, const Text& text, const ExitLog& found) {
    const bool permission = found.mode->id == "pod.run.permission-denied";
    const auto program = found.program.empty() ? std::string("a program") : quoted(found.program, 80);
    auto verdict = verdict_by_line(life, text, *found.mode, found.line ? Confidence::probable : Confidence::possible,
                                   permission ? fmt::format("ends because {} may not be executed", program)
                                              : fmt::format("ends because {} is not found in its image", program),
                                   found.line);
    if (!found.line)
        verdict.missing_evidence.emplace_back("the log could not be read: a shell would name the program in it");
    return verdict;
}

}  // namespace

CrashVerdict logged_end(const Life& life) {
    Text text;
    read_text(life, text);
    auto log = classify_log(text.lines);
    if (log.found == LogClass::exec_format) {
        if (const auto length = length_of(life); !length || *length <= exec_at_once) return class_end(life, text, log);
        log.found.reset();  // it ran, so it could be executed: the line is about something it started
    }
    if (const auto found = read_exit_log(life.end.exit_code, text.lines)) return shell_end(life, text, *found);
    if (log.found) return class_end(life, text, log);
    if (life.end.exit_code == exit_config)
        return verdict_by_line(life, text, mode("pod.crashloop.config-error"), Confidence::probable,
                               config_words(log.line), log.line, log.head);
    if (!log.line || text.log.stale) return unknown_end(life);
    return verdict_by_line(life, text, mode("pod.crashloop.app-error"), Confidence::probable,
                           "ends with an error of its own", log.line, log.head);
}

}  // namespace salve::diagnose
