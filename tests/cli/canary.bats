#!/usr/bin/env bats
# Nothing that was written, no key, no code, no name stands where it must not: in the server's files, on the wire, in the vault's
# files at rest and during an open transaction, in logs, in what other commands print.

load journals

setup() {
    setup_world
    words=$TEST_DIR/words-to-find
}

teardown() {
    exec 4>&- 5>&- || true
    stop_server
    [[ -z ${relay_pid:-} ]] || wait "$relay_pid" 2>/dev/null || true
}

# A relay before the server that keeps every byte; $relayed is a link through it.
start_relay() {
    local port=${server_link##*:}
    mkfifo "$TEST_DIR/relay.in"
    "$RELAY" "${port%%/*}" "$TEST_DIR/capture" <"$TEST_DIR/relay.in" >"$TEST_DIR/relay.out" 3>&- &
    relay_pid=$!
    exec 4>"$TEST_DIR/relay.in"
    until [[ -s $TEST_DIR/relay.out ]]; do
        kill -0 "$relay_pid" || return 1
        read -r -t 0.02 <> <(:) || true
    done
    relayed=${server_invite/:${port%%/*}\//:$(head -n 1 "$TEST_DIR/relay.out")\/}
}

@test "the scan finds each dress that a word could wear" {
    mkdir "$TEST_DIR/planted"
    run "$CANARY" --self-test "$TEST_DIR/planted"
    [ "$status" -eq 0 ]
}

@test "what two devices write, sync, edit and delete stands nowhere outside" {
    start_server
    start_relay
    new_journal laptop --server "$relayed"
    join_device laptop phone
    rb laptop setback 'marigold-setback-title' --text 'thistledown-setback-body' --kind job-loss --tag 'juniper-tag'
    rb laptop contact add 'Hyacinth Kowalczyk' --reach 'larkspur@example.org'
    id=$(id_of laptop marigold-setback-title)
    rb phone sync
    rb phone edit "$id" --text 'foxglove-edited-body'
    rb phone note 'buttercup-deleted-note'
    rb phone delete "$(id_of phone buttercup-deleted-note)"
    rb laptop sync
    rb laptop search marigold-setback-title
    [ "$(rb laptop --json show "$id" | jq -r .entry.fields.text)" = foxglove-edited-body ]
    rb laptop status >"$TEST_DIR/printed"
    rb laptop doctor >>"$TEST_DIR/printed"
    rb laptop devices >"$TEST_DIR/devices.txt"
    exec 4>&-
    wait "$relay_pid"
    stop_server

    {
        printf '%s\n' marigold-setback-title thistledown-setback-body juniper-tag 'Hyacinth Kowalczyk' larkspur@example.org \
            foxglove-edited-body buttercup-deleted-note job-loss setback
        cat "$TEST_DIR/passphrase"
        printf '\n'
        cut -d ' ' -f 1-4 "$TEST_DIR/laptop.words"
        cut -d ' ' -f 21-24 "$TEST_DIR/laptop.words"
        sed -E 's/.*join [0-9]+-([a-z-]+).*/\1/; 1q' "$TEST_DIR/link.out"
    } >"$words"
    [ -s "$TEST_DIR/capture" ]
    [ "$(stat -c %s "$TEST_DIR/capture")" -gt 10000 ]
    run "$CANARY" "$words" "$TEST_DIR/server" "$TEST_DIR/server.out" "$TEST_DIR/server.err" "$TEST_DIR/capture" \
        "$TEST_DIR/laptop" "$TEST_DIR/phone" "$TEST_DIR/printed"
    printf '%s\n' "$output"
    [ "$status" -eq 0 ]
    # ...and the scan would have seen them: what is shown holds them.
    rb laptop --json list --all >"$TEST_DIR/shown"
    run "$CANARY" "$words" "$TEST_DIR/shown"
    [ "$status" -eq 1 ]
}

@test "nothing stands in the vault's files while a transaction is open" {
    new_journal laptop
    for i in $(seq 10); do rb laptop note "periwinkle-at-rest number $i"; done
    mkfifo "$TEST_DIR/hold.in"
    "$HOLD_TRANSACTION" "$TEST_DIR/laptop" "$TEST_DIR/passphrase" 'snapdragon-in-flight' <"$TEST_DIR/hold.in" >"$TEST_DIR/hold.out" 3>&- &
    hold_pid=$!
    exec 5>"$TEST_DIR/hold.in"
    until [[ -s $TEST_DIR/hold.out ]]; do
        kill -0 "$hold_pid" || return 1
        read -r -t 0.02 <> <(:) || true
    done
    [ -s "$TEST_DIR/laptop/journal.db-journal" ]
    printf '%s\n' periwinkle-at-rest snapdragon-in-flight 'SQLite format 3' 'CREATE TABLE' "$(cat "$TEST_DIR/passphrase")" >"$words"
    run "$CANARY" "$words" "$TEST_DIR/laptop"
    printf '%s\n' "$output"
    [ "$status" -eq 0 ]
    exec 5>&-
    wait "$hold_pid"
}

@test "no secret stands in the arguments or the environment of a running program" {
    start_server
    new_journal laptop --server "$server_invite"
    rb laptop link >"$TEST_DIR/link.out" 2>/dev/null 3>&- &
    link_pid=$!
    until [[ -s $TEST_DIR/link.out ]]; do
        kill -0 "$link_pid" || return 1
        read -r -t 0.02 <> <(:) || true
    done
    # Of a program that keeps others of its user out, root alone sees the environment.
    for pid in "$link_pid" "$server_pid"; do
        cat "/proc/$pid/cmdline"
        if [[ $EUID -eq 0 ]]; then cat "/proc/$pid/environ"; else ! cat "/proc/$pid/environ" 2>/dev/null; fi
    done >"$TEST_DIR/seen"
    {
        cat "$TEST_DIR/passphrase"
        printf '\n'
        sed -E 's/.*join [0-9]+-([a-z-]+).*/\1/; 1q' "$TEST_DIR/link.out"
        cut -d ' ' -f 1-4 "$TEST_DIR/laptop.words"
    } >"$words"
    kill "$link_pid"
    wait "$link_pid" || true
    run "$CANARY" "$words" "$TEST_DIR/seen"
    [ "$status" -eq 0 ]
}
