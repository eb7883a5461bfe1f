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
