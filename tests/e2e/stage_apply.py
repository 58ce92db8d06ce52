"""Repairs on the real cluster: from the finding to what the case calls fixed, by exactly what was approved, and back again."""
import json

import cases
import stage_audit
import stage_plans

HOME, NAME = stage_plans.HOME, "applier"
ACCOUNT = f"system:serviceaccount:{HOME}:{NAME}"
SOAK = "12"

# What an operator asks for: nothing (the plan's own choice), or an action with a value that only a person knows.
REPAIRS = {
    "deploy-progress-deadline-image": (),
    "deploy-stale-rollout": (),
    "pod-crashloop-app-error-release": (),
    "pod-crashloop-oom": (),
    "pod-crashloop-liveness": (),
    "pod-failed-leftover": (),
    "deploy-paused": (),
    "deploy-scaled-to-zero": (),
    "healthy-cronjob-suspended": ("cronjob/old-export", "--min-severity", "info", "--action", "cronjob.resume"),
    "pod-image-not-found": ("--action", "image.set", "--set", "image=nginx:1.25"),
    "pod-run-command-not-found": ("--action", "command.set", "--set", 'command=["sleep","100000"]'),
    "pod-pending-insufficient-cpu": ("--action", "resources.set", "--set", "cpu=100m"),
}
refused = []  # what was approved, sent, and refused by the server
perhaps = []  # what was approved, and sent or not: another was faster
approved = []  # (verb, path, body) of every change that was approved, as the server should hear of it


def kubeconfig(tally):
    return tally.folder / "applier.kubeconfig"


def up(cluster, tally):
    """Another service account with the same rights, so that the one that plans is never heard to change anything."""
    cluster.kubectl("-n", HOME, "create", "serviceaccount", NAME, check=False)
    config = cluster.config_of("reader")
    config["users"][0]["user"] = {"token": cluster.kubectl("-n", HOME, "create", "token", NAME, "--duration=6h").strip()}
    config["contexts"].append({"name": "another", "context": config["contexts"][0]["context"]})
    kubeconfig(tally).write_text(json.dumps(config))
    cluster.kubectl("apply", "-f", "-", stdin=json.dumps({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": stage_plans.BINDING + "-applier"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "salve-reader"}, "subjects": [subject()]}))


def subject():
    return {"kind": "ServiceAccount", "name": NAME, "namespace": HOME}


def take_back(cluster):
    cluster.kubectl("delete", "clusterrolebinding", stage_plans.BINDING + "-applier", "--ignore-not-found", check=False)


def may_change(cluster, namespaces):
    """The Role that stage_plans made there, for this account too."""
    for ns in namespaces:
        cluster.kubectl("apply", "-f", "-", stdin=json.dumps({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "salve-e2e-apply", "namespace": ns},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "salve-remediator"}, "subjects": [subject()]}))


class Operator:
    """Somebody who plans and approves in some namespaces, with records and a configuration of their own."""

    def __init__(self, group, salve, namespaces):
        self.group, self.salve, self.kubeconfig = group, salve, kubeconfig(group.tally)
        group.folder.mkdir(exist_ok=True)
        self.runs = group.folder / "runs"
        self.config, self.policy = group.folder / "salve.yaml", group.folder / "policy.yaml"
        self.policy.write_text(salve.run("policy", "init").out)
        self.config.write_text(json.dumps({
            "runs_dir": str(self.runs), "policy": {"file": str(self.policy)},
            "remediation": {"enabled": True, "allow_high_risk": True, "allowed_namespaces": list(namespaces),
                            "actions": ["command.set", "env.set-literal", "sts.replace-stuck-pod"]}}))

    def run(self, *args, timeout=900):
        return self.salve.run(*args, "--config", self.config, "--runs", self.runs, kubeconfig=self.kubeconfig, timeout=timeout)

    def plan(self, *args):
        done = self.run("plan", *args, "-o", "json")
        if done.rc:
            raise RuntimeError(f"plan: exit {done.rc}: {done.err.strip()[:300]}")
        return done.json()

    def approve(self, plan, *more, soak=SOAK):
        names = [word for step in plan["steps"] for word in ("--confirm", step["target"]["name"])]
        done = self.run("fix", "--approve", plan["plan"], *names, "--soak", soak, "-o", "json", *more)
        return done, done.json() if done.out else {}


def requests_of(plan):
    for step in plan["steps"]:
        request = step["request"]
        yield step["target"]["namespace"], step["target"]["name"], request["body"] if request["verb"] == "patch" else request["verb"]


def expect(plan):
    """What the server should hear, once."""
    approved.extend(requests_of(plan))


def may_be_refused(plan):
    """What the server may hear once, and refuses."""
    perhaps.extend(requests_of(plan))


def one(group, cluster, salve, case, where):
    """The repair of a case that is up, and the way back."""
    if case.name not in REPAIRS or case.beside:
        return
    may_change(cluster, case.namespaces)
    operator = Operator(group, salve, case.namespaces)
    wanted = REPAIRS[case.name]
    plan = operator.plan(*where, *wanted, *(() if "--min-severity" in wanted else ("--min-severity", "low")))
    group.keep("approved-plan.json", json.dumps(plan, indent=1))
    if not group.point("there is something to approve", plan["steps"], f"{plan['outcome']}: {plan['manual']}"):
        return
    expect(plan)
    done, result = operator.approve(plan)
    group.keep("applied.json", done.out + done.err)
    group.point("fixed", done.rc == 0 and result.get("outcome") == "fixed", f"exit {done.rc}, {result.get('outcome')}: {result.get('reason')} "
                f"{[(step['effect'], step['reason']) for step in result.get('steps', [])]} {done.err.strip()[-300:]}")
    if case.truth.get("fixed_when"):
        fixed = cases.runner(cluster, "fixed", case)
        group.point("the case says so too", fixed.returncode == 0, fixed.stderr)
    group.point("the chain holds", operator.run("runs", "verify").rc == 0, "runs verify")
    again, _ = operator.approve(plan)
    group.point("a plan is used once", again.rc == 78, f"exit {again.rc}")
    if any(step["request"]["verb"] == "patch" for step in plan["steps"]):
        back(group, cluster, operator, plan, result)


def value_at(thing, pointer):
    for word in pointer.split("/")[1:]:
        word = word.replace("~1", "/").replace("~0", "~")
        if isinstance(thing, list):
            thing = thing[int(word)] if int(word) < len(thing) else None
        else:
            thing = (thing or {}).get(word)
    return thing


def back(group, cluster, operator, plan, result):
    """The inverse puts back what was there, by an approval of its own."""
    done = operator.run("undo", result["run"], "-o", "json")
    if not group.point("undo plans", done.rc == 0, f"exit {done.rc}: {done.err.strip()[:300]}"):
        return
    undo = done.json()
    group.keep("undo.json", done.out)
    wanted = [step for step in plan["steps"] if step["inverse"]["request"]]
    if not group.point("a step for each", len(undo["steps"]) == len(wanted), f"{len(undo['steps'])} of {len(wanted)}: {undo['manual']} {undo['warnings']}"):
        return
    expect(undo)
    done, result = operator.approve(undo)
    group.keep("undone.json", done.out + done.err)
    group.point("taken back", done.rc == 0, f"exit {done.rc}, {result.get('outcome')}: {done.err.strip()[-300:]}")
    for step in wanted:
        live = cluster.get("-n", step["target"]["namespace"], step["target"]["kind"], step["target"]["name"])
        for change in step["changes"]:
            now = value_at(live, change["path"])
            group.point(f"{change['path']} is what it was", now == change["from"], f"{now} instead of {change['from']}")


def heard(event):
    """A change as the server heard it, comparable with expect()."""
    ref = event["objectRef"]
    body = event.get("requestObject")
    if event["verb"] == "patch":
        return ref["namespace"], ref["name"], body
    if ref.get("subresource") == "eviction":
        return ref["namespace"], ref["name"], "evict"
    return ref["namespace"], ref.get("name") or (body or {}).get("metadata", {}).get("name"), event["verb"]


def audit(tally, cluster, since):
    """Beside reads, rehearsals and questions about rights: exactly the approved bodies, once each."""
    with tally.group("audit log of changes") as group:
        changes = []  # whatever the server answered to them
        for event in stage_audit.requests(cluster, since, ACCOUNT):
            about_itself = event.get("objectRef", {}).get("resource", "").startswith("selfsubject")
            if event["verb"] in ("get", "list") or about_itself or "dryRun=All" in event["requestURI"]:
                continue
            changes.append(heard(event))
        group.keep("changes.json", json.dumps(changes, indent=1))
        key = lambda change: json.dumps(change, sort_keys=True)
        extra = [change for change in changes if change not in approved + refused + perhaps]
        group.point("nothing but what was approved", not extra, extra[:2])
        twice = [change for change in changes if changes.count(change) > 1 + refused.count(change)]
        group.point("nothing twice", not twice, twice[:2])
        missing = [change for change in approved if change not in changes]
        group.point("all that was approved and said to be done", not missing, sorted(map(key, missing))[:2])
