#include "kube/decode_kinds.hpp"

namespace salve::kube {
namespace {

std::vector<std::string> decode_args(const Field& args) {
    if (!args) return {};
    return args.context().clean_args(args.texts());
}

std::optional<KeyRef> decode_key_ref(const Field& ref) {
    if (!ref) return std::nullopt;
    const auto [name, key, optional] = ref.get<"name", "key", "optional">();
    return KeyRef{name.text(), key.text(), optional.flag()};
}

EnvVar decode_env(const Field& env) {
    const auto [name, value, from] = env.get<"name", "value", "valueFrom">();
    EnvVar made;
    made.name = name.view();
    value.view();  // also of one that is not kept: a wrong type must not pass
    if (value && env.context().is_open_env(made.name)) made.value = value.clean();
    if (from) {
        const auto [config_map, secret] = from.get<"configMapKeyRef", "secretKeyRef">();
        made.config_map = decode_key_ref(config_map);
        made.secret = decode_key_ref(secret);
    }
    return made;
}

EnvFrom decode_env_from(const Field& from) {
    const auto [config_map, secret] = from.get<"configMapRef", "secretRef">();
    return {decode_key_ref(config_map), decode_key_ref(secret)};
}

// A probe and a lifecycle handler have the same four ways to act.
void decode_handler(const Field& handler, Probe& made) {
    const auto [exec, http, tcp, grpc] = handler.get<"exec", "httpGet", "tcpSocket", "grpc">();
    if (exec) {
        made.handler = Probe::Handler::exec;
        made.command = decode_args(exec["command"]);
    } else if (http) {
        const auto [path, host, scheme, port] = http.get<"path", "host", "scheme", "port">();
        made.handler = Probe::Handler::http;
        made.path = path.clean();
        made.host = host.text();
        made.scheme = scheme.text();
        made.port = port.scalar();
    } else if (tcp) {
        made.handler = Probe::Handler::tcp;
        made.host = tcp["host"].text();
        made.port = tcp["port"].scalar();
    } else if (grpc) {
        made.handler = Probe::Handler::grpc;
        made.port = grpc["port"].scalar();
    }
}

std::optional<Probe> decode_probe(const Field& probe) {
    if (!probe) return std::nullopt;
    Probe made;
    decode_handler(probe, made);
    const auto [initial_delay, period, timeout, success, failure] =
        probe.get<"initialDelaySeconds", "periodSeconds", "timeoutSeconds", "successThreshold", "failureThreshold">();
    made.initial_delay_s = initial_delay.number(made.initial_delay_s);
    made.period_s = period.number(made.period_s);
    made.timeout_s = timeout.number(made.timeout_s);
    made.success_threshold = success.number(made.success_threshold);
    made.failure_threshold = failure.number(made.failure_threshold);
    return made;
}

std::optional<Probe> decode_hook(const Field& hook) {
    if (!hook) return std::nullopt;
    Probe made;
    decode_handler(hook, made);
    return made;
}

ContainerPort decode_port(const Field& port) {
    const auto [name, protocol, host_ip, container_port, host_port] =
        port.get<"name", "protocol", "hostIP", "containerPort", "hostPort">();
    ContainerPort made;
    made.name = name.text();
    made.protocol = protocol.text();
    made.host_ip = host_ip.text();
    made.port = container_port.number();
    made.host_port = host_port.maybe_number();
    return made;
}

VolumeMount decode_mount(const Field& mount) {
    const auto [name, path, sub_path, read_only] = mount.get<"name", "mountPath", "subPath", "readOnly">();
    return {name.text(), path.text(), sub_path.text(), read_only.flag()};
}

}  // namespace

base::List<VolumeMount> decode_mounts(const Field& container) { return container["volumeMounts"].list(decode_mount); }

SecurityContext decode_security(const Field& security) {
    SecurityContext made;
    if (!security) return made;
    const auto [non_root, read_only, privileged, user] =
        security.get<"runAsNonRoot", "readOnlyRootFilesystem", "privileged", "runAsUser">();
    made.run_as_non_root = non_root.maybe_flag();
    made.read_only_root_filesystem = read_only.maybe_flag();
    made.privileged = privileged.maybe_flag();
    made.run_as_user = user.maybe_long();
    return made;
}

Container decode_lean_container(const Field& container) {
    const auto [name, image, ports, resources, restart_policy] =
        container.get<"name", "image", "ports", "resources", "restartPolicy">();
    const auto [requests, limits] = resources.get<"requests", "limits">();
    Container made;
    made.name = name.view();
    made.image = image.view();
    made.ports = ports.list(decode_port);
    made.resources.requests = requests.text_map();
    made.resources.limits = limits.text_map();
    made.restart_policy = restart_policy.maybe_text();
    return made;
}

Container decode_container(const Field& container) {
    const auto [pull_policy, working_dir, command, args, env, env_from, liveness, readiness, startup, lifecycle,
                security, mounts] =
        container.get<"imagePullPolicy", "workingDir", "command", "args", "env", "envFrom", "livenessProbe",
                      "readinessProbe", "startupProbe", "lifecycle", "securityContext", "volumeMounts">();
    const auto [post_start, pre_stop] = lifecycle.get<"postStart", "preStop">();
    auto made = decode_lean_container(container);
    made.image_pull_policy = pull_policy.view();
    made.working_dir = working_dir.view();
    made.command = decode_args(command);
    made.args = decode_args(args);
    made.env = env.list(decode_env);
    made.env_from = env_from.list(decode_env_from);
    made.liveness = decode_probe(liveness);
    made.readiness = decode_probe(readiness);
    made.startup = decode_probe(startup);
    made.post_start = decode_hook(post_start);
    made.pre_stop = decode_hook(pre_stop);
    made.security = decode_security(security);
    made.mounts = mounts.list(decode_mount);
    return made;
}

}  // namespace salve::kube
