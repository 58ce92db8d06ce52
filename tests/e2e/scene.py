"""Two small namespaces of our own, one broken in several ways and one well, for the stages that need no case."""
import pathlib
import time

from salve import flags, ids

FAULTS, WELL = "e2e-faults", "e2e-well"
BOTH = flags([FAULTS, WELL])
HERE = pathlib.Path(__file__).resolve().parent / "scene"
SECRETS = ("tide-7Qx!glass-kelp-42", "keel-93-Brine-otter")  # in scene/faults.yaml: a Secret, printed in a log, and a plain variable
WANTED = {"pod.image.not-found", "pod.config.configmap-missing", "pod.crashloop.config-error", "pod.pending.pvc-missing"}


def up(cluster):
    down(cluster)
    cluster.kubectl("apply", "-f", str(HERE))


def down(cluster):
    cluster.kubectl("delete", "namespace", FAULTS, WELL, "--ignore-not-found", "--timeout=90s", check=False)


def ripe(cluster, salve):
    """Waits until the broken one shows all its faults (the pending ones are flagged after a minute); its triage."""
    deadline = time.time() + 240
    cluster.kubectl("-n", WELL, "rollout", "status", "deployment/pilot", "--timeout=120s", check=False)
    while True:
        triage = salve.triage(*BOTH, "-o", "json", kubeconfig=cluster.user("reader")).json()
        seen = {finding["mode"] for finding in triage["findings"]}
        if WANTED <= seen and any(f["root"]["name"] == "anchor" for f in triage["findings"]):
            return triage
        if time.time() > deadline:
            raise RuntimeError(f"scene/faults.yaml shows {sorted(seen)}, wanted {sorted(WANTED)}; {len(ids(triage))} findings")
        time.sleep(5)


class Here:
    """The scene as the stages see it: its full triage, the same recorded, and salve as `reader`."""

    def __init__(self, cluster, salve, folder):
        self.cluster, self.salve = cluster, salve
        self.full = ripe(cluster, salve)
        self.saved = folder / "scene.json"
        salve.triage(*BOTH, "--save", self.saved, kubeconfig=cluster.user("reader"))

    def triage(self, *args, **how):
        """A recording is read without the cluster's kubeconfig."""
        return self.salve.triage(*args, kubeconfig=None if "--from" in args else self.cluster.user("reader"), **how)
