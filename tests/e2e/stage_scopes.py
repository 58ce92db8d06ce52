"""What salve is asked to look at: targets, namespaces, contexts."""
import json

import scene
from salve import ids, known_by


def run(tally, here):
    for stage in (target, scopes, contexts):
        with tally.group(f"scope {stage.__name__}") as group:
            stage(group, here)


def target(group, here):
    got = here.triage("-n", scene.FAULTS, "deploy/buoy", "-o", "json").json()
    group.keep("triage.json", json.dumps(got, indent=1))
    roots = {finding["root"]["name"] for finding in got["findings"]}
    group.point("only its own", roots == {"buoy"}, f"roots {sorted(roots)}")
    group.point("the same finding", ids(got) <= ids(here.full), "another id than without the target")
    group.point("scope", got["scope"]["targets"] == ["deployment/buoy"], got["scope"])
    shared = here.triage("-n", scene.FAULTS, "deploy/chart", "-o", "json").json()
    roots = {finding["root"]["kind"] for finding in shared["findings"]}
    group.point("its cause too", "ConfigMap" in roots <= {"ConfigMap", "Deployment"}, f"roots {sorted(roots)}")
    well = here.triage("-n", scene.WELL, "deploy/pilot")
    group.point("a target that is well", well.rc == 0, f"exit {well.rc}: {well.err}")


def scopes(group, here):
    several = here.triage(*scene.BOTH, "-o", "json").json()
    group.point("two namespaces", several["scope"]["namespaces"] == [scene.FAULTS, scene.WELL] and known_by(several) == known_by(here.full), several["scope"])
    everything = here.triage("-A", "-o", "json")
    group.keep("all.json", everything.out)
    every = everything.json()
    group.point("all namespaces", every["scope"]["all"] is True and ids(here.full) <= ids(every), f"missing {sorted(ids(here.full) - ids(every))}")
    well = here.triage("-n", scene.WELL, "-o", "json").json()
    group.point("only what was asked", not well["findings"], [finding["mode"] for finding in well["findings"]])
    both = here.triage("-A", "-n", scene.WELL)
    group.point("-A and -n together are refused", both.rc == 2, f"exit {both.rc}")


def contexts(group, here):
    config = here.cluster.config_of("reader")
    context = config["contexts"][0]["context"]
    config["contexts"] = [{"name": name, "context": context} for name in ("east", "west")]
    config["current-context"] = "east"
    path = group.keep("two.kubeconfig", json.dumps(config))
    before = here.triage(*scene.BOTH, "-o", "json").json()
    done = here.salve.triage("--context", "east", "--context", "west", *scene.BOTH, "-o", "json", kubeconfig=path)
    group.keep("triage.json", done.out)
    triages = done.json().get("triages", [])
    group.point("one triage for each", [one["cluster"]["context"] for one in triages] == ["east", "west"], done.out[:200])
    # Some faults show only after a while (a rollout's deadline): bounded by a look just before and one just after.
    after = here.triage(*scene.BOTH, "-o", "json").json()
    same = triages and ids(before) <= ids(triages[0]) <= ids(triages[1]) <= ids(after)
    group.point("the same findings", same, [len(one["findings"]) for one in (before, *triages, after)])
    group.point("exit code", done.rc == 1, f"exit {done.rc}")
