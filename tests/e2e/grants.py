"""Binds a cluster user to a role, and waits until the API server has taken notice."""
import json
import time

READER_BINDING, PARTIAL = "salve-e2e-reader", "salve-e2e-partial"


def bind(cluster, name, role, user):
    cluster.kubectl("apply", "-f", "-", stdin=json.dumps({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}]}))


def put_role(cluster, name, rules):
    cluster.kubectl("apply", "-f", "-", stdin=json.dumps({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": name}, "rules": rules}))


def may(cluster, user, verb, resource):
    """Asked as the admin on behalf of the user: the user's own audit trail stays clean."""
    what, _, subresource = resource.partition("/")
    more = [f"--subresource={subresource}"] if subresource else []
    return cluster.kubectl("auth", "can-i", verb, what, *more, "-A", f"--as={user}", check=False).strip() == "yes"


def wait_until(cluster, user, verb, resource, allowed):
    deadline = time.time() + 30
    while may(cluster, user, verb, resource) != allowed:
        if time.time() > deadline:
            raise RuntimeError(f"{user} {'may not' if allowed else 'may still'} {verb} {resource} after 30 s")
        time.sleep(0.2)


def reader_role(cluster, salve):
    """Gives `reader` exactly what `salve rbac reader` prints; returns the role's rules."""
    printed = salve.run("rbac", "reader")
    if printed.rc:
        raise RuntimeError(f"salve rbac reader: exit {printed.rc}: {printed.err}")
    cluster.kubectl("apply", "-f", "-", stdin=printed.out)
    bind(cluster, READER_BINDING, "salve-reader", "reader")
    wait_until(cluster, "reader", "list", "pods", True)
    return cluster.get("clusterrole", "salve-reader")["rules"]


def kinds(rules):
    """Every (verb, kind) that the rules name, as kubectl spells kinds: pods, deployments.apps, pods/log."""
    return [("get" if "/" in resource else "list", f"{resource}.{group}" if group else resource, rule, resource)
            for rule in rules for group in rule["apiGroups"] for resource in rule["resources"]]


def without(rules, rule, resource):
    """The rules less one kind."""
    kept = []
    for one in rules:
        if one is rule:
            one = {**one, "resources": [r for r in one["resources"] if r != resource]}
        if one["resources"]:
            kept.append(one)
    return kept


def take_back(cluster):
    for name in (READER_BINDING, PARTIAL):
        cluster.kubectl("delete", "clusterrolebinding", name, "--ignore-not-found", check=False)
    cluster.kubectl("delete", "clusterrole", PARTIAL, "--ignore-not-found", check=False)
