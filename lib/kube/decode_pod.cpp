#include "kube/decode_kinds.hpp"
#include "kube/slim.hpp"

namespace salve::kube {
namespace {

Toleration decode_toleration(const Field& toleration) {
    return {toleration["key"].text(), toleration["operator"].text(), toleration["value"].clean(),
            toleration["effect"].text()};
}

PodAffinityTerm decode_affinity_term(const Field& term) {
    return {term["topologyKey"].text(), decode_selector(term["labelSelector"]), term["namespaces"].texts()};
}

TopologySpread decode_spread(const Field& spread) {
    TopologySpread made;
    made.topology_key = spread["topologyKey"].text();
    made.when_unsatisfiable = spread["whenUnsatisfiable"].text();
    made.max_skew = spread["maxSkew"].number(made.max_skew);
    made.selector = decode_selector(spread["labelSelector"]);
    return made;
}

NodeSelectorTerm decode_node_term(const Field& term) {
    return {term["matchExpressions"].list(decode_requirement), term["matchFields"].list(decode_requirement)};
}

// Only what is required: a preference never keeps a pod from a node.
void decode_placement(const Field& spec, PodSpec& made) {
    constexpr std::string_view required = "requiredDuringSchedulingIgnoredDuringExecution";
    const Field affinity = spec["affinity"];
    made.node_affinity = affinity["nodeAffinity"][required]["nodeSelectorTerms"].list(decode_node_term);
    made.pod_affinity = affinity["podAffinity"][required].list(decode_affinity_term);
    made.pod_anti_affinity = affinity["podAntiAffinity"][required].list(decode_affinity_term);
    made.topology_spread = spec["topologySpreadConstraints"].list(decode_spread);
    made.tolerations = spec["tolerations"].list(decode_toleration);
}

void decode_statuses(const Field& statuses, ContainerStatus::List list, std::vector<ContainerStatus>& into) {
    int index = 0;
    statuses.each([&](const Field& status) { into.push_back(decode_container_status(status, list, index++)); });
}

using Containers = base::List<Container>;

// Each pod has a mount of another name for its token. What the containers say but for their mounts, each by itself;
// empty where that is not to be had.
const std::string& bytes_without_mounts(const Field& containers) {
    auto& key = containers.context().recalls().key;
    key.clear();
    bool whole = containers.bytes().has_value();
    if (whole)
        containers.each(
            [&](const Field& container) { whole = whole && container.append_bytes_without("volumeMounts", key); });
    if (!whole) key.clear();
    return key;
}

Containers decode_containers(const Field& containers) {
    auto& context = containers.context();
    auto& lately = context.recalls().containers;
    const auto& bytes = bytes_without_mounts(containers);
    if (const auto* known = lately.find(bytes)) {
        Containers made = *known;
        std::size_t at = 0;
        containers.each([&](const Field& container) { made[at++].mounts = decode_mounts(container); });
        return made;
    }
    const auto cleaned = context.cleaned();
    Containers made = containers.list(decode_container);
    if (context.cleaned() == cleaned) lately.keep(bytes, made);
    return made;
}

// Here no mounts are kept.
Containers decode_lean_containers(const Field& containers) {
    auto& lately = containers.context().recalls().lean_containers;
    const auto& bytes = bytes_without_mounts(containers);
    if (const auto* known = lately.find(bytes)) return *known;
    Containers made = containers.list(decode_lean_container);
    lately.keep(bytes, made);
    return made;
}

// The part that any pod has, without its volumes.
PodSpec decode_spec(const Field& spec, Containers (*decode)(const Field&)) {
    PodSpec made;
    made.node_name = spec["nodeName"].view();
    made.service_account = spec["serviceAccountName"].view();
    made.scheduler_name = spec["schedulerName"].view();
    made.runtime_class = spec["runtimeClassName"].view();
    made.priority_class = spec["priorityClassName"].view();
    made.restart_policy = spec["restartPolicy"].view();
    made.host_network = spec["hostNetwork"].flag();
    made.termination_grace_s = spec["terminationGracePeriodSeconds"].maybe_long();
    made.init_containers = decode(spec["initContainers"]);
    made.containers = decode(spec["containers"]);
    made.node_selector = spec["nodeSelector"].text_map();
    made.image_pull_secrets = decode_names(spec["imagePullSecrets"]);
    made.scheduling_gates = decode_names(spec["schedulingGates"]);
    made.readiness_gates = spec["readinessGates"].list([](const Field& gate) { return gate["conditionType"].text(); });
    made.security = decode_security(spec["securityContext"]);
    return made;
}

// Of a settled pod, whose placement and whose containers' insides are not kept.
PodSpec decode_lean_spec(const Field& spec) {
    auto made = decode_spec(spec, decode_lean_containers);
    std::vector<Volume> volumes;
    spec["volumes"].each([&](const Field& volume) {
        if (!volume["persistentVolumeClaim"] && !volume["ephemeral"]) return;  // most name a ConfigMap or a token
        if (auto one = decode_volume(volume); is_kept_volume(one)) volumes.push_back(std::move(one));
    });
    made.volumes = std::move(volumes);
    return made;
}

// Without annotations, conditions and spec.
Pod decode_state_of(const Field& object, const TypeMeta& type) {
    Pod made;
    made.meta = decode_bare_meta(object, type);
    const Field status = object["status"];
    made.phase = status["phase"].view();
    made.reason = status["reason"].view();
    made.message = status["message"].clean();
    made.nominated_node = status["nominatedNodeName"].view();
    made.started = status["startTime"].time();
    using List = ContainerStatus::List;
    const Field init = status["initContainerStatuses"], main = status["containerStatuses"],
                ephemeral = status["ephemeralContainerStatuses"];
    made.statuses.reserve(init.size() + main.size() + ephemeral.size());
    decode_statuses(init, List::init, made.statuses);
    decode_statuses(main, List::main, made.statuses);
    decode_statuses(ephemeral, List::ephemeral, made.statuses);
    return made;
}

void add_rest(const Field& object, Pod& made) {
    made.meta.annotations = decode_annotations(object["metadata"]["annotations"]);
    made.conditions = decode_conditions(object["status"]["conditions"]);
    made.spec = decode_pod_spec(object["spec"]);
}

}  // namespace

PodSpec decode_pod_spec(const Field& spec) {
    auto made = decode_spec(spec, decode_containers);
    made.volumes = spec["volumes"].list(decode_volume);
    decode_placement(spec, made);
    return made;
}

PodTemplate decode_pod_template(const Field& pod_template) {
    const Field meta = pod_template["metadata"];
    return {meta["labels"].text_map(), decode_annotations(meta["annotations"]),
            recalled(pod_template["spec"], pod_template.context().recalls().specs, decode_pod_spec)};
}

Pod decode_pod(const Field& object, const TypeMeta& type) {
    auto made = decode_state_of(object, type);
    add_rest(object, made);
    return made;
}

// Of the conditions those that stay tell whether it is settled.
Pod decode_lean_pod(const Field& object, const TypeMeta& type) {
    auto made = decode_state_of(object, type);
    made.conditions = decode_conditions(object["status"]["conditions"], is_kept_condition);
    if (is_settled(made))
        made.spec = decode_lean_spec(object["spec"]);
    else
        add_rest(object, made);
    return made;
}

}  // namespace salve::kube
