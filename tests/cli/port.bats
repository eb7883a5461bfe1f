#!/usr/bin/env bats
# Import and export.

bats_require_minimum_version 1.5.0
load journals

setup() {
    setup_world
    new_journal laptop
}

teardown() {
    stop_server
}

@test "an export imports into an empty journal to an equal one, and twice adds nothing" {
    rb laptop setback 'One' --kind other --text $'With\nlines and "quotes" \\ and ünïcode'
    rb laptop note two --tag x --about "$(id_of laptop One)"
    rb laptop edit "$(id_of laptop two)" --text 'two, changed'
    rb laptop note gone
    rb laptop delete "$(id_of laptop gone)"
    rb laptop export --format json --out "$TEST_DIR/out.json"
    [ "$(stat -c %a "$TEST_DIR/out.json")" = 600 ]

    new_journal other
    run rb other --json import "$TEST_DIR/out.json"
    [ "$status" -eq 0 ]
    clean() { jq -S 'del(.entries[].unsent) | .entries | sort_by(.id)'; }
    [ "$(rb laptop --json list --all | clean)" = "$(rb other --json list --all | clean)" ]
    [ "$(rb laptop --json trash --all | clean)" = "$(rb other --json trash --all | clean)" ]
    run rb other --json import "$TEST_DIR/out.json"
    [ "$(jq .added <<<"$output")" -eq 0 ]
    [ "$(jq .changed <<<"$output")" -eq 0 ]
}

@test "jrnl's JSON comes in, one bad entry is left out, twice adds nothing, and a dry run changes nothing" {
    cat >"$TEST_DIR/jrnl.json" <<'JSON'
{"tags": {}, "entries": [
 {"title": "A first day", "body": "It rained.", "date": "2026-10-01", "time": "08:30", "tags": ["@rain"], "starred": false},
 {"title": "No date here", "body": ""},
 {"title": "A second", "body": "", "date": "2026-10-02", "time": "09:00", "tags": [], "starred": true}
]}
JSON
    run rb laptop --json import --dry-run "$TEST_DIR/jrnl.json"
    [ "$(rb laptop --json list --all | jq .total)" -eq 0 ]
    run rb laptop import "$TEST_DIR/jrnl.json"
    [ "$status" -eq 3 ]
    [ "$(rb laptop --json list --all | jq .total)" -eq 2 ]
    run rb laptop import "$TEST_DIR/jrnl.json"
    [ "$(rb laptop --json list --all | jq .total)" -eq 2 ]
}

@test "a file that is cut or of another format is refused whole" {
    rb laptop note one
    rb laptop export --format json --out "$TEST_DIR/out.json"
    head -c 100 "$TEST_DIR/out.json" >"$TEST_DIR/cut.json"
    run rb laptop import "$TEST_DIR/cut.json"
    [ "$status" -eq 20 ]
    printf 'GIF89a' >"$TEST_DIR/picture"
    run rb laptop import "$TEST_DIR/picture"
    [ "$status" -eq 20 ]
    run rb laptop import "$TEST_DIR/absent"
    [ "$status" -ne 0 ]
    [ "$(rb laptop --json list --all | jq .total)" -eq 1 ]
}

@test "what other programs write comes in, and the file tells what it is" {
    mkdir -p "$TEST_DIR/notes/sub/.hidden" "$TEST_DIR/red"
    printf -- '---\ntitle: Front\ntags: [a, b]\ndate: 2026-07-01 08:30\n---\nIt rained.\n' >"$TEST_DIR/notes/a.md"
    printf 'Second #walk\n' >"$TEST_DIR/notes/sub/2026-07-02 b.md"
    printf 'hidden\n' >"$TEST_DIR/notes/sub/.hidden/c.md"
    ln -s /etc/hostname "$TEST_DIR/notes/link.md"
    printf '1: {text: a day in July}\n' >"$TEST_DIR/red/2026-07.txt"
    printf '[2026-07-03 08:30] Third @x.\nMore.\n' >"$TEST_DIR/journal.txt"
    printf 'BEGIN:VCARD\r\nVERSION:4.0\r\nUID:1\r\nFN:Mira Sol\r\nEMAIL:mira@example.org\r\nEND:VCARD\r\n' >"$TEST_DIR/c.vcf"
    printf 'BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nUID:2\r\nSUMMARY:Write to Mira\r\nDUE;VALUE=DATE:20301204\r\nEND:VTODO\r\nEND:VCALENDAR\r\n' >"$TEST_DIR/t.ics"
    printf '{"entries":[{"creationDate":"2026-07-04T06:30:00Z","text":"From afar","tags":[]}]}' >"$TEST_DIR/Journal.json"
    (cd "$TEST_DIR" && python3 -c 'import zipfile; z=zipfile.ZipFile("d.zip","w",zipfile.ZIP_DEFLATED); z.write("Journal.json"); z.close()')
    local what
    for what in notes red journal.txt c.vcf t.ics d.zip; do
        run rb laptop --json import "$TEST_DIR/$what"
        [ "$status" -eq 0 ]
        [ "$(jq .refused <<<"$output")" -eq 0 ]
        run rb laptop --json import "$TEST_DIR/$what"
        [ "$(jq .added <<<"$output")" -eq 0 ]
    done
    [ "$(rb laptop --json list --all | jq .total)" -eq 7 ]
    [ "$(rb laptop --json list --all | jq '[.entries[].fields.text // "" | select(test("hidden|^$") | not)] | length')" -eq 5 ]
    [ "$(rb laptop --json list --kind contact | jq -r '.entries[0].fields.emails[0]')" = mira@example.org ]
    [ "$(rb laptop --json list --kind step | jq -r '.entries[0].fields.due')" = 2030-12-04 ]
    [ "$(rb laptop --json list --tag walk | jq .total)" -eq 1 ]
}

@test "a dry run names what would come in, and changes nothing" {
    printf '[2026-07-03 08:30] Third.\n[2026-07-04 08:30] Fourth.\n' >"$TEST_DIR/journal.txt"
    run rb laptop import --dry-run "$TEST_DIR/journal.txt"
    [ "$status" -eq 0 ]
    [[ $output == *Third.* && $output == *Fourth.* && $output == *'2 new'* ]]
    [ "$(rb laptop --json import --dry-run "$TEST_DIR/journal.txt" | jq -r '.new[1].title')" = Fourth. ]
    [ "$(rb laptop --json list --all | jq .total)" -eq 0 ]
    # Our own, too, which bring their history.
    new_journal other
    rb other win 'A first title'
    rb other edit "$(id_of other first)" --title 'Called back'
    rb other feel tired 6
    rb other export -f json -o "$TEST_DIR/out.json"
    run rb laptop import --dry-run "$TEST_DIR/out.json"
    [[ $output == *check-in*tired* && $output == *'2 new'* ]] # as lists call it
    [[ $output == *win*'Called back'* && $output != *first* ]]
}

@test "an import that is refused says which formats there are" {
    printf 'neither this nor that' >"$TEST_DIR/what"
    run rb laptop import "$TEST_DIR/what"
    [ "$status" -eq 20 ]
    [[ $output == *'help formats'* ]]
    run rb laptop import --format xml "$TEST_DIR/what"
    [ "$status" -eq 2 ]
    [[ $output == *rednotebook* ]]
    run "$REBOUND" help formats
    [ "$status" -eq 0 ]
    local format
    for format in json jrnl jrnl-text dayone markdown rednotebook vcard ical; do
        [[ $output == *"$format "* ]]
    done
}

@test "Markdown goes out, and a file that is there is not replaced unasked" {
    rb laptop win 'Said it out loud'
    run rb laptop export --format markdown
    [ "$status" -eq 0 ]
    [[ $output == *'Said it out loud'* ]]
    echo mine >"$TEST_DIR/kept.md"
    run rb laptop --no-input export --format markdown --out "$TEST_DIR/kept.md"
    [ "$status" -ne 0 ]
    [ "$(cat "$TEST_DIR/kept.md")" = mine ]
    run rb laptop export --format nonsense
    [ "$status" -eq 2 ] || [ "$status" -eq 20 ]
}

@test "an import is one step for undo, and what it brought in travels to the other device" {
    start_server
    rb laptop connect "$server_invite" >/dev/null
    rb laptop note mine
    cat >"$TEST_DIR/jrnl.json" <<'JSON'
{"tags": {}, "entries": [
 {"title": "One", "body": "", "date": "2026-10-01", "time": "08:30", "tags": [], "starred": false},
 {"title": "Two", "body": "", "date": "2026-10-02", "time": "09:00", "tags": [], "starred": true}
]}
JSON
    rb laptop import "$TEST_DIR/jrnl.json"
    rb laptop export --format json --out "$TEST_DIR/out.json"
    join_device laptop phone
    [ "$(rb phone --json list --all | jq -S '[.entries[] | {id, fields}]')" = "$(rb laptop --json list --all | jq -S '[.entries[] | {id, fields}]')" ]

    rb laptop undo
    [ "$(rb laptop --json list --all | jq -r '.entries[].fields.text')" = mine ]
    # The same file again finds them in the trash, and leaves them there.
    run rb laptop --json import "$TEST_DIR/jrnl.json"
    [ "$(jq .unchanged <<<"$output")" -eq 2 ]

    # Another person's journal: with its history, the names of its devices too.
    new_journal other
    rb other connect "$("$REBOUNDD" invite --data "$TEST_DIR/server")" >/dev/null
    rb other import "$TEST_DIR/out.json"
    join_device other tablet
    [ "$(rb tablet --json list --all | jq .total)" -eq 3 ]
    [ "$(rb tablet --json history "$(id_of tablet One)" | jq -r '.versions[0].device')" = laptop ]
}

file_named() {
    rb "$1" --json list --kind file | jq -r --arg name "$2" '.entries[] | select(.fields.name == $name).id'
}

# file_is DEVICE NAME FILE OWNER: the attachment of this name holds what the file does, and belongs to the entry with
# the owner's words.
file_is() {
    local id
    id=$(file_named "$1" "$2")
    rb "$1" save "$id" -o "$TEST_DIR/saved"
    cmp "$3" "$TEST_DIR/saved"
    rm "$TEST_DIR/saved"
    [ "$(rb "$1" --json show "$id" | jq -r .entry.fields.of)" = "$(id_of "$1" "$4")" ]
}

@test "files that a folder of Markdown names become attachments of their entries" {
    mkdir -p "$TEST_DIR/notes/2026/img" "$TEST_DIR/notes/_resources"
    head -c 100000 /dev/urandom >"$TEST_DIR/notes/2026/img/a b.png"
    head -c 5 /dev/urandom >"$TEST_DIR/notes/_resources/letter.pdf"
    : >"$TEST_DIR/notes/2026/empty.bin"
    echo secret >"$TEST_DIR/outside.pdf"
    echo unused >"$TEST_DIR/notes/unused.bin"
    printf 'A walk\n\n![photo](img/a%%20b.png) ![again](<img/a b.png>) [x](../../outside.pdf) [y](/etc/hostname)\n' >"$TEST_DIR/notes/2026/2026-07-01 walk.md"
    printf 'The answer ![[letter.pdf]] [e](2026/empty.bin) [other](2026/2026-07-01%%20walk.md)\n' >"$TEST_DIR/notes/answer.md"
    run rb laptop --json import --dry-run "$TEST_DIR/notes"
    [ "$status" -eq 0 ]
    [ "$(rb laptop --json list --kind file | jq .total)" -eq 0 ]
    rb laptop import "$TEST_DIR/notes"
    [ "$(rb laptop --json list --kind file | jq .total)" -eq 3 ]
    file_is laptop 'a b.png' "$TEST_DIR/notes/2026/img/a b.png" walk
    file_is laptop letter.pdf "$TEST_DIR/notes/_resources/letter.pdf" answer
    file_is laptop empty.bin "$TEST_DIR/notes/2026/empty.bin" answer
    [ "$(rb laptop --json show "$(file_named laptop 'a b.png')" | jq -r .entry.fields.type)" = image/png ]
    # Twice adds nothing, and what was taken off stays off.
    rb laptop detach "$(file_named laptop empty.bin)"
    before=$(rb laptop --json status | jq .file_bytes)
    rb laptop import "$TEST_DIR/notes"
    [ "$(rb laptop --json list --kind file | jq .total)" -eq 2 ]
    [ "$(rb laptop --json status | jq .file_bytes)" -eq "$before" ]
    rb laptop check
    # One step for undo.
    rb laptop undo
    rb laptop undo
    [ "$(rb laptop --json list --all | jq .total)" -eq 0 ]
    [ "$(rb laptop --json list --kind file | jq .total)" -eq 0 ]
}

@test "a file too large to attach, or one that can't be read, is named and the rest goes in" {
    mkdir "$TEST_DIR/notes"
    truncate -s 105000000 "$TEST_DIR/notes/film.mp4"
    echo small >"$TEST_DIR/notes/small.bin"
    printf 'A walk ![f](film.mp4) ![s](small.bin)\n' >"$TEST_DIR/notes/walk.md"
    run --separate-stderr rb laptop --json import "$TEST_DIR/notes"
    [ "$status" -eq 3 ]
    [ "$(jq .added <<<"$output")" -eq 1 ]
    [ "$(jq .refused <<<"$output")" -eq 1 ]
    [[ $stderr == *film.mp4*'100 MiB'* ]]
    file_is laptop small.bin "$TEST_DIR/notes/small.bin" walk
    [ "$(rb laptop --json list --kind file | jq .total)" -eq 1 ]
}

@test "photos, films and documents of Day One become attachments, from the archive and from its folder" {
    mkdir -p "$TEST_DIR/d/photos" "$TEST_DIR/d/pdfs"
    head -c 30000 /dev/urandom >"$TEST_DIR/d/photos/0aa1.jpeg"
    head -c 30 /dev/urandom >"$TEST_DIR/d/pdfs/0bb2.pdf"
    cat >"$TEST_DIR/d/Journal.json" <<'JSON'
{"metadata":{"version":"1.0"},"entries":[
 {"creationDate":"2026-07-04T06:30:00Z","text":"From afar\n\n![](dayone-moment:\/\/ABC)\n\nand more","tags":["sea"],
  "photos":[{"md5":"0aa1","type":"jpeg","identifier":"ABC","filename":"IMG 1.jpeg"},{"md5":"ffff","type":"jpeg"}],
  "pdfAttachments":[{"md5":"0bb2","pdfName":"letter.pdf"}]},
 {"creationDate":"2026-07-05T06:30:00Z","text":"![](dayone-moment://DEF)","photos":[{"md5":"0aa1","filename":"alone.jpeg"}]}]}
JSON
    (cd "$TEST_DIR/d" && python3 -c '
import os, zipfile
z = zipfile.ZipFile("../d.zip", "w", zipfile.ZIP_DEFLATED)
for folder, _, names in os.walk("."):
    for name in names:
        z.write(os.path.join(folder, name))
z.close()')
    rb laptop import "$TEST_DIR/d.zip"
    file_is laptop 'IMG 1.jpeg' "$TEST_DIR/d/photos/0aa1.jpeg" afar
    file_is laptop letter.pdf "$TEST_DIR/d/pdfs/0bb2.pdf" afar
    [ "$(rb laptop --json list --kind file | jq .total)" -eq 3 ]
    [ "$(rb laptop --json list --tag sea | jq -r '.entries[0].fields.text')" = $'From afar\n\n\n\nand more' ]
    for what in d.zip d; do
        run rb laptop --json import "$TEST_DIR/$what"
        [ "$(jq '[.added, .changed, .refused] | add' <<<"$output")" -eq 0 ]
        [ "$(rb laptop --json list --kind file | jq .total)" -eq 3 ]
    done
    new_journal other
    rb other import "$TEST_DIR/d"
    file_is other letter.pdf "$TEST_DIR/d/pdfs/0bb2.pdf" afar
    rb other check
}
