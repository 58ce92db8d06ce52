"""What `salve rbac remediator` prints, proved on the server: each change works with exactly these rights, and nothing else does."""
import json
import pathlib
import subprocess
import time

import remedy_acts as acts
import stage_kubectl
from remedy_acts import NS, OTHER, TOOL

HERE = pathlib.Path(__file__).resolve().parent / "remedy"
ACCOUNT, BINDING = f"{TOOL}/salve", "salve-e2e-remedy"


def run(tally, cluster, salve, small):
    down(cluster)
    try:
        tool = Tool(tally, cluster, salve)
        for stage in (allowed, refused, statefulsets, names, real, policy):
            with tally.group(f"remediator {stage.__name__}") as group:
                stage(group, tool, small)
    finally:
        down(cluster)


def down(cluster):
    cluster.kubectl("delete", "validatingadmissionpolicybinding,validatingadmissionpolicy", "salve-remediator", "--ignore-not-found", check=False)
    cluster.kubectl("delete", "clusterrolebinding", BINDING, "--ignore-not-found", check=False)
    cluster.kubectl("delete", "namespace", NS, OTHER, TOOL, "--ignore-not-found", "--timeout=90s", check=False)


class Tool:
    """The service account, bound to exactly what salve prints, and kubectl as that account."""

    def __init__(self, tally, cluster, salve):
        self.cluster, self.salve = cluster, salve
        cluster.kubectl("apply", "-f", str(HERE))
        for ns in (NS, OTHER):
            cluster.kubectl("-n", ns, "rollout", "status", "deployment/web", "--timeout=120s")
        cluster.kubectl("-n", NS, "rollout", "status", "daemonset/agent", "--timeout=120s")
        config = cluster.config_of("reader")
        config["users"][0]["user"] = {"token": cluster.kubectl("-n", TOOL, "create", "token", "salve").strip()}
        self.kubeconfig = tally.folder / "tool.kubeconfig"
        self.kubeconfig.write_text(json.dumps(config))
        self.apply("reader")
        self.bind("Role", "salve-reader")
        self.apply("remediator")
        self.bind("Role", "salve-remediator")
        self.wait(acts.restart("deployment", "web"), True)

    def apply(self, *role):
        printed = self.salve.run("rbac", *role, "-n", NS)
        if printed.rc:
            raise RuntimeError(f"salve rbac {' '.join(role)}: exit {printed.rc}: {printed.err}")
        self.cluster.kubectl("apply", "-f", "-", stdin=printed.out)
        return printed.out

    def bind(self, kind, role):
        self.cluster.kubectl("-n", NS, "create", "rolebinding", role, f"--role={role}", f"--serviceaccount={TOOL}:salve")

    def does(self, act, program="kubectl"):
        """What kubectl said on stderr, or None where it worked."""
        done = subprocess.run([program, f"--kubeconfig={self.kubeconfig}", "--request-timeout=30s", *act.args], input=act.body or "",
                              capture_output=True, text=True, errors="replace", timeout=60)
        return None if done.returncode == 0 else done.stderr.strip() or f"exit {done.returncode}"

    def wait(self, act, works):
        """The server takes a moment to heed a new role or policy."""
        deadline = time.time() + 60
        while (self.does(act) is None) != works:
            if time.time() > deadline:
                raise RuntimeError(f"{act.name} {'does not work' if works else 'still works'} after 60 s: {self.does(act)}")
            time.sleep(0.3)

    def web(self):
        return self.cluster.get("-n", NS, "deployment", "web")

    def pod(self, ns=NS):
        pods = self.cluster.get("-n", ns, "pods", "-l", "app=web", "--field-selector=status.phase=Running")["items"]
        return next(pod for pod in pods if "deletionTimestamp" not in pod["metadata"])

    def changes(self):
        return acts.changes(self.web(), self.pod())

    def state(self):
        """What a change would move: generations, and which pods and jobs there are."""
        kinds = "deployments,daemonsets,statefulsets,cronjobs,jobs,horizontalpodautoscalers,pods"
        return {(o["kind"], o["metadata"]["uid"], o["metadata"].get("generation"), "deletionTimestamp" in o["metadata"])
                for o in self.cluster.get("-n", NS, kinds)["items"]}


def allowed(group, tool, small):
    """Each kind of change, by the oldest, the newest and the usual kubectl; and being dry runs, they change nothing."""
    before = tool.state()
    versions = stage_kubectl.versions()
    for program in ["kubectl", *(str(p) for p in {versions[0], versions[-1]} if not small)] if versions else ["kubectl"]:
        for act in tool.changes():
            said = tool.does(act, program)
            group.point(f"{act.name} with {pathlib.Path(program).name}", said is None, said)
    group.point("nothing was changed", tool.state() == before, tool.state() ^ before)


def is_forbidden(said):
    return said is not None and "orbidden" in said


def refused(group, tool, small):
    pod = tool.pod()
    store = acts.restart("statefulset", "store")
    for act in [*acts.hidden(), *acts.reaching_in(pod), *acts.writes_elsewhere(tool.pod(OTHER)), acts.update(tool.web()), store]:
        said = tool.does(act)
        group.point(act.name, is_forbidden(said), said or "works")


def statefulsets(group, tool, small):
    printed = tool.salve.run("rbac", "remediator", "-n", NS, "--with", "statefulsets")
    group.keep("role.yaml", printed.out)
    tool.apply("remediator", "--with", "statefulsets")
    try:
        tool.wait(acts.restart("statefulset", "store"), True)
        group.point("works when asked for", True)
    finally:
        tool.apply("remediator")
        tool.wait(acts.restart("statefulset", "store"), False)


def names(group, tool, small):
    tool.apply("remediator", "--resource-name", "deployments/web")
    try:
        tool.wait(acts.restart("deployment", "second"), False)
        for act in (acts.restart("deployment", "second"), acts.restart("daemonset", "agent")):
            said = tool.does(act)
            group.point(f"not {act.name}", is_forbidden(said), said or "works")
        pod = tool.pod()
        for act in (acts.restart("deployment", "web"), acts.evict(pod["metadata"]["name"], pod["metadata"]["uid"])):
            said = tool.does(act)
            group.point(act.name, said is None, said)
    finally:
        tool.apply("remediator")
        tool.wait(acts.restart("deployment", "second"), True)


def real(group, tool, small):
    """The same rights when it is no dry run."""
    generation = tool.web()["metadata"]["generation"]
    said = tool.does(acts.restart("deployment", "web", more=()))
    group.point("a restart", said is None and tool.web()["metadata"]["generation"] == generation + 1, said)
    tool.cluster.kubectl("-n", NS, "rollout", "status", "deployment/web", "--timeout=60s")
    pod = tool.pod()["metadata"]
    act = acts.evict(pod["name"], pod["uid"])
    act.args = tuple(word.replace("?dryRun=All", "") for word in act.args)
    act.body = act.body.replace('"dryRun": ["All"]', '"dryRun": []')
    said = tool.does(act)
    gone = tool.cluster.kubectl("-n", NS, "wait", "--for=delete", f"pod/{pod['name']}", "--timeout=60s", check=False)
    group.point("an eviction", said is None and "Error" not in gone, said or gone)
    tool.cluster.kubectl("-n", NS, "rollout", "status", "deployment/web", "--timeout=60s")


def policy(group, tool, small):
    """With all rights of the cluster, the policy alone still holds the line."""
    tool.cluster.kubectl("create", "clusterrolebinding", BINDING, "--clusterrole=cluster-admin", f"--serviceaccount={ACCOUNT.replace('/', ':')}")
    outside = acts.restart("deployment", "web", ns=OTHER)
    tool.wait(outside, True)
    group.keep("policy.yaml", tool.apply("remediator", "--sample-policy", "--service-account", ACCOUNT))
    tool.wait(outside, False)
    warnings = tool.cluster.get("validatingadmissionpolicy", "salve-remediator").get("status", {}).get("typeChecking", {})
    group.point("the server finds no fault in it", not warnings.get("expressionWarnings"), warnings)
    for act in tool.changes():
        said = tool.does(act)
        group.point(act.name, said is None, said)
    # Not the update: admission cannot tell PUT from PATCH. A proxy request is a CONNECT like exec.
    denied = [*acts.writes_elsewhere(tool.pod(OTHER)), *acts.reaching_in(tool.pod()), acts.restart("statefulset", "store")]
    for act in denied:
        said = tool.does(act)
        group.point(f"denies: {act.name}", said is not None and "ValidatingAdmissionPolicy 'salve-remediator'" in said and "salve " in said, said or "works")
    for act in (acts.Act("still asks for its rights", "auth", "can-i", "get", "pods", "-n", NS), acts.Act("still reads", "get", "-n", NS, "pods")):
        said = tool.does(act)
        group.point(act.name, said is None, said)
    said = tool.cluster.kubectl("-n", NS, "create", "configmap", "of-somebody-else", "--dry-run=server", check=False)
    group.point("nobody else is bound", "created" in said, said or "refused")
