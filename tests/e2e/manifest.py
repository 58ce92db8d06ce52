"""The names in a case's manifest: those it gives, and those it refers to. Reads block-style YAML line by line, which is all that the cases use."""
import re

LINE = re.compile(r"( *)((?:- +)*)([\w./-]+):(?: +(.*))?$")
BLOCK = re.compile(r"(?:^|[-:] )[|>][+-]?\d*$")
CONTAINERS = ("containers", "initContainers")
REFERS = {"claimName", "secretName", "serviceAccountName", "serviceName", "configMapRef", "configMapKeyRef", "secretRef", "secretKeyRef",
          "configMap", "secret", "imagePullSecrets", "scaleTargetRef", "service", "roleRef", "subjects", "dataSource"}
REFERS_TO_CLUSTER = {"storageClassName", "volumeName", "ingressClassName", "runtimeClassName", "priorityClassName", "policyName"}


def fields(text):
    """Every 'key: value' with the number of its document and the keys that lead to it; the lines of text blocks are no fields."""
    document, path, block = 0, [], None
    for line in text.splitlines():
        indent = len(line) - len(line.lstrip(" "))
        if block is not None and (indent > block or not line.strip()):
            continue
        block = None
        if line.startswith("---"):
            document, path = document + 1, []
            continue
        match = LINE.match(line)
        depth = len(match[1]) + len(match[2]) if match else indent
        if BLOCK.search(line):
            block = depth
        if match:
            path = [step for step in path if step[0] < depth] + [(depth, match[3])]
            yield document, tuple(key for _, key in path), (match[4] or "").strip().strip("'\"")


class Manifest:
    """`made`: (kind, name) of the objects, `cluster_wide`: names of those in no namespace; `refers` and `refers_to_cluster`: names
    of others; `containers`; `claims`: of StatefulSets; `images`."""

    def __init__(self, text):
        self.text = text
        self.refers, self.refers_to_cluster, self.containers, self.claims, self.images = set(), set(), [], set(), set()
        kinds, names, inside = {}, {}, set()
        for document, path, value in fields(text):
            if path == ("kind",):
                kinds[document] = value
            elif path == ("metadata", "name"):
                names[document] = value
            elif path == ("metadata", "namespace"):
                inside.add(document)
            elif path[-1] == "image":
                self.images.add(value)
            elif path[-1] == "containerName" or (len(path) > 1 and path[-1] == "name" and path[-2] in CONTAINERS):
                self.containers.append(value)
            elif path[-3:] == ("volumeClaimTemplates", "metadata", "name"):
                self.claims.add(value)
            elif path[-1] in REFERS or (len(path) > 1 and path[-1] == "name" and path[-2] in REFERS):
                self.refers.add(value)
            elif path[-1] in REFERS_TO_CLUSTER:
                self.refers_to_cluster.add(value)
        self.made = [(kinds.get(document, ""), name) for document, name in names.items()]
        self.cluster_wide = {name for document, name in names.items() if document not in inside}
