#!/usr/bin/env bash
# The in-tree deleter refuses a path outside of /tmp.
set -euo pipefail
for _ in $(seq 60); do [ "$(kubectl -n st-fjord get pvc captures -o jsonpath='{.status.phase}')" = Bound ] && break; sleep 1; done
kubectl -n st-fjord delete pvc captures
