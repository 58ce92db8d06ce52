"""Every kubectl beside the one on PATH reads the same cluster and gives the same findings."""
import pathlib
import re
import shutil

import scene
from salve import known_by


def versions():
    found = shutil.which("kubectl")
    beside = pathlib.Path(found).resolve().parent.glob("kubectl.1.*") if found else []
    return sorted((p for p in beside if re.fullmatch(r"kubectl\.1\.\d+", p.name)), key=lambda p: int(p.name.rsplit(".", 1)[1]))


def run(tally, cluster, salve, small):
    programs = versions()
    if not programs:
        print("skip  kubectl versions: only one on this machine")
        return
    triage = lambda **how: salve.triage("-n", scene.FAULTS, "-o", "json", kubeconfig=cluster.user("reader"), **how)
    want = known_by(triage().json())
    for program in [programs[0], programs[-1]] if small else programs:
        with tally.group(f"kubectl {program.name[8:]}") as group:
            folder = tally.folder / program.name
            folder.mkdir()
            (folder / "kubectl").symlink_to(program)
            done = triage(PATH=str(folder))
            group.keep("triage.json", done.out)
            got = known_by(done.json())
            group.point("exit code", done.rc == 1, f"exit {done.rc}: {done.err}")
            group.point("same findings", got == want and want, f"missing {sorted(want - got)}, new {sorted(got - want)}")
