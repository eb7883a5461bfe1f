#!/usr/bin/env bats
# Several devices of one account, through a real server: in, in step, in conflict, out, and back with the words.

bats_require_minimum_version 1.5.0
load journals

setup() {
    setup_world
    start_server
    new_journal laptop --server "$server_invite"
    server=${server_link#rebound://}
    server=${server%%/*}
}

teardown() {
    if [[ -n ${watch_pid:-} ]]; then kill -9 "$watch_pid" 2>/dev/null || true; fi
    stop_server
}

texts() { rb "$1" --json list --all | jq -c '[.entries[].fields.text] | sort'; }

@test "what one device writes the other reads, and each knows the other by name" {
    rb laptop note 'from the laptop'
    join_device laptop phone
    rb phone note 'from the phone'
    rb laptop sync
    [ "$(texts laptop)" = '["from the laptop","from the phone"]' ]
    [ "$(texts phone)" = '["from the laptop","from the phone"]' ]
    [ "$(rb laptop --json devices | jq -c '[.devices[] | select(.recovery | not) | .name] | sort')" = '["laptop","phone"]' ]
    [ "$(rb laptop --json show "$(id_of laptop 'from the phone')" | jq -r .entry.device)" = phone ]
    run rb laptop sync
    [[ $output == *'in step'* ]]
}

@test "status tells what waits, and when the server was last heard, after a command that only sent as well" {
    [ "$(rb laptop --json status | jq .last_sync)" != null ]
    rb laptop note 'sent at once'
    [ "$(rb laptop --json status | jq .unsent)" -eq 0 ]
    rb laptop --offline note 'waits'
    [ "$(rb laptop --json status | jq .unsent)" -eq 1 ]
    rb laptop settings sync manual
    rb laptop note 'waits too'
    [ "$(rb laptop --json status | jq .unsent)" -eq 2 ]
    rb laptop sync
    [ "$(rb laptop --json status | jq .unsent)" -eq 0 ]
}

@test "the same words changed on two devices: both stay until one is chosen" {
    rb laptop note 'the first words'
    id=$(id_of laptop first)
    join_device laptop phone
    rb laptop --offline edit "$id" --text 'the words of the laptop'
    rb phone --offline edit "$id" --text 'what the phone says'
    rb laptop sync
    rb phone sync
    rb laptop sync
    for device in laptop phone; do
        [ "$(rb "$device" --json conflicts | jq -r '.conflicts[0].id')" = "$id" ]
        [ "$(rb "$device" --json status | jq .conflicts)" -eq 1 ]
        run rb "$device" show "$id"
        [[ $output == *'the words of the laptop'* && $output == *'what the phone says'* ]]
    done
    rb laptop conflicts resolve "$id" --keep 1
    rb phone sync
    [ "$(rb phone --json conflicts | jq '.conflicts | length')" -eq 0 ]
    [ "$(texts laptop)" = "$(texts phone)" ]
}

@test "different fields and lines changed on two devices come together" {
    rb laptop setback 'The launch' --kind failed-project --text $'one\ntwo\nthree\nfour\nfive'
    id=$(id_of laptop launch)
    join_device laptop phone
    rb laptop --offline edit "$id" --text $'ONE\ntwo\nthree\nfour\nfive' --tag a
    rb phone --offline edit "$id" --text $'one\ntwo\nthree\nfour\nFIVE' --tag b
    rb laptop sync
    rb phone sync
    rb laptop sync
    for device in laptop phone; do
        [ "$(rb "$device" --json show "$id" | jq -r .entry.fields.text)" = $'ONE\ntwo\nthree\nfour\nFIVE' ]
        [ "$(rb "$device" --json show "$id" | jq -c '.entry.fields.tags')" = '["a","b"]' ]
    done
}

@test "what is deleted on one device and changed on the other comes back, and says so" {
    rb laptop note 'to be or not'
    id=$(id_of laptop be)
    join_device laptop phone
    rb laptop --offline delete "$id"
    rb phone --offline edit "$id" --text 'to be'
    rb laptop sync
    rb phone sync
    rb laptop sync
    [ "$(rb laptop --json show "$id" | jq -c '[.entry.trashed, .entry.revived, .entry.fields.text]')" = '[false,true,"to be"]' ]
}

@test "a device that is revoked is told so, keeps what it has, and is heard no more" {
    join_device laptop phone
    rb laptop note 'before'
    rb phone sync
    rb laptop devices revoke phone
    [ "$(rb laptop --json devices | jq -r '.devices[] | select(.name == "phone") | .revoked')" = true ]
    rb laptop note 'after'
    rb phone note 'from outside'
    run --separate-stderr rb phone sync
    [ "$status" -eq 15 ]
    [[ $stderr == *'does not let this device in'* ]]
    [ "$(texts phone)" = '["before","from outside"]' ]
    rb laptop sync
    [ "$(texts laptop)" = '["after","before"]' ]
    run --separate-stderr rb laptop devices revoke nobody
    [ "$status" -eq 13 ]
}

@test "with the words alone a new device has the journal, and revokes the one that was lost" {
    rb laptop note 'worth keeping'
    printf '%s\n' "$(cat "$TEST_DIR/laptop.words")" >"$TEST_DIR/words"
    run rb new recover --server "$server_link" --phrase-file "$TEST_DIR/words" --device new --kdf-memory 64
    [ "$status" -eq 0 ]
    [[ $output == *laptop* ]]
    [ "$(texts new)" = '["worth keeping"]' ]
    rb new devices revoke laptop
    run rb laptop sync
    [ "$status" -eq 15 ]
    rb new note 'going on'
    [ "$(texts new)" = '["going on","worth keeping"]' ]
}

# wait_for_line FILE WORDS: while the program that writes it runs.
wait_for_line() {
    until grep -qs -- "$2" "$1"; do
        kill -0 "$watch_pid" || return 1
        read -r -t 0.02 <> <(:) || true
    done
}

@test "sync --watch shows what the other device writes, sends what other commands save, and ends when the journal is locked" {
    join_device laptop phone
    "$REBOUND" --vault "$TEST_DIR/laptop" --json sync --watch >"$TEST_DIR/watch.out" 2>"$TEST_DIR/watch.err" 3>&- &
    watch_pid=$!
    wait_for_line "$TEST_DIR/watch.out" '"connected"'
    rb phone note 'look up'
    wait_for_line "$TEST_DIR/watch.out" 'look up'
    jq -e . <"$TEST_DIR/watch.out" >/dev/null
    rb laptop note 'out through the watch'
    rb phone sync
    [ "$(texts phone)" = '["look up","out through the watch"]' ]
    [ "$(rb laptop --json status | jq .unsent)" -eq 0 ]
    rb laptop lock
    run wait "$watch_pid"
    until ! kill -0 "$watch_pid" 2>/dev/null; do read -r -t 0.02 <> <(:) || true; done
    watch_pid=''
}

@test "sync --watch ends quietly when it is told to" {
    for signal in INT TERM; do
        rm -f "$TEST_DIR/watch.out"
        # A shell has its background jobs ignore the first.
        env --default-signal=INT "$REBOUND" --vault "$TEST_DIR/laptop" --json sync --watch >"$TEST_DIR/watch.out" 2>"$TEST_DIR/watch.err" 3>&- &
        watch_pid=$!
        wait_for_line "$TEST_DIR/watch.out" '"connected"'
        kill "-$signal" "$watch_pid"
        ended=0
        wait "$watch_pid" || ended=$?
        [ "$ended" -eq 0 ] || [ "$ended" -eq 130 ] || {
            cat "$TEST_DIR/watch.err"
            printf 'it ended with %s\n' "$ended"
            return 1
        }
        watch_pid=''
        [ ! -s "$TEST_DIR/watch.err" ] || ! grep -qi 'lost\|error' "$TEST_DIR/watch.err"
    done
}

@test "a server that was down for a while, and one that comes back from a backup, lose nothing" {
    join_device laptop phone
    rb laptop note 'one'
    rb phone sync
    port=${server##*:}
    stop_server
    cp -r "$TEST_DIR/server" "$TEST_DIR/backup"
    start_server "$port"
    rb laptop note 'after the backup'
    rb phone sync
    stop_server
    rm -rf "$TEST_DIR/server"
    mv "$TEST_DIR/backup" "$TEST_DIR/server"
    start_server "$port"
    # It is behind what both have signed: named, and made good by who has it.
    run rb laptop sync
    [ "$status" -eq 0 ] || [ "$status" -eq 16 ]
    run rb phone sync
    [ "$status" -eq 0 ] || [ "$status" -eq 16 ]
    run rb laptop sync
    [ "$(texts laptop)" = '["after the backup","one"]' ]
    [ "$(texts phone)" = '["after the backup","one"]' ]
    [ "$(rb laptop --json status | jq '.findings | length')" -ge 1 ] || [ "$(rb phone --json status | jq '.findings | length')" -ge 1 ]
}

@test "a vault that was copied and written on twice: one number signed twice is proof, named and exported" {
    join_device laptop phone
    cp -r "$TEST_DIR/phone" "$TEST_DIR/copy"
    # The two go different ways, each on a server of its own.
    port=${server##*:}
    stop_server
    cp -r "$TEST_DIR/server" "$TEST_DIR/twin"
    start_server "$port"
    rb phone note 'one way'
    stop_server
    mv "$TEST_DIR/server" "$TEST_DIR/first"
    mv "$TEST_DIR/twin" "$TEST_DIR/server"
    start_server "$port"
    rb copy note 'the other way'
    rb laptop sync
    stop_server
    mv "$TEST_DIR/server" "$TEST_DIR/second"
    mv "$TEST_DIR/first" "$TEST_DIR/server"
    start_server "$port"
    run --separate-stderr rb laptop sync
    [ "$status" -eq 16 ]
    run rb laptop evidence
    [[ $output == *phone* ]]
    [ "$(rb laptop --json evidence | jq '[.findings[] | select(.evidence)] | length')" -ge 1 ]
    rb laptop evidence export "$TEST_DIR/fork.txt"
    run "$REBOUND" check --evidence "$TEST_DIR/fork.txt"
    [ "$status" -eq 0 ]
    [[ $output == *'two'* ]]
    sed 's/A/B/' "$TEST_DIR/fork.txt" >"$TEST_DIR/forged.txt"
    run "$REBOUND" check --evidence "$TEST_DIR/forged.txt"
    [ "$status" -ne 0 ]
    # Nothing that was written is shown wrong, and the laptop goes on.
    rb laptop note 'going on' 2>/dev/null
    [ "$(rb laptop --json search 'going on' | jq .total)" -eq 1 ]
    # The proof has no word of what was written, neither as it stands nor within its base64.
    sed '/^-/d' "$TEST_DIR/fork.txt" | base64 -d >"$TEST_DIR/fork.bin"
    [ -s "$TEST_DIR/fork.bin" ]
    run grep -aE 'one way|the other way' "$TEST_DIR/fork.txt" "$TEST_DIR/fork.bin"
    [ "$status" -eq 1 ]
}
