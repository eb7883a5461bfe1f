#!/usr/bin/env bats
# What a person meets at a terminal: passphrases, locks, settings, help, files and output.

bats_require_minimum_version 1.5.0
load journals

setup() {
    setup_world
    unset REBOUND_PASSPHRASE_FILE
}

with_file() { REBOUND_PASSPHRASE_FILE=$TEST_DIR/passphrase "$@"; }

# at_terminal TYPED COMMAND…: runs it at a terminal of its own, types the text once something is asked; what the terminal
# showed is in $screen, the exit status in $status.
at_terminal() {
    local typed=$1 quoted
    shift
    quoted=$(printf '%q ' "$@")
    rm -f "$TEST_DIR/screen"
    run timeout 20 script -qfec "$quoted" -O "$TEST_DIR/screen" < <(
        n=0
        for line in $typed; do # each once it is asked for: what is typed too early the terminal itself would show
            n=$((n + 1))
            until [[ $(grep -ao ': ' "$TEST_DIR/screen" 2>/dev/null | wc -l) -ge $n ]]; do
                read -r -t 0.02 <> <(:) || true
            done
            printf '%s\n' "$line"
        done
    )
    screen=$(cat "$TEST_DIR/screen")
}

@test "a passphrase comes from a descriptor, a file, a command, or the variables, in this order" {
    with_file new_journal laptop
    printf wrong >"$TEST_DIR/wrong"
    printf 'a quiet river\n' >"$TEST_DIR/right"
    run rb laptop list --no-input
    [ "$status" -eq 11 ]
    run rb laptop list --passphrase-file "$TEST_DIR/right"
    [ "$status" -eq 0 ]
    run rb laptop list --passphrase-command "cat '$TEST_DIR/right'"
    [ "$status" -eq 0 ]
    run rb laptop list --passphrase-fd 8 8<"$TEST_DIR/right"
    [ "$status" -eq 0 ]
    REBOUND_PASSPHRASE_COMMAND="cat '$TEST_DIR/right'" run rb laptop list
    [ "$status" -eq 0 ]
    # an option counts more than a variable, a file more than a command
    REBOUND_PASSPHRASE_FILE=$TEST_DIR/wrong run rb laptop list --passphrase-file "$TEST_DIR/right"
    [ "$status" -eq 0 ]
    REBOUND_PASSPHRASE_COMMAND="cat '$TEST_DIR/wrong'" REBOUND_PASSPHRASE_FILE=$TEST_DIR/right run rb laptop list
    [ "$status" -eq 0 ]
    run rb laptop list --passphrase-file "$TEST_DIR/absent"
    [ "$status" -ne 0 ]
    [[ $output == *absent* ]]
    run rb laptop list --passphrase-command 'exit 3'
    [ "$status" -ne 0 ]
}

@test "the passphrase is changed, with a new key too, and the old one opens nothing" {
    with_file new_journal laptop
    with_file rb laptop note 'kept'
    cost() { od -An -tx1 -j 8 -N 8 "$TEST_DIR/laptop/key"; }
    before=$(cost)
    for rekey in '' --rekey; do
        printf 'a wide sea %s' "$rekey" >"$TEST_DIR/new"
        with_file rb laptop passphrase $rekey --new-passphrase-file "$TEST_DIR/new"
        with_file run rb laptop list
        [ "$status" -eq 12 ]
        [ "$(cost)" = "$before" ] # trying a passphrase stays as costly as it was
        cp "$TEST_DIR/new" "$TEST_DIR/passphrase"
        [ "$(with_file rb laptop --json list | jq .total)" -eq 1 ]
    done
    : >"$TEST_DIR/new"
    with_file run rb laptop passphrase --new-passphrase-file "$TEST_DIR/new"
    [ "$status" -ne 0 ]
    [ "$(with_file rb laptop --json list | jq .total)" -eq 1 ]
}

@test "an unlocked journal needs no passphrase until it is locked" {
    with_file new_journal laptop
    if ! with_file rb laptop unlock --for 10m 2>"$TEST_DIR/why"; then
        grep -q keyring "$TEST_DIR/why"
        skip 'this kernel keeps no keys'
    fi
    rb laptop note 'no passphrase was asked for'
    [ "$(rb laptop --json status | jq .unlocked)" = true ]
    rb laptop lock
    run rb laptop list --no-input
    [ "$status" -eq 11 ]
    with_file rb laptop unlock --for 1s
    for _ in $(seq 200); do
        rb laptop list --no-input >/dev/null 2>&1 || break
        read -r -t 0.05 <> <(:) || true
    done
    run rb laptop list --no-input
    [ "$status" -eq 11 ]
}

@test "rebound alone shows where one stands, unlocked by what was given" {
    run rb nowhere
    [[ $output == *init* ]]
    with_file new_journal laptop
    with_file rb laptop note 'one'
    with_file run rb laptop
    [ "$status" -eq 0 ]
    [[ $output == *1* && $output != *ocked* ]]
    run rb laptop --no-input
    [[ $output == *locked* ]]
}

@test "what is typed as a passphrase is not shown, and a terminal is left as it was" {
    with_file new_journal laptop
    at_terminal 'lake lake sea' "$REBOUND" --vault "$TEST_DIR/laptop" list
    [ "$status" -eq 12 ]
    [[ $screen != *lake* && $screen != *sea* ]]
    printf 'river' >"$TEST_DIR/plain"
    with_file rb laptop passphrase --new-passphrase-file "$TEST_DIR/plain"
    at_terminal 'river' "$REBOUND" --vault "$TEST_DIR/laptop" list
    [ "$status" -eq 0 ]
    [[ $screen != *river* ]]
}

@test "everything that is made is for its owner alone, whatever the umask" {
    (umask 000 && with_file new_journal laptop && with_file rb laptop note 'one' && with_file rb laptop export -f json -o "$TEST_DIR/out.json")
    [ "$(stat -c %a "$TEST_DIR/laptop")" = 700 ]
    for file in "$TEST_DIR"/laptop/* "$TEST_DIR/out.json"; do
        [ "$(stat -c %a "$file")" = 600 ]
    done
}

@test "without --vault a journal is in the folder that XDG_DATA_HOME names" {
    with_file "$REBOUND" init --device here --kdf-memory 64 --phrase-out 8 8>/dev/null >/dev/null
    [ -d "$XDG_DATA_HOME/rebound" ]
    with_file "$REBOUND" note 'found'
    unset XDG_DATA_HOME
    run with_file "$REBOUND" list
    [ "$status" -eq 10 ]
}

@test "settings are shown, set, reset, and refused when there are none such" {
    with_file new_journal laptop
    [ "$(with_file rb laptop --json settings | jq -r '.settings[] | select(.name == "sync") | .value')" = auto ]
    with_file rb laptop settings sync manual
    [ "$(with_file rb laptop --json settings sync | jq -r '.settings[0].value')" = manual ]
    with_file rb laptop settings sync --reset
    [ "$(with_file rb laptop --json settings sync | jq -r '.settings[0].value')" = auto ]
    with_file run rb laptop settings sync sometimes
    [ "$status" -eq 20 ]
    with_file run rb laptop settings colour
    [ "$status" -eq 13 ] || [ "$status" -eq 2 ]
}

@test "every command and every topic has help, wrapped to the terminal, and --help says the same" {
    for command in $("$REBOUND" --json help | jq -r '.commands[].name'); do
        run "$REBOUND" help "$command"
        [ "$status" -eq 0 ]
        [[ $output == *"usage: rebound $command"* && $output == *Examples* ]]
        by_name=$output
        run "$REBOUND" "$command" --help
        [ "$output" = "$by_name" ]
    done
    for topic in options exit-codes environment privacy json; do
        run "$REBOUND" help "$topic"
        [ "$status" -eq 0 ]
        [ -n "$output" ]
    done
    run "$REBOUND" help nonsense
    [ "$status" -eq 2 ]
    for words in help 'help sync' 'help import' 'help environment' 'help json'; do
        NO_COLOR=1 script -qec "stty cols 60; $REBOUND $words" "$TEST_DIR/screen" >/dev/null
        longest=$(tr -d '\r' <"$TEST_DIR/screen" | grep -v '^Script' | awk '{ if (length($0) > m) m = length($0) } END { print m }')
        [ "$longest" -le 60 ] || { echo "$words: $longest"; return 1; }
        ! grep -q '…' "$TEST_DIR/screen"
    done
}

@test "each command answers --json with one document, and what is said aside is one too" {
    with_file new_journal laptop
    export REBOUND_PASSPHRASE_FILE=$TEST_DIR/passphrase
    rb laptop note 'the first'
    local id
    id=$(id_of laptop first)
    for words in 'note more' 'setback x --kind other' 'feel sad 3' 'plan y' 'step z' 'contact c' 'win w' list 'search first' "show $id" \
        "edit $id --tag t" "tag $id u" "history $id" "delete $id" trash "restore $id" undo status settings check conflicts evidence \
        devices doctor help 'list --kind note --limit 1'; do
        run --separate-stderr rb laptop --json $words
        [ "$status" -eq 0 ] || { echo "$words: $stderr"; return 1; }
        [ "$(jq -s 'length' <<<"$output")" -eq 1 ] || { echo "$words"; return 1; }
        [ "$(jq .version <<<"$output")" -eq 1 ]
        [ -z "$stderr" ] || jq -e .version <<<"$stderr" >/dev/null || { echo "$words: $stderr"; return 1; }
    done
    run --separate-stderr rb laptop --json show ffffffff
    [ "$status" -eq 13 ]
    [ "$(jq -r .error.code <<<"$stderr")" = NOT_FOUND ]
    [ -z "$output" ]
}

@test "the internal names of devices are found by no search and stand in no list" {
    with_file new_journal laptop
    export REBOUND_PASSPHRASE_FILE=$TEST_DIR/passphrase
    rb laptop note 'my laptop is slow'
    [ "$(rb laptop --json search laptop | jq .total)" -eq 1 ]
    [ "$(rb laptop --json list --all | jq .total)" -eq 1 ]
    [ "$(rb laptop --json status | jq .entries)" -eq 1 ]
}

@test "completion: a script for each shell, and a word for any other" {
    for shell in bash zsh fish; do
        run "$REBOUND" completion "$shell"
        [ "$status" -eq 0 ]
        [[ $output == *rebound* ]]
    done
    for words in tcsh '' 'bash zsh'; do
        run "$REBOUND" completion $words
        [ "$status" -eq 2 ]
        [[ $output == *'bash, zsh and fish'* ]]
    done
}

@test "no colour and no escape where none is wanted, and none of what an entry holds reaches a terminal" {
    with_file new_journal laptop
    export REBOUND_PASSPHRASE_FILE=$TEST_DIR/passphrase
    rb laptop note $'red \e[31m, title \e]0;pwned\a, c1 \xc2\x9b31m'
    local id
    id=$(id_of laptop red)
    for words in list "show $id" 'search red' "history $id" 'export --format markdown' 'export --format json'; do
        run rb laptop $words
        [[ $output != *$'\e'* && $output != *$'\a'* && $output != *$'\xc2\x9b'* ]]
        NO_COLOR=1 script -qec "$(printf '%q ' env TERM=xterm "$REBOUND" --vault "$TEST_DIR/laptop" $words)" "$TEST_DIR/screen" >/dev/null
        ! grep -q $'\e\\[31m\|pwned\a' "$TEST_DIR/screen"
        TERM=dumb script -qec "$(printf '%q ' "$REBOUND" --vault "$TEST_DIR/laptop" $words)" "$TEST_DIR/screen" >/dev/null
        ! grep -q $'\e' "$TEST_DIR/screen"
    done
}

@test "a reader that goes away is no failure, and standard output that is full is one" {
    with_file new_journal laptop
    export REBOUND_PASSPHRASE_FILE=$TEST_DIR/passphrase
    for i in 1 2 3; do rb laptop note "number $i"; done
    run bash -c 'set -o pipefail; "$1" --vault "$2" list | head -n 1 >/dev/null' _ "$REBOUND" "$TEST_DIR/laptop"
    [ "$status" -eq 0 ]
    run bash -c '"$1" --vault "$2" list >/dev/full' _ "$REBOUND" "$TEST_DIR/laptop"
    [ "$status" -ne 0 ]
}

@test "doctor tells nothing of the person" {
    with_file new_journal laptop
    export REBOUND_PASSPHRASE_FILE=$TEST_DIR/passphrase
    rb laptop note 'secret words'
    run rb laptop doctor
    [ "$status" -eq 0 ]
    [[ $output != *laptop* && $output != *secret* && $output != *"$HOME"* && $output != *"$TEST_DIR"* ]]
    [ -z "$(grep -oE '[0-9a-f]{32}' <<<"$output")" ]
}

@test "what takes longer than a second says so at a terminal, and leaves nothing of it there or in a pipe" {
    with_file "$REBOUND" --vault "$TEST_DIR/slow" init --device slow --kdf-memory 1024 --phrase-out 8 8>/dev/null >/dev/null ||
        skip 'this machine has no GiB to spare'
    with_file script -qfec "$(printf '%q ' "$REBOUND" --vault "$TEST_DIR/slow" list)" -O "$TEST_DIR/screen" >/dev/null
    if ! grep -qa 'Opening the journal' "$TEST_DIR/screen"; then
        skip 'this machine derives a key of 1 GiB in less than a second'
    fi
    # each line of it is erased before anything else stands there
    [[ $(tr -d '\r' <"$TEST_DIR/screen") == *$'\e[KThere is nothing here yet.'* ]]
    with_file run --separate-stderr rb slow list
    [ -z "$stderr" ]
}
