"""Attempts to make an approval do more than was shown, or at another time: each ends with its own exit code, and nothing is sent."""
import concurrent.futures
import json
import os
import shutil
import signal
import subprocess
import time

import stage_apply
import stage_plans
import stage_races
import stage_repairs
from bad_release import BAD, NS, Scene


def run(tally, cluster, salve, small, only=None):
    """only: the name of one of them, or "all": with the autoscaler, which takes a quarter of an hour and a cluster to itself."""
    cluster.kubectl("delete", "namespace", NS, "--ignore-not-found", "--timeout=90s")  # of a run before this
    cluster.kubectl("create", "namespace", NS)
    try:
        stage_plans.may_plan(cluster, salve, [NS])
        stage_apply.may_change(cluster, [NS])
        chosen = [stage for stage in STAGES if only in (None, "all", stage.__name__) and not (small and stage in AT_LENGTH)]
        if only in ("all", "autoscaler") and not small:
            with tally.group("gates autoscaler") as group:
                stage_repairs.autoscaler_up(group, cluster)
                stages(tally, cluster, salve, small, chosen)
                stage_repairs.autoscaler(group, cluster, salve)
        else:
            stages(tally, cluster, salve, small, chosen)
    finally:
        stage_repairs.autoscaler_down(cluster)
        cluster.kubectl("delete", "namespace", NS, "--ignore-not-found", "--wait=false", check=False)


def stages(tally, cluster, salve, small, chosen):
    for stage in chosen:
        with tally.group(f"gates {stage.__name__}".replace("_", " ")) as group:
            stage(group, Scene(group, cluster, salve, deployed=stage in ON_SCENE), small)


def attacks(group, scene, small):
    operator = scene.operator
    plan = scene.plan()
    group.point("a digest that is none", operator.approve({**plan, "plan": "0123456789abcdef"})[0].rc == 78)
    group.point("a word that is too short", operator.approve({**plan, "plan": plan["plan"][:8]})[0].rc == 78)
    scene.refused("another context", plan, 76, "--context", "another")
    scene.kubectl("scale", "deployment/web", "--replicas=3")
    scene.refused("scaled meanwhile", plan, 76)
    plan = scene.plan()
    scene.kubectl("patch", "deployment", "web", "--type=merge", "-p", '{"spec": {"minReadySeconds": 1}}')
    scene.refused("edited meanwhile", plan, 76)
    plan = scene.plan()
    with operator.policy.open("a") as file:
        file.write("\n  - id: never\n    effect: deny\n    when: {action: {eq: rollout.undo}}\n    message: not today\n")
    result = scene.refused("denied by the policy of now", plan, 77)
    group.point("the rule is named", "not today" in (result.get("reason") or ""), result.get("reason"))
    operator.policy.write_text(operator.policy.read_text().replace("effect: deny\n    when: {action: {eq: rollout.undo}}", "effect: deny\n    when: {action: {eq: pod.delete}}"))
    scene.refused("judged by another policy", plan, 76)
    operator.policy.write_text(scene.salve.run("policy", "init").out)
    plan = scene.plan()
    group.point("rejected", operator.run("reject", plan["plan"], "-m", "not tonight").rc == 0)
    scene.refused("after a rejection", plan, 78)
    plan = scene.plan()
    scene.refused("the same again, a moment after the rejection", plan, 77)
    group.point("who rejected it, and why, is told with the plan", any("not tonight" in warning for warning in plan["warnings"]), plan["warnings"])
    done, _ = operator.approve(plan, "--override-cooldown", "the incident commander wants it", soak="0")
    stage_apply.expect(plan)
    group.point("an override says why", done.rc == 0, f"exit {done.rc}: {done.err.strip()[-300:]}")
    scene.refused("a second approval of the same plan", plan, 78)
    scene.break_it()
    plan = scene.plan()
    scene.build()
    scene.refused("deleted and made again", plan, 76)
    edited(group, scene)
    if not small:
        plan = scene.plan("--required-by", "1m")
        time.sleep(62)
        scene.refused("expired", plan, 78)


def edited(group, scene):
    """The record of a plan, with one byte of its command changed."""
    plan = scene.plan()
    record = next(path for path in sorted(scene.operator.runs.glob("*.json"), reverse=True) if plan["run"] in path.read_text())
    os.chmod(record, 0o600)
    text = record.read_text()
    record.write_text(text.replace('"value":"nginx:1.25"', '"value":"nginx:1.26"'))
    scene.refused("an edited plan", plan, 65)
    record.write_text(text)
    os.chmod(record, 0o444)


def rights(group, scene, small):
    """Without the Role the plan says so; and where it is taken away in between, the step does."""
    plan = scene.plan()
    scene.kubectl("delete", "rolebinding", "salve-e2e-apply")
    try:
        time.sleep(2)
        result = scene.refused("the right was taken away", plan, 79)
        words = json.dumps(result)
        group.point("the right is named", "patch deployments" in words, words[:300])
    finally:
        stage_apply.may_change(scene.cluster, [NS])
        time.sleep(2)
    group.point("the folder may be written by others", shared_folder(scene) == 73)


def shared_folder(scene):
    """Where no record can be kept to oneself, nothing is sent."""
    plan = scene.plan()
    os.chmod(scene.operator.runs, 0o770)
    try:
        return scene.operator.approve(plan)[0].rc
    finally:
        os.chmod(scene.operator.runs, 0o700)


def at_once(group, scene, small):
    """Several operators, each with a record of their own, or with the same: one wins, and the change happens once."""
    for round_number in range(2 if small else 10):
        if round_number:
            scene.break_it()
        plan = scene.plan()
        stage_apply.expect(plan)
        generation = scene.live()["metadata"]["generation"]
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            codes = sorted(done.rc for done, _ in pool.map(lambda _: scene.operator.approve(plan, soak="0"), range(3)))
        group.point("one wins", codes.count(0) == 1 and set(codes) <= {0, 75, 76, 78}, f"exit codes {codes}")
        group.point("changed once", scene.live()["metadata"]["generation"] == generation + 1, f"generation {scene.live()['metadata']['generation']} after {generation}")


def start(scene, plan, *more, tracer=()):
    """The approval as a process that can be sent signals."""
    operator = scene.operator
    names = [word for step in plan["steps"] for word in ("--confirm", step["target"]["name"])]
    return subprocess.Popen([*tracer, scene.salve.program, "fix", "--approve", plan["plan"], *names, "-o", "json", "--config", operator.config,
                             "--runs", operator.runs, f"--kubeconfig={operator.kubeconfig}", *more], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=scene.salve.home, env=scene.salve.environment())


def interrupted(group, scene, small):
    """A signal while it watches: what was sent stands, the record is sealed, and nothing more is begun."""
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)):
        scene.break_it()
        plan = scene.plan()
        stage_apply.expect(plan)
        process = start(scene, plan)
        scene.until(lambda: scene.image() != BAD, "the change arrives")
        time.sleep(2)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
        group.point(f"ends with {code}", process.returncode == code, f"exit {process.returncode}: {err.strip()[-200:]}")
        run = json.loads(out)["run"] if out else None
        sealed = scene.operator.run("runs", "show", run or "latest", "-o", "json").json()
        group.point("sealed as interrupted", sealed["status"] == "interrupted", sealed["status"])
        group.point("the effect is known", [step["effect"] for step in sealed["steps"]] == ["applied"], sealed["steps"])


def killed(group, scene, small):
    """kill -9 at moments all over the run: afterwards `runs recover` says what is so, and nothing was sent twice."""
    moments = (0.6, 1.2, 1.8) if small else [0.2 + 0.15 * n for n in range(20)]
    settle(group, [kill(scene, f"after {delay:.2f} s", after=delay) for delay in moments])


def killed_at_calls(group, scene, small):
    """The same after each system call by which a run puts down what it does, or starts a child."""
    if not shutil.which("strace"):
        group.notes.append("there is no strace: left out")
        group.point("left out", True)
        return
    calls = [
        *(("fdatasync", n) for n in range(1, 9)), *(("fsync", n) for n in range(1, 7)), *(("linkat", n) for n in range(1, 4)),
        *(("unlinkat", n) for n in range(1, 3)), *(("renameat", n) for n in range(1, 3)), *(("clone3", n) for n in range(1, 24, 2))]
    settle(group, [kill(scene, f"at {call} {n}", call=(call, n)) for call, n in calls])


class Killed:
    """A run that was killed, and whether its change arrived all the same."""

    def __init__(self, name, operator, arrived):
        self.name, self.operator, self.arrived = name, operator, arrived


def kill(where, name, after=None, call=None):
    """Each in a Deployment of its own: what one leaves behind must not blur what another one left."""
    scene = Scene(where.group, where.cluster, where.salve, "kill-" + name.replace(" ", "-").replace(".", "-").replace("_", "-"), 1)
    scene.operator.runs = scene.group.folder / ("runs-" + name.replace(" ", "-"))
    plan = scene.plan()
    generation = scene.live()["metadata"]["generation"]
    tracer = ["strace", "-f", "-o", "/dev/null", "-e", f"trace={call[0]}", "-e", f"inject={call[0]}:signal=KILL:when={call[1]}"] if call else []
    process = start(scene, plan, "--kubectl-timeout", "10", "--soak", "0", tracer=tracer)
    if after:
        time.sleep(after)
        process.kill()
    process.communicate(timeout=120)
    time.sleep(1.5)  # a kubectl that was started lives on
    arrived = scene.live()["metadata"]["generation"] != generation
    if arrived:
        stage_apply.expect(plan)
    return Killed(name, scene.operator, arrived)


def settle(group, runs):
    """What may still arrive is asked for again when it cannot arrive any more."""
    if any(recovered(run.operator).rc == 80 for run in runs):
        time.sleep(95)
    for run in runs:
        done = recovered(run.operator)
        group.point(f"{run.name}: settled", done.rc == 0, f"exit {done.rc}: {done.out[-300:]} {done.err[-200:]}")
        records = run.operator.run("runs", "list", "-o", "json", "--limit", "0").json()["runs"]
        changes = [run.operator.run("runs", "show", str(record["seq"]), "-o", "json").json() for record in records if record["kind"] in ("apply", "recover")]
        told = [step["effect"] for record in changes for step in record["steps"]]
        told += [step["effect"] for record in changes for one in record["reconciliations"] for step in one["steps"]]
        truth = "applied" if run.arrived else "not_applied"
        group.point(f"{run.name}: true", set(told) <= {truth, "unknown"}, f"{told}, and it did {'' if run.arrived else 'not '}arrive")
        group.point(f"{run.name}: told", not run.arrived or truth in told, told)
        group.point(f"{run.name}: the chain holds", run.operator.run("runs", "verify").rc == 0)


def recovered(operator):
    return operator.run("runs", "recover", "-o", "json")


HANG = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "hang", "namespace": NS}, "spec": {
    "replicas": 3, "selector": {"matchLabels": {"app": "hang"}}, "template": {"metadata": {"labels": {"app": "hang"}}, "spec": {
        "terminationGracePeriodSeconds": 1, "containers": [
            {"name": "hang", "image": "busybox:1.36", "command": ["sh", "-c", "sleep 100000"],
             "readinessProbe": {"exec": {"command": ["sh", "-c", "test ! -e /tmp/hung"]}, "periodSeconds": 2, "failureThreshold": 2}}]}}}}


def hung_pod(group, scene, small):
    """One of three pods does not answer any more: it is evicted, unless a disruption budget forbids it."""
    scene.cluster.kubectl("apply", "-f", "-", stdin=json.dumps(HANG))
    scene.kubectl("rollout", "status", "deployment/hang", "--timeout=120s")
    pod = scene.kubectl("get", "pods", "-l", "app=hang", "-o", "jsonpath={.items[0].metadata.name}")
    scene.kubectl("exec", pod, "--", "touch", "/tmp/hung")
    plan = {}

    def planned():
        plan.update(scene.operator.plan(f"pod/{pod}", "-n", NS, "--min-severity", "low", "--action", "pod.evict"))
        return plan["steps"]

    scene.until(planned, "the eviction is planned", 180)
    scene.cluster.kubectl("apply", "-f", "-", stdin=json.dumps({
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "hang", "namespace": NS},
        "spec": {"maxUnavailable": 0, "selector": {"matchLabels": {"app": "hang"}}}}))
    scene.until(lambda: scene.cluster.get("-n", NS, "pdb", "hang")["status"].get("observedGeneration"), "the budget is seen")
    done, result = scene.operator.approve(plan)
    group.point("the budget is respected", done.rc == 79, f"exit {done.rc}: {result.get('reason')} {done.err.strip()[-200:]}")
    group.point("it says so", "budget" in json.dumps(result), json.dumps(result)[:300])
    group.point("the pod is still there", pod in scene.kubectl("get", "pods"), "it is gone")
    stage_apply.refused.append((NS, pod, "evict"))
    scene.kubectl("delete", "pdb", "hang")
    plan.clear()
    scene.until(planned, "the eviction is planned again", 180)
    stage_apply.expect(plan)
    done, result = scene.operator.approve(plan, "--override-cooldown", "the budget is gone", soak="10")
    group.point("evicted, and replaced", done.rc == 0 and result["outcome"] == "fixed", f"exit {done.rc}, {result.get('outcome')}: {done.out[-600:]}")


def races(group, scene, small):
    stage_races.run(group, scene.cluster, scene.salve, small)


def readiness(group, scene, small):
    stage_repairs.readiness(group, scene.cluster, scene.salve)


STAGES = (attacks, rights, at_once, interrupted, killed, killed_at_calls, hung_pod, readiness, races)
AT_LENGTH = (killed_at_calls,)
ON_SCENE = (attacks, rights, at_once, interrupted)
