#include "kube/annotations.hpp"
#include "kube/decode_kinds.hpp"

namespace salve::kube {

PersistentVolumeClaim decode_claim(const Field& object, const TypeMeta& type) {
    const auto [storage_class, volume, volume_mode, resources, access_modes] =
        object["spec"].get<"storageClassName", "volumeName", "volumeMode", "resources", "accessModes">();
    const auto [phase, capacity, conditions] = object["status"].get<"phase", "capacity", "conditions">();
    PersistentVolumeClaim made;
    made.meta = decode_meta(object, type);
    made.storage_class = storage_class.maybe_text();
    made.volume = volume.text();
    made.phase = phase.text();
    made.volume_mode = volume_mode.text();
    made.requested = resources["requests"]["storage"].text();
    made.access_modes = access_modes.texts();
    made.capacity = capacity.text_map();
    made.conditions = decode_conditions(conditions);
    return made;
}

PersistentVolume decode_volume_object(const Field& object, const TypeMeta& type) {
    const Field spec = object["spec"], status = object["status"], claim = spec["claimRef"];
    PersistentVolume made;
    made.meta = decode_meta(object, type);
    made.storage_class = spec["storageClassName"].text();
    made.phase = status["phase"].text();
    made.reason = status["reason"].text();
    made.message = status["message"].clean();
    made.reclaim_policy = spec["persistentVolumeReclaimPolicy"].text();
    made.capacity = spec["capacity"]["storage"].text();
    made.claim_ns = claim["namespace"].text();
    made.claim_name = claim["name"].text();
    made.claim_uid = claim["uid"].text();
    made.access_modes = spec["accessModes"].texts();
    made.node_affinity = spec["nodeAffinity"]["required"]["nodeSelectorTerms"].list(
        [](const Field& term) { return term["matchExpressions"].list(decode_requirement); });
    made.csi_driver = spec["csi"]["driver"].text();
    return made;
}

StorageClass decode_storage_class(const Field& object, const TypeMeta& type) {
    const Field annotations = object["metadata"]["annotations"];
    StorageClass made;
    made.meta = decode_meta(object, type);
    made.provisioner = object["provisioner"].text();
    made.binding_mode = object["volumeBindingMode"].text();
    made.reclaim_policy = object["reclaimPolicy"].text();
    made.is_default =
        annotations[default_storage_class].view() == "true" || annotations[default_storage_class_beta].view() == "true";
    return made;
}

}  // namespace salve::kube
