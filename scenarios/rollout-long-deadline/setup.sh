#!/usr/bin/env bash
set -euo pipefail
kubectl -n ro-meadow rollout status deployment/clover --timeout=120s
kubectl -n ro-meadow patch deployment clover --type=json -p '[{"op":"add","path":"/spec/template/spec/containers/0/command","value":["/opt/clover/bin/serve"]}]'
