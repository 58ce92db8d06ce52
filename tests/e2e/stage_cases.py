"""Every case on the real cluster: found, or well; the recording says the same and holds no secret."""
import base64
import concurrent.futures
import json
import time

import beside
import cases
import stage_apply
import stage_plans
import stage_transports
from salve import flags, wanted_exit

SETTLE_S = 15


def run(tally, cluster, salve, chosen, jobs, meanwhile, transports=False):
    """Runs them, with the work of `meanwhile` next to them, the exclusive ones alone and last; each with both transports if
    that is wanted."""

    def attempt(case):
        with tally.group(case.label) as group:
            one(group, cluster, salve, case, transports)

    with concurrent.futures.ThreadPoolExecutor(jobs + 1) as pool:
        other = pool.submit(meanwhile)
        list(pool.map(attempt, [case for case in chosen if not case.exclusive]))
        other.result()
    for case in chosen:
        if case.exclusive:
            attempt(case)


def one(group, cluster, salve, case, transports):
    try:
        cases.up(cluster, case)
        saved = group.tally.folder / f"{case.label}.recording.json"
        where = flags(case.scope())
        done, file = triage_of(group, cluster, salve, where, saved)
        failed = cases.failures(cluster, case, file)
        if failed and not case.healthy and done.rc in (0, 1):
            # "up" ends with the first sign, a kubelet's event, and the pod's status may be a moment behind it.
            time.sleep(SETTLE_S)
            file.rename(file.with_name("first-triage.json"))
            group.notes.append(f"second look after {SETTLE_S} s; the first: {failed[0]}")
            done, file = triage_of(group, cluster, salve, where, saved)
            failed = cases.failures(cluster, case, file)
        triage = done.json()
        score(group, case, done, triage, failed)
        recording(group, salve, triage, saved, where)
        no_secret(group, cluster, case, saved.read_text(errors="replace") + done.out)
        if transports:
            stage_transports.one(group, cluster, salve, where)
        stage_plans.one(group, cluster, salve, case, where)
        stage_apply.one(group, cluster, salve, case, where)
    finally:
        cases.down(cluster, case)


def triage_of(group, cluster, salve, where, saved):
    saved.unlink(missing_ok=True)
    done = salve.triage(*where, "-o", "json", "--save", saved, kubeconfig=cluster.user("reader"))
    file = group.keep("triage.json", done.out)
    if done.err:
        group.keep("stderr.txt", done.err)
    done.json()
    return done, file


def score(group, case, done, triage, failed):
    group.point("truth", not failed, "; ".join(failed))
    group.point("exit code", done.rc == wanted_exit(triage), f"exit {done.rc}, severities {[f['severity'] for f in triage['findings']]}")
    if case.healthy:
        # One of them holds a suspended Job and CronJob, which is information (TAXONOMY 1.10); nothing else may be told.
        held = [(mode, "info") for mode in ("job.suspended", "cronjob.suspended")]
        told = [f for f in triage["findings"] if (f["mode"], f["severity"]) not in held]
        group.point("no finding", not told and done.rc == 0, "; ".join(f"{f['mode']}: {f['summary']}" for f in told))
    if case.beside:
        group.point("the apps beside it are not blamed", not beside.blamed(triage), beside.blamed(triage))
    refused = [read for read in triage["evidence"]["reads"] if read["state"] == "forbidden"]
    group.point("the reader role suffices", not refused, refused[:1])


def recording(group, salve, triage, saved, where):
    again = salve.triage(*where, "-o", "json", "--from", saved)
    group.keep("from.json", again.out)
    told = again.json()
    for part in ("findings", "evidence"):
        group.point(f"same {part} from the recording", json.dumps(told[part]) == json.dumps(triage[part]), f"see triage.json and from.json in {group.folder}")


def no_secret(group, cluster, case, text):
    """The values that the case's Secrets have now, plain and as the API shows them."""
    for ns in case.namespaces:
        if ns == "kube-system":
            continue
        for secret in cluster.get("-n", ns, "secrets")["items"]:
            for key, value in (secret.get("data") or {}).items():
                for word in (value, base64.b64decode(value).decode(errors="replace")):
                    group.point("no secret", len(word) < 6 or word not in text, f"the value of {key} in Secret {secret['metadata']['name']} was saved or told")
