#!/usr/bin/env bash
# run.sh [N [FIRST]]: N worlds of the simulation (1,000 unless said) from seed FIRST on (of chance unless said), in as many
# processes as there are processors. Ends with the first that fails, and says how to repeat it. REBOUND_BUILD: build/dev.
set -euo pipefail
cd "$(dirname "$0")/../.."
n=${1:-1000}
first=${2:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
program=${REBOUND_BUILD:-build/dev}/tests/test_sim
[[ -x $program ]] || { echo "$program is not built: cmake --preset dev && ninja -C build/dev test_sim"; exit 1; }
batch=20
echo "$n worlds from seed $first on"
one() {
    out=$(REBOUND_SEED=$1 REBOUND_SEEDS=$2 "$3" 2>&1) || { printf '%s\n' "$out" | tail -80; exit 255; }
}
export -f one
for ((i = 0; i < n; i += batch)); do
    echo "$((first + i)) $((n - i < batch ? n - i : batch))"
done | xargs -P "$(nproc)" -L 1 bash -c 'one "$1" "$2" "$0"' "$program"
echo "all $n are as they should be"
