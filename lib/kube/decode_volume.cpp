#include "kube/decode_kinds.hpp"

namespace salve::kube {
namespace {

using Source = Volume::Source;

// A ConfigMap or Secret, as a volume ("name", for secrets "secretName") or as a source of a projected volume ("name").
Volume object_source(Source kind, const Field& source, const char* name_key) {
    Volume made;
    made.source = kind;
    made.object = source[name_key].text();
    made.optional = source["optional"].flag();
    made.keys = source["items"].list([](const Field& item) { return item["key"].text(); });
    return made;
}

Volume decode_projection(const Field& source) {
    if (const Field map = source["configMap"]) return object_source(Source::config_map, map, "name");
    if (const Field secret = source["secret"]) return object_source(Source::secret, secret, "name");
    Volume made;
    if (source["downwardAPI"]) made.source = Source::downward_api;
    return made;
}

// The sources that name a place or a provider.
Volume decode_place(const Field& volume) {
    Volume made;
    if (const Field claim = volume["persistentVolumeClaim"]) {
        made.source = Source::claim;
        made.object = claim["claimName"].text();
    } else if (const Field dir = volume["emptyDir"]) {
        made.source = Source::empty_dir;
        if (const Field limit = dir["sizeLimit"]) made.size_limit = limit.scalar();
    } else if (const Field host = volume["hostPath"]) {
        made.source = Source::host_path;
        made.path = host["path"].clean();
        made.path_type = host["type"].text();
    } else if (const Field projected = volume["projected"]) {
        made.source = Source::projected;
        made.projected = projected["sources"].list(decode_projection);
    } else if (const Field csi = volume["csi"]) {
        made.source = Source::csi;
        made.object = csi["driver"].text();
    } else if (volume["ephemeral"]) {
        made.source = Source::ephemeral;
    } else if (const Field nfs = volume["nfs"]) {
        made.source = Source::nfs;
        made.object = nfs["server"].text();
        made.path = nfs["path"].clean();
    } else if (volume["downwardAPI"]) {
        made.source = Source::downward_api;
    }
    return made;
}

Volume decode_source(const Field& volume) {
    if (const Field map = volume["configMap"]) return object_source(Source::config_map, map, "name");
    if (const Field secret = volume["secret"]) return object_source(Source::secret, secret, "secretName");
    return decode_place(volume);
}

}  // namespace

Volume decode_volume(const Field& volume) {
    Volume made = decode_source(volume);
    made.name = volume["name"].text();
    return made;
}

}  // namespace salve::kube
