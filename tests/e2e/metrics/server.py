"""The metrics API of a namespace, for the autoscaler under test: a fixed load, shared by the pods of the app that are ready."""
import http.server
import json
import ssl
import time
import urllib.parse
import urllib.request

LOAD_NANOCORES = 14_000_000
ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
GROUP = "metrics.k8s.io/v1beta1"


def ready_pods(ns, selector):
    request = urllib.request.Request(f"https://kubernetes.default.svc/api/v1/namespaces/{ns}/pods?labelSelector={urllib.parse.quote(selector)}",
                                     headers={"Authorization": "Bearer " + open(f"{ACCOUNT}/token").read()})
    with urllib.request.urlopen(request, context=ssl.create_default_context(cafile=f"{ACCOUNT}/ca.crt")) as answer:
        pods = json.load(answer)["items"]
    return [pod for pod in pods if any(one["type"] == "Ready" and one["status"] == "True" for one in pod["status"].get("conditions", []))]


def usage(path):
    url = urllib.parse.urlparse(path)
    words = url.path.strip("/").split("/")
    if words[:3] != ["apis", *GROUP.split("/")]:
        return None
    if len(words) == 3:
        return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": GROUP, "resources": [
            {"name": "pods", "singularName": "", "namespaced": True, "kind": "PodMetrics", "verbs": ["get", "list"]}]}
    if words[3] != "namespaces" or words[5:] != ["pods"]:
        return None
    pods = ready_pods(words[4], urllib.parse.parse_qs(url.query).get("labelSelector", [""])[0])
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return {"kind": "PodMetricsList", "apiVersion": GROUP, "metadata": {}, "items": [
        {"metadata": {"name": pod["metadata"]["name"], "namespace": words[4], "labels": pod["metadata"].get("labels", {})}, "timestamp": now, "window": "30s",
         "containers": [{"name": one["name"], "usage": {"cpu": f"{LOAD_NANOCORES // len(pods)}n", "memory": "1Mi"}} for one in pod["spec"]["containers"]]}
        for pod in pods]}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        answer = usage(self.path)
        body = json.dumps(answer or {}).encode()
        self.send_response(200 if answer else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = http.server.ThreadingHTTPServer(("", 8443), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/metrics/tls.crt", "/metrics/tls.key")
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
