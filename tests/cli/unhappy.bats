#!/usr/bin/env bats
# What bad input gets: a clear sentence, its own exit status, and nothing half-written.

bats_require_minimum_version 1.5.0
load journals

setup() {
    setup_world
}

teardown() {
    stop_server
    if [[ -n ${listener_pid:-} ]]; then kill "$listener_pid" 2>/dev/null || true; fi
    if mountpoint -q "$TEST_DIR/small" 2>/dev/null; then umount "$TEST_DIR/small"; fi
}

a_key=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE

# A port where a program takes connections and says nothing: $silent_port.
silent_listener() {
    perl -MIO::Socket::INET -e '
        $| = 1;
        my $s = IO::Socket::INET->new(Listen => 16, LocalAddr => "127.0.0.1", LocalPort => $ARGV[0], ReuseAddr => 1) or die;
        print $s->sockport(), "\n";
        push @kept, $s->accept() while 1;' "${1:-0}" >"$TEST_DIR/port" 3>&- &
    listener_pid=$!
    until [[ -s $TEST_DIR/port ]]; do
        kill -0 "$listener_pid" || return 1
        read -r -t 0.02 <> <(:) || true
    done
    silent_port=$(cat "$TEST_DIR/port")
}

@test "no journal, a wrong passphrase, no passphrase" {
    refused 10 'no journal' nowhere list
    [ ! -e "$TEST_DIR/nowhere" ]
    new_journal laptop
    rb laptop note kept
    printf wrong >"$TEST_DIR/wrong"
    REBOUND_PASSPHRASE_FILE=$TEST_DIR/wrong refused 12 'passphrase is wrong' laptop list
    REBOUND_PASSPHRASE_FILE=$TEST_DIR/wrong refused 12 'passphrase is wrong' laptop note lost
    : >"$TEST_DIR/empty"
    REBOUND_PASSPHRASE_FILE=$TEST_DIR/empty refused 20 '' laptop list || REBOUND_PASSPHRASE_FILE=$TEST_DIR/empty refused 12 '' laptop list
    unset REBOUND_PASSPHRASE_FILE
    refused 11 'locked' laptop list --no-input
    [ "$(REBOUND_PASSPHRASE_FILE=$TEST_DIR/passphrase entries laptop)" -eq 1 ]
}

@test "a journal is not made where one is" {
    new_journal laptop
    rb laptop note kept
    run rb laptop init --device again --kdf-memory 64 --phrase-out 8 8>/dev/null
    [ "$status" -eq 2 ]
    [ "$(entries laptop)" -eq 1 ]
}

@test "files of a newer version are named as that, and left as they are" {
    new_journal laptop
    rb laptop note kept
    for file in key journal.db; do # both have their version at byte 7
        cp "$TEST_DIR/laptop/$file" "$TEST_DIR/$file"
        poke "$TEST_DIR/laptop/$file" 7 02
        sum=$(sha256sum "$TEST_DIR/laptop/$file")
        refused 18 'newer version' laptop list
        refused 18 'newer version' laptop note lost
        [ "$(sha256sum "$TEST_DIR/laptop/$file")" = "$sum" ]
        cp "$TEST_DIR/$file" "$TEST_DIR/laptop/$file"
    done
    [ "$(entries laptop)" -eq 1 ]
}

@test "a damaged journal is named as damaged, wherever it is, and never shows wrong words" {
    new_journal laptop
    for i in $(seq 30); do printf 'entry %s of some that fill pages. ' "$i"; done >"$TEST_DIR/text"
    for i in 1 2 3 4; do rb laptop note - <"$TEST_DIR/text"; done
    rb laptop --json list --all >"$TEST_DIR/right"
    cp -r "$TEST_DIR/laptop" "$TEST_DIR/sound"
    size=$(stat -c %s "$TEST_DIR/laptop/journal.db")
    for at in 0 100 4090 4100 $((size / 2)) $((size - 4096)) $((size - 1)); do
        cp "$TEST_DIR/sound/journal.db" "$TEST_DIR/laptop/journal.db"
        was=$(od -An -tx1 -j "$at" -N 1 "$TEST_DIR/laptop/journal.db" | tr -d ' ')
        poke "$TEST_DIR/laptop/journal.db" "$at" "$(printf %02x $((0x$was ^ 0x41)))"
        run rb laptop check
        [ "$status" -eq 18 ]
        run --separate-stderr rb laptop --json list --all
        [ "$status" -eq 18 ] || [ "$output" = "$(cat "$TEST_DIR/right")" ]
    done
    for length in 0 1 4096 $((size / 2)) $((size - 1)); do
        cp "$TEST_DIR/sound/journal.db" "$TEST_DIR/laptop/journal.db"
        truncate -s "$length" "$TEST_DIR/laptop/journal.db"
        run rb laptop list
        [ "$status" -eq 18 ]
    done
    cp "$TEST_DIR/sound/journal.db" "$TEST_DIR/laptop/journal.db"
    truncate -s 100 "$TEST_DIR/laptop/key"
    refused 18 'key file' laptop list
    : >"$TEST_DIR/laptop/key"
    refused 18 'key file' laptop list
}

@test "a full disk saves nothing half and says so, and the same disk with room goes on" {
    if [[ $EUID -ne 0 ]] || ! { mkdir "$TEST_DIR/small" && mount -t tmpfs -o size=600k none "$TEST_DIR/small" 2>/dev/null; }; then
        skip 'a disk of its own needs root'
    fi
    new_journal small/laptop
    for i in $(seq 300); do printf 'a line that takes room on a disk, number %s\n' "$i$RANDOM$RANDOM"; done >"$TEST_DIR/text"
    saved=0
    while rb small/laptop note - <"$TEST_DIR/text" >/dev/null 2>"$TEST_DIR/why"; do
        saved=$((saved + 1))
        [ "$saved" -lt 100 ]
    done
    cat "$TEST_DIR/why"
    refused 19 'space' small/laptop note - <"$TEST_DIR/text"
    [ "$(entries small/laptop)" -eq "$saved" ]
    mount -o remount,size=5m "$TEST_DIR/small"
    rb small/laptop note - <"$TEST_DIR/text"
    [ "$(entries small/laptop)" -eq $((saved + 1)) ]
    run rb small/laptop check
    [ "$status" -eq 0 ]
}

@test "servers that cannot be reached are told apart, and nothing is lost" {
    new_journal laptop
    refused 14 'name was not found' laptop connect "rebound://no-such-host.invalid/$a_key"
    refused 14 'refused' laptop connect "rebound://127.0.0.1:1/$a_key"
    silent_listener
    refused 14 'did not answer in time' laptop connect "rebound://127.0.0.1:$silent_port/$a_key"
    kill "$listener_pid"
    start_server
    port=${server_link##*:}
    refused 17 "key is not the one" laptop connect "rebound://127.0.0.1:${port%%/*}/$a_key"
    refused 20 "server's key" laptop connect "${server_link%/*}"
    refused 20 'link begins' laptop connect "http://127.0.0.1/"
    [ "$(rb laptop --json status | jq -r .server)" = null ]

    rb laptop connect "$server_invite"
    stop_server
    run --separate-stderr rb laptop note 'while it is down'
    [ "$status" -eq 0 ]
    [[ $stderr == *'waits for the server'* ]]
    refused 14 'refused' laptop sync
    silent_listener "${port%%/*}"
    refused 14 'did not answer in time' laptop sync
    kill "$listener_pid"
    wait "$listener_pid" || true
    start_server "${port%%/*}"
    run rb laptop sync
    [ "$status" -eq 0 ]
    [ "$(rb laptop --json status | jq .unsent)" -eq 0 ]
}

@test "an invite that was used, has expired, was never made, or is missing" {
    start_server
    new_journal one
    new_journal two
    refused 15 'invite' one connect "$server_link"
    rb one connect "$server_invite"
    refused 12 'invite' two connect "$server_invite"
    refused 12 'invite' two connect "$server_link.iAAAAAAAAAAAAAAAAAAAAAA"
    [ "$(rb two --json status | jq -r .server)" = null ]
    rb two connect "$("$REBOUNDD" invite --data "$TEST_DIR/server")"
}

# begin_link DEVICE: shows a code in the background; $code, $link_pid.
begin_link() {
    : >"$TEST_DIR/link.out"
    rb "$1" link >"$TEST_DIR/link.out" 2>"$TEST_DIR/link.err" 3>&- &
    link_pid=$!
    until [[ $(wc -l <"$TEST_DIR/link.out") -ge 1 ]]; do
        kill -0 "$link_pid" || return 1
        read -r -t 0.02 <> <(:) || true
    done
    read -r _ _ code _ <"$TEST_DIR/link.out"
}

@test "a short code that is wrong, mistyped, spent or unknown brings nobody in" {
    start_server
    new_journal laptop --server "$server_invite"
    server=${server_link#rebound://}
    server=${server%%/*}
    begin_link laptop
    refused 12 'not in the list' phone join "${code%%-*}-qqqq-${code#*-*-}" --server "$server" --kdf-memory 64
    [ ! -e "$TEST_DIR/phone" ]
    # Another code with the same number: the first one is spent on both sides.
    other=acid
    [[ $code == *-acid* ]] && other=river
    refused 12 '' phone join "${code%%-*}-$other-$other-$other" --server "$server" --kdf-memory 64
    [ ! -e "$TEST_DIR/phone" ]
    run wait "$link_pid"
    refused 12 '' phone join "$code" --server "$server" --kdf-memory 64
    [ ! -e "$TEST_DIR/phone" ]
    [ "$(rb laptop --json devices | jq '[.devices[] | select(.recovery | not)] | length')" -eq 1 ]
}

@test "recovery words that are wrong: which, how many, or that they do not fit" {
    start_server
    new_journal laptop --server "$server_invite"
    rb laptop note 'to be found again'
    words=$(cat "$TEST_DIR/laptop.words")
    recover() {
        printf '%s\n' "$1" >"$TEST_DIR/typed"
        shift
        refused "$@" new recover --server "$server_link" --phrase-file "$TEST_DIR/typed" --kdf-memory 64
    }
    read -r -a list <<<"$words"
    recover "${words/${list[4]}/qqqq}" 12 'Word 5 '
    recover "${list[*]:0:23}" 12 '23'
    recover "${list[1]} ${list[0]} ${list[*]:2}" 12 'do not fit'
    recover '' 20 '' || recover '' 12 ''
    [ ! -e "$TEST_DIR/new" ]
    printf '%s\n' "${words^^}" >"$TEST_DIR/typed"
    rb new recover --server "$server_link" --phrase-file "$TEST_DIR/typed" --kdf-memory 64 --device new
    [ "$(rb new --json search found | jq .total)" -eq 1 ]
}

@test "ids that fit none, several, or are none" {
    new_journal laptop
    for i in $(seq 40); do printf '{"title":"n%s","body":"","date":"2026-01-01"},' "$i"; done |
        sed 's/^/{"tags":{},"entries":[/; s/,$/]}/' >"$TEST_DIR/many.json"
    rb laptop import "$TEST_DIR/many.json" --format jrnl
    refused 13 'begins with ffffffffffff' laptop show ffffffffffff
    refused 20 '4 digits' laptop show 12
    refused 20 '' laptop show 'no id'
    refused 13 '@99' laptop show @99
    refused 13 '' laptop delete ffffffffffff
    [ "$(entries laptop)" -eq 40 ]
}

@test "an id that fits several is answered with the candidates" {
    new_journal laptop
    cat >"$TEST_DIR/two.json" <<'JSON'
{"format":"rebound","version":1,"entries":[
{"id":"abcd000000000000000000000000000a","kind":"note","fields":{"text":"the first"}},
{"id":"abcd000000000000000000000000000b","kind":"note","fields":{"text":"the second"}}]}
JSON
    rb laptop import "$TEST_DIR/two.json"
    refused 13 'abcd0000' laptop show abcd
    refused 13 'abcd0000' laptop delete abcd00
    [ "$(entries laptop)" -eq 2 ]
    [ "$(rb laptop --json show abcd000000000000000000000000000b | jq -r .entry.fields.text)" = 'the second' ]
}

@test "text that is empty, not UTF-8, or too large" {
    new_journal laptop
    refused 20 'empty' laptop note ''
    refused 20 'empty' laptop note '   '
    refused 20 'UTF-8' laptop note $'caf\xe9'
    head -c 10000000 /dev/zero | tr '\0' x >"$TEST_DIR/large"
    refused 20 '256 KiB' laptop note - <"$TEST_DIR/large"
    printf 'a\0b' >"$TEST_DIR/nul"
    refused 20 '' laptop note - <"$TEST_DIR/nul"
    refused 20 '' laptop feel sad 11
    refused 20 '' laptop setback 'x' --kind dreadful
    [ "$(entries laptop)" -eq 0 ]
    rb laptop note kept
    id=$(id_of laptop kept)
    refused 20 'UTF-8' laptop edit "$id" --text $'\xff'
    refused 20 '256 KiB' laptop edit "$id" --text - <"$TEST_DIR/large"
    [ "$(rb laptop --json show "$id" | jq -r .entry.fields.text)" = kept ]
}

@test "commands and options that there are not" {
    new_journal laptop
    refused 2 'Did you mean' laptop notte hi
    refused 2 'Did you mean' laptop list --lmit 3
    refused 2 '' laptop list --limit
    refused 2 '' laptop list --limit many
    refused 2 '' laptop show
    refused 2 '' laptop sync now please
}
