#!/usr/bin/env bash
# S2.5: folders are the data path: each may include only itself and folders to its left.
set -euo pipefail
cd "$(dirname "$0")/.."
order=(base kube diagnose plan policy apply advise audit report io)
bad=0
for i in "${!order[@]}"; do
	dir=${order[$i]}
	[ -d "lib/$dir" ] || continue
	for ((j = i + 1; j < ${#order[@]}; j++)); do
		if grep -rnE "#include \"${order[$j]}/" "lib/$dir"; then bad=1; fi
	done
	if grep -rnE '#include "cmd/' "lib/$dir"; then bad=1; fi
done
[ $bad = 0 ] || { echo "layers: an include points to the right of its folder" >&2; exit 1; }
