#!/usr/bin/env bash
set -euo pipefail
kubectl -n st-cove rollout status statefulset/vault --timeout=120s
kubectl delete pv st-cove-pv --wait=false
kubectl patch pv st-cove-pv --type=merge -p '{"metadata":{"finalizers":null}}'
