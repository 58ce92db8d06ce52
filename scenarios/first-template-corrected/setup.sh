#!/usr/bin/env bash
set -euo pipefail
sleep 15
kubectl -n ro-cairn patch sts slate --type=json -p '[{"op":"remove","path":"/spec/template/spec/containers/0/env"}]'
