"""Every kind of change that salve makes, as a server dry run, and what it must never be able to do; as kubectl arguments."""
import json

NS, OTHER, TOOL = "e2e-remedy", "e2e-remedy-other", "e2e-remedy-tool"
RESTART = "/spec/template/metadata/annotations"
EVICTION, POD = "/api/v1/namespaces/{ns}/pods/{pod}/eviction", "/api/v1/namespaces/{ns}/pods/{pod}"


class Act:
    """args: of kubectl; body: its standard input."""

    def __init__(self, name, *args, body=None):
        self.name, self.args, self.body = name, args, body and json.dumps(body)


def patch(kind, name, *operations, ns=NS, more=("--dry-run=server",)):
    return Act(f"patch {kind} {name}" + (f" in {ns}" if ns != NS else ""),
               "patch", "-n", ns, kind, name, "--type=json", "--field-manager=salve", *more, "-p", json.dumps(operations))


def restart(kind, name, guards=(), **how):
    return patch(kind, name, *guards, {"op": "add", "path": RESTART, "value": {"kubectl.kubernetes.io/restartedAt": "2026-01-02T03:04:05Z"}}, **how)


def test(path, value):
    return {"op": "test", "path": path, "value": value}


def replace(path, value):
    return {"op": "replace", "path": path, "value": value}


def evict(pod, uid, ns=NS):
    body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod, "namespace": ns},
            "deleteOptions": {"preconditions": {"uid": uid}, "dryRun": ["All"]}}
    return Act(f"evict a pod in {ns}", "create", "--raw", EVICTION.format(ns=ns, pod=pod) + "?dryRun=All", "-f", "-", body=body)


def delete(pod, uid, ns=NS):
    body = {"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": {"uid": uid}, "propagationPolicy": "Background", "dryRun": ["All"]}
    return Act(f"delete a pod in {ns}", "delete", "--raw", POD.format(ns=ns, pod=pod) + "?dryRun=All", "-f", "-", body=body)


def changes(web, pod):
    """TAXONOMY 2.4 without StatefulSets. web: the Deployment as it is, pod: one of its pods."""
    guards = (test("/metadata/uid", web["metadata"]["uid"]), test("/metadata/generation", web["metadata"]["generation"]))
    name, uid = pod["metadata"]["name"], pod["metadata"]["uid"]
    container = "/spec/template/spec/containers/0"
    return [
        restart("deployment", "web", guards),
        patch("deployment", "web", *guards, {"op": "add", "path": "/spec/paused", "value": True}),
        patch("deployment", "web", *guards, test("/spec/replicas", 1), replace("/spec/replicas", 2)),
        patch("deployment", "web", *guards, test(f"{container}/image", "nginx:1.25"), replace(f"{container}/image", "nginx:1.26")),
        patch("deployment", "web", *guards, {"op": "add", "path": f"{container}/resources", "value": {"limits": {"memory": "128Mi"}}}),
        restart("daemonset", "agent"),
        patch("cronjob", "report", test("/spec/suspend", True), replace("/spec/suspend", False)),
        patch("job", "import", test("/spec/suspend", True), replace("/spec/suspend", False)),
        patch("hpa", "web", test("/spec/maxReplicas", 2), replace("/spec/maxReplicas", 4)),
        Act("run a CronJob now", "create", "-n", NS, "job", "report-manual", "--from=cronjob/report", "--dry-run=server"),
        Act("annotate", "annotate", "-n", NS, "deployment/web", "salve/incident=INC-1", "--overwrite", "--dry-run=server"),
        evict(name, uid),
        delete(name, uid),
        Act("delete a pod, plain", "delete", "-n", NS, "pod", name, "--dry-run=server", "--wait=false"),
    ]


def writes_elsewhere(other_pod):
    """Writes that no Role of ours and no policy lets through."""
    name, uid = other_pod["metadata"]["name"], other_pod["metadata"]["uid"]
    return [
        restart("deployment", "web", ns=OTHER), evict(name, uid, OTHER), delete(name, uid, OTHER), restart("deployment", "coredns", ns="kube-system"),
        Act("scale subresource", "scale", "-n", NS, "deployment/web", "--replicas=2", "--dry-run=server"),
        Act("delete a Deployment", "delete", "-n", NS, "deployment", "web", "--dry-run=server", "--wait=false"),
        Act("delete a collection", "delete", "--raw", f"/api/v1/namespaces/{NS}/pods?dryRun=All&labelSelector=app%3Dweb"),
        Act("create a pod", "run", "-n", NS, "intruder", "--image=busybox", "--dry-run=server"),
        Act("create a Deployment", "create", "-n", NS, "deployment", "intruder", "--image=busybox", "--dry-run=server"),
        Act("create a Secret", "create", "-n", NS, "secret", "generic", "intruder", "--dry-run=server"),
        Act("create a ConfigMap", "create", "-n", NS, "configmap", "intruder", "--dry-run=server"),
        Act("bind a role", "create", "-n", NS, "rolebinding", "intruder", "--clusterrole=cluster-admin", "--user=intruder", "--dry-run=server"),
        Act("make a role", "create", "-n", NS, "role", "intruder", "--verb=get", "--resource=secrets", "--dry-run=server"),
        Act("issue a token", "create", "-n", TOOL, "token", "default"),
        patch("node", "salve-node", {"op": "add", "path": "/metadata/annotations/x", "value": "y"}),
        Act("delete a namespace", "delete", "namespace", OTHER, "--dry-run=server", "--wait=false"),
    ]


def update(web):
    """PUT of an object that it may patch: update is no right of its own."""
    return Act("update a Deployment", "replace", "--raw", f"/apis/apps/v1/namespaces/{NS}/deployments/web?dryRun=All", "-f", "-", body=web)


def reaching_in(pod):
    """Into a container: exec and attach are writes to RBAC and to admission."""
    name = pod["metadata"]["name"]
    return [Act("exec", "exec", "-n", NS, name, "--", "true"), Act("attach", "attach", "-n", NS, name, "--pod-running-timeout=1s"),
            Act("proxy to a pod", "get", "--raw", f"/api/v1/namespaces/{NS}/pods/{name}/proxy/")]


def hidden():
    return [Act("get a Secret", "get", "-n", NS, "secret", "password"), Act("list Secrets", "get", "-n", NS, "secrets"),
            Act("get a ConfigMap", "get", "-n", NS, "configmap", "settings"), Act("read elsewhere", "get", "-n", OTHER, "pods"),
            Act("be somebody else", "get", "-n", NS, "pods", "--as=admin"), Act("proxy to the node", "get", "--raw", "/api/v1/nodes/salve-node/proxy/pods")]
