#!/usr/bin/env bash
# What external-resizer leaves behind when growing fails (pkg/controller/expand_and_recover.go); none runs here.
set -euo pipefail
kubectl -n st-locks rollout status deployment/gauge --timeout=90s
kubectl -n st-locks patch pvc gauge-log --type=merge -p '{"spec":{"resources":{"requests":{"storage":"8Mi"}}}}'
kubectl -n st-locks patch pvc gauge-log --subresource=status --type=merge -p "{\"status\":{\"conditions\":[{\"type\":\"ControllerResizeError\",\"status\":\"True\",\"lastTransitionTime\":\"$(date -u +%FT%TZ)\",\"message\":\"failed to expand pvc with rpc error: code = OutOfRange desc = volume cannot grow beyond 5 MiB\"}]}}"
