"""Scenarios as recordings of a whole cluster, and what salve tells of one."""
import json
import pathlib
import re
import subprocess
import sys

SCENARIOS = pathlib.Path(__file__).resolve().parent.parent / "scenarios"
NAMESPACED = re.compile(r"^(/apis?/(?:[^/]+/)?v[^/]+)/namespaces/([^/]+)/([a-z]+)(\?.*)?$")
STAYS = ("leases", "controllerrevisions")


def widened(recording):
    """The same objects, as if they had been listed for the whole cluster. What failed in one namespace fails for all."""
    reads, lists = [], {}
    for read in recording["reads"]:
        path = read.get("get", "")
        found = NAMESPACED.match(path)
        if path.startswith("/api/v1/namespaces/") and not found:
            merge(lists, "/api/v1/namespaces", {**read, "body": read["body"] and {"kind": "NamespaceList", "apiVersion": "v1", "metadata": {}, "items": [read["body"]]}})
        elif found and found[3] not in STAYS:
            merge(lists, f"{found[1]}/{found[3]}", read)
        else:
            reads.append(read)
    return {**recording, "scope": {"namespaces": [], "all": True}, "reads": reads + [{**read, "get": path} for path, read in lists.items()]}


def merge(lists, path, read):
    if path not in lists or lists[path]["state"] == "ok" != read["state"]:
        if path == "/api/v1/namespaces" and read["state"] != "ok":
            return  # one that is not there, or only its uid was read
        lists[path] = json.loads(json.dumps(read))
    elif read["state"] == "ok":
        known = {item["metadata"].get("uid") or item["metadata"]["name"] for item in lists[path]["body"]["items"]}
        lists[path]["body"]["items"] += [item for item in read["body"]["items"] if (item["metadata"].get("uid") or item["metadata"].get("name")) not in known]


def triage(build, folder, lists="needed"):
    """Of the recording folder/cluster.json."""
    (folder / "salve.yaml").write_text(f"kubectl: {{lists: {lists}}}\n")
    done = subprocess.run([build / "salve", "triage", "-A", "--from", folder / "cluster.json", "-o", "json", "--config", folder / "salve.yaml"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode not in (0, 1):
        sys.exit(f"triage of a recording: exit {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)


def told(triage):
    """All but what says that a list could not be read: who asks for less is refused less."""
    return [finding for finding in triage["findings"] if not finding["mode"].startswith("access.")]
