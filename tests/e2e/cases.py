"""The development cases: which there are, what they are about, and their own runner for up, down and check."""
import fnmatch
import json
import os
import pathlib
import subprocess
import sys

from cluster import shared

FAMILIES = ("pod.pending.*", "pod.image.*", "pod.config.*", "pod.volume.*", "pod.run.*", "pod.crashloop.*", "pod.init.*", "pod.sidecar.*",
            "pod.notready.*", "pod.hook.*", "pod.sandbox.*", "pod.create*", "pod.node-rejected", "pod.log.errors", "pod.restarts.*")

# One of each kind of thing that must be read or said.
SLICE = ("pod-pending-node-affinity", "pod-pending-pvc-missing", "pod-pending-insufficient-cpu", "pod-node-rejected",
         "pod-image-not-found", "pod-image-unauthorized", "pod-config-key-missing", "pod-config-secret-missing", "pod-config-run-as-nonroot",
         "pod-volume-configmap-missing", "pod-run-command-not-found", "pod-crashloop-oom", "pod-crashloop-app-error",
         "pod-crashloop-dependency", "pod-crashloop-liveness", "pod-init-failed", "pod-sidecar-failed", "pod-notready-readiness",
         "pod-hook-poststart", "pod-sandbox-runtime", "pod-log-errors", "compound-decoys", "injection-log",
         "healthy-baseline", "healthy-alarming-logs", "healthy-recovered-warnings")


class Case:
    def __init__(self, folder):
        self.name = folder.name
        self.truth = json.loads((folder / "truth.json").read_text())
        self.namespaces = self.truth["namespaces"]
        self.healthy = self.name.startswith("healthy-")
        self.exclusive = bool(self.truth.get("exclusive"))

    def wanted_now(self):
        """Whether everything that it wants found is of the families; a case of others may fail."""
        modes = [self.truth["mode"], *(also["mode"] for also in self.truth.get("also", []))]
        return self.healthy or all(any(fnmatch.fnmatchcase(mode, family) for family in FAMILIES) for mode in modes)


def folder():
    return pathlib.Path(os.environ.get("SALVE_CASES") or shared("cases"))


def chosen(only, small):
    found = [Case(path.parent) for path in sorted(folder().glob("*/truth.json")) if fnmatch.fnmatch(path.parent.name, only)]
    found = [case for case in found if not small or case.name in SLICE]
    return sorted(found, key=lambda case: -case.truth.get("min_age_s", 0))  # those that ripen longest start first


def runner(cluster, *args):
    return subprocess.run([sys.executable, "-B", str(folder() / "run"), *args], capture_output=True, text=True, errors="replace",
                          env={**os.environ, "KUBECONFIG": str(cluster.admin)})


def up(cluster, case):
    """Brings it up; once more when a busy machine was too slow for its patience."""
    for attempt in range(2):
        done = runner(cluster, "up", case.name)
        if done.returncode == 0:
            return
        runner(cluster, "down", case.name)
    raise RuntimeError(f"the case did not come up: {done.stderr.strip()[-300:]}")


def down(cluster, case):
    runner(cluster, "down", case.name)


def failures(cluster, case, file):
    """The points of a triage that the case's own scorer does not give."""
    done = runner(cluster, "check", case.name, str(file))
    lines = [line.strip()[4:].strip() for line in done.stdout.splitlines() if line.strip().startswith("FAIL")]
    return lines or ([] if done.returncode == 0 else [done.stderr.strip() or f"check ended with {done.returncode}"])
