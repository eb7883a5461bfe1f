#!/usr/bin/env bash
# Runs under valgrind's memcheck, for what the address sanitizer does not see: bytes that were never written, also where they
# go into libsodium, SQLite and the kernel. Unit tests of the folders named, else of those that handle bytes and secrets, and
# then the main job with the real programs. Fails at the first error; leaks are the address sanitizer's to find.
# REBOUND_BUILD: build/dev, without sanitizers.
#
#   tests/valgrind.sh [FOLDER…]          a folder of tests/unit, or main_job
set -euo pipefail
cd "$(dirname "$0")/.."
build=$PWD/${REBOUND_BUILD:-build/dev}
command -v valgrind >/dev/null || { echo 'valgrind.sh: valgrind is missing: apt-get install valgrind' >&2; exit 2; }
[[ -x $build/server/reboundd ]] || { echo "valgrind.sh: $build is not built: cmake --preset dev && ninja -C build/dev" >&2; exit 2; }
folders=("$@")
[[ $# -gt 0 ]] || folders=(base os stream seal wire merge vault account api main_job)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
memcheck=(valgrind --quiet --error-exitcode=99 --num-callers=30)

run() { # NAME COMMAND…
    local name=$1 from=$SECONDS
    shift
    if ! "$@" >"$work/out" 2>&1; then
        tail -n 100 "$work/out"
        echo "valgrind.sh: $name failed" >&2
        exit 1
    fi
    echo "$name: clean, $((SECONDS - from)) s"
}

wrap() { # PROGRAM WRAPPER
    printf '#!/bin/sh\nexec %s "%s" "$@"\n' "${memcheck[*]}" "$1" >"$2"
    chmod +x "$2"
}

for folder in "${folders[@]}"; do
    if [[ $folder == main_job ]]; then
        wrap "$build/client/rebound" "$work/rebound"
        wrap "$build/server/reboundd" "$work/reboundd"
        run main_job tests/cli/main_job.sh "$work/rebound" "$work/reboundd"
        continue
    fi
    for source in tests/unit/"$folder"/test_*.c; do
        test=$(basename "$source" .c)
        run "$test" "${memcheck[@]}" "$build/tests/$test"
    done
done
