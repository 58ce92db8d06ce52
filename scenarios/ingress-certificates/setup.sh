#!/usr/bin/env bash
# No controller runs here: the Event is made by hand, with the words of ingress-gce (pkg/utils/serviceport.go,
# pkg/loadbalancers/certificates.go: "could not find TLS certificates: secrets %q not found").
set -euo pipefail
uid=$(kubectl -n nw-robin get ingress customs -o jsonpath='{.metadata.uid}')
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
kubectl create -f - <<EOF
apiVersion: v1
kind: Event
metadata: {name: customs.1, namespace: nw-robin}
involvedObject: {apiVersion: networking.k8s.io/v1, kind: Ingress, name: customs, namespace: nw-robin, uid: $uid}
type: Warning
reason: Translate
message: 'Translation failed: invalid ingress spec: could not find TLS certificates: secrets "customs-cert" not found'
source: {component: loadbalancer-controller}
firstTimestamp: $now
lastTimestamp: $now
count: 3
EOF
