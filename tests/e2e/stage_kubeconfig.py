"""What salve reads of a kubeconfig without kubectl is what kubectl reads of it: over the usual kubeconfigs, written in
many ways, and over as many that something is wrong with (tests/fakes/plain_context, beside salve)."""
import json
import pathlib
import random
import shutil
import subprocess

DATA = pathlib.Path(__file__).resolve().parent.parent / "data/kubeconfig"
KUBEADM, MINIKUBE, EKS = ((DATA / f"{name}.yaml").read_text() for name in ("kubeadm", "minikube", "eks"))
AS_JSON = json.dumps({"kind": "Config", "apiVersion": "v1", "current-context": "a", "clusters": [{"name": "a", "cluster": {"server": "https://a"}}],
                      "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a", "namespace": "b"}}], "users": [{"name": "a", "user": {}}]})
USUAL = [KUBEADM, MINIKUBE, EKS, AS_JSON]
ODD_WORDS = ["on", "No", "y", "null", "~", "1e3", "0x1f", "12:30", "2001-01-01", ".inf", "7", "true", "''", '"a b"', "a #b", "*a", "&a x", "!!str 7",
             "|\n    a", ">-\n    a", "<<", "=", "", "[a]", "{}", "é", "\"\\u0061\"", "'on'", "\"7\"", "a: b", "-", "?", "@a", "%a", "A", "kubernetes"]
ODD_LINES = ["<<: {current-context: other}", "current-context: other", "Current-Context: other", "x: &a {b: c}", "kind: List", "---", "...", "# a comment",
             "\tx: 1", "  namespace: else", "    namespace: else", "    server: https://else", "users: []", "- name: kubernetes", "extensions: []", "%YAML 1.1"]


def odd(text, chance):
    """One thing changed."""
    lines = text.split("\n")
    at = chance.randrange(len(lines))
    kind = chance.randrange(8)
    if kind == 0 and ":" in lines[at]:
        lines[at] = lines[at].split(":")[0] + ": " + chance.choice(ODD_WORDS)
    elif kind == 1:
        lines.insert(at, chance.choice(ODD_LINES))
    elif kind == 2:
        del lines[at]
    elif kind == 3:
        lines.insert(at, lines[at])
    elif kind == 4:
        lines[at] = lines[at] + chance.choice([" # words", "  ", "\r", "\t", " x", ":", ","])
    elif kind == 5:
        lines[at] = " " * chance.randrange(3) + lines[at]
    elif kind == 6:
        end = chance.randrange(len(text))
        return text[:end] + chance.choice(['"', "'", "\n", ":", "{", "\u200b", "\ufeff", "\x00", "K"]) + text[end + 1:]
    else:
        word = chance.choice([w for w in text.replace('"', " ").split() if len(w) > 2])
        return text.replace(word, chance.choice(ODD_WORDS))
    return "\n".join(lines)


def written(text):
    """The same in other ways."""
    return [text, text.replace("\n", "\r\n"), "---\n" + text, "# first\n" + text, text + "\n\n# last\n", "\ufeff" + text, text + "---\n"]


def of_kubectl(kubectl, path):
    done = subprocess.run([kubectl, "config", "view", "--minify", "-o", "json", "--kubeconfig", path], text=True, capture_output=True)
    if done.returncode:
        return None
    config = json.loads(done.stdout)
    context = config["contexts"][0]["context"]
    server = config["clusters"][0]["cluster"]["server"] if config["clusters"] else ""
    return {"context": config["current-context"], "namespace": context.get("namespace") or "default", "server": server}


def is_kubectl_itself(program):
    return program.name.startswith("kubectl") and program.read_bytes()[:4] == b"\x7fELF"


def run(tally, salve, small):
    kubectl = shutil.which("kubectl")
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    texts = USUAL + [way for text in USUAL for way in written(text)] + [odd(chance.choice(USUAL), chance) for _ in range(150 if small else 1500)]
    with tally.group("kubeconfig") as group:
        print(f"kubeconfig: seed {seed}", flush=True)
        folder = tally.folder / "plain-kubeconfigs"
        folder.mkdir()
        paths = [folder / f"{number}.yaml" for number in range(len(texts))]
        for path, text in zip(paths, texts):
            path.write_bytes(text.encode())
        program = pathlib.Path(salve.program).with_name("plain_context")
        done = subprocess.run([program, kubectl], input="\n".join(map(str, paths)) + "\n", text=True, capture_output=True)
        group.point("all are read", done.returncode == 0, done.stderr)
        plain = [json.loads(line) for line in done.stdout.splitlines()]
        itself = is_kubectl_itself(pathlib.Path(kubectl).resolve())
        group.point("the usual ones without kubectl, if it is no other program", all(plain[:len(USUAL)]) == itself, plain[:len(USUAL)])
        seen = [(path.name, got, of_kubectl(kubectl, path)) for path, got in zip(paths, plain) if got and "refused" not in got]
        differ = [one for one in seen if one[2] and one[1] != one[2]]
        group.point("none otherwise than kubectl", not differ, differ)
        # What only kubectl knows to be wrong it says at the first read.
        (folder / "bad.yaml").write_text(EKS.replace("[--region, eu-west-1, eks, get-token]", "true"))
        done = salve.triage(kubeconfig=folder / "bad.yaml")
        group.point("what kubectl refuses is refused", done.rc == 83 and "cannot unmarshal" in done.err, f"exit {done.rc}: {done.err}")
        print(f"kubeconfig: {sum(map(bool, plain))} of {len(plain)} without kubectl", flush=True)
