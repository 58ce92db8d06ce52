"""`salve doctor`: each failure has its exit code, each mend mends, and nothing is written."""
import json
import os
import socket
import subprocess
import time

import stage_audit
import stage_kubectl

NS, USER = "e2e-doctor", "nobody"
QUESTIONS = {"selfsubjectaccessreviews", "selfsubjectreviews"}


def run(tally, cluster, salve, small):
    down(cluster)
    cluster.kubectl("create", "namespace", NS)
    since = stage_audit.now()
    try:
        doctor = Doctor(tally, cluster, salve)
        for stage in (mends, failures, bounded, versions):
            with tally.group(f"doctor {stage.__name__}") as group:
                stage(group, doctor, small)
        with tally.group("doctor asks only") as group:
            audit(group, cluster, since)
    finally:
        down(cluster)


def down(cluster):
    cluster.kubectl("delete", "clusterrolebinding", f"salve-reader-cluster-{USER}", "--ignore-not-found", check=False)
    cluster.kubectl("delete", "clusterrole", "salve-reader-cluster", "--ignore-not-found", check=False)
    cluster.kubectl("delete", "namespace", NS, "--ignore-not-found", "--timeout=60s", check=False)


class Doctor:
    def __init__(self, tally, cluster, salve):
        self.cluster, self.salve, self.folder = cluster, salve, tally.folder / "doctor"
        self.folder.mkdir()

    def run(self, *args, **how):
        return self.salve.run("doctor", "-n", NS, *args, **{"kubeconfig": self.cluster.user(USER), **how})

    def checks(self, *args, **how):
        done = self.run("-o", "json", *args, **how)
        return done, {check["name"]: check for check in done.json()["checks"]}

    def altered(self, name, **changes):
        config = self.cluster.config_of(USER)
        config["clusters"][0]["cluster"].update(changes)
        path = self.folder / name
        path.write_text(json.dumps(config))
        path.chmod(0o600)
        return path


def states(checks):
    return {name: check["state"] for name, check in checks.items()}


def mends(group, doctor, small):
    """Pasted into a shell by an administrator, they leave nothing to mend."""
    done, before = doctor.checks()
    group.keep("before.json", done.out)
    group.point("no rights: 83", done.rc == 83 and before[f"read {NS}"]["state"] == "failure", f"exit {done.rc}: {states(before)}")
    warned = {name for name, state in states(before).items() if state == "warning"}
    group.point("what else is missing", {"identity", "read cluster-wide"} <= warned, warned)
    group.point("every mend of a check that is not ok", all(bool(check["mend"]) == (check["state"] in ("warning", "failure")) for check in before.values()), before)
    salve = os.path.dirname(doctor.salve.program)
    environment = {**os.environ, "PATH": f"{salve}:{os.environ['PATH']}", "KUBECONFIG": str(doctor.cluster.admin)}
    for name in (f"read {NS}", "read cluster-wide", f"read {NS}"):  # twice does no harm
        pasted = subprocess.run(["bash", "-c", before[name]["mend"]], env=environment, capture_output=True, text=True)
        group.point(f"the mend of {name}", pasted.returncode == 0, pasted.stderr)
    deadline = time.time() + 30
    while True:
        done, after = doctor.checks()
        if done.rc == 0 and after["read cluster-wide"]["state"] == after[f"read {NS}"]["state"] == "ok" or time.time() > deadline:
            break
    group.keep("after.json", done.out)
    group.point("then all is well", done.rc == 0 and set(states(after).values()) <= {"ok", "skipped"}, f"exit {done.rc}: {states(after)}")
    group.point("we are", f"we are {USER}" in after["identity"]["detail"], after["identity"]["detail"])
    change = after[f"change {NS}"]
    group.point("no right to change", change["state"] == "ok" and "may not: patch deployments.apps" in change["detail"], change)
    human = doctor.run()
    group.keep("after.txt", human.out)
    group.point("for people", human.rc == 0 and human.out.startswith("all is well"), human.out[:200])
    group.point("no run was recorded", not list(doctor.salve.runs.glob("*doctor*")), "there is a record")


def failures(group, doctor, small):
    empty, runs = doctor.folder / "empty", doctor.folder / "runs"
    empty.mkdir()
    runs.mkdir()
    runs.chmod(0o777)
    closed = doctor.altered("closed", server="https://127.0.0.1:1")
    for name, code, check, how in (
            ("kubectl missing", 69, "kubectl", {"PATH": str(empty)}),
            ("server unreachable", 83, "cluster", {"kubeconfig": closed}),
            ("context missing", 83, "kubeconfig", {"args": ("--context", "no-such-context")}),
            ("namespace missing", 83, "read e2e-no-such-namespace", {"args": ("-n", "e2e-no-such-namespace")}),
            ("runs open to all", 73, "runs folder", {"args": ("--runs", runs)}),
            ("configuration wrong", 2, "configuration", {"args": ("--config", doctor.folder / "closed")}),
            ("two at once", 83, "runs folder", {"args": ("--runs", runs), "kubeconfig": closed}),
            ("three at once", 69, "runs folder", {"args": ("--runs", runs), "kubeconfig": closed, "PATH": str(empty)})):
        args = how.pop("args", ())
        done, checks = doctor.checks(*args, **how)
        group.point(name, done.rc == code and checks.get(check, {}).get("state") == "failure", f"exit {done.rc}: {states(checks)}")
    pasted = subprocess.run(["bash", "-c", doctor.checks("--runs", runs)[1]["runs folder"]["mend"]])
    done = doctor.run("--runs", runs)
    group.point("the mend of the runs folder", pasted.returncode == 0 and done.rc == 0, f"exit {done.rc}: {done.out}")
    left = sorted(path.name for path in runs.rglob("*"))
    group.point("only the lock is left there", left == [".lock"], left)


def bounded(group, doctor, small):
    """A server that takes the connection and never says a word."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        path = doctor.altered("silent", server=f"https://127.0.0.1:{silent.getsockname()[1]}")
        before = time.time()
        done, checks = doctor.checks("--timeout", "8", kubeconfig=path)
        took = time.time() - before
    group.point("ends in time", took < 20, f"{took:.1f} s")
    # On a busy machine the time may be up before the server is asked.
    failed = {name for name, state in states(checks).items() if state == "failure"}
    group.point("as a failure", done.rc == 83 and failed and failed <= {"kubeconfig", "cluster"}, f"exit {done.rc}: {states(checks)}")


def versions(group, doctor, small):
    programs = stage_kubectl.versions()
    if not programs:
        group.notes.append("only one kubectl on this machine")
        return
    for program in programs if not small else programs[:1]:
        folder = doctor.folder / program.name
        folder.mkdir()
        (folder / "kubectl").symlink_to(program)
        done, checks = doctor.checks(PATH=str(folder))
        server = int(checks["cluster"]["detail"].split(".")[1])
        wanted = "ok" if abs(int(program.name.rsplit(".", 1)[1]) - server) <= 1 else "warning"
        group.point(program.name, done.rc == 0 and checks["kubectl version"]["state"] == wanted, f"exit {done.rc}: {checks['kubectl version']}")
        group.point(f"{program.name} asks for rights", checks[f"read {NS}"]["state"] == "ok", checks[f"read {NS}"])


def audit(group, cluster, since):
    """The server's own account of it."""
    seen = {(event["verb"], event.get("objectRef", {}).get("resource")) for event in stage_audit.requests(cluster, since, USER)}
    group.keep("requests.txt", "".join(f"{verb} {resource}\n" for verb, resource in sorted(seen, key=str)))
    group.point("it did ask", ("create", "selfsubjectaccessreviews") in seen, seen)
    others = {(verb, resource) for verb, resource in seen if verb not in ("get", "list") and not (verb == "create" and resource in QUESTIONS)}
    group.point("only about itself", not others, others)
    group.point("no Secret, no ConfigMap", not {resource for _, resource in seen} & {"secrets", "configmaps"}, seen)
