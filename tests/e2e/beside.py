"""Two apps that are well and a Warning of hours ago, beside a case: they change nothing about its verdict."""
import datetime
import json

APPS = ("lantern", "pantry")
APART = "e2e-beside-"


def namespace(case):
    """The case's own, unless a quota counts its pods there: then one more."""
    if "kind: ResourceQuota" in (case.folder / "manifest.yaml").read_text():
        return APART + case.namespaces[0]
    return next(ns for ns in case.namespaces if ns != "kube-system")


def up(cluster, case):
    """Before the case breaks anything: the apps have their pods by then."""
    ns = namespace(case)
    objects = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": ns}}]
    for name in APPS:
        objects += [deployment(ns, name), service(ns, name)]
    cluster.kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
    for name in APPS:
        cluster.kubectl("-n", ns, "rollout", "status", f"deployment/{name}", "--timeout=120s")
    cluster.kubectl("create", "-f", "-", stdin=json.dumps(old_warning(ns)))


def down(cluster, case):
    if namespace(case) not in case.namespaces:
        cluster.kubectl("delete", "namespace", namespace(case), "--ignore-not-found", "--wait=false", check=False)


def blamed(triage):
    return [f"{finding['mode']} on {finding['root']['name']}" for finding in triage["findings"]
            if any(finding["root"]["name"] == name or finding["root"]["name"].startswith(name + "-") for name in APPS)]


def deployment(ns, name):
    """What the strictest admission lets in."""
    container = {"name": "page", "image": "busybox:1.36", "command": ["sh", "-c", "echo serving; exec httpd -f -p 8080 -h /tmp"],
                 "ports": [{"containerPort": 8080}], "readinessProbe": {"tcpSocket": {"port": 8080}, "periodSeconds": 2},
                 "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": ns},
            "spec": {"replicas": 1, "selector": {"matchLabels": {"app": name}}, "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"terminationGracePeriodSeconds": 1, "containers": [container],
                         "securityContext": {"runAsNonRoot": True, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}}}}}}


def service(ns, name):
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": ns},
            "spec": {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8080}]}}


def old_warning(ns):
    """Of a pod of last night, which is gone."""
    then = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=6)
    first, last = (f"{time:%Y-%m-%dT%H:%M:%SZ}" for time in (then, then + datetime.timedelta(minutes=9)))
    pod = "harvest-68f9d7c54b-x2k7q"
    return {"apiVersion": "v1", "kind": "Event", "metadata": {"name": f"{pod}.17c3a5e2b9d04f61", "namespace": ns}, "type": "Warning",
            "reason": "BackOff", "message": f"Back-off restarting failed container page in pod {pod}_{ns}(5b0c7a3e-52f1-4f0e-9d35-0a6c4f1f7b11)",
            "involvedObject": {"apiVersion": "v1", "kind": "Pod", "namespace": ns, "name": pod, "fieldPath": "spec.containers{page}"},
            "source": {"component": "kubelet", "host": "salve-node"}, "count": 31, "firstTimestamp": first, "lastTimestamp": last}
