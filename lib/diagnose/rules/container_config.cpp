// TAXONOMY 1.5: the kubelet cannot put a container's configuration together (CreateContainerConfigError). Texts:
// pkg/kubelet/kubelet_pods.go (environment), kuberuntime/security_context_others.go (users).
#include <fmt/format.h>
#include <re2/re2.h>

#include "diagnose/containers.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose::rules {
namespace {

using re2::RE2;

constexpr Mode modes[] = {
    {.id = "pod.config.configmap-missing",
     .category = Category::missing_configmap,
     .severity = Severity::high,
     .summary = "A container's environment names a ConfigMap that does not exist in the pod's namespace.",
     .needs = "state.waiting.reason CreateContainerConfigError with the text configmap \"N\" not found.",
     .not_when = "The ConfigMap is mounted as a volume (pod.volume.configmap-missing) or the reference is optional.",
     .advice =
         "Create the ConfigMap or correct the name in the template; the kubelet tries again by itself, no restart "
         "is needed."},
    {.id = "pod.config.secret-missing",
     .category = Category::missing_secret,
     .severity = Severity::high,
     .summary = "A container's environment names a Secret that does not exist in the pod's namespace.",
     .needs = "state.waiting.reason CreateContainerConfigError with the text secret \"N\" not found.",
     .not_when = "The Secret is mounted as a volume (pod.volume.secret-missing) or the reference is optional.",
     .advice =
         "Create the Secret or correct the name in the template; the kubelet tries again by itself, no restart is "
         "needed."},
    {.id = "pod.config.key-missing",
     .category = Category::missing_key,
     .severity = Severity::high,
     .summary = "A ConfigMap or Secret exists but lacks the key that a container's environment names.",
     .needs =
         "state.waiting.reason CreateContainerConfigError with the text couldn't find key K in ConfigMap or Secret "
         "NS/N.",
     .not_when = "The object itself does not exist, or the key is missing in a volume (pod.volume.key-missing).",
     .advice = "Add the key or correct its name in the template; the kubelet tries again by itself, no restart is "
               "needed."},
    {.id = "pod.config.run-as-nonroot",
     .category = Category::other,
     .severity = Severity::high,
     .summary = "runAsNonRoot is set and the container would run as root, or its user cannot be proved not to be root.",
     .needs = "state.waiting.reason CreateContainerConfigError with a text about runAsNonRoot or the non-root policy.",
     .not_when = "The API server refused the pod (Pod Security admission): then there is no pod at all.",
     .advice = "Set runAsUser to a numeric id other than 0 that the image supports, or use an image whose USER is a "
               "numeric id other than 0."},
    {.id = "pod.config.not-synced",
     .category = Category::other,
     .severity = Severity::info,
     .summary = "The kubelet has just started and has not yet read the Services, ConfigMaps or Secrets that it needs.",
     .needs =
         "state.waiting.reason CreateContainerConfigError with \"services have not yet been read at least once\" or "
         "\"failed to sync ... cache\", since a few minutes at most.",
     .not_when = "It lasts: then it is pod.config.other.",
     .advice = "Wait a minute; the kubelet tries again by itself."},
    {.id = "pod.config.other",
     .category = Category::crash_config,
     .severity = Severity::high,
     .summary = "The kubelet cannot put the container's configuration together, for another reason.",
     .needs = "state.waiting.reason CreateContainerConfigError with any other text.",
     .not_when = "The text names a missing object, a missing key or the non-root policy.",
     .advice = "Read the kubelet's text: subPath, user and volume references of the template are put together here."},
};

struct Problem {
    std::string_view mode = "pod.config.other";
    std::string kind, ns, name, key;  // of the ConfigMap or Secret; empty for the other modes
};

bool is_transient(const std::string& text) {
    static const RE2 pattern(
        R"(services have not yet been read|failed to sync (?:configmap|secret|service) cache|not registered)");
    return RE2::PartialMatch(text, pattern);
}

Problem read_problem(const std::string& text) {
    static const RE2 missing(R"((?i)\b(configmap|secret)s? \\?"([^"\\]+)\\?" not found)");
    static const RE2 key(R"(couldn't find key (\S+) in (ConfigMap|Secret) (?:([^\s/]+)/)?([^\s/]+))");
    static const RE2 root(R"((?i)runAsNonRoot|non-root policy)");
    Problem out;
    std::string kind;
    if (RE2::PartialMatch(text, key, &out.key, &out.kind, &out.ns, &out.name)) {
        out.mode = "pod.config.key-missing";
    } else if (RE2::PartialMatch(text, missing, &kind, &out.name)) {
        const bool secret = kind[0] == 's' || kind[0] == 'S';
        out.kind = secret ? "Secret" : "ConfigMap";
        out.mode = secret ? "pod.config.secret-missing" : "pod.config.configmap-missing";
    } else if (RE2::PartialMatch(text, root)) {
        out.mode = "pod.config.run-as-nonroot";
    }
    return out;
}

// Where the template names the object: the first environment entry that does.
std::optional<Evidence> reference(const Pod& pod, const kube::Container& spec, const Problem& problem) {
    const bool secret = problem.kind == "Secret";
    const auto path = spec_path(pod, spec.name);
    const auto names = [&](const base::Boxed<kube::KeyRef>& ref) {
        return ref && ref->name == problem.name && (problem.key.empty() || ref->key == problem.key);
    };
    const auto made = [&](std::string where, std::string text) {
        auto evidence = from_field(pod.meta.ref(), Source::spec, std::move(where), std::move(text));
        evidence.container = spec.name;
        return evidence;
    };
    for (std::size_t i = 0; i < spec.env.size(); ++i)
        if (const auto& ref = secret ? spec.env[i].secret : spec.env[i].config_map; names(ref))
            return made(fmt::format("{}.env[{}].valueFrom.{}", path, i, secret ? "secretKeyRef" : "configMapKeyRef"),
                        fmt::format("env {}: {} {}, key {}", spec.env[i].name, problem.kind, ref->name, ref->key));
    for (std::size_t i = 0; i < spec.env_from.size() && problem.key.empty(); ++i)
        if (const auto& ref = secret ? spec.env_from[i].secret : spec.env_from[i].config_map; names(ref))
            return made(fmt::format("{}.envFrom[{}].{}", path, i, secret ? "secretRef" : "configMapRef"),
                        fmt::format("envFrom: {} {}", problem.kind, ref->name));
    return std::nullopt;
}

void say_missing_object(Finding& finding, const std::string& who, const std::string& ns, const Problem& problem) {
    finding.summary =
        fmt::format("{} cannot be created: {} \"{}\" not found in namespace {}.", who, problem.kind, problem.name, ns);
    const bool secret = problem.kind == "Secret";
    finding.advice = {
        fmt::format("Create {} {} in namespace {} or correct the name in the template; the kubelet tries again by "
                    "itself, no restart is needed.",
                    problem.kind, problem.name, ns),
        fmt::format("See what exists: kubectl -n {} get {}", ns, secret ? "secrets" : "configmaps")};
}

void say_missing_key(Finding& finding, const std::string& who, const std::string& ns, const Problem& problem) {
    finding.summary =
        fmt::format("{} cannot be created: {} \"{}\" has no key {}.", who, problem.kind, problem.name, problem.key);
    finding.advice = {
        fmt::format("Add key {} to {} {} or correct the key's name in the template; the kubelet tries again by itself, "
                    "no restart is needed.",
                    problem.key, problem.kind, problem.name),
        fmt::format("See its keys: kubectl -n {} describe {} {}{}", ns,
                    problem.kind == "Secret" ? "secret" : "configmap", problem.name,
                    problem.kind == "Secret" ? " (shows names and sizes, no values)" : "")};
}

void say_root_user(Finding& finding, const std::string& who, const Pod& pod, const kube::Container* spec,
                   const std::string& text) {
    finding.summary = fmt::format("{} cannot be created: {}.", who, excerpt(text));
    if (!spec) return;
    const auto& user = spec->security.run_as_user ? spec->security.run_as_user : pod.spec.security.run_as_user;
    const auto path = spec->security.run_as_user ? spec_path(pod, spec->name) : "spec";
    finding.evidence.push_back(from_field(
        pod.meta.ref(), Source::spec, path + ".securityContext",
        user ? fmt::format("runAsNonRoot: true, runAsUser: {}", *user) : "runAsNonRoot: true, no runAsUser"));
    finding.evidence.push_back(
        from_field(pod.meta.ref(), Source::spec, spec_path(pod, spec->name) + ".image", spec->image));
}

// kubelet_pods.go, makeMounts: the kubelet says of which mount the subPath cannot be made, and not which one it is.
void say_sub_path(Finding& finding, const Pod& pod, const kube::Container* spec, const std::string& text) {
    static const RE2 pattern(
        R"re(failed to (?:prepare|create) subPath (?:directory )?for volumeMount \\?"([^"\\]+))re");
    std::string volume;
    if (!spec || !RE2::PartialMatch(text, pattern, &volume)) return;
    std::string paths;
    for (std::size_t i = 0; i < spec->mounts.size(); ++i) {
        const auto& mount = spec->mounts[i];
        if (mount.volume != volume || mount.sub_path.empty()) continue;
        finding.evidence.push_back(
            from_field(pod.meta.ref(), Source::spec, fmt::format("{}.volumeMounts[{}]", spec_path(pod, spec->name), i),
                       fmt::format("volume {} at {}, subPath {}", volume, mount.path, mount.sub_path)));
        finding.evidence.back().container = spec->name;
        paths += fmt::format("{}{} (at {})", paths.empty() ? "" : ", ", mount.sub_path, mount.path);
    }
    if (paths.empty()) return;
    finding.summary.pop_back();
    finding.summary += fmt::format("; its subPath: {}.", paths);
    finding.advice = {fmt::format(
        "Correct the subPath: in volume {} a part of it is a file where a directory is needed, a link that leads out "
        "of the volume, or missing where the kubelet may not make it (a read-only volume).",
        volume)};
}

Finding describe(const World& world, const Pod& pod, const ContainerStatus& status, const Problem& problem) {
    const auto& text = status.state.waiting->message;
    const auto& mode = mode_in(modes, problem.mode);
    const auto ns = problem.ns.empty() ? pod.meta.ns : problem.ns;
    auto finding = problem.name.empty()
                       ? pod_finding(world, mode, pod, status.name)
                       : pod_finding_on(world, mode, {"v1", problem.kind, ns, problem.name, ""}, pod, status.name);
    finding.evidence.push_back(
        from_status(pod, status, "state.waiting", fmt::format("{}: {}", status.state.waiting->reason, text)));
    const auto who = container_of_owner(world, pod, status.name);
    const auto* spec = kube::container_spec(pod.spec, status.name);
    if (!problem.key.empty())
        say_missing_key(finding, who, ns, problem);
    else if (!problem.name.empty())
        say_missing_object(finding, who, ns, problem);
    else if (problem.mode == "pod.config.run-as-nonroot")
        say_root_user(finding, who, pod, spec, text);
    else
        finding.summary = fmt::format("{} cannot be created: {}.", who,
                                      text.empty() ? "CreateContainerConfigError without a text" : excerpt(text));
    if (problem.mode == "pod.config.other") say_sub_path(finding, pod, spec, text);
    if (spec && !problem.name.empty())
        if (auto evidence = reference(pod, *spec, problem)) finding.evidence.push_back(std::move(*evidence));
    if (const auto* event = latest_event(world, pod, status.name, "Failed")) finding.last_seen = event->last;
    return finding;
}

// A kubelet that has just started says such things of pods old and new, so the age is that of the container's last end.
bool lasts(const World& world, const Pod& pod, const ContainerStatus& status) {
    auto since = pod.meta.created;
    if (const auto run = last_run(status); run.terminated && run.terminated->finished)
        since = std::max(since, *run.terminated->finished);
    return world.now() - since > creating_stuck;
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> out;
    for (const auto* pod : world.unsettled())
        for (const auto& status : pod->statuses) {
            const auto& waiting = status.state.waiting;
            if (!waiting || waiting->reason != "CreateContainerConfigError") continue;
            if (status.list == ContainerStatus::List::ephemeral) continue;
            auto problem = read_problem(waiting->message);
            if (problem.name.empty() && is_transient(waiting->message) && !lasts(world, *pod, status))
                problem.mode = "pod.config.not-synced";
            out.push_back(describe(world, *pod, status, problem));
        }
    return out;
}

}  // namespace

extern const Rule container_config;
const Rule container_config{.id = "container_config", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
