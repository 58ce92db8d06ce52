#!/usr/bin/env bash
set -euo pipefail
kubectl -n ro-dune rollout status deployment/marram --timeout=120s
kubectl -n ro-dune scale deployment/marram --replicas=0
