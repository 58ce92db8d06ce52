"""Runs salve as one of the cluster's users, and reads what it printed."""
import json
import os
import pathlib
import subprocess

CONTROL = {chr(c) for c in [*range(0x20), *range(0x7f, 0xa0)]} - {"\n"}
SEVERE = ("medium", "high", "critical")  # what exit code 1 stands for


class Done:
    def __init__(self, rc, out, err):
        self.rc, self.out, self.err = rc, out, err

    def json(self):
        try:
            return json.loads(self.out)
        except ValueError:
            raise RuntimeError(f"not JSON (exit {self.rc}): {(self.err or self.out).strip()[:300]}") from None


class Salve:
    def __init__(self, program, folder):
        self.program = str(pathlib.Path(program).resolve())
        self.runs, self.home = folder / "runs", folder / "home"
        self.runs.mkdir()
        self.home.mkdir()

    def environment(self, **more):
        """Nothing of the caller's settings; an empty HOME, so that no salve.yaml is read."""
        keep = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
        return {**keep, "HOME": str(self.home), "SALVE_RUNS": str(self.runs), **more}

    def run(self, *args, kubeconfig=None, timeout=180, **environment):
        where = [f"--kubeconfig={kubeconfig}"] if kubeconfig else []
        done = subprocess.run([self.program, *map(str, args), *where], cwd=self.home, env=self.environment(**environment),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="surrogateescape", timeout=timeout)
        return Done(done.returncode, done.stdout, done.stderr)

    def triage(self, *args, kubeconfig=None, through=None, **environment):
        """through: proxy or spawn, or all (lists, not only those that are needed); without, what salve chooses."""
        if through:
            config = self.home / f"{through}.yaml"
            config.write_text(f"kubectl: {{{'lists' if through == 'all' else 'transport'}: {through}}}\n")
            args = (*args, "--config", config)
        return self.run("triage", *args, kubeconfig=kubeconfig, **environment)


def flags(namespaces):
    return [word for ns in namespaces for word in ("-n", ns)]


def ids(triage):
    return {finding["id"] for finding in triage["findings"]}


def known_by(triage):
    return {(finding["id"], finding["mode"], finding["severity"]) for finding in triage["findings"]}


def wanted_exit(triage):
    return 1 if any(finding["severity"] in SEVERE for finding in triage["findings"]) else 0


def controls(text):
    """The control characters of a text, as a printable list."""
    return sorted({repr(c) for c in text if c in CONTROL})
