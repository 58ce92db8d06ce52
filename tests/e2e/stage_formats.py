"""What salve prints and saves: recordings, human, markdown, -q, colour."""
import base64
import json
import os
import pty
import re
import subprocess

import scene
from salve import SEVERE, controls


def run(tally, here):
    for stage in (recording, human, markdown, quiet, colour):
        with tally.group(f"output {stage.__name__}") as group:
            stage(group, here)


def recording(group, here):
    live = here.triage(*scene.BOTH, "-o", "json", "--save", here.saved).json()
    for output in ("json", "human", "markdown"):
        first, second = (here.triage("--from", here.saved, "-o", output) for _ in range(2))
        group.keep(output, first.out)
        group.point(f"same bytes twice ({output})", without_record(first.out) == without_record(second.out) and first.out, "two runs differ")
        if output == "json":
            again = first.json()
            group.point("as live", [again[k] for k in ("findings", "evidence")] == [live[k] for k in ("findings", "evidence")], "live and --from differ")
    text = here.saved.read_text(errors="replace")
    group.point("holds the log", "SONAR_DEPTH" in text, "the crash log was not saved")
    for secret in scene.SECRETS:
        for word in (secret, base64.b64encode(secret.encode()).decode()):
            group.point("no secret saved", word not in text, f"{word!r} is in {here.saved}")
            group.point("no secret told", word not in json.dumps(live), f"{word!r} is in the findings")


def roots(here):
    """What is to be repaired: people are told of it in every format."""
    return [f for f in here.full["findings"] if f["caused_by"] is None and f["severity"] in SEVERE]


def without_record(text):
    """The record's file is named after the time of the run; the path may stand on a line of its own."""
    return re.sub(r"\s\S*-triage-\S*\.json", "", text)


def human(group, here):
    done = here.triage("--from", here.saved)
    group.keep("human.txt", done.out)
    # A command to paste and the record's path stay in one piece; words alone must fit.
    wide = [line for line in done.out.splitlines() if len(line) > 80 and not line.startswith(("    kubectl ", "record: "))]
    group.point("80 columns", not wide, wide[:1])
    group.point("no control characters", not controls(done.out), controls(done.out))
    missing = [finding["id"] for finding in roots(here) if finding["id"] not in done.out]
    group.point("every root", not missing, f"not shown: {missing}")
    verbose = here.triage("--from", here.saved, "-v")
    missing = [f["id"] for f in here.full["findings"] if (f["caused_by"] or f["severity"] in SEVERE) and f["id"] not in verbose.out]
    group.point("every finding with -v", not missing, f"not shown: {missing}")
    group.point("evidence with -v", "status.containerStatuses[0]" in verbose.out and not controls(verbose.out), controls(verbose.out) or "no path")
    well = here.triage("-n", scene.WELL)
    group.point("well", well.rc == 0 and well.out.startswith("nothing wrong"), f"exit {well.rc}: {well.out[:200]}")


def markdown(group, here):
    done = here.triage("--from", here.saved, "-o", "markdown")
    group.keep("triage.md", done.out)
    group.point("a document", done.out.startswith("# ") and done.rc == 1, f"exit {done.rc}: {done.out[:100]}")
    group.point("no control characters", not controls(done.out), controls(done.out))
    group.point("every root", all(finding["id"] in done.out for finding in roots(here)), "a root is missing")


def quiet(group, here):
    plain, short = here.triage("--from", here.saved), here.triage("--from", here.saved, "-q")
    group.keep("quiet.txt", short.out)
    group.point("shorter", 0 < len(short.out.splitlines()) < len(plain.out.splitlines()) / 2, f"{len(short.out.splitlines())} lines")
    group.point("no hints", "kubectl" not in short.out and short.err == "", short.err or short.out)
    group.point("every root", all(finding["id"] in short.out for finding in roots(here)), "a root is missing")
    group.point("same exit code", short.rc == plain.rc == 1, f"exit {short.rc} and {plain.rc}")


def colour(group, here):
    coloured, plain = on_terminal(here), on_terminal(here, NO_COLOR="1")
    group.keep("coloured.txt", coloured)
    group.point("colour on a terminal", "\x1b[" in coloured, "no colour")
    group.point("NO_COLOR", "buoy" in plain and "\x1b" not in plain, repr(plain[:100]))
    group.point("--color always", "\x1b[" in here.triage("--from", here.saved, "--color", "always").out, "no colour")
    never = on_terminal(here, "--color", "never")
    group.point("--color never", "buoy" in never and "\x1b" not in never, repr(never[:100]))


def on_terminal(here, *args, **environment):
    """What salve writes to standard output when that is a terminal."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen([here.salve.program, "triage", "--from", here.saved, *args], stdin=subprocess.DEVNULL, stdout=theirs,
                             stderr=subprocess.DEVNULL, cwd=here.salve.home, env=here.salve.environment(TERM="xterm", **environment))
    os.close(theirs)
    text = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # the terminal's other end is closed
            break
        if not piece:
            break
        text += piece
    os.close(ours)
    child.wait()
    return text.decode(errors="replace")
