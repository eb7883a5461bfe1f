#!/usr/bin/env bats
# Exports: each format is written and, where it can be imported, read back.

bats_require_minimum_version 1.5.0
load journals

setup() {
    setup_world
    export REBOUND_OFFLINE=1 TZ=UTC
    new_journal laptop
    rb laptop setback 'Lost the job' --kind other --text $'Two\nlines <b>&amp; \x1b[31mred' --tag x
    rb laptop contact Ada --every 30 --relation friend --email ada@example.org --phone '+49 30 1'
    plan=$(rb laptop --json plan 'Find work' | jq -r .entry.id)
    rb laptop step 'Write; to, Ada' --plan "$plan" --due 2030-12-04 --area skill --if 'no, time; left' --then 'a "short" one'
    printf 'not to be hired' >"$TEST_DIR/letter one.txt"
    rb laptop attach "$(id_of laptop Lost)" "$TEST_DIR/letter one.txt"
}

teardown() {
    stop_server
}

# Nothing that steers a terminal is in these files.
no_escapes() {
    ! LC_ALL=C grep -rq $'[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]' "$@"
}

file_named() {
    rb "$1" --json list --kind file | jq -r --arg name "$2" '.entries[] | select(.fields.name == $name).id'
}

adds_nothing() {
    run rb laptop --json import "$@"
    [ "$status" -eq 0 ]
    [ "$(jq .added <<<"$output")" -eq 0 ]
    [ "$(jq .refused <<<"$output")" -eq 0 ]
}

@test "every format that help names is written to a file of this user's alone" {
    for format in json markdown html vcard ical; do
        rb laptop export -f "$format" -o "$TEST_DIR/out.txt" --yes
        [ "$(stat -c %a "$TEST_DIR/out.txt")" = 600 ]
        no_escapes "$TEST_DIR/out.txt"
        run rb laptop help formats
        [[ $output == *"$format "* ]]
    done
}

@test "a folder of Markdown has a file for each entry, the attachment beside, and read back adds nothing" {
    rb laptop export -f markdown -o "$TEST_DIR/folder/"
    [ "$(stat -c %a "$TEST_DIR/folder")" = 700 ]
    [ "$(find "$TEST_DIR/folder" -type f ! -perm 600 | wc -l)" -eq 0 ]
    grep -rq 'Two' "$TEST_DIR/folder" --include='*Lost-the-job*.md'
    [ "$(cat "$TEST_DIR"/folder/attachments/*letter-one.txt)" = 'not to be hired' ]
    no_escapes "$TEST_DIR/folder"
    adds_nothing "$TEST_DIR/folder"

    new_journal other
    run rb other --json import "$TEST_DIR/folder"
    [ "$(jq .added <<<"$output")" -eq 4 ]
    [ "$(jq .refused <<<"$output")" -eq 0 ]
    [ "$(file_named other 'letter one.txt')" = "$(file_named laptop 'letter one.txt')" ]
    rb other save "$(file_named other 'letter one.txt')" -o "$TEST_DIR/letter.out"
    cmp "$TEST_DIR/letter one.txt" "$TEST_DIR/letter.out"
    one=$(rb laptop --json setback list | jq '.entries[0] | [.id, .kind, .fields.title, .fields.tags]')
    [ "$(rb other --json setback list | jq '.entries[0] | [.id, .kind, .fields.title, .fields.tags]')" = "$one" ]
}

@test "a folder that holds something is left as it is, whatever is answered; an empty one is filled" {
    mkdir "$TEST_DIR/mine" "$TEST_DIR/empty"
    echo mine >"$TEST_DIR/mine/a"
    run rb laptop export -f markdown -o "$TEST_DIR/mine" --yes
    [ "$status" -eq 1 ]
    [ "$(ls "$TEST_DIR/mine")" = a ]
    rb laptop export -f markdown -o "$TEST_DIR/empty"
    [ -d "$TEST_DIR/empty/attachments" ]
    run ls -d "$TEST_DIR"/mine.* "$TEST_DIR"/empty.*
    [ "$status" -ne 0 ]
}

@test "contacts and steps are read back by their ids and add nothing" {
    rb laptop export -f vcard -o "$TEST_DIR/c.vcf"
    grep -q $'^FN:Ada\r$' "$TEST_DIR/c.vcf"
    grep -q $'^EMAIL:ada@example.org\r$' "$TEST_DIR/c.vcf"
    adds_nothing "$TEST_DIR/c.vcf"
    rb laptop export -f ical -o "$TEST_DIR/s.ics"
    grep -qF 'SUMMARY:Write\; to\, Ada' "$TEST_DIR/s.ics"
    grep -q $'^DUE;VALUE=DATE:20301204\r$' "$TEST_DIR/s.ics"
    adds_nothing "$TEST_DIR/s.ics"

    new_journal other
    run rb other --json import "$TEST_DIR/c.vcf"
    [ "$(jq .added <<<"$output")" -eq 1 ]
    one=$(rb laptop --json contact list | jq -S '.entries[0].fields | [.name, .emails, .phones, .every, .relation]')
    [ "$(rb other --json contact list | jq -S '.entries[0].fields | [.name, .emails, .phones, .every, .relation]')" = "$one" ]
    run rb other --json import "$TEST_DIR/s.ics"
    [ "$(jq .added <<<"$output")" -eq 1 ]
    one=$(rb laptop --json step list | jq '.entries[0] | [.id, (.fields | .title, .due, .area, .obstacle, .answer)]')
    [ "$(rb other --json step list | jq '.entries[0] | [.id, (.fields | .title, .due, .area, .obstacle, .answer)]')" = "$one" ]
    [ "$(rb other --json contact list | jq -r '.entries[0].id')" = "$(rb laptop --json contact list | jq -r '.entries[0].id')" ]
}

@test "the page of HTML loads nothing and runs nothing" {
    rb laptop export -f html -o "$TEST_DIR/out.html"
    grep -q 'Lost the job' "$TEST_DIR/out.html"
    grep -qF '&lt;b&gt;&amp;amp;' "$TEST_DIR/out.html"
    ! grep -Eiq '<script|<link|<img|<iframe|@import|url\(|src=|href="[^#]|https?:' "$TEST_DIR/out.html"
    grep -q 'letter one.txt (1 KiB)' "$TEST_DIR/out.html"
}

@test "pictures stand in the page of HTML, whole" {
    # One red pixel.
    base64 -d >"$TEST_DIR/red \"dot\".png" <<<iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC
    head -c 100000 /dev/urandom >"$TEST_DIR/large.jpg"
    head -c 100 /dev/urandom >"$TEST_DIR/vector.svg"
    rb laptop attach "$(id_of laptop Find)" "$TEST_DIR/red \"dot\".png" "$TEST_DIR/large.jpg" "$TEST_DIR/vector.svg"
    rb laptop export -f html -o "$TEST_DIR/out.html"
    [ "$(grep -c '<img alt="[^"<>]*" src="data:image/[a-z]*;base64,[A-Za-z0-9+/]*">' "$TEST_DIR/out.html")" -eq 2 ]
    [ "$(grep -c '<img' "$TEST_DIR/out.html")" -eq 2 ]
    grep -q 'alt="red &quot;dot&quot;.png"' "$TEST_DIR/out.html"
    grep -q 'vector.svg (1 KiB)' "$TEST_DIR/out.html"
    python3 - "$TEST_DIR" <<'PY'
import base64, html, re, sys
page = open(sys.argv[1] + "/out.html").read()
found = re.findall(r'<img alt="([^"]*)" src="data:image/[a-z]+;base64,([^"]*)">', page)
assert len(found) == 2
for name, content in found:
    assert base64.b64decode(content + "=" * (-len(content) % 4)) == open(sys.argv[1] + "/" + html.unescape(name), "rb").read()
PY
}

@test "where nothing can be written it is said, and nothing is left" {
    head -c 200000 /dev/zero | tr '\0' x | rb laptop note -
    run bash -c 'ulimit -f 60; "$1" --vault "$2" export -f html -o "$3"' _ "$REBOUND" "$TEST_DIR/laptop" "$TEST_DIR/out.html"
    [ "$status" -eq 1 ]
    [[ $output == *'File too large'* ]]
    run bash -c 'ulimit -f 60; "$1" --vault "$2" export -f markdown -o "$3"' _ "$REBOUND" "$TEST_DIR/laptop" "$TEST_DIR/out.html"
    [ "$status" -eq 1 ]
    [[ $output == *'File too large'* ]]
    run rb laptop export -f markdown -o "$TEST_DIR/absent/folder"
    [ "$status" -ne 0 ]
    [ "$(find "$TEST_DIR" -maxdepth 1 -name 'out.html*' | wc -l)" -eq 0 ]
}

@test "JSON carries attachments into another journal, where they open, travel on and are found again" {
    head -c 2000000 /dev/urandom >"$TEST_DIR/photo.jpg"
    : >"$TEST_DIR/empty.txt"
    rb laptop attach "$(id_of laptop Find)" "$TEST_DIR/photo.jpg" "$TEST_DIR/empty.txt"
    rb laptop attach "$(id_of laptop Find)" "$TEST_DIR/photo.jpg" --name gone.jpg
    gone=$(file_named laptop gone.jpg)
    rb laptop detach "$gone"
    rb laptop export -f json -o "$TEST_DIR/out.json"
    no_escapes "$TEST_DIR/out.json"
    [ "$(LC_ALL=C awk '{ if (length($0) > n) n = length($0) } END { print n }' "$TEST_DIR/out.json")" -lt 1200000 ]
    adds_nothing "$TEST_DIR/out.json"

    new_journal other
    rb other import "$TEST_DIR/out.json"
    [ "$(rb other --json show "$(id_of other Find)" | jq '[.story[] | select(.section == "file")] | length')" -eq 2 ]
    for name in 'letter one.txt' photo.jpg empty.txt; do
        rb other save "$(file_named other "$name")" -o "$TEST_DIR/back"
        cmp "$TEST_DIR/$name" "$TEST_DIR/back"
        rm "$TEST_DIR/back"
    done
    # What was in the trash is there still, and comes back whole.
    [ "$(rb other --json trash | jq '[.entries[] | select(.kind == "file")] | length')" -eq 1 ]
    rb other restore "$gone"
    rb other save "$gone" -o "$TEST_DIR/gone.out"
    cmp "$TEST_DIR/photo.jpg" "$TEST_DIR/gone.out"
    rb other check
    before=$(rb other --json status | jq .file_bytes)
    run rb other --json import "$TEST_DIR/out.json"
    [ "$(jq '[.added, .changed, .refused] | add' <<<"$output")" -eq 0 ]
    [ "$(rb other --json status | jq .file_bytes)" -eq "$before" ]
    # And through a pipe into a third, with its own members sorted.
    new_journal third
    rb other export -f json | jq -S . | rb third import -
    rb third save "$gone" -o "$TEST_DIR/third.out"
    cmp "$TEST_DIR/photo.jpg" "$TEST_DIR/third.out"
}

@test "a content that is damaged in the file is named, the rest goes in, and a sound one is taken later" {
    head -c 2000000 /dev/urandom >"$TEST_DIR/photo.jpg"
    rb laptop attach "$(id_of laptop Find)" "$TEST_DIR/photo.jpg"
    rb laptop export -f json -o "$TEST_DIR/out.json"
    file=$(file_named laptop photo.jpg)
    jq -c --arg id "$file" '.contents |= map(select(.entry != $id or .at == 0))' "$TEST_DIR/out.json" >"$TEST_DIR/half.json"
    jq -c --arg id "$file" '(.contents[] | select(.entry == $id) | .size) = 7' "$TEST_DIR/out.json" >"$TEST_DIR/size.json"
    jq -c --arg id "$file" '(.contents[] | select(.entry == $id) | .entry) = "00000000000000000000000000000001"' "$TEST_DIR/out.json" >"$TEST_DIR/stray.json"
    new_journal other
    for what in half size stray; do
        run rb other --json import --dry-run "$TEST_DIR/$what.json"
        [ "$status" -eq 0 ]
        run --separate-stderr rb other --json import "$TEST_DIR/$what.json"
        [ "$status" -eq 3 ]
        [ "$(jq .refused <<<"$output")" -ge 1 ]
        [[ $stderr == *'content of the attachment'* ]]
        rb other check
    done
    [ "$(file_named other photo.jpg)" = "$file" ]
    run rb other save "$file" -o "$TEST_DIR/none"
    [ "$status" -ne 0 ]
    rb other import "$TEST_DIR/out.json"
    rb other save "$file" -o "$TEST_DIR/photo.out"
    cmp "$TEST_DIR/photo.jpg" "$TEST_DIR/photo.out"
}

@test "an import that breaks off leaves nothing, neither entries nor content" {
    head -c 3000000 /dev/urandom >"$TEST_DIR/photo.jpg"
    rb laptop attach "$(id_of laptop Find)" "$TEST_DIR/photo.jpg"
    rb laptop export -f json -o "$TEST_DIR/out.json"
    size=$(stat -c %s "$TEST_DIR/out.json")
    new_journal other
    for percent in 1 30 60 99; do
        head -c $((size * percent / 100)) "$TEST_DIR/out.json" >"$TEST_DIR/cut.json"
        run rb other import "$TEST_DIR/cut.json"
        [ "$status" -eq 20 ]
        [[ $output == *'cut off'*'Nothing was imported'* ]]
        run rb other import - <"$TEST_DIR/cut.json"
        [ "$status" -eq 20 ]
    done
    [ "$(rb other --json status | jq .file_bytes)" -eq 0 ]
    [ "$(rb other --json list --all | jq .total)" -eq 0 ]
    rb other check
}

# killed_until_done COMMAND...: killed after a while, again and again, each time a little later, until it comes through.
killed_until_done() {
    local ms
    for ((ms = 100; ms < 60000; ms += ms / 3)); do
        rm -rf "$TEST_DIR/out"
        mkdir -m 700 "$TEST_DIR/out"
        if timeout --signal KILL "$((ms / 1000)).$(printf '%03d' $((ms % 1000)))" "$@" >/dev/null 2>&1; then return 0; fi
        killed=$((killed + 1))
        [ ! -e "$TEST_DIR/out/journal" ] # under its name it is whole, or not there
        find "$TEST_DIR/out" ! -perm 600 ! -perm 700 | grep -q . && return 1
    done
    return 1
}

@test "killed while it exports: under the name there is nothing, and the journal is sound" {
    head -c 12000000 /dev/urandom >"$TEST_DIR/film.mp4"
    rb laptop attach "$(id_of laptop Find)" "$TEST_DIR/film.mp4"
    killed=0
    umask 0
    killed_until_done "$REBOUND" --vault "$TEST_DIR/laptop" export -f json -o "$TEST_DIR/out/journal"
    jq -e '.contents | length > 10' "$TEST_DIR/out/journal"
    [ "$(find "$TEST_DIR/out" -type f | wc -l)" -eq 1 ]
    killed_until_done "$REBOUND" --vault "$TEST_DIR/laptop" export -f markdown -o "$TEST_DIR/out/journal/"
    cmp "$TEST_DIR/film.mp4" "$TEST_DIR"/out/journal/attachments/*film.mp4
    [ "$killed" -ge 2 ] # what is never killed shows nothing
    rb laptop check
}
