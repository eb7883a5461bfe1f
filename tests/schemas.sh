#!/usr/bin/env bash
# schemas.sh REBOUND REBOUNDD PYTHON: what every command answers with --json, in a journal's several states, is what its schema
# says: nothing more, nothing less. schemas.py looks at what was answered.
set -euo pipefail
REBOUND=$(realpath "$1") REBOUNDD=$(realpath "$2") python=$3
here=$(realpath "$(dirname "$0")")
work=$(mktemp -d "${TMPDIR:-/tmp}/rebound-schemas.XXXXXX")
BATS_TEST_TMPDIR=$work
# shellcheck source=cli/journals.bash
. "$here/cli/journals.bash"
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

# what SCHEMA WORD…: which schema that was, and of which command.
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

# told KEY: of the last answer, as jq finds it.
told() { jq -r "$1" "$work/seen/$n.out"; }

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

# --- a journal with nothing in it ---

fails 10 laptop list
new_journal laptop
see list laptop list
see today laptop today

# --- entries of each kind ---

see entry laptop setback 'They gave the lead to someone else' --kind missed-promotion --tag work
setback=$(told .entry.id)
see entry laptop contact add 'Sam Osei' --relation mentor --help-with 'knows how it works' --email sam@example.org --every 30
see entry laptop note 'Slept badly. Walked to the river.' --tag sleep --tag walks --about "$setback" --person Sam
note=$(told .entry.id)
see entry laptop feel let down 7 --mood 3 --about "$setback"
see entry laptop cause 'I said yes to three projects' --whose mine --about "$setback"
see entry laptop ask 'What would have made the difference?' --person Sam --due friday --about "$setback"
see entry laptop ask answer "$(told .entry.id)" 'That I speak up earlier'
see entry laptop reframe 'I know which work I want' --way taught --about "$setback"
see entry laptop plan 'Be ready next spring' --about "$setback" --due 2027-03-01 --area experience
see entry laptop step 'Ask Sam' --plan "$(told .entry.id)" --due today --if 'I am too tired' --then 'I write' --about "$setback"
see entry laptop kind 'You did what you could.' --about "$setback"
see entry laptop grow 'Say what I need, early' --area leadership --about "$setback"
see entry laptop win 'Said out loud that I was hurt' --about "$setback"
see list laptop note list
see show laptop setback show "$setback"
see entry laptop note edit "$note" --tag better
see list laptop list --all
see show laptop show "$setback"
see today laptop today
see entry laptop edit "$note" --tag quiet
see entry laptop tag "$note" river

# --- a server that is there, and one that is not ---

start_server
new_journal desk --server "$server_invite"
see entry desk note 'goes out'
stop_server
see entry desk note 'waits'

# --- what fails ---

fails 2 laptop list --limit none
fails 13 laptop show 00000000

# --- help ---

see help laptop help
see help-command laptop help note
see help-command laptop note --help
see help-command laptop help help
for topic in options exit-codes environment dates formats privacy json; do
    see help-topic laptop help $topic
done
see help-schema laptop help json today
fails 2 laptop help json definitions
fails 2 laptop help list note

"$REBOUND" --json help json >"$work/index"
for schema in $(jq -r '.schemas[].name' "$work/index"); do
    "$REBOUND" help json "$schema" >"$work/schemas/$schema.json"
done
"$python" -I "$here/schemas.py" "$work" "$("$REBOUND" --json help | jq -r '.commands[].name' | tr '\n' ' ')"
