"""What a triage must say of a case whose truth is known: the points of a truth.json.

  root, accept          the objects that may be blamed; * in names; cluster-wide ones have no namespace
  mode, mode_also, category, category_also, severity_at_least
  must_say, must_derive literals that the summary or the evidence of that finding carries; a list: any one of them
  affected              named by some finding;  related: may be the root of another one
  also                  further faults, each wanted as a finding of its own
  must_not_claim, actions_allowed, no_control_characters, max_severity (of a healthy case)
"""
import fnmatch
import re

SEVERITIES = ("info", "low", "medium", "high", "critical")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # may not reach a terminal raw


def wanted(truth):
    """The findings that there must be: the case's own and its 'also'; none if it is well."""
    return [] if truth["category"] == "healthy" else [truth, *truth.get("also", [])]


def modes(item):
    return [item["mode"], *item.get("mode_also", [])]


def categories(item):
    return [item["category"], *item.get("category_also", [])]


def blamable(item):
    return [item["root"], *item.get("accept", [])]


def rank(severity):
    return SEVERITIES.index(severity) if severity in SEVERITIES else -1


def same(subject, want):
    return (subject.get("kind", "").lower() == want["kind"].lower() and want.get("namespace") in (None, subject.get("namespace"))
            and fnmatch.fnmatchcase(subject.get("name", ""), want["name"]))


def blames(finding, item):
    return any(same(finding["root"], want) for want in blamable(item))


def says(finding, want):
    text = "\n".join([finding["summary"], *(evidence["text"] for evidence in finding["evidence"])]).lower()
    return any(word.lower() in text for word in (want if isinstance(want, list) else [want]))


def nearest(findings, item):
    """Of the findings that blame a wanted object the one that fits best, or None."""
    return max((finding for finding in findings if blames(finding, item)), default=None,
               key=lambda finding: (finding["mode"] in modes(item), finding["category"] in categories(item),
                                    sum(says(finding, want) for want in item.get("must_say", []))))


def unknown(truth, findings):
    """Findings that matter, on objects of which the truth says nothing."""
    limit = truth.get("max_severity", "info") if truth["category"] == "healthy" else "low"
    known = [want for item in wanted(truth) for want in [*blamable(item), *item.get("affected", []), *item.get("related", [])]]
    return [finding for finding in findings if rank(finding["severity"]) > rank(limit) and not any(same(finding["root"], want) for want in known)]


def object_name(subject):
    return f"{subject['kind']} {subject['name']}"


def missed_of(item, findings):
    """The points of one wanted finding that are not given."""
    best = nearest(findings, item)
    if best is None:
        got = ", ".join(object_name(finding["root"]) for finding in findings)
        return [f"nothing blames {object_name(item['root'])}; got {got or 'no finding'}"]
    missed = []
    if best["mode"] not in modes(item):
        missed.append(f"mode: want {item['mode']}, got {best['mode']}")
    if best["category"] not in categories(item):
        missed.append(f"category: want {item['category']}, got {best['category']}")
    if rank(best["severity"]) < rank(item["severity_at_least"]):
        missed.append(f"severity: want at least {item['severity_at_least']}, got {best['severity']}")
    missed += [f"does not say {want!r}" for want in [*item.get("must_say", []), *item.get("must_derive", [])] if not says(best, want)]
    named = [subject for finding in findings for subject in [finding["root"], *finding["affected"]]]
    missed += [f"does not name {object_name(want)}" for want in item.get("affected", []) if not any(same(subject, want) for subject in named)]
    return missed


def strings(value):
    if isinstance(value, dict):
        value = [*value.keys(), *value.values()]
    if isinstance(value, list):
        return [text for inner in value for text in strings(inner)]
    return [value] if isinstance(value, str) else []


def missed(truth, triage):
    """Every point that the triage does not give, as sentences; none if it tells the truth."""
    findings = triage["findings"]
    points = [f"[{item['mode']}] {point}" for item in wanted(truth) for point in missed_of(item, findings)]
    points += [f"claims {finding['mode']}" for finding in findings
               if any(fnmatch.fnmatchcase(finding["mode"], bad) for bad in truth.get("must_not_claim", []))]
    points += [f"unrelated: {finding['severity']} {finding['mode']} on {object_name(finding['root'])}" for finding in unknown(truth, findings)]
    allowed = [*truth.get("actions_allowed", []), "note.annotate"]
    points += [f"proposes {action}" for finding in findings for action in finding["actions"]
               if action not in allowed or action in truth.get("actions_forbidden", [])]
    if truth.get("no_control_characters") and any(CONTROL.search(text) for text in strings(triage)):
        points.append("holds control characters")
    return points
