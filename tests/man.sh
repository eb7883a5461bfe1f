#!/usr/bin/env bash
# man.sh REBOUND MAN-FOLDER [REBOUNDD MAN8-FOLDER]: is there a page for every command, with its options and examples, one for the
# server with its own, are the pages there that they refer to, and does mandoc find no fault?
set -euo pipefail
export LC_ALL=C.UTF-8
rebound=$1 pages=$2
wrong=0
commands=$("$rebound" --json help | jq -r '.commands[].name')
for name in rebound $(sed 's/^/rebound-/' <<<"$commands"); do
    page=$pages/$name.1
    [[ -s $page ]] || { echo "no page $page"; exit 1; }
    found=$(mandoc -T lint -W warning "$page" || true)
    [[ -z $found ]] || { echo "$found"; wrong=1; }
done
[[ $(find "$pages" -name '*.1' | wc -l) -eq $(($(wc -l <<<"$commands") + 1)) ]] || { echo "$pages has pages of no command"; wrong=1; }
for command in $commands; do
    text=$(mandoc -T utf8 -O width=400 "$pages/rebound-$command.1" | sed 's/.\x08//g')
    while IFS= read -r expected; do
        [[ $text == *"$expected"* ]] || { echo "rebound-$command.1 lacks: $expected"; wrong=1; }
    done < <("$rebound" --json help "$command" | jq -r '.summary, (.options[] | "--" + .name), (.examples // "" | split("\n")[])')
done
overview=$(mandoc -T utf8 "$pages/rebound.1" | sed 's/.\x08//g')
for command in $commands; do
    grep -qE "^ +$command( |\$)" <<<"$overview" || { echo "rebound.1 lacks $command"; wrong=1; }
done
# What SEE ALSO and the text refer to is there.
while IFS=: read -r page name; do
    [[ -s $pages/${name//\\/}.1 ]] || { echo "$page refers to $name(1), which is not there"; wrong=1; }
done < <(grep -oE '^\.BR rebound[a-z\\-]* \(1\)' "$pages"/*.1 | sed 's/\.BR //; s/ (1)//')
grep -q '^\.BR reboundd (8)' "$pages/rebound.1" || { echo "rebound.1 does not refer to reboundd(8)"; wrong=1; }

if [[ $# -gt 2 ]]; then
    reboundd=$3 page=$4/reboundd.8
    found=$(mandoc -T lint -W warning "$page" || true)
    [[ -z $found ]] || { echo "$found"; wrong=1; }
    text=$(mandoc -T utf8 -O width=400 "$page" | sed 's/.\x08//g')
    commands=$("$reboundd" help | sed -nE 's/^  reboundd ([a-z]+) .*/\1/p')
    [[ $(wc -w <<<"$commands") -ge 5 ]] || { echo "reboundd help lists no commands"; wrong=1; }
    while IFS= read -r expected; do
        [[ $text == *"$expected"* ]] || { echo "reboundd.8 lacks: $expected"; wrong=1; }
    done < <(for command in $commands; do
        echo "$command"
        "$reboundd" help "$command" | grep -oE '^  --.*|\$REBOUNDD_[A-Z_]+' | sed 's/^ *//; s/^\$//'
    done
    "$reboundd" help | sed -n '/EXIT STATUS/,$s/^ *[0-9]*  //p')
fi
exit $wrong
