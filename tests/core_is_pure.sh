#!/usr/bin/env bash
# The archives of the core may not ask the system for anything: no file, clock, environment, process, socket or stream.
# Usage: core_is_pure.sh BUILD_DIR
set -euo pipefail
archives=("$1/libfindings.a" "$1/libcore.a")
for archive in "${archives[@]}"; do
	[ -f "$archive" ] || { echo "core_is_pure: $archive is missing" >&2; exit 1; }
done
symbols=$(nm -C --undefined-only "${archives[@]}" | awk '$1 == "U" {sub(/^ *U /, ""); print}' | sort -u)
[ -n "$symbols" ] || { echo "core_is_pure: no symbols read" >&2; exit 1; }
forbidden='^(open|open64|openat|creat|fopen|fopen64|freopen|read|write|readlink|stat|stat64|mkdir|unlink|rename|getenv|secure_getenv|setenv|environ'
forbidden+='|time|clock|clock_gettime|gettimeofday|std::chrono::_V2::(system|steady)_clock::now\(\)'
forbidden+='|fork|vfork|system|popen|posix_spawnp?|execv[pe]*|kill|socket|connect|send|recv|getaddrinfo|curl_.*'
forbidden+='|puts|putchar|printf|fprintf|std::cout|std::cerr|std::clog|std::basic_(i|o)?fstream.*|std::basic_filebuf.*|std::filesystem::.*|pthread_create|rand|random|getrandom)(@.*)?$'
if found=$(grep -E "$forbidden" <<<"$symbols"); then
	echo "core_is_pure: the core uses what it must not:" >&2
	echo "$found" >&2
	exit 1
fi
