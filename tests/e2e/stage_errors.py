"""What cannot be read is an error with its own exit code and a way out, never "nothing wrong"."""
import json

import scene
import stage_transports


def run(tally, cluster, salve, small):
    files = tally.folder / "kubeconfigs"
    files.mkdir(exist_ok=True)
    empty = tally.folder / "empty"
    empty.mkdir(exist_ok=True)

    def altered(name, change):
        config = cluster.config_of("reader")
        change(config)
        path = files / name
        path.write_text(json.dumps(config))
        return path

    def closed_port(config):
        config["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"

    def bogus_token(config):
        config["users"][0]["user"] = {"token": "not-a-token"}

    reader = cluster.user("reader")
    well = ("-n", scene.WELL)
    trials = (
        ("API server unreachable", 83, well, {"kubeconfig": altered("closed", closed_port)}),
        ("invalid token", 83, well, {"kubeconfig": altered("bogus", bogus_token)}),
        ("wrong context", 2, (*well, "--context", "no-such-context"), {"kubeconfig": reader}),
        ("missing namespace", 83, ("-n", "e2e-no-such-namespace"), {"kubeconfig": reader}),
        ("missing target", 83, (*well, "deploy/no-such-deployment"), {"kubeconfig": reader}),
        ("kubectl missing", 69, well, {"kubeconfig": reader, "PATH": str(empty)}),
        ("kubeconfig missing", 83, well, {"kubeconfig": files / "no-such-file"}),
        ("nothing may be read", 83, well, {"kubeconfig": cluster.user("nobody")}),
    )
    for name, code, args, how in trials:
        for output in ("human",) if small else ("human", "json"):
            with tally.group(f"error {name} {output}") as group:
                done = salve.triage(*args, "-o", output, **how)
                group.keep("stderr.txt", done.err)
                check(group, done, code)
        with tally.group(f"error {name} by both transports") as group:
            stage_transports.same_error(group, salve, args, how)


def check(group, done, code):
    lines = done.err.splitlines()
    group.point("exit code", done.rc == code, f"exit {done.rc}, want {code}: {done.err}")
    group.point("one error line", sum(line.startswith("salve: error: ") for line in lines) == 1, done.err or "stderr is empty")
    group.point("a hint", sum(line.startswith("hint: ") for line in lines) == 1, done.err or "stderr is empty")
    group.point("stdout empty", done.out == "", done.out)
    group.point("not called well", "nothing wrong" not in done.out + done.err, "says \"nothing wrong\"")
