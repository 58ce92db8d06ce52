"""A Deployment that runs, and then gets a revision whose image does not exist: what the stages about approvals work on."""
import json
import time

import stage_apply

NS = "salve-e2e-gates"
BAD = "nginx:9.9-absent"


def deployment(name, replicas, ns=NS):
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": ns}, "spec": {
        "replicas": replicas, "selector": {"matchLabels": {"app": name}}, "progressDeadlineSeconds": 60,
        "template": {"metadata": {"labels": {"app": name}}, "spec": {"terminationGracePeriodSeconds": 1, "containers": [
            {"name": "web", "image": "nginx:1.25", "readinessProbe": {"httpGet": {"path": "/", "port": 80}, "periodSeconds": 2}}]}}}}


class Scene:
    """A Deployment whose second revision has an image that does not exist."""

    def __init__(self, group, cluster, salve, name="web", replicas=2, deployed=True, ns=NS):
        self.group, self.cluster, self.salve, self.name, self.replicas, self.ns = group, cluster, salve, name, replicas, ns
        self.operator = stage_apply.Operator(group, salve, [ns])
        if deployed:
            self.build()

    def kubectl(self, *args, **how):
        return self.cluster.kubectl("-n", self.ns, *args, **how)

    def build(self):
        self.kubectl("delete", "deployment", self.name, "--ignore-not-found", "--wait=true", check=False)
        self.cluster.kubectl("apply", "-f", "-", stdin=json.dumps(deployment(self.name, self.replicas, self.ns)))
        self.kubectl("rollout", "status", f"deployment/{self.name}", "--timeout=120s")
        self.break_it()

    def break_it(self):
        self.kubectl("set", "image", f"deployment/{self.name}", f"web={BAD}")

    def plan(self, *args):
        """Once the newest pods show that their image cannot be had."""
        self.until(self.is_broken, "the image fails")
        plan = self.operator.plan(f"deploy/{self.name}", "-n", self.ns, *args)
        if not plan["steps"]:
            raise RuntimeError(f"nothing is planned: {plan['outcome']} {plan['manual']}")
        return plan

    def is_broken(self):
        sets = self.cluster.get("-n", self.ns, "replicasets", "-l", f"app={self.name}")["items"]
        newest = max(sets, key=lambda one: int(one["metadata"]["annotations"]["deployment.kubernetes.io/revision"]))
        pods = [pod for pod in self.cluster.get("-n", self.ns, "pods", "-l", f"app={self.name}")["items"]
                if any(owner["uid"] == newest["metadata"]["uid"] for owner in pod["metadata"].get("ownerReferences", []))]
        return any(status["state"].get("waiting", {}).get("reason") in ("ErrImagePull", "ImagePullBackOff")
                   for pod in pods for status in pod["status"].get("containerStatuses", []))

    def until(self, holds, what, limit=90):
        deadline = time.time() + limit
        while not holds():
            if time.time() > deadline:
                raise RuntimeError(f"not within {limit} s: {what}")
            time.sleep(1)

    def image(self):
        return self.live()["spec"]["template"]["spec"]["containers"][0]["image"]

    def live(self):
        return self.cluster.get("-n", self.ns, "deployment", self.name)

    def refused(self, name, plan, code, *more, operator=None):
        """The approval ends so, and the Deployment is what it was."""
        before = self.live()["metadata"]
        done, result = (operator or self.operator).approve(plan, *more)
        after = self.live()["metadata"]
        self.group.point(name, done.rc == code, f"exit {done.rc} instead of {code}: {result.get('reason')} {done.err.strip()[-200:]}")
        self.group.point(f"{name}: nothing changed", before.get("generation") == after.get("generation") and before["uid"] == after["uid"],
                         f"generation {before.get('generation')} and {after.get('generation')}")
        return result
