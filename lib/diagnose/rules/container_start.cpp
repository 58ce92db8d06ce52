// TAXONOMY 1.5: the runtime created the container and could not start its process. A shell that does not find a
// program is a crash (exit code 127, reason Error) and not judged here.
#include <fmt/format.h>

#include "diagnose/containers.hpp"
#include "diagnose/pod_mounts.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/start_modes.hpp"
#include "diagnose/start_text.hpp"

namespace salve::diagnose::rules {
namespace {

// A start that failed, as the present status says it.
struct Failure {
    std::string text;  // the runtime's
    StartText read;
    LastRun end;           // the StartError, if there was one
    bool waiting = false;  // state.waiting says it itself
};

bool is_start_error(const kube::Terminated* end) {
    return end && (end->reason == "StartError" || end->reason == "ContainerCannotRun");
}

std::optional<Failure> start_failure(const Pod& pod, const ContainerStatus& status) {
    // A container that runs has been started since, whatever its last state says.
    if (status.state.running || status.list == ContainerStatus::List::ephemeral) return std::nullopt;
    const auto* spec = kube::container_spec(pod.spec, status.name);
    const auto workdir = spec ? spec->working_dir : "";
    Failure out;
    const auto end = last_run(status);
    if (is_start_error(end.terminated)) out.end = end;
    if (const auto& waiting = status.state.waiting) {
        const bool run = waiting->reason == "RunContainerError", create = waiting->reason == "CreateContainerError";
        if (!run && !create && waiting->reason != "CrashLoopBackOff") return std::nullopt;
        if (run || create) {
            out.waiting = true;
            out.text = waiting->message;
            out.read = read_start_text(out.text, workdir);
            if (create) return out.read.fault == StartFault::device_or_oci ? std::nullopt : std::optional(out);
            if (out.read.fault != StartFault::device_or_oci || !out.end.terminated) return out;
        }
    }
    if (!out.end.terminated) return std::nullopt;
    out.text = out.end.terminated->message;
    out.read = read_start_text(out.text, workdir);
    return out;
}

std::string exit_words(const Failure& failure) {
    return failure.end.terminated ? fmt::format(" (exit code {})", failure.end.terminated->exit_code) : "";
}

// What the template asks to be run: evidence, and the field to look at.
struct Asked {
    std::string field, text;  // "command", "[sh -c ...]"; empty: the image's own entrypoint
};
Asked asked(const kube::Container* spec) {
    if (!spec) return {};
    if (!spec->command.empty()) return {"command", fmt::format("[{}]", fmt::join(spec->command, " "))};
    if (!spec->args.empty()) return {"args", fmt::format("[{}]", fmt::join(spec->args, " "))};
    return {};
}

std::string where_from(const Asked& what) {
    if (what.field.empty()) return "the image's own entrypoint; the template sets neither command nor args";
    return fmt::format("{} of the template", what.field);
}

const kube::VolumeMount* mount_at(const kube::Container* spec, std::string_view path) {
    if (spec)
        for (const auto& mount : spec->mounts)
            if (mount.path == path) return &mount;
    return nullptr;
}

void say_command(Finding& finding, const std::string& who, const kube::Container* spec, const Failure& failure) {
    const auto& read = failure.read;
    const auto what = asked(spec);
    const auto name = read.subject.empty() ? std::string("its program") : fmt::format("\"{}\"", read.subject);
    const auto image = spec ? spec->image : "";
    const bool denied = read.fault == StartFault::permission_denied;
    finding.summary = fmt::format("{} cannot start: {} {} image {}: {}{}.", who, name,
                                  denied              ? "may not be executed in"
                                  : read.maybe_loader ? "cannot be run from"
                                                      : "is not in",
                                  image, excerpt(read.decisive), exit_words(failure));
    if (denied) return;
    finding.advice = {
        fmt::format("{} comes from {}: correct it, or use an image that has it.", name, where_from(what))};
    if (read.maybe_loader)
        finding.advice.push_back(
            "\"no such file or directory\" is also said of a file that is there when its interpreter (the first line "
            "of "
            "a script) or its C library (a binary built for glibc in an Alpine image) is missing.");
}

// A subPath that a ConfigMap or Secret does not hold as a key is made by the kubelet, as an empty directory.
void add_sub_path_advice(Finding& finding, const Pod& pod, const kube::VolumeMount& mount) {
    const auto* volume = volume_of(pod, mount.volume);
    if (!volume || mount.sub_path.empty()) return;
    const bool secret = volume->source == kube::Volume::Source::secret;
    if (!secret && volume->source != kube::Volume::Source::config_map) return;
    finding.advice.insert(
        finding.advice.begin(),
        fmt::format("See whether {} {} has a key {} (kubectl -n {} describe {} {}): where it has none, the kubelet "
                    "makes an empty directory of that name and mounts that.",
                    secret ? "Secret" : "ConfigMap", volume->object, mount.sub_path, pod.meta.ns,
                    secret ? "secret" : "configmap", volume->object));
}

void say_place(Finding& finding, const std::string& who, const Pod& pod, const kube::Container* spec,
               const Failure& failure) {
    const auto& read = failure.read;
    const bool workdir = read.fault == StartFault::bad_workdir;
    finding.summary =
        fmt::format("{} cannot start: its {} {} does not fit the image: {}{}.", who,
                    workdir ? "workingDir" : "mount at", read.subject, excerpt(read.decisive), exit_words(failure));
    if (workdir) {
        finding.category = Category::other;  // no storage is involved
        if (spec && !spec->working_dir.empty())
            finding.evidence.push_back(from_field(pod.meta.ref(), Source::spec,
                                                  spec_path(pod, spec->name) + ".workingDir", spec->working_dir));
        finding.advice = {
            fmt::format("Set workingDir to a directory: {} is none in this image, or cannot be made or "
                        "entered.",
                        read.subject)};
    } else if (const auto* mount = mount_at(spec, read.subject)) {
        finding.evidence.push_back(
            from_field(pod.meta.ref(), Source::spec, spec_path(pod, spec->name) + ".volumeMounts",
                       fmt::format("volume {} at {}{}", mount->volume, mount->path,
                                   mount->sub_path.empty() ? "" : fmt::format(", subPath {}", mount->sub_path))));
        finding.advice = {
            fmt::format("Correct the mount of volume {} at {}: a directory cannot be mounted over a file, "
                        "nor a file over a directory; to place one file use subPath with the file's name.",
                        mount->volume, mount->path)};
        add_sub_path_advice(finding, pod, *mount);
    }
}

Finding describe(const World& world, const Pod& pod, const ContainerStatus& status, const Failure& failure) {
    auto finding = pod_finding(world, start_mode(start_mode_id(failure.read.fault)), pod, status.name);
    if (failure.waiting)
        finding.evidence.push_back(
            from_status(pod, status, "state.waiting",
                        fmt::format("{}: {}", status.state.waiting->reason, status.state.waiting->message)));
    if (failure.end.terminated) {
        finding.evidence.push_back(from_termination(pod, status, failure.end));
        finding.last_seen = failure.end.terminated->finished;
    }
    const auto who = container_of_owner(world, pod, status.name);
    const auto* spec = kube::container_spec(pod.spec, status.name);
    switch (failure.read.fault) {
        case StartFault::command_not_found:
        case StartFault::permission_denied:
            say_command(finding, who, spec, failure);
            break;
        case StartFault::bad_mount:
        case StartFault::bad_workdir:
            say_place(finding, who, pod, spec, failure);
            break;
        case StartFault::device_or_oci:
            finding.summary = fmt::format("{} cannot start on node {}: {}{}.", who, pod.spec.node_name,
                                          excerpt(failure.read.decisive), exit_words(failure));
            break;
    }
    if (const auto what = asked(spec); !what.field.empty()) {
        finding.evidence.push_back(from_field(
            pod.meta.ref(), Source::spec, fmt::format("{}.{}", spec_path(pod, status.name), what.field), what.text));
        finding.evidence.back().container = status.name;
    }
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> out;
    for (const auto* pod : world.unsettled()) {
        if (superseded(world, *pod)) continue;
        for (const auto& status : pod->statuses)
            if (const auto failure = start_failure(*pod, status))
                out.push_back(describe(world, *pod, status, *failure));
    }
    return out;
}

}  // namespace

extern const Rule container_start;
const Rule container_start{.id = "container_start", .modes = start_modes, .match = match};

}  // namespace salve::diagnose::rules
