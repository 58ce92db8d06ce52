#!/usr/bin/env bash
set -euo pipefail
kubectl -n st-pier rollout status statefulset/cranes --timeout=180s
kubectl -n st-pier scale statefulset/cranes --replicas=1
