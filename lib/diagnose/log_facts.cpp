#include "diagnose/log_facts.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <array>

namespace salve::diagnose {
namespace {

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

// Each has the groups host and port (the second may be empty). Special forms first: they hold other addresses too (the
// DNS server in Go's "lookup H on IP:53").
const std::vector<const re2::RE2*>& endpoint_patterns() {
    static const re2::RE2 curl(R"(Failed to connect to \[?([^\s\]]+)\]? port (\d+))");
    static const re2::RE2 curl_dns(R"re((?i)could not resolve (?:host(?:name)?|proxy):? ['"]?([\w.-]+)())re");
    static const re2::RE2 busybox(R"(bad address '([^':]+)(?::(\d+))?')");
    static const re2::RE2 busybox_connect(R"(connect to remote host \(([\d.a-fA-F:]+)\)())");
    static const re2::RE2 python(R"(host='([^']+)', port='?(\d+))");
    static const re2::RE2 postgres(R"re(server at "([^"]+)"(?: \([^)]*\))?, port (\d+))re");
    static const re2::RE2 postgres_old(
        R"re(server running on host "([^"]+)"(?: \([^)]*\))? and accepting\s+TCP/IP connections on port (\d+))re");
    static const re2::RE2 translate(R"re((?i)translate host name "([^"]+)"())re");
    static const re2::RE2 lookup(R"(\blookup ([\w.-]+?)\.?(?: on [^\s]+)?: ())");
    static const re2::RE2 dial(R"(\bdial (?:tcp|udp)[46]? \[?([\w.-]+|[0-9a-fA-F:]+)\]?:(\d+))");
    static const re2::RE2 node_dns(R"(getaddrinfo (?:ENOTFOUND|EAI_\w+) ([\w.-]+)(?::(\d+))?)");
    static const re2::RE2 node(R"(connect E[A-Z]+ ([\w.-]+|[0-9a-fA-F:]+):(\d+))");
    static const re2::RE2 java_dns(R"(UnknownHostException: ([\w.-]+)())");
    static const re2::RE2 java(R"((?i)connect(?:ion)? to ([\w.-]+)(?:/[\d.]+)?:(\d+))");
    static const re2::RE2 mysql(R"((?i)connect to MySQL server on '([^':]+)(?::(\d+))?')");
    static const re2::RE2 mysql_dns(R"((?i)unknown mysql server host '([^']+)'())");
    static const re2::RE2 redis(R"((?i)error -?\d+ connecting to ([\w.-]+):(\d+))");
    static const re2::RE2 quoted_resolve(
        R"((?i)(?:resolve|resolution of|lookup of|unknown host)(?: host(?:name)?)?:? ['"]([\w.-]+)(?::(\d+))?['"])");
    static const re2::RE2 plain_resolve(
        R"((?i)\b(?:resolve|unknown host)(?: host(?:name)?)?:? ([\w-]+(?:\.[\w-]+)*)()(?:[\s:,.]|$))");
    static const re2::RE2 upstream(R"re(in upstream "([^":]+)(?::(\d+))?)re");
    static const re2::RE2 url(R"((?i)\b[a-z][a-z0-9+.-]*://(?:[^/\s@]*@)?([\w.-]+)(?::(\d+))?)");
    static const re2::RE2 address(
        R"((?:^|[\s'"(=\[/,@#])([a-zA-Z][\w-]*(?:\.[\w-]+)*|\d{1,3}(?:\.\d{1,3}){3}):(\d{2,5})(?:\D|$))");
    static const std::vector<const re2::RE2*> all{
        &curl,         &curl_dns,  &busybox, &busybox_connect, &python,   &postgres, &postgres_old,
        &translate,    &lookup,    &dial,    &node_dns,        &node,     &java_dns, &java,
        &mysql,        &mysql_dns, &redis,   &quoted_resolve,  &upstream, &url,      &address,
        &plain_resolve};
    return all;
}

bool is_source_file(std::string_view host) {
    static const re2::RE2 pattern(
        R"(\.(?:go|py|js|mjs|ts|java|rb|rs|c|cc|cpp|h|php|scala|kt|ex|erl|cs|sh|pl|lua|so)$)");
    return re2::RE2::PartialMatch(piece(host), pattern);
}

bool is_address(std::string_view host) {
    static const re2::RE2 pattern(R"([\d.]+|[0-9a-fA-F]*:[0-9a-fA-F:.]*)");
    return re2::RE2::FullMatch(piece(host), pattern);
}

std::vector<std::string> labels_of(std::string_view host) {
    std::vector<std::string> labels;
    while (!host.empty() && host.back() == '.') host.remove_suffix(1);
    while (!host.empty()) {
        const auto dot = host.find('.');
        labels.emplace_back(host.substr(0, dot));
        host = dot == std::string_view::npos ? std::string_view{} : host.substr(dot + 1);
    }
    return labels;
}

std::optional<ServiceName> service_at(const kube::World& world, std::string ns, std::string name, bool must_exist) {
    auto service = world.service(ns, name);
    if (must_exist && !service) return std::nullopt;
    return ServiceName{std::move(ns), std::move(name), service};
}

// POD.SVC and POD.SVC.NS, as programs name the pods of a StatefulSet: the Service exists, and so does a pod of that
// name or the StatefulSet that makes it.
std::optional<ServiceName> pod_behind(const kube::World& world, const std::vector<std::string>& labels,
                                      const std::string& own) {
    if (labels.size() < 2 || labels.size() > 3) return std::nullopt;
    const auto& ns = labels.size() == 3 ? labels[2] : own;
    auto named = service_at(world, ns, labels[1], true);
    if (!named) return std::nullopt;
    const auto set = labels[0].substr(0, labels[0].rfind('-'));
    if (world.pod(ns, labels[0]) || world.workload("StatefulSet", ns, set)) return named;
    return std::nullopt;
}

// More than two is no slip: the value only has to be right up to there.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        auto diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const auto above = row[j];
            row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
            diagonal = above;
        }
    }
    return row[b.size()];
}

std::vector<const kube::LogLine*> readable(const kube::Log* log) {
    std::vector<const kube::LogLine*> lines;
    if (!log) return lines;
    for (const auto& line : log->lines)
        if (!is_missing_log_text(line.text) && line.text.find_first_not_of(" \t\r\n") != std::string::npos)
            lines.push_back(&line);
    return lines;
}

}  // namespace

std::optional<Endpoint> endpoint_in(std::string_view line) {
    for (const auto* pattern : endpoint_patterns()) {
        Endpoint found;
        re2::StringPiece rest = piece(line);
        while (re2::RE2::FindAndConsume(&rest, *pattern, &found.host, &found.port))
            if (!found.host.empty() && !is_source_file(found.host)) return found;
    }
    return std::nullopt;
}

std::optional<ServiceName> service_of(const kube::World& world, std::string_view ns, const Endpoint& endpoint) {
    if (is_address(endpoint.host)) {
        for (const auto& service : world.facts().services)
            if (service.cluster_ip == endpoint.host)
                return ServiceName{service.meta.ns, service.meta.name, {&service, true}};
        return std::nullopt;
    }
    const auto labels = labels_of(endpoint.host);
    if (labels.empty() || endpoint.host == "localhost") return std::nullopt;
    if (labels.size() == 1) return service_at(world, std::string(ns), labels[0], false);
    const auto svc = std::find(labels.begin(), labels.end(), "svc") - labels.begin();
    const auto at = static_cast<std::size_t>(svc);
    if (at >= 2 && at < labels.size()) return service_at(world, labels[at - 1], labels[at - 2], false);
    if (labels.size() == 2)
        if (auto named = service_at(world, labels[1], labels[0], true)) return named;
    return pod_behind(world, labels, std::string(ns));
}

std::vector<std::string> similar_services(const kube::World& world, std::string_view ns, std::string_view name) {
    std::vector<std::pair<std::size_t, std::string>> near;
    for (const auto& service : world.facts().services) {
        if (service.meta.ns != ns || service.meta.name == name || name.size() > 63) continue;
        const auto distance = edit_distance(service.meta.name, name);
        if (distance <= 2 && distance * 3 <= name.size()) near.emplace_back(distance, service.meta.name);
    }
    std::sort(near.begin(), near.end());
    std::vector<std::string> names;
    names.reserve(near.size());
    for (auto& [distance, found] : near) names.push_back(std::move(found));
    return names;
}

std::optional<int> ready_addresses(const kube::World& world, const kube::Service& service) {
    if (!world.seen(kube::Resource::endpointslices, service.meta.ns)) return std::nullopt;
    int ready = 0;
    for (const auto* slice : world.slices_of(service))
        for (const auto& endpoint : slice->endpoints)
            if (endpoint.ready.value_or(true)) ready += static_cast<int>(endpoint.addresses.size());
    return ready;
}

bool is_missing_log_text(std::string_view line) {
    for (const std::string_view excuse :
         {"unable to retrieve container logs for ", "failed to try resolving symlinks in path ",
          "rpc error: code = NotFound desc = an error occurred when try to find container"})
        if (line.substr(0, excuse.size()) == excuse) return true;
    return false;
}

std::string quoted(std::string_view line, std::size_t limit) {
    const auto begin = line.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return "";
    line.remove_prefix(begin);
    line = line.substr(0, line.find_last_not_of(" \t\r\n") + 1);
    if (line.size() <= limit) return std::string(line);
    auto cut = limit;
    while (cut > 0 && (static_cast<unsigned char>(line[cut]) & 0xC0U) == 0x80U) --cut;  // not inside a UTF-8 character
    return std::string(line.substr(0, cut)) + "...";
}

LifeLog life_log(const kube::World& world, const kube::Pod& pod, const kube::ContainerStatus& status) {
    const auto* current = world.log(pod.meta.ns, pod.meta.name, status.name, false);
    const auto* previous = world.log(pod.meta.ns, pod.meta.name, status.name, true);
    // While the container has just ended, --previous is one life too old; while it waits, both are the same.
    const bool runs = status.state.running.has_value();
    const auto* first = status.state.terminated ? current : previous;
    const auto* second = first == current ? previous : current;
    LifeLog result{first, false, readable(first)};
    if (result.lines.empty()) {
        auto lines = readable(second);
        if (!lines.empty()) result = {second, runs, std::move(lines)};
    }
    return result;
}

}  // namespace salve::diagnose
