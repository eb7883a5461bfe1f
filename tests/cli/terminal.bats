#!/usr/bin/env bats
# What help says is true, and what stands on a terminal is shown as that terminal can.

bats_require_minimum_version 1.5.0
load journals

setup() {
    setup_world
    sources=$BATS_TEST_DIRNAME/../..
}

# at_width COLUMNS COMMAND…: at a terminal so wide; what it showed, without its carriage returns, is in $screen.
at_width() {
    local columns=$1
    shift
    TERM=${TERM-xterm} timeout 60 script -qefc "stty cols $columns; $(printf '%q ' "$@")" "$TEST_DIR/screen" >/dev/null </dev/null
    screen=$(tr -d '\r' <"$TEST_DIR/screen" | grep -av '^Script \(started\|done\)')
}

@test "help environment names each variable that the sources look at, and no other" {
    grep -rhE 'getenv\("|variable\(get, "|(variables|names)\[\] = \{"[A-Z]' "$sources/client/cli" "$sources/client/api" "$sources/common/os" --include='*.c' |
        grep -oE '"[A-Z][A-Z_]+"' | tr -d '"' | sort -u >"$TEST_DIR/looked-at"
    "$REBOUND" --json help environment | jq -r '.variables[].name' | tr -d ' ' | tr ',' '\n' | sort >"$TEST_DIR/told"
    [ "$(wc -l <"$TEST_DIR/looked-at")" -gt 10 ]
    diff "$TEST_DIR/looked-at" "$TEST_DIR/told"
}

@test "help exit-codes is the table of the sources" {
    sed -nE 's/^ *X\(([A-Z0-9_]+), [0-9]+, ([0-9]+),.*/\2 \1/p' "$sources/common/base/rebound_error.h" >"$TEST_DIR/table"
    [ "$(wc -l <"$TEST_DIR/table")" -gt 10 ]
    diff "$TEST_DIR/table" <("$REBOUND" --json help exit-codes | jq -r '.exit_codes[] | "\(.status) \(.code)"')
    run "$REBOUND" nonsense
    [ "$status" -eq "$(sed -n 's/ MISUSE$//p' "$TEST_DIR/table")" ]
    run rb nowhere list
    [ "$status" -eq "$(sed -n 's/ NO_VAULT$//p' "$TEST_DIR/table")" ]
}

@test "help names each topic, and each topic has text, at the command line and for completion" {
    for topic in $("$REBOUND" help | grep -oE '`help [a-z-]+`' | sed 's/`help //; s/`//'); do
        run "$REBOUND" help "$topic"
        [ "$status" -eq 0 ]
        [ "${#output}" -gt 80 ]
        [[ " $("$REBOUND" completion bash | sed -n 's/^    help) words="\([^"]*\)".*/\1/p') " == *" $topic "* ]] || { echo "$topic"; return 1; }
    done
}

@test "colour: where it is wanted, and nowhere else" {
    coloured() { at_width 80 env "$@" "$REBOUND" help && [[ $screen == *$'\e['* ]]; }
    coloured TERM=xterm
    ! coloured TERM=dumb
    ! coloured TERM=xterm NO_COLOR=1
    ! coloured TERM=xterm CLICOLOR_FORCE=1 NO_COLOR=1
    [[ $("$REBOUND" help) != *$'\e'* ]]
    [[ $(CLICOLOR_FORCE=0 "$REBOUND" help) != *$'\e'* ]]
    [[ $(CLICOLOR_FORCE=1 "$REBOUND" help) == *$'\e['* ]]
    [[ $(CLICOLOR_FORCE=1 NO_COLOR=1 "$REBOUND" help) != *$'\e'* ]]
    [[ $(CLICOLOR_FORCE=1 "$REBOUND" --json help) != *$'\e'* ]]
}

@test "COLUMNS counts at a terminal that does not tell how wide it is" {
    longest() { awk '{ if (length($0) > m) m = length($0) } END { print m }' <<<"$screen"; }
    NO_COLOR=1 COLUMNS=50 at_width 0 "$REBOUND" help privacy
    [ "$(longest)" -le 50 ]
    NO_COLOR=1 COLUMNS=50 at_width 100 "$REBOUND" help privacy
    [ "$(longest)" -gt 50 ]
    [ "$(longest)" -le 100 ]
}

# paged ROWS COMMAND…: at a terminal so many lines high.
paged() {
    local rows=$1
    shift
    TERM=xterm REBOUND_PAGER=$pager timeout 60 script -qefc "stty rows $rows cols 80; $(printf '%q ' "$@")" "$TEST_DIR/screen" >/dev/null </dev/null
    screen=$(tr -d '\r' <"$TEST_DIR/screen" | grep -av '^Script \(started\|done\)')
}

@test "what is longer than the terminal goes through the pager, and nothing else does" {
    new_journal laptop
    for i in $(seq 12); do rb laptop --quiet note "river number $i"; done
    pager="sed s/river/through-the-pager/; echo history \$LESSHISTFILE"
    list=("$REBOUND" --vault "$TEST_DIR/laptop" list)
    paged 10 "${list[@]}" # script ends with the status of the command, so a failure ends the test
    [[ $screen == *'through-the-pager number 7'* && $screen == *'history -'* && $screen != *river* ]]
    paged 50 "${list[@]}"
    [[ $screen == *'river number 7'* && $screen != *pager* ]]
    paged 10 "${list[@]}" --no-pager
    [[ $screen == *'river number 7'* && $screen != *pager* ]]
    paged 10 "${list[@]}" --json
    [[ $screen == *'river number 7'* && $screen != *pager* ]]
    paged 10 sh -c "$(printf '%q ' "${list[@]}") | cat"
    [[ $screen == *'river number 7'* && $screen != *pager* ]]
}

@test "a pager that is left early, fails or is not there is no failure" {
    pager='exit 1' paged 10 "$REBOUND" help
    pager='head -n 1' paged 10 "$REBOUND" help
    [ "$(wc -l <<<"$screen")" -eq 1 ]
    pager=no-such-pager paged 10 "$REBOUND" help
    [[ $screen == *'help on a command'* ]]
}

@test "columns stand under each other, whatever the characters" {
    new_journal laptop
    rb laptop --quiet note '日本語 columns'
    rb laptop --quiet note $'\U1F469\u200D\U1F469\u200D\U1F467 columns'
    rb laptop --quiet note $'\U1F1E6\U1F1F9 columns'
    rb laptop --quiet note $'e\u0301te\u0301 columns'
    # Each of them fits while the widest does: 38 columns before the title, six of 日本語, eight behind it.
    at_width 52 "$REBOUND" --vault "$TEST_DIR/laptop" list
    [ "$(grep -ac columns <<<"$screen")" -eq 4 ]
    at_width 51 "$REBOUND" --vault "$TEST_DIR/laptop" list
    [ "$(grep -ac columns <<<"$screen")" -eq 3 ]
    # Cut before the end of the terminal, no picture taken apart.
    rb laptop --quiet note "x$(printf $'\U1F469\u200D\U1F467%.0s' $(seq 20))"
    at_width 60 "$REBOUND" --vault "$TEST_DIR/laptop" list --limit 1
    row=$(grep -a $'\U1F467' <<<"$screen")
    [ "$(grep -o $'\U1F469' <<<"$row" | wc -l)" -eq "$(grep -o $'\U1F467' <<<"$row" | wc -l)" ]
    [ "$(grep -o $'\U1F469' <<<"$row" | wc -l)" -eq 10 ] # 22 columns: x, ten of two, …
    [[ $row == *… ]]
}
