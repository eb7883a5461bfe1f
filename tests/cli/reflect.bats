#!/usr/bin/env bats
# The guided reflection as a person has it, at a real terminal; and from a pipe.

load journals

setup() {
    setup_world
    unset LC_ALL
    export LANG=C.UTF-8 TERM=xterm REBOUND_VAULT=$TEST_DIR/laptop REBOUND_OFFLINE=1
    new_journal laptop
    cd "$TEST_DIR"
}

# talk LINES COMMAND...: the command at a terminal; each line is typed once it is asked for ("> "). What the terminal showed is in
# $screen, the exit status in $status. A line may hold \003 (Ctrl-C), \004 (Ctrl-D).
talk() {
    local typed=$1 quoted
    shift
    quoted=$(printf '%q ' "$@")
    : >"$TEST_DIR/screen"
    run timeout 60 script -qfec "$quoted" -O "$TEST_DIR/screen" < <(
        n=0
        while IFS= read -r line; do
            n=$((n + 1))
            until [[ $(grep -ao '> ' "$TEST_DIR/screen" | wc -l) -ge $n ]]; do read -r -t 0.02 <> <(:) || true; done
            case $line in
            *'\003' | *'\004') printf '%b' "$line" ;;
            *) printf '%s\n' "$line" ;;
            esac
        done <<<"$typed"
        until ! pgrep -f "script -qfec" -P "$BASHPID" >/dev/null; do read -r -t 0.02 <> <(:) || true; done
    )
    screen=$(tr -d '\r' <"$TEST_DIR/screen")
}

# So that none is offered.
forget() { "$REBOUND" --json list --kind reflection | jq -r '.entries[].id' | xargs -r "$REBOUND" --quiet delete; }
titles() { "$REBOUND" --json list --kind "$1" | jq -c "[.entries[].fields.$2] | sort"; }
# Nothing that was typed lies anywhere in the open.
nothing_in_the_open() { ! grep -rla "$1" "$HOME" "$XDG_DATA_HOME" "$XDG_STATE_HOME" "$TEST_DIR/laptop" 2>/dev/null; }

@test "one question at a time: answered, explained, left out, gone back to, and gone on with" {
    talk $'?\nThe job is gone\n1\n\\004' "$REBOUND" reflect
    [ "$status" -eq 0 ]
    [[ $screen == *"Take your time"* && $screen == *"1/11  What happened"* && $screen == *"In one line, what happened?"* ]]
    [[ $screen == *"Spera"* && $screen == *"2  a job lost"* ]]
    [[ $screen == *"Enough for now"*"rebound reflect "* ]]
    [ "$(titles setback kind_of)" = '["missed-promotion"]' ]
    id=$(sed -n 's/.*`rebound reflect \([0-9a-f]*\)`.*/\1/p' <<<"$screen")
    talk $'<\n2\nmonday\n\nfear\n11\n8\n\n\\004' "$REBOUND" reflect "$id"
    [[ $screen == *"Good that you are back"* && $screen == *"So far"* && $screen == *"a promotion that did not come"* ]]
    [ "$(titles setback kind_of)" = '["job-loss"]' ]
    [ "$(titles feel strength)" = '["8"]' ] # 11 was refused, in words, and asked again
    [ "$("$REBOUND" --json list --kind reflection | jq .total)" -eq 1 ]
    nothing_in_the_open 'The job is gone'
    [ -z "$(find "$HOME" -name '*history*' -o -name '.editrc')" ]
}

@test "< goes back to the question that stood just before" {
    talk $'The job is gone\n2\nmonday\n<\nyesterday\n<\n\\004' "$REBOUND" reflect
    [ "$(grep -c '^When was it?' <<<"$screen")" -eq 3 ]
    [ "$("$REBOUND" --json list --kind setback | jq -r '.entries[0].fields.at')" = "$(date -d yesterday +%F)" ]
}

@test "a kind is chosen by a part of what it is called" {
    talk $'It ended\nlost\n\\004' "$REBOUND" reflect
    [ "$(titles setback kind_of)" = '["job-loss"]' ]
}

@test "a feeling and its strength may be said at once" {
    talk $'The job is gone\n\n\n\nangry 8\ntired\n3\n\n\\004' "$REBOUND" reflect
    [ "$(titles feel emotion)" = '["angry","tired"]' ]
    [ "$(titles feel strength)" = '["3","8"]' ]
}

@test "what is not understood is said within the width of the terminal, no word taken apart" {
    talk $'The job is gone\nnone of these at all\n\\004' env NO_COLOR=1 sh -c 'stty cols 40; exec "$0" reflect' "$REBOUND"
    [ "$status" -eq 0 ]
    [[ $screen == *'"none of these at all" is none of'$'\n'* ]]
    [ -z "$(awk 'length > 40 && !/^(> |Script )/' <<<"$screen")" ]
}

@test "Ctrl-C stops anywhere, keeps what was answered, and says how to go on" {
    talk $'\\003' "$REBOUND" reflect
    [ "$status" -eq 130 ]
    [[ $screen == *"Nothing was written yet"* ]]
    [ "$("$REBOUND" --json list | jq .total)" -eq 0 ]
    talk $'It ended\nhalf a line\\003' "$REBOUND" reflect
    [ "$status" -eq 130 ]
    [[ $screen == *"goes on from here"* ]]
    [ "$(titles setback title)" = '["It ended"]' ]
    [ "$(stty -a </dev/null 2>&1 | grep -c ' -echo ')" -eq 0 ]
}

@test "without an id, one that was begun is offered" {
    printf 'The talk went badly\n' | "$REBOUND" reflect
    talk $'\\004' bash -c 'printf "" ; exec "$REBOUND" reflect --yes'
    [[ $screen == *"Good that you are back"* && $screen == *"Which kind of setback"* ]]
}

@test "a choice by its number, its name or the beginning of it; a name that is no choice is asked again" {
    talk $'It\nnonsense\na job\n\\004' "$REBOUND" reflect
    [[ $screen == *'"nonsense" is none of these'* ]]
    [ "$(titles setback kind_of)" = '["job-loss"]' ]
}

@test "long answers: several lines, or the editor" {
    talk $'It\n\n\nfirst line\nsecond line\n\n\\004' "$REBOUND" reflect
    [ "$(titles setback text)" = '["first line\nsecond line"]' ]
    printf '#!/bin/sh\nprintf "from the editor\\nwith Umlaut \303\244\\n" >"$1"\n' >editor
    chmod +x editor
    forget
    REBOUND_EDITOR=$TEST_DIR/editor talk $'Another\n\n\n+\n\\004' "$REBOUND" reflect
    [ "$(titles setback text | jq -c 'map(select(startswith("from")))')" = '["from the editor\nwith Umlaut ä"]' ]
    printf '#!/bin/sh\nexit 1\n' >editor
    forget
    REBOUND_EDITOR=$TEST_DIR/editor talk $'Third\n\n\n+\nby hand\n\n\\004' "$REBOUND" reflect
    [[ $(titles setback text) == *"by hand"* ]]
}

@test "what is typed is UTF-8 and edited: a letter taken back, a word in the middle" {
    talk $'Größe\x7f\x7fze\n\\004' "$REBOUND" reflect
    [ "$(titles setback title)" = '["Gröze"]' ]
    forget
    LANG=C talk $'Äpfel 🍎\n\\004' "$REBOUND" reflect
    [[ $(titles setback title) == *"Äpfel 🍎"* ]]
}

@test "people: who is known is taken, who is new is added, and whom to ask is one of them" {
    "$REBOUND" contact add Sam --relation friend
    # what, kind, when, words, feeling, beyond, around, mine, ask, person, due, next ask; taught, view, goal, step, friend, grow, people…
    printf '%s\n' 'It' '' '' '' '' '' '' '' 'What do you see in me?' 'Mira' '' '' '' '' '' '' '' '' 'sam' '' '' '' 'Mira' '' '' '' '' '' '' | "$REBOUND" reflect
    [ "$(titles contact name)" = '["Mira","Sam"]' ]
    ask=$("$REBOUND" --json list --kind ask | jq -r '.entries[0].fields.person')
    [ "$("$REBOUND" --json show "$ask" | jq -r .entry.fields.name)" = Mira ]
}

@test "everything left out leaves nothing, and nobody is scolded" {
    yes '' | head -40 | "$REBOUND" reflect >out
    [[ $(<out) == *"that is all right"* ]]
    [ "$("$REBOUND" --json list | jq .total)" -eq 0 ]
}

@test "the whole way from a pipe: each step leaves what it is for, and show tells it in one piece" {
    answers=('We lost the contract' 3 yesterday 'Long night.' '' anger 6 '' 'The budget' '' 'A hot summer' '' 'I said yes too often' ''
        'What would have helped?' 'Noor' friday '' 'To say no' '' 'It was one contract' '' 'Calmer work' 1 'next month' 'Write to Noor' tomorrow
        'I am tired' 'I send one line' '' 'You are more than this' '' 'Say no once a week' 2 Ines 1 'She listens' 'next door' '' tired 4 'I slept' '')
    printf '%s\n' "${answers[@]}" | "$REBOUND" --json reflect >done.json
    jq . done.json
    [ "$(jq .ended done.json)" = true ]
    for kind in setback feel cause ask reframe plan step kind grow contact win; do
        [ "$("$REBOUND" --json list --kind "$kind" | jq .total)" -ge 1 ] || { echo "no $kind"; return 1; }
    done
    run "$REBOUND" show "$(jq -r .setback done.json)"
    for words in 'We lost the contract' 'The budget' 'To say no' 'Write to Noor' 'You are more than this' 'Ines' 'I slept'; do
        [[ $output == *"$words"* ]] || { echo "not told: $words"; return 1; }
    done
    # It has ended: going on with it asks nothing more.
    run "$REBOUND" --json reflect "$(jq -r .reflection done.json)" </dev/null
    [ "$(jq .ended <<<"$output")" = true ]
}

@test "killed at any time: every answer that another question followed is there" {
    for ((n = 1; n <= 12; n++)); do
        rm -f fifo asked
        mkfifo fifo
        "$REBOUND" reflect <fifo >/dev/null 2>&1 3>&- &
        pid=$!
        exec 9>fifo
        printf 'Loss %s\n\n\n\n' "$n" >&9
        for ((k = 0; k < n % 4; k++)); do printf 'feeling %s %s\n\n' "$n" "$k" >&9; done
        # The last one is in once it can be seen; then the process dies where it stands.
        want=$((n % 4 == 0 ? 1 : n % 4))
        until [ "$("$REBOUND" --json search "\"Loss $n\"" | jq .total)" -eq 1 ] &&
            { [ $((n % 4)) -eq 0 ] || [ "$("$REBOUND" --json search "\"feeling $n\"" | jq .total)" -eq "$want" ]; }; do
            kill -0 "$pid"
        done
        kill -KILL "$pid"
        wait "$pid" || true
        exec 9>&-
    done
    "$REBOUND" check
    [ "$("$REBOUND" --json list --kind setback | jq .total)" -eq 12 ]
    [ "$("$REBOUND" --json list --kind reflection | jq .total)" -eq 12 ]
}

@test "in German by locale, in another language by option, and gone on with in either" {
    LANG=de_DE.UTF-8 talk $'Der Vertrag ist weg\n\\004' "$REBOUND" reflect
    [[ $screen == *"was ist geschehen?"* ]]
    id=$("$REBOUND" --json list --kind reflection | jq -r '.entries[0].id')
    talk $'\\004' "$REBOUND" reflect "$id" --language en
    [[ $screen == *"Which kind of setback"* ]]
}

@test "sets of one's own: begun from a file, checked, used, asked, taken away" {
    "$REBOUND" questions show setback --file >mine.yaml
    sed -i 's/^name: .*/name: mine/; s/In one line, what happened?/What is it, in a word?/' mine.yaml
    run "$REBOUND" questions check mine.yaml
    [ "$status" -eq 0 ]
    "$REBOUND" questions use mine.yaml
    talk $'\\004' "$REBOUND" reflect --questions mine
    [[ $screen == *"What is it, in a word?"* ]]
    [ "$("$REBOUND" --json questions | jq -c '[.sets[] | select(.id != null) | .name]')" = '["mine"]' ]
    "$REBOUND" questions remove mine
    run "$REBOUND" reflect --questions mine
    [ "$status" -eq 13 ]
    [[ $output == *"no set of questions called"* ]]
    printf 'rebound-questions: 1\nname: x\n\tbroken' >broken.yaml
    run "$REBOUND" questions check broken.yaml
    [ "$status" -eq 4 ] || [ "$status" -ne 0 ]
    [[ $output == *"ine 3"* ]]
    run "$REBOUND" questions use nowhere.yaml
    [ "$status" -ne 0 ]
}

@test "what suggests danger to life is answered at once, at the terminal alone" {
    talk $'I do not want to live like this\n\\004' "$REBOUND" reflect
    [[ $screen == *"help-now"* ]]
    run bash -c 'printf "I do not want to live like this\n" | "$REBOUND" reflect'
    [[ $output != *"help-now"* ]]
}

@test "where nothing can be asked it says so" {
    run script -qec "$(printf '%q ' "$REBOUND" --no-input reflect)" /dev/null
    [[ $output == *"nothing can be asked here"* ]]
    run "$REBOUND" reflect --short --full </dev/null
    [ "$status" -eq 2 ]
    note=$("$REBOUND" --json note x | jq -r .entry.id)
    run "$REBOUND" reflect "$note" </dev/null
    [ "$status" -eq 2 ]
}
