#!/usr/bin/env bats
# Attachments: kept with an entry, sent, fetched on another device, taken out as they were.

load journals

setup() {
    setup_world
    new_journal laptop
    export REBOUND_OFFLINE=1
    rb laptop note "The letter came today"
    note=$(id_of laptop letter)
    cd "$TEST_DIR"
    head -c 300000 /dev/urandom >photo.jpg
}

teardown() { stop_server; }

file_id() { rb "$1" --json list --kind file --limit 1 | jq -r '.entries[0].id'; }

@test "what is attached is listed with its entry, and comes out as it was" {
    local size
    for size in 0 1 65527 65528 65529 300000; do
        head -c "$size" photo.jpg >"f$size.bin"
        rb laptop attach "$note" "f$size.bin"
        run rb laptop show "$note"
        [[ $output == *"Attachments"* || $output == *"f$size.bin"* ]]
        rb laptop save "$(rb laptop --json list --kind file | jq -r ".entries[] | select(.fields.name==\"f$size.bin\").id")" --out "out$size"
        cmp "f$size.bin" "out$size"
        [ "$(stat -c %a "out$size")" = 600 ]
    done
    [ "$(rb laptop --json show "$note" | jq '[.story[] | select(.section=="file")] | length')" -eq 6 ]
    run rb laptop list
    [[ $output != *f300000.bin* ]]
}

@test "keys of attachments are shown nowhere" {
    rb laptop attach "$note" photo.jpg
    run rb laptop --json show "$(file_id laptop)"
    [ "$(jq '.entry.fields | has("key") or has("root")' <<<"$output")" = false ]
    run rb laptop show "$(file_id laptop)"
    [[ $output == *"image/jpeg"* && $output != *root* ]]
}

@test "nothing of it lies in the open on disk" {
    yes 'a line that must not be seen' | head -c 200000 >secret.txt
    rb laptop attach "$note" secret.txt
    rm secret.txt
    run grep -rl 'must not be seen' "$TEST_DIR/laptop"
    [ "$status" -ne 0 ]
    run grep -rl 'secret.txt' "$TEST_DIR/laptop"
    [ "$status" -ne 0 ]
}

@test "too large, missing, a folder, no such entry: a clear sentence, and nothing stays" {
    truncate -s $((100 * 1024 * 1024 + 1)) large.bin
    run rb laptop attach "$note" large.bin
    [ "$status" -eq 20 ]
    [[ $output == *"100 MiB"* ]]
    run rb laptop attach "$note" nowhere.bin
    [ "$status" -eq 13 ]
    run rb laptop attach "$note" .
    [ "$status" -eq 20 ]
    run rb laptop attach 00000000 photo.jpg
    [ "$status" -eq 13 ]
    run rb laptop save "$note"
    [ "$status" -eq 13 ]
    [ "$(rb laptop --json list --kind file | jq .total)" -eq 0 ]
    [ "$(rb laptop --json status | jq .file_bytes)" -eq 0 ]
}

@test "from standard input, with a name" {
    run rb laptop attach "$note" - <photo.jpg
    [ "$status" -eq 2 ]
    rb laptop attach "$note" - --name scan.png <photo.jpg
    rb laptop save "$(file_id laptop)" --out - >out.bin
    cmp photo.jpg out.bin
}

@test "save takes no path from a name, and replaces nothing without a yes" {
    run rb laptop attach "$note" - --name $'\x1b[31mevil' <photo.jpg
    [ "$status" -eq 20 ]
    rb laptop attach "$note" - --name '../../ .evil' <photo.jpg
    mkdir deep
    cd deep
    rb laptop save "$(file_id laptop)"
    [ "$(find . -type f | wc -l)" -eq 1 ]
    [ ! -e ../evil ]
    [ "$(ls)" = evil ]
    echo kept >kept.txt
    run rb laptop --no-input save "$(file_id laptop)" --out kept.txt
    [ "$status" -ne 0 ]
    [ "$(cat kept.txt)" = kept ]
}

@test "detach, undo, trash" {
    rb laptop attach "$note" photo.jpg
    local id
    id=$(file_id laptop)
    rb laptop detach "$id"
    run rb laptop show "$note"
    [[ $output != *photo.jpg* ]]
    rb laptop undo
    rb laptop save "$id" --out out.bin
    cmp photo.jpg out.bin
}

@test "open shows a copy that is gone afterwards" {
    rb laptop attach "$note" photo.jpg
    printf '#!/bin/sh\ncp "$1" "%s/seen"; stat -c %%a "$1" "$(dirname "$1")" >"%s/modes"; echo "$1" >"%s/path"\n' "$TEST_DIR" "$TEST_DIR" "$TEST_DIR" >opener
    chmod +x opener
    REBOUND_OPENER=$TEST_DIR/opener rb laptop open "$(file_id laptop)"
    cmp photo.jpg seen
    [ "$(tr '\n' ' ' <modes)" = "600 700 " ]
    [ ! -e "$(cat path)" ]
}

# --- with a server ---

two_devices() {
    unset REBOUND_OFFLINE
    start_server
    rb laptop connect "$server_invite"
    rb laptop sync
    join_device laptop phone
    rb phone sync
}

@test "another device fetches it, once" {
    two_devices
    rb laptop attach "$note" photo.jpg
    [ "$(rb laptop --json status | jq .file_bytes)" -eq 0 ]
    rb phone sync
    run rb phone --offline save "$(file_id phone)" --out out.bin
    [ "$status" -eq 13 ]
    [ ! -e out.bin ]
    rb phone save "$(file_id phone)" --out out.bin
    cmp photo.jpg out.bin
    rm out.bin
    stop_server
    rb phone --offline save "$(file_id phone)" --out out.bin
    cmp photo.jpg out.bin
}

@test "what was attached offline waits, and goes with the next sync" {
    two_devices
    rb laptop --offline attach "$note" photo.jpg
    [ "$(rb laptop --json status | jq '.file_bytes > 300000')" = true ]
    run rb laptop status
    [[ $output == *"attachments waiting to be sent"* ]]
    rb laptop sync
    [ "$(rb laptop --json status | jq .file_bytes)" -eq 0 ]
    rb phone sync
    rb phone save "$(file_id phone)" --out out.bin
    cmp photo.jpg out.bin
}

@test "an entry does not wait for its attachment; who asks too early is told" {
    two_devices
    rb laptop --offline attach "$note" photo.jpg
    REBOUND_OFFLINE='' rb laptop note "sent before the photo"
    rb phone sync
    run rb phone save "$(file_id phone)" --out out.bin
    [ "$status" -eq 13 ]
    [[ $output == *"has not sent it yet"* ]]
    [ ! -e out.bin ]
}

@test "over the quota, attachments wait and entries go on" {
    unset REBOUND_OFFLINE
    REBOUNDD_QUOTA=1 start_server # MiB
    rb laptop connect "$server_invite"
    head -c 1200000 /dev/urandom >photo.jpg
    run rb laptop attach "$note" photo.jpg
    [ "$status" -eq 0 ]
    [[ $output == *"wait for the server"* && $output == *"full"* ]]
    rb laptop note "still goes"
    [ "$(rb laptop --json status | jq .unsent)" -eq 0 ]
    run rb laptop sync
    [ "$status" -eq 19 ]
}

@test "a watch sends what others attached" {
    two_devices
    "$REBOUND" --vault "$TEST_DIR/laptop" --json sync --watch >watch.out 2>watch.err 3>&- &
    watch_pid=$!
    until grep -qs '"connected"' watch.out; do kill -0 "$watch_pid"; done
    rb laptop --offline attach "$note" photo.jpg
    until [ "$(rb laptop --json status | jq .file_bytes)" -eq 0 ]; do kill -0 "$watch_pid"; done
    kill "$watch_pid"
    wait "$watch_pid" || true
    rb phone sync
    rb phone save "$(file_id phone)" --out out.bin
    cmp photo.jpg out.bin
}

is_attached() { [ "$(rb laptop --json list --kind file | jq .total)" -eq 1 ]; }

# until_done COMMAND...: killed after a while, again and again, each time a little later. Where it is `attach`, killed behind its save
# and before its end, it is done too.
until_done() {
    local ms
    for ((ms = 20; ms < 60000; ms += ms / 2)); do
        killed=$((killed + 1))
        if [[ " $* " == *' attach '* ]] && is_attached; then return 0; fi
        if timeout --signal KILL "$((ms / 1000)).$(printf '%03d' $((ms % 1000)))" "$@" >/dev/null 2>&1; then
            return 0
        fi
        "$REBOUND" --vault "$TEST_DIR/laptop" check >/dev/null
    done
    return 1
}

@test "killed while it attaches, sends or fetches: nothing is half there, and it goes on" {
    two_devices
    killed=0
    head -c 24000000 /dev/urandom >film.mp4
    until_done "$REBOUND" --vault "$TEST_DIR/laptop" --offline attach "$note" film.mp4
    is_attached
    until_done "$REBOUND" --vault "$TEST_DIR/laptop" sync
    [ "$(rb laptop --json status | jq .file_bytes)" -eq 0 ]
    rb phone sync
    id=$(file_id phone)
    until_done "$REBOUND" --vault "$TEST_DIR/phone" --yes save "$id" --out film.out
    cmp film.mp4 film.out
    [ "$killed" -ge 6 ] # what is never killed shows nothing
    [ -z "$(find . -name 'film.out.*')" ] # nor in the open, half
}
