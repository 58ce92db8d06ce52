"""F10 on the real cluster: somebody else changes the object while an approval is under way.  The server's own history of the object tells
whether a change of salve met anything but what its plan was made for."""
import concurrent.futures
import copy
import json
import random
import subprocess
import tempfile
import threading
import time

import stage_apply
from bad_release import NS, Scene, deployment

LANES = 4
MARK = "salve/run"


def run(group, cluster, salve, small):
    rounds = 1 if small else 25
    with concurrent.futures.ThreadPoolExecutor(LANES) as pool:
        lanes = [pool.submit(lane, Scene(group, cluster, salve, f"race-{number}", 1), number, rounds) for number in range(LANES)]
        ends = [end for one in lanes for end in one.result()]
    group.notes.append(f"{len(ends)} races: " + ", ".join(f"{ends.count(end)} {end}" for end in sorted(set(ends))))


def lane(scene, number, rounds):
    """One Deployment, and a race for it after the other."""
    chance = random.Random(number)
    ends = []
    for count in range(rounds):
        if count:
            scene.build()
        rival = RIVALS[(number + count * LANES) % len(RIVALS)]
        ends += race(scene, f"{rival.__name__} {number}/{count}", rival, chance.uniform(0, 2.5))
    return ends


class History:
    """What an object was, one after the other, as the server tells those who watch it."""

    def __init__(self, scene):
        self.file = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            ["kubectl", f"--kubeconfig={scene.cluster.admin}", "-n", NS, "get", "deployments", f"--field-selector=metadata.name={scene.name}",
             "-w", "--output-watch-events", "-o", "json"], stdout=self.file, stderr=subprocess.DEVNULL)
        deadline = time.time() + 30
        while not self.file.seek(0, 2) and time.time() < deadline:
            time.sleep(0.05)

    def end(self):
        time.sleep(1)  # what happened last arrives
        self.process.terminate()
        self.process.wait()
        self.file.seek(0)
        text, decoder, states = self.file.read(), json.JSONDecoder(), []
        while text.strip():
            event, end = decoder.raw_decode(text.lstrip())
            text = text.lstrip()[end:]
            states.append(None if event["type"] == "DELETED" else event["object"])
        return states


def patched(spec, body):
    """The spec after the operations of a JSON patch, without its tests and without the mark."""
    thing = {"spec": copy.deepcopy(spec)}
    for one in body:
        words = one["path"].split("/")[1:]
        if one["op"] == "test" or words[0] != "spec":
            continue
        place = thing
        for word in words[:-1]:
            place = place[int(word)] if isinstance(place, list) else place[word]
        last = int(words[-1]) if isinstance(place, list) else words[-1]
        if one["op"] == "remove":
            del place[last]
        else:
            place[last] = one["value"]
    return thing["spec"]


def arrivals(states, step, mark):
    """How often the change arrived, and how often it met something else than the object of the plan."""
    arrived = strayed = 0
    for before, after in zip([None, *states], states):
        bears = lambda state: bool(state) and state["metadata"].get("annotations", {}).get(MARK) == mark
        if not bears(after) or bears(before):
            continue
        arrived += 1
        wanted = step["preconditions"]
        same = before and before["metadata"]["uid"] == wanted["uid"] and before["metadata"]["generation"] == wanted["generation"]
        strayed += not (same and after["spec"] == patched(before["spec"], step["request"]["body"]))
    return arrived, strayed


def race(scene, name, rival, delay):
    group, (approvals, meddle) = scene.group, rival(scene)
    history = History(scene)
    meddler = threading.Thread(target=lambda: (time.sleep(delay), meddle()))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        running = [pool.submit(operator.approve, plan, soak="0") for operator, plan in approvals]
        meddler.start()
        done = [one.result() for one in running]
    meddler.join()
    states, ends = history.end(), []
    for (operator, plan), (process, result) in zip(approvals, done):
        step = plan["steps"][0]
        arrived, strayed = arrivals(states, step, next(one["value"] for one in step["request"]["body"] if one["path"].endswith("salve~1run")))
        effects = [one["effect"] for one in result.get("steps", [])]
        why = f"{name}, {delay:.2f} s: exit {process.rc}, {effects}, arrived {arrived}, {process.err.strip()[-200:]}"
        group.point("nothing but what was planned", not strayed, why)
        group.point("at most once", arrived <= 1, why)
        group.point("it says what happened", ("applied" in effects) == (arrived == 1), why)
        group.point("the chain holds", operator.run("runs", "verify").rc == 0, why)
        if arrived:
            stage_apply.expect(plan)
        else:
            stage_apply.may_be_refused(plan)
        ends.append(result.get("outcome") or f"exit {process.rc}")
    return ends


def operator_of(scene):
    """Each time with records of its own: what one race leaves must not hold up the next."""
    operator = stage_apply.Operator(scene.group, scene.salve, [NS])
    operator.runs = scene.group.folder / f"runs-{scene.name}-{time.time_ns()}"
    return operator


def plan_of(scene):
    scene.operator = operator_of(scene)
    return scene.operator, scene.plan()


def editor(scene):
    return [plan_of(scene)], lambda: scene.kubectl("patch", "deployment", scene.name, "--type=merge", "-p", '{"spec": {"minReadySeconds": 1}}')


def scaler(scene):
    return [plan_of(scene)], lambda: scene.kubectl("scale", f"deployment/{scene.name}", "--replicas=2")


def other_repair(scene):
    return [plan_of(scene)], lambda: scene.kubectl("rollout", "undo", f"deployment/{scene.name}", check=False)


def recreator(scene):
    def again():
        scene.kubectl("delete", "deployment", scene.name, "--wait=true")
        scene.cluster.kubectl("apply", "-f", "-", stdin=json.dumps(deployment(scene.name, 1)))
        scene.break_it()
    return [plan_of(scene)], again


def second_salve(scene):
    """Two operators, each with records and a plan of their own."""
    return [plan_of(scene), plan_of(scene)], lambda: None


RIVALS = (editor, scaler, second_salve, other_repair, recreator)
