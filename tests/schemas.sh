#!/usr/bin/env bash
# schemas.sh REBOUND REBOUNDD PYTHON [--record]: what every command answers with --json, in a journal's several states, is what
# its schema says, nothing more and nothing less, and what was promised (json/1.json; --record writes that anew, for a release).
# schemas.py looks at what was answered.
set -euo pipefail
REBOUND=$(realpath "$1") REBOUNDD=$(realpath "$2") python=$3
here=$(realpath "$(dirname "$0")")
work=$(mktemp -d "${TMPDIR:-/tmp}/rebound-schemas.XXXXXX")
BATS_TEST_TMPDIR=$work
# shellcheck source=cli/journals.bash
. "$here/cli/journals.bash"
trap 'printf "stopped at line %s\n" $LINENO' ERR
trap 'stop_server; rm -rf "$work"' EXIT
setup_world
export TZ=Europe/Berlin
mkdir "$work/seen" "$work/schemas"
n=1000

# run DEVICE WORD…: answers go into the numbered files of this run, the status into $status.
run() {
    local device=$1
    shift
    n=$((n + 1)) status=0
    rb "$device" --json "$@" >"$work/seen/$n.out" 2>"$work/seen/$n.err" || status=$?
}

# what SCHEMA COMMAND: which schema that was, and of which command.
what() { printf '%s\n%s\n' "$1" "${2:-}" >"$work/seen/$n.what"; }

# see SCHEMA DEVICE COMMAND…: it works and answers so.
see() {
    run "${@:2}"
    [[ $status == 0 && -s $work/seen/$n.out ]] || {
        printf 'status %s: %s\n' "$status" "${*:2}"
        cat "$work/seen/$n."*
        exit 1
    }
    what "$1" "${3:-}"
}

# stay SCHEMA DEVICE COMMAND…: one that stays, as $staying, and writes a document now and then.
stay() {
    n=$((n + 1))
    local device=$2
    "$REBOUND" --vault "$work/$device" --json "${@:3}" >"$work/seen/$n.out" 2>"$work/seen/$n.err" &
    staying=$!
    what "$1" "$3"
}

# await WORDS: until the one that stays has written them.
await() {
    until grep -qs -- "$1" "$work/seen/$n.out"; do
        kill -0 "$staying" || {
            cat "$work/seen/$n."*
            exit 1
        }
        read -r -t 0.02 <> <(:) || true
    done
}

# told KEY: of the last answer, as jq finds it.
told() { jq -r "$1" "$work/seen/$n.out" | head -1; }

# says STATUS SCHEMA DEVICE COMMAND…: it answers so and fails all the same.
says() {
    run "${@:3}"
    [[ $status == "$1" && -s $work/seen/$n.out && -s $work/seen/$n.err ]] || {
        printf 'status %s, not %s: %s\n' "$status" "$1" "${*:3}"
        cat "$work/seen/$n."*
        exit 1
    }
    what "$2" "${4:-}"
}

# fails STATUS DEVICE COMMAND…: it does not, and standard output is empty.
fails() {
    run "${@:2}"
    [[ $status == "$1" && ! -s $work/seen/$n.out ]] || {
        printf 'status %s, not %s: %s\n' "$status" "$1" "${*:2}"
        cat "$work/seen/$n."*
        exit 1
    }
    what error "${3:-}"
}

# --- no journal, and one with nothing in it ---

see version laptop --version
see home laptop
see help-now laptop help-now DE
see help-now laptop help-now --all
see questions laptop questions
see questions-show laptop questions show setback
see questions-file laptop questions show setback --file
see remind laptop remind
see doctor laptop doctor
fails 10 laptop list
see init laptop init --device laptop --kdf-memory 64 --phrase-out 8 8>"$work/laptop.words"
see home laptop
env -u REBOUND_PASSPHRASE_FILE "$REBOUND" --vault "$work/laptop" --json >"$work/seen/locked.out" 2>"$work/seen/locked.err"
cp "$work/seen/$n.what" "$work/seen/locked.what"
for command in list search timeline today insights report review trash status conflicts evidence check doctor settings devices; do
    words=$command schema=$command
    case $command in
    search) words='search river' ;;
    trash) schema=list ;;
    esac
    # shellcheck disable=SC2086
    see $schema laptop $words
done
fails 2 laptop sync --offline
fails 13 laptop evidence export "$work/none"

# --- entries of each kind ---

see entry laptop setback 'They gave the lead to someone else' --kind missed-promotion --tag work --at '12 days ago'
setback=$(told .entry.id)
see entry laptop setback 'The launch was cancelled'
other=$(told .entry.id)
see entry laptop contact add 'Sam Osei' --relation mentor --help-with 'knows how it works' --email sam@example.org --every 30
contact=$(told .entry.id)
see entry laptop contact add Mira
see entry laptop note 'Slept badly. Walked to the river.' --tag sleep --tag walks --about "$setback" --person Sam
note=$(told .entry.id)
see entry laptop feel let down 7 --mood 3 --about "$setback" --at '10 days ago'
see entry laptop feel relieved --about "$setback" --mood 7
see entry laptop cause 'I said yes to three projects' --whose mine --about "$setback"
see entry laptop ask 'What would have made the difference?' --person Sam --due friday --about "$setback"
see entry laptop ask answer "$(told .entry.id)" 'That I speak up earlier'
see entry laptop reframe 'I know which work I want' --way taught --about "$setback"
see entry laptop plan 'Be ready next spring' --about "$setback" --due 2027-03-01 --area experience
see entry laptop step 'Ask Sam' --plan "$(told .entry.id)" --due today --if 'I am too tired' --then 'I write' --about "$setback"
step=$(told .entry.id)
see entry laptop step 'Write to them' --due yesterday
second=$(told .entry.id)
see entry laptop kind 'You did what you could.' --about "$setback"
see entry laptop grow 'Say what I need, early' --area leadership --about "$setback"
see entry laptop grow did "$(told .entry.id)" 'Asked for help'
see entry laptop win 'Said out loud that I was hurt' --about "$setback" --person Sam
see home laptop
see list laptop note list
see show laptop setback show "$setback"
see list laptop list --all
see search laptop search river
see search laptop search work
see search laptop search rivr
see today laptop today
see timeline laptop timeline
see review laptop review
see insights laptop insights --all
see report laptop report

# --- changes ---

see entry laptop edit "$note" --text 'Slept well.'
see entry laptop note edit "$note" --tag better
see entry laptop edit "$note" --tag better
see entry laptop tag "$note" river
see history laptop history "$note"
see entry laptop restore "$note" --version 1
see entries laptop step done "$step" "$second"
see entry laptop step reopen "$step"
see entries laptop step postpone "$step" "$second" --due 2027-01-02
see entries laptop contact met Sam Mira
see entry laptop setback settle "$setback"
see entries laptop setback reopen "$setback" "$other"
see insights laptop insights --months
see deleted laptop delete "$note" "$second"
see list laptop trash
see restored laptop restore "$note" "$second"
see undo laptop undo
see undo laptop undo
see settings laptop settings
see settings laptop settings remind on
see remind laptop remind
fails 13 laptop settings nothing

# --- attachments ---

printf 'a letter' >"$work/letter.txt"
printf 'a photo' >"$work/photo"
see entry laptop attach "$note" "$work/letter.txt"
letter=$(told .entry.id)
see entries laptop attach "$note" "$work/letter.txt" "$work/photo"
read -r -a both <<<"$(jq -r '[.entries[].id] | join(" ")' "$work/seen/$n.out")"
see list laptop list --kind file
see show laptop show "$note"
see show laptop show "$letter"
REBOUND_OPENER=true see entry laptop open "$letter"
see file laptop save "$letter" --out "$work/saved"
see entry laptop detach "$letter"
see entries laptop detach "${both[@]}"
see list laptop list --trash

# --- questions and reflecting ---

"$REBOUND" questions show setback --file --language en | sed 's/^name: .*/name: mine/' >"$work/mine.yaml"
see questions-check laptop questions check "$work/mine.yaml"
see questions-use laptop questions use "$work/mine.yaml"
see questions laptop questions
see questions-show laptop questions show mine
see list laptop list --kind questions
see questions-removed laptop questions remove mine
see reflect laptop reflect < <(printf '%s\n' 'We lost the contract' '' '' 'Long night.' '' anger 6 '')
reflection=$(told .reflection)
see reflect laptop reflect --short </dev/null
see show laptop show "$reflection"
see list laptop list --kind reflection
see home laptop

# --- files in and out ---

see export laptop export --format json --out "$work/journal.json"
see export laptop export --format markdown --out "$work/folder"
see file laptop report --html --out "$work/report.html"
see file laptop remind --ics --out "$work/due.ics"
new_journal empty
see import empty import "$work/journal.json" --dry-run
see import empty import "$work/journal.json"
see import empty import "$work/journal.json"
see export laptop export --format archive --out "$work/journal.archive" --archive-passphrase-file "$work/passphrase"
see import empty import "$work/journal.archive" --archive-passphrase-file "$work/passphrase"
cat >"$work/jrnl.json" <<'JSON'
{"entries": [{"title": "a day", "body": "", "date": "2026-01-02", "time": "10:00", "tags": ["@walk"], "starred": false},
    {"title": "no day", "body": "", "date": "never", "time": "10:00", "tags": [], "starred": false}]}
JSON
says 3 import empty import "$work/jrnl.json" --dry-run
says 3 import empty import "$work/jrnl.json"
printf '[{"title": 5}, {"date": "2026-01-02", "time": "10:00", "title": "a day", "body": "", "tags": [], "starred": false}' >"$work/broken.json"
fails 20 empty import "$work/broken.json"

# --- the passphrase ---

printf 'a loud river' >"$work/other"
see passphrase empty passphrase --new-passphrase-file "$work/other"
fails 12 empty list
see unlock laptop unlock --for 1s
see lock laptop lock

# --- a server, a second device ---

start_server
see connect laptop connect "$server_invite"
stay link laptop link
await '"line"'
read -r -a words <<<"$(told .line)"
link=$n
see join phone "${words[@]:1}" --device phone --kdf-memory 64
wait "$staying"
sed -n 2p "$work/seen/$link.out" >"$work/seen/$link-done.out"
sed -i 1q "$work/seen/$link.out"
: >"$work/seen/$link-done.err"
printf 'link-done\nlink\n' >"$work/seen/$link-done.what"
see sync laptop sync
see devices laptop devices
stay sync-event laptop sync --watch
await '"connected"'
rb phone note 'look up' --quiet
await 'look up'
rb laptop note 'out through the watch' --quiet
await '"sent"'
port=${server_link#rebound://}
port=${port%%/*} port=${port##*:}
stop_server
await '"lost"'
watch=$staying

# --- two versions ---

kill "$watch"
wait "$watch" || true
start_server "$port"
rb laptop edit "$note" --text 'the words of the laptop' --offline --quiet
rb phone sync --quiet
rb phone edit "$note" --text 'what the phone says' --offline --quiet
see sync laptop sync
see sync phone sync
see sync laptop sync
see conflicts laptop conflicts
see show laptop show "$note"
see list laptop list --conflicts
see status laptop status
see home laptop
see history laptop history "$note"
see conflicts-resolved laptop conflicts resolve "$note" --keep 1
fails 13 laptop conflicts resolve "$note" --keep 1

rb laptop edit "$other" --text 'some words' --quiet
rb phone sync --quiet
rb laptop edit "$other" --set text= --set kind_of=other --offline --quiet
rb phone edit "$other" --text 'other words' --set kind_of=job-loss --offline --quiet
rb laptop sync --quiet
rb phone sync --quiet
see show phone show "$other"
see list phone list --all
rb laptop delete "$note" --quiet
rb phone edit "$note" --text 'still here' --offline --quiet
rb phone sync --quiet
rb laptop sync --quiet
see list laptop list --all
see show phone show "$note"

# --- a copied journal, written on twice: proof ---

cp -r "$work/phone" "$work/copy"
stop_server
cp -r "$work/server" "$work/twin"
start_server "$port"
rb phone note 'one way' --quiet
stop_server
mv "$work/server" "$work/first"
mv "$work/twin" "$work/server"
start_server "$port"
rb copy note 'the other way' --quiet
rb laptop sync --quiet
stop_server
mv "$work/server" "$work/second"
mv "$work/first" "$work/server"
start_server "$port"
says 16 sync laptop sync
see evidence laptop evidence
see status laptop status
see home laptop
see evidence-exported laptop evidence export "$work/fork.txt"
see check-evidence laptop check --evidence "$work/fork.txt"
sed 's/A/B/' "$work/fork.txt" >"$work/forged.txt"
says 16 check-evidence laptop check --evidence "$work/forged.txt"

# --- damage ---

for ((page = $(stat -c %s "$work/laptop/journal.db") / 4096 - 1; page > 0; page--)); do
    rm -rf "$work/damaged"
    cp -r "$work/laptop" "$work/damaged"
    flip "$work/damaged/journal.db" $((page * 4096 + 2000))
    [[ $(rb damaged --json doctor | jq '.damages > 0') != true ]] || break
done
see doctor damaged doctor
says 18 check damaged check

# --- out, and in again ---

see devices-revoked laptop devices revoke phone
see devices laptop devices
see join new recover --server "$server_link" --phrase-file "$work/laptop.words" --device new --kdf-memory 64 --yes
stop_server
see entry laptop note 'waits'
fails 14 laptop sync

# --- help, and what is no command ---

see help laptop help
see help laptop --help
for command in $("$REBOUND" --json help | jq -r '.commands[].name'); do
    see help-command laptop help "$command"
done
see help-command laptop note --help
for topic in options exit-codes environment dates formats privacy json; do
    see help-topic laptop help $topic
done
see help-schema laptop help json today
see help-schema laptop help json note
fails 2 laptop help json definitions
fails 2 laptop help list note
fails 2 laptop list --limit none
fails 13 laptop show 00000000
fails 2 laptop nothing

# --- in German: names stay as they are ---

export LANGUAGE=de
for command in list timeline today insights report review trash status conflicts evidence check doctor settings devices questions; do
    see "${command/trash/list}" laptop $command
done
see help-now laptop help-now DE
see home laptop
see undo laptop undo
see help-topic laptop help exit-codes
fails 13 laptop show 00000000
unset LANGUAGE

# --- are they what the schemas say? ---

"$REBOUND" --json help json >"$work/index"
for schema in $(jq -r '.schemas[].name' "$work/index"); do
    "$REBOUND" help json "$schema" >"$work/schemas/$schema.json"
done
commands=$("$REBOUND" --json help | jq -r '.commands[].name')
"$python" -I "$here/schemas.py" "$work" "$commands" "$here/json/1.json" "${@:4}"
