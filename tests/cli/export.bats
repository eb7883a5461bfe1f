#!/usr/bin/env bats
# Exports: each format is written and, where it can be imported, read back.

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
