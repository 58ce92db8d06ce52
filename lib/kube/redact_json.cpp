#include "kube/redact_json.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/json.hpp"
#include "kube/annotations.hpp"

namespace salve::kube {
namespace {

using nlohmann::json;

// Fields whose strings stay as they are: names, vocabulary, times, addresses, image references. Decoding reads them
// unredacted, so a field is here if and only if decode_*.cpp takes its text() or scalar().
constexpr auto plain_fields = std::to_array<std::string_view>({
    "accessModes",
    "addresses",
    "apiVersion",
    "architecture",
    "bootID",
    "cidr",
    "claimName",
    "clusterIP",
    "completionTime",
    "component",
    "concurrencyPolicy",
    "conditionType",
    "containerID",
    "containerRuntimeVersion",
    "controller",
    "creationTimestamp",
    "currentRevision",
    "deletionTimestamp",
    "driver",
    "effect",
    "eventTime",
    "externalName",
    "failurePolicy",
    "fieldPath",
    "finalizers",
    "finishedAt",
    "firstTimestamp",
    "group",
    "host",
    "hostIP",
    "hostname",
    "image",
    "imageID",
    "imagePullPolicy",
    "ingressClassName",
    "key",
    "kind",
    "kubeletVersion",
    "lastHeartbeatTime",
    "lastObservedTime",
    "lastProbeTime",
    "lastScheduleTime",
    "lastSuccessfulTime",
    "lastTimestamp",
    "lastTransitionTime",
    "lastUpdateTime",
    "maxSurge",
    "maxUnavailable",
    "minAvailable",
    "mountPath",
    "name",
    "namespace",
    "namespaces",
    "nodeName",
    "nominatedNodeName",
    "operatingSystem",
    "operator",
    "persistentVolumeReclaimPolicy",
    "phase",
    "podIP",
    "podManagementPolicy",
    "policyTypes",
    "port",
    "priorityClassName",
    "protocol",
    "provisioner",
    "qosClass",
    "reason",
    "reclaimPolicy",
    "renewTime",
    "reportingComponent",
    "resourceVersion",
    "resources",
    "restartPolicy",
    "runtimeClassName",
    "schedule",
    "schedulerName",
    "scheme",
    "secretName",
    "server",
    "serviceAccountName",
    "serviceName",
    "servicePort",
    "sizeLimit",
    "startTime",
    "startedAt",
    "status",
    "storageClassName",
    "subPath",
    "subdomain",
    "targetPort",
    "timeZone",
    "topologyKey",
    "type",
    "uid",
    "updateRevision",
    "values",
    "version",
    "volumeBindingMode",
    "volumeMode",
    "volumeName",
    "whenUnsatisfiable",
    "workingDir",
});
static_assert(std::is_sorted(plain_fields.begin(), plain_fields.end()));

// Maps of names to names or quantities: nothing below them is free text.
constexpr auto plain_maps = std::to_array<std::string_view>({
    "allocatable",
    "capacity",
    "default",
    "defaultRequest",
    "hard",
    "labels",
    "limits",
    "matchLabels",
    "max",
    "maxLimitRequestRatio",
    "min",
    "nodeSelector",
    "requests",
    "topology",
    "used",
});
static_assert(std::is_sorted(plain_maps.begin(), plain_maps.end()));

constexpr auto dropped_fields = std::to_array<std::string_view>({"caBundle", "managedFields", "selfLink"});

// Kinds that a plan may change: who else writes to them decides whether a change lasts.
constexpr auto patched_kinds = std::to_array<std::string_view>(
    {"CronJob", "DaemonSet", "Deployment", "HorizontalPodAutoscaler", "Job", "StatefulSet"});
static_assert(std::is_sorted(patched_kinds.begin(), patched_kinds.end()));

template <std::size_t Count>
bool is_in(const std::array<std::string_view, Count>& sorted, std::string_view word) {
    return std::binary_search(sorted.begin(), sorted.end(), word);
}

// Is this the selector of a Service, a plain map of labels? (Other selectors hold matchLabels and matchExpressions.)
bool is_label_map(const json& value) {
    return value.is_object() &&
           std::all_of(value.begin(), value.end(), [](const json& label) { return label.is_string(); });
}

bool all_text(const json& value) {
    return value.is_array() &&
           std::all_of(value.begin(), value.end(), [](const json& element) { return element.is_string(); });
}

class Walk {
public:
    explicit Walk(const base::Redactor& redactor) : redactor_(redactor) {}

    // `key`: the field that the value, or the array around it, stands in.
    void value(json& value, std::string_view key) const {
        if (value.is_object()) {
            object(value);
        } else if (value.is_array()) {
            for (json& element : value) this->value(element, key);
        } else if (value.is_string() && !is_in(plain_fields, key)) {
            value = redactor_.text(value.get_ref<const std::string&>());
        }
    }

    void object(json& fields, std::string_view kind = "") const {
        for (const auto dropped : dropped_fields) fields.erase(std::string(dropped));
        if (const auto own = fields.find("kind"); own != fields.end() && own->is_string())
            kind = own->get_ref<const std::string&>();
        if (kind == "Secret" || kind == "ConfigMap")
            for (const char* content : {"data", "stringData", "binaryData"}) fields.erase(content);
        auto writers = managers(fields, kind);
        const bool list = kind.ends_with("List") && fields.contains("items") && fields["items"].is_array();
        if (list) items(fields["items"], std::string(kind.substr(0, kind.size() - 4)));
        for (auto& [key, member] : fields.items())
            if (!list || key != "items") field(key, member);
        if (!writers.is_null()) fields["metadata"]["managedFields"] = std::move(writers);
    }

private:
    // Items of a list: without a kind of their own they are what the list is a list of ("PodList": "Pod").
    void items(json& elements, const std::string& kind) const {
        for (json& element : elements)
            if (element.is_object())
                object(element, kind);
            else
                value(element, "items");
    }

    void field(const std::string& key, json& value) const {
        if (is_in(plain_maps, key) || (key == "selector" && is_label_map(value))) return;
        if (key == "template" && value.is_object() && value.contains("metadata"))
            pod_template(value);
        else if (key == "annotations" && value.is_object())
            annotations(value, false);
        else if ((key == "env" || key == "httpHeaders") && value.is_array())
            for (json& pair : value) named_value(pair, key == "env");
        else if ((key == "command" || key == "args") && all_text(value))
            value = redactor_.args(value.get<std::vector<std::string>>());
        else
            this->value(value, key);
    }

    // One of env or httpHeaders: {"name": ..., "value": ...}
    void named_value(json& pair, bool env) const {
        if (!pair.is_object()) return value(pair, "");
        const auto name = pair.find("name"), text = pair.find("value");
        std::optional<std::string> redacted;
        if (text != pair.end() && text->is_string()) {
            const auto& secret = text->get_ref<const std::string&>();
            const bool named = name != pair.end() && name->is_string();
            redacted = env ? redactor_.env(named ? name->get_ref<const std::string&>() : "", secret)
                           : redactor_.header(secret);
            pair.erase("value");
        }
        object(pair);
        if (redacted) pair["value"] = *redacted;
    }

    // Who wrote to the object, and when: which fields of it is bulk, and of pods there is nothing to know.
    json managers(const json& fields, std::string_view kind) const {
        const json::json_pointer where("/metadata/managedFields");
        if (!is_in(patched_kinds, kind) || !fields.contains(where) || !fields[where].is_array()) return nullptr;
        json kept = json::array();
        for (const auto& entry : fields[where]) {
            if (!entry.is_object() || !entry.contains("manager") || !entry["manager"].is_string()) continue;
            json writer = json::object();
            for (const char* key : {"manager", "subresource", "time"})
                if (entry.contains(key) && entry[key].is_string())
                    writer[key] = redactor_.text(entry[key].get_ref<const std::string&>());
            kept.push_back(std::move(writer));
        }
        std::sort(kept.begin(), kept.end());
        kept.erase(std::unique(kept.begin(), kept.end()), kept.end());
        return kept;
    }

    // Every annotation of a pod template stays, redacted: what goes back to an older revision has to bring them back.
    void pod_template(json& value) const {
        json kept;
        auto& meta = value["metadata"];
        if (meta.is_object() && meta.contains("annotations") && meta["annotations"].is_object()) {
            kept = meta["annotations"];
            annotations(kept, true);
            meta.erase("annotations");
        }
        object(value);
        if (!kept.is_null()) value["metadata"]["annotations"] = std::move(kept);
    }

    void annotations(json& annotations, bool all) const {
        json kept = json::object();
        for (const auto& [key, value] : annotations.items()) {
            if (!value.is_string()) {
                if (!value.is_structured()) kept[key] = value;
            } else if (key == autoscaler_conditions) {
                kept[key] = embedded(value.get_ref<const std::string&>());
            } else if (all || is_kept_annotation(key)) {
                if (auto text = redactor_.annotation(key, value.get_ref<const std::string&>())) kept[key] = *text;
            }
        }
        annotations = std::move(kept);
    }

    // JSON in a string: redacted as JSON, so that it stays JSON. What is not JSON decodes to an error, and stays one.
    std::string embedded(const std::string& text) const {
        try {
            json inner = base::parse_json(text, "annotation");
            value(inner, "");
            return inner.dump(-1, ' ', false, json::error_handler_t::replace);
        } catch (const base::Error&) {
            return redactor_.text(text);
        }
    }

    const base::Redactor& redactor_;
};

}  // namespace

std::string redact_json(std::string_view object, const base::Redactor& redactor, std::string_view kind) {
    json document = base::parse_json(object, "object", base::ErrorKind::cluster_unreadable);
    const Walk walk(redactor);
    if (document.is_object())
        walk.object(document, kind);
    else
        walk.value(document, "");
    return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace salve::kube
