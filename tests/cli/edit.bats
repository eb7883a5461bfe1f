#!/usr/bin/env bats
# Editing in the person's own editor.

load journals

setup() {
    setup_world
    export XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/runtime
    mkdir -m 0700 "$XDG_RUNTIME_DIR"
    new_journal laptop
    rb laptop note 'as it was'
    id=$(id_of laptop was)
}

editor() { # BODY: a script that gets the file as $1
    printf '#!/bin/sh\n%s\n' "$1" >"$TEST_DIR/editor"
    chmod +x "$TEST_DIR/editor"
    export EDITOR=$TEST_DIR/editor
}

drafts() {
    find /dev/shm "${TMPDIR:-/tmp}" "$XDG_RUNTIME_DIR" -maxdepth 1 -name 'rebound-draft.*' -user "$(id -u)" -newer "$TEST_DIR/passphrase" 2>/dev/null
}

@test "the editor gets the text in a folder of 0700, and what it writes is saved" {
    editor 'stat -c %a "$(dirname "$1")" >'"$TEST_DIR"'/mode; stat -c %a "$1" >>'"$TEST_DIR"'/mode; cat "$1" >'"$TEST_DIR"'/seen; echo "as it is" >"$1"'
    rb laptop edit "$id"
    [ "$(cat "$TEST_DIR/mode")" = "$(printf '700\n600')" ]
    [ "$(cat "$TEST_DIR/seen")" = 'as it was' ]
    [ "$(rb laptop --json show "$id" | jq -r .entry.fields.text)" = 'as it is' ]
    [ -z "$(drafts)" ]
}

@test "an unchanged text changes nothing" {
    editor true
    run rb laptop edit "$id"
    [ "$status" -eq 0 ]
    [ "$output" = 'Nothing was changed.' ]
    [ "$(rb laptop --json history "$id" | jq '.versions | length')" -eq 1 ]
    [ -z "$(drafts)" ]
}

@test "when the editor fails nothing is saved, and the draft is offered again" {
    editor 'echo "half a thought" >"$1"; exit 1'
    run rb laptop edit "$id"
    [ "$status" -eq 1 ]
    [[ $output == *'kept'* ]]
    [ "$(rb laptop --json show "$id" | jq -r .entry.fields.text)" = 'as it was' ]
    [ -n "$(drafts)" ]
    editor 'cat "$1" >'"$TEST_DIR"'/seen'
    rb laptop --yes edit "$id"
    [ "$(cat "$TEST_DIR/seen")" = 'half a thought' ]
    [ "$(rb laptop --json show "$id" | jq -r .entry.fields.text)" = 'half a thought' ]
    [ -z "$(drafts)" ]
}

@test "title and text are edited together" {
    rb laptop setback 'What happened' --text 'At length.'
    setback=$(id_of laptop 'What happened')
    editor 'printf "Another title\n\nOther words.\n" >"$1"'
    rb laptop setback edit "$setback"
    [ "$(rb laptop --json show "$setback" | jq -r .entry.fields.title)" = 'Another title' ]
    [ "$(rb laptop --json show "$setback" | jq -r .entry.fields.text)" = 'Other words.' ]
}

@test "a text with a NUL in it is refused and kept, not cut short" {
    editor 'printf "before\\0after\n" >"$1"'
    run rb laptop edit "$id"
    [ "$status" -ne 0 ]
    [ "$(rb laptop --json show "$id" | jq -r .entry.fields.text)" = 'as it was' ]
    [ -n "$(drafts)" ]
    editor 'printf "before after\n" >"$1"'
    rb laptop --yes edit "$id"
    [ "$(rb laptop --json show "$id" | jq -r .entry.fields.text)" = 'before after' ]
}

@test "line ends of another system's editor do not end up in the title" {
    rb laptop setback 'What happened' --text 'At length.'
    setback=$(id_of laptop 'What happened')
    editor 'printf "Another title\r\n\r\nOther words.\r\n" >"$1"'
    rb laptop setback edit "$setback"
    [ "$(rb laptop --json show "$setback" | jq -r .entry.fields.title)" = 'Another title' ]
    [ "$(rb laptop --json show "$setback" | jq -r .entry.fields.text)" = 'Other words.' ]
}

@test "an editor that is not there is said, and nothing is lost" {
    export EDITOR=/nonexistent/editor
    run rb laptop edit "$id"
    [ "$status" -eq 1 ]
    [ "$(rb laptop --json show "$id" | jq -r .entry.fields.text)" = 'as it was' ]
}
