#!/usr/bin/env bats
# Files that someone made to do harm, and what surrounds the program when it is ended at the wrong moment.

bats_require_minimum_version 1.5.0
load journals

setup() {
    setup_world
    new_journal laptop
}

# forged ENTRY…: imports a journal that no Rebound would write.
forged() {
    python3 "$BATS_TEST_DIRNAME/forge.py" "$@" >"$TEST_DIR/forged.json"
    rb laptop import "$TEST_DIR/forged.json"
}

@test "a day that is none leads no file of an export out of its folder" {
    mkdir -p "$TEST_DIR/a/b"
    forged "a1 kind=note text=one at=../../../x" "a2 kind=note text=two at=$(printf '/tmp/12345')" \
        $'a3 kind=note text=three at=a\nb: c\n---' "a4 kind=note text=four at=2026-11-24"
    rb laptop export --format markdown --out "$TEST_DIR/a/b/out"
    [ "$(find "$TEST_DIR/a" -type f -name '*.md' | wc -l)" -eq 4 ]
    [ "$(find "$TEST_DIR/a/b/out" -maxdepth 1 -type f -name '[0-9][0-9][0-9][0-9]-*.md' | wc -l)" -eq 4 ]
    [ -f "$TEST_DIR"/a/b/out/2026-11-24-four-*.md ]
}

# begin_open ID: opens an attachment with a viewer that stays; $open_pid, once the copy is there, which it writes to `path`.
begin_open() {
    printf '#!/bin/sh\necho "$1" >"%s/path.new" && mv "%s/path.new" "%s/path"\nread -r _ <"%s/stay"\n' "$TEST_DIR" "$TEST_DIR" "$TEST_DIR" "$TEST_DIR" >"$TEST_DIR/viewer"
    chmod +x "$TEST_DIR/viewer"
    mkfifo "$TEST_DIR/stay"
    REBOUND_OPENER=$TEST_DIR/viewer env --default-signal=INT setsid "$REBOUND" --vault "$TEST_DIR/laptop" open "$1" >/dev/null 2>&1 3>&- &
    open_pid=$!
    timeout 20 bash -c 'until [[ -s $0 ]]; do read -r -t 0.02 <> <(:) || true; done' "$TEST_DIR/path"
    [ -f "$(cat "$TEST_DIR/path")" ]
}

# The viewer's, which outlives what started it.
end_open() {
    timeout 5 bash -c ': >"$0"' "$TEST_DIR/stay" || true
    rm "$TEST_DIR/stay" "$TEST_DIR/path"
}

@test "an open copy goes however its command is ended, and the next one or lock takes what a kill left" {
    printf 'a letter' >"$TEST_DIR/letter.txt"
    rb laptop note one
    rb laptop attach "$(id_of laptop one)" "$TEST_DIR/letter.txt"
    local id copy signal
    id=$(rb laptop --json list --kind file | jq -r '.entries[0].id')
    for signal in TERM HUP INT; do
        begin_open "$id"
        copy=$(cat "$TEST_DIR/path")
        if [[ $signal = INT ]]; then # it is the viewer's too, as on a terminal
            kill -INT -- "-$open_pid"
        else
            kill "-$signal" "$open_pid"
        fi
        wait "$open_pid" || true
        [ ! -e "$(dirname "$copy")" ]
        end_open
    done
    begin_open "$id"
    copy=$(cat "$TEST_DIR/path")
    REBOUND_OPENER=true rb laptop open "$id" # leaves one alone that is in use
    [ -f "$copy" ]
    kill -KILL "$open_pid"
    wait "$open_pid" || true
    REBOUND_OPENER=true rb laptop open "$id"
    [ ! -e "$(dirname "$copy")" ]
    end_open
    begin_open "$id"
    copy=$(cat "$TEST_DIR/path")
    kill -KILL "$open_pid"
    wait "$open_pid" || true
    rb laptop lock
    [ ! -e "$(dirname "$copy")" ]
    end_open
}

@test "an attachment's name from elsewhere is one plain name here" {
    local name
    name=$(printf '../../-x\033]0;y\007\342\200\256gpj\302\233.exe')
    forged "a1 kind=note text=one" "b1 kind=file name=$name size=3 of=a1111111111111111111111111111111" \
        contents "b1 3 0 abc"
    mkdir "$TEST_DIR/here"
    (cd "$TEST_DIR/here" && rb laptop save b111)
    [ "$(ls "$TEST_DIR/here")" = "_.._-x_]0;y__gpj_.exe" ]
    [ "$(cat "$TEST_DIR/here/"*)" = abc ]
}

@test "an archive or a file that would unpack to more than there is memory is refused, and nothing of it is in" {
    (cd "$TEST_DIR" && python3 - <<'PY'
import zipfile
with zipfile.ZipFile("values.zip", "w", zipfile.ZIP_DEFLATED) as z:
    z.writestr("Journal.json", '{"entries":[' + "0," * 6000000 + '0],"x":"creationDate"}')
with zipfile.ZipFile("bytes.zip", "w", zipfile.ZIP_DEFLATED) as z:
    for i in range(10):
        z.writestr("J%d.json" % i, '{"entries":[{"creationDate":"2026-01-01T00:00:00Z","text":"' + "a" * 40000000 + '"}]}')
with open("deep.json", "w") as f:
    f.write('{"format":"rebound","version":1,"entries":[{"id":[' + "0," * 2000000 + "0]}]}")
PY
    )
    local file
    for file in values.zip bytes.zip deep.json; do
        run timeout 60 "$REBOUND" --vault "$TEST_DIR/laptop" import "$TEST_DIR/$file"
        [ "$status" -eq 20 ]
    done
    [ "$(rb laptop --json list --all | jq .total)" -eq 0 ]
}

# The stamp of an entry's first edit: WALL_MS/DEVICE, as forge.py takes it.
stamp_of() {
    rb laptop export --format json | python3 -c '
import base64, json, sys
for e in json.load(sys.stdin)["entries"]:
    if e["id"] == sys.argv[1]:
        b = base64.urlsafe_b64decode(e["edits"][0] + "==")
        print("%d/%s" % (int.from_bytes(b[21:29], "little"), b[20:20 + b[19]][-32:].hex()))' "$1"
}

@test "an import makes no entry another one: not its kind, not an edit that is here, not a device's name" {
    local note device stamp
    rb laptop note 'as it was'
    note=$(id_of laptop 'as it was')
    stamp=$(stamp_of "$note")

    run forged "$note@1000 kind=contact name=other"
    [ "$status" -eq 3 ]
    run forged "$note@$stamp kind=note text=AAA"
    [ "$status" -eq 3 ]
    [ "$(rb laptop --json show "$note" | jq -r .entry.fields.text)" = 'as it was' ]
    [ "$(rb laptop --json show "$note" | jq -r .entry.kind)" = note ]

    device=$(rb laptop export --format json | jq -r '.entries[] | select(.kind == "device").id')
    run forged "$device kind=device name=phone"
    [ "$status" -eq 0 ]
    [[ $(rb laptop devices) == *laptop* ]]
    [[ $(rb laptop devices) != *phone* ]]

    forged "$note tags+more" # what it may: bring more of it
    [[ $(rb laptop show "$note") == *more* ]]
    rb laptop undo
    [[ $(rb laptop show "$note") != *more* ]]
    [ "$(rb laptop --json show "$note" | jq -r .entry.fields.text)" = 'as it was' ]
}

@test "an entry of more edits than one has is left out, in one piece or in many" {
    python3 - >"$TEST_DIR/many.json" <<'PY'
import base64, json, struct
def field(tag, b): return bytes([tag << 3 | 2, len(b)]) + b
def edit(i, n):
    op = lambda f, v: field(4, b"\x08\x01" + field(2, f) + field(3, v))
    stamp = field(2, b"\x09" + struct.pack("<Q", 1000 + n) + field(3, b"\x11" * 32))
    e = field(1, i) + stamp + op(b"kind", b"note") + op(b"text", b"one %d" % n)
    return base64.urlsafe_b64encode(e).decode().rstrip("=")
one, two, three = b"\xa1" * 16, b"\xa2" * 16, b"\xa3" * 16
entries = [{"id": one.hex(), "edits": [edit(one, n) for n in range(30000)]}]
entries += [{"id": two.hex(), "edits": [edit(two, 1)]}] * 30000
entries += [{"id": three.hex(), "edits": [edit(three, 1)]}]
json.dump({"format": "rebound", "version": 1, "entries": entries}, __import__("sys").stdout)
PY
    run timeout 100 "$REBOUND" --vault "$TEST_DIR/laptop" --json import "$TEST_DIR/many.json"
    [ "$status" -eq 3 ]
    [ "$(rb laptop --json list --all | jq .total)" -eq 2 ]
}

@test "a calendar whose zone changes every second costs no more than its size" {
    {
        printf 'BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VTIMEZONE\nTZID:x\n'
        printf 'BEGIN:STANDARD\nDTSTART:19000101T000000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0000\nRRULE:FREQ=%s\nEND:STANDARD\n' \
            SECONDLY 'YEARLY;BYMONTH=1;BYHOUR=1,2,3;BYMINUTE=1,2,3,4;BYSECOND=1,2,3' 'YEARLY;BYDAY=-1SU;BYMONTH=10'
        printf 'END:VTIMEZONE\nBEGIN:VTODO\nSUMMARY:one\nDUE;TZID=x:20360101T100000\nEND:VTODO\nEND:VCALENDAR\n'
    } >"$TEST_DIR/zone.ics"
    run timeout 30 "$REBOUND" --vault "$TEST_DIR/laptop" import "$TEST_DIR/zone.ics"
    [ "$status" -eq 0 ]
    [ "$(rb laptop export --format json | jq -r '.entries[] | select(.kind == "step").fields.due')" = 2036-01-01T10:00:00Z ]
}

@test "of many contents of one attachment the first counts" {
    forged "a1 kind=note text=one" "b1 kind=file name=a.txt size=3 of=a1111111111111111111111111111111" \
        contents "b1 3 0 abc" "b1 3 0 xyz" "b1 3 0 xyz"
    [ "$(rb laptop save b111 --out -)" = abc ]
    rb laptop check
}

@test "a list of help of one's own that has no emergency number, or is no file, leaves a person with one" {
    local own=$XDG_CONFIG_HOME/rebound/help-now.txt
    mkdir -p "${own%/*}"
    printf 'DE | talk | A friend of the group | 0123 | evenings | |\n' >"$own"
    run rb laptop help-now DE
    [[ $output == *"A friend of the group"* ]]
    [[ $output != *TelefonSeelsorge* ]]
    [[ $output == *112* ]]
    run rb laptop help-now AT
    [[ $output == *142* ]]
    printf '# nothing yet\n' >"$own"
    [[ $(rb laptop help-now DE) == *TelefonSeelsorge*112* ]]
    rm "$own"
    mkfifo "$own"
    [[ $(timeout 20 "$REBOUND" help-now DE) == *TelefonSeelsorge*112* ]]
}

@test "of millions of entries that are none some are named and all are counted" {
    python3 -c 'print("{\"format\":\"rebound\",\"version\":1,\"entries\":[" + "0," * 999999 + "0]}")' >"$TEST_DIR/none.json"
    run --separate-stderr timeout 60 "$REBOUND" --vault "$TEST_DIR/laptop" --json import "$TEST_DIR/none.json"
    [ "$status" -eq 3 ]
    [ "$(jq .refused <<<"$output")" -eq 1000000 ]
    [ "${#stderr_lines[@]}" -lt 110 ]
}

@test "a file from a clock that is ahead gives what is written now no other day" {
    forged "a1@$((($(date +%s) + 23 * 3600) * 1000)) kind=note text=ahead"
    rb laptop note today
    local at
    at=$(rb laptop --json list | jq -r '.entries[] | select(.title == "today").at')
    [ "$(date -d "$at" +%s)" -le "$(date +%s)" ]
    rb laptop note 'as I say' --at 2026-11-20
    [[ $(rb laptop list) == *2026-11-20*"as I say"* ]]
}

@test "what is no file is not waited for, nor attached" {
    rb laptop note one
    mkfifo "$TEST_DIR/pipe"
    run timeout 20 "$REBOUND" --vault "$TEST_DIR/laptop" attach "$(id_of laptop one)" "$TEST_DIR/pipe"
    [ "$status" -eq 20 ]
}

@test "what is written to a pipe or a device goes there, and replaces neither it nor what a link leads to" {
    rb laptop note one
    mkfifo "$TEST_DIR/pipe"
    timeout 20 cat "$TEST_DIR/pipe" >"$TEST_DIR/got" 3>&- &
    timeout 20 "$REBOUND" --vault "$TEST_DIR/laptop" --yes export --format html --out "$TEST_DIR/pipe"
    wait "$!"
    [ -p "$TEST_DIR/pipe" ]
    [[ $(cat "$TEST_DIR/got") == *one* ]]
    printf 'kept' >"$TEST_DIR/victim"
    ln -s "$TEST_DIR/victim" "$TEST_DIR/link.md"
    rb laptop --yes export --format markdown --out "$TEST_DIR/link.md"
    [ "$(cat "$TEST_DIR/victim")" = kept ]
}
