// Facts of pods and of the pod templates of workloads.
#pragma once
#include "base/boxed.hpp"
#include "kube/image_id.hpp"
#include "kube/meta.hpp"

namespace salve::kube {

// A ConfigMap or Secret that a pod names; key is empty where the whole object is meant.
struct KeyRef {
    std::string name, key;
    bool optional = false;
    bool operator==(const KeyRef&) const = default;
};

struct EnvVar {
    base::Symbol name;
    std::optional<std::string> value;  // only for allow-listed names (TAXONOMY 4), else nullopt
    base::Boxed<KeyRef> config_map, secret;
    bool operator==(const EnvVar&) const = default;
};

struct EnvFrom {
    base::Boxed<KeyRef> config_map, secret;
    bool operator==(const EnvFrom&) const = default;
};

struct Probe {
    enum class Handler { none, exec, http, tcp, grpc };
    Handler handler = Handler::none;
    std::vector<std::string> command;  // exec; redacted
    std::string path, host, scheme;    // http
    std::string port;                  // number or port name, as written
    int initial_delay_s = 0, period_s = 10, timeout_s = 1, success_threshold = 1,
        failure_threshold = 3;  // API defaults
    bool operator==(const Probe&) const = default;
};

struct ContainerPort {
    std::string name, protocol, host_ip;
    int port = 0;
    std::optional<int> host_port;
    bool operator==(const ContainerPort&) const = default;
};

struct Resources {
    base::TextMap requests, limits;  // quantities as written
    bool operator==(const Resources&) const = default;
};

struct SecurityContext {
    std::optional<bool> run_as_non_root, read_only_root_filesystem, privileged;
    std::optional<std::int64_t> run_as_user;
    bool operator==(const SecurityContext&) const = default;
};

struct VolumeMount {
    std::string volume, path, sub_path;
    bool read_only = false;
    bool operator==(const VolumeMount&) const = default;
};

struct Container {
    base::Symbol name, image, image_pull_policy, working_dir;
    base::List<std::string> command, args;  // redacted
    base::List<ContainerPort> ports;
    base::List<EnvVar> env;
    base::List<EnvFrom> env_from;
    Resources resources;
    base::Boxed<Probe> liveness, readiness, startup;
    base::Boxed<Probe> post_start, pre_stop;  // lifecycle handlers; only handler, command, path and port have a meaning
    std::optional<std::string> restart_policy;  // "Always" makes an init container a sidecar
    SecurityContext security;
    base::List<VolumeMount> mounts;
    bool operator==(const Container&) const = default;
};

// One source of a volume that names another object or a place.
struct Volume {
    enum class Source {
        config_map,
        secret,
        claim,
        empty_dir,
        host_path,
        projected,
        csi,
        ephemeral,
        nfs,
        downward_api,
        other
    };
    std::string name;
    Source source = Source::other;
    std::string object;                     // the ConfigMap's, Secret's or claim's name; the CSI driver; the NFS server
    std::string path, path_type;            // hostPath; nfs: path
    std::optional<std::string> size_limit;  // emptyDir
    bool optional = false;
    base::List<std::string> keys;  // items[].key
    base::List<Volume> projected;  // sources of a projected volume (config_map, secret, other)
    bool operator==(const Volume&) const = default;
};

struct Toleration {
    std::string key, op, value, effect;  // op: Exists or Equal (default)
    bool operator==(const Toleration&) const = default;
};

struct PodAffinityTerm {
    std::string topology_key;
    std::optional<LabelSelector> selector;
    std::vector<std::string> namespaces;  // empty: the pod's own
    bool operator==(const PodAffinityTerm&) const = default;
};

struct TopologySpread {
    std::string topology_key, when_unsatisfiable;
    int max_skew = 1;
    std::optional<LabelSelector> selector;
    bool operator==(const TopologySpread&) const = default;
};

struct NodeSelectorTerm {
    std::vector<SelectorRequirement> expressions, fields;
    bool operator==(const NodeSelectorTerm&) const = default;
};

struct PodSpec {
    base::Symbol node_name, service_account, scheduler_name, runtime_class, priority_class, restart_policy;
    bool host_network = false;
    std::optional<std::int64_t> termination_grace_s;
    base::List<Container> init_containers, containers;
    base::List<Volume> volumes;
    base::TextMap node_selector;
    base::List<NodeSelectorTerm> node_affinity;  // required terms, any of which suffices; empty: none required
    base::List<PodAffinityTerm> pod_affinity, pod_anti_affinity;  // required terms only
    base::List<TopologySpread> topology_spread;
    base::List<Toleration> tolerations;
    base::List<std::string> image_pull_secrets, scheduling_gates, readiness_gates;
    SecurityContext security;
    bool operator==(const PodSpec&) const = default;
};

struct PodTemplate {
    base::TextMap labels, annotations;
    PodSpec spec;
    bool operator==(const PodTemplate&) const = default;
};

struct Waiting {
    std::string reason, message;
    bool operator==(const Waiting&) const = default;
};
struct Running {
    std::optional<Time> started;
    bool operator==(const Running&) const = default;
};
struct Terminated {
    std::string reason, message;
    int exit_code = 0;
    std::optional<int> signal;  // normally absent: exit_code - 128 tells
    std::optional<Time> started, finished;
    bool operator==(const Terminated&) const = default;
};

// At most one of the three; none means "waiting, not yet reported".
struct ContainerState {
    base::Boxed<Waiting> waiting;
    std::optional<Running> running;
    base::Boxed<Terminated> terminated;
    bool operator==(const ContainerState&) const = default;
};

struct ContainerStatus {
    enum class List { init, main, ephemeral };
    base::Symbol name, image;
    ImageId image_id;
    List list = List::main;
    int index = 0;  // in its list: with it the JSON path of a fact can be written
    bool ready = false;
    std::optional<bool> started;
    int restarts = 0;
    ContainerState state, last;

    // "status.containerStatuses[0]", without a dot at the end.
    std::string path() const {
        const char* names[] = {"initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"};
        return std::string("status.") + names[static_cast<int>(list)] + "[" + std::to_string(index) + "]";
    }
    bool operator==(const ContainerStatus&) const = default;
};

struct Pod {
    Meta meta;
    PodSpec spec;
    base::Symbol phase, reason, nominated_node;
    std::string message;
    std::optional<Time> started;
    std::vector<Condition> conditions;
    std::vector<ContainerStatus> statuses;  // init, then main, then ephemeral, each in the order of its list
    bool operator==(const Pod&) const = default;
};

}  // namespace salve::kube
