#!/usr/bin/env bash
# hardening.sh FILE...: reads each program or library with readelf and fails unless it is position independent, resolves
# all symbols at start, keeps its relocations read-only, and has no memory that is writable and executable.
set -euo pipefail
export LC_ALL=C
bad=0
offence() { echo "$1"; bad=1; }

for file in "$@"; do
    [[ -r $file ]] || { offence "$file: cannot be read"; continue; }
    header=$(readelf -hW "$file")
    segments=$(readelf -lW "$file")
    dynamic=$(readelf -dW "$file")
    grep -qE 'Type:[[:space:]]+DYN' <<<"$header" || offence "$file: not position independent"
    grep -qE '^[[:space:]]+GNU_RELRO' <<<"$segments" || offence "$file: no read-only relocations (RELRO)"
    grep -qE '\(FLAGS(_1)?\).*\<(BIND_)?NOW\>' <<<"$dynamic" || offence "$file: symbols are bound late (no BIND_NOW)"
    grep -qE '^[[:space:]]+GNU_STACK' <<<"$segments" || offence "$file: says nothing about its stack"
    # Columns of a segment: type, offset, two addresses, two sizes, flags (may be several words), alignment.
    awk '$2 ~ /^0x/ && $6 ~ /^0x/ {f = ""; for (i = 7; i < NF; i++) f = f $i; if (f ~ /W/ && f ~ /E/) exit 1}' <<<"$segments" ||
        offence "$file: has a segment that is writable and executable"
    grep -q '(TEXTREL)' <<<"$dynamic" && offence "$file: relocations in its code (TEXTREL)"
    if grep -q 'Requesting program interpreter' <<<"$segments"; then
        grep -qE '\(FLAGS_1\).*\<PIE\>' <<<"$dynamic" || offence "$file: a program, and not marked PIE"
    fi
done
[[ $bad == 0 ]] && echo "hardening: $# files as they should be"
exit $bad
