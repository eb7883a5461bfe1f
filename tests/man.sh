#!/usr/bin/env bash
# man.sh REBOUND MAN-FOLDER: is there a page for every command, with its options and examples, and does mandoc find no fault?
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
exit $wrong
