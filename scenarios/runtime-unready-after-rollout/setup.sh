#!/usr/bin/env bash
set -euo pipefail
kubectl -n ro-lagoon rollout status deployment/heron --timeout=120s
for p in $(kubectl -n ro-lagoon get pods -o name); do kubectl -n ro-lagoon exec "$p" -- touch /tmp/sick; done
