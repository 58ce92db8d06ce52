#!/usr/bin/env bash
# On a cluster of its own: it takes cluster DNS down.
set -euo pipefail
kubectl -n kube-system get configmap coredns -o json | sed 's/cache [0-9]*/cach 30/' | kubectl apply -f - >/dev/null
kubectl -n kube-system scale deployment/coredns --replicas=0
kubectl -n kube-system wait pod -l k8s-app=kube-dns --for=delete --timeout=60s
kubectl -n kube-system scale deployment/coredns --replicas=2
