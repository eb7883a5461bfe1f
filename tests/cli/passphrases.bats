#!/usr/bin/env bats
# Where a passphrase comes from, what is wrong with one, how it is changed; and the terminal, which is left as it was.

bats_require_minimum_version 1.5.0
load journals

setup() {
    setup_world
    unset REBOUND_PASSPHRASE_FILE
    file=$TEST_DIR/passphrase
    printf 'wrong\n' >"$TEST_DIR/wrong"
}

teardown() {
    if [[ -e $TEST_DIR/laptop ]]; then rb laptop lock >/dev/null 2>&1 || true; fi
}

with_file() { REBOUND_PASSPHRASE_FILE=$file "$@"; }

# opens DEVICE PASSPHRASE
opens() {
    printf '%s' "$2" >"$TEST_DIR/tried"
    rb "$1" --passphrase-file "$TEST_DIR/tried" list >/dev/null
}

# In the terminal: how it is set, before and after the command and once more after it went on, if it was stopped.
watched='stty -g; "$@"; echo "ended: $?"; stty -g'
at_laptop() { begin_terminal bash -c "$watched" _ "$REBOUND" --vault "$TEST_DIR/laptop" "$@"; }

is_as_it_was() {
    local settings
    settings=$(tr -d '\r' <"$TEST_DIR/screen" | grep -aE '^[0-9a-f]+(:[0-9a-f]+)+$')
    [ "$(wc -l <<<"$settings")" -ge 2 ]
    [ "$(sort -u <<<"$settings" | wc -l)" -eq 1 ]
}

@test "one source on the command line counts more than the variables, and two of them are refused" {
    with_file new_journal laptop
    export REBOUND_PASSPHRASE_FILE=$TEST_DIR/wrong REBOUND_PASSPHRASE_COMMAND='echo wrong'
    rb laptop --passphrase-fd 8 list 8<"$file"
    rb laptop list --passphrase-command "cat '$file'"
    refused 2 'not two' laptop --passphrase-fd 8 list --passphrase-file "$file" 8<"$file"
    refused 2 'not two' laptop --passphrase-file "$file" --passphrase-file "$file" list
    refused 12 'passphrase is wrong' laptop list
    REBOUND_PASSPHRASE_FILE='' REBOUND_PASSPHRASE_COMMAND="cat '$file'" rb laptop list # empty counts as unset
}

@test "what is wrong with a source is said, by its name" {
    with_file new_journal laptop
    : >"$TEST_DIR/empty"
    printf '\na quiet river\n' >"$TEST_DIR/second"
    head -c 1025 /dev/zero | tr '\0' x >"$TEST_DIR/long"
    refused 1 'Descriptor 9' laptop --passphrase-fd 9 list 9<&-
    refused 2 '--passphrase-fd needs' laptop --passphrase-fd three list
    refused 2 'needs a value' laptop list --passphrase-file
    refused 1 "$TEST_DIR/absent could not be opened" laptop --passphrase-file "$TEST_DIR/absent" list
    refused 1 'Is a directory' laptop --passphrase-file "$TEST_DIR" list
    refused 20 'nothing in its first line' laptop --passphrase-file "$TEST_DIR/empty" list
    refused 20 'nothing in its first line' laptop --passphrase-file "$TEST_DIR/second" list
    refused 20 'more than 1024 bytes' laptop --passphrase-file "$TEST_DIR/long" list
    refused 20 'nothing in its first line' laptop --passphrase-command true list
    refused 1 'failed with status 4' laptop --passphrase-command "cat '$file'; exit 4" list
    refused 1 'did not end by itself' laptop --passphrase-command 'kill -9 $$' list
    refused 11 'locked' laptop --no-input list
}

@test "of a source the first line counts, whatever bytes it has, and nothing else" {
    printf 'caf\xe9 \xff with blanks  ' >"$file"
    with_file new_journal laptop
    for end in '\n' '\r\n' '\nmore\n'; do
        { cat "$file"; printf "$end"; } >"$TEST_DIR/tried"
        rb laptop --passphrase-file "$TEST_DIR/tried" list
    done
    run opens laptop "$(printf ' caf\xe9 \xff with blanks')"
    [ "$status" -eq 12 ]
    # A command may print as much as it likes.
    rb laptop --passphrase-command "cat '$file'; echo; seq 100000" list
    # What a program that uses pipes finds is what it would find without us.
    rb laptop --passphrase-command "cat '$file'; yes 2>'$TEST_DIR/yes' | head -n 1 >/dev/null" list
    [ ! -s "$TEST_DIR/yes" ]
    head -c 1024 /dev/zero | tr '\0' x >"$file"
    with_file new_journal long
    with_file rb long list
}

@test "a wrong passphrase has one sentence and one status, and changes nothing" {
    with_file new_journal laptop
    export REBOUND_PASSPHRASE_FILE=$TEST_DIR/wrong
    printf 'a wide sea' >"$TEST_DIR/new"
    before=$(cat "$TEST_DIR"/laptop/{key,journal.db} | sha256sum)
    refused 12 'passphrase is wrong' laptop unlock
    refused 12 'passphrase is wrong' laptop note lost
    refused 12 'passphrase is wrong' laptop passphrase --new-passphrase-file "$TEST_DIR/new"
    refused 12 'passphrase is wrong' laptop passphrase --rekey --new-passphrase-file "$TEST_DIR/new"
    refused 12 'passphrase is wrong' laptop
    [ "$(cat "$TEST_DIR"/laptop/{key,journal.db} | sha256sum)" = "$before" ]
    opens laptop 'a quiet river'
}

@test "a passphrase that is empty is refused, and nothing is made or changed" {
    : >"$TEST_DIR/empty"
    refused 20 'nothing in its first line' laptop --passphrase-file "$TEST_DIR/empty" init --kdf-memory 64 --phrase-out 8 8>"$TEST_DIR/words"
    refused 20 'nothing in its first line' laptop --passphrase-command true init --kdf-memory 64 --phrase-out 8 8>"$TEST_DIR/words"
    [ ! -e "$TEST_DIR/laptop" ]
    [ ! -s "$TEST_DIR/words" ]
    with_file new_journal laptop
    printf 'a quiet river\n\n' >"$TEST_DIR/both"
    refused 20 'nothing in its first line' laptop --passphrase-fd 8 passphrase 8<"$TEST_DIR/both"
    opens laptop 'a quiet river'
    begin_terminal "$REBOUND" --vault "$TEST_DIR/laptop" list
    await 'Passphrase: '
    press $'\n'
    end_terminal
    [ "$status" -eq 20 ]
    [[ $screen == *'No passphrase was typed'* ]]
}

@test "the new passphrase comes from its own file, from the second line, or is asked for; else it is refused" {
    with_file new_journal laptop
    printf 'a quiet river\na wide sea\n' >"$TEST_DIR/both"
    rb laptop --passphrase-fd 8 passphrase 8<"$TEST_DIR/both"
    opens laptop 'a wide sea'
    run opens laptop 'a quiet river'
    [ "$status" -eq 12 ]
    printf 'a wide sea' >"$file"
    refused 20 'nothing in its first line' laptop --passphrase-fd 8 passphrase 8<"$file"
    with_file refused 2 '--new-passphrase-file' laptop --no-input passphrase
    opens laptop 'a wide sea'
}

@test "an old key file opens the journal with the old passphrase until it is rekeyed" {
    with_file new_journal laptop
    with_file rb laptop note kept
    cp "$TEST_DIR/laptop/key" "$TEST_DIR/old.key"
    printf 'a wide sea' >"$TEST_DIR/new"
    with_file run rb laptop passphrase --new-passphrase-file "$TEST_DIR/new"
    [[ $output == *--rekey* ]]
    cp "$TEST_DIR/laptop/key" "$TEST_DIR/new.key"
    cp "$TEST_DIR/old.key" "$TEST_DIR/laptop/key"
    opens laptop 'a quiet river'
    cp "$TEST_DIR/new.key" "$TEST_DIR/laptop/key"
    [ "$(rb laptop --passphrase-file "$TEST_DIR/new" --json passphrase --rekey --new-passphrase-file "$file" | jq -c '[.changed, .rekeyed]')" = '[true,true]' ]
    opens laptop 'a quiet river'
    [ "$(ls "$TEST_DIR/laptop" | grep -c new)" -eq 0 ]
    for old in old new; do
        cp "$TEST_DIR/$old.key" "$TEST_DIR/laptop/key"
        with_file refused 18 'do not belong together' laptop list
    done
}

@test "unlock and lock: for how long, told as JSON, and the setting that always asks" {
    with_file new_journal laptop
    for span in x -5m 5m5 0s 5y ''; do
        with_file refused 2 '--for needs' laptop unlock "--for=$span"
    done
    refused 11 'passphrase is needed' laptop --no-input unlock
    [ "$(rb laptop --json lock | jq .unlocked)" = false ] # it was
    if ! with_file rb laptop unlock --for 8h 2>"$TEST_DIR/why"; then
        grep -q keyring "$TEST_DIR/why"
        skip 'this kernel keeps no keys'
    fi
    rb laptop --no-input note 'while it is open'
    # Open or not, whoever asks for more time has to know the passphrase.
    refused 11 'passphrase is needed' laptop --no-input unlock
    REBOUND_PASSPHRASE_FILE=$TEST_DIR/wrong refused 12 'passphrase is wrong' laptop unlock
    [ "$(with_file rb laptop --json unlock | jq -c '[.unlocked, .seconds]')" = '[true,900]' ]
    rb laptop lock
    refused 11 'locked' laptop --no-input list
    with_file rb laptop settings unlock ask
    [ "$(with_file rb laptop --json unlock | jq -c '[.unlocked, .seconds]')" = '[false,0]' ]
    refused 11 'locked' laptop --no-input list
}

@test "a slip is forgiven, the prompt is no part of the answer, and what is typed is not shown" {
    with_file new_journal laptop
    with_file rb laptop note 'words of an entry'
    begin_terminal bash -c '"$@" >"$0"' "$TEST_DIR/answer" "$REBOUND" --vault "$TEST_DIR/laptop" --json list
    await 'Passphrase: '
    press $'a quiet rivet\n'
    await 'Once more'
    await 'Passphrase: ' 2
    press $'a quiet river\n'
    end_terminal
    [ "$status" -eq 0 ]
    [[ $screen != *quiet* ]]
    [ "$(jq -r '.entries[0].fields.text' "$TEST_DIR/answer")" = 'words of an entry' ]
}

@test "with something else on standard input the passphrase is asked for at the terminal all the same" {
    with_file new_journal laptop
    begin_terminal bash -c 'echo "from a pipe" | "$@"' _ "$REBOUND" --vault "$TEST_DIR/laptop" note -
    await 'Passphrase: '
    press $'a quiet river\n'
    end_terminal
    [ "$status" -eq 0 ]
    [ "$(with_file rb laptop --json list | jq -r '.entries[].fields.text')" = 'from a pipe' ]
    begin_terminal "$REBOUND" --vault "$TEST_DIR/laptop" --no-input passphrase
    end_terminal
    [ "$status" -eq 11 ]
    [[ $screen != *'Passphrase:'* ]]
}

@test "a new passphrase is typed twice, and three times not the same changes nothing" {
    with_file new_journal laptop
    for i in 1 2 3; do printf '%s\n' "one $i" "two $i"; done >"$TEST_DIR/differ"
    at_laptop passphrase
    await 'Passphrase: '
    press $'a quiet river\n'
    for i in 1 2 3; do
        await 'Choose a passphrase: ' "$i"
        press $'one quiet sea\n'
        await 'The same once more: ' "$i"
        press $'another quiet sea\n'
    done
    end_terminal
    [[ $screen == *'ended: 12'* && $screen == *'Nothing was changed'* && $screen != *quiet* ]]
    is_as_it_was
    opens laptop 'a quiet river'
    at_laptop passphrase
    await 'Passphrase: '
    press $'a quiet river\n'
    await 'Choose a passphrase: '
    press $'a wide sea\n'
    await 'The same once more: '
    press $'a wide sea\n'
    end_terminal
    [[ $screen == *'ended: 0'* && $screen != *wide* ]]
    is_as_it_was
    opens laptop 'a wide sea'
}

@test "Ctrl-C, Ctrl-\\ and Ctrl-D at a prompt end it, and leave the terminal as it was" {
    with_file new_journal laptop
    for key in $'\003' $'\034' $'\004'; do
        at_laptop list
        await 'Passphrase: '
        [[ $key == $'\004' ]] || press 'a quiet'
        press "$key"
        end_terminal
        [[ $screen == *'ended: 130'* && $screen == *'Nothing was changed'* && $screen != *quiet* ]]
        is_as_it_was
    done
}

@test "Ctrl-Z at a prompt hands the terminal over as it was, and afterwards it is asked anew" {
    with_file new_journal laptop
    begin_terminal bash -c 'set -m; stty -g; "$@"; echo "ended: $?"; stty -g; fg >/dev/null; echo "ended: $?"; stty -g' \
        _ "$REBOUND" --vault "$TEST_DIR/laptop" list
    await 'Passphrase: '
    press 'not this'
    press $'\032'
    await 'ended: 148' # stopped
    await 'Passphrase: ' 2
    press $'a quiet river\n'
    end_terminal
    [[ $screen == *'ended: 0'* && $screen != *quiet* && $screen != *'not this'* ]]
    is_as_it_was
}

@test "a signal that is ignored on purpose stays ignored at a prompt" {
    with_file new_journal laptop
    begin_terminal bash -c 'trap "" INT; "$@"; echo "ended: $?"' _ "$REBOUND" --vault "$TEST_DIR/laptop" list
    await 'Passphrase: '
    press $'\003'
    press $'a quiet river\n'
    end_terminal
    [[ $screen == *'ended: 0'* ]]
}
