"""Rights taken away one kind at a time: a partial view says so, and claims nothing that the full view does not. All lists are read: a right
that no finding asks for is not missed."""
import grants
import scene
from salve import ids, wanted_exit

USER = "remediator"  # has no rights until a test binds it
SLICE = ("replicasets", "events", "pods/log")


def run(tally, cluster, salve, rules, small):
    grants.put_role(cluster, grants.PARTIAL, rules)
    grants.bind(cluster, grants.PARTIAL, grants.PARTIAL, USER)
    grants.wait_until(cluster, USER, "list", "pods", True)
    full = triage(cluster, salve)
    for verb, kind, rule, resource in grants.kinds(rules):
        if small and resource not in SLICE:
            continue
        with tally.group(f"rights without {resource}") as group:
            grants.put_role(cluster, grants.PARTIAL, grants.without(rules, rule, resource))
            grants.wait_until(cluster, USER, verb, kind, False)
            try:
                one(group, cluster, salve, full, resource)
            finally:
                grants.put_role(cluster, grants.PARTIAL, rules)
                grants.wait_until(cluster, USER, verb, kind, True)


def triage(cluster, salve):
    return salve.triage(*scene.BOTH, "-o", "json", kubeconfig=cluster.user(USER), through="all").json()


def one(group, cluster, salve, full, resource):
    saved = group.tally.folder / "partial.json"
    saved.unlink(missing_ok=True)
    done = salve.triage(*scene.BOTH, "-o", "json", "--save", saved, kubeconfig=cluster.user(USER), through="all")
    group.keep("triage.json", done.out)
    partial = done.json()
    human = salve.triage(*scene.BOTH, "--from", saved, through="all")
    group.keep("human.txt", human.out)
    refused = {read["what"] for read in partial["evidence"]["reads"] if read["state"] == "forbidden"}
    group.point("exit code", done.rc in (0, 1) and done.rc == wanted_exit(partial), f"exit {done.rc}: {done.err}")
    group.point("the reads name it", refused == {resource}, f"forbidden: {sorted(refused)}")
    group.point("not complete", partial["evidence"]["complete"] is False, "evidence.complete is true")
    group.point("people are told", resource in human.out and human.rc == done.rc, f"exit {human.rc}, no word of {resource}")
    known = ids(full)
    new = [f for f in partial["findings"] if f["id"] not in known and not about_the_gap(f, resource) and not same_trouble(f, full)]
    group.point("nothing new", not new, "; ".join(f"{f['mode']} on {f['root']['kind']}/{f['root']['name']}: {f['summary']}" for f in new))


def about_the_gap(finding, resource):
    """The missing right may be a finding itself, about that kind and no other."""
    return finding["mode"].startswith("access.") and finding["summary"].rstrip(".").endswith(resource)


def objects(finding):
    return {(o["kind"], o["namespace"], o["name"]) for o in [finding["root"], *finding["affected"]]}


def same_trouble(finding, full):
    """With its owner or its logs out of sight, a fault keeps its pods, but may bear a nearer root (then its mode is the full run's)
    or a wider mode of the same family (then it says what is missing)."""
    family = finding["mode"].rsplit(".", 1)[0]
    others = [o for o in full["findings"] if objects(finding) & objects(o) and o["mode"].rsplit(".", 1)[0] == family]
    return any(finding["mode"] == other["mode"] or finding["missing_evidence"] for other in others)
