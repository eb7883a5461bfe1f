#!/usr/bin/env bash
# Builds the fuzz targets with libFuzzer and runs each for so many seconds, one after the other, from its corpus. What it finds is
# left in build/fuzz/findings.
#
#   tests/fuzz/run.sh [SECONDS] [TARGET…]
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-60}
shift || true
command -v clang >/dev/null || { echo "run.sh: clang is missing: apt-get install clang" >&2; exit 2; }
cmake --preset fuzz
cmake --build --preset fuzz
mkdir -p build/fuzz/findings
targets=("$@")
if [[ ${#targets[@]} -eq 0 ]]; then
    for target in build/fuzz/tests/fuzz_*; do
        [[ -x $target && -f $target ]] && targets+=("$(basename "$target")")
    done
fi
status=0
for target in "${targets[@]}"; do
    work=$(mktemp -d)
    echo "== $target"
    "build/fuzz/tests/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="build/fuzz/findings/$target-" "$work" "tests/fuzz/corpus/$target" 2>&1 | tail -n 8 || status=1
    rm -rf "$work"
done
exit "$status"
