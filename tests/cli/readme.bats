#!/usr/bin/env bats
# What README tells a person to type does what it says: its commands, read from it, run in order.

bats_require_minimum_version 1.5.0
load journals

setup() {
    setup_world
    readme=$BATS_TEST_DIRNAME/../../README.md
    start_server
    server=${server_link#rebound://}
    mkdir "$TEST_DIR/bin"
    printf '#!/bin/sh\nexec "%s" --vault "%s" "$@"\n' "$REBOUND" "$TEST_DIR/laptop" >"$TEST_DIR/bin/rebound"
    printf '#!/bin/sh\necho "and a line more" >>"$1"\n' >"$TEST_DIR/bin/editor"
    chmod +x "$TEST_DIR"/bin/*
    export EDITOR=$TEST_DIR/bin/editor
}

teardown() {
    stop_server
}

# The lines of a section that are commands of the program, without what is said of them.
commands_of() {
    sed -n "/^## $1/,/^## [^$]/p" "$readme" | sed -n 's/^    \(rebound .*\)$/\1/p' | sed 's/  *# .*$//'
}

@test "a day with it" {
    ran=0
    while read -r line; do
        case $line in
        'rebound init') new_journal laptop ;;
        'rebound connect '*) rb laptop connect "$server_invite" ;;
        'rebound link') join_device laptop phone ;;
        'rebound export -f archive '*) PATH=$TEST_DIR/bin:$PATH bash -euc "cd \"$TEST_DIR\"; $line --archive-passphrase-file passphrase" ;; # without, a terminal is asked
        'rebound join '*) ;; # run by the line before, as the link prints it
        *) PATH=$TEST_DIR/bin:$PATH bash -euc "cd \"$TEST_DIR\"; $line" </dev/null || {
            echo "README: $line"
            return 1
        } ;;
        esac
        ran=$((ran + 1))
    done < <(commands_of 'A day with it')
    [ "$ran" -ge 15 ]
    rb phone sync
    [ "$(rb phone --json list --all | jq -c .total)" -eq "$(rb laptop --json list --all | jq -c .total)" ]
    [ "$(rb laptop --json list --kind contact | jq -r '.entries[0].fields.helps[0]')" = 'knows how these decisions are made' ]
}

@test "every command that README, SECURITY and CONTRIBUTING name exists" {
    names=$("$REBOUND" --json help | jq -r '.commands[].name')
    for word in $(grep -ohE '`rebound [a-z][a-z-]*' "${readme%/*}"/{README,SECURITY,CONTRIBUTING,CHANGELOG}.md | awk '{ print $2 }' | sort -u); do
        grep -qx "$word" <<<"$names" || { echo "rebound $word"; return 1; }
    done
}
