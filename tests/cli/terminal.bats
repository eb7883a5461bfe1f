#!/usr/bin/env bats
# What help says is true, and what stands on a terminal is shown as that terminal can.

bats_require_minimum_version 1.5.0
load journals

setup() {
    setup_world
    sources=$BATS_TEST_DIRNAME/../..
}

teardown() { stop_server; }

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
        "$REBOUND" completion --candidates -- help '' | cut -f1 | grep -qxF -- "$topic" || { echo "$topic"; return 1; }
    done
}

@test "help is one screen of 24 lines and 80 columns, names every command once, and --all says what each is for" {
    for language in en de; do
        export LANGUAGE=$language NO_COLOR=1
        at_width 80 "$REBOUND" help
        [ "$(wc -l <<<"$screen")" -le 23 ] # and the prompt
        [ "$(wc -L <<<"$screen")" -le 80 ]
        awk '/^$/ { part++ } part == 2' <<<"$screen" | tr ' ' '\n' >"$TEST_DIR/named"
        for command in $("$REBOUND" --json help | jq -r '.commands[].name'); do
            [ "$(grep -cxF -- "$command" "$TEST_DIR/named")" -eq 1 ] || { echo "$command"; return 1; }
            grep -qE "^  $command +[^ ]" <("$REBOUND" help --all) || { echo "$command"; return 1; }
        done
    done
    diff <("$REBOUND" --json help) <("$REBOUND" --json help --all)
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
    rb laptop --quiet settings pager off
    paged 10 "${list[@]}"
    [[ $screen == *'river number 7'* && $screen != *pager* ]]
    rb laptop --quiet settings pager on
    paged 10 "${list[@]}"
    [[ $screen == *'through-the-pager number 7'* ]]
    REBOUND_PAGER= PAGER=$pager pager='' paged 10 "${list[@]}"
    [[ $screen == *'through-the-pager number 7'* ]]
    PAGER=$pager pager=cat paged 10 "${list[@]}"
    [[ $screen == *'river number 7'* && $screen != *pager* ]]
    paged 10 "${list[@]}" --json
    [[ $screen == *'river number 7'* && $screen != *pager* ]]
    paged 10 sh -c "$(printf '%q ' "${list[@]}") | cat"
    [[ $screen == *'river number 7'* && $screen != *pager* ]]
}

@test "a pager that is left early, fails or is not there is no failure" {
    pager='exit 1' paged 10 "$REBOUND" help --all
    pager='head -n 1' paged 10 "$REBOUND" help --all
    [ "$(wc -l <<<"$screen")" -eq 1 ]
    pager=no-such-pager paged 10 "$REBOUND" help --all
    [[ $screen == *'help on a command'* ]]
}

@test "columns stand under each other, whatever the characters" {
    new_journal laptop
    rb laptop --quiet note '日本語 columns'
    rb laptop --quiet note '👩‍👩‍👧 columns'
    rb laptop --quiet note '🇦🇹 columns'
    rb laptop --quiet note 'été columns'
    # Each of them fits while the widest does: 41 columns before the title, six of 日本語, eight behind it.
    at_width 55 "$REBOUND" --vault "$TEST_DIR/laptop" list
    [ "$(grep -ac columns <<<"$screen")" -eq 4 ]
    at_width 54 "$REBOUND" --vault "$TEST_DIR/laptop" list
    [ "$(grep -ac columns <<<"$screen")" -eq 3 ]
    # Cut before the end of the terminal, no picture taken apart.
    rb laptop --quiet note "x$(printf '👩‍👧%.0s' $(seq 20))"
    at_width 63 "$REBOUND" --vault "$TEST_DIR/laptop" list --limit 1
    row=$(grep -a '👧' <<<"$screen")
    [ "$(grep -o '👩' <<<"$row" | wc -l)" -eq "$(grep -o '👧' <<<"$row" | wc -l)" ]
    [ "$(grep -o '👩' <<<"$row" | wc -l)" -eq 10 ] # 22 columns: x, ten of two, …
    [[ $row == *… ]]
}

# Titles and names that are easily counted wrong, each longer than any terminal here: wide, pictures that are several
# characters, flags, letters put together, from right to left, with a mark between words that turns the direction.
strange() {
    local one
    for one in '日本語の' '👩‍👩‍👧 ' '🇦🇹' 'é̂' 'שרה כהן ' 'سارة ' 'नमस्ते ' 'ｶﾞ가각' 'a‮b '; do
        printf "$one%.0s" $(seq 120)
        printf '\n'
    done
}

@test "timeline and today keep within the terminal and their columns under each other, whatever the titles and names" {
    command -v python3 >/dev/null || skip 'no python3'
    new_journal laptop
    export NO_COLOR=1 TZ=UTC
    local title n=0 width language
    while IFS= read -r title; do
        n=$((n + 1))
        rb laptop --quiet setback "$title" --kind other --at 2026-11-20
        rb laptop --quiet step "$title" --due 2026-11-21
        rb laptop --quiet contact add "$title" --every 1 --last 2026-11-01
        rb laptop --quiet win "$title"
        rb laptop --quiet kind "$title"
    done < <(strange)
    [ "$n" -eq 9 ]
    for language in en de; do
        for width in 40 80 120; do
            for command in "timeline --all" today; do
                LANGUAGE=$language at_width $width "$REBOUND" --vault "$TEST_DIR/laptop" $command
                python3 "$BATS_TEST_DIRNAME/columns.py" $width <<<"$screen" >"$TEST_DIR/counted" || { sort -n "$TEST_DIR/counted" | tail -3; echo "$command $width $language"; return 1; }
                case $command in
                timeline*) rows=$((5 * n)) before=32 ;;
                today) rows=8 before=30 ;; # five that were due, three people
                esac
                cut -f 2 "$TEST_DIR/counted" >"$TEST_DIR/lines"
                [ "$(grep -c '^  @[0-9]' "$TEST_DIR/lines")" -eq "$rows" ]
                # A title begins in the same column in each row, or below it where there is no room; all are cut.
                if ((width - before > 10)); then
                    [ "$(grep '^  @[0-9]' "$TEST_DIR/lines" | grep -cE "^.{$((before - 2))}  [^ ].*… *$")" -eq "$rows" ]
                    # …at the edge, but where a title of 512 bytes is not as long.
                    ((width > 80)) || [ "$(grep -P '^\d+\t  @\d' "$TEST_DIR/counted" | awk -v w=$width '$1 != w' | wc -l)" -eq 0 ]
                else
                    [ "$(grep -A 1 '^  @[0-9]' "$TEST_DIR/lines" | grep -cE '^    [^ ].*… *$')" -eq "$rows" ]
                fi
            done
        done
    done
}

# The modes of all that is below HOME and the folders of the journal: folders 700, files 600, sockets too.
assert_private() {
    local odd
    odd=$(find "$TEST_DIR/private" -mindepth 1 \( -type d ! -perm 700 -o ! -type d ! -type l ! -perm 600 \) -printf '%m %P\n')
    [[ -z $odd ]] || { printf 'after %s:\n%s\n' "$1" "$odd"; return 1; }
}

@test "whatever the umask, folders are made for their owner alone, and so are files" {
    for mask in 000 077 022; do
        rm -rf "$TEST_DIR/private"
        mkdir -m 700 "$TEST_DIR/private"
        export XDG_DATA_HOME=$TEST_DIR/private/data XDG_STATE_HOME=$TEST_DIR/private/state XDG_CONFIG_HOME=$TEST_DIR/private/config \
            XDG_RUNTIME_DIR=$TEST_DIR/private/run TMPDIR=$TEST_DIR/private/tmp
        mkdir -m 700 "$XDG_RUNTIME_DIR" "$TMPDIR" "$TEST_DIR/private/out"
        (
            umask $mask
            cd "$TEST_DIR/private/out"
            "$REBOUND" init --device one --kdf-memory 64 --phrase-out 8 8>/dev/null >/dev/null
            assert_private init
            export REBOUND_EDITOR="sh -c 'find \"\$TMPDIR\" \"\$XDG_RUNTIME_DIR\" -type f ! -perm 600 >\"$TEST_DIR/seen\"; echo more >>\"\$1\"' -"
            id=$("$REBOUND" --json setback 'The launch was cancelled' --kind failed-project | jq -r .entry.id)
            printf 'a letter' | "$REBOUND" attach "$id" - --name letter.txt
            while IFS= read -r words; do
                "$REBOUND" --no-input $words >/dev/null || { echo "$words: $?"; exit 1; }
                assert_private "$words"
            done <<WORDS
note one
feel sad 3
win small
list
search launch
edit $id --tag work
history $id
today
timeline
insights
review
report --html --out report.html
export --format json --out journal.json
export --format markdown --out journal.md
import journal.json
settings sync manual
remind --ics --out due.ics
delete $id
undo
check
doctor
status
WORDS
            "$REBOUND" edit "$id"
            assert_private edit
            [ -e "$TEST_DIR/seen" ] && [ ! -s "$TEST_DIR/seen" ]
        )
    done
}

# The examples of help that need more than one journal of one's own run elsewhere: another device or a server
# (devices.bats), a reader that stays (sync --watch), a terminal (archive.bats), the person's shell or other programs.
needs_more='^rebound (init|join|recover|connect|link|sync|devices revoke|conflicts resolve|unlock|lock|passphrase|evidence export|check --evidence|remind --systemd|open|completion)|^source|^(pbpaste|scanimage|jrnl) |fork\.txt|archive'

@test "the examples that help gives for each command work as they stand" {
    new_journal template
    local wd=$TEST_DIR/wd about letter
    mkdir -p "$wd" "$HOME/letters" "$HOME/Notes" "$HOME/bin"
    ln -s "$REBOUND" "$HOME/bin/rebound"
    printf '%s\n' '#!/bin/sh' 'cat' | tee "$HOME/bin/less" >"$HOME/bin/man"
    chmod +x "$HOME/bin/less" "$HOME/bin/man"
    printf 'a note of mine\n' >"$HOME/Notes/one.md"
    printf 'letter' >"$wd/letter.pdf"
    printf 'BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ana Lima\r\nEND:VCARD\r\n' >"$wd/contacts.vcf"
    about=$(rb template --json setback 'They gave the lead away' --kind other | jq -r .entry.id)
    rb template --quiet contact add 'Sam Osei'
    rb template --quiet ask 'What was missing?'
    rb template --quiet grow 'Say what I need'
    rb template --quiet plan 'Be ready'
    rb template --quiet step 'The first'
    rb template --quiet step 'The second'
    rb template attach "$about" "$wd/letter.pdf" >/dev/null
    letter=$(rb template --json list --kind file --all | jq -r '.entries[0].id')
    rb template --quiet edit "$about" --tag again
    rb template --json export --format json --out "$wd/journal.json" >/dev/null
    export PATH=$HOME/bin:$PATH REBOUND_VAULT=$TEST_DIR/copy REBOUND_EDITOR=true
    ran=0
    while IFS=$'\t' read -r command example; do
        [[ ! $example =~ $needs_more ]] || continue
        rm -rf "$TEST_DIR/copy"
        cp -a "$TEST_DIR/template" "$TEST_DIR/copy"
        case $example in # what @1 and @2 are
        *'ask answer'*) rebound list --kind ask ;;
        *'grow did'*) rebound list --kind grow ;;
        *'--plan @1'*) rebound list --kind plan ;;
        *'step '* | *@2*) rebound list --kind step ;;
        *restore*' @1') rebound delete "$about" && rebound trash ;;
        *'restore 3f2a'*) : ;;
        *) rebound list --kind setback ;;
        esac >/dev/null
        case $command in
        save | open | detach) example=${example//3f2a/$letter} ;;
        *) example=${example//3f2a/$about} example=${example//77c1/$letter} ;;
        esac
        case $command in # what writes files does so where there are none yet
        save | export | report | remind) rm -rf "$TEST_DIR/empty" && mkdir "$TEST_DIR/empty" && folder=$TEST_DIR/empty ;;
        *) folder=$wd ;;
        esac
        (cd "$folder" && bash -c "set -o pipefail; $example" </dev/null >"$TEST_DIR/out" 2>&1) ||
            { printf '%s: %s\n' "$example" "$(cat "$TEST_DIR/out")"; failed=1; }
        ran=$((ran + 1))
    done < <("$REBOUND" --json help | jq -r '.commands[].name' | while read -r name; do
        "$REBOUND" --json help "$name" | jq -r '.name as $n | (.examples // "") | split("\n")[] | "\($n)\t\(.)"'
    done)
    [ "$ran" -gt 60 ]
    [ -z "${failed-}" ]
}

@test "the recovery words and what is said of them stand whole on a narrow terminal" {
    printf 'a passphrase for a narrow terminal\n' >"$TEST_DIR/pass"
    at_width 40 "$REBOUND" --vault "$TEST_DIR/narrow" --passphrase-file "$TEST_DIR/pass" init
    [ "$(grep -cE '^    [a-z]+( [a-z]+){3}$' <<<"$screen")" -eq 6 ]
    [ -z "$(grep -v '^Script ' <<<"$screen" | grep -v 'Account:\|^[0-9a-f]*$\|/narrow' | awk 'length > 40')" ]
    at_width 40 "$REBOUND" --vault "$TEST_DIR/narrow" --passphrase-file "$TEST_DIR/pass"
    [[ $screen == *$'look at what happened, one'*'question at a time'* ]]
}

@test "rebound alone: no journal, an empty one, a locked one, a server out of reach; always a next step" {
    run "$REBOUND" --vault "$TEST_DIR/nowhere"
    [ "$status" -eq 0 ]
    [[ $output == *'rebound init'* && $output == *'rebound help'* ]]
    new_journal laptop
    run rb laptop
    [ "$status" -eq 0 ]
    [[ $output == *'Nothing is written here yet'* && $(grep -c '^ *rebound ' <<<"$output") -eq 2 ]]
    REBOUND_PASSPHRASE_FILE='' run rb laptop --no-input
    [ "$status" -eq 0 ]
    [[ $output == *locked* && $output == *'rebound unlock'* ]]
    start_server
    rb laptop connect "$server_invite" >/dev/null
    stop_server
    rb laptop --quiet note 'kept here until then' 2>/dev/null
    run --separate-stderr rb laptop
    [ "$status" -eq 0 ]
    [[ $output == *'1 waiting to be sent'* && $(grep -c '^ *rebound ' <<<"$output") -eq 2 ]]
}
