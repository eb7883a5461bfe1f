#!/usr/bin/env bash
# language.sh REBOUND: is every sentence that a person meets in client/po/de.po, and nothing else?
# language.sh REBOUND --update: brings de.po up to date: new sentences without a translation, old ones gone.
#
# What is said in code is found by the functions that say it; what stands in tables is asked of the program itself.
set -euo pipefail
export LC_ALL=C
rebound=$(realpath "$1")
cd "$(dirname "$0")/.."
po=client/po/de.po
work=$(mktemp -d "${TMPDIR:-/tmp}/rebound-language.XXXXXX")
trap 'rm -rf "$work"' EXIT

sayers=(
    rb_fail:3 rb_cli_fail:3 rb_os_fail:2 rb_out_printf:2 rb_out_note:2 rb_out_aside:2 rb_out_explained:5 rb_say_n:2,3 COUNTED:3,4
    rb_ask_line:2 rb_ask_secret:2 rb_ask_confirm:2 rb_progress_begin:3 rb_view_list:3 rb_view_saved:3 offer:3 title:2 heading:2
    rebound_text:1 rebound_text_n:2,3 rb_tr:1 rb_tr_n:2,3 RB_TEXT:1 rb_html_put:3 in_section:3 rb_sync_find:7 F:2 makes_no_sense:1
)
# What is for shells, man and browsers is no sentence.
find common client \( -name '*.c' -o -name '*.h' \) ! -name cmd_completion.c ! -name help_man.c ! -name html.c | sort >"$work/files"
xgettext --from-code=UTF-8 --language=C --keyword "${sayers[@]/#/--keyword=}" --add-comments=de: --omit-header \
    --files-from="$work/files" -o "$work/code.pot"
# The names of kinds are two arguments of one macro.
xgettext --from-code=UTF-8 --language=C --keyword --keyword=KIND:2 --omit-header -o "$work/kind.pot" client/journal/kinds.c
xgettext --from-code=UTF-8 --language=C --keyword --keyword=KIND:3 --omit-header -o "$work/kinds.pot" client/journal/kinds.c

# Help: every text of a command and a topic that is for people.
help() { "$rebound" --json help "$@"; }
for name in $(help | jq -r '.commands[].name') $(help | jq -r '.topics[]?.name // empty') options exit-codes environment dates formats privacy json; do
    help "$name"
done | jq -r '.. | objects | to_entries[] | select(.key | IN("summary", "help", "text", "meaning", "line")) | .value
    | strings | select(. != "") | "msgid \(@json)\nmsgstr \"\"\n"' |
    awk -v RS= '!seen[$0]++ { print $0 "\n" }' >"$work/help.pot"

"$rebound" --json help-now --all | jq -r '.help[] | .name, .reach, .hours | strings | select(test("[a-z]")) | "msgid \(@json)\nmsgstr \"\"\n"' |
    awk -v RS= '!seen[$0]++ { print $0 "\n" }' >"$work/numbers.pot"

# What has no word of its own needs no translation: "%s\n", markup.
msgcat --use-first --no-location "$work"/{code,kind,kinds,help,numbers}.pot | msguniq --use-first >"$work/all.pot"
msggrep --no-location --msgid --extended-regexp \
    --regexp='(^|[^A-Za-z%<"&\\#=-])([A-Za-z][a-z]{2,}|[Ii]f|to|of)([^A-Za-z"=]|$)|^yY$|\[[Yy]/[Nn]\]' "$work/all.pot" |
    msggrep --no-location --invert-match --msgid --regexp='^<line ' - >"$work/needed.pot"

if [[ ${2:-} == --update ]]; then
    msgmerge --quiet --no-fuzzy-matching --no-location --sort-output "$po" "$work/needed.pot" |
        msgattrib --no-obsolete --no-location -o "$work/new.po"
    cp "$work/new.po" "$po"
    msgfmt --statistics -o /dev/null "$po"
    exit
fi
failed=0
msgcmp "$po" "$work/needed.pot" || failed=1
unused=$(msgmerge --quiet --no-fuzzy-matching --no-location "$po" "$work/needed.pot" | msgattrib --only-obsolete --no-location)
[[ -z $unused ]] || { printf '%s has what nobody says any more:\n%s\n' "$po" "$unused"; failed=1; }
exit $failed
