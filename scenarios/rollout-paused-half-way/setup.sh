#!/usr/bin/env bash
set -euo pipefail
kubectl -n ro-quarry rollout status deployment/basalt --timeout=120s
kubectl -n ro-quarry patch deployment basalt --type=json -p '[{"op":"add","path":"/spec/minReadySeconds","value":15},{"op":"add","path":"/spec/template/spec/containers/0/env","value":[{"name":"TZ","value":"UTC"}]}]'
sleep 4
kubectl -n ro-quarry rollout pause deployment/basalt
