#!/usr/bin/env bash
set -euo pipefail
kubectl -n st-inlet rollout status deployment/berthing --timeout=120s
kubectl -n st-inlet delete pvc berths --wait=false
kubectl -n st-inlet scale deployment/berthing --replicas=2
