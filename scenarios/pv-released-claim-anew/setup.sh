#!/usr/bin/env bash
set -euo pipefail
for _ in $(seq 60); do [ "$(kubectl -n st-gulf get pvc charts -o jsonpath='{.status.phase}')" = Bound ] && break; sleep 1; done
kubectl -n st-gulf delete pvc charts
kubectl apply -f - <<'YAML'
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: charts, namespace: st-gulf}
spec:
  accessModes: [ReadWriteOnce]
  storageClassName: st-gulf-static
  resources: {requests: {storage: 4Mi}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: chartroom, namespace: st-gulf}
spec:
  selector: {matchLabels: {app: chartroom}}
  template:
    metadata: {labels: {app: chartroom}}
    spec:
      terminationGracePeriodSeconds: 1
      volumes: [{name: d, persistentVolumeClaim: {claimName: charts}}]
      containers:
        - name: main
          image: busybox:1.36
          command: ["sh", "-c", "sleep 100000"]
          volumeMounts: [{name: d, mountPath: /d}]
YAML
