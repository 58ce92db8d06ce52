#include "kube/decode_kinds.hpp"

namespace salve::kube {
namespace {

using Source = Volume::Source;

// A ConfigMap or Secret, as a volume ("name", for secrets "secretName") or as a source of a projected volume ("name").
Volume object_source(Source kind, const Field& source, const char* name_key) {
    const auto [optional, items] = source.get<"optional", "items">();
    Volume made;
    made.source = kind;
    made.object = source[name_key].text();
    made.optional = optional.flag();
    made.keys = items.list([](const Field& item) { return item["key"].text(); });
    return made;
}

Volume decode_projection(const Field& source) {
    const auto [map, secret, downward_api] = source.get<"configMap", "secret", "downwardAPI">();
    if (map) return object_source(Source::config_map, map, "name");
    if (secret) return object_source(Source::secret, secret, "name");
    Volume made;
    if (downward_api) made.source = Source::downward_api;
    return made;
}

// One that names a place or a provider.
Volume decode_place(const Field& volume) {
    const auto [claim, dir, host, projected, csi, ephemeral, nfs, downward_api] =
        volume.get<"persistentVolumeClaim", "emptyDir", "hostPath", "projected", "csi", "ephemeral", "nfs",
                   "downwardAPI">();
    Volume made;
    if (claim) {
        made.source = Source::claim;
        made.object = claim["claimName"].text();
    } else if (dir) {
        made.source = Source::empty_dir;
        if (const Field limit = dir["sizeLimit"]) made.size_limit = limit.scalar();
    } else if (host) {
        made.source = Source::host_path;
        made.path = host["path"].clean();
        made.path_type = host["type"].text();
    } else if (projected) {
        made.source = Source::projected;
        made.projected = projected["sources"].list(decode_projection);
    } else if (csi) {
        made.source = Source::csi;
        made.object = csi["driver"].text();
    } else if (ephemeral) {
        made.source = Source::ephemeral;
    } else if (nfs) {
        made.source = Source::nfs;
        made.object = nfs["server"].text();
        made.path = nfs["path"].clean();
    } else if (downward_api) {
        made.source = Source::downward_api;
    }
    return made;
}

}  // namespace

Volume decode_volume(const Field& volume) {
    const auto [name, map, secret] = volume.get<"name", "configMap", "secret">();
    Volume made = map      ? object_source(Source::config_map, map, "name")
                  : secret ? object_source(Source::secret, secret, "secretName")
                           : decode_place(volume);
    made.name = name.text();
    return made;
}

}  // namespace salve::kube
