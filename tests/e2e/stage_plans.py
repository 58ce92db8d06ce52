"""Plans on the real cluster: what may be offered is, what may not is not, and the server hears of rehearsals only."""
import json

import stage_audit

HOME, NAME = "salve-e2e-plans", "planner"
ACCOUNT = f"system:serviceaccount:{HOME}:{NAME}"
BINDING = "salve-e2e-plan-reader"
SUBJECT = {"kind": "ServiceAccount", "name": NAME, "namespace": HOME}
HARMLESS = {"note.annotate"}
NEEDS_A_VALUE = {"image.set", "resources.set", "command.set", "env.set-literal"}
# Allowed, and not offered: to delete the pod that was evicted for its own limit takes the evidence away and cures nothing.
WITHHELD = {"pod.evicted.ephemeral-limit": {"pod.cleanup-failed"}}
ON_REQUEST = {"rollout.pause", "rollout.restart", "pod.evict", "pod.delete", "sts.replace-stuck-pod"}


def kubeconfig(tally):
    return tally.folder / "planner.kubeconfig"


def up(cluster, tally):
    """A service account of its own, which may read; what it may change is granted case by case."""
    cluster.kubectl("delete", "namespace", HOME, "--ignore-not-found", "--timeout=90s")  # of a run before this
    cluster.kubectl("create", "namespace", HOME)
    cluster.kubectl("-n", HOME, "create", "serviceaccount", NAME, check=False)
    config = cluster.config_of("reader")
    config["users"][0]["user"] = {"token": cluster.kubectl("-n", HOME, "create", "token", NAME, "--duration=6h").strip()}
    kubeconfig(tally).write_text(json.dumps(config))
    cluster.kubectl("apply", "-f", "-", stdin=json.dumps({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": BINDING},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "salve-reader"}, "subjects": [SUBJECT]}))


def may_plan(cluster, salve, namespaces):
    """Gives the account what `salve rbac remediator` prints for these namespaces, and no more."""
    own = [ns for ns in namespaces if not ns.startswith("kube-") and
           cluster.get("namespace", ns)["status"]["phase"] == "Active"]  # nothing can be made in one that goes
    if not own:
        return
    printed = salve.run("rbac", "remediator", *[word for ns in own for word in ("-n", ns)])
    if printed.rc:
        raise RuntimeError(f"salve rbac remediator: exit {printed.rc}: {printed.err}")
    cluster.kubectl("apply", "-f", "-", stdin=printed.out)
    for ns in own:
        cluster.kubectl("apply", "-f", "-", stdin=json.dumps({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "salve-e2e-plan", "namespace": ns},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "salve-remediator"},
            "subjects": [SUBJECT]}))


def one(group, cluster, salve, case, where):
    """The plan of a case that is up."""
    may_plan(cluster, salve, case.namespaces)
    done = salve.run("plan", *where, "--min-severity", "low", "-o", "json", kubeconfig=kubeconfig(group.tally))
    group.keep("plan.json", done.out)
    group.point("plans", done.rc == 0 and not done.err, f"exit {done.rc}: {done.err.strip()[:300]}")
    plan = done.json()
    judge(group, case, plan)


def judge(group, case, plan):
    offered = {step["action_id"] for step in plan["steps"]} | {other["action_id"] for other in plan["alternatives"]}
    allowed, forbidden = set(case.truth["actions_allowed"]), set(case.truth["actions_forbidden"])
    tempting = offered if "*" in forbidden else offered & forbidden
    group.point("nothing forbidden", not tempting - HARMLESS, f"offers {sorted(tempting)}")
    group.point("only what is allowed", offered <= allowed | HARMLESS, f"offers {sorted(offered - allowed)}")
    told = offered | {action for action in NEEDS_A_VALUE if any(f"{action}:" in line for line in plan["manual"])}
    wanted = allowed - ON_REQUEST - WITHHELD.get(case.truth["mode"], set())
    group.point("what is allowed is offered", not wanted or told & wanted, f"offers {sorted(told)}, allowed are {sorted(wanted)}: {plan['manual']}")
    for step in plan["steps"]:
        state = step["dry_run"]
        group.point(f"{step['action_id']}: the server rehearsed it", state["state"] == "ok" and step["may"], state["message"])
        group.point(f"{step['action_id']}: the difference is shown", state["diff"], "no field would change")
        group.point(f"{step['action_id']}: there is a way back", step["inverse"]["description"], "none is told")
    if case.healthy:
        group.point("nothing to do", plan["outcome"] == "NoAction" or case.truth.get("max_severity"), plan["outcome"])
    elif not plan["steps"]:
        group.point("manual steps", plan["outcome"] == "ManualOnly" and plan["manual"] or plan["outcome"] == "NoAction", plan["outcome"])


def audit(tally, cluster, since, several):
    """Reads, dry runs and questions about rights: nothing else was heard of the account."""
    with tally.group("audit log of plans") as group:
        events = list(stage_audit.requests(cluster, since, ACCOUNT))
        written = [event for event in events if event["verb"] not in ("get", "list")]
        real = [f"{event['verb']} {event['requestURI']}" for event in written
                if "dryRun=All" not in event["requestURI"] and event.get("objectRef", {}).get("resource") not in
                ("selfsubjectaccessreviews", "selfsubjectrulesreviews")]
        group.point("something was rehearsed", not several or any("dryRun=All" in event["requestURI"] for event in written), f"{len(events)} requests")
        group.point("nothing was changed", not real, real[:3])
        secret = [event["requestURI"] for event in events if event.get("objectRef", {}).get("resource") in ("secrets", "configmaps")]
        group.point("no Secret, no ConfigMap", not secret, secret[:3])


def take_back(cluster):
    cluster.kubectl("delete", "clusterrolebinding", BINDING, "--ignore-not-found", check=False)
    cluster.kubectl("delete", "namespace", HOME, "--ignore-not-found", "--wait=false", check=False)
