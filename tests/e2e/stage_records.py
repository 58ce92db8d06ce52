"""The records: proven after live runs, and what a dead run sent found out by reading the cluster."""
import datetime
import json
import shutil
import time

import scene

MANAGER = "--field-manager=salve"


def run(tally, here):
    runs = Runs(here, tally.folder / "records")
    for stage in (chain, not_sent, arrived, may_arrive, deleted, elsewhere):
        with tally.group(f"records {stage.__name__}") as group:
            stage(group, runs)


class Runs:
    """A runs folder of its own, with the record of one live triage to make others from."""

    def __init__(self, here, folder):
        self.here, self.folder, self.number = here, folder, 0
        self.salve("triage", "-n", scene.WELL, "--ticket", "INC-1")
        self.salve("triage", "-n", scene.FAULTS, "--ticket", "INC-1")
        (self.first, *_) = sorted(folder.glob("*.json"))

    def salve(self, *args):
        return self.here.salve.run(*args, "--runs", self.folder, kubeconfig=self.here.cluster.user("reader"))

    def pilot(self):
        return self.here.cluster.get("-n", scene.WELL, "deployment", "pilot")

    def target(self, obj, kind, api_version):
        meta = obj["metadata"]
        return {"api_version": api_version, "kind": kind, "namespace": meta["namespace"], "name": meta["name"], "uid": meta["uid"],
                "resource_version": meta["resourceVersion"], "generation": meta.get("generation"), "container": None}

    def die(self, target, ago, patch, uid=None):
        """The journal of a run that was killed after its intent; returns the marker that its change would have left."""
        self.number += 1
        run_id = f"dead{self.number:08}"
        record = json.loads(self.first.read_text())
        for gone in ("chain", "journal"):
            del record[gone]
        at = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=ago)).strftime("%Y-%m-%dT%H:%M:%S.000000Z")
        record["time"] = {**record["time"], "started_at": at, "ended_at": None, "mono_us": None}
        del record["time"]["sealed_at"]
        record.update(run_id=run_id, kind="apply", status="interrupted", exit_code=None)
        if uid:
            record["cluster"]["kube_system_uid"] = uid
        marker = f"{run_id}.1"
        step = {"ordinal": 1, "action_id": "rollout.restart", "target": target, "plan_sha256": "a" * 64, "intent_at": at,
                "argv": ["patch"], "env_names": [], "stdin_sha256": None, "patch": [] if patch else None, "timeout_ms": 30000,
                "preconditions": {"uid": target["uid"], "generation": target["generation"], "resource_version": None, "tests": []},
                "marker": marker, "started_at": None, "ended_at": None, "rc": None, "signal": None, "timed_out": False,
                "stdout": None, "stderr": None, "effect": "unknown", "before": None, "after": None}
        began = int((time.clock_gettime(time.CLOCK_MONOTONIC) - ago) * 1e6)
        lines = [("open", {**record, "seq_at_open": 0, "monotonic_us_at_open": began}), ("approval", {}), ("intent", {"steps": [step]})]
        text = "".join(canonical({"at": at, "event": event, "line": number, "mono_us": number, "set": fields}) + "\n"
                       for number, (event, fields) in enumerate(lines, 1))
        journal = self.folder / ".journal" / f"{run_id}.jsonl"
        journal.write_text(text)
        journal.chmod(0o600)
        return marker

    def recover(self, *args):
        done = self.salve("runs", "recover", "-o", "json", *args)
        return done, json.loads(done.out) if done.out else {}

    def forget(self):
        for journal in (self.folder / ".journal").glob("*.jsonl"):
            journal.unlink()


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def effect(answer):
    steps = answer["runs"][0]["steps"] if answer.get("runs") else []
    return steps[0]["effect"] if steps else None


def chain(group, runs):
    done = runs.salve("runs", "verify")
    group.point("holds", done.rc == 0 and "2 records" in done.out, f"exit {done.rc}: {done.out}{done.err}")
    note = runs.salve("runs", "head").out
    (runs.folder.parent / "note").write_text(note)
    done = runs.salve("runs", "verify", "--expect-head", runs.folder.parent / "note")
    group.point("the head note", done.rc == 0, done.out + done.err)
    listed = json.loads(runs.salve("runs", "list", "-o", "json").out)["runs"]
    group.point("listed", [run["seq"] for run in listed] == [2, 1], listed)
    report = runs.salve("runs", "report", "--ticket", "INC-1")
    group.keep("report.md", report.out)
    group.point("a report", report.rc == 0 and "buoy" in report.out and runs.first.name in report.out, report.err)
    copy = runs.folder.parent / "edited"
    shutil.copytree(runs.folder, copy)
    edited = copy / runs.first.name
    edited.chmod(0o644)
    edited.write_text(edited.read_text().replace("INC-1", "INC-2"))
    edited.chmod(0o444)
    done = runs.here.salve.run("runs", "verify", "--runs", copy)
    group.point("an edit is found", done.rc == 1 and "edited" in done.out, done.out)


def arrived(group, runs):
    """Killed after the change had arrived: its marker says so."""
    marker = runs.die(runs.target(runs.pilot(), "Deployment", "apps/v1"), 0, patch=True)
    runs.here.cluster.kubectl("-n", scene.WELL, "patch", "deployment", "pilot", "--type=merge", MANAGER, "-p",
                              canonical({"metadata": {"annotations": {"salve/run": marker}}}))
    done, answer = runs.recover()
    group.point("applied", done.rc == 0 and effect(answer) == "applied", f"exit {done.rc}: {done.out}{done.err}")
    done, answer = runs.recover()
    group.point("once", done.rc == 0 and answer["runs"] == [], done.out)
    group.point("sealed", runs.salve("runs", "verify").rc == 0, "the chain does not hold")


def not_sent(group, runs):
    """Killed before it was sent, long ago: the object is as it was."""
    runs.die(runs.target(runs.pilot(), "Deployment", "apps/v1"), 300, patch=True)
    done, answer = runs.recover()
    group.point("not applied", done.rc == 0 and effect(answer) == "not_applied", f"exit {done.rc}: {done.out}{done.err}")


def may_arrive(group, runs):
    """Killed a moment ago: kubectl may still be at it."""
    runs.die(runs.target(runs.pilot(), "Deployment", "apps/v1"), -5, patch=True)
    done, answer = runs.recover()
    group.point("undetermined", done.rc == 80 and effect(answer) == "undetermined", f"exit {done.rc}: {done.out}{done.err}")
    group.point("says when", answer["runs"][0]["retry_at"] is not None, done.out)
    group.point("not sealed", runs.salve("runs", "verify").rc == 3, "the journal is gone")
    done, answer = runs.recover("--leave-unknown")
    group.point("sealed when told to", done.rc == 0 and answer["runs"][0]["sealed_seq"], f"exit {done.rc}: {done.out}{done.err}")


def deleted(group, runs):
    """The pod that was to go is gone, and another one has come."""
    pods = runs.here.cluster.get("-n", scene.WELL, "pods")["items"]
    victim = next(pod for pod in pods if pod["metadata"]["name"].startswith("pilot"))
    runs.die(runs.target(victim, "Pod", "v1"), 0, patch=False)
    runs.here.cluster.kubectl("-n", scene.WELL, "delete", "pod", victim["metadata"]["name"], "--wait=true")
    done, answer = runs.recover()
    group.point("applied", done.rc == 0 and effect(answer) == "applied", f"exit {done.rc}: {done.out}{done.err}")


def elsewhere(group, runs):
    """The context leads to another cluster now: nothing may be said."""
    runs.die(runs.target(runs.pilot(), "Deployment", "apps/v1"), 300, patch=True, uid="00000000-0000-0000-0000-000000000000")
    done, answer = runs.recover()
    group.point("another cluster", done.rc == 80 and "another cluster" in done.out, f"exit {done.rc}: {done.out}{done.err}")
    runs.forget()
