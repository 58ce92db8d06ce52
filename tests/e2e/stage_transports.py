"""Every way of reading says the same: one kubectl proxy, one kubectl for each list, and with lists that nobody needed."""
import re

from salve import known_by

WAYS = ("proxy", "spawn")
TRIES = 3  # a cluster moves on between two runs


def one(group, cluster, salve, where, user="reader"):
    for attempt in range(TRIES):
        told = {}
        for way in (*WAYS, "all"):
            done = salve.triage(*where, "-o", "json", kubeconfig=cluster.user(user), through=way)
            group.keep(f"triage-by-{way}.json", done.out or done.err)
            told[way] = (done.rc, done.json())
        differences = compare(*(told[way] for way in WAYS)) or compare(told["proxy"], told["all"], lists=False)
        if not differences:
            break
        group.notes.append(f"transports differ, look {attempt + 1}: {differences[0]}")
    group.point("both transports say the same, and so do all lists", not differences, "; ".join(differences[:3]))


def compare(one, other, lists=True):
    found = []
    if one[0] != other[0]:
        found.append(f"exit {one[0]} and {other[0]}")
    for name, of in (("findings", known_by), ("reads", ledger))[:2 if lists else 1]:
        first, second = of(one[1]), of(other[1])
        if first != second:
            found.append(f"{name}: {sorted(map(str, first ^ second))[:4]}")
    return found


def ledger(triage):
    """Without what moves between two runs: the number of objects, in errors times, ports and addresses, and whether the log of a container
    that starts again and again is there at that moment."""
    return {(read["what"], read["namespace"], *(("a log",) if moves(read) else (read.get("object"), read["state"], plain(read["detail"]))))
            for read in triage["evidence"]["reads"]}


def moves(read):
    return read["what"] == "pods/log" and read["state"] in ("ok", "absent")


def plain(detail):
    return re.sub(r"\d+", "N", detail or "")


def same_error(group, salve, args, how):
    """What cannot be read is told in the same words."""
    told = [salve.triage(*args, through=way, **how) for way in WAYS]
    group.point("both transports fail alike", told[0].rc == told[1].rc and plain(told[0].err) == plain(told[1].err),
                f"exit {told[0].rc} and {told[1].rc}: {told[0].err} / {told[1].err}")
