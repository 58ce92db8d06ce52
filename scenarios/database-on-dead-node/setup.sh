#!/usr/bin/env bash
# worker-e is a Node object without a kubelet; the pod's status was set to Running by hand.
set -euo pipefail
kubectl -n nd-reef delete pod chart-db-0 --wait=false
