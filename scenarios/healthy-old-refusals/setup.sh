#!/usr/bin/env bash
set -euo pipefail
sleep 25
kubectl -n ad-quay patch quota quay-share --type=merge -p '{"spec":{"hard":{"pods":"10"}}}'
