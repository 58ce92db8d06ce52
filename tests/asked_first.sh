#!/usr/bin/env bash
# The lists that are read only when somebody asks are not taken from the facts, which would not ask: World has a function
# for each (kube/unread.hpp). Without this, what was not read would look as if it were not there; and a rule that looked
# at what is read late would not be asked anew when it has come (kube/watch.hpp).
set -euo pipefail
cd "$(dirname "$0")/.."
kinds='replica_sets|limit_ranges|service_accounts|network_policies|storage_classes|ingress_classes|leases|logs|revisions|reads'
if grep -rnE "facts(\(\)|_)?\.($kinds)\b" --include='*.cpp' --include='*.hpp' lib/diagnose lib/plan lib/policy lib/advise lib/report cmd; then
	echo "asked_first: a list is looked at without asking for it" >&2
	exit 1
fi
