#!/usr/bin/env bats
# The same in German: chosen by the environment, with no locale installed; what programs read stays as it is.

load journals

setup() {
    setup_world
    unset LC_ALL LC_MESSAGES LANG LANGUAGE
    export REBOUND_VAULT=$TEST_DIR/laptop REBOUND_OFFLINE=1
}

teardown() { stop_server; }

is_german() { [[ $output == *"gibt es nicht"* ]]; }
is_english() { [[ $output == *"There is no command"* ]]; }

@test "the language is chosen as gettext does" {
    for de in LANG=de_DE.UTF-8 LC_ALL=de_AT LC_MESSAGES=de_CH.UTF-8 'LANG=en_US.UTF-8 LANGUAGE=de:en' 'LC_ALL=fr_FR.UTF-8 LANGUAGE=fr:de' LANG=de_DE@euro LANG=de; do
        run env $de "$REBOUND" nonsense
        is_german || { echo "$de: $output"; return 1; }
    done
    for en in LANG=en_GB.UTF-8 LANG=C LC_ALL=C LC_ALL=POSIX 'LANG=C LANGUAGE=de' 'LC_ALL=C LANG=de_DE.UTF-8' LANG=fr_FR 'LANG=de_DE LANGUAGE=en:de' LANG=den_XX LANG= ''; do
        run env $en "$REBOUND" nonsense
        is_english || { echo "$en: $output"; return 1; }
    done
}

@test "help, a day and its undo, one and many" {
    export LANG=de_DE.UTF-8
    run "$REBOUND" help
    [[ $output == *"ein privates Tagebuch"* && $output == *"Zurückschauen"* ]]
    for command in $("$REBOUND" --json help | jq -r '.commands[].name'); do
        run "$REBOUND" help "$command"
        [ "$status" -eq 0 ]
        [[ $output != *"Options that every command takes"* ]]
    done
    new_journal laptop
    run "$REBOUND" note "Ein schwerer Tag"
    [[ $output == *"Gespeichert"* ]]
    run "$REBOUND" win "Trotzdem gelacht" --at "24.11.2026"
    [[ $output == *"Wann: Dienstag"*"November 2026"* ]]
    "$REBOUND" list >/dev/null
    run "$REBOUND" delete @1
    [[ $output == *"1 Eintrag"* ]]
    run "$REBOUND" undo
    [ "$status" -eq 0 ]
    "$REBOUND" list >/dev/null
    run "$REBOUND" delete @1 @2
    [[ $output == *"2 Einträge"* ]]
    run "$REBOUND" show 0000
    [ "$status" -ne 0 ]
    [[ $output == "rebound: "* && $output != *"There "* && $output != *" no "* ]]
    run "$REBOUND" report --html --out "$TEST_DIR/bericht.html"
    grep -q '<html lang="de">' "$TEST_DIR/bericht.html"
    grep -q 'Wie es war' "$TEST_DIR/bericht.html"
    "$REBOUND" export --format html --out "$TEST_DIR/tagebuch.html"
    grep -q '<html lang="de">' "$TEST_DIR/tagebuch.html"
    grep -q '<h1>Tagebuch' "$TEST_DIR/tagebuch.html"
}

@test "yes is also said with a J" {
    export LANG=de_DE.UTF-8
    new_journal laptop
    "$REBOUND" export --format json --out "$TEST_DIR/alles.json"
    run script -qec "$(printf '%q ' "$REBOUND" export --format json --out "$TEST_DIR/alles.json")" /dev/null <<<j
    [[ $output == *"[j/N]"* ]]
    [ "$status" -eq 0 ]
}

@test "documents, codes and words to type are the same in every language" {
    new_journal laptop
    "$REBOUND" setback "Es ist vorbei" --kind job-loss
    for words in 'list' 'status' 'today' 'timeline' 'insights' 'settings' 'trash' 'questions'; do
        LANG=de_DE.UTF-8 "$REBOUND" --json $words | jq -S 'del(.. | .help?, .last_seen?)' >"$TEST_DIR/de"
        LANG=en_US.UTF-8 "$REBOUND" --json $words | jq -S 'del(.. | .help?, .last_seen?)' >"$TEST_DIR/en"
        cmp "$TEST_DIR/de" "$TEST_DIR/en" || { echo "$words"; diff "$TEST_DIR/de" "$TEST_DIR/en"; return 1; }
    done
    run env LANG=de_DE.UTF-8 "$REBOUND" --json show 0000
    german=$status
    code=$(jq -r .error.code <<<"$output")
    run env LANG=en_US.UTF-8 "$REBOUND" --json show 0000
    [ "$status" -eq "$german" ]
    [ "$(jq -r .error.code <<<"$output")" = "$code" ]
}

@test "what the system says and what is wrong in a file is in German too" {
    export LANG=de_DE.UTF-8
    new_journal laptop
    run rb laptop import "$TEST_DIR/nowhere.json"
    [ "$status" -ne 0 ]
    [[ $output != *'No such file'* ]]
    run rb laptop check --evidence "$TEST_DIR/nowhere.txt"
    [[ $output == *'Keine solche Datei'* ]]
    run rb laptop export --format json --out "$TEST_DIR/passphrase/below"
    [[ $output == *'Das ist kein Ordner'* ]] || { echo "$output"; return 1; }
    printf 'a: 1\n' >"$TEST_DIR/set.yaml"
    run rb laptop questions check "$TEST_DIR/set.yaml"
    [[ $output == *'Ihre erste Zeile wäre „rebound-questions: 1“'* ]]
    printf 'rebound-questions: 1\nname: x\n' >"$TEST_DIR/set.yaml"
    run rb laptop questions check "$TEST_DIR/set.yaml"
    [[ $output == *'Hier fehlt etwas: „title“'* ]]
    printf 'rebound-questions: 1\nname: &a x\n' >"$TEST_DIR/set.yaml"
    run rb laptop questions check "$TEST_DIR/set.yaml"
    [[ $output == *'Zeile 2: Anker, Verweise und Tags'* ]]
    # A vault that is a file: the library's own sentence.
    printf x >"$TEST_DIR/file"
    run "$REBOUND" --vault "$TEST_DIR/file/below" init --kdf-memory 64 --phrase-out 8 8>/dev/null
    [ "$status" -ne 0 ]
    [[ $output == *'Das ist kein Ordner'* && $output == *konnte* ]] || { echo "$output"; return 1; }
}

@test "what an entry went through, and why a server refuses, is in German too" {
    export LANG=de_DE.UTF-8
    unset REBOUND_OFFLINE
    start_server
    new_journal laptop --server "$server_invite"
    rb laptop --quiet note 'ein Blatt'
    id=$(id_of laptop Blatt)
    rb laptop --quiet edit "$id" --text 'noch ein Blatt' --tag ruhig
    rb laptop --quiet delete "$id"
    run rb laptop history "$id"
    [[ $output == *angelegt* && $output == *'geändert: '* && $output == *'kam in den Papierkorb'* && $output != *changed* ]]
    new_journal other
    run rb other connect "$server_invite" # it was used
    [ "$status" -ne 0 ]
    [[ $output == *'die Einladung gilt nicht'* ]] || { echo "$output"; return 1; }
}
