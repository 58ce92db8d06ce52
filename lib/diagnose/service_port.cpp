#include "diagnose/service_port.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <set>

namespace salve::diagnose {
namespace {

using kube::Container;
using kube::PodSpec;
using kube::Probe;
using kube::ServicePort;

std::string_view protocol_of(const std::string& protocol) {
    return protocol.empty() ? std::string_view("TCP") : std::string_view(protocol);
}

// The number as a word of its own: 8080 in ":8080" and "PORT=8080", not in "18080" or "8080.5".
bool names_number(const std::string& text, int number) {
    static const re2::RE2 words(R"((?:^|[^\d.])(\d{1,5})(?:$|[^\d.]))");
    if (text.find_first_of("0123456789") == std::string::npos) return false;  // most words hold none
    re2::StringPiece rest(text);
    int found = 0;
    while (re2::RE2::FindAndConsume(&rest, words, &found))
        if (found == number) return true;
    return false;
}

bool probes(const Container& container, const base::Boxed<Probe>& probe, int number) {
    if (!probe || probe->handler == Probe::Handler::none) return false;
    if (probe->handler == Probe::Handler::exec)
        return std::any_of(probe->command.begin(), probe->command.end(),
                           [&](const std::string& word) { return names_number(word, number); });
    if (probe->port == std::to_string(number)) return true;
    return std::any_of(container.ports.begin(), container.ports.end(), [&](const kube::ContainerPort& port) {
        return !port.name.empty() && port.name == probe->port && port.port == number;
    });
}

}  // namespace

std::optional<int> target_number(const ServicePort& port) {
    if (port.target_port.empty()) return port.port;
    int number = 0;
    const auto* end = port.target_port.data() + port.target_port.size();
    const auto [at, error] = std::from_chars(port.target_port.data(), end, number);
    if (error != std::errc{} || at != end) return std::nullopt;
    return number == 0 ? port.port : number;
}

std::vector<const Container*> serving_containers(const PodSpec& spec) {
    std::vector<const Container*> found;
    for (const auto& container : spec.containers) found.push_back(&container);
    for (const auto& container : spec.init_containers)
        if (container.restart_policy == "Always") found.push_back(&container);
    return found;
}

std::optional<int> find_port(const PodSpec& spec, const ServicePort& port) {
    if (const auto number = target_number(port)) return number;
    for (const auto* container : serving_containers(spec))
        for (const auto& declared : container->ports)
            if (declared.name == port.target_port && protocol_of(declared.protocol) == protocol_of(port.protocol))
                return declared.port;
    return std::nullopt;
}

std::string declared_ports(const std::vector<const kube::Pod*>& pods) {
    std::set<std::pair<int, std::string>> ports;
    for (const auto* pod : pods)
        for (const auto* container : serving_containers(pod->spec))
            for (const auto& port : container->ports) {
                const auto protocol = protocol_of(port.protocol);
                const auto number =
                    fmt::format("{}{}", port.port, protocol == "TCP" ? "" : fmt::format("/{}", protocol));
                ports.emplace(port.port, port.name.empty() ? number : fmt::format("{} ({})", port.name, number));
            }
    std::vector<std::string> words;
    words.reserve(ports.size());
    for (const auto& [number, text] : ports) words.push_back(text);
    return words.empty() ? "none" : fmt::format("{}", fmt::join(words, ", "));
}

std::string port_words(const ServicePort& port) {
    return port.name.empty() ? fmt::format("port {}", port.port) : fmt::format("port {} ({})", port.name, port.port);
}

const PodSpec& full_spec(const kube::World& world, const kube::Pod& pod) {
    const auto* pod_template = world.owner(pod).pod_template();
    return pod_template && !pod_template->spec.containers.empty() ? pod_template->spec : pod.spec;
}

bool mentions_port(const PodSpec& spec, int port) {
    for (const auto* container : serving_containers(spec)) {
        for (const auto* words : {&container->command, &container->args})
            for (const auto& word : *words)
                if (names_number(word, port)) return true;
        for (const auto& variable : container->env)
            if (variable.value && names_number(*variable.value, port)) return true;
        for (const auto* probe : {&container->liveness, &container->readiness, &container->startup})
            if (probes(*container, *probe, port)) return true;
    }
    return false;
}

}  // namespace salve::diagnose
