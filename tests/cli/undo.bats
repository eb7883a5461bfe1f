#!/usr/bin/env bats
# Undo on one of two devices, once the other has what is undone; and where the trash says who deleted.

load journals

setup() {
    setup_world
    start_server
    new_journal laptop --server "$server_invite"
    join_device laptop phone
}

teardown() { stop_server; }

# in_step: each has what the other has.
in_step() {
    rb laptop sync >/dev/null
    rb phone sync >/dev/null
    rb laptop sync >/dev/null
}

field() { rb "$1" --json show "$2" | jq -r ".entry.fields.$3"; }

@test "an undo after the other device has synced takes it back on both" {
    rb laptop note 'as it was'
    id=$(id_of laptop was)
    rb laptop edit "$id" --text 'as it is'
    in_step
    [ "$(field phone "$id" text)" = 'as it is' ]
    rb laptop undo
    in_step
    for device in laptop phone; do [ "$(field $device "$id" text)" = 'as it was' ]; done
    rb laptop undo
    in_step
    for device in laptop phone; do [ "$(rb $device --json list | jq .total)" -eq 0 ]; done
}

@test "what the other device changed since in the same entry stays" {
    rb laptop setback 'The launch' --kind failed-project --text before
    id=$(id_of laptop launch)
    in_step
    rb laptop edit "$id" --text after
    in_step
    rb phone edit "$id" --title 'The second launch'
    in_step
    rb laptop undo
    in_step
    for device in laptop phone; do
        [ "$(field $device "$id" text)" = before ]
        [ "$(field $device "$id" title)" = 'The second launch' ]
    done
}

@test "where the other device changed the same field, undo says so and takes nothing from it" {
    rb laptop note before
    id=$(id_of laptop before)
    rb laptop edit "$id" --text middle
    in_step
    rb phone edit "$id" --text theirs
    in_step
    run rb laptop undo
    [ "$status" -ne 0 ]
    in_step
    for device in laptop phone; do [ "$(field $device "$id" text)" = theirs ]; done
}

@test "a delete, a tag and a step done are undone on both" {
    rb laptop note 'to keep'
    rb laptop step 'Ask Sam'
    note=$(id_of laptop keep)
    step=$(id_of laptop Sam)
    in_step
    rb laptop delete "$note"
    in_step
    [ "$(rb phone --json trash | jq .total)" -eq 1 ]
    rb laptop undo
    in_step
    [ "$(rb phone --json trash | jq .total)" -eq 0 ]
    rb laptop tag "$note" sleep
    in_step
    [ "$(rb phone --json list --tag sleep | jq .total)" -eq 1 ]
    rb laptop undo
    in_step
    [ "$(rb phone --json list --tag sleep | jq .total)" -eq 0 ]
    rb laptop step done "$step"
    in_step
    [ "$(field phone "$step" state)" = 'done' ]
    rb laptop undo
    in_step
    [ "$(field phone "$step" state)" != 'done' ]
}

@test "an attachment is gone after undo, and back after the undo of detach" {
    rb laptop note 'the letter'
    id=$(id_of laptop letter)
    printf 'We regret' >"$TEST_DIR/letter.txt"
    rb laptop attach "$id" "$TEST_DIR/letter.txt"
    in_step
    [ "$(rb phone --json list --about "$id" | jq .total)" -eq 1 ]
    file=$(rb phone --json list --about "$id" | jq -r '.entries[0].id')
    rb laptop detach "$file"
    in_step
    [ "$(rb phone --json trash | jq .total)" -eq 1 ]
    rb laptop undo
    in_step
    [ "$(rb phone --json trash | jq .total)" -eq 0 ]
    rb laptop undo
    in_step
    [ "$(rb phone --json trash | jq .total)" -eq 1 ]
}

@test "an import is one change, also for the other device" {
    printf '[2026-11-01 09:00] One thing.\n\n[2026-11-02 09:00] Another.\n' >"$TEST_DIR/old.txt"
    rb laptop import --format jrnl-text "$TEST_DIR/old.txt"
    in_step
    [ "$(rb phone --json list | jq .total)" -eq 2 ]
    rb laptop undo
    in_step
    [ "$(rb phone --json list | jq .total)" -eq 0 ]
}

@test "the trash says when and on which device each was deleted" {
    rb laptop note 'to go'
    rb laptop note 'to stay'
    id=$(id_of laptop go)
    in_step
    rb phone delete "$id"
    in_step
    for device in laptop phone; do
        run rb $device trash
        [[ $output == *"deleted $(date +%Y)-"*' on phone'* ]]
        run rb $device --json trash
        [ "$(jq -r '.entries[0].deleted_on' <<<"$output")" = phone ]
        [ "$(jq -r '.entries[0].deleted[:4]' <<<"$output")" = "$(date -u +%Y)" ]
    done
    [ "$(rb laptop --json show "$(id_of laptop stay)" | jq '.entry | has("deleted")')" = false ]
}

@test "a practice that was noted after the other device has synced is undone on both, and what it did since stays" {
    rb laptop grow 'Say what I need, early' --area leadership
    grow=$(id_of laptop 'need early')
    rb laptop grow did "$grow" 'Asked in the stand-up'
    in_step
    practices() { rb "$1" --json show "$grow" | jq -r '[.. | objects | select(.kind? == "practice") | .id] | unique | length'; }
    for device in laptop phone; do [ "$(practices $device)" -eq 1 ]; done
    rb phone grow did "$grow" 'Asked again'
    in_step
    for device in laptop phone; do [ "$(practices $device)" -eq 2 ]; done
    rb laptop undo
    in_step
    for device in laptop phone; do
        [ "$(practices $device)" -eq 1 ]
        [[ $(rb $device show "$grow") == *'Asked again'* && $(rb $device show "$grow") != *stand-up* ]]
        [ "$(field $device "$grow" title)" = 'Say what I need, early' ]
    done
    rb phone undo
    in_step
    for device in laptop phone; do [ "$(practices $device)" -eq 0 ]; done
    rb laptop undo # the goal itself
    in_step
    for device in laptop phone; do [ "$(rb $device --json list --kind grow | jq .total)" -eq 0 ]; done
}
