#!/usr/bin/env bats
# A journal that an earlier program left is opened, brought up to date and whole: tests/vectors/vaults has one of each schema.

bats_require_minimum_version 1.5.0
load journals

setup() {
    setup_world
    vaults=$BATS_TEST_DIRNAME/../vectors/vaults
}

teardown() { stop_server; }

# old_vault VERSION: a copy of it, under its name.
old_vault() {
    mkdir -m 700 "$TEST_DIR/old-$1"
    cp "$vaults/schema-$1"/* "$TEST_DIR/old-$1/"
    chmod 600 "$TEST_DIR/old-$1"/*
}

versions() { find "$vaults" -name 'schema-*' -printf '%f\n' | sed 's/schema-//' | sort -n; }

@test "there is one of each earlier schema" {
    new_journal laptop
    [[ $(versions) == $(seq 1 $(($(rb laptop --json doctor | jq .schema) - 1))) ]]
}

@test "its entries are found, shown, searched and listed, with history and trash" {
    local version id
    for version in $(versions); do
        old_vault "$version"
        old=old-$version
        [ "$(entries "$old")" -eq 6 ]
        [ "$(rb "$old" --json doctor | jq .schema)" -gt "$version" ]
        id=$(id_of "$old" 'walk* river')
        [[ $(rb "$old" show "$id") == *'Walked to the river, and back.'* ]]
        [ "$(rb "$old" --json list --tag sleep | jq -r '.entries[0].id')" = "$id" ]
        [ "$(rb "$old" --json history "$id" | jq '.versions | length')" -eq 2 ]
        [ "$(rb "$old" --json list --person Sam | jq -r '.entries[].kind')" = step ]
        [ "$(rb "$old" --json list --until 2026-11-03 | jq -r '.entries[].kind')" = setback ]
        [ "$(rb "$old" --json trash | jq -r '.entries[0].fields.text')" = 'thrown away' ]
        # What is derived since: the story, what is due, how it felt, words that are near.
        [[ $(rb "$old" show "$(id_of "$old" lead)") == *'let down'* ]]
        [[ $(rb "$old" today) == *'Ask Sam what was missing'* ]]
        [[ $(rb "$old" insights) == *'let down'* ]]
        run -0 rb "$old" check
    done
}

@test "it is changed as any other: edit, an earlier version, undo of what the old program did, out of the trash" {
    local version id
    for version in $(versions); do
        old_vault "$version"
        old=old-$version
        rb "$old" undo
        [ "$(rb "$old" --json list --kind win | jq .total)" -eq 0 ]
        id=$(id_of "$old" river)
        rb "$old" --quiet restore "$id" --version 1
        [[ $(rb "$old" show "$id") == *'Walked to the river.'* ]]
        rb "$old" --quiet edit "$id" --tag walks
        rb "$old" --quiet step done "$(id_of "$old" missing)"
        rb "$old" --quiet restore "$(rb "$old" --json trash | jq -r '.entries[0].id')"
        rb "$old" --quiet note 'written today'
        [ "$(entries "$old")" -eq 7 ]
        printf 'We regret' >"$TEST_DIR/letter.txt"
        rb "$old" --quiet attach "$id" "$TEST_DIR/letter.txt"
        [ "$(rb "$old" save "$(rb "$old" --json list --kind file | jq -r '.entries[0].id')" --out -)" = 'We regret' ]
        [ "$(rb "$old" --json export --format json | jq '[.entries[] | select(.trashed | not)] | length')" -ge 7 ]
        run -0 rb "$old" check
    done
}

@test "it goes to a server, and a new device has all of it" {
    local version
    start_server
    for version in $(versions); do
        old_vault "$version"
        old=old-$version
        server_invite=$("$REBOUNDD" invite --data "$TEST_DIR/server")
        rb "$old" connect "$server_invite" >/dev/null
        join_device "$old" "new-$version"
        [ "$(entries "new-$version")" -eq 6 ]
        diff <(rb "$old" --json list --all | jq -S '[.entries[] | {id, kind, fields}]') \
            <(rb "new-$version" --json list --all | jq -S '[.entries[] | {id, kind, fields}]')
        rb "new-$version" --quiet note 'from the new one'
        rb "$old" sync >/dev/null
        [ -n "$(id_of "$old" 'from the new one')" ]
    done
}
