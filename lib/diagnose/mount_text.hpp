// Reading of the events with which the kubelet and the attach-detach controller say that a volume is not there:
// FailedMount, FailedMapVolume, FailedAttachVolume. Texts: pkg/kubelet/volumemanager, pkg/volume/{configmap,secret,
// projected,hostpath,csi}, pkg/volume/util/operationexecutor, pkg/controller/volume/attachdetach/reconciler.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace salve::diagnose {

enum class MountFault {
    config_map_missing,
    secret_missing,
    config_map_key_missing,
    secret_key_missing,
    host_path,
    multi_attach,
    attach,
    mount,    // any other text of a mount: the cause, in detail
    timeout,  // "unmounted volumes=[...]": a symptom
};

struct MountFailure {
    MountFault fault = MountFault::mount;
    std::string volume;     // the pod's volume, or the PersistentVolume behind it; for timeout all that it names
    std::string object;     // ConfigMap or Secret that is missing
    std::string object_ns;  // where the text names it ("NS/NAME"), else empty: the pod's
    std::string key;        // key that is missing
    std::string path;       // hostPath
    std::string detail;     // the text after the volume
};

// What an event of those three reasons says; a projected volume can lack several things at once. Empty for start-up
// noise and for other texts.
std::vector<MountFailure> mount_failures(std::string_view reason, std::string_view message);

// Whether a kubelet that has just started or just heard of the pod says this of objects that are there.
bool is_start_up_noise(std::string_view message);

}  // namespace salve::diagnose
