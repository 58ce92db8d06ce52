#!/usr/bin/env bash
set -euo pipefail
kubectl -n ro-grove rollout status deployment/larch --timeout=120s
kubectl -n ro-grove patch deployment larch --type=json -p '[{"op":"replace","path":"/spec/template/spec/containers/0/command","value":["sh","-c","sleep 100001"]}]'
