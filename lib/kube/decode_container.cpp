#include "kube/decode_kinds.hpp"

namespace salve::kube {
namespace {

std::vector<std::string> decode_args(const Field& args) {
    if (!args) return {};
    return args.context().clean_args(args.texts());
}

std::optional<KeyRef> decode_key_ref(const Field& ref) {
    if (!ref) return std::nullopt;
    return KeyRef{ref["name"].text(), ref["key"].text(), ref["optional"].flag()};
}

EnvVar decode_env(const Field& env) {
    EnvVar made;
    made.name = env["name"].view();
    const Field value = env["value"];
    value.view();  // also of one that is not kept: a wrong type must not pass
    if (value && env.context().is_open_env(made.name)) made.value = value.clean();
    if (const Field from = env["valueFrom"]) {
        made.config_map = decode_key_ref(from["configMapKeyRef"]);
        made.secret = decode_key_ref(from["secretKeyRef"]);
    }
    return made;
}

EnvFrom decode_env_from(const Field& from) {
    return {decode_key_ref(from["configMapRef"]), decode_key_ref(from["secretRef"])};
}

// A probe and a lifecycle handler have the same four ways to act.
void decode_handler(const Field& handler, Probe& made) {
    if (const Field exec = handler["exec"]) {
        made.handler = Probe::Handler::exec;
        made.command = decode_args(exec["command"]);
    } else if (const Field http = handler["httpGet"]) {
        made.handler = Probe::Handler::http;
        made.path = http["path"].clean();
        made.host = http["host"].text();
        made.scheme = http["scheme"].text();
        made.port = http["port"].scalar();
    } else if (const Field tcp = handler["tcpSocket"]) {
        made.handler = Probe::Handler::tcp;
        made.host = tcp["host"].text();
        made.port = tcp["port"].scalar();
    } else if (const Field grpc = handler["grpc"]) {
        made.handler = Probe::Handler::grpc;
        made.port = grpc["port"].scalar();
    }
}

std::optional<Probe> decode_probe(const Field& probe) {
    if (!probe) return std::nullopt;
    Probe made;
    decode_handler(probe, made);
    made.initial_delay_s = probe["initialDelaySeconds"].number(made.initial_delay_s);
    made.period_s = probe["periodSeconds"].number(made.period_s);
    made.timeout_s = probe["timeoutSeconds"].number(made.timeout_s);
    made.success_threshold = probe["successThreshold"].number(made.success_threshold);
    made.failure_threshold = probe["failureThreshold"].number(made.failure_threshold);
    return made;
}

std::optional<Probe> decode_hook(const Field& hook) {
    if (!hook) return std::nullopt;
    Probe made;
    decode_handler(hook, made);
    return made;
}

ContainerPort decode_port(const Field& port) {
    ContainerPort made;
    made.name = port["name"].text();
    made.protocol = port["protocol"].text();
    made.host_ip = port["hostIP"].text();
    made.port = port["containerPort"].number();
    made.host_port = port["hostPort"].maybe_number();
    return made;
}

VolumeMount decode_mount(const Field& mount) {
    return {mount["name"].text(), mount["mountPath"].text(), mount["subPath"].text(), mount["readOnly"].flag()};
}

}  // namespace

base::List<VolumeMount> decode_mounts(const Field& container) { return container["volumeMounts"].list(decode_mount); }

SecurityContext decode_security(const Field& security) {
    SecurityContext made;
    made.run_as_non_root = security["runAsNonRoot"].maybe_flag();
    made.read_only_root_filesystem = security["readOnlyRootFilesystem"].maybe_flag();
    made.privileged = security["privileged"].maybe_flag();
    made.run_as_user = security["runAsUser"].maybe_long();
    return made;
}

Container decode_lean_container(const Field& container) {
    Container made;
    made.name = container["name"].text();
    made.image = container["image"].text();
    made.image_pull_policy = container["imagePullPolicy"].text();
    made.ports = container["ports"].list(decode_port);
    made.resources.requests = container["resources"]["requests"].text_map();
    made.resources.limits = container["resources"]["limits"].text_map();
    made.restart_policy = container["restartPolicy"].maybe_text();
    made.security = decode_security(container["securityContext"]);
    return made;
}

Container decode_container(const Field& container) {
    auto made = decode_lean_container(container);
    made.working_dir = container["workingDir"].text();
    made.command = decode_args(container["command"]);
    made.args = decode_args(container["args"]);
    made.env = container["env"].list(decode_env);
    made.env_from = container["envFrom"].list(decode_env_from);
    made.liveness = decode_probe(container["livenessProbe"]);
    made.readiness = decode_probe(container["readinessProbe"]);
    made.startup = decode_probe(container["startupProbe"]);
    made.post_start = decode_hook(container["lifecycle"]["postStart"]);
    made.pre_stop = decode_hook(container["lifecycle"]["preStop"]);
    made.mounts = decode_mounts(container);
    return made;
}

}  // namespace salve::kube
