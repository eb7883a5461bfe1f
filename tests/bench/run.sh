#!/usr/bin/env bash
# Measures everything that README.md here lists, beside the yardstick in limits/, in one run on this machine, over plain tcp on
# loopback, and prints one table: medians of five runs. Wants a quiet machine and a release build with its tests:
#   cmake --preset release && cmake --build --preset release
#
#   tests/bench/run.sh [--quick] [BUILD]      BUILD: build/release unless said; --quick: one run each, nothing of 100,000
set -euo pipefail
cd "$(dirname "$0")/../.."
runs=5 commands=21 large=1
if [[ ${1:-} == --quick ]]; then
    runs=1 commands=7 large=0
    shift
fi
build=$(realpath "${1:-build/release}")
rebound=$build/client/rebound reboundd=$build/server/reboundd bench=$build/tests
for program in "$rebound" "$reboundd" "$bench"/bench_{clients,command,fill,relay,sync,vault,waiting,watch}; do
    [[ -x $program ]] || { echo "run.sh: $program is missing: cmake --preset release && cmake --build --preset release" >&2; exit 2; }
done
work=$(mktemp -d "${TMPDIR:-/var/tmp}/rebound-bench.XXXXXX")
server_pid='' relay_pid=''
stop() { # VARIABLE
    [[ -n ${!1} ]] || return 0
    kill "${!1}" 2>/dev/null || true
    wait "${!1}" 2>/dev/null || true
    printf -v "$1" ''
}
trap 'stop server_pid; stop relay_pid; rm -rf "$work"' EXIT
export XDG_DATA_HOME=$work/data XDG_CONFIG_HOME=$work/config
unset REBOUND_VAULT REBOUND_PASSPHRASE_COMMAND
printf 'correct horse battery staple' >"$work/passphrase"
say() { printf '%s\n' "$*" >&2; }

start_server() { # NAME: sets $link and $port
    mkdir -p "$work/$1/vaults"
    "$reboundd" serve --open --data "$work/$1/server" --listen tcp://127.0.0.1:0 --public 127.0.0.1 >"$work/$1/link" 2>"$work/$1/log" &
    server_pid=$!
    until [[ -s $work/$1/link ]]; do
        kill -0 "$server_pid" 2>/dev/null || { cat "$work/$1/log" >&2; exit 1; }
        sleep 0.02
    done
    link=$(sed -n 1p "$work/$1/link")
    port=$(sed -E 's|.*:([0-9]+)/.*|\1|' <<<"$link")
}
resident_kib() { awk '/^VmRSS/ {print $2}' "/proc/$server_pid/status"; }

# Figures are files FIGURES.RUN of lines "NAME VALUE".
median() { # FIGURES NAME
    cat "$work/$1".* | awk -v n="$2" '$1 == n {print $2}' | sort -g |
        awk '{v[NR] = $1} END {if (NR == 0) print "nan"; else if (NR % 2) print v[(NR + 1) / 2]; else print (v[NR / 2] + v[NR / 2 + 1]) / 2}'
}
calc() { awk "BEGIN {printf \"%.$2f\", $1}"; }
ms() { calc "$1 * 1000" "${2:-2}"; }
ratio() { calc "$1 / $2" 2; }
row() { printf '| %s | %s | %s | %s |\n' "$@"; }

# --- the yardstick ---
say 'the yardstick'
cp -r tests/bench/limits "$work/limits"
make -s -C "$work/limits" floor
mkdir "$work/floor"
"$work/limits/floor" "tcp://127.0.0.1:$((20000 + RANDOM % 10000))" "$work/floor" >"$work/floor.out"
pick() { sed -nE "s@.*$1.*@\1@p" "$work/floor.out" | sed -n 1p; }
floor_upload=$(pick '10000 items: encrypt\+sign\+upload ([0-9.]+) s')
floor_new=$(pick '10000 items: .*cold download\+verify\+open ([0-9.]+) s')
floor_single=$(pick '10000 items: single add median ([0-9.]+) ms')
floor_change=$(pick '10000 items: .*incremental one change ([0-9.]+) ms')
floor_clients=$(pick ' 8 clients adding single items.*: ([0-9]+) adds/s')

# --- ours ---
for i in $(seq "$runs"); do
    say "run $i of $runs"
    for n in 1000 10000; do
        start_server "sync$n.$i"
        echo "idle_kib $(resident_kib)" >"$work/figures$n.$i"
        "$bench/bench_sync" "$link" "$work/sync$n.$i/vaults" "$n" >>"$work/figures$n.$i"
        stop server_pid
        rm -rf "$work/sync$n.$i"
    done
    start_server "clients.$i"
    "$bench/bench_clients" "$link" 8 500 >"$work/clients_figures.$i"
    stop server_pid
    mkdir "$work/vault.$i"
    "$bench/bench_vault" "$work/vault.$i" >"$work/vault_figures.$i"
    rm -rf "$work/clients.$i" "$work/vault.$i"
done
start_server watch
"$bench/bench_watch" "$link" "$work/watch/vaults" "$rebound" "$work/passphrase" 2>/dev/null >"$work/watch_figures.1"
stop server_pid

# --- whole commands ---
whole_commands() { # NAME ENTRIES
    local unlocked=()
    say "whole commands with $2 entries"
    start_server "$1"
    "$bench/bench_fill" "$link" "$work/$1/vault" "$2"
    : >"$work/commands_$1.1"
    unlocked=("$rebound" --vault "$work/$1/vault" --no-input)
    if "${unlocked[@]}" --passphrase-file "$work/passphrase" unlock --for 1h >/dev/null 2>&1 && "${unlocked[@]}" status >/dev/null 2>&1; then
        {
            "$bench/bench_command" note "$commands" "${unlocked[@]}" note 'Run {}: walked to the river.'
            "$bench/bench_command" sync "$commands" "${unlocked[@]}" sync
            "$bench/bench_command" list "$commands" "${unlocked[@]}" list
            "$bench/bench_command" show "$commands" "${unlocked[@]}" show @1
            "$bench/bench_command" search "$commands" "${unlocked[@]}" search quicksilver
        } >"$work/commands_$1.1"
        "${unlocked[@]}" lock >/dev/null 2>&1
    else
        say 'no kernel keyring here: rows of whole commands are not measured'
    fi
    stop server_pid
    rm -rf "${work:?}/$1"
}
whole_commands small 10000

# --- sizes ---
say 'sizes'
start_server alone
"$bench/bench_fill" "$link" "$work/alone/vault" 2000 alone
stop server_pid # which writes a checkpoint
alone_bytes=$(stat -c %s "$work/alone/server/store.db")
start_server wire
mkfifo "$work/relay.in"
"$bench/bench_relay" "$port" <"$work/relay.in" >"$work/relay_figures.1" &
relay_pid=$!
exec 4>"$work/relay.in"
until [[ -s $work/relay_figures.1 ]]; do sleep 0.02; done
"$bench/bench_sync" "${link/:$port\//:$(sed -n 1p "$work/relay_figures.1")/}" "$work/wire/vaults" 10000 bulk >"$work/wire_figures.1"
exec 4>&- # ends the relay
wait "$relay_pid"
relay_pid=''
stop server_pid
batch_bytes=$(stat -c %s "$work/wire/server/store.db")
start_server waiting
"$bench/bench_waiting" "$link" "$server_pid" 500 >"$work/waiting_figures.1"

# --- much, on the server that has all that already ---
"$bench/bench_clients" "$link" 8 500 >/dev/null
if [[ $large == 1 ]]; then
    say '100,000 entries'
    "$bench/bench_sync" "$link" "$work/waiting/vaults" 100000 >"$work/large_figures.1"
else
    "$bench/bench_sync" "$link" "$work/waiting/vaults" 10000 >"$work/large_figures.1"
fi
loaded_kib=$(resident_kib)
stop server_pid
rm -rf "$work/waiting"
if [[ $large == 1 ]]; then
    whole_commands big 100000
fi

# --- the table ---
command_ms() { local v; v=$(median "commands_$1" "$2"); [[ $v == nan ]] && echo 'not measured' || echo "$(ms "$v") ms"; }
upload=$(median figures10000 upload_s) new=$(median figures10000 new_device_s) single=$(median figures10000 single_s)
p95=$(median figures10000 single_p95_s) change=$(median figures10000 change_s) change1k=$(median figures1000 change_s)
clients=$(calc "$(median clients_figures clients_adds_per_s)" 0)
vault_one=$(median vault_figures ours_one_s) plain_one=$(median vault_figures plain_one_s)
vault_bulk=$(median vault_figures ours_bulk_s) plain_bulk=$(median vault_figures plain_bulk_s)

row step measured yardstick 'at most; aim'
row --- --- --- ---
row 'upload of 10,000' "$(calc "$upload" 3) s, $(ratio "$upload" "$floor_upload") x" "$floor_upload s" '1.5 x; 0.9 x'
row 'new device with 10,000' "$(calc "$new" 3) s, $(ratio "$new" "$floor_new") x" "$floor_new s" '1 x; 0.5 x'
row 'one entry, connected; p95 over median' "$(ms "$single" 3) ms, $(calc "$single * 1000 / $floor_single" 2) x; $(ratio "$p95" "$single")" "$floor_single ms" '2 x, 2.5; 1.5 x, 1.6'
row 'one change fetched; over that with 1,000' "$(ms "$change" 3) ms; $(ratio "$change" "$change1k")" "$floor_change ms + vault $(ms "$vault_one" 3) ms" \
    "2 x + vault = $(calc "2 * $floor_change + $vault_one * 1000" 2) ms, 1.2; 1.5 x + vault = $(calc "1.5 * $floor_change + $vault_one * 1000" 2) ms, 1.1"
row '8 clients, single adds a second' "$clients, $(ratio "$clients" "$floor_clients") x" "$floor_clients" 'at least 0.6 x; 0.9 x'
row 'vault alone, 10,000 in one call' "$(calc "$vault_bulk" 3) s, $(ratio "$vault_bulk" "$plain_bulk") x" "plain SQLite $(calc "$plain_bulk" 3) s" '1.5 x; 1.2 x'
row 'vault alone, one' "$(ms "$vault_one" 3) ms, $(ratio "$vault_one" "$plain_one") x" "plain SQLite $(ms "$plain_one" 3) ms" '1.4 x; 1.15 x'
row '`rebound note`, acknowledged' "$(command_ms small note)" '' '15 ms; 8 ms'
row '`rebound sync`, nothing new' "$(command_ms small sync)" '' '10 ms; 5 ms'
row '`list`; `show`; `search`, with 10,000' "$(command_ms small list); $(command_ms small show); $(command_ms small search)" '' '15 ms; 8 ms'
if [[ $large == 1 ]]; then
    row '`list`; `show`; `search`, with 100,000' "$(command_ms big list); $(command_ms big show); $(command_ms big search)" '' '30 ms; 12 ms'
fi
row '`sync --watch` shows an edit' "$(ms "$(median watch_figures watch_s)") ms" '' '20 ms; 5 ms'
if [[ $large == 1 ]]; then
    row 'with 100,000, per entry, over 10,000: upload; new device' \
        "$(calc "$(median large_figures upload_s) / 10 / $upload" 2); $(calc "$(median large_figures new_device_s) / 10 / $new" 2)" '' '1.2; 1.0'
fi
row '`reboundd` resident: idle; after all; per waiting device' \
    "$(calc "$(median figures10000 idle_kib) / 1024" 1) MiB; $(calc "$loaded_kib / 1024" 1) MiB; $(calc "$(median waiting_figures waiting_kib)" 1) KiB" '' '16 MiB; 40 MiB; 12 KiB'
row "server's file per entry: in batches; sent alone" "$(calc "$batch_bytes / 10000 / 1024" 2) KiB; $(calc "$alone_bytes / 2000 / 1024" 2) KiB" '' '1.3 KiB; 2.2 KiB'
row 'on the wire per entry: up; down' \
    "$(calc "$(median relay_figures up_bytes) / 10000 / 1024" 2) KiB; $(calc "$(median relay_figures down_bytes) / 10000 / 1024" 2) KiB" '' '1.25 KiB'
