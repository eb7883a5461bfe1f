#!/usr/bin/env bats
# Files that are missing, damaged, of a later version, or on a disk that takes nothing more: named as what they are, never
# wrong words, and nothing half-written.

bats_require_minimum_version 1.5.0
load journals

setup() {
    setup_world
}

teardown() {
    if [[ -n ${mounted:-} ]]; then umount "$mounted"; fi
    if [[ -n ${outside:-} ]]; then rm -rf "$outside"; fi
}

diagnosis() { rb "$1" doctor --json | jq -r .journal; }

sums() { (cd "$1" && find . -type f ! -name '*.lock' -size +0 -exec sha256sum {} + | sort); }

# A journal with entries that fill pages, and a copy of it.
filled_journal() {
    new_journal laptop
    for i in $(seq 30); do printf 'entry %s of some that fill pages. ' "$i"; done >"$TEST_DIR/text"
    for i in 1 2 3; do rb laptop note - <"$TEST_DIR/text"; done
    rb laptop --json list --all >"$TEST_DIR/right"
    cp -r "$TEST_DIR/laptop" "$TEST_DIR/sound"
}

put_back() {
    rm -rf "$TEST_DIR/laptop"
    cp -r "$TEST_DIR/sound" "$TEST_DIR/laptop"
}

@test "where there is no journal that is said, and asking makes nothing" {
    mkdir "$TEST_DIR/empty"
    echo mine >"$TEST_DIR/file"
    for place in absent empty file file/below; do
        refused 10 'no journal' "$place" list
        refused 10 'no journal' "$place" note lost
        refused 10 'no journal' "$place" unlock
        refused 10 'no journal' "$place" lock
        [ "$(diagnosis "$place")" = NO_VAULT ]
        run rb "$place"
        [ "$status" -eq 0 ]
        [[ $output == *'rebound init'* ]]
    done
    refused 1 'Not a directory' file/below init --kdf-memory 64 --phrase-out 8 8>/dev/null
    [ ! -e "$TEST_DIR/absent" ]
    [ -z "$(ls -A "$TEST_DIR/empty")" ]
    [ "$(cat "$TEST_DIR/file")" = mine ]
}

@test "tables of a newer version are named as that by every command, and left as they are" {
    new_journal laptop
    rb laptop note kept
    "$SET_SCHEMA" "$TEST_DIR/laptop" "$TEST_DIR/passphrase" 7
    before=$(sums "$TEST_DIR/laptop")
    for words in list 'note lost' status settings 'edit @1 --text lost' undo check 'export -f json' sync passphrase; do
        refused 18 'version 7' laptop $words
    done
    [ "$(diagnosis laptop)" = TOO_NEW ]
    [ "$(sums "$TEST_DIR/laptop")" = "$before" ]
    "$SET_SCHEMA" "$TEST_DIR/laptop" "$TEST_DIR/passphrase" 1 2>"$TEST_DIR/why" || grep -q 'version 7' "$TEST_DIR/why"
}

@test "a byte of the key file: damaged, or a passphrase that does not fit, and never a journal" {
    new_journal laptop
    rb laptop note kept
    cp -r "$TEST_DIR/laptop" "$TEST_DIR/sound"
    # What the passphrase is tried with cannot be told from the passphrase.
    for at in 0:18 7:18 8:18 9:18 10:12 12:18 15:18 16:18 23:18 24:12 31:12 32:12 47:12 48:12 79:12 80:18 103:18 104:18 151:18; do
        put_back
        flip "$TEST_DIR/laptop/key" "${at%:*}"
        before=$(sums "$TEST_DIR/laptop")
        case ${at#*:} in
        12) name=WRONG_SECRET ;;
        18) name=DAMAGED ;;
        esac
        [[ $at != 7:* ]] || name=TOO_NEW
        refused "${at#*:}" '' laptop list
        [ "$(diagnosis laptop)" = "$name" ]
        [ "$(sums "$TEST_DIR/laptop")" = "$before" ]
    done
}

@test "a page of the database: check and doctor name the damage, and a list is right or refused" {
    filled_journal
    pages=$(($(stat -c %s "$TEST_DIR/laptop/journal.db") / 4096))
    [ "$(diagnosis laptop)" = ok ]
    caught=0
    for page in $(seq 0 4 $((pages - 1))); do
        put_back
        flip "$TEST_DIR/laptop/journal.db" $((page * 4096 + 2000))
        run --separate-stderr rb laptop --json check
        [ "$status" -eq 18 ]
        [ "$(jq -r .error.code <<<"$stderr")" = DAMAGED ]
        [ "$(diagnosis laptop)" = DAMAGED ]
        run --separate-stderr rb laptop --json list --all
        if [[ $status -eq 0 ]]; then
            [ "$output" = "$(cat "$TEST_DIR/right")" ]
        else
            [ "$status" -eq 18 ]
            [ -z "$output" ]
            [ "$(jq -r .error.code <<<"$stderr")" = DAMAGED ] # one document, and nothing beside it
            caught=$((caught + 1))
        fi
    done
    [ "$caught" -gt 0 ]
    put_back
    rb laptop check
}

@test "a file that is missing or of another journal is named, and a new journal is not made over the rest" {
    new_journal laptop
    rb laptop note kept
    new_journal other
    rb other note theirs
    cp -r "$TEST_DIR/laptop" "$TEST_DIR/sound"
    rm "$TEST_DIR/laptop/key"
    before=$(sums "$TEST_DIR/laptop")
    refused 18 'key file is missing' laptop list
    refused 18 'key file is missing' laptop init --kdf-memory 64 --phrase-out 8 8>/dev/null
    [ "$(sums "$TEST_DIR/laptop")" = "$before" ]
    put_back
    rm "$TEST_DIR/laptop/journal.db"
    before=$(sums "$TEST_DIR/laptop")
    refused 18 'database is missing' laptop list
    refused 18 'database is missing' laptop init --kdf-memory 64 --phrase-out 8 8>/dev/null
    [ "$(sums "$TEST_DIR/laptop")" = "$before" ]
    for file in key journal.db; do
        put_back
        cp "$TEST_DIR/other/$file" "$TEST_DIR/laptop/$file"
        refused 18 'do not belong together' laptop list
        [ "$(diagnosis laptop)" = DAMAGED ]
    done
    put_back
    [ "$(entries laptop)" -eq 1 ]
}

@test "what a crash could leave beside the journal does no harm" {
    new_journal laptop
    rb laptop note kept
    for file in key.new journal.db.new journal.db.new-journal journal.db-journal locked; do
        head -c 5000 /dev/urandom >"$TEST_DIR/laptop/$file"
    done
    rm "$TEST_DIR/laptop/vault.lock"
    [ "$(entries laptop)" -eq 1 ]
    rb laptop note more
    rb laptop check
    [ "$(entries laptop)" -eq 2 ]
    [ ! -e "$TEST_DIR/laptop/key.new" ]
    [ ! -e "$TEST_DIR/laptop/journal.db.new" ]
}

@test "on a full disk what is there can be read, and what is refused leaves nothing half" {
    mkdir "$TEST_DIR/disk"
    if [[ $EUID -ne 0 ]] || ! mount -t tmpfs -o size=1m none "$TEST_DIR/disk" 2>/dev/null; then
        skip 'a disk of its own needs root'
    fi
    mounted=$TEST_DIR/disk
    new_journal disk/laptop
    rb disk/laptop note 'kept in full'
    rb disk/laptop setback 'another'
    rb disk/laptop export -f json >"$TEST_DIR/out.json"
    id=$(id_of disk/laptop kept)
    dd if=/dev/zero of="$TEST_DIR/disk/filler" bs=1k status=none 2>/dev/null || true
    printf 'a wide sea' >"$TEST_DIR/new"
    head -c 200000 /dev/zero | tr '\0' x >"$TEST_DIR/large"

    run --separate-stderr rb disk/laptop --json search kept
    [ "$status" -eq 0 ]
    [ "$(jq .total <<<"$output")" -eq 1 ]
    jq -e .note <<<"$stderr"
    refused 19 'space' disk/laptop note - <"$TEST_DIR/large"
    refused 19 'space' disk/laptop edit "$id" --text - <"$TEST_DIR/large"
    refused 19 'space' disk/laptop passphrase --new-passphrase-file "$TEST_DIR/new"
    refused 19 'space' disk/laptop passphrase --rekey --new-passphrase-file "$TEST_DIR/new"
    refused 19 'No space' disk/laptop export -f json -o "$TEST_DIR/disk/out.json"
    refused 19 'pace' disk/other init --kdf-memory 64 --phrase-out 8 8>"$TEST_DIR/words"
    [ ! -s "$TEST_DIR/words" ]
    [ ! -e "$TEST_DIR/disk/other" ]
    [ "$(ls "$TEST_DIR/disk")" = "$(printf 'filler\nlaptop\nlaptop.words')" ]
    [ "$(rb disk/laptop --json show "$id" | jq -r .entry.fields.text)" = 'kept in full' ]
    rm "$TEST_DIR/disk/filler"
    rb disk/laptop check
    rb disk/laptop import "$TEST_DIR/out.json"
    [ "$(entries disk/laptop)" -eq 2 ]
    rb disk/laptop passphrase --rekey --new-passphrase-file "$TEST_DIR/new"
}

@test "a limit on the size of files is a failure with a sentence, not a death" {
    new_journal laptop
    rb laptop note kept
    before=$(sums "$TEST_DIR/laptop")
    head -c 200000 /dev/zero | tr '\0' x >"$TEST_DIR/large"
    limited() { (ulimit -f 60 && "$@"); }
    limited refused 19 'space' laptop note - <"$TEST_DIR/large"
    limited refused 19 'space' other init --kdf-memory 64 --phrase-out 8 8>"$TEST_DIR/words"
    [ ! -e "$TEST_DIR/other" ]
    [ ! -s "$TEST_DIR/words" ]
    rb laptop note - <"$TEST_DIR/large"
    run --separate-stderr bash -c 'ulimit -f 60; "$1" --vault "$2" export -f json -o "$3"' _ "$REBOUND" "$TEST_DIR/laptop" "$TEST_DIR/out.json"
    [ "$status" -eq 1 ]
    [[ $stderr == *'File too large'* ]]
    [ -z "$(ls "$TEST_DIR" | grep out.json)" ]
    rb laptop check
    [ "$(entries laptop)" -eq 2 ]
}

# A folder that a user of no rights can reach, and that user: $outside, as_nobody COMMAND….
go_outside() {
    if [[ $EUID -ne 0 ]]; then
        outside=$(mktemp -d)
        as_nobody() { "$@"; }
        return
    fi
    outside=$(mktemp -d)
    chmod 755 "$outside"
    cp "$TEST_DIR/passphrase" "$outside/passphrase"
    chmod 644 "$outside/passphrase"
    as_nobody() { HOME=/nonexistent REBOUND_PASSPHRASE_FILE=$outside/passphrase setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
    as_nobody "$REBOUND" --version >/dev/null 2>&1 || skip 'the program is where nobody else can run it'
}

@test "in a folder that may not be written everything can be read, and nothing is changed" {
    go_outside
    new_journal laptop
    rb laptop note 'words that are kept'
    rb laptop note 'and others'
    id=$(id_of laptop kept)
    cp -r "$TEST_DIR/laptop" "$outside/laptop"
    [[ $EUID -ne 0 ]] || chown -R 65534:65534 "$outside/laptop"
    chmod 400 "$outside"/laptop/*
    chmod 500 "$outside/laptop"
    before=$(sums "$outside/laptop")
    for words in list 'search kept' "show $id" "history $id" status settings check doctor trash conflicts 'export -f json'; do
        run --separate-stderr as_nobody "$REBOUND" --vault "$outside/laptop" $words
        [ "$status" -eq 0 ] || { echo "$words: $stderr"; return 1; }
    done
    run as_nobody "$REBOUND" --vault "$outside/laptop" list
    [[ $output == *'words that are kept'*'could not be kept'* ]]
    printf 'a wide sea' >"$outside/new"
    chmod 644 "$outside/new"
    for words in 'note lost' "edit $id --text lost" "delete $id" undo "passphrase --new-passphrase-file $outside/new" \
        "passphrase --rekey --new-passphrase-file $outside/new" 'settings sync manual'; do
        run --separate-stderr as_nobody "$REBOUND" --vault "$outside/laptop" $words
        [ "$status" -eq 1 ] || { echo "$words: $status"; return 1; }
        [[ $stderr == *'may not be written'* || $stderr == *'Permission denied'* ]]
    done
    [ "$(sums "$outside/laptop")" = "$before" ]
    chmod 700 "$outside/laptop"
}

@test "a folder that may not be looked into is not taken for one without a journal" {
    go_outside
    new_journal laptop
    mkdir "$outside/closed"
    cp -r "$TEST_DIR/laptop" "$outside/closed/laptop"
    chmod 000 "$outside/closed"
    run --separate-stderr as_nobody "$REBOUND" --vault "$outside/closed/laptop" list
    [ "$status" -eq 1 ]
    [[ $stderr == *'Permission denied'* && $stderr != *'rebound init'* ]]
    run as_nobody "$REBOUND" --vault "$outside/closed/laptop" doctor
    [ "$status" -eq 0 ]
    [[ $output == *IO* ]]
    chmod 700 "$outside/closed"
}
