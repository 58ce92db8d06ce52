// Checks of what salve stands on: its configuration, kubectl, the kubeconfig, the cluster and the clocks.
#include <fmt/format.h>

#include <charconv>

#include "base/text.hpp"
#include "report/doctor.hpp"
#include "report/doctor_mend.hpp"

namespace salve::report::doctor {
namespace {

using base::ErrorKind;
using kube::Failure;
using kube::ReadState;

constexpr int oldest_minor = 27;               // what the tests run with
constexpr auto most_skew = base::seconds(60);  // as triage, which warns of a clock that runs behind

struct Release {
    int minor = 0;
    std::string text;  // "v1.32.4", without what a vendor put behind it
};

// Of "v1.32.4-gke.100", "v1.30.2+k3s1"; nothing for what is no release of Kubernetes 1.
std::optional<Release> release_of(std::string_view version) {
    constexpr std::string_view major = "v1.";
    if (!version.starts_with(major)) return {};
    const auto rest = version.substr(major.size());
    const auto end = std::min(rest.find_first_not_of("0123456789."), rest.size());
    Release release{0, "v1." + std::string(rest.substr(0, end))};
    const auto [at, error] = std::from_chars(rest.data(), rest.data() + rest.size(), release.minor);
    if (error != std::errc{} || at == rest.data() + rest.size() || *at != '.') return {};
    return release;
}

Check refused(const Kubectl& facts) {
    // The hint of a wrong mode is the command that mends it; of anything else another kubectl is the cure.
    const auto file = facts.hint.starts_with("chmod ") ? facts.hint.find(' ', 6) : std::string::npos;
    return {"kubectl", State::failure, facts.error,
            file == std::string::npos
                ? install_kubectl(facts.platform, "")
                : command({"sudo", "chmod", facts.hint.substr(6, file - 6), facts.hint.substr(file + 1)}),
            ErrorKind::kubectl_unavailable};
}

Check version_check(const Facts& facts) {
    const auto& kubectl = facts.kubectl;
    if (kubectl.slow)
        return {"kubectl version",
                State::warning,
                "not known: " + kubectl.version_error,
                command({kubectl.path, "version", "--client"}),
                {}};
    const auto client = release_of(kubectl.version);
    if (!client)
        return {"kubectl version", State::failure,
                kubectl.version_error.empty() ? fmt::format("is not known: {}", base::quoted(kubectl.version))
                                              : "it does not tell: " + kubectl.version_error,
                install_kubectl(kubectl.platform, ""), ErrorKind::kubectl_unavailable};
    const auto server = release_of(facts.cluster ? facts.cluster->version : "");
    if (client->minor < oldest_minor)
        return {"kubectl version",
                State::warning,
                fmt::format("{} is older than v1.{}, with which salve is tested", kubectl.version, oldest_minor),
                install_kubectl(kubectl.platform, server ? server->text : ""),
                {}};
    if (!server) return ok("kubectl version", kubectl.version);
    const int skew = client->minor - server->minor;
    if (skew < -1 || skew > 1)
        return {"kubectl version",
                State::warning,
                fmt::format("{} is {} minor versions {} than the server ({}); one is supported", kubectl.version,
                            std::abs(skew), skew < 0 ? "older" : "newer", facts.cluster->version),
                install_kubectl(kubectl.platform, server->text),
                {}};
    return ok("kubectl version", fmt::format("{}, server {}", kubectl.version, facts.cluster->version));
}

Check unreached(const Facts& facts) {
    const auto& reached = facts.cluster->reached;
    const bool login = reached.failure == Failure::unauthorized;
    return {"cluster", State::failure,
            fmt::format("{}: {}", base::word(kube::failure_names, reached.failure), reached.detail),
            kubectl_command(facts, login ? std::vector<std::string>{"auth", "whoami"}
                                         : std::vector<std::string>{"get", "--raw=/readyz?verbose", "-v=6"}),
            ErrorKind::cluster_unreadable};
}

Check identity(const Facts& facts) {
    const auto& cluster = *facts.cluster;
    const auto who = cluster.user.empty() ? "the server does not say who we are" : "we are " + cluster.user;
    if (!cluster.uid.empty()) return ok("identity", fmt::format("kube-system uid {}; {}", cluster.uid, who));
    return {"identity",
            State::warning,
            fmt::format("the cluster cannot be told from another one: {}; {}", cluster.identity.detail, who),
            grant(facts, "reader", ""),
            {}};
}

// The server's time is cut to the second: it was at some moment of [time, time + 1 s).
Check clock(const Cluster& cluster) {
    if (!cluster.server_time) return skipped("clock", "the server's time is not known: " + cluster.user_error);
    const auto behind = *cluster.server_time - cluster.answered;
    const auto ahead = cluster.asked - (*cluster.server_time + base::seconds(1));
    const auto off = std::max(behind, ahead);
    if (off <= most_skew)
        return ok("clock", off.us <= 0 ? "as the server's"
                                       : "within " + base::to_words({off.us + 1'000'000}) + " of the server's");
    return {"clock",
            State::warning,
            fmt::format("{} {} the server's: times and expiries are wrong", base::to_words(off),
                        behind > ahead ? "behind" : "ahead of"),
            "sudo timedatectl set-ntp true",
            {}};
}

}  // namespace

Check configuration(const Configuration& facts) {
    if (!facts.error.empty()) return {"configuration", State::failure, facts.error, edit(facts.file), ErrorKind::usage};
    if (facts.file.empty()) return ok("configuration", "none: the defaults hold");
    if (facts.writable_by_others)
        return {"configuration",
                State::warning,
                fmt::format("{}: others may write to it, and it names the kubectl that runs", facts.file),
                command({"chmod", "go-w", facts.file}),
                {}};
    return ok("configuration", facts.file);
}

std::vector<Check> kubectl(const Facts& facts) {
    const auto& found = facts.kubectl;
    if (!found.error.empty()) return {refused(found), skipped("kubectl version", "there is no kubectl")};
    const auto link = found.resolved == found.path ? "" : fmt::format(" ({})", found.resolved);
    return {ok("kubectl", fmt::format("{}{}, mode {:04o}, sha256 {}", found.path, link, found.mode, found.sha256)),
            version_check(facts)};
}

Check kubeconfig(const Facts& facts) {
    if (!facts.kubeconfig) return skipped("kubeconfig", "kubectl does not run");
    const auto& found = *facts.kubeconfig;
    if (!found.error.empty())
        return {"kubeconfig", State::failure, found.error,
                found.no_such_context ? kubectl_command(facts, {"config", "get-contexts"})
                                      : kubectl_command(facts, {"config", "view", "--minify"}),
                ErrorKind::cluster_unreadable};
    const auto where = found.context.empty()
                           ? fmt::format("inside a pod, namespace {}", found.ns)
                           : fmt::format("context {}, namespace {}, server {}", found.context, found.ns, found.server);
    if (found.exposed.empty()) return ok("kubeconfig", where);
    std::vector<std::string> words{"chmod", "go-rwx"};
    words.insert(words.end(), found.exposed.begin(), found.exposed.end());
    return {"kubeconfig",
            State::warning,
            fmt::format("{}; others may read its credentials: {}", where, base::join(found.exposed, ", ")),
            command(std::move(words)),
            {}};
}

std::vector<Check> cluster(const Facts& facts) {
    if (!facts.cluster) {
        std::vector<Check> none;
        for (const auto* name : {"cluster", "identity", "clock"})
            none.push_back(skipped(name, "there is no way to it"));
        return none;
    }
    const auto& found = *facts.cluster;
    const bool reached = found.reached.state == ReadState::ok;
    // Who may not even read the version has reached the server all the same.
    if (!reached && found.reached.failure != Failure::forbidden)
        return {unreached(facts), skipped("identity", "the cluster does not answer"),
                skipped("clock", "the cluster does not answer")};
    return {reached ? ok("cluster", fmt::format("Kubernetes {}", found.version))
                    : Check{"cluster", State::warning, found.reached.detail, grant(facts, "reader", ""), {}},
            identity(facts), clock(found)};
}

}  // namespace salve::report::doctor
