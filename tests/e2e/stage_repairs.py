"""Repairs that no case shows: a probe that looks in the wrong place since the newest revision, and an autoscaler at its maximum."""
import json
import pathlib
import subprocess

import stage_apply
from bad_release import NS, Scene, deployment

METRICS = pathlib.Path(__file__).parent / "metrics/server.py"
API = "v1beta1.metrics.k8s.io"


def readiness(group, cluster, salve):
    """The new pods answer, but know no such path: the old revision comes back, and goes again."""
    scene = Scene(group, cluster, salve, "probe", deployed=False)
    cluster.kubectl("apply", "-f", "-", stdin=json.dumps(deployment("probe", 2)))
    scene.kubectl("rollout", "status", "deployment/probe", "--timeout=120s")
    scene.kubectl("patch", "deployment", "probe", "--type=json", "-p", json.dumps(
        [{"op": "replace", "path": "/spec/template/spec/containers/0/readinessProbe/httpGet/path", "value": "/absent"}]))
    repaired(group, scene, "rollout.undo", "deploy/probe")
    path = scene.live()["spec"]["template"]["spec"]["containers"][0]["readinessProbe"]["httpGet"]["path"]
    group.point("taken back by an approval of its own", path == "/absent", path)


def repaired(group, scene, action, target, limit=120):
    """Planned when it is found, approved, fixed, and taken back."""
    plan = {}

    def planned():
        plan.update(scene.operator.plan(target, "-n", NS, "--min-severity", "low"))
        return [step["action_id"] for step in plan["steps"]] == [action]

    scene.until(planned, f"{action} is planned", limit)
    stage_apply.expect(plan)
    done, result = scene.operator.approve(plan)
    group.keep("applied.json", done.out + done.err)
    group.point(f"{action}: fixed", done.rc == 0 and result.get("outcome") == "fixed",
                f"exit {done.rc}, {result.get('outcome')}: {result.get('reason')} {done.err.strip()[-300:]}")
    stage_apply.back(group, scene.cluster, scene.operator, plan, result)


def busy():
    """Two pods with more to do than the autoscaler wants them to have; with three of them it is content."""
    app = deployment("busy", 2)
    app["spec"]["template"]["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "10m"}}
    scaler = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "busy", "namespace": NS}, "spec": {
        "minReplicas": 1, "maxReplicas": 2, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "busy"},
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}}]}}
    return app, scaler


def metrics_server(certificate, key):
    named = lambda **more: {"name": "metrics", "namespace": NS, **more}
    yield {"apiVersion": "v1", "kind": "ConfigMap", "metadata": named(), "data": {"server.py": METRICS.read_text(), "tls.crt": certificate, "tls.key": key}}
    yield {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": named()}
    rbac = "rbac.authorization.k8s.io"
    yield {"apiVersion": f"{rbac}/v1", "kind": "Role", "metadata": named(), "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}]}
    yield {"apiVersion": f"{rbac}/v1", "kind": "RoleBinding", "metadata": named(), "roleRef": {"apiGroup": rbac, "kind": "Role", "name": "metrics"},
           "subjects": [{"kind": "ServiceAccount", "name": "metrics", "namespace": NS}]}
    yield {"apiVersion": "v1", "kind": "Service", "metadata": named(), "spec": {"selector": {"app": "metrics"}, "ports": [{"port": 443, "targetPort": 8443}]}}
    yield {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": named(), "spec": {
        "selector": {"matchLabels": {"app": "metrics"}}, "template": {"metadata": {"labels": {"app": "metrics"}}, "spec": {
            "serviceAccountName": "metrics", "terminationGracePeriodSeconds": 1, "volumes": [{"name": "metrics", "configMap": {"name": "metrics"}}],
            "containers": [{"name": "metrics", "image": "python:3.12-slim", "command": ["python3", "/metrics/server.py"],
                            "volumeMounts": [{"name": "metrics", "mountPath": "/metrics"}],
                            "readinessProbe": {"tcpSocket": {"port": 8443}, "periodSeconds": 1}}]}}}}


def autoscaler_up(group, cluster):
    """It has to stand at its maximum for ten minutes before anybody calls that a finding: so it is begun long before it is looked at."""
    folder = group.folder
    folder.mkdir(exist_ok=True)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=metrics",
                    "-keyout", folder / "tls.key", "-out", folder / "tls.crt"], check=True, capture_output=True)
    objects = [*metrics_server((folder / "tls.crt").read_text(), (folder / "tls.key").read_text()), *busy()]
    cluster.kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
    for name in ("metrics", "busy"):
        cluster.kubectl("-n", NS, "rollout", "status", f"deployment/{name}", "--timeout=120s")
    # Only now: as long as nobody answers for an API, no namespace can be deleted.
    cluster.kubectl("apply", "-f", "-", stdin=json.dumps({
        "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": API}, "spec": {
            "group": "metrics.k8s.io", "version": "v1beta1", "groupPriorityMinimum": 100, "versionPriority": 100, "insecureSkipTLSVerify": True,
            "service": {"name": "metrics", "namespace": NS}}}))


def autoscaler(group, cluster, salve):
    scene = Scene(group, cluster, salve, "busy", deployed=False)
    repaired(group, scene, "hpa.raise-max", "hpa/busy", 900)


def autoscaler_down(cluster):
    cluster.kubectl("delete", "apiservice", API, "--ignore-not-found", check=False)
