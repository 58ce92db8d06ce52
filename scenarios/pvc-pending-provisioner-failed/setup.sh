#!/usr/bin/env bash
# What the external provisioner writes (sig-storage-lib-external-provisioner controller/controller.go); none runs here.
set -euo pipefail
uid=$(kubectl -n st-mole get pvc ledger -o jsonpath='{.metadata.uid}')
kubectl create -f - <<EVENT
apiVersion: v1
kind: Event
metadata: {name: ledger.17f0, namespace: st-mole}
involvedObject: {apiVersion: v1, kind: PersistentVolumeClaim, namespace: st-mole, name: ledger, uid: $uid}
type: Warning
reason: ProvisioningFailed
message: 'failed to provision volume with StorageClass "st-mole-ssd": rpc error: code = ResourceExhausted desc = volume quota exceeded: requested 40 GiB, 12 GiB left in project harbour'
source: {component: disk.csi.cloud.example_csi-provisioner-0_6f1c}
firstTimestamp: $(date -u +%FT%TZ)
lastTimestamp: $(date -u +%FT%TZ)
count: 4
EVENT
