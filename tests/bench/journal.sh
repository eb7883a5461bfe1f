#!/usr/bin/env bash
# How fast the journal's commands are, process start included, the vault unlocked, beside a program that does the least that such
# a command can (limits/reader.c): medians, as the table in README.md has them. Processor time in brackets; ratios are of that.
#
#   tests/bench/journal.sh [--build BUILD] [ENTRIES…]      build/release; 10000 100000; wants a kernel keyring
# shellcheck disable=SC2016 # names of rows have backticks
set -euo pipefail
cd "$(dirname "$0")/../.."
build=build/release runs=21
if [[ ${1:-} == --build ]]; then
    build=$2
    shift 2
fi
build=$(realpath "$build") sizes=("$@")
[[ $# -gt 0 ]] || sizes=(10000 100000)
work=$(mktemp -d "${TMPDIR:-/var/tmp}/rebound-journal.XXXXXX")
trap '"${rebound[@]}" lock >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
export XDG_DATA_HOME=$work/data XDG_CONFIG_HOME=$work/config
rebound=("$build/client/rebound" --vault "$work/vault" --no-input)
printf 'correct horse battery staple' >"$work/passphrase"
cp -r tests/bench/limits "$work/limits"
make -s -C "$work/limits" reader
reader=$work/limits/reader
mkdir "$work/figures"

begin() {
    rm -rf "$work/vault"
    "${rebound[@]}" --passphrase-file "$work/passphrase" init --phrase-out 3 3>/dev/null >/dev/null
    "${rebound[@]}" --passphrase-file "$work/passphrase" unlock --for 1h >/dev/null
}
# Each figure is a file of that name, in ms; rows are in the order in which they were first measured.
keep() { # NAME MS
    [[ -e "$work/figures/$1" ]] || printf '%s\n' "$1" >>"$work/rows"
    printf '%s\n' "$2" >>"$work/figures/$1.$entries"
    : >"$work/figures/$1"
}
once() { # NAME COMMAND…: one run
    local before after
    before=$(date +%s%N)
    "${@:2}" >/dev/null
    after=$(date +%s%N)
    keep "$1" "$(awk "BEGIN {print ($after - $before) / 1000000}")"
}
# process NAME COMMAND…: its time, and as NAME.cpu its processor time.
process() {
    "$build/tests/bench_command" x "$runs" "${@:2}" >"$work/process"
    keep "$1" "$(awk '$1 == "x" {print $2 * 1000}' "$work/process")"
    awk '$1 == "x_cpu" {print $2 * 1000}' "$work/process" >"$work/figures/$1.cpu.$entries"
}
# time_it NAME YARDSTICK ARGUMENT…: a command, and which of the yardsticks measured below it stands beside.
time_it() {
    process "$1" "${rebound[@]}" "${@:3}"
    printf '%s\n' "$2" >"$work/figures/$1.beside"
    case $1 in
    *insights* | *report*) printf '20 ms; 300 ms' ;;
    *version*) ;;
    *) printf '20 ms; 40 ms' ;;
    esac >"$work/figures/$1.most"
}
median() { sort -g "$1" | awk '{v[NR] = $1} END {print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2}'; }

measure() {
    local setback step
    awk -v end="$(date +%s)" -v N="$entries" -f tests/bench/journal.awk >"$work/journal.json"
    begin
    once "import of it, as Rebound's JSON" "${rebound[@]}" import "$work/journal.json"
    rm -f "$work/plain.db"
    jq -r '.entries[] | [.fields.title, .fields.text, .fields.emotion, .sets.tags[]] | map(values | gsub("\n"; " ")) | join(" ")' \
        "$work/journal.json" | "$reader" make "$work/plain.db"
    "${rebound[@]}" --passphrase-file "$work/passphrase" contact add 'Waba Osei' >/dev/null
    setback=$("${rebound[@]}" list --kind setback --json | jq -r '.entries[0].id')
    step=$("${rebound[@]}" list --kind step --json | jq -r '.entries[0].id')
    process 'yardstick: start' "$reader"
    process 'yardstick: newest 20' "$reader" newest "$work/plain.db"
    process 'yardstick: a word' "$reader" word "$work/plain.db" waba
    process 'yardstick: a word in most' "$reader" word "$work/plain.db" work
    process 'yardstick: a beginning' "$reader" word "$work/plain.db" 'wa*'
    time_it '`--version`' start --version
    time_it '`rebound`' 'newest 20'
    for command in list today timeline review status insights report; do
        time_it "\`$command\`" 'newest 20' "$command"
    done
    time_it '`show` of a setback' 'newest 20' show "$setback"
    time_it '`history`' 'newest 20' history "$step"
    time_it '`list --tag`, two thirds of it' 'newest 20' list --tag work
    time_it '`list --since --until`, a third' 'newest 20' list --since "$(date -d '2 years ago' +%F)" --until "$(date -d '1 year ago' +%F)"
    time_it '`list --setback`' 'newest 20' list --setback "$setback"
    time_it '`list --person`' 'newest 20' list --person Waba
    time_it '`search`, a word' 'a word' search waba
    time_it '`search`, one in two thirds of it' 'a word in most' search work
    time_it '`search wa*`, in a third' 'a beginning' search 'wa*'
    time_it '`search --kind --tag`' 'a word in most' search work --kind note --tag work
    time_it '`search`, nothing, what is near' 'a word' search wabaa
    once '`export --format json`' "${rebound[@]}" export --format json
    once '`export --format markdown`' "${rebound[@]}" export --format markdown
    "${rebound[@]}" lock >/dev/null
}

figure() { # NAME SIZE: as text, with processor time, and the ratio of that to the yardstick's
    local file="$work/figures/$1.$2" cpu="$work/figures/$1.cpu.$2" beside
    [[ -e $file ]] || return 0
    awk "BEGIN {printf \"%.1f ms\", $(median "$file")}"
    [[ -e $cpu ]] || return 0
    awk "BEGIN {printf \" (%.1f)\", $(cat "$cpu")}"
    beside=$(cat "$work/figures/$1.beside" 2>/dev/null) || return 0
    awk "BEGIN {printf \", %.1f x\", $(cat "$cpu") / $(cat "$work/figures/yardstick: $beside.cpu.$2")}"
}

say_load() { printf 'load %s\n' "$(cut -d' ' -f1-3 /proc/loadavg)"; }

say_load
awk -v end="$(date +%s)" -v N=10000 -v format=jrnl -f tests/bench/journal.awk >"$work/jrnl.json"
entries=10000
for _ in 1 2 3; do
    begin
    once 'import of 10,000 of jrnl' "${rebound[@]}" import "$work/jrnl.json"
    "${rebound[@]}" lock >/dev/null
done
for entries in "${sizes[@]}"; do
    measure
done
printf '1.5 s' >"$work/figures/import of 10,000 of jrnl.most"
while read -r name; do
    printf '| %s |' "$name"
    for entries in "${sizes[@]}"; do
        printf ' %s |' "$(figure "$name" "$entries")"
    done
    printf ' %s |\n' "$(cat "$work/figures/$name.most" 2>/dev/null || true)"
done <"$work/rows"
say_load
