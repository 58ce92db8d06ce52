#!/usr/bin/env bash
set -euo pipefail
kubectl -n nd-haven rollout status deployment/berth-plan --timeout=60s
kubectl taint node salve-node harbour.example/hull-work=weld:NoExecute
