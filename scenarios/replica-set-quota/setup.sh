#!/usr/bin/env bash
set -euo pipefail
kubectl -n ro-fen rollout status deployment/sedge --timeout=60s
kubectl -n ro-fen set env deployment/sedge A=b
