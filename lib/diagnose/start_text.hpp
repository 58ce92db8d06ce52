// What a container runtime says when it cannot start a container's process. The texts are those of runc (containerd,
// Docker, CRI-O), crun (CRI-O, Podman) and gVisor; see runc
// libcontainer/{init_linux,rootfs_linux,standard_init_linux}.go and crun src/libcrun/container.c.
#pragma once
#include <string>
#include <string_view>

#include "kube/pod.hpp"

namespace salve::diagnose {

enum class StartFault { command_not_found, permission_denied, bad_mount, bad_workdir, device_or_oci };

struct StartText {
    StartFault fault = StartFault::device_or_oci;
    std::string subject;   // the executable, mount path or directory that the text names; may be empty
    std::string decisive;  // the text without the chain of wrappers before it and ": unknown" after it
    bool maybe_loader =
        false;  // "no such file or directory": may be the interpreter or C library of a file that exists
};

// Never fails: a text that says nothing known is device_or_oci. working_dir of the container's spec may be empty; it
// tells a mkdir for the working directory from one for a mount.
StartText read_start_text(std::string_view text, std::string_view working_dir = "");

// The mode of TAXONOMY 1.5 that the fault belongs to ("pod.run.command-not-found").
std::string_view start_mode_id(StartFault fault);

}  // namespace salve::diagnose
