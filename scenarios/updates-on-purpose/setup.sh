#!/usr/bin/env bash
set -euo pipefail
kubectl -n ro-moor rollout status statefulset/gorse --timeout=120s
kubectl -n ro-moor set image sts/gorse main=nginx:1.26
kubectl -n ro-moor set image sts/heath main=nginx:1.26
