#!/usr/bin/env bats
# A person to talk to: always, and pointed to where what was written suggests it.

load journals

setup() {
    setup_world
    unset LC_ALL
    export LANG=en_DE.UTF-8
}

# at_terminal COMMAND: as a person runs it; what the terminal shows.
at_terminal() { script -qec "$1" /dev/null </dev/null | tr -d '\r'; }

@test "help-now works with no journal, locked, offline, and never fails" {
    run "$REBOUND" help-now
    [ "$status" -eq 0 ]
    [[ $output == *"0800 111 0 111"* && $output == *112* && $output == *"read at"* ]]
    new_journal laptop
    unset REBOUND_PASSPHRASE_FILE
    run "$REBOUND" --vault "$TEST_DIR/laptop" --offline help-now
    [ "$status" -eq 0 ]
    run env -i "$REBOUND" help-now
    [ "$status" -eq 0 ]
    [[ $output == *112* ]]
}

@test "help-now takes the country's name, shows all, and says where it knows none" {
    run "$REBOUND" help-now Austria
    [[ $output == *142* && $output != *"0800 111"* ]]
    run "$REBOUND" help-now US
    [[ $output == *988* && $output == *911* ]]
    run "$REBOUND" help-now --all
    [[ $output == *142* && $output == *988* && $output == *116\ 123* ]]
    run "$REBOUND" help-now FR
    [ "$status" -eq 0 ]
    [[ $output == *"--all"* && $output == *112* && $output != *"will listen"* ]]
    [[ $output != *$'\n\n\n'* ]]
    run "$REBOUND" --json help-now DE
    [ "$(jq -r '.help[0].country' <<<"$output")" = DE ]
}

@test "a list of one's own takes its place, and a broken one stands in nobody's way" {
    mkdir -p "$XDG_CONFIG_HOME/rebound"
    printf 'DE | talk | Our group | 555 1234 | evenings\n' >"$XDG_CONFIG_HOME/rebound/help-now.txt"
    run "$REBOUND" help-now
    [[ $output == *"Our group"* && $output == *"555 1234"* && $output != *"0800 111"* ]]
    printf 'nonsense\n' >"$XDG_CONFIG_HOME/rebound/help-now.txt"
    run "$REBOUND" help-now
    [ "$status" -eq 0 ]
    [[ $output == *"could not be read"* && $output == *"0800 111"* ]]
}

@test "after saving a phrase of danger one line points there, once for each entry, at the terminal alone" {
    new_journal laptop
    export REBOUND_VAULT=$TEST_DIR/laptop REBOUND
    run at_terminal '"$REBOUND" note "I do not want to live like this"'
    [[ $output == *"help-now"* ]]
    run at_terminal '"$REBOUND" edit @1 --tag hard' # no list was shown: nothing is edited
    local id
    id=$("$REBOUND" --json list | jq -r '.entries[0].id')
    run at_terminal "\"\$REBOUND\" edit $id --tag hard"
    [[ $output != *"help-now"* ]]
    run at_terminal '"$REBOUND" note "They will kill the project and I was fired"'
    [[ $output != *"help-now"* ]]
}

@test "it is in no pipe, no JSON, no exit status and no record, and off by one setting" {
    new_journal laptop
    export REBOUND_VAULT=$TEST_DIR/laptop REBOUND
    run "$REBOUND" note "I want to die"
    [ "$status" -eq 0 ]
    [[ $output != *"help-now"* ]]
    run "$REBOUND" --json note "I want to die, again"
    [[ $output != *"help-now"* ]]
    run at_terminal '"$REBOUND" note "I want to die, a third time"'
    [[ $output == *"help-now"* ]]
    run "$REBOUND" export --format json
    [[ $output != *help* ]]
    run at_terminal '"$REBOUND" settings help-now off; "$REBOUND" note "I want to die, a fourth time"'
    [[ $output != *"rebound help-now"* ]]
}
