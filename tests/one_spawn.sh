#!/bin/sh
# One way out (SAFETY 5.3): only lib/io/child.cpp starts a program, only lib/io/run_kubectl.cpp asks it to, and no shell is in reach.
# Usage: one_spawn.sh [SOURCE_DIR]; prints each offending line and exits with 1.
cd "${1:-$(dirname "$0")/..}" || exit 2
bad=0
# allow PATTERN FILES: every line in lib and cmd that matches must be in one of the files (an extended regular expression). Comments count too.
allow() {
    found=$(grep -rnE --include='*.cpp' --include='*.hpp' --include='*.h' "$1" lib cmd | grep -vE "^($2):")
    [ -z "$found" ] || { echo "$found"; bad=1; }
}
nowhere='-'
allow '\bposix_spawnp?\b|spawn\.h' 'lib/io/child\.cpp'
allow '\b(run|start)_process[[:space:]]*\(' 'lib/io/(process|companion|run_kubectl)\.[ch]pp'
allow '\b(system|popen|v?fork|clone3?)[[:space:]]*\(' "$nowhere"
allow '\bf?exec(v|l)[a-z]*\b' "$nowhere"
allow 'SYS_(clone|fork|vfork|exec)|<(cstdlib|stdlib\.h)>.*system|wordexp|<boost/process' "$nowhere"
# The file that may spawn has to be there, or the rule above holds nothing.
grep -q 'posix_spawn(' lib/io/child.cpp || { echo "lib/io/child.cpp: no posix_spawn call"; bad=1; }
exit $bad
