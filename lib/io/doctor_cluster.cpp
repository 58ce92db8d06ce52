#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/json.hpp"
#include "io/doctor.hpp"
#include "io/kubectl_transport.hpp"
#include "io/list_read.hpp"
#include "io/parallel.hpp"
#include "io/run_kubectl.hpp"
#include "io/system.hpp"

namespace salve::io {
namespace {

using report::doctor::AskedRight;

constexpr unsigned at_a_time = 4;
constexpr std::uint64_t most_bytes = std::uint64_t{1} << 20;

// One question to kubectl. False when time was up before: then it was not asked.
bool ask(const Program& kubectl, const Asking& asking, const kube::Command& command, std::string& out,
         ProcessResult& result) {
    if (asking.over()) return false;
    ProcessOptions options;
    options.budget = asking.left();
    options.out_cap = most_bytes;
    options.cancel = asking.cancel;
    result = run_kubectl(kubectl, command, asking.environment, gather(out), options);
    return true;
}

KubectlSettings settings_of(const Program& kubectl, const kube::Target& target, const Asking& asking) {
    KubectlSettings settings;
    settings.program = kubectl;
    settings.target = target;
    settings.environment = asking.environment;
    settings.list_budget = asking.left();
    settings.cancel = asking.cancel;
    return settings;
}

// Who the server takes us for, and when it said so: one answer tells both (kubectl and server 1.28 and later).
void ask_who(const Program& kubectl, const kube::Target& target, const Asking& asking, const base::Redactor& redactor,
             report::doctor::Cluster& facts) try {
    std::string out;
    ProcessResult result{Exited{0}, "", false, false, 0, {}};
    facts.asked = wall_clock();
    if (!ask(kubectl, asking, kube::Command::auth_whoami(target), out, result)) {
        facts.user_error = "time was up";
        return;
    }
    facts.answered = wall_clock();
    if (const auto end = outcome(result); end.state != kube::ReadState::ok) {
        facts.user_error = redactor.text(end.detail);
        return;
    }
    const auto document = base::parse_json(out, "kubectl auth whoami", base::ErrorKind::cluster_unreadable);
    const base::JsonView view(document, "kubectl auth whoami", base::ErrorKind::cluster_unreadable);
    facts.user = view.at("status").at("userInfo").at("username").text();
    const auto created = view.at("metadata").find("creationTimestamp");
    if (created) facts.server_time = base::parse_time(created->text());
    if (!facts.server_time) facts.user_error = "it does not tell";
} catch (const base::Error& error) {
    facts.user_error = error.what();
}

kube::Failure find_namespace(Transport& transport, const std::string& ns) {
    const auto end =
        transport.get(kube::RawPath::object(kube::Resource::namespaces, ns), [](std::string_view) { return true; });
    return end.failure;
}

std::vector<AskedRight> to_be_asked(const std::vector<kube::Right>& rights) {
    std::vector<AskedRight> all;
    all.reserve(rights.size());
    for (const auto& right : rights) all.push_back({right, {}, false});
    return all;
}

}  // namespace

report::doctor::Cluster look_at_cluster(const Program& kubectl, const kube::Target& target, const Asking& asking,
                                        const base::Redactor& redactor) {
    report::doctor::Cluster facts;
    KubectlTransport transport(settings_of(kubectl, target, asking));
    auto version = read_version(transport, redactor, nullptr);
    facts.reached = std::move(version.outcome);
    facts.version = std::move(version.value);
    if (facts.reached.state != kube::ReadState::ok && facts.reached.failure != kube::Failure::forbidden) return facts;
    auto identity = read_cluster_uid(transport, redactor, nullptr);
    facts.identity = std::move(identity.outcome);
    facts.uid = std::move(identity.value);
    ask_who(kubectl, target, asking, redactor, facts);
    return facts;
}

void ask_rights(const Program& kubectl, const kube::Target& target, const Asking& asking,
                const base::Redactor& redactor, const std::vector<std::string>& namespaces, bool statefulsets,
                report::doctor::Facts& facts) {
    struct Task {
        AskedRight* right;
        std::string ns;
    };
    facts.namespaces.clear();
    for (const auto& ns : namespaces)
        facts.namespaces.push_back({ns, kube::Failure::none, to_be_asked(kube::reading_in_namespace()),
                                    to_be_asked(kube::changing_rights(statefulsets))});
    facts.cluster_reading = to_be_asked(kube::reading_of_cluster());

    KubectlTransport transport(settings_of(kubectl, target, asking));
    run_parallel(facts.namespaces.size(), at_a_time, [&](std::size_t at) {
        facts.namespaces[at].found = find_namespace(transport, facts.namespaces[at].name);
    });
    std::vector<Task> tasks;
    for (auto& ns : facts.namespaces) {
        if (ns.found == kube::Failure::not_found) continue;
        for (auto* rights : {&ns.reading, &ns.changing})
            for (auto& right : *rights) tasks.push_back({&right, ns.name});
    }
    for (auto& right : facts.cluster_reading) tasks.push_back({&right, ""});
    run_parallel(tasks.size(), at_a_time, [&](std::size_t at) {
        auto& [right, ns] = tasks[at];
        std::string out;
        ProcessResult result{Exited{0}, "", false, false, 0, {}};
        const auto command = kube::Command::can_i(target, right->right, kube::place_of(right->right, ns));
        if (!ask(kubectl, asking, command, out, result)) return;
        right->asked = true;
        right->answer = kube::parse_can_i(read_end(result), out, result.err);
        right->answer.reason = redactor.text(right->answer.reason);
    });
}

}  // namespace salve::io
