"""The model that may be asked: a real server (../shared/ollama/up) that answers well, cut off, unloaded or busy, and a fake one for what a
real one does rarely.  Whatever it says, the plan does the same to the same objects, and the record tells why.

The client is driven alone (tests/fakes/ask_model, beside salve) and through `salve plan --advisor ollama`.
"""
import concurrent.futures
import json
import os
import pathlib
import subprocess
import threading
import time
import urllib.error
import urllib.request

import bad_release
import cluster as clusters
import stage_apply
import stage_plans

NS, NAME = "salve-e2e-advisor", "web"
PORT = "11517"  # of our own server: the usual one is not ours to overload
WINDOW = 8192
TINY, SMALL, THINKING, REMOTE = "salve-tiny", "salve-tiny-4k", "salve-tiny-think", "salve-remote"
FAKE = clusters.ROOT / "tests/fakes/bad_ollama"
IN_SLICE = ("busy", "html", "length", "huge", "redirect", "cloud")  # of the ways to be wrong


def run(tally, cluster, salve, small):
    server = Server.start(tally, small)
    try:
        if server:
            driver = pathlib.Path(salve.program).with_name("ask_model")
            for stage in (answers, refusals, unloaded, busy):
                with tally.group(f"model server {stage.__name__}") as group:
                    stage(group, Client(group, driver, server), server)
        plans(tally, cluster, salve, server, small)
    finally:
        if server:
            server.stop()


# A real server

class Server:
    def __init__(self, script, environment, url):
        self.script, self.environment, self.url = script, environment, url

    @staticmethod
    def start(tally, small):
        """Nothing, and a line that says why, where there is none. With room for one model and one that waits: so it can be overloaded."""
        script = pathlib.Path(os.environ.get("SALVE_OLLAMA_UP") or clusters.ROOT.parent / "shared/ollama/up")
        cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "salve-ollama"
        why = None
        if not script.exists():
            why = f"{script} does not exist"
        elif small and not list(cache.glob("*/bin/ollama")):
            why = f"{script} would have to build it first, for many minutes"
        if why:
            print(f"skip  model server: {why}", flush=True)
            return None
        environment = {**os.environ, "SALVE_OLLAMA_PORT": PORT, "SALVE_OLLAMA_MAX_QUEUE": "1", "SALVE_OLLAMA_MAX_LOADED": "1"}
        done = subprocess.run([script], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        with tally.group("model server") as group:
            group.keep("up.txt", done.stderr)
            if not group.point("starts", done.returncode == 0 and done.stdout.startswith("http://"), done.stderr[-300:]):
                return None
        return Server(script, environment, done.stdout.strip())

    def stop(self):
        subprocess.run([self.script.with_name("down")], env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def call(self, path, body=None, timeout=120):
        """Status and document; it waits its turn like everybody else."""
        request = urllib.request.Request(self.url + path, None if body is None else json.dumps(body).encode())
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=timeout) as reply:
                return reply.status, json.load(reply)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def digest(self, model):
        return {entry["name"]: entry["digest"] for entry in self.call("/api/tags")[1]["models"]}[f"{model}:latest"]

    def loaded(self):
        return [entry["name"] for entry in self.call("/api/ps")[1]["models"]]

    def unload(self):
        """All that is in memory, waited for."""
        for _ in range(100):
            names = self.loaded()
            if not names:
                return
            for name in names:
                self.call("/api/chat", {"model": name, "messages": [], "keep_alive": 0})
            time.sleep(0.1)
        raise RuntimeError(f"still loaded: {self.loaded()}")

    def occupied(self):
        """While it lasts, one long answer is given and one request waits: the next for another model is refused."""
        return Occupied(self)


class Occupied:
    LONG = {"type": "array", "items": {"type": "string", "enum": ["A1", "A2"]}, "minItems": 2000, "maxItems": 2000}

    def __init__(self, server):
        self.server, self.refused, self.over = server, threading.Event(), threading.Event()
        self.pool = concurrent.futures.ThreadPoolExecutor(8)

    def __enter__(self):
        self.pool.submit(self.keep_busy)
        deadline = time.time() + 60
        while f"{TINY}:latest" not in self.server.loaded():
            if time.time() > deadline:
                raise RuntimeError(f"{TINY} was not loaded")
            time.sleep(0.05)
        for _ in range(6):
            self.pool.submit(self.wait_in_line)
        if not self.refused.wait(60):
            raise RuntimeError("the server refuses nobody")
        return self

    def __exit__(self, *error):
        self.over.set()
        self.pool.shutdown()

    def keep_busy(self):
        """One answer after the other of thousands of tokens."""
        while not self.over.is_set():
            self.server.call("/api/chat", {"model": TINY, "messages": [{"role": "user", "content": "why"}], "stream": False, "format": self.LONG,
                                           "options": {"num_ctx": 32768, "num_predict": 30000, "temperature": 1}})

    def wait_in_line(self):
        """Refused at once, or answered when the long answers are over; then again."""
        while not self.over.is_set():
            status, _ = self.server.call("/api/chat", {"model": SMALL, "messages": []})
            if status == 503:
                self.refused.set()
                time.sleep(0.2)


class Client:
    """salve's client, without salve."""

    def __init__(self, group, driver, server):
        self.group, self.driver, self.server = group, driver, server
        if not driver.exists():
            raise RuntimeError(f"{driver} is missing: build its target")

    def ask(self, model, **options):
        words = [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", str(value))]
        done = subprocess.run([self.driver, "--endpoint", self.server.url, "--model", model, *words], capture_output=True, text=True, timeout=400)
        self.group.keep(f"{model}{'-'.join(words)}.txt", done.stdout + done.stderr)
        if done.returncode:
            raise RuntimeError(f"ask_model: exit {done.returncode}: {done.stderr[-300:]}")
        self.progress = done.stderr
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        for answer in answers:
            failure = answer["failure"]
            self.group.point("a content or a failure", bool(answer["content"]) == (failure is None) and len(failure or "") <= 200, answer)
        return answers


def fails(group, name, answer, words):
    group.point(name, words in (answer["failure"] or ""), answer)


def answers(group, client, server):
    """What keeps to the schema is taken, as it came, and what is known of the server is told."""
    first, second = client.ask(TINY, questions=2)
    for answer in (first, second):
        ranking = json.loads(answer["content"])["ranking"] if answer["content"] else []
        group.point("keeps to the schema", len(ranking) == 3 and set(ranking) <= {"A1", "A2", "A3"}, answer)
        group.point("came to its end", answer["done_reason"] == "stop" and answer["prompt_tokens"] > 0 and answer["answer_tokens"] > 0, answer)
    group.point("the same twice", first["content"] == second["content"], (first, second))
    group.point("whose it is", first["model_digest"] == server.digest(TINY) and first["server_version"] == server.call("/api/version")[1]["version"], first)
    group.point("a thinking model does not think", client.ask(THINKING)[0]["failure"] is None, "no answer")
    group.point("a model that shares its weights with a loaded one", client.ask(TINY)[0]["failure"] is None, "no answer")


def refusals(group, client, server):
    """What was cut off at either end is not."""
    fails(group, "an answer cut off", client.ask(TINY, num_predict=5)[0], "was cut off where its room was used up")
    fails(group, "a question too long for the server", client.ask(TINY, num_ctx=2048, num_predict=100, bytes=7000)[0], "the input length exceeds the context length")
    fails(group, "a question too long to be sent", client.ask(TINY, num_ctx=2048, bytes=9000)[0], "has room for")
    fails(group, "no room for the answer", client.ask(TINY, num_ctx=2048, num_predict=1600, bytes=1500)[0], "left no room for an answer")
    fails(group, "a window that the model does not have", client.ask(SMALL, num_ctx=WINDOW)[0], "a window of 4096 tokens")
    group.point("its own window is enough", client.ask(SMALL, num_ctx=4096)[0]["failure"] is None, "no answer")
    fails(group, "a model that runs elsewhere", client.ask(REMOTE)[0], "runs at http://127.0.0.1:9, and the configuration allows only local ones")
    fails(group, "a model that is not there", client.ask("no-such")[0], "has no model")


def unloaded(group, client, server):
    """It is loaded first, and that is shown."""
    server.unload()
    answer = client.ask(TINY)[0]
    group.point("answers", answer["failure"] is None, answer)
    group.point("had to be loaded", answer["load_us"] > 0 and "loading" in client.progress, (answer, client.progress))
    group.point("is loaded", f"{TINY}:latest" in server.loaded(), server.loaded())


def busy(group, client, server):
    server.unload()
    with server.occupied():
        fails(group, "is told so", client.ask(SMALL)[0], "answered 503 to /api/chat: \"server busy")
    answer = client.ask(SMALL)[0]
    group.point("and answers when it is over", answer["failure"] is None, answer)


# Through salve

def down(cluster, wait):
    cluster.kubectl("delete", "namespace", NS, "--ignore-not-found", "--timeout=90s", f"--wait={str(wait).lower()}", check=False)


def plans(tally, cluster, salve, server, small):
    down(cluster, True)
    try:
        with tally.group("plans without a model") as without:
            scene = Scene(without, cluster, salve)
            without.point("there is one to compare with", scene.without["steps"])
            if server:
                with tally.group("plans with a model") as group:
                    with_a_real_one(group, scene, server)
            with tally.group("plans with a bad model") as group:
                with_bad_ones(group, scene, small)
            with tally.group("doctor with a model") as group:
                doctor(group, scene, server)
    finally:
        down(cluster, False)


def request_of(step):
    """Without the run that it is marked with: each plan has its own."""
    request = dict(step["request"])
    if isinstance(request.get("body"), list):
        request["body"] = [change for change in request["body"] if change["path"] != "/metadata/annotations/salve~1run"]
    return request


def gist(plan):
    """What a plan does, and what it offers: all that no model may change. An order among equals is for the record to explain."""
    steps = [{**{key: step[key] for key in ("action_id", "target", "risk")}, "request": request_of(step)} for step in plan["steps"]]
    others = sorted(json.dumps({key: other.get(key) for key in ("action_id", "target", "risk")}, sort_keys=True) for other in plan["alternatives"])
    return {"outcome": plan["outcome"], "steps": steps, "alternatives": others, "manual": plan["manual"]}


class Scene(bad_release.Scene):
    """And its plan without a model."""

    def __init__(self, group, cluster, salve):
        cluster.kubectl("create", "namespace", NS)
        stage_plans.may_plan(cluster, salve, [NS])
        stage_apply.may_change(cluster, [NS])
        super().__init__(group, cluster, salve, NAME, ns=NS)
        self.settings = json.loads(self.operator.config.read_text())
        self.without = self.ripe()

    def ripe(self):
        """The plan once the finding is there and the server has rehearsed the repair, twice the same."""
        deadline, before = time.time() + 240, None
        while time.time() < deadline:
            plan = gist(self.operator.plan(f"deploy/{NAME}", "-n", NS))
            if plan["steps"] and plan == before:
                return plan
            before = plan
            time.sleep(3)
        raise RuntimeError(f"no plan to compare with: {before}")

    def configure(self, endpoint, model):
        advisor = {"kind": "ollama", "endpoint": endpoint, "model": model, "num_ctx": WINDOW, "allow_remote": False}
        self.operator.config.write_text(json.dumps({**self.settings, "advisor": advisor}))

    def plan_with(self, endpoint, model):
        """The plan with this model, and what the record says of it."""
        self.configure(endpoint, model)
        done = self.operator.run("plan", f"deploy/{NAME}", "-n", NS, "--advisor", "ollama", "-o", "json")
        record = self.operator.run("runs", "show", "latest", "-o", "json").json()
        return done, gist(done.json()), record["llm"] or {}


def same(group, scene, name, done, plan, llm, words):
    """The plan of the rules, by the same exit code, and a record that says why no model had a say."""
    group.point(f"{name}: the same plan", done.rc == 0 and plan == scene.without, (done.rc, plan, scene.without))
    reason = llm.get("fallback_reason")
    group.point(f"{name}: the record says why", reason and words in reason and llm["ranking"] == [], llm)


def with_a_real_one(group, scene, server):
    done, plan, llm = scene.plan_with(server.url, TINY)
    group.keep("real.json", json.dumps({"plan": plan, "llm": llm}, indent=1))
    # It knows nothing, so its words are dropped or change nothing but the order of equals.
    group.point("the objects of the rules' plan", done.rc == 0 and [step["target"] for step in plan["steps"]] == [step["target"] for step in scene.without["steps"]], plan)
    group.point("the record names it", llm.get("model") == TINY and llm["model_digest"] == server.digest(TINY) and llm["server_version"], llm)
    group.point("and what it was asked", llm.get("num_ctx") == WINDOW and llm["prompt_sha256"] and (llm["prompt_tokens"] or 0) > 0, llm)
    server.unload()
    done, plan, llm = scene.plan_with(server.url, TINY)
    group.point("unloaded: it is loaded, and that takes its time", done.rc == 0 and llm.get("load_us", 0) > 0, llm)
    same(group, scene, "a small window", *scene.plan_with(server.url, SMALL), "a window of 4096 tokens")
    same(group, scene, "a remote model", *scene.plan_with(server.url, REMOTE), "only local ones")
    same(group, scene, "no such model", *scene.plan_with(server.url, "no-such"), "has no model")
    server.unload()
    with server.occupied():
        same(group, scene, "busy", *scene.plan_with(server.url, SMALL), "answered 503")


def with_bad_ones(group, scene, small):
    """Each that the fake knows, and none at all: the same plan, in time."""
    same(group, scene, "down", *scene.plan_with("http://127.0.0.1:9", "fake"), "cannot be reached: Connection refused")
    names = subprocess.run([FAKE, "--list"], capture_output=True, text=True, check=True).stdout.split()
    for name in names:
        if name == "good" or small and name not in IN_SLICE:
            continue
        with subprocess.Popen([FAKE, "--behave", name], stdout=subprocess.PIPE, text=True) as fake:
            try:
                before = time.time()
                same(group, scene, name, *scene.plan_with(fake.stdout.readline().strip(), "fake"), "")
                took = time.time() - before
                group.point(f"{name}: in time", took < 185, f"{took:.0f} s")
            finally:
                fake.kill()


def doctor(group, scene, server):
    def checks(endpoint, model):
        scene.configure(endpoint, model)
        done = scene.operator.run("doctor", "-n", NS, "-o", "json")
        return done, {check["name"]: check for check in done.json()["checks"] if check["name"].startswith("advisor")}

    done, seen = checks("http://127.0.0.1:9", "fake")
    group.point("down is a warning", done.rc == 0 and seen["advisor"]["state"] == "warning" and seen["advisor model"]["state"] == "skipped", seen)
    if not server:
        return
    for model, name, state in ((TINY, "advisor window", "ok"), (SMALL, "advisor window", "warning"), (REMOTE, "advisor model", "warning"),
                               ("no-such", "advisor model", "warning")):
        done, seen = checks(server.url, model)
        group.point(f"{model}: {name}", done.rc == 0 and seen[name]["state"] == state, seen)
