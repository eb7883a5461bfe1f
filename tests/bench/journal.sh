#!/usr/bin/env bash
# How fast the journal's commands are, process start included, the vault unlocked: medians, as the table in README.md has them.
#
#   tests/bench/journal.sh [ENTRIES [BUILD]]      10000, build/release; wants a kernel keyring
set -euo pipefail
cd "$(dirname "$0")/../.."
entries=${1:-10000} build=$(realpath "${2:-build/release}") runs=11
work=$(mktemp -d "${TMPDIR:-/var/tmp}/rebound-journal.XXXXXX")
trap '"${rebound[@]}" lock >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
export XDG_DATA_HOME=$work/data XDG_CONFIG_HOME=$work/config
rebound=("$build/client/rebound" --vault "$work/vault" --no-input)
printf 'correct horse battery staple' >"$work/passphrase"
awk -v end="$(date +%s)" -v N="$entries" -f tests/bench/journal.awk >"$work/journal.json"
awk -v end="$(date +%s)" -v N=10000 -v format=jrnl -f tests/bench/journal.awk >"$work/jrnl.json"

begin() {
    rm -rf "$work/vault"
    "${rebound[@]}" --passphrase-file "$work/passphrase" init --phrase-out 3 3>/dev/null >/dev/null
    "${rebound[@]}" --passphrase-file "$work/passphrase" unlock --for 1h >/dev/null
}
import() { # NAME FILE
    local before after
    before=$(date +%s%N)
    "${rebound[@]}" import "$2" >/dev/null
    after=$(date +%s%N)
    echo "$1 $(((after - before) / 1000000)) ms"
}
for _ in 1 2 3; do
    begin
    import 'import of 10,000 of jrnl' "$work/jrnl.json"
    "${rebound[@]}" lock >/dev/null
done
begin
import "import of $entries" "$work/journal.json"
setback=$("${rebound[@]}" list --kind setback --json | jq -r '[.. | .id? // empty][0]')
time_it() { # NAME ARGUMENT…
    "$build/tests/bench_command" "$1" "$runs" "${rebound[@]}" "${@:2}" | awk '{v = $NF; $NF = ""; printf "%s %.1f ms\n", $0, v * 1000}'
}
time_it --version --version
time_it rebound
for command in list today timeline review status insights report; do
    time_it "$command" "$command"
done
time_it search search waba
time_it show show "$setback"
