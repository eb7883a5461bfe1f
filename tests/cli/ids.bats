#!/usr/bin/env bats
# Wherever a command takes an ID it takes the beginning of one and "@1", and says no in the same way.

load journals

setup() {
    setup_world
    export REBOUND_OPENER=true
    new_journal laptop
    rb laptop contact add 'Sam Osei' --relation mentor >/dev/null
    rb laptop setback 'The launch' --kind failed-project >/dev/null
    rb laptop plan 'Be ready' >/dev/null
    rb laptop step 'Ask Sam' >/dev/null
    rb laptop grow 'Listen first' >/dev/null
    rb laptop note 'a page' >/dev/null
    printf 'We regret' >"$TEST_DIR/letter.txt"
    rb laptop attach "$(id_of laptop page)" "$TEST_DIR/letter.txt" >/dev/null
}

teardown() { stop_server; }

# Kind, then a command that takes one of that kind; ID stands where the id goes.
commands() {
    cat <<'TABLE'
note     show ID
note     edit ID --text again
note     history ID
note     restore ID --version 1
note     tag ID sleep
note     attach ID FILE
note     list --about ID
note     search page --about ID
note     timeline --about ID
setback  list --setback ID
setback  note 'of it' --about ID
contact  list --person ID
contact  feel calm 5 --about ID
contact  contact met ID
plan     step add 'Next' --plan ID
step     step done ID
step     step postpone ID
step     step reopen ID
grow     grow did ID
setback  reflect ID --short
file     open ID
file     save ID --out -
file     detach ID
note     delete ID
TABLE
}

# answers COMMAND ID: the exit status, of the command with that id.
answers() {
    local -a words
    eval "words=(${1//FILE/\"\$TEST_DIR/letter.txt\"})"
    words=("${words[@]/#ID/$2}")
    rb laptop "${words[@]}" >"$TEST_DIR/out" 2>&1 </dev/null
}

@test "the beginning of an id and @1 name the entry, in every command" {
    local kind command id
    while read -r kind command; do
        id=$(rb laptop --json list --kind "$kind" | jq -r '.entries[-1].id')
        answers "$command" "${id:0:10}" || { echo "$command: $(cat "$TEST_DIR/out")"; return 1; }
        [[ $command == de* ]] && rb laptop undo
        rb laptop list --kind "$kind" --oldest >/dev/null
        answers "$command" @1 || { echo "$command @1: $(cat "$TEST_DIR/out")"; return 1; }
    done < <(commands)
}

@test "one that is not there is not found, in every command" {
    local kind command status
    while read -r kind command; do
        for id in 0000000000 @999; do
            status=0
            answers "$command" "$id" || status=$?
            [ "$status" -eq 13 ] || { echo "$command $id: $status $(cat "$TEST_DIR/out")"; return 1; }
        done
    done < <(commands)
}

@test "a beginning that fits several says which, and one too short or no id at all is refused" {
    local i kind command
    for ((i = 0; i < 1500; i++)); do printf '[2020-01-01 09:00] number %d\n\n' "$i"; done >"$TEST_DIR/old.txt"
    rb laptop import --format jrnl-text "$TEST_DIR/old.txt" >/dev/null
    rb laptop --json list --all | jq -r '.entries[].id' | sort >"$TEST_DIR/ids"
    prefix=$(cut -c 1-4 "$TEST_DIR/ids" | uniq -d | head -n 1)
    [ -n "$prefix" ] # of 1500 some begin alike: none does in one run of ten million
    for command in 'show ID' 'delete ID' 'tag ID sleep' 'history ID' 'list --about ID' 'reflect ID' 'open ID' 'save ID --out -' 'detach ID' \
        'conflicts resolve ID --keep 1' 'restore ID' 'attach ID FILE' 'note text --about ID'; do
        status=0
        answers "$command" "$prefix" || status=$?
        [ "$status" -ne 0 ]
        for id in $(grep "^$prefix" "$TEST_DIR/ids"); do grep -q "${id:0:8}" "$TEST_DIR/out"; done
        status=0
        answers "$command" 0 || status=$?
        [ "$status" -ne 0 ]
        status=0
        answers "$command" 'no id' || status=$?
        [ "$status" -ne 0 ]
    done
    [ "$(rb laptop --json trash | jq .total)" -eq 0 ]
}

@test "a conflict is named so too, for resolve" {
    start_server
    rb laptop connect "$server_invite" >/dev/null
    join_device laptop phone
    rb laptop --quiet note 'the one before'
    local id
    id=$(id_of laptop 'one before')
    rb laptop sync >/dev/null
    rb phone sync >/dev/null
    for round in one two; do
        rb laptop --quiet --offline edit "$id" --text "the laptop said $round"
        rb phone --quiet --offline edit "$id" --text "what $round phone wrote"
        rb laptop sync >/dev/null
        rb phone sync >/dev/null
        rb laptop sync >/dev/null
        rb laptop conflicts >/dev/null # makes it @1
        for unknown in 0000000000 @999; do
            status=0
            answers 'conflicts resolve ID --keep 1' "$unknown" || status=$?
            [ "$status" -eq 13 ]
        done
        [ "$(rb laptop --json conflicts | jq '.conflicts | length')" -eq 1 ]
        case $round in one) name=${id:0:10} ;; two) name=@1 ;; esac
        answers 'conflicts resolve ID --keep 1' "$name" || { echo "$name: $(cat "$TEST_DIR/out")"; return 1; }
        [ "$(rb laptop --json conflicts | jq '.conflicts | length')" -eq 0 ]
        rb laptop sync >/dev/null
        rb phone sync >/dev/null
    done
    stop_server
}
