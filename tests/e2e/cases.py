"""The development cases: which there are, what they are about, and their own runner for up, down and check."""
import fnmatch
import json
import os
import pathlib
import shutil
import subprocess
import sys

import beside
import rename
from cluster import shared

# One of each kind of thing that must be read or said.
SLICE = ("pod-pending-pvc-missing", "pod-pending-insufficient-cpu", "pod-node-rejected", "pod-image-not-found", "pod-config-secret-missing",
         "pod-config-run-as-nonroot", "pod-volume-configmap-missing", "pod-run-command-not-found", "pod-crashloop-oom",
         "pod-crashloop-app-error", "pod-crashloop-dependency", "pod-crashloop-liveness", "pod-init-failed", "pod-sidecar-failed",
         "pod-notready-readiness", "pod-hook-poststart", "pod-sandbox-runtime", "pod-log-errors", "svc-no-endpoints-selector-mismatch",
         "svc-target-port-mismatch", "ingress-backend-missing", "pvc-pending-no-class", "job-failure-policy", "cronjob-last-failed",
         "hpa-target-missing", "pdb-broken", "ctrl-failed-create-quota", "deploy-progress-deadline-image", "sts-update-stuck",
         "compound-quota-chain", "compound-other-namespace", "compound-decoys", "injection-log", "healthy-baseline",
         "healthy-alarming-logs", "healthy-recovered-warnings")


class Case:
    """`label` tells apart what may run at the same time: the same case under several names."""

    def __init__(self, folder, label="", beside=False):
        self.folder, self.name, self.beside = folder, folder.name, beside
        self.label = label or self.name
        self.truth = json.loads((folder / "truth.json").read_text())
        self.namespaces = self.truth["namespaces"]
        self.healthy = self.name.startswith("healthy-")
        self.exclusive = bool(self.truth.get("exclusive"))

    def scope(self):
        """The namespaces to be looked at."""
        return list(dict.fromkeys([*self.namespaces, *([beside.namespace(self)] if self.beside else [])]))


def folder():
    return pathlib.Path(os.environ.get("SALVE_CASES") or shared("cases"))


def chosen(only, small, beside=False):
    found = [Case(path.parent, beside=beside) for path in sorted(folder().glob("*/truth.json")) if fnmatch.fnmatch(path.parent.name, only)]
    found = [case for case in found if not small or case.name in SLICE]
    return sorted(found, key=lambda case: -case.truth.get("min_age_s", 0))  # those that ripen longest start first


def renamed(found, target, seed, label):
    """The cases under other names, in a folder of their own with what a case needs beside it. A seed gives the same names again."""
    there = target / "cases"
    there.mkdir(parents=True)
    shutil.copy(folder() / "run", there)  # it works on the folder that it stands in
    (target / "cluster").symlink_to(folder().resolve().parent / "cluster")
    names = {case.name: rename.copy(case, there, seed) for case in found}
    (target / "names.json").write_text(json.dumps(names, indent=1))
    return [Case(there / case.name, f"{case.name} {label}", case.beside) for case in found]


def runner(cluster, verb, case, *args):
    return subprocess.run([sys.executable, "-B", str(case.folder.parent / "run"), verb, case.name, *args], capture_output=True, text=True, errors="replace",
                          env={**os.environ, "KUBECONFIG": str(cluster.admin)})


def up(cluster, case):
    """Brings it up; once more when a busy machine was too slow for its patience."""
    for attempt in range(2):
        if case.beside:
            beside.up(cluster, case)
        done = runner(cluster, "up", case)
        if done.returncode == 0:
            return
        down(cluster, case)
    raise RuntimeError(f"the case did not come up: {done.stderr.strip()[-300:]}")


def down(cluster, case):
    runner(cluster, "down", case)
    if case.beside:
        beside.down(cluster, case)


def failures(cluster, case, file):
    """The points of a triage that the case's own scorer does not give."""
    done = runner(cluster, "check", case, str(file))
    lines = [line.strip()[4:].strip() for line in done.stdout.splitlines() if line.strip().startswith("FAIL")]
    return lines or ([] if done.returncode == 0 else [done.stderr.strip() or f"check ended with {done.returncode}"])
