#include "diagnose/template_diff.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>

#include "base/text.hpp"

namespace salve::diagnose {
namespace {

using kube::Container;
using kube::Probe;
using kube::Volume;

// A template as lines of path and value: two of them are compared line by line.
class Lines {
public:
    void add(const std::string& path, std::string_view value) {
        if (!value.empty()) lines_.emplace(path, value);
    }
    void add(const std::string& path, const std::vector<std::string>& words) {
        if (!words.empty()) lines_.emplace(path, fmt::format("{}", fmt::join(words, " ")));
    }
    template <typename Number>
    void number(const std::string& path, const std::optional<Number>& value) {
        if (value) lines_.emplace(path, fmt::format("{}", *value));
    }
    void map(const std::string& path, const base::TextMap& values) {
        for (const auto& [key, value] : values) lines_.emplace(fmt::format("{}.{}", path, key), value);
    }
    const std::map<std::string, std::string>& get() const { return lines_; }

private:
    std::map<std::string, std::string> lines_;
};

void add_probe(Lines& lines, const std::string& path, const base::Boxed<Probe>& probe) {
    if (!probe) return;
    const char* handlers[] = {"none", "exec", "httpGet", "tcpSocket", "grpc"};
    const auto handler = path + "." + handlers[static_cast<int>(probe->handler)];
    lines.add(path, std::string_view(handlers[static_cast<int>(probe->handler)]));
    lines.add(handler + ".command", probe->command);
    lines.add(handler + ".path", probe->path);
    lines.add(handler + ".port", probe->port);
    lines.add(handler + ".scheme", probe->scheme);
    lines.number(path + ".initialDelaySeconds", std::optional(probe->initial_delay_s));
    lines.number(path + ".periodSeconds", std::optional(probe->period_s));
    lines.number(path + ".timeoutSeconds", std::optional(probe->timeout_s));
    lines.number(path + ".failureThreshold", std::optional(probe->failure_threshold));
}

std::string reference_words(const char* kind, const kube::KeyRef& ref) {
    return ref.key.empty() ? fmt::format("{} {}", kind, ref.name)
                           : fmt::format("{} {}, key {}", kind, ref.name, ref.key);
}

void add_environment(Lines& lines, const std::string& path, const Container& container) {
    for (const auto& variable : container.env) {
        const auto name = fmt::format("{}.env[{}]", path, variable.name);
        if (variable.config_map)
            lines.add(name, reference_words("ConfigMap", *variable.config_map));
        else if (variable.secret)
            lines.add(name, reference_words("Secret", *variable.secret));
        else
            lines.add(name, std::string_view(variable.value ? *variable.value : "(a value that is not shown)"));
    }
    for (const auto& source : container.env_from) {
        if (source.config_map)
            lines.add(path + ".envFrom[" + source.config_map->name + "]", std::string_view("ConfigMap"));
        if (source.secret) lines.add(path + ".envFrom[" + source.secret->name + "]", std::string_view("Secret"));
    }
}

void add_container(Lines& lines, const std::string& path, const Container& container) {
    lines.add(path + ".image", container.image);
    lines.add(path + ".imagePullPolicy", container.image_pull_policy);
    lines.add(path + ".command", container.command);
    lines.add(path + ".args", container.args);
    lines.add(path + ".workingDir", container.working_dir);
    add_environment(lines, path, container);
    for (const auto& port : container.ports)
        lines.add(fmt::format("{}.ports[{}]", path, port.name.empty() ? std::to_string(port.port) : port.name),
                  std::string_view(fmt::format("{}/{}", port.port, port.protocol)));
    lines.map(path + ".resources.requests", container.resources.requests);
    lines.map(path + ".resources.limits", container.resources.limits);
    add_probe(lines, path + ".livenessProbe", container.liveness);
    add_probe(lines, path + ".readinessProbe", container.readiness);
    add_probe(lines, path + ".startupProbe", container.startup);
    add_probe(lines, path + ".lifecycle.postStart", container.post_start);
    add_probe(lines, path + ".lifecycle.preStop", container.pre_stop);
    lines.number(path + ".securityContext.runAsNonRoot", container.security.run_as_non_root);
    lines.number(path + ".securityContext.runAsUser", container.security.run_as_user);
    lines.number(path + ".securityContext.readOnlyRootFilesystem", container.security.read_only_root_filesystem);
    for (const auto& mount : container.mounts)
        lines.add(fmt::format("{}.volumeMounts[{}]", path, mount.path),
                  std::string_view(mount.sub_path.empty() ? mount.volume : mount.volume + "/" + mount.sub_path));
}

std::string volume_words(const Volume& volume) {
    const char* sources[] = {"ConfigMap", "Secret", "PersistentVolumeClaim", "emptyDir", "hostPath", "projected", "CSI",
                             "ephemeral", "NFS",    "downwardAPI",           "other"};
    std::string words = sources[static_cast<int>(volume.source)];
    for (const auto* more : {&volume.object, &volume.path})
        if (!more->empty()) words += " " + *more;
    for (const auto& source : volume.projected) words += ", " + volume_words(source);
    return words;
}

std::map<std::string, std::string> lines_of(const kube::PodTemplate& pod) {
    Lines lines;
    const auto& spec = pod.spec;
    for (const auto& container : spec.init_containers)
        add_container(lines, "spec.initContainers[" + container.name + "]", container);
    for (const auto& container : spec.containers)
        add_container(lines, "spec.containers[" + container.name + "]", container);
    for (const auto& volume : spec.volumes)
        lines.add("spec.volumes[" + volume.name + "]", std::string_view(volume_words(volume)));
    lines.add("spec.serviceAccountName", spec.service_account);
    lines.add("spec.priorityClassName", spec.priority_class);
    lines.add("spec.runtimeClassName", spec.runtime_class);
    lines.add("spec.schedulerName", spec.scheduler_name);
    lines.add("spec.imagePullSecrets", spec.image_pull_secrets);
    lines.map("spec.nodeSelector", spec.node_selector);
    lines.number("spec.securityContext.runAsNonRoot", spec.security.run_as_non_root);
    lines.number("spec.securityContext.runAsUser", spec.security.run_as_user);
    lines.number("spec.terminationGracePeriodSeconds", spec.termination_grace_s);
    const auto restart = pod.annotations.find("kubectl.kubernetes.io/restartedAt");
    if (restart != pod.annotations.end()) lines.add("metadata.annotations.restartedAt", restart->second);
    return lines.get();
}

std::string value_words(const std::string& value) {
    constexpr std::size_t enough = 120;
    return value.empty() ? "(none)" : fmt::format("\"{}\"", base::cut(value, enough));
}

}  // namespace

std::vector<TemplateChange> template_changes(const kube::PodTemplate& before, const kube::PodTemplate& after) {
    const auto old = lines_of(before), fresh = lines_of(after);
    std::map<std::string, TemplateChange> changes;
    for (const auto& [path, value] : old) changes[path] = {path, value, ""};
    for (const auto& [path, value] : fresh) {
        auto& change = changes[path];
        change.path = path;
        change.after = value;
    }
    std::vector<TemplateChange> result;
    for (auto& [path, change] : changes)
        if (change.before != change.after) result.push_back(std::move(change));
    return result;
}

std::string change_words(const TemplateChange& change) {
    std::string_view path = change.path;
    if (path.starts_with("spec.")) path.remove_prefix(5);
    return fmt::format("{}: {} -> {}", path, value_words(change.before), value_words(change.after));
}

}  // namespace salve::diagnose
