#!/usr/bin/env bash
# The main job, for real: a server, a journal on a "laptop" and one on a "phone", linked with a short code; both write, both
# sync, both show one journal, and the server holds opaque bytes. ./setup.sh try runs it, and so does a test.
#
#   main_job.sh REBOUND REBOUNDD
set -euo pipefail
rebound=$1 reboundd=$2
umask 077
work=$(mktemp -d "${TMPDIR:-/tmp}/rebound-try.XXXXXX")
server_pid=''
finish() {
    local status=$?
    if [[ -n $server_pid ]]; then
        kill "$server_pid" 2>/dev/null && wait "$server_pid" 2>/dev/null
    fi
    rm -rf "$work"
    exit "$status"
}
trap finish EXIT

say() { printf '\n== %s\n' "$*"; }
fail() {
    printf 'main job: %s\n' "$*" >&2
    exit 1
}
show() { # prints a command as a person would type it, and runs it
    local device=$1
    shift
    printf '%s$ rebound %s\n' "$device" "$*"
    "$rebound" --vault "$work/$device" --passphrase-file "$work/passphrase" "$@"
}

export XDG_DATA_HOME=$work/data XDG_CONFIG_HOME=$work/config XDG_STATE_HOME=$work/state
printf 'a quiet river at six' >"$work/passphrase"

say 'A server starts, with its embedded store. It needs no configuration.'
"$reboundd" serve --data "$work/server" --listen tcp://127.0.0.1:0 --public 127.0.0.1 >"$work/server.out" 2>"$work/server.err" &
server_pid=$!
for _ in $(seq 200); do
    [[ $(wc -l <"$work/server.out") -ge 2 ]] && break
    kill -0 "$server_pid" 2>/dev/null || fail "the server did not start: $(cat "$work/server.err")"
    sleep 0.05
done
link=$(sed -n 1p "$work/server.out")
invite=$(sed -n 2p "$work/server.out")
[[ -n $invite ]] || fail 'the server printed no invite'
printf 'its link, with the first invite: %s\n' "$invite"

say 'A journal on the laptop. The 24 words would be written down on paper.'
show laptop init --server "$invite" --device laptop --kdf-memory 64 --phrase-out 3 3>"$work/words"
[[ $(wc -w <"$work/words") -eq 24 ]] || fail 'there are not 24 words'

say 'The phone is added with a short code.'
"$rebound" --vault "$work/laptop" --passphrase-file "$work/passphrase" link >"$work/link.out" 2>"$work/link.err" &
link_pid=$!
for _ in $(seq 200); do
    [[ -s $work/link.out ]] && break
    kill -0 "$link_pid" 2>/dev/null || fail "link ended: $(cat "$work/link.err")"
    sleep 0.05
done
line=$(sed -n 1p "$work/link.out")
printf 'laptop$ rebound link\n%s\n' "$line"
read -r -a typed <<<"$line"
[[ ${typed[0]} == rebound && ${typed[1]} == join ]] || fail "link printed no line to type: $line"
show phone "${typed[@]:1}" --device phone --kdf-memory 64
wait "$link_pid" || fail "link failed: $(cat "$work/link.err")"

say 'Both write. Nobody waits for anybody.'
show laptop setback 'They gave the lead to someone else' --kind missed-promotion
show laptop note 'Walked to the river instead of the gym.'
show phone win 'Said out loud that I was hurt'
show phone contact add 'Sam Osei' --relation mentor

say 'Both sync.'
show laptop sync
show phone sync
show laptop sync

say 'Both show one journal.'
show laptop list
show phone list
"$rebound" --vault "$work/laptop" --passphrase-file "$work/passphrase" --json list --all >"$work/laptop.json"
"$rebound" --vault "$work/phone" --passphrase-file "$work/passphrase" --json list --all >"$work/phone.json"
for word in 'the lead to someone else' 'river instead' 'out loud' 'Sam Osei'; do
    for device in laptop phone; do
        grep -q "$word" "$work/$device.json" || fail "the $device does not show: $word"
    done
done

say 'What the server holds: opaque bytes.'
kill "$server_pid"
wait "$server_pid" || fail 'the server did not stop cleanly'
server_pid=''
ls -l "$work/server" | tail -n +2
# Some of it where it is densest: rows of a page that is not half empty.
od -A d -v -t x1z "$work/server/store.db" | grep -v ' 00 00' >"$work/dense"
sed -n "$(($(wc -l <"$work/dense") / 2)),+7p" "$work/dense"
for word in 'the lead' 'someone else' missed-promotion river 'out loud' 'Sam Osei' mentor laptop phone "$(cat "$work/passphrase")" \
    "$(cut -d ' ' -f 1-3 "$work/words")"; do
    if grep -rqa -- "$word" "$work/server" "$work/server.out" "$work/server.err"; then
        fail "the server holds what it must not: $word"
    fi
done
printf 'none of what was written stands in it.\n'
[[ $link == rebound://127.0.0.1:* ]] || fail "the link names another host: $link"
say 'The main job works.'
