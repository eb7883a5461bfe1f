#!/usr/bin/env bats
# Archives: all of a journal in one sealed file, and back; only with its own passphrase, only whole, or nothing at all.

load journals

bats_require_minimum_version 1.5.0

setup() {
    setup_world
    export REBOUND_OFFLINE=1 TZ=UTC
    words=$TEST_DIR/words archive=$TEST_DIR/journal.archive
    printf 'five words for the archive\nnot this line\n' >"$words"
}

teardown() {
    stop_server
}

# A journal with a bit of everything.
fill() {
    new_journal laptop
    about=$(rb laptop --json setback 'Lost the job' --kind other --text $'Two\nlines' --tag x | jq -r .entry.id)
    rb laptop --quiet edit "$about" --tag again
    rb laptop --quiet contact Ada --every 30 --relation friend --email ada@example.org
    rb laptop --quiet note 'Thrown away'
    rb laptop --quiet delete "$(id_of laptop Thrown)"
    head -c 300000 /dev/urandom >"$TEST_DIR/photo.png"
    printf 'not to be hired' >"$TEST_DIR/letter.txt"
    : >"$TEST_DIR/empty.txt"
    rb laptop --quiet attach "$about" "$TEST_DIR/photo.png"
    rb laptop --quiet attach "$about" "$TEST_DIR/letter.txt"
    rb laptop --quiet attach "$about" "$TEST_DIR/empty.txt"
}

seal() { rb laptop --quiet export -f archive -o "$archive" --archive-passphrase-file "$words" --yes "$@"; }
bring() { rb "$1" import --archive-passphrase-file "$words" "${@:2}"; }

# What a journal holds, but for the seals of attachments, which are each journal's own.
held() {
    rb "$1" export -f json |
        jq -S '[.entries[] | select(.kind != "device") | {id, kind, fields: (.fields | del(.key, .root)), sets, trashed, created}] | sort_by(.id)'
}

holds_nothing() { [ "$(held "$1")" = '[]' ]; }

@test "an archive brings all of a journal into another, attachments and trash with it; a second time it adds nothing" {
    fill
    seal
    [ "$(stat -c %a "$archive")" = 600 ]
    ! grep -aq 'Lost the job' "$archive"
    ! grep -aq 'ada@example.org' "$archive"
    new_journal other
    holds_nothing other
    run --separate-stderr bring other --json "$archive"
    [ "$status" -eq 0 ]
    [ "$(jq .added <<<"$output")" -eq 3 ]
    [ "$(jq .refused <<<"$output")" -eq 0 ]
    [ "$(held other)" = "$(held laptop)" ]
    for file in photo.png letter.txt empty.txt; do
        rb other --quiet save "$(rb other --json list --kind file --all | jq -r --arg n "$file" '.entries[] | select(.fields.name == $n) | .id')" --out "$TEST_DIR/back.$file"
        cmp "$TEST_DIR/$file" "$TEST_DIR/back.$file"
    done
    run bring other --json "$archive"
    [ "$(jq -c '[.added, .changed, .refused]' <<<"$output")" = '[0,0,0]' ]
    # And from there on: what came out of an archive goes into one.
    rb other --quiet export -f archive -o "$TEST_DIR/second.archive" --archive-passphrase-file "$words"
    new_journal third
    bring third --quiet "$TEST_DIR/second.archive"
    [ "$(held third)" = "$(held laptop)" ]
    rb other check
}

@test "a dry run says what an archive would bring, and brings nothing" {
    fill
    seal
    new_journal other
    run bring other --dry-run "$archive"
    [ "$status" -eq 0 ]
    [[ $output == *'3 new'* ]]
    holds_nothing other
}

@test "through pipes: to standard output, from standard input, from a file that is none" {
    fill
    new_journal other
    rb laptop export -f archive --archive-passphrase-file "$words" | bring other --quiet -
    [ "$(held other)" = "$(held laptop)" ]
    new_journal third
    bring third --quiet <(rb laptop export -f archive -o - --archive-passphrase-file "$words")
    [ "$(held third)" = "$(held laptop)" ]
    # The passphrase may come out of a program.
    run rb third import --json --archive-passphrase-file <(head -n 1 "$words") <(rb laptop export -f archive --archive-passphrase-file "$words")
    [ "$status" -eq 0 ]
    [ "$(jq .unchanged <<<"$output")" -eq 3 ]
}

@test "another passphrase opens nothing; the journal's own is never taken for it" {
    fill
    refused 2 --archive-passphrase-file laptop export -f archive -o "$archive"
    [ ! -e "$archive" ]
    seal
    new_journal other
    refused 12 'passphrase is wrong' other import "$archive" --archive-passphrase-file "$TEST_DIR/passphrase"
    refused 11 --archive-passphrase-file other import "$archive"
    : >"$TEST_DIR/nothing"
    refused 20 'passphrase file' other import "$archive" --archive-passphrase-file "$TEST_DIR/nothing"
    refused 1 'passphrase file' other import "$archive" --archive-passphrase-file "$TEST_DIR/nowhere"
    holds_nothing other
    refused 2 'Only an archive is sealed' laptop export -f json -o "$TEST_DIR/j.json" --archive-passphrase-file "$words"
    [ ! -e "$TEST_DIR/j.json" ]
}

@test "an archive that was cut brings nothing in, wherever it was cut" {
    fill
    seal
    new_journal other
    local size=$(stat -c %s "$archive")
    for len in 8 95 96 97 113 65649 65650 $((size / 2)) $((size - 18)) $((size - 1)); do
        head -c "$len" "$archive" >"$TEST_DIR/cut"
        refused 16 'Nothing was imported' other import "$TEST_DIR/cut" --archive-passphrase-file "$words"
    done
    head -c 7 "$archive" >"$TEST_DIR/cut"
    refused 20 'not an archive' other import -f archive "$TEST_DIR/cut" --archive-passphrase-file "$words"
    refused 20 'not an archive' other import -f archive "$TEST_DIR/letter.txt" --archive-passphrase-file "$words"
    holds_nothing other
    rb other check
}

@test "an archive that was altered, or lengthened, brings nothing in" {
    fill
    seal
    new_journal other
    local size=$(stat -c %s "$archive")
    for at in 9 16 40 70 90 96 5000 $((size - 1)); do
        cp "$archive" "$TEST_DIR/altered"
        flip "$TEST_DIR/altered" "$at"
        refused 16 'Nothing was imported' other import "$TEST_DIR/altered" --archive-passphrase-file "$words"
    done
    { cat "$archive"; printf x; } >"$TEST_DIR/altered"
    refused 16 'Nothing was imported' other import "$TEST_DIR/altered" --archive-passphrase-file "$words"
    cat "$archive" "$archive" >"$TEST_DIR/altered"
    refused 16 'Nothing was imported' other import "$TEST_DIR/altered" --archive-passphrase-file "$words"
    cp "$archive" "$TEST_DIR/altered"
    poke "$TEST_DIR/altered" 7 02
    refused 18 'newer version' other import "$TEST_DIR/altered" --archive-passphrase-file "$words"
    holds_nothing other
    rb other check
}

@test "at a terminal: the passphrase is asked for twice, and again after a slip; nothing is written to the screen" {
    fill
    new_journal other
    begin_terminal "$REBOUND" --vault "$TEST_DIR/laptop" export -f archive
    end_terminal
    [ "$status" -eq 2 ]
    [[ $screen == *'--out FILE'* ]]

    begin_terminal "$REBOUND" --vault "$TEST_DIR/laptop" export -f archive -o "$archive"
    await 'Choose a passphrase for the archive: '
    press $'over the hills\n'
    await 'once more: '
    press $'over the hill\n'
    await 'Choose a passphrase for the archive: ' 2
    press $'over the hills\n'
    await 'once more: ' 2
    press $'over the hills\n'
    end_terminal
    [ "$status" -eq 0 ]
    [[ $screen == *'all that guards it'* && $screen == *'3 entries'* && $screen != *'over the'* ]]

    begin_terminal "$REBOUND" --vault "$TEST_DIR/other" import "$archive"
    await "The archive's passphrase: "
    press $'over the moon\n'
    await 'Once more'
    await "The archive's passphrase: " 2
    press $'over the hills\n'
    end_terminal
    [ "$status" -eq 0 ]
    [ "$(held other)" = "$(held laptop)" ]

    # While it asks, others may write.
    new_journal third
    begin_terminal "$REBOUND" --vault "$TEST_DIR/third" import "$archive"
    for n in 1 2 3; do
        await "The archive's passphrase: " "$n"
        rb third --quiet note 'Meanwhile'
        press $'over the moon\n'
    done
    end_terminal
    [ "$status" -eq 12 ]
    [ "$(held third | jq length)" -eq 3 ]
}

@test "who has no room left, or is killed, leaves no half archive under its name" {
    unset REBOUND_OFFLINE
    start_server
    new_journal laptop --server "$server_invite"
    about=$(rb laptop --json note 'With a photo' | jq -r .entry.id)
    head -c 200000 /dev/urandom >"$TEST_DIR/photo.png"
    rb laptop --quiet attach "$about" "$TEST_DIR/photo.png"
    rb laptop --quiet sync
    run bash -c "ulimit -f 64; '$REBOUND' --vault '$TEST_DIR/laptop' --quiet export -f archive -o '$archive' --archive-passphrase-file '$words'"
    [ "$status" -ne 0 ]
    [ -z "$(compgen -G "$archive*")" ]

    # The content of the photo is not on this device, and the server says nothing: there it waits, half done.
    join_device laptop phone
    kill -STOP "$server_pid"
    "$REBOUND" --vault "$TEST_DIR/phone" export -f archive -o "$archive" --archive-passphrase-file "$words" >"$TEST_DIR/out" 2>&1 3>&- &
    local pid=$! begun= blocked=0 state until=$((SECONDS + 60))
    # Until it has written. Its file has no name, and of a program that keeps others of its user out root alone sees the
    # files: to anyone else it waits for the server once it sleeps and sleeps.
    while [[ -z $begun && $SECONDS -lt $until ]]; do
        state=$(sed 's/.*) //; s/ .*//' "/proc/$pid/stat" 2>/dev/null) || true
        [[ -n $state && $state != Z ]] || break
        if [[ -r /proc/$pid/fd ]]; then
            for fd in /proc/"$pid"/fd/*; do
                if [[ $(readlink "$fd") == /*' (deleted)' && $(readlink "$fd") != /memfd:* && $(stat -Lc %s "$fd") -ge 96 ]]; then
                    begun=yes
                fi
            done
        else
            blocked=$([[ $state == S ]] && echo $((blocked + 1)) || echo 0)
            [[ $blocked -lt 25 ]] || begun=yes
        fi
        read -r -t 0.02 <> <(:) || true
    done
    [ -n "$begun" ] || { cat "$TEST_DIR/out"; false; }
    kill -KILL "$pid"
    wait "$pid" 2>/dev/null || true
    kill -CONT "$server_pid"
    [ -z "$(compgen -G "$archive*")" ]
}
