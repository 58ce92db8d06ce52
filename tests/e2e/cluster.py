"""The test cluster: found or started, its users, and kubectl as its admin."""
import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def stop(text):
    print(f"e2e: {text}", file=sys.stderr)
    sys.exit(2)


def up_script():
    return pathlib.Path(os.environ.get("SALVE_CLUSTER_UP") or ROOT.parent / "shared/cluster/up")


def shared(*parts):
    """A file beside the cluster's folder: the cases, the bench."""
    return up_script().resolve().parent.parent.joinpath(*parts)


class Cluster:
    def __init__(self, admin, started):
        self.admin, self._started = pathlib.Path(admin).resolve(), started
        name = self.kubectl("config", "view", "--minify", "-o", "jsonpath={.clusters[0].name}", check=False)
        if name != "salve":
            stop(f"{admin} is not the test cluster's kubeconfig; these tests break things on purpose")
        for user in ("reader", "remediator", "nobody"):
            if not self.user(user).exists():
                stop(f"{self.user(user)} is missing: the tests need the users of the test cluster")

    def user(self, name):
        """The kubeconfig of one of its users."""
        return self.admin.with_name(f"{name}.kubeconfig")

    def audit_logs(self):
        """The oldest first: the server begins a new one after 100 MB, and gives the old one a name with its time."""
        folder = self.admin.parent / "audit"
        return [*sorted(folder.glob("audit-*.log")), folder / "audit.log"]

    def kubectl(self, *args, stdin=None, check=True):
        done = subprocess.run(["kubectl", f"--kubeconfig={self.admin}", "--request-timeout=30s", *args], input=stdin,
                              capture_output=True, text=True, errors="replace")
        if check and done.returncode:
            raise RuntimeError(f"kubectl {' '.join(args)}: {done.stderr.strip()[-300:]}")
        return done.stdout

    def get(self, *args):
        return json.loads(self.kubectl("get", *args, "-o", "json"))

    def config_of(self, user):
        """A user's kubeconfig as data, to be changed and written elsewhere."""
        return json.loads(self.kubectl("config", "view", "--raw", "-o", "json", f"--kubeconfig={self.user(user)}"))

    def close(self):
        if self._started:
            subprocess.run([up_script().with_name("down")], check=False)


def use(kubeconfig):
    """The given cluster, else KUBECONFIG's, else the one that the script starts (and that close() then stops)."""
    given = kubeconfig or os.environ.get("KUBECONFIG")
    if given:
        return Cluster(given, started=False)
    script = up_script()
    if not script.exists():
        stop(f"no cluster: {script} does not exist; set SALVE_CLUSTER_UP to a script that starts one, or KUBECONFIG")
    before = time.time()
    done = subprocess.run([script], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        stop(f"{script} failed with exit code {done.returncode}")
    admin = pathlib.Path(done.stdout.strip())
    return Cluster(admin, started=admin.stat().st_mtime >= before - 1)
