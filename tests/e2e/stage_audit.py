"""The API server's own account of what `reader` asked: reads only, of what the printed role names, no Secret, no ConfigMap."""
import collections
import datetime
import json

import grants

READS = {"get", "list"}
SUBRESOURCES = {None, "log"}


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")


def requests(cluster, since, user="reader"):
    for log in cluster.audit_logs():
        with log.open(errors="replace") as lines:
            for line in lines:
                if f'"{user}"' not in line:
                    continue
                event = json.loads(line)
                if event["user"]["username"] == user and event["requestReceivedTimestamp"] >= since:
                    yield event


def run(tally, cluster, rules, since):
    with tally.group("audit log") as group:
        events = list(requests(cluster, since))
        seen = collections.Counter((event["verb"], event.get("objectRef", {}).get("resource"), event.get("objectRef", {}).get("subresource")) for event in events)
        group.keep("requests.txt", "".join(f"{count:7} {verb} {resource or 'non-resource'} {sub or ''}\n" for (verb, resource, sub), count in
                                           sorted(seen.items(), key=str)))
        verbs = {verb for verb, _, _ in seen}
        resources = {resource for _, resource, _ in seen}
        group.point("something was read", ("list", "pods", None) in seen and ("get", "pods", "log") in seen, f"{len(events)} requests")
        group.point("only get and list", verbs <= READS, f"also {sorted(verbs - READS)}")
        group.point("no Secret, no ConfigMap", not resources & {"secrets", "configmaps"}, resources & {"secrets", "configmaps"})
        subresources = {sub for _, _, sub in seen}
        group.point("no exec, no proxy", subresources <= SUBRESOURCES, f"subresources {subresources - SUBRESOURCES}")
        refused = [event["requestURI"] for event in events if event.get("responseStatus", {}).get("code") == 403]
        group.point("the printed role suffices", not refused, f"{len(refused)} refused: {refused[:2]}")
        named = {resource for _, _, _, resource in grants.kinds(rules)}
        used = {f"{resource}/{sub}" if sub else resource for _, resource, sub in seen}
        group.point("no right that is not used", named <= used, f"never asked for: {sorted(named - used)}")
    with tally.group("reader role") as group:
        for verb, kind in (("get", "secrets"), ("list", "secrets"), ("get", "configmaps"), ("list", "configmaps"), ("create", "pods"), ("delete", "pods"),
                           ("patch", "deployments.apps"), ("create", "pods/exec"), ("get", "nodes/proxy"), ("watch", "pods")):
            group.point(f"may not {verb} {kind}", not grants.may(cluster, "reader", verb, kind), "allowed")
