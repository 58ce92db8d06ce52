#include "kube/decode_kinds.hpp"
#include "kube/slim.hpp"

namespace salve::kube {
namespace {

Toleration decode_toleration(const Field& toleration) {
    const auto [key, op, value, effect] = toleration.get<"key", "operator", "value", "effect">();
    return {key.text(), op.text(), value.clean(), effect.text()};
}

PodAffinityTerm decode_affinity_term(const Field& term) {
    return {term["topologyKey"].text(), decode_selector(term["labelSelector"]), term["namespaces"].texts()};
}

TopologySpread decode_spread(const Field& spread) {
    const auto [key, when_unsatisfiable, max_skew, selector] =
        spread.get<"topologyKey", "whenUnsatisfiable", "maxSkew", "labelSelector">();
    TopologySpread made;
    made.topology_key = key.text();
    made.when_unsatisfiable = when_unsatisfiable.text();
    made.max_skew = max_skew.number(made.max_skew);
    made.selector = decode_selector(selector);
    return made;
}

NodeSelectorTerm decode_node_term(const Field& term) {
    return {term["matchExpressions"].list(decode_requirement), term["matchFields"].list(decode_requirement)};
}

void decode_statuses(const Field& statuses, ContainerStatus::List list, std::vector<ContainerStatus>& into) {
    int index = 0;
    statuses.each([&](const Field& status) { into.push_back(decode_container_status(status, list, index++)); });
}

using Containers = base::List<Container>;
using Volumes = base::List<Volume>;

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

Volumes decode_volumes(const Field& volumes) { return volumes.list(decode_volume); }

Volumes decode_lean_volumes(const Field& volumes) {
    std::vector<Volume> made;
    volumes.each([&](const Field& volume) {
        const auto [claim, ephemeral] = volume.get<"persistentVolumeClaim", "ephemeral">();
        if (!claim && !ephemeral) return;  // most name a ConfigMap or a token
        if (auto one = decode_volume(volume); is_kept_volume(one)) made.push_back(std::move(one));
    });
    return made;
}

// What others are judged by as well, who look at the nodes, ports and claims of pods that are well.
PodSpec decode_spec(const Field& spec, Containers (*containers_of)(const Field&), Volumes (*volumes_of)(const Field&)) {
    const auto [node, scheduler, restart_policy, host_network, init_containers, containers, volumes] =
        spec.get<"nodeName", "schedulerName", "restartPolicy", "hostNetwork", "initContainers", "containers",
                 "volumes">();
    PodSpec made;
    made.node_name = node.view();
    made.scheduler_name = scheduler.view();
    made.restart_policy = restart_policy.view();
    made.host_network = host_network.flag();
    made.init_containers = containers_of(init_containers);
    made.containers = containers_of(containers);
    made.volumes = volumes_of(volumes);
    return made;
}

PodSpec decode_lean_spec(const Field& spec) { return decode_spec(spec, decode_lean_containers, decode_lean_volumes); }

// Only what is required: a preference never keeps a pod from a node.
void add_affinity(const Field& affinity, PodSpec& made) {
    constexpr std::string_view required = "requiredDuringSchedulingIgnoredDuringExecution";
    if (!affinity) return;
    made.node_affinity = affinity["nodeAffinity"][required]["nodeSelectorTerms"].list(decode_node_term);
    made.pod_affinity = affinity["podAffinity"][required].list(decode_affinity_term);
    made.pod_anti_affinity = affinity["podAntiAffinity"][required].list(decode_affinity_term);
}

// What only the pod itself is judged by: where it may go, and as whom it runs.
void add_rest_of_spec(const Field& spec, PodSpec& made) {
    const auto [account, runtime_class, priority_class, grace, node_selector, pull_secrets, scheduling_gates,
                readiness_gates, security, affinity, spread, tolerations] =
        spec.get<"serviceAccountName", "runtimeClassName", "priorityClassName", "terminationGracePeriodSeconds",
                 "nodeSelector", "imagePullSecrets", "schedulingGates", "readinessGates", "securityContext", "affinity",
                 "topologySpreadConstraints", "tolerations">();
    made.service_account = account.view();
    made.runtime_class = runtime_class.view();
    made.priority_class = priority_class.view();
    made.termination_grace_s = grace.maybe_long();
    made.node_selector = node_selector.text_map();
    made.image_pull_secrets = decode_names(pull_secrets);
    made.scheduling_gates = decode_names(scheduling_gates);
    made.readiness_gates = readiness_gates.list([](const Field& gate) { return gate["conditionType"].text(); });
    made.security = decode_security(security);
    made.topology_spread = spread.list(decode_spread);
    made.tolerations = tolerations.list(decode_toleration);
    add_affinity(affinity, made);
}

// What the pod is but for its annotations and spec, with the conditions that are to be kept.
Pod decode_state_of(const Field& object, const TypeMeta& type, const Field& status, bool (*keep)(std::string_view)) {
    const auto [phase, reason, message, nominated_node, started, conditions, init, main, ephemeral] =
        status.get<"phase", "reason", "message", "nominatedNodeName", "startTime", "conditions",
                   "initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses">();
    Pod made;
    made.meta = decode_bare_meta(object, type);
    made.phase = phase.view();
    made.reason = reason.view();
    made.message = message.clean();
    made.nominated_node = nominated_node.view();
    made.started = started.time();
    made.conditions = decode_conditions(conditions, keep);
    using List = ContainerStatus::List;
    made.statuses.reserve(init.size() + main.size() + ephemeral.size());
    decode_statuses(init, List::init, made.statuses);
    decode_statuses(main, List::main, made.statuses);
    decode_statuses(ephemeral, List::ephemeral, made.statuses);
    return made;
}

void add_rest(const Field& object, const Field& spec, Pod& made) {
    made.meta.annotations = decode_annotations(object["metadata"]["annotations"]);
    made.spec = decode_pod_spec(spec);
}

}  // namespace

PodSpec decode_pod_spec(const Field& spec) {
    auto made = decode_spec(spec, decode_containers, decode_volumes);
    add_rest_of_spec(spec, made);
    return made;
}

PodTemplate decode_lean_template(const Field& pod_template) {
    const auto [meta, spec] = pod_template.get<"metadata", "spec">();
    return {meta["labels"].text_map(),
            {},
            recalled(spec, pod_template.context().recalls().lean_specs, [](const Field& field) {
                auto made = decode_lean_spec(field);
                add_rest_of_spec(field, made);
                return made;
            })};
}

PodTemplate decode_pod_template(const Field& pod_template) {
    const auto [meta, spec] = pod_template.get<"metadata", "spec">();
    const auto [labels, annotations] = meta.get<"labels", "annotations">();
    return {labels.text_map(), decode_annotations(annotations),
            recalled(spec, pod_template.context().recalls().specs, decode_pod_spec)};
}

Pod decode_pod(const Field& object, const TypeMeta& type) {
    const auto [spec, status] = object.get<"spec", "status">();
    auto made = decode_state_of(object, type, status, is_any_condition);
    add_rest(object, spec, made);
    return made;
}

// Of the conditions those that stay tell whether it is settled.
Pod decode_lean_pod(const Field& object, const TypeMeta& type) {
    const auto [spec, status] = object.get<"spec", "status">();
    auto made = decode_state_of(object, type, status, is_kept_condition);
    if (is_settled(made)) {
        made.spec = decode_lean_spec(spec);
        if (std::erase_if(made.statuses, [](const auto& one) { return !is_kept_status(one); }) > 0)
            made.statuses.shrink_to_fit();
    } else {
        made.conditions = decode_conditions(status["conditions"]);
        add_rest(object, spec, made);
    }
    return made;
}

}  // namespace salve::kube
