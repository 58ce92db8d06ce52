// The modes of a container whose process never ran as meant: its command, its mounts, its devices. Two families claim
// them: the kubelet's StartError proves them by status, a shell's exit codes 126 and 127 by status and log.
#pragma once
#include <array>
#include <string_view>

#include "diagnose/finding.hpp"

namespace salve::diagnose {

inline constexpr std::array<Mode, 4> start_modes{{
    {.id = "pod.run.command-not-found",
     .category = Category::command_not_found,
     .severity = Severity::high,
     .summary = "The program that the container should run does not exist in its image.",
     .needs = "RunContainerError or a StartError (ContainerCannotRun) that says \"executable file not found\" or \"no "
              "such file or directory\"; or exit code 127 with reason Error and a log line in which a shell names the "
              "missing command.",
     .not_when = "A mount source or working directory is what does not exist: that is pod.run.bad-mount-or-workdir.",
     .advice = "Compare command and args of the template with what the image holds: a typo, another base image, a "
               "script whose interpreter or libc is missing give the same text."},
    {.id = "pod.run.permission-denied",
     .category = Category::command_not_found,
     .severity = Severity::high,
     .summary = "The program that the container should run exists but may not be executed.",
     .needs = "RunContainerError or a StartError (ContainerCannotRun) that says \"permission denied\" on exec; or exit "
              "code 126 with reason Error.",
     .not_when = "The running program was refused a file: that is pod.crashloop.fs-permission.",
     .advice =
         "Give the file its execute bit in the image (chmod +x before COPY, or COPY --chmod), name a file and not "
         "a directory, and see that the volume it lies on is not mounted noexec."},
    {.id = "pod.run.bad-mount-or-workdir",
     .category = Category::storage_mount,
     .severity = Severity::high,
     .summary = "A mount or the working directory of the template does not fit the file system of the image.",
     .needs = "RunContainerError or a StartError whose text is about a mount or the working directory: \"not a "
              "directory\", \"are you trying to mount a directory onto a file\", \"mkdir ... read-only file system\", "
              "\"chdir to cwd\".",
     .not_when = "The volume itself could not be mounted: then the pod never left ContainerCreating (pod.volume.*).",
     .advice = "Correct mountPath, subPath or workingDir in the template: a directory cannot be mounted over a file, "
               "and a working directory cannot be a file."},
    {.id = "pod.run.device-or-oci",
     .category = Category::other,
     .severity = Severity::high,
     .summary = "The container runtime could not start the container, for a reason that is neither its command nor "
                "its mounts.",
     .needs = "RunContainerError or a StartError (ContainerCannotRun) with any other text of the runtime.",
     .not_when = "The text names the command or a mount.",
     .advice = "Read the runtime's text: devices, cgroups, seccomp or AppArmor profiles and the runtime class are set "
               "up by the node, the security context by the template."},
}};

// The row with that id; the program stops if there is none.
const Mode& start_mode(std::string_view id);

}  // namespace salve::diagnose
