#!/usr/bin/env bats
# Writing and reading entries, with no server.

load journals

setup() {
    setup_world
    new_journal laptop
}

@test "each kind is added, listed and shown" {
    rb laptop setback 'They gave the lead to someone else' --kind missed-promotion --at 2026-11-20
    setback=$(id_of laptop 'the lead')
    rb laptop note --tag sleep 'Slept badly.' --about "$setback"
    rb laptop feel let down 7 --about "$setback"
    rb laptop plan 'Be ready next spring' --about "$setback" --due 2027-03-01
    rb laptop step add 'Ask Sam' --plan "$(id_of laptop spring)" --due 2026-12-04
    rb laptop contact add 'Sam Osei' --relation mentor --help-with 'knows how it works' --help-with listens
    rb laptop win 'Said it out loud'

    run rb laptop list --all
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 7 ]
    run rb laptop show "$setback"
    [[ $output == *'a missed promotion'* && $output == *'let down, 7 of 10'* && $output == *'Be ready next spring'* ]]
    run rb laptop --json show "$(id_of laptop Osei)"
    [ "$(jq -r '.entry.fields.helps | length' <<<"$output")" -eq 2 ]
    [ "$(jq -r '.version' <<<"$output")" -eq 1 ]
    for kind in note setback feel plan step contact win; do
        [ "$(rb laptop --json "$kind" list | jq '.entries | length')" -eq 1 ]
    done
}

@test "a step is done, postponed and opened again" {
    rb laptop step 'Ask Sam'
    rb laptop list
    rb laptop step done @1
    [ "$(rb laptop --json show @1 | jq -r .entry.fields.state)" = done ]
    rb laptop step postpone @1
    [ "$(rb laptop --json show @1 | jq -r .entry.fields.state)" = postponed ]
    rb laptop step reopen @1
    [ "$(rb laptop --json show @1 | jq -r .entry.fields.state)" = open ]
}

@test "an entry is found by the beginning of its id, and an ambiguous or unknown one is refused" {
    rb laptop note one
    id=$(id_of laptop one)
    run rb laptop show "${id:0:6}"
    [ "$status" -eq 0 ]
    run rb laptop show 00000000
    [ "$status" -eq 13 ]
    run rb laptop show @9
    [ "$status" -eq 13 ]
}

@test "search finds words, phrases and beginnings, without case and accents, and says when it finds nothing" {
    rb laptop note 'Walked along the Rivière, out loud.'
    rb laptop note 'Loud out there.'
    [ "$(rb laptop --json search RIVIERE | jq .total)" -eq 1 ]
    [ "$(rb laptop --json search '"out loud"' | jq .total)" -eq 1 ]
    [ "$(rb laptop --json search 'walk*' | jq .total)" -eq 1 ]
    [ "$(rb laptop --json search out loud | jq .total)" -eq 2 ]
    run rb laptop search absent
    [ "$status" -eq 0 ]
    [[ $output == 'Nothing was found. Fewer words'*'begin*'* ]]
}

@test "list shows twenty unless told otherwise, and takes filters" {
    for i in $(seq 23); do rb laptop note "entry number $i" --tag "t$((i % 2))"; done
    [ "$(rb laptop --json list | jq '.entries | length')" -eq 20 ]
    [ "$(rb laptop --json list | jq .total)" -eq 23 ]
    [ "$(rb laptop --json list --limit 3 | jq '.entries | length')" -eq 3 ]
    [ "$(rb laptop --json list --all --tag t1 | jq .total)" -eq 12 ]
    [ "$(rb laptop --json list --kind win | jq .total)" -eq 0 ]
    [ "$(rb laptop --json list --until 2026-01-01 | jq .total)" -eq 0 ]
    run rb laptop list --kind wni
    [ "$status" -eq 2 ]
    [[ $output == *'Did you mean win?'* ]]
}

@test "what is deleted is in the trash, comes back, and undo goes step by step" {
    rb laptop note first
    rb laptop note second
    id=$(id_of laptop first)
    rb laptop delete "$id"
    [ "$(rb laptop --json list | jq .total)" -eq 1 ]
    [ "$(rb laptop --json trash | jq .total)" -eq 1 ]
    rb laptop restore "$id"
    [ "$(rb laptop --json trash | jq .total)" -eq 0 ]
    rb laptop undo
    [ "$(rb laptop --json trash | jq .total)" -eq 1 ]
    rb laptop undo
    [ "$(rb laptop --json trash | jq .total)" -eq 0 ]
}

@test "history keeps every version, and an earlier one comes back" {
    rb laptop note 'as it was'
    id=$(id_of laptop was)
    rb laptop edit "$id" --text 'as it is'
    [ "$(rb laptop --json history "$id" | jq '.versions | length')" -eq 2 ]
    rb laptop restore "$id" --version 1
    [ "$(rb laptop --json show "$id" | jq -r .entry.fields.text)" = 'as it was' ]
    [ "$(rb laptop --json history "$id" | jq '.versions | length')" -eq 3 ]
}

@test "tags go on and off" {
    rb laptop note one
    id=$(id_of laptop one)
    rb laptop tag "$id" a b
    rb laptop tag "$id" a --remove
    [ "$(rb laptop --json show "$id" | jq -c .entry.fields.tags)" = '["b"]' ]
}

@test "text that is empty, too large or not UTF-8 is refused and nothing is saved" {
    run rb laptop note ''
    [ "$status" -eq 20 ]
    run rb laptop note - <<<''
    [ "$status" -eq 20 ]
    run rb laptop note "$(printf 'bad \xff byte')"
    [ "$status" -eq 20 ]
    run bash -c "head -c 10485760 /dev/zero | tr '\0' a | '$REBOUND' --vault '$TEST_DIR/laptop' note -"
    [ "$status" -eq 20 ]
    [[ $output == *'256 KiB'* ]]
    [ "$(rb laptop --json list --all | jq .total)" -eq 0 ]
}

@test "control characters of an entry never reach the terminal raw" {
    printf 'before \033]52;c;aGk=\007 after \033[31m red \u202e turned' | rb laptop note -
    rb laptop list
    run rb laptop show @1
    [[ $output != *$'\033'* && $output != *$'\007'* && $output != *$'\u202e'* ]]
    [[ $output == *before* && $output == *after* ]]
}

@test "no journal, a wrong passphrase and a typo have their own exit status" {
    run rb nowhere list
    [ "$status" -eq 10 ]
    printf wrong >"$TEST_DIR/wrong"
    run rb laptop --passphrase-file "$TEST_DIR/wrong" list
    [ "$status" -eq 12 ]
    run rb laptop lsit
    [ "$status" -eq 2 ]
    [[ $output == *'rebound list'* ]]
    run rb laptop list --limt 3
    [ "$status" -eq 2 ]
    [[ $output == *'--limit'* ]]
}
